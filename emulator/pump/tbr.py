"""The temporary basal rate in force. Source: IDS 1.0.2, sections 3.7.2.8 and 3.7.2.9."""

from dataclasses import replace

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Rate, in_units, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.adjustment import WHOLE, Adjustment, Tbr
from isletbench.emulator.pump.amounts import on_grid, out_of_range, rounded_down
from isletbench.emulator.pump.happenings import Amended, Announce, Happens, TbrAltered
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import TBR, Reason, Refused, TbrEvent, TbrState, after
from isletbench.protocols.ids import AnnunciationType, StatusFlag, TbrEndReason, TbrType

SEVEN_BITS = 128 * WHOLE // 100
"""The first percentage that seven bits do not hold."""


@decides_deadline("active")
@dataclass(slots=True)
class TemporaryBasal(Timed):
    """The TBR of a pump, if one is in force."""

    profile: PumpProfile
    active: Tbr | None = None

    @property
    def state(self) -> TbrState:
        """Whether one is in force."""
        return TbrState.ACTIVE if self.active else TbrState.NONE

    @property
    def next_deadline(self) -> Instant | None:
        """When its duration is over."""
        return self.active.ends_at if self.active else None

    def fitting(self, wanted: Adjustment) -> Adjustment:
        """An adjustment as this pump can carry it out. Raises ``Refused``."""
        limits = self.profile.limits
        if not 0 < wanted.duration <= limits.tbr_duration or wanted.duration % limits.tbr_step:
            raise out_of_range(f"a duration of {wanted.duration // minutes(1)} min cannot be set")
        if wanted.type is TbrType.RELATIVE:
            if not 0 <= wanted.value <= limits.tbr_factor * WHOLE:
                raise out_of_range(f"a factor of {wanted.value / WHOLE:g} is outside 0..{limits.tbr_factor:g}")
            kept = wanted.value % SEVEN_BITS if self.profile.habits.wraps_tbr else wanted.value
            return replace(wanted, value=kept)
        return replace(wanted, value=self.fitting_rate(wanted.value))

    def fitting_rate(self, rate: Rate) -> Rate:
        """A basal rate as this pump can be set to it, uU/h. Raises ``Refused``."""
        limits = self.profile.limits
        if self.profile.habits.rounds_down:
            rate = rounded_down(rate, limits.rate_steps)
        if not 0 <= rate <= limits.rate or not on_grid(rate, limits.rate_steps):
            raise out_of_range(f"{in_units(rate)} U/h is not one of the rates that can be set")
        return rate

    def set(self, wanted: Adjustment, now: Instant, *, change: bool) -> Happens[None]:
        """Start a TBR that fits, or change the active one, all of it. Raises ``Refused``."""
        after(TBR, self.state, TbrEvent.CHANGE if change else TbrEvent.SET)
        set_to = wanted.type, wanted.value, wanted.duration
        old = self.active
        self.active = Tbr(wanted, old.started_at if old else now, now, old.record if old else 0)
        yield events.TbrStarted(type=wanted.type.name, value=wanted.value, duration_ms=wanted.duration, by=wanted.context.name)
        if old is None:
            number = yield TbrAltered(records.TbrStarted(*set_to, wanted.template_number), wanted.context)
            assert number is not None
            self.active.record = number
        else:
            elapsed = now - old.changed_at
            yield TbrAltered(records.TbrChanged(*set_to, elapsed, wanted.template_number), wanted.context)

    def cancel(self, now: Instant) -> Happens[None]:
        """End the active TBR because a client or its user wants it. Raises ``Refused``."""
        after(TBR, self.state, TbrEvent.CANCEL)
        yield from self._end(TbrEndReason.CANCELED, now)

    def over(self, at: Instant) -> Happens[None]:
        """End the TBR whose duration is over."""
        after(TBR, self.state, TbrEvent.OVER)
        announced = (yield Announce(AnnunciationType.TBR_OVER)) if self.profile.habits.announces_tbr_over else None
        yield from self._end(TbrEndReason.DURATION_OVER, at, announced)

    def abandon(self, event: TbrEvent, at: Instant, *, announced: bool, fault_id: int | None = None) -> Happens[None]:
        """End the TBR, if one is in force, because therapy stops or something is wrong."""
        if self.active is None:
            return
        after(TBR, self.state, event)
        annunciation_id = (yield Announce(AnnunciationType.TBR_CANCELED)) if announced else fault_id
        reason = TbrEndReason.ERROR_ABORT if event is TbrEvent.FAULT else TbrEndReason.CANCELED
        yield from self._end(reason, at, annunciation_id)

    def drop(self) -> Happens[None]:
        """Lose the TBR: no record and no annunciation says that it has ended. Raises ``Refused``."""
        if self.active is None:
            raise Refused(Reason.NOT_POSSIBLE, "no TBR is active")
        self.active = None
        yield events.TbrEnded(reason="DROPPED")

    def _end(self, reason: TbrEndReason, at: Instant, annunciation_id: int | None = None) -> Happens[None]:
        assert self.active is not None
        tbr, self.active = self.active, None
        wanted, lasted = tbr.wanted, at - tbr.started_at
        yield events.TbrEnded(reason=reason.name)
        ended = records.TbrEnded(wanted.type, lasted, reason, wanted.template_number, annunciation_id)
        yield TbrAltered(ended, wanted.context)
        yield StatusFlag.TOTAL_DAILY_INSULIN
        if self.profile.history.amends:
            yield Amended(tbr.record, records.TbrStarted(wanted.type, wanted.value, lasted, wanted.template_number))
