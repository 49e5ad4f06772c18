"""Small multiples: a picture for each scenario and carrier, a row for each fault, a square for each exchange."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from isletbench.emulator.campaigns.result import Outcome
from isletbench.emulator.campaigns.store import Stored
from isletbench.emulator.reports.charts.svg import Box, Picture, element, rectangle, text

LOOKS: Mapping[Outcome, str] = {
    Outcome.PASSED: "target",
    Outcome.FAILED: "low",
    Outcome.CRASHED: "very-low",
    Outcome.ABSENT: "carbs",
    Outcome.NOT_JUDGED: "quiet",
    Outcome.LOST: "alarm",
}
"""The class that a square has."""
TOGETHER = ("scenario", "over", "rig", "subject", "profiles", "client", "version")
"""Cells that agree in these are one picture."""
SIZE, GAP, ROW, LEFT, TOP = 7.0, 1.0, 12.0, 250.0, 8.0
LONGEST = 42
"""Characters of a fault that are shown."""


@dataclass(frozen=True, slots=True)
class Multiple:
    """One picture of many."""

    title: str
    picture: Picture
    failing: int
    """How many of its cells accuse the client."""


def multiples(cells: Sequence[Stored], link: Callable[[Stored], str | None]) -> list[Multiple]:
    """The pictures of a campaign, those with most failures first; ``link`` is where a square leads to."""
    groups: dict[tuple[str, ...], list[Stored]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell.axes[axis] for axis in TOGETHER), []).append(cell)
    found = [_multiple(values, group, link) for values, group in groups.items()]
    return sorted(found, key=lambda one: (-one.failing, one.title))


def _multiple(values: Sequence[str], cells: Sequence[Stored], link: Callable[[Stored], str | None]) -> Multiple:
    rows: dict[str, list[Stored]] = {}
    for cell in cells:
        rows.setdefault(cell.axes["fault"] or "no additional fault", []).append(cell)
    content, widest = [], 0.0
    for number, (fault, row) in enumerate(sorted(rows.items())):
        y = TOP + number * ROW
        content.append(text(_short(fault), LEFT - 6, y + SIZE, "small", "muted", "end"))
        for place, cell in enumerate(sorted(row, key=_along)):
            box = Box(LEFT + place * (SIZE + GAP), y, SIZE, SIZE)
            widest = max(widest, box.right)
            content.append(_square(cell, box, link(cell)))
    title = ", ".join(value for value in values if value)
    height = TOP + len(rows) * ROW + 4
    label = f"{title}: how each cell ended, a row for each fault"
    return Multiple(title, Picture(widest + 10, height, "".join(content), label), sum(cell.is_bad for cell in cells))


def _square(cell: Stored, box: Box, href: str | None) -> str:
    words = [f"{name} {cell.axes[name]}" for name in ("exchange", "instant", "seed") if cell.axes[name]]
    square = rectangle(box, LOOKS[cell.outcome], ", ".join([*words, cell.outcome.value, *cell.sentences()[:1]]), rx=1.5)
    return square if href is None else element("a", square, href=href)


def _along(cell: Stored) -> tuple[int, str, int]:
    """The place in a row: by exchange, instant and seed."""
    exchange, seed = cell.axes["exchange"], cell.axes["seed"]
    return (int(exchange) if exchange.isdecimal() else 0, cell.axes["instant"], int(seed) if seed.isdecimal() else 0)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
