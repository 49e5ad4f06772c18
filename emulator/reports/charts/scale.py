"""From values to pixels, and where the marks of an axis are."""

from dataclasses import dataclass
from itertools import pairwise

from isletbench.emulator.core.quantities import Instant, Span, hours
from isletbench.emulator.metrics.episodes import LARGEST_GAP, Reading
from isletbench.emulator.reports.charts.svg import Point
from isletbench.emulator.reports.timeline import DAY, Timeline

STEPS: tuple[Span, ...] = (hours(1), hours(2), hours(3), hours(6), hours(12), DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
"""Distances between the marks of a time axis, ms."""
PIXELS_A_MARK = 62
"""Room for the words of a mark."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` on pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def clamped(self, value: float) -> float:
        """The pixel of a value, or of the end of the scale where it lies beyond."""
        return self(min(max(value, self.low), self.high))


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a time axis."""

    at: Instant
    words: str
    is_midnight: bool


def time_marks(timeline: Timeline, began: Instant, ended: Instant, width: float) -> list[Mark]:
    """The marks of a time axis of this width: hours of the day, and the date at midnight."""
    most = max(2.0, width / PIXELS_A_MARK)
    step = next((step for step in STEPS if (ended - began) / step <= most), STEPS[-1])
    first = timeline.midnight(timeline.day(began))
    found = []
    for number in range(int((ended - first) // step) + 1):
        at = first + number * step
        if at < began:
            continue
        when = timeline.when(at)
        is_midnight = (when.hour, when.minute) == (0, 0)
        found.append(Mark(at, f"{when:%d %b}".lstrip("0") if is_midnight else f"{when:%H:%M}", is_midnight))
    return found


def value_marks(highest: float, most: int = 4) -> list[float]:
    """Round numbers from 0 to ``highest``, for an axis of amounts."""
    for step in (0.5, 1, 2, 5, 10, 20, 50, 100, 200):
        if highest / step <= most:
            return [step * number for number in range(int(highest / step) + 1)]
    return [0.0, highest]


def pieces(readings: list[Reading], x: Scale, y: Scale) -> list[list[Point]]:
    """Readings as points, in runs without a gap: what was not measured is not drawn."""
    if not readings:
        return []
    found = [[(x(readings[0].at), y.clamped(readings[0].mg_dl))]]
    for before, reading in pairwise(readings):
        if reading.at - before.at > LARGEST_GAP:
            found.append([])
        found[-1].append((x(reading.at), y.clamped(reading.mg_dl)))
    return found
