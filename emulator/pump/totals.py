"""What has been delivered: since the beginning, today, in the last hours, and how much of it is still active.

Source: IDS 1.0.2, sections 3.6.2.5, 3.6.2.7 and 3.6.2.8.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import field
from datetime import timedelta
from typing import Annotated

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Insulin, Span, minutes
from isletbench.emulator.core.ranges import spans
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.happenings import Happens, Recorded
from isletbench.emulator.pump.records import DailyTotal
from isletbench.emulator.pump.wall_clock import DAY, WallClock
from isletbench.protocols.ids import StatusFlag

ROLL_OVER: Insulin = 80_000_000_000
"""A total above 80 000 IU begins again at 0."""


@decides_deadline("next_deadline")
@dataclass(slots=True)
class Totals(Timed):
    """Delivered insulin by kind, uU. Priming is no therapy and does not count."""

    bolus: Insulin = 0
    basal: Insulin = 0
    recent: deque[tuple[Instant, Insulin, bool]] = field(default_factory=deque)
    """The last day's pulses: when, how much, whether of a bolus."""
    day_began: Instant = 0
    """When it was midnight by the pump's own clock; a pulse at that very instant belongs to the day before."""
    clock_changed: bool = False
    """Whether the clock was changed that day."""
    next_deadline: Instant = 0
    """The next midnight by the pump's own clock."""

    def follow(self, clock: WallClock, now: Instant) -> None:
        """Find the midnights before and after an instant, when the pump begins or its clock is set."""
        self.day_began = clock.midnight_before(now)
        self.next_deadline = clock.midnight_after(now)

    def follow_change(self, clock: WallClock, now: Instant) -> Happens[None]:
        """The clock was set: what was delivered today is another amount."""
        before = self.today
        self.follow(clock, now)
        self.clock_changed = True
        if self.today != before:
            yield StatusFlag.TOTAL_DAILY_INSULIN

    def midnight(self, clock: WallClock, at: Instant) -> Happens[None]:
        """A day is over: record what was delivered, and begin the next one."""
        day = clock.at(self.next_deadline) - timedelta(days=1)
        yield Recorded((DailyTotal(*self.today, day.date(), self.clock_changed),), StatusFlag.TOTAL_DAILY_INSULIN)
        self.day_began, self.clock_changed = at, False
        self.next_deadline = clock.midnight_after(at)

    def clear(self) -> None:
        """Begin anew at 0."""
        self.bolus = self.basal = 0
        self.recent.clear()
        self.clock_changed = False

    def count(self, at: Instant, amount: Insulin, *, bolus: bool) -> None:
        """A pulse has been delivered."""
        if bolus:
            self.bolus += amount
        else:
            self.basal += amount
        self.recent.append((at, amount, bolus))
        while self.recent[0][0] < at - 2 * DAY:
            self.recent.popleft()

    def since(self, began: Instant, *, bolus: bool) -> Insulin:
        """How much of a kind was delivered after an instant of the last two days."""
        return sum(amount for at, amount, kind in reversed(self.recent) if at > began and kind is bolus)

    @property
    def today(self) -> tuple[Insulin, Insulin]:
        """Bolus and basal insulin since midnight."""
        return self.since(self.day_began, bolus=True), self.since(self.day_began, bolus=False)

    def rolled(self, pulse: Insulin) -> tuple[Insulin, Insulin]:
        """Bolus and basal insulin since the last roll-over."""
        return self.bolus % (ROLL_OVER + pulse), self.basal % (ROLL_OVER + pulse)

    def active(self, now: Instant, duration: Span) -> Iterator[tuple[Instant, Insulin]]:
        """The bolus pulses whose action is not over."""
        return ((at, amount) for at, amount, bolus in self.recent if bolus and at > now - duration)


@dataclass(frozen=True, slots=True)
class InsulinAction:
    """How long injected insulin acts and when it acts most, ms.

    The exponential model that open AID systems share (LoopKit, oref0): defined for a peak before half the duration.
    """

    duration: Annotated[Span, spans("1h", "24h")] = minutes(360)
    peak: Annotated[Span, spans("1m", "12h")] = minutes(75)

    def __post_init__(self) -> None:
        if 2 * self.peak >= self.duration:
            raise ValueError("peak: expected less than half of duration")

    def remaining(self, since: Span) -> float:
        """The share of a dose that has not acted yet, after ``since`` ms."""
        if since <= 0:
            return 1.0
        if since >= self.duration:
            return 0.0
        t, td, tp = (span / minutes(1) for span in (since, self.duration, self.peak))
        tau = tp * (1 - tp / td) / (1 - 2 * tp / td)
        a = 2 * tau / td
        s = 1 / (1 - a + (1 + a) * math.exp(-td / tau))
        return 1 - s * (1 - a) * ((t**2 / (tau * td * (1 - a)) - t / tau - 1) * math.exp(-t / tau) + 1)

    def on_board(self, totals: Totals, now: Instant) -> tuple[Insulin, Span]:
        """Bolus insulin that has not acted yet, and how long until all of it has."""
        doses = tuple(totals.active(now, self.duration))
        amount = round(sum(dose * self.remaining(now - at) for at, dose in doses))
        return amount, (doses[-1][0] + self.duration - now if doses else 0)
