"""Basal insulin: a rate by time of day becomes whole pulses.

The rate is integrated exactly, in uU*ms/h; when a pulse's worth has come together it is due. What is left over is carried
across rate changes, so over a day the sum of pulses differs from the sum of rates by less than one pulse.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from isletbench.emulator.core.quantities import MS_PER_HOUR, Instant, Insulin, Rate, Span, days

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


@dataclass(slots=True)
class Accumulator:
    """Insulin that is owed up to the instant ``at``: ``owed`` uU*ms/h, paid in pulses of ``pulse`` uU."""

    pulse: Insulin
    at: Instant
    owed: int = 0

    def accrue(self, rate: Rate, now: Instant) -> None:
        """Time has passed at this rate."""
        self.owed += rate * (now - self.at)
        self.at = now

    def due(self, rate: Rate, cadence: Span | None = None) -> Instant | None:
        """When a whole pulse is owed, should the rate stay: an instant that may have passed; None when never.

        With a ``cadence`` the pump looks only so often: at whole multiples of it, ms.
        """
        missing = self.pulse * MS_PER_HOUR - self.owed
        if rate == 0:
            if missing > 0:
                return None
            due = self.at
        else:
            due = self.at + -(-missing // rate)
        return due if cadence is None else -(-due // cadence) * cadence

    def pay(self) -> None:
        """A pulse has been delivered."""
        self.owed -= self.pulse * MS_PER_HOUR

    def forget(self) -> None:
        """Begin again with nothing owed."""
        self.owed = 0
