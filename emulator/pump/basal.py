"""Basal insulin: a rate by time of day becomes whole pulses.

The rate is integrated exactly, in uU*ms/h; when a pulse's worth has come together it is due. What is left over is carried
across rate changes, so over a day the sum of pulses differs from the sum of rates by less than one pulse.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from emulator.quantities import MS_PER_HOUR, Instant, Insulin, Rate, Span, days

DAY = days(1)


class Schedule:
    """Blocks of (start in ms since midnight, rate in uU/h), ascending from 0."""

    def __init__(self, blocks: Sequence[tuple[Span, Rate]]) -> None:
        if not blocks or blocks[0][0] != 0 or any(a[0] >= b[0] for a, b in pairwise(blocks)):
            raise ValueError("expected basal blocks in ascending order from midnight")
        self._starts = [start for start, _ in blocks]
        self._rates = [rate for _, rate in blocks]

    def rate(self, time_of_day: Span) -> Rate:
        """The rate at a time of day, ms since midnight."""
        return self._rates[bisect_right(self._starts, time_of_day % DAY) - 1]

    def until_next_block(self, time_of_day: Span) -> Span:
        """How long until another block begins."""
        now = time_of_day % DAY
        after = bisect_right(self._starts, now)
        return (self._starts[after] if after < len(self._starts) else DAY) - now


class Accumulator:
    """Insulin that is owed, in uU*ms/h, up to an instant."""

    def __init__(self, pulse: Insulin, now: Instant) -> None:
        self._pulse = pulse * MS_PER_HOUR
        self._owed = 0
        self._at = now

    def accrue(self, rate: Rate, now: Instant) -> None:
        """Time has passed at this rate."""
        self._owed += rate * (now - self._at)
        self._at = now

    def due(self, rate: Rate) -> Instant | None:
        """When a whole pulse is owed, should the rate stay; None when never."""
        if self._owed >= self._pulse:
            return self._at
        if rate == 0:
            return None
        return self._at + -(-(self._pulse - self._owed) // rate)

    def pay(self) -> None:
        """A pulse has been delivered."""
        self._owed -= self._pulse
