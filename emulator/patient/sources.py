"""Glucose sources without a model: constant, sine, and a recording."""

import math
from bisect import bisect_left
from collections.abc import Sequence

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Instant, Span


def constant(level: float) -> Source:
    """Glucose that is the same at every instant, mg/dL."""
    return lambda now: level


def sine(mean: float, amplitude: float, period: Span) -> Source:
    """Glucose as a sine of this ``amplitude`` around ``mean`` (mg/dL), rising first; ``period`` in ms."""
    return lambda now: mean + amplitude * math.sin(2 * math.pi * now / period)


def recorded(readings: Sequence[tuple[Instant, float]], tolerance: Span) -> Source:
    """A recording: at each instant the nearest reading within ``tolerance``; a missing reading stays missing.

    ``readings`` are (instant, mg/dL) in ascending order. With a tolerance of half the cadence each reading is used for
    one slot only, and none is invented.
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
