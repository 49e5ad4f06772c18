"""Basal insulin: a rate by time of day becomes whole pulses.

The rate is integrated exactly, in uU*ms/h; when a pulse's worth has come together it is due. What is left over is carried
across rate changes, so over a day the sum of pulses differs from the sum of rates by less than one pulse.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import field
from itertools import accumulate, pairwise

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import MS_PER_HOUR, Instant, Insulin, Rate, Span, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.adjustment import Tbr
from isletbench.emulator.pump.amounts import exactly
from isletbench.emulator.pump.happenings import Happens, Recorded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import BasalRateChanged, Record
from isletbench.emulator.pump.template import ProfileTemplate
from isletbench.emulator.pump.wall_clock import DAY, WallClock
from isletbench.protocols.ids import BasalContext, StatusFlag, TherapyControlState


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

    def clear(self) -> None:
        """Begin again with nothing owed."""
        self.owed = 0


@decides_deadline("owed", "next_deadline", "accrual")
@dataclass(slots=True)
class Basal(Timed):
    """The basal insulin of a pump: the schedule it follows, the rate that flows, and what is owed."""

    profile: PumpProfile
    owed: Accumulator
    delivered_rate: Rate = 0
    """The basal rate that flows now, uU/h."""
    schedule: Schedule | None = field(default=None, init=False)
    """That of the activated profile template, if one is activated."""
    next_deadline: Instant | None = field(default=None, init=False)
    """When the next block of the schedule begins."""
    accrual: Rate = field(default=0, init=False)
    """The rate at which insulin becomes owed, uU/h."""

    def set_template(self, template: ProfileTemplate) -> None:
        """Follow this template from now on."""
        starts = accumulate((minutes(block.minutes) for block in template.blocks), initial=0)
        rates = (exactly(block.values[0]) for block in template.blocks)
        self.schedule = Schedule(list(zip(starts, rates, strict=False)))

    def accrue(self, now: Instant) -> None:
        """Time has passed. When the next pulse is owed does not change by that."""
        self.owed.accrue(self.accrual, now)

    def pay(self) -> None:
        """A pulse has been delivered."""
        self.owed.pay()
        self.retimed()

    def owe_nothing(self) -> None:
        """Begin again with nothing owed."""
        self.owed.clear()
        self.retimed()

    def skip_to(self, now: Instant) -> None:
        """Nothing is owed for the time up to ``now``."""
        self.owed.at = now
        self.retimed()

    def scheduled_rate(self, time_of_day: Span) -> Rate | None:
        """The activated profile's own rate, uU/h; None when no profile is activated."""
        return self.schedule.rate(time_of_day) if self.schedule else None

    def follow(
        self,
        at: Instant,
        clock: WallClock,
        therapy: TherapyControlState,
        tbr: Tbr | None,
        *,
        suspended: bool = False,
        context: BasalContext = BasalContext.DEVICE_BASED,
        cause: Record | None = None,
    ) -> Happens[int | None]:
        """Follow schedule, TBR and therapy state; a delivered rate that is another one is recorded, with its cause.

        A stopped pump owes no basal; a paused one delivers none but may go on owing, and makes up for it (IDS 1.0.2,
        section 3.3.1.1). While ``suspended`` by the pump itself it owes none. The number of the first entry recorded, if any.
        """
        own = self._block(at, clock)
        wanted = 0 if suspended else tbr.rate(own, self.profile.limits.rate) if tbr else own
        runs, pauses = therapy is TherapyControlState.RUN, therapy is TherapyControlState.PAUSE
        owes = runs or (pauses and self.profile.habits.makes_up_pause)
        self.accrual = wanted if owes else 0
        old, self.delivered_rate = self.delivered_rate, wanted if runs else 0
        changed = self.delivered_rate != old
        if changed:
            if self.profile.habits.restarts_phase:
                self.owe_nothing()
            yield events.BasalRate(uu_per_h=self.delivered_rate)
        if not changed and cause is None:
            return None
        causes = () if cause is None else (cause,)
        follows = BasalRateChanged(old, self.delivered_rate, context)
        return (yield Recorded((*causes, follows), StatusFlag.ACTIVE_BASAL_RATE))

    def _block(self, at: Instant, clock: WallClock) -> Rate:
        """Find the block of the schedule that is in force; its rate, uU/h."""
        self.next_deadline = None
        if self.schedule is None:
            return 0
        time_of_day = clock.time_of_day(at)
        self.next_deadline = clock.when(self.schedule.until_next_block(time_of_day), at)
        return self.schedule.rate(time_of_day)

    @property
    def next_pulse(self) -> Instant | None:
        """When the next pulse is owed, as far as can be said."""
        return self.owed.due(self.accrual, self.profile.basal_cadence)
