"""The pump: what may flow when, and what it tells. It knows no wire.

Every method takes the time; nothing happens between two calls that ``advance`` would not have done at its own instant.
Refusals are ``Refused``, with the answer the specification has for them. What a client may ask for stands under *Therapy*,
*Boluses*, *Temporary basal rate*, *Templates*, *Reservoir* and *Annunciations*; what only somebody with the pump in hand can do
stands under *Hands*. Source: IDS 1.0.2, sections 3.7 and 3.10.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Instant, Insulin, Rate, Span, hours, in_units, minutes
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.amounts import exactly, iu, on_grid, out_of_range, rounded_down
from isletbench.emulator.pump.annunciations import Annunciation, Annunciations, id_of
from isletbench.emulator.pump.basal import DAY, Accumulator, Schedule
from isletbench.emulator.pump.bolus import Bolus, Prescription
from isletbench.emulator.pump.core import Core
from isletbench.emulator.pump.fluid_path import NORMAL, FluidPath
from isletbench.emulator.pump.infusion_set import Wear, failure
from isletbench.emulator.pump.memory import Battery, Priming
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import (
    PRIMING,
    TBR,
    THERAPY,
    BolusEvent,
    BolusState,
    Operation,
    PrimingEvent,
    PrimingState,
    Reason,
    Refused,
    ReservoirState,
    TbrEvent,
    TbrState,
    Therapy,
    after,
)
from isletbench.emulator.pump.tbr import WHOLE, Adjustment, Tbr
from isletbench.emulator.pump.templates import (
    BolusTemplate,
    ProfileBlock,
    ProfileTemplate,
    TbrTemplate,
    Template,
    Templates,
)
from isletbench.emulator.pump.totals import Totals
from isletbench.emulator.pump.wall_clock import WallClock
from isletbench.protocols.companions import AlertLevel
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import (
    AnnunciationType,
    AvailableBoluses,
    BasalContext,
    BolusEndReason,
    BolusType,
    CounterType,
    Feature,
    OperationalState,
    PrimingEndReason,
    RecordingReason,
    StatusFlag,
    TbrEndReason,
    TbrType,
    TemplateType,
    TherapyControlState,
)
from isletbench.protocols.plain import to_plain

RUN, PAUSE, STOP = TherapyControlState.RUN, TherapyControlState.PAUSE, TherapyControlState.STOP
BATTERY_WARNINGS = (
    (50, AnnunciationType.BATTERY_MEDIUM),
    (20, AnnunciationType.BATTERY_LOW),
    (0, AnnunciationType.BATTERY_EMPTY),
)
"""Percent left, and what the user is told: first at half the runtime (IDS 1.0.2, table 4.9); an empty one ends therapy."""
SEVEN_BITS = 128 * WHOLE // 100
"""The first percentage that seven bits do not hold."""
BOLUS_FEATURES: Mapping[BolusType, Feature] = {
    BolusType.FAST: Feature.FAST_BOLUS,
    BolusType.EXTENDED: Feature.EXTENDED_BOLUS,
    BolusType.MULTIWAVE: Feature.MULTIWAVE_BOLUS,
}
Recommendation = tuple[Insulin, Insulin, Insulin, Insulin]
"""Of a bolus calculator, uU: fast for the meal, fast to correct, extended for the meal, extended to correct."""


class Pump(Core):
    """A pump of one profile, primed, filled and running. Instant 0 is power-on, at the local date and time ``epoch``.

    ``basal`` is (start in ms since midnight, rate in uU/h), ascending from 0, in whole minutes: it becomes the activated basal
    rate profile template. ``reservoir`` is what is filled in, uU. ``seed`` and ``name`` choose what chance there is in it;
    ``wear`` is how its infusion sets fail by themselves.
    Raises ``Refused`` for a basal rate that a pump of this profile cannot be set to.
    """

    def __init__(
        self,
        profile: PumpProfile,
        *,
        epoch: datetime,
        basal: Sequence[tuple[Span, Rate]],
        reservoir: Insulin,
        seed: int,
        name: str = "pump",
        wear: Wear | None = None,
    ) -> None:
        super().__init__(
            profile,
            clock=WallClock(epoch),
            battery=Battery(0, profile.battery_life),
            owed=Accumulator(profile.pulse, 0),
            max_bolus=profile.limits.bolus,
            operational=OperationalState.READY,
            configured=dict(profile.factory),
            counters=dict.fromkeys(profile.counters, 0),
        )
        self.alerting = AlertLevel.NONE
        self.misread_times, self.misread_by = 0, 0
        """How often its clock will be misread, and by how much, ms."""
        self.path = FluidPath(profile.path, stream(seed, name, "fluid path").random)
        self._wear, self._chance = wear, (seed, name, "infusion set")
        self.templates = Templates(profile.templates, frozenset(profile.factory), self.configured, self.activated)
        self._schedule: Schedule | None = None
        self._next_block: Instant | None = None
        self._rate: Rate = 0
        """What basal insulin grows owed by, uU/h."""
        # What can fall due, in the order in which it happens at one instant. Midnight comes after the pulses: what fell due
        # by then belongs to the day that ends.
        self._timers: tuple[tuple[Callable[[], Instant | None], Callable[[Instant], None]], ...] = (
            (lambda: self.history.next_deadline, self._reveal),
            (lambda: self.next_reference, self._refer),
            (lambda: self._next_block, self._next_of_day),
            (lambda: self.annunciations.next_deadline, self.snoozed_enough),
            (self._tbr_over_at, self._tbr_over),
            (self._bolus_starts_at, self._start_boluses),
            (self._basal_due, self._basal_pulse),
            (self._bolus_due, self._bolus_pulse),
            (self._prime_due, self._prime_pulse),
            (lambda: self.path.next_deadline, self.look_at_path),
            (self._set_fails_at, self._set_fails),
            (self._pause_over_at, self._pause_over),
            (self._battery_deadline, self._battery_warns),
            (self._advice_due, self._advise),
            (self._worn_out_at, self._wear_out),
            (lambda: self.next_midnight, self._midnight),
        )
        self._refer(0, RecordingReason.SET_DATE_TIME)
        self.next_midnight = self.clock.midnight_after(0)
        self.totals.day_began = self.clock.midnight_before(0)
        self.reservoir.attach(reservoir, reservoir)
        self.log(0, events.ReservoirAttached(uu=reservoir))
        self.tell_level(0)
        self._set_basal(basal)
        self.set_therapy(RUN, 0)

    def _set_basal(self, basal: Sequence[tuple[Span, Rate]]) -> None:
        first = self.profile.basal_templates.first
        ends = [*(start for start, _ in basal[1:]), DAY]
        blocks = tuple(
            ProfileBlock((end - start) // minutes(1), (iu(rate),)) for (start, rate), end in zip(basal, ends, strict=True)
        )
        for block in blocks:
            self.checked(TemplateType.BASAL_RATE_PROFILE, block)
        self.store(first, TemplateType.BASAL_RATE_PROFILE, ProfileTemplate(blocks), 0)
        self.activate((first,), 0)

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """When something will be due. Never earlier than the last ``advance``."""
        found = [instant for deadline, _ in self._timers if (instant := deadline()) is not None]
        return max(min(found), self.now) if found else None

    def advance(self, now: Instant) -> None:
        """Let everything happen that falls due by ``now``, each at its own instant, in order."""
        while (due := self.next_deadline) is not None and due <= now:
            self._pass_to(due)
            for deadline, happen in self._timers:
                if (instant := deadline()) is not None and instant <= due:
                    happen(due)
        self._pass_to(now)
        self.path.advance(now)

    def _pass_to(self, now: Instant) -> None:
        self.owed.accrue(self._rate, now)
        self.now = now

    def take_up(self, now: Instant) -> None:
        """Go on with a memory that has been put in place of its own, as of this instant."""
        self.templates = Templates(self.profile.templates, frozenset(self.profile.factory), self.configured, self.activated)
        self.now = now
        self._follow_templates(now)

    def resume_at(self, now: Instant) -> None:
        """Nothing flowed and nothing was owed up to this instant: it had no power."""
        self.owed.at = self.now = now
        self._refer(now)
        self.follow_schedule(now)

    def _reveal(self, at: Instant) -> None:
        if self.history.reveal(at):
            self.changes(StatusFlag.HISTORY_EVENT_RECORDED)

    # Its clock

    def shows(self, now: Instant) -> datetime:
        """The date and time on its own clock."""
        return self.clock.at(now)

    def tells_time(self, now: Instant) -> datetime:
        """The same as it tells whoever asks: it may be misread."""
        if not self.misread_times:
            return self.shows(now)
        self.misread_times -= 1
        return self.shows(now) + timedelta(milliseconds=self.misread_by)

    def set_clock(self, to: datetime, now: Instant) -> None:
        """Set its date and time: the day's totals and the basal schedule follow at once."""
        self.clock.set(to, now)
        self.log(now, events.ClockSet(to=to.isoformat()))
        self.clock_changed(now, RecordingReason.SET_DATE_TIME)

    def set_local_time(self, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> None:
        """Tell it where it is: quarter hours from UTC, and daylight saving time. What it shows stays as it is."""
        self.clock.time_zone, self.clock.dst_offset = time_zone, dst_offset
        self.clock_changed(now, RecordingReason.SET_DATE_TIME)

    def clock_changed(self, now: Instant, reason: RecordingReason) -> None:
        before = self.totals.today
        self.totals.day_began = self.clock.midnight_before(now)
        self.totals.clock_changed = True
        self.next_midnight = self.clock.midnight_after(now)
        if self.profile.history.references_clock_changes or reason is RecordingReason.DATE_TIME_LOSS:
            self._refer(now, reason)
        if self.totals.today != before:
            self.changes(StatusFlag.TOTAL_DAILY_INSULIN)
        self.follow_schedule(now)

    def _refer(self, at: Instant, reason: RecordingReason = RecordingReason.PERIODIC) -> None:
        shown = self.shows(at)
        since_grain = self.clock.time_of_day(at) % self.profile.history.grain
        if self.profile.habits.tells_utc:
            shown -= self.clock.ahead_of_utc
        shown -= timedelta(milliseconds=since_grain)
        record = records.ReferenceTime(reason, shown, self.clock.time_zone, self.clock.dst_offset)
        self.history.refer(at, at - since_grain, record)
        self.next_reference = at + self.profile.history.reference_every
        self.changes(StatusFlag.HISTORY_EVENT_RECORDED)

    def _midnight(self, at: Instant) -> None:
        day = self.shows(self.next_midnight) - timedelta(days=1)
        told = records.DailyTotal(*self.totals.today, day.date(), self.totals.clock_changed)
        self.record(at, told, changed=StatusFlag.TOTAL_DAILY_INSULIN)
        self.totals.day_began, self.totals.clock_changed = at, False
        self.next_midnight = self.clock.midnight_after(at)

    def begin_anew(self, now: Instant, *, ages: bool = True) -> None:
        """Be another pump of the same make, with the same settings and no memory; with ``ages`` its counters begin anew."""
        self.number += 1
        self.history.clear(now)
        self.annunciations, self.totals, self.last_bolus_id = Annunciations(), Totals(), 0
        self.battery = Battery(now, self.profile.battery_life)
        if ages:
            self.counters = dict.fromkeys(self.profile.counters, now)
        self.reservoir_since, self.worn_out, self.advised_at = now, False, None
        self.totals.day_began = self.clock.midnight_before(now)
        self.owed.forget()
        self.changed = StatusFlag(0)
        self._refer(now, RecordingReason.SET_DATE_TIME)

    # Basal

    @property
    def scheduled_rate(self) -> Rate | None:
        """The activated profile's own rate now, uU/h; None when no profile is activated."""
        return self._schedule.rate(self.clock.time_of_day(self.now)) if self._schedule else None

    def _next_of_day(self, at: Instant) -> None:
        self.follow_schedule(at)

    def follow_schedule(
        self,
        at: Instant,
        context: BasalContext = BasalContext.DEVICE_BASED,
        because: tuple[records.Record, ...] = (),
    ) -> int:
        """Follow schedule, TBR and therapy state; a delivered rate that is another one is written down, with its cause.

        A stopped pump owes no basal; a paused one delivers none but may go on owing, and makes up for it (IDS 1.0.2,
        section 3.3.1.1). The number of the first record written, if one was.
        """
        time_of_day = self.clock.time_of_day(at)
        self._next_block = None
        own = 0
        if self._schedule is not None:
            own = self._schedule.rate(time_of_day)
            self._next_block = self.clock.when(self._schedule.until_next_block(time_of_day), at)
        wanted = self.tbr.rate(own, self.profile.limits.rate) if self.tbr else own
        delivered = wanted if self.therapy is RUN else 0
        owes = self.therapy is RUN or (self.therapy is PAUSE and self.profile.habits.makes_up_pause)
        self._rate = wanted if owes else 0
        old, self.delivered_rate = self.delivered_rate, delivered
        if delivered != old:
            self.log(at, events.BasalRate(uu_per_h=delivered))
            if self.profile.habits.restarts_phase:
                self.owed.forget()
            because = (*because, records.BasalRateChanged(old, delivered, context))
        elif because:
            because = (*because, records.BasalRateChanged(old, old, context))
        return self.record(at, *because, changed=StatusFlag.ACTIVE_BASAL_RATE) if because else 0

    # Pulses

    def _basal_due(self) -> Instant | None:
        if self.therapy is not RUN:
            return None
        if not self.profile.habits.interleaves and any(b.state is BolusState.FAST for b in self.boluses.values()):
            return None
        due = self.owed.due(self._rate, self.profile.basal_cadence)
        return None if due is None else max(due, self.last_pulse + self.profile.pulse_spacing)

    def _next_bolus(self) -> tuple[Instant, int] | None:
        if self.therapy is not RUN:
            return None
        pulse = self.profile.pulse
        return min(((due, bolus.id) for bolus in self.boluses.values() if (due := bolus.due(pulse)) is not None), default=None)

    def _bolus_due(self) -> Instant | None:
        found = self._next_bolus()
        return found and max(found[0], self.last_pulse + self.profile.pulse_spacing)

    def _pulse(self, at: Instant, cause: str, rate: float, **fields: Any) -> bool:
        """Deliver one pulse, if there is one left to deliver. ``rate`` is how fast they follow one another, uU/min."""
        amount = self.profile.pulse
        if self.stalled:
            self.last_pulse = at
            self.totals.count(at, amount, bolus=cause == "bolus")
            self.log(at, events.StalledPulse(uu=amount, cause=cause, **fields))
            return True
        if not self.reservoir.take(amount):
            self._run_dry(at)
            return False
        self.last_pulse = at
        self.path.push(amount, at, rate)
        self.totals.count(at, amount, bolus=cause == "bolus")
        self.log(at, events.Pulse(uu=amount, cause=cause, **fields, reservoir_uu=self.reservoir.remaining))
        self._level_sinks(at)
        return True

    def _basal_pulse(self, at: Instant) -> None:
        if self._pulse(at, "basal", self.delivered_rate / 60):
            self.owed.pay()
            self.look_at_path(at)

    def _bolus_pulse(self, at: Instant) -> None:
        found = self._next_bolus()
        assert found is not None
        bolus, profile = self.boluses[found[1]], self.profile
        if not self._pulse(at, "bolus", profile.pulse * minutes(1) / profile.pulse_spacing, bolus_id=bolus.id):
            return
        before = bolus.state
        bolus.pulsed(profile.pulse, at, profile.pulse_spacing)
        if bolus.state is BolusState.ENDED:
            self._bolus_ended(bolus, BolusEndReason.AMOUNT_DELIVERED, at)
        elif bolus.state is not before:
            self._path_hears(at)
            self.changes(StatusFlag.ACTIVE_BOLUS)
        self.look_at_path(at)

    def _level_sinks(self, at: Instant) -> None:
        """Insulin has left the reservoir: the counter is watched, not what is really in it."""
        before = self.displayed(self.profile.pulse)
        if self.displayed() != before:
            self.changes(StatusFlag.RESERVOIR)
        if self.recorded_level - (self.displayed() or 0) >= self.profile.history.reservoir_every:
            self.tell_level(at)
        if self.reservoir.believed <= self.profile.low_reservoir and not self.low_told:
            self.low_told = True
            self.announce(AnnunciationType.RESERVOIR_LOW, at)

    def _run_dry(self, at: Instant) -> None:
        self.reservoir.run_dry()
        self.log(at, events.ReservoirEmpty(left_uu=self.reservoir.remaining))
        self.fault(AnnunciationType.RESERVOIR_EMPTY, at)
        self.tell_level(at)

    def look_at_path(self, at: Instant) -> None:
        self.path.advance(at)
        if self.path.occluded and self.therapy is not STOP:
            self.log(at, events.OcclusionDetected(in_line_uu=self.path.in_line))
            self.fault(AnnunciationType.OCCLUSION_DETECTED, at)
            self.path.acknowledge(at)

    # Reservoir
    def set_fill_level(self, level: Insulin, now: Instant) -> None:
        """Tell it what is in its reservoir. Raises ``Refused``."""
        if not 0 <= level <= self.profile.reservoir:
            raise out_of_range(f"{in_units(level)} U is outside 0..{in_units(self.profile.reservoir)} U")
        self.reservoir.set_level(level)
        self.low_told = level <= self.profile.low_reservoir
        self.log(now, events.FillLevelSet(uu=level))
        self.tell_level(now)
        self.settle(now)

    def reset_operation_time(self, now: Instant) -> None:
        """The reservoir's operation time begins anew."""
        self.counters[CounterType.RESERVOIR_INSULIN_OPERATION_TIME] = now
        self.advised_at = None
        self.revision += 1

    def counter(self, type_: CounterType, now: Instant) -> tuple[Span, Span]:
        """What remains on a counter, below 0 once it has expired, and what has elapsed. Raises ``Refused``."""
        if type_ not in self.profile.counters:
            raise Refused(Reason.UNKNOWN, f"there is no {type_.name} counter")
        elapsed = now - self.counters[type_]
        return self.profile.counters[type_] - elapsed, elapsed

    # Priming

    @property
    def priming_state(self) -> PrimingState:
        return PrimingState.PRIMING if self.priming else PrimingState.IDLE

    def start_priming(self, amount: Insulin, now: Instant) -> None:
        """Push so much through the infusion set while it hangs in the air. Raises ``Refused``."""
        most = self.profile.limits.prime
        if not 0 < amount <= most or amount % self.profile.pulse:
            raise out_of_range(f"{in_units(amount)} U is no whole number of pulses up to {in_units(most)} U")
        if self.therapy is RUN:
            raise Refused(Reason.NOT_POSSIBLE, "therapy runs")
        after(PRIMING, self.priming_state, PrimingEvent.START)
        if not self.reservoir.attached or self.worn_out:
            raise Refused(Reason.NOT_POSSIBLE, "there is no reservoir to prime from")
        self.operate(Operation.PRIME, now, records.PrimingStarted(amount))
        self.priming = Priming(amount, now + self.profile.prime_spacing)
        self.air += self.path.purge(now)
        self.log(now, events.PrimingStarted(uu=amount))

    def stop_priming(self, now: Instant) -> None:
        """Stop at once. Raises ``Refused``."""
        after(PRIMING, self.priming_state, PrimingEvent.STOP)
        self.primed(PrimingEndReason.ABORTED_BY_USER, now)

    def _prime_due(self) -> Instant | None:
        return self.priming.next_pulse if self.priming else None

    def _prime_pulse(self, at: Instant) -> None:
        assert self.priming is not None
        amount = self.profile.pulse
        if not self.reservoir.take(amount, priming=True):
            self._run_dry(at)
            return
        self.air = max(0, self.air - amount)
        self.priming.pushed += amount
        self.priming.next_pulse = at + self.profile.prime_spacing
        self.log(at, events.Pulse(uu=amount, cause="priming", reservoir_uu=self.reservoir.remaining))
        self._level_sinks(at)
        if self.priming.pushed >= self.priming.amount:
            after(PRIMING, self.priming_state, PrimingEvent.REACHED)
            self.primed(PrimingEndReason.AMOUNT_REACHED, at)

    def primed(self, reason: PrimingEndReason, at: Instant, fault: Annunciation | None = None) -> None:
        assert self.priming is not None
        done = records.PrimingDone(self.priming.pushed, reason, id_of(fault))
        self.log(at, events.PrimingDone(uu=self.priming.pushed, reason=reason.name, air_uu=self.air))
        self.priming = None
        reached = reason is PrimingEndReason.AMOUNT_REACHED
        self.unprimed = self.unprimed and not reached
        if fault:
            self.operate(Operation.FAULT, at, done)
        elif reached and self.profile.habits.awaits_infusion_set:
            self.operate(Operation.AWAIT, at, done)
            self.announce(AnnunciationType.INFUSION_SET_INCOMPLETE, at)
        else:
            self.operate(Operation.PRIMED if self.is_whole else Operation.AWAIT, at, done)
        self.tell_level(at)

    # Boluses

    @property
    def available(self) -> AvailableBoluses:
        """Which boluses can be set now: one fast one, and one extended or multiwave one, at a time."""
        if not self._delivers:
            return AvailableBoluses(0)
        running = {bolus.wanted.type for bolus in self.boluses.values()}
        free = AvailableBoluses(0)
        for type_, feature in BOLUS_FEATURES.items():
            rivals = {BolusType.FAST} if type_ is BolusType.FAST else {BolusType.EXTENDED, BolusType.MULTIWAVE}
            if feature in self.profile.features and not running & rivals:
                free |= AvailableBoluses[type_.name]
        return free

    @property
    def _delivers(self) -> bool:
        return self.therapy is RUN or (self.profile.habits.bolus_resumes and self._may_run)

    def set_bolus(
        self,
        wanted: Prescription,
        now: Instant,
        calculated: tuple[Recommendation, Recommendation] | None = None,
    ) -> Bolus:
        """Begin a bolus; the first pulse of a fast part follows after the profile's lead. Raises ``Refused``.

        ``calculated``: what the pump's own calculator recommended and what its user confirmed, for the history.
        """
        wanted = self._fitting(wanted)
        if not self._delivers:
            raise Refused(Reason.NOT_POSSIBLE, f"therapy is in {self.therapy.name}")
        if AvailableBoluses[wanted.type.name] not in self.available:
            if self.profile.habits.second_bolus_faults:
                self.fault(AnnunciationType.SYSTEM_ISSUE, now)
                raise Refused(Reason.FAILED, "a second bolus is an error of the system")
            running = ", ".join(str(bolus.id) for bolus in self.boluses.values())
            raise Refused(Reason.TOO_MANY_BOLUSES, f"a bolus of this kind runs already: {running}")
        self._allow(wanted.amount, now)
        if self.therapy is not RUN:
            self.set_therapy(RUN, now)
        self.last_bolus_id = self.last_bolus_id % 0xFFFF + 1
        bolus = self.boluses[self.last_bolus_id] = Bolus(self.last_bolus_id, wanted, now)
        self.log(
            now,
            events.BolusProgrammed(
                bolus_id=bolus.id,
                type=wanted.type.name,
                fast_uu=wanted.fast,
                extended_uu=wanted.extended,
                duration_ms=wanted.duration,
                delay_ms=wanted.delay or 0,
                by=wanted.activation.name if wanted.activation else None,
            ),
        )
        if calculated is not None:
            self.record(now, records.BolusCalculated(*calculated))
        bolus.record = self.record(now, _programmed(bolus), changed=StatusFlag.ACTIVE_BOLUS)
        self._start_boluses(now)
        return bolus

    def _fitting(self, wanted: Prescription) -> Prescription:
        """What is asked for as this pump can do it. Raises ``Refused``."""
        limits, ladder = self.profile.limits, self.profile.limits.bolus_steps
        if self.profile.habits.rounds_down:
            fitted = (rounded_down(wanted.fast, ladder), rounded_down(wanted.extended, ladder))
            wanted = replace(wanted, fast=fitted[0], extended=fitted[1])
        parts = {
            BolusType.FAST: (wanted.fast,),
            BolusType.EXTENDED: (wanted.extended,),
            BolusType.MULTIWAVE: (wanted.fast, wanted.extended),
        }[wanted.type]
        for amount in parts:
            if amount <= 0 or not on_grid(amount, ladder):
                raise out_of_range(f"a part of {in_units(amount)} U is not one of the amounts that can be set")
        if wanted.amount > self.max_bolus:
            raise out_of_range(f"{in_units(wanted.amount)} U is more than the {in_units(self.max_bolus)} U of a single bolus")
        if wanted.type is not BolusType.FAST and (
            not 0 < wanted.duration <= limits.extended_duration or wanted.duration % limits.extended_step
        ):
            raise out_of_range(f"a duration of {wanted.duration // minutes(1)} min cannot be set")
        if wanted.delay is not None and not 0 <= wanted.delay <= limits.delay:
            raise out_of_range(f"a delay of {wanted.delay // minutes(1)} min cannot be set")
        return wanted

    def _allow(self, amount: Insulin, now: Instant) -> None:
        """Keep what may be delivered in an hour and in a day. Raises ``Refused``, and tells the user."""
        limits, coming = self.profile.limits, sum(bolus.remaining for bolus in self.boluses.values())
        hour = self.totals.since(now - hours(1), bolus=True)
        day = self.totals.since(now - hours(24), bolus=True) + self.totals.since(now - hours(24), bolus=False)
        for had, most, span in ((hour, limits.bolus_per_hour, "hour"), (day, limits.per_day, "day")):
            if most is not None and had + coming + amount > most:
                if not self.annunciations.has(AnnunciationType.MAX_DELIVERY):
                    self.announce(AnnunciationType.MAX_DELIVERY, now)
                raise Refused(Reason.NOT_POSSIBLE, f"more than {in_units(most)} U in a {span}")

    def _bolus_starts_at(self) -> Instant | None:
        if self.therapy is not RUN:
            return None
        waiting = (b.starts_at for b in self.boluses.values() if b.state is BolusState.PROGRAMMED)
        return min(waiting, default=None)

    def _start_boluses(self, at: Instant) -> None:
        lead = self.profile.pulse_spacing if self.profile.bolus_lead is None else self.profile.bolus_lead
        for bolus in self.boluses.values():
            if bolus.state is BolusState.PROGRAMMED and bolus.starts_at <= at:
                bolus.start(at, lead)
                self._path_hears(at)
                self.changes(StatusFlag.ACTIVE_BOLUS)

    def _path_hears(self, at: Instant) -> None:
        self.path.bolus_runs(any(bolus.state is BolusState.FAST for bolus in self.boluses.values()), at)

    def bolus(self, bolus_id: int) -> Bolus:
        """The active bolus of this id. Raises ``Refused``."""
        try:
            return self.boluses[bolus_id]
        except KeyError:
            raise Refused(Reason.NOT_POSSIBLE, f"no bolus {bolus_id} is active") from None

    @property
    def by_start(self) -> list[Bolus]:
        """The active boluses by the start of their delivery (IDS 1.0.2, section 3.6.2.2)."""
        return sorted(self.boluses.values(), key=lambda bolus: (bolus.starts_at, bolus.id))

    def cancel_bolus(self, bolus_id: int, now: Instant) -> Bolus:
        """End an active bolus where it stands. Raises ``Refused``."""
        bolus = self.bolus(bolus_id)
        bolus.happen(BolusEvent.CANCEL, now)
        self._bolus_ended(bolus, BolusEndReason.CANCELED, now)
        return bolus

    def end_boluses(self, event: BolusEvent, at: Instant, *, announced: bool, fault: Annunciation | None = None) -> None:
        """The pump ends all of them."""
        reason = BolusEndReason.ERROR_ABORT if event is BolusEvent.FAULT else BolusEndReason.CANCELED
        for bolus in tuple(self.boluses.values()):
            bolus.happen(event, at)
            raised = fault
            if announced:
                lasted = self._lasted(bolus, at)
                detail = records.CanceledBolus(bolus.id, bolus.wanted.type, bolus.wanted.amount, bolus.delivered, lasted)
                raised = self.announce(AnnunciationType.BOLUS_CANCELED, at, detail)
            self._bolus_ended(bolus, reason, at, raised)

    @staticmethod
    def _lasted(bolus: Bolus, at: Instant) -> Span:
        if bolus.started_at is None or bolus.wanted.type is BolusType.FAST:
            return 0
        return at - bolus.started_at

    def _bolus_ended(self, bolus: Bolus, reason: BolusEndReason, at: Instant, told: Annunciation | None = None) -> None:
        del self.boluses[bolus.id]
        self._path_hears(at)
        self.log(at, events.BolusEnded(bolus_id=bolus.id, delivered_uu=bolus.delivered, reason=reason.name))
        wanted, lasted = bolus.wanted, self._lasted(bolus, at)
        fast, extended = bolus.fast_delivered, bolus.extended_delivered
        waited = (at if bolus.started_at is None else bolus.started_at) - bolus.set_at
        changed = StatusFlag.ACTIVE_BOLUS | StatusFlag.TOTAL_DAILY_INSULIN
        history = self.profile.history
        if history.records_ends or wanted.type is BolusType.FAST:
            self.record(
                at,
                records.BolusDelivered(
                    bolus.id, wanted.type, fast, extended, lasted, waited, wanted.activation, reason, id_of(told)
                ),
                changed=changed,
            )
        else:
            self.changes(changed)
        if history.amends and wanted.type is not BolusType.FAST:
            self.amend(bolus.record, replace(_programmed(bolus), fast=fast, extended=extended, duration=lasted))

    # Temporary basal rate

    @property
    def _tbr_state(self) -> TbrState:
        return TbrState.ACTIVE if self.tbr else TbrState.NONE

    def set_tbr(self, wanted: Adjustment, now: Instant, *, change: bool = False) -> None:
        """Start a TBR, or change the active one, all of it. Raises ``Refused``."""
        wanted = self._fitting_tbr(wanted)
        if self.therapy is STOP or self.scheduled_rate is None:
            raise Refused(Reason.NOT_POSSIBLE, f"therapy is in {self.therapy.name}")
        after(TBR, self._tbr_state, TbrEvent.CHANGE if change else TbrEvent.SET)
        set_to = wanted.type, wanted.value, wanted.duration
        if self.tbr is None:
            event: records.Record = records.TbrStarted(*set_to, wanted.template_number)
            started, record = now, None
        else:
            event = records.TbrChanged(*set_to, now - self.tbr.changed_at, wanted.template_number)
            started, record = self.tbr.started_at, self.tbr.record
        self.tbr = Tbr(wanted, started, now)
        self.log(
            now,
            events.TbrStarted(type=wanted.type.name, value=wanted.value, duration_ms=wanted.duration, by=wanted.context.name),
        )
        first = self.follow_schedule(now, wanted.context, because=(event,))
        self.tbr.record = first if record is None else record

    def _fitting_tbr(self, wanted: Adjustment) -> Adjustment:
        limits = self.profile.limits
        if not 0 < wanted.duration <= limits.tbr_duration or wanted.duration % limits.tbr_step:
            raise out_of_range(f"a duration of {wanted.duration // minutes(1)} min cannot be set")
        if wanted.type is TbrType.RELATIVE:
            if not 0 <= wanted.value <= limits.tbr_factor * WHOLE:
                raise out_of_range(f"a factor of {wanted.value / WHOLE:g} is outside 0..{limits.tbr_factor:g}")
            kept = wanted.value % SEVEN_BITS if self.profile.habits.wraps_tbr else wanted.value
            return replace(wanted, value=kept)
        return replace(wanted, value=self._fitting_rate(wanted.value))

    def _fitting_rate(self, rate: Rate) -> Rate:
        limits = self.profile.limits
        if self.profile.habits.rounds_down:
            rate = rounded_down(rate, limits.rate_steps)
        if not 0 <= rate <= limits.rate or not on_grid(rate, limits.rate_steps):
            raise out_of_range(f"{in_units(rate)} U/h is not one of the rates that can be set")
        return rate

    def cancel_tbr(self, now: Instant) -> None:
        """End the active TBR. Raises ``Refused``."""
        after(TBR, self._tbr_state, TbrEvent.CANCEL)
        self._end_tbr(TbrEndReason.CANCELED, now)

    def _tbr_over_at(self) -> Instant | None:
        return self.tbr.ends_at if self.tbr else None

    def _tbr_over(self, at: Instant) -> None:
        after(TBR, self._tbr_state, TbrEvent.OVER)
        told = self.announce(AnnunciationType.TBR_OVER, at) if self.profile.habits.announces_tbr_over else None
        self._end_tbr(TbrEndReason.DURATION_OVER, at, told)

    def _end_tbr(self, reason: TbrEndReason, at: Instant, told: Annunciation | None = None) -> None:
        assert self.tbr is not None
        tbr, self.tbr = self.tbr, None
        wanted, lasted = tbr.wanted, at - tbr.started_at
        self.log(at, events.TbrEnded(reason=reason.name))
        ended = records.TbrEnded(wanted.type, lasted, reason, wanted.template_number, id_of(told))
        self.follow_schedule(at, wanted.context, because=(ended,))
        self.changes(StatusFlag.TOTAL_DAILY_INSULIN)
        if self.profile.history.amends:
            true = records.TbrStarted(wanted.type, wanted.value, lasted, wanted.template_number)
            self.amend(tbr.record, true)

    def abandon_tbr(self, event: TbrEvent, at: Instant, *, announced: bool, fault: Annunciation | None = None) -> None:
        """The pump ends it, if there is one."""
        if self.tbr is None:
            return
        after(TBR, self._tbr_state, event)
        told = self.announce(AnnunciationType.TBR_CANCELED, at) if announced else fault
        self._end_tbr(TbrEndReason.ERROR_ABORT if event is TbrEvent.FAULT else TbrEndReason.CANCELED, at, told)

    # Therapy

    @property
    def _may_run(self) -> bool:
        return (
            self.operational is OperationalState.READY
            and self.reservoir.state is ReservoirState.FILLED
            and self._schedule is not None
        )

    def set_therapy(self, wanted: TherapyControlState, now: Instant) -> None:
        """Take this therapy control state; to ask for the one it is in changes nothing. Raises ``Refused``."""
        if wanted is TherapyControlState.UNDETERMINED:
            raise Refused(Reason.UNKNOWN, "undetermined is no state to take")
        if wanted is self.therapy:
            return
        event = {RUN: Therapy.RUN, PAUSE: Therapy.PAUSE, STOP: Therapy.STOP}[wanted]
        after(THERAPY, self.therapy, event)
        if wanted is RUN and not self._may_run:
            why = f"the pump is {self.operational.name}, its reservoir {self.reservoir.state.value}"
            raise Refused(Reason.NOT_POSSIBLE, why)
        if wanted is STOP:
            announced = self.profile.habits.announces_stop
            self.end_boluses(BolusEvent.CANCEL, now, announced=announced)
            self.abandon_tbr(TbrEvent.STOP, now, announced=announced)
        elif wanted is PAUSE and self.profile.habits.pause_drops_boluses:
            self.end_boluses(BolusEvent.CANCEL, now, announced=True)
        self._become(event, now)

    def _become(self, event: Therapy, at: Instant) -> None:
        old, self.therapy = self.therapy, after(THERAPY, self.therapy, event)
        if old is self.therapy:
            return
        self.paused_at = at if self.therapy is PAUSE else None
        self.log(at, events.TherapyChanged(state=self.therapy.name))
        if self.therapy is RUN and self.air:
            self.path.add_air(self.air)
            self.air = 0
        for bolus in self.boluses.values():
            if self.therapy is PAUSE and bolus.state in {BolusState.FAST, BolusState.EXTENDED}:
                bolus.happen(BolusEvent.SUSPEND, at)
            elif self.therapy is RUN and bolus.state in {BolusState.FAST_SUSPENDED, BolusState.EXTENDED_SUSPENDED}:
                bolus.next_fast = max(bolus.next_fast, at)
                bolus.happen(BolusEvent.RESUME, at)
        self._path_hears(at)
        changed = StatusFlag.THERAPY_CONTROL_STATE
        if self.therapy is not RUN:
            changed |= StatusFlag.TOTAL_DAILY_INSULIN
        self.record(at, records.TherapyChanged(old, self.therapy), changed=changed)
        if self.therapy is STOP:
            self.owed.forget()
        self.follow_schedule(at)

    def _pause_over_at(self) -> Instant | None:
        return None if self.paused_at is None else self.paused_at + self.profile.max_pause

    def _pause_over(self, at: Instant) -> None:
        self.stop_by_itself(at)

    def stop_by_itself(self, at: Instant) -> None:
        """The pump stops therapy and tells of every delivery that it ends so."""
        self.end_boluses(BolusEvent.CANCEL, at, announced=True)
        self.abandon_tbr(TbrEvent.STOP, at, announced=True)
        if self.therapy is not STOP:
            self._become(Therapy.STOP, at)

    def fault(self, type_: AnnunciationType, at: Instant) -> None:
        """Something is wrong: every delivery ends, therapy stops, and the pump waits for its user."""
        raised = self.announce(type_, at)
        self.end_boluses(BolusEvent.FAULT, at, announced=False, fault=raised)
        self.abandon_tbr(TbrEvent.FAULT, at, announced=False, fault=raised)
        if self.priming:
            after(PRIMING, self.priming_state, PrimingEvent.FAULT)
            self.primed(PrimingEndReason.ERROR_ABORT, at, raised)
        self._become(Therapy.FAULT, at)
        self.operate(Operation.FAULT, at)

    def set_flight_mode(self, now: Instant, *, on: bool = True) -> None:
        """Switch its radio off, or on again; nobody can do the latter over the air."""
        self.flight_mode = on
        self.log(now, events.FlightMode(on=on))
        self.revision += 1

    # Templates

    def checked(self, type_: TemplateType, block: ProfileBlock) -> ProfileBlock:
        """A block of a profile as this pump can keep it. Raises ``Refused``."""
        if block.minutes <= 0:
            raise out_of_range(f"a block of {block.minutes} min")
        if type_ is TemplateType.BASAL_RATE_PROFILE:
            return ProfileBlock(block.minutes, (iu(self._fitting_rate(exactly(block.values[0]))),))
        if min(block.values) <= 0 or list(block.values) != sorted(block.values):
            raise out_of_range(f"{block.values} are no values of a {type_.name}")
        return block

    def store(self, number: int, type_: TemplateType, template: Template, now: Instant) -> None:
        """Store a template, which makes it configured; an activated one takes effect at once. Raises ``Refused``."""
        if isinstance(template, TbrTemplate):
            self._fitting_tbr(template.asks(number))
        elif isinstance(template, BolusTemplate):
            self._fitting(template.asks(number))
        self.templates.put(number, type_, template)
        self.log(now, events.TemplateStored(number=number, type=type_.name))
        self.record(now, records.TemplateStored(number, type_, template))
        self._follow_templates(now)

    def reset_templates(self, numbers: Sequence[int], now: Instant) -> None:
        """Make templates not configured, all or none. Raises ``Refused``."""
        self.templates.reset(numbers)
        self.log(now, events.TemplatesReset(numbers=list(numbers)))
        self.revision += 1

    def activate(self, numbers: Sequence[int], now: Instant) -> None:
        """Activate profile templates, all or none. Raises ``Refused``."""
        for type_, old, new in self.templates.activate(numbers):
            self.log(now, events.TemplateActivated(number=new, type=type_.name))
            self.record(now, records.ProfileTemplateActivated(type_, old, new))
        self._follow_templates(now)

    def _follow_templates(self, now: Instant) -> None:
        number = self.activated.get(TemplateType.BASAL_RATE_PROFILE)
        if number is not None:
            template = self.configured[number]
            assert isinstance(template, ProfileTemplate)
            starts = accumulate((minutes(block.minutes) for block in template.blocks), initial=0)
            rates = (exactly(block.values[0]) for block in template.blocks)
            self._schedule = Schedule(list(zip(starts, rates, strict=False)))
        self.follow_schedule(now)

    def set_max_bolus(self, amount: Insulin, now: Instant) -> None:
        """Limit what a single bolus may be. Raises ``Refused``."""
        most = self.profile.limits.bolus
        if not 0 < amount <= most or not on_grid(amount, self.profile.limits.bolus_steps):
            raise out_of_range(f"{in_units(amount)} U is not one of the amounts up to {in_units(most)} U")
        old, self.max_bolus = self.max_bolus, amount
        self.log(now, events.MaxBolus(uu=amount))
        self.record(now, records.MaxBolusChanged(old, amount))

    # What runs out, wears out and fails

    def new_set(self, now: Instant) -> None:
        """A new infusion set, empty: what was held back in the old one drips away."""
        self.path.purge(now)
        self.path.set_condition(NORMAL, now)
        self.air = self.profile.tubing + self.profile.cannula
        self.unprimed = self.profile.primes
        self.set_since, self.set_failed, self.sets = now, False, self.sets + 1

    def _set_fails_at(self) -> Instant | None:
        if self._wear is None or self.set_failed:
            return None
        lasting, _ = failure(self._wear, stream(*self._chance, self.sets))
        return self.set_since + lasting

    def _set_fails(self, at: Instant) -> None:
        assert self._wear is not None
        self.set_failed = True
        _, condition = failure(self._wear, stream(*self._chance, self.sets))
        self.log(at, events.InfusionSetFailed(condition=to_plain(condition)))
        self.path.set_condition(condition, at)

    def _battery_deadline(self) -> Instant | None:
        return next((self.battery.reaches(level) for level, _ in BATTERY_WARNINGS if level < self.battery.warned), None)

    def _battery_warns(self, at: Instant) -> None:
        level, type_ = next(warning for warning in BATTERY_WARNINGS if warning[0] < self.battery.warned)
        self.battery.warned = level
        if level == 0:
            self.fault(type_, at)
        else:
            self.announce(type_, at)

    def _advice_due(self) -> Instant | None:
        advisory, started = self.profile.reservoir_advisory, self.counters.get(CounterType.RESERVOIR_INSULIN_OPERATION_TIME)
        if advisory is None or started is None or self.advised_at is not None or not self.reservoir.attached:
            return None
        return started + advisory

    def _advise(self, at: Instant) -> None:
        self.advised_at = at
        self.announce(AnnunciationType.RESERVOIR_ISSUE, at)

    def _worn_out_at(self) -> Instant | None:
        span = self.profile.stops_after
        return None if span is None or self.worn_out or not self.reservoir.attached else self.reservoir_since + span

    def _wear_out(self, at: Instant) -> None:
        self.worn_out = True
        self.fault(AnnunciationType.SYSTEM_ISSUE, at)

    def battery_level(self, now: Instant) -> int:
        """Percent that is left."""
        return self.battery.level(now)

    # People

    def alert(self, level: AlertLevel, now: Instant) -> None:
        """Somebody looks for it: ring, or be quiet again."""
        self.alerting = level
        self.log(now, events.Alerting(level=level.name))
        self.revision += 1

    def status(self, now: Instant) -> Mapping[str, Any]:
        """How it is, for people."""
        shown = self.displayed()
        return {
            "clock": self.shows(now).isoformat(timespec="seconds"),
            "therapy": self.therapy.name,
            "operational": self.operational.name,
            "basal_u_per_h": iu(self.delivered_rate),
            "tbr": self.tbr and {"ends_in_min": (self.tbr.ends_at - now) // minutes(1), "value": self.tbr.wanted.told},
            "reservoir_u": iu(self.reservoir.remaining),
            "reservoir_shown_u": None if shown is None else iu(shown),
            "boluses": [
                {
                    "id": bolus.id,
                    "state": bolus.state.value,
                    "programmed_u": iu(bolus.wanted.amount),
                    "delivered_u": iu(bolus.delivered),
                }
                for bolus in self.by_start
            ],
            "battery_percent": self.battery.level(now),
            "pressure_kpa": round(self.path.pressure_kpa(now), 1),
            "infusion_set_age_h": round((now - self.set_since) / hours(1), 1),
            "in_line_u": iu(self.path.in_line),
            "to_tissue_u": iu(self.path.to_tissue),
            "leaked_u": iu(self.path.leaked),
            "flight_mode": self.flight_mode,
            "alerting": self.alerting.name,
            "annunciations": [annunciation.type.name for annunciation in self.annunciations.active.values()],
        }


def _programmed(bolus: Bolus) -> records.BolusProgrammed:
    wanted = bolus.wanted
    return records.BolusProgrammed(
        bolus.id,
        wanted.type,
        wanted.fast,
        wanted.extended,
        wanted.duration,
        wanted.delay,
        wanted.template_number,
        wanted.activation,
        wanted.correction,
        wanted.meal,
    )
