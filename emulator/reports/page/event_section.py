"""The parts of the page about what happened: the list of events, and the moments that a verdict is about."""

from collections.abc import Sequence

from isletbench.emulator.journal.entries import Header
from isletbench.emulator.reports.page import index_page
from isletbench.emulator.reports.page.conversation_section import Told, conversation, excerpt, rows_of
from isletbench.emulator.reports.page.html import escape, section, tag
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.words import is_event, line_of, messages_of
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.judge import Verdict

MOST_EVENTS = 5_000
"""A list of more than this is cut off, with a sentence that says so."""
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
    rows = rows_of(found.entries, found.lines)
    moments = [_moment(timeline, rows, found, check, one) for check, one in found.findings]
    if not moments and found.passed:
        moments = [tag("p", "Every check holds.")]
    said = [tag("details", tag("summary", "the client's last output"), tag("pre", escape(found.output)), open="")]
    parts = (outcome, *why, *moments, *left_open, *(said if found.output else ()))
    return section("verdict", "Verdict", *parts) + conversation(timeline, rows, found.lines)


def _moment(timeline: Timeline, rows: Sequence[Told], found: Verdict, check: str, finding: Finding) -> str:
    """A finding, and what was said around it, decoded and as the journal has it."""
    go = tag("button", f"{timeline.when(finding.at):%d %b %H:%M:%S}", class_="go", data_t=f"{finding.at / 1000:.0f}")
    head = tag("p", go, " ", tag("strong", escape(check)), ": ", escape(finding.words))
    raw = tag("pre", escape("\n".join(found.excerpt(finding))))
    lines = tag("details", tag("summary", "the same lines of the journal"), raw)
    return tag("article", head, excerpt(timeline, rows, found.line_of(finding)), lines, class_="finding")
