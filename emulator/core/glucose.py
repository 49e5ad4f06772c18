"""Where glucose comes from. A source is a function from an instant to mg/dL, or None where there is nothing to measure.

An effect alters the glucose of a source: it is called with the instant and the level, in ascending order of instants, and
returns the altered level. ``through(sine(...), Lag(minutes(7)), Bias(5))`` is a source again.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from isletbench.emulator.core.quantities import Instant

Source: TypeAlias = Callable[[Instant], float | None]


class Effect(Protocol):
    """One influence on glucose on its way into a reading."""

    def __call__(self, at: Instant, level: float, /) -> float:
        """The altered level, of ``level`` mg/dL at this instant."""


def through(source: Source, *effects: Effect) -> Source:
    """A source altered by effects, the first one nearest to it. A missing reading stays missing."""

    def altered(now: Instant) -> float | None:
        level = source(now)
        if level is None:
            return None
        for effect in effects:
            level = effect(now, level)
        return level

    return altered
