"""The conversation of a run on its page: decoded, with names and units, each message once, and what became of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from isletbench.emulator.journal.entries import Entry, Header, LedgerEntry
from isletbench.emulator.reports.page.html import escape, section, tag
from isletbench.emulator.reports.rows import Row, Rows
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.words import line_of

MOST = 4_000
"""A conversation of more rows than this is cut off, with a sentence that says so."""
AROUND = 6
"""Rows before and after the moment that a finding is about."""
WAY = '<span title="→ to the device, ← to the client">way</span>'
HEADS = ("time", "of", WAY, "message", "what it says", "what became of it")
OPEN = 60
"""A conversation of no more rows than this is open when the page is."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the conversation, with how far its exchange came."""

    line: int
    """The number of the entry, from 0, as findings name it."""
    row: Row
    became: str

    def cells(self, timeline: Timeline, mark: str = "") -> str:
        """It as a row of a table; ``mark`` is what marks it."""
        row = self.row
        at = f"{timeline.when(row['t']):%H:%M:%S}.{row['t'] % 1000:03}"
        name = row.get("op") or row.get("type") or ""
        way = {"in": "→", "out": "←"}.get(row.get("dir", ""), "●")
        what = f"{tag('b', escape(name))} {tag('small', escape(row['what']))}" if "what" in row else escape(row["k"])
        cells = (escape(row["d"]), way, what, escape(row["w"]), escape(self.became))
        head = f'<th scope="row">{mark}{at}</th>'
        look = ' class="marked"' if mark else ' class="faulty"' if row.get("f") or row.get("lost") else ""
        return f"<tr{look}>{head}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def rows_of(entries: Sequence[Entry], lines: Collection[int] = ()) -> list[Told]:
    """The conversation of a run, each message once; and what these lines of the journal are, whatever it is, with what happened
    in the devices around them."""
    near = {line + step for line in lines for step in range(-AROUND, AROUND + 1)}
    header = entries[0] if entries and isinstance(entries[0], Header) else Header()
    maker = Rows(header.devices)
    rows: list[tuple[int, Row]] = []
    stages: dict[int, str] = {}
    refusals: dict[int, str] = {}
    unanswered: set[int] = set()
    for line, entry in enumerate(entries):
        row = maker.row(line + 1, entry) or {}
        is_shown = line in lines or (line in near and isinstance(entry, LedgerEntry))
        if is_shown and "w" not in row and not isinstance(entry, Header):
            found = line_of(entry)
            row = {"n": line + 1, "t": entry.at, "k": found.kind, "d": found.source, "w": found.words, **row}
        if "s" in row:
            stages[row["x"]] = row["s"].replace("_", " ").replace("reply sent", "answered")
        if row.get("dir") == "out" and "lost" in row and "x" in row:
            unanswered.add(row["x"])
        if "why" in row:
            refusals[row["x"]] = row["why"]
        if "w" in row:
            rows.append((line, row))
    stages |= dict.fromkeys(unanswered, "its answer was lost")
    return [Told(line, row, _became(row, stages, refusals)) for line, row in rows]


def _became(row: Row, stages: dict[int, str], refusals: dict[int, str]) -> str:
    """What became of a message: lost or altered by which fault, refused and why, answered, or how far it came."""
    faults = f"touched by {', '.join(row['f'])}" if row.get("f") else ""
    lost = row.get("lost", "").replace("_", " ")
    asked = row.get("x")
    stage = ""
    if row.get("dir") == "in" and asked == row["n"]:
        refused = refusals.get(asked)
        stage = f"refused: {refused}" if refused else stages.get(asked, "")
    return ", ".join(dict.fromkeys(filter(None, (stage or lost, faults))))


def nearest(rows: Sequence[Told], line: int) -> int:
    """The place of the row that shows a line of the journal: its own, or the last one before it."""
    return max((place for place, told in enumerate(rows) if told.line <= line), default=0)


def excerpt(timeline: Timeline, rows: Sequence[Told], line: int) -> str:
    """The conversation around a line of the journal, which is marked."""
    if not rows:
        return ""
    middle = nearest(rows, line)
    first = max(0, middle - AROUND)
    shown = rows[first : middle + AROUND + 1]
    return _table(told.cells(timeline, "▶ " if place == middle else "") for place, told in enumerate(shown, first))


def conversation(timeline: Timeline, rows: Sequence[Told], lines: Iterable[int]) -> str:
    """All of it, the rows marked that findings are about."""
    if not rows:
        return ""
    marked = {nearest(rows, line) for line in lines}
    body = _table(told.cells(timeline, "▶ " if place in marked else "") for place, told in enumerate(rows[:MOST]))
    words = tag("summary", f"{len(rows)} messages and events, in the order of time")
    whole = f"<details{' open' if len(rows) <= OPEN else ''}>{words}{body}</details>"
    left = len(rows) - MOST
    more = [tag("p", f"{left} later ones are not listed: the journal has them.", class_="note")] if left > 0 else []
    return section("conversation", "Conversation", whole, *more)


def _table(rows: Iterable[str]) -> str:
    heads = "".join(f'<th scope="col">{word}</th>' for word in HEADS)
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table class="moment">{body}</table></div>'
