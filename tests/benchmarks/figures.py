"""What a row of the table of benchmarks is: a figure of ours beside its bare counterpart of the same run, and a goal.

Machines differ, and what else they do changes from minute to minute. A row therefore measures both parts in turns, and compares
medians; where a goal is a time, the counterpart tells how fast the machine was.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure may be at most, in a unit: ``x`` (times the counterpart), ``s``, ``%`` of a core, ``MB``."""

    limit: float
    unit: str

    def __str__(self) -> str:
        return f"{self.limit:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a row has measured. ``value`` is compared with the goal; ``ours`` and ``bare`` are the two parts, in ``unit``."""

    value: float
    ours: float
    bare: float
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is measured, beside what, how little it should be, and the measurement, which may be ``tiny``."""

    what: str
    beside: str
    goal: Goal
    measure: Callable[[bool], Figure]


def timed(work: Callable[[], object], calls: int) -> float:
    """The median of what many calls take each, s."""
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def compared(ours: Callable[[], object], bare: Callable[[], object], rounds: int, calls: int) -> Figure:
    """Time both in turns; the median of the ratios of the rounds, and the medians of both, us."""
    pairs = [(timed(bare, calls), timed(ours, calls)) for _ in range(rounds)]
    return of_pairs([(mine, other) for other, mine in pairs])


def of_pairs(pairs: Sequence[tuple[float, float]]) -> Figure:
    """The figure of pairs (ours, bare), s: the median of their ratios, and both medians, us."""
    ratio = statistics.median(mine / other for mine, other in pairs)
    mine, other = (statistics.median(part) * 1e6 for part in zip(*pairs, strict=True))
    return Figure(ratio, mine, other, "us")


def quantile(values: Iterable[float], part: float) -> float:
    """The smallest value that at least ``part`` (0..1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(round(part * len(ordered), 9)) - 1)]


def to_plain(row: Row, figure: Figure) -> dict[str, Any]:
    """A measured row as JSON-able data."""
    return {
        "what": row.what,
        "beside": row.beside,
        "value": round(figure.value, 4),
        "unit": row.goal.unit,
        "goal": row.goal.limit,
        "met": figure.value <= row.goal.limit,
        "ours": round(figure.ours, 4),
        "bare": round(figure.bare, 4),
        "parts_unit": figure.unit,
    }


COLUMNS = ("what", "beside", "ours", "bare", "figure", "goal")


def cells(row: Row, figure: Figure) -> tuple[str, ...]:
    """A measured row as text, in the order of ``COLUMNS``."""
    parts = (f"{short(part)} {figure.unit}" for part in (figure.ours, figure.bare))
    met = "" if figure.value <= row.goal.limit else ", missed"
    return (row.what, row.beside, *parts, f"{short(figure.value)} {row.goal.unit}", f"{row.goal}{met}")


def short(value: float) -> str:
    """A number with three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """A table of a page."""
    lines = [COLUMNS, tuple("---" for _ in COLUMNS), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
