"""Where glucose comes from. A source is a function from an instant to mg/dL, or None where there is nothing to measure.

An effect bends what a source says: it is called with the instant and the level, in ascending order of instants, and
returns the level it makes of it. ``through(sine(...), Lag(minutes(7)), Bias(5))`` is a source again.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from isletbench.emulator.core.quantities import Instant, Span

Source: TypeAlias = Callable[[Instant], float | None]


class Effect(Protocol):
    """One thing that happens to glucose on its way into a reading."""

    def __call__(self, at: Instant, level: float, /) -> float:
        """What becomes of ``level`` mg/dL at this instant."""


def through(source: Source, *effects: Effect) -> Source:
    """The source as seen through effects, the first one nearest to it. What is missing stays missing."""

    def bent(now: Instant) -> float | None:
        level = source(now)
        if level is None:
            return None
        for effect in effects:
            level = effect(now, level)
        return level

    return bent


def constant(level: float) -> Source:
    """The same glucose for ever, mg/dL."""
    return lambda now: level


def sine(mean: float, amplitude: float, period: Span) -> Source:
    """Glucose that swings by ``amplitude`` around ``mean`` (mg/dL), rising first."""
    return lambda now: mean + amplitude * math.sin(2 * math.pi * now / period)


def recorded(readings: Sequence[tuple[Instant, float]], tolerance: Span) -> Source:
    """A recording: the reading nearest to an instant, if one lies within ``tolerance``; a missing one stays missing.

    ``readings`` are (instant, mg/dL) in ascending order. Each reading answers one slot: with a tolerance of half the
    cadence none is used twice and none is invented.
    """
    instants = [at for at, _ in readings]

    def source(now: Instant) -> float | None:
        after = bisect_left(instants, now)
        near = [index for index in (after - 1, after) if 0 <= index < len(readings)]
        best = min(near, key=lambda index: abs(instants[index] - now), default=None)
        if best is None or not -tolerance <= instants[best] - now < tolerance:
            return None
        return readings[best][1]

    return source
