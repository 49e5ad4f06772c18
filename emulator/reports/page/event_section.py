"""The parts of the page about what happened: the list of events, and the moments that a verdict is about."""

from collections.abc import Sequence

from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.writer import to_line
from isletbench.emulator.reports.page import index_page
from isletbench.emulator.reports.page.html import escape, section, table, tag
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.words import Messages, is_event, line_of, messages_of
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.judge import Verdict

MOST_EVENTS = 5_000
"""A list of more than this is cut off, with a sentence that says so."""
MOMENT = 6
"""Lines of the journal before and after the moment in question."""
KINDS = ("alarm", "fault", "action", "insulin", "meal", "connection", "client", "device", "bench")
"""Kinds of event, in the order of the filter."""


def events(timeline: Timeline) -> str:
    """The list of events, with a filter."""
    messages, left_out = messages_of(timeline.conversation), 0
    rows: list[str] = []
    there: set[str] = set()
    for number, entry in enumerate(timeline.entries):
        if isinstance(entry, Header) or not is_event(entry):
            continue
        if len(rows) == MOST_EVENTS:
            left_out += 1
            continue
        line = line_of(entry, messages.get(number))
        there.add(line.kind)
        when = tag("button", f"{timeline.when(entry.at):%d %b %H:%M:%S}", class_="go", data_t=f"{entry.at / 1000:.0f}")
        kind = f'<i class="kind {line.kind}"></i>{line.kind}'
        cells = f"<td>{when}</td><td>{kind}</td><td>{escape(line.source)}</td><td>{escape(line.words)}</td>"
        rows.append(f'<tr data-kind="{line.kind}">{cells}</tr>')
    boxes = [
        f'<label><input type="checkbox" value="{kind}" checked> <i class="kind {kind}"></i>{kind}</label>'
        for kind in KINDS
        if kind in there
    ]
    search = '<input type="search" placeholder="words to look for" aria-label="words to look for">'
    tools = tag("div", *boxes, search, '<span class="muted count" aria-live="polite"></span>', class_="filter needs-script")
    head = "<thead><tr><th>time</th><th>kind</th><th>of</th><th>what</th></tr></thead>"
    body = f'<div class="wide events"><table>{head}<tbody>{"".join(rows)}</tbody></table></div>'
    more = tag("p", f"{left_out} later events are not listed: the journal has them.", class_="note") if left_out else ""
    return section("events", "Events", tools, body, more)


def verdict(timeline: Timeline, found: Verdict | None) -> str:
    """The verdict on the client, with the moments in the conversation."""
    if found is None:
        return ""
    outcome = tag("p", index_page.outcome(found), " ", escape(found.scenario))
    shown = {f"{check}: {one.words}" for check, one in found.findings}
    why = [tag("p", escape(words)) for words in found.sentences() if words not in shown]
    left_open = [tag("p", escape(words), class_="note") for words in found.left_open()]
    messages = messages_of(timeline.conversation)
    moments = [_moment(timeline, messages, found.entries, check, one) for check, one in found.findings]
    if not moments and found.passed:
        moments = [tag("p", "Every check holds.")]
    return section("verdict", "Verdict", outcome, *why, *moments, *left_open)


def _moment(timeline: Timeline, messages: Messages, entries: Sequence[Entry], check: str, finding: Finding) -> str:
    """A finding, and what was said around it, in words and as the journal has it."""
    go = tag("button", f"{timeline.when(finding.at):%d %b %H:%M:%S}", class_="go", data_t=f"{finding.at / 1000:.0f}")
    head = tag("p", go, " ", tag("strong", escape(check)), ": ", escape(finding.words))
    middle = finding.line or _line_at(entries, finding)
    first = max(1, middle - MOMENT)
    rows, raw = [], []
    for number, entry in enumerate(entries[first : middle + MOMENT + 1], first):
        if isinstance(entry, Header):
            continue
        line = line_of(entry, messages.get(number))
        mark = "▶ " if number == middle else ""
        rows.append([f"{mark}{timeline.when(entry.at):%H:%M:%S}.{entry.at % 1000:03}", escape(line.source), escape(line.words)])
        raw.append(escape(f"{'> ' if number == middle else '  '}{to_line(entry)}"))
    told = table(["time", "of", "what"], rows, "moment")
    lines = tag("details", tag("summary", "the same lines of the journal"), tag("pre", "\n".join(raw)))
    return tag("article", head, told, lines, class_="finding")


def _line_at(entries: Sequence[Entry], finding: Finding) -> int:
    """The first line at or after the moment of a finding that names no line."""
    later = (n for n, entry in enumerate(entries) if not isinstance(entry, Header) and entry.at >= finding.at)
    return next(later, max(len(entries) - 1, 0))
