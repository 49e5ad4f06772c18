"""What happens in one part of a pump makes others act: a literal table, read from the top, and one function for each entry.

Only this module knows that "therapy stops" means "boluses end, the temporary basal rate ends".
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.pump import events, happenings, records
from isletbench.emulator.pump.happenings import Announce, FaultFound, FaultRaised, Happens
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.records import Record
from isletbench.emulator.pump.sensing import (
    alert_to_glucose,
    end_suspension_with_therapy,
    end_suspension_without_power,
    suspend_or_resume,
)
from isletbench.emulator.pump.states import BolusEvent, Operation, PrimingEvent, TbrEvent, Therapy
from isletbench.emulator.pump.template import ProfileTemplate
from isletbench.protocols.companions import AlertLevel
from isletbench.protocols.ids import (
    AnnunciationType,
    BasalContext,
    OperationalState,
    PrimingEndReason,
    RecordingReason,
    StatusFlag,
    TemplateType,
    TherapyControlState,
)

Reaction: TypeAlias = Callable[[Parts, Any, Instant], Happens[int | None]]
"""What a part does about something that happened in another one at an instant; what it returns answers the other part."""


# Therapy


def end_boluses_with_therapy(parts: Parts, stop: happenings.TherapyStops, at: Instant) -> Happens[None]:
    """Running boluses are canceled."""
    yield from parts.boluses.abandon(BolusEvent.CANCEL, at, announced=stop.announced)


def end_tbr_with_therapy(parts: Parts, stop: happenings.TherapyStops, at: Instant) -> Happens[None]:
    """The temporary basal rate ends."""
    yield from parts.tbr.abandon(TbrEvent.STOP, at, announced=stop.announced)


def cancel_boluses(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Running boluses are canceled and announced."""
    yield from parts.boluses.abandon(BolusEvent.CANCEL, at, announced=True)


def fill_path_with_air(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """When therapy runs, what was not primed goes into the fluid path as air."""
    if parts.therapy.runs and parts.infusion_set.air:
        parts.path.add_air(parts.infusion_set.air)
        parts.infusion_set.air = 0
    yield from ()


def wear_infusion_set(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """An infusion set is in the body once therapy runs, until another one is put in."""
    parts.infusion_set.is_worn = parts.infusion_set.is_worn or parts.therapy.runs
    yield from ()


def hold_boluses(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Boluses are suspended in a pause and go on after it."""
    if parts.therapy.state is TherapyControlState.PAUSE:
        parts.boluses.suspend(at)
    elif parts.therapy.runs:
        parts.boluses.resume(at)
    yield from ()


def inform_path(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Some pumps announce an occlusion only when no bolus is being delivered."""
    parts.path.bolus_runs(parts.boluses.fast_runs, at)
    yield from ()


def clear_owed_basal(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """A stopped pump owes nothing."""
    if parts.therapy.stopped:
        parts.basal.owe_nothing()
    yield from ()


def stop_therapy(parts: Parts, announced: bool, at: Instant) -> Happens[None]:
    """End what is delivered, then stop therapy, if it is not stopped."""
    yield happenings.TherapyStops(announced)
    if not parts.therapy.stopped:
        yield from parts.therapy.happen(Therapy.STOP, at)


# Faults


def announce_fault(parts: Parts, found: FaultFound, at: Instant) -> Happens[None]:
    """A fault is announced; everything that ends because of it refers to the annunciation."""
    annunciation_id = yield Announce(found.type)
    assert annunciation_id is not None
    yield FaultRaised(annunciation_id)


def end_boluses_by_fault(parts: Parts, fault: FaultRaised, at: Instant) -> Happens[None]:
    """Running boluses end with an error."""
    yield from parts.boluses.abandon(BolusEvent.FAULT, at, announced=False, fault_id=fault.annunciation_id)


def end_tbr_by_fault(parts: Parts, fault: FaultRaised, at: Instant) -> Happens[None]:
    """The temporary basal rate ends with an error."""
    yield from parts.tbr.abandon(TbrEvent.FAULT, at, announced=False, fault_id=fault.annunciation_id)


def end_priming_by_fault(parts: Parts, fault: FaultRaised, at: Instant) -> Happens[None]:
    """Priming ends with an error."""
    if parts.priming.runs:
        yield from parts.priming.end(PrimingEvent.FAULT, PrimingEndReason.ERROR_ABORT, fault.annunciation_id)


def stop_therapy_by_fault(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Therapy stops."""
    yield from parts.therapy.happen(Therapy.FAULT, at)


def wait_for_user(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """The pump waits until its user has confirmed the fault."""
    yield from parts.operation.happen(Operation.FAULT)


def announce(parts: Parts, wanted: Announce, at: Instant) -> Happens[int]:
    """An annunciation is raised; its id."""
    return (yield from parts.annunciations.announce(wanted.type, wanted.detail))


def drain_by_annunciation(parts: Parts, raised: events.AnnunciationRaised, at: Instant) -> Happens[None]:
    """Vibrations and sounds take something out of the battery."""
    if not raised.silent:
        parts.battery.take(parts.profile.battery.annunciation)
    yield from ()


def ring(parts: Parts, alerting: events.Alerting, at: Instant) -> Happens[None]:
    """To ring takes the battery's power for as long as it lasts."""
    parts.battery.ring(at, rings=alerting.level != AlertLevel.NONE.name)
    yield from ()


def settle(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """A waiting pump becomes ready when nothing is left for its user to do."""
    if parts.operation.state is OperationalState.WAITING and parts.is_whole:
        yield from parts.operation.happen(Operation.ACKNOWLEDGE)


# Power


def end_boluses_without_power(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """What ran has ended with an error."""
    yield from parts.boluses.abandon(BolusEvent.FAULT, at, announced=True)


def end_tbr_without_power(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """The temporary basal rate has ended with an error."""
    yield from parts.tbr.abandon(TbrEvent.FAULT, at, announced=True)


def end_priming_without_power(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Priming has ended with an error."""
    if parts.priming.runs:
        annunciation_id = yield Announce(AnnunciationType.PRIMING_ISSUE)
        yield from parts.priming.end(PrimingEvent.FAULT, PrimingEndReason.ERROR_ABORT, annunciation_id)


def stay_stopped_without_power(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Therapy goes on as it was, or stays stopped, as the profile has it."""
    if not parts.profile.habits.runs_after_reset:
        yield from stop_therapy(parts, True, at)


# Basal


def follow_schedule(parts: Parts, _: Any, at: Instant) -> Happens[int | None]:
    """Basal insulin follows schedule, TBR and therapy state."""
    return (yield from _follow(parts, at))


def follow_tbr(parts: Parts, altered: happenings.TbrAltered, at: Instant) -> Happens[int | None]:
    """The same, recorded together with what became of the TBR."""
    return (yield from _follow(parts, at, altered.context, altered.record))


def follow_suspension(parts: Parts, altered: happenings.BasalSuspensionAltered, at: Instant) -> Happens[int | None]:
    """The same, recorded together with the suspension by the pump itself that has begun or ended."""
    return (yield from _follow(parts, at, BasalContext.AP_CONTROLLER, altered.record))


def _follow(
    parts: Parts, at: Instant, context: BasalContext = BasalContext.DEVICE_BASED, cause: Record | None = None
) -> Happens[int | None]:
    suspended = parts.low_suspend.suspends
    states = parts.therapy.state, parts.tbr.active
    return (yield from parts.basal.follow(at, parts.clock, *states, suspended=suspended, context=context, cause=cause))


def follow_templates(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Basal insulin follows the activated template as it is stored now."""
    number = parts.templates.activated.get(TemplateType.BASAL_RATE_PROFILE)
    if number is not None:
        template = parts.templates.configured[number]
        assert isinstance(template, ProfileTemplate)
        parts.basal.set_template(template)
    yield from follow_schedule(parts, None, at)


# Clock


def follow_calendar(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """The day's totals follow the clock."""
    yield from parts.totals.follow_change(parts.clock, at)


def find_midnight(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Midnight comes earlier or later by a clock that drifts."""
    parts.totals.next_deadline = parts.clock.midnight_after(at)
    yield from ()


def record_clock_change(parts: Parts, changed: happenings.ClockChanged, at: Instant) -> Happens[None]:
    """A change of the clock is recorded as a reference time, by pumps that do so; the loss of date and time always is."""
    lost = changed.reason is RecordingReason.DATE_TIME_LOSS
    if parts.profile.history.references_clock_changes or lost:
        yield from record_reference(parts, changed.reason, at)


def record_reference(parts: Parts, reason: RecordingReason, at: Instant) -> Happens[None]:
    """Record what the pump's clock shows."""
    clock, habits = parts.clock, parts.profile.habits
    since_grain = clock.time_of_day(at) % parts.profile.history.grain
    shown = clock.at(at) - timedelta(milliseconds=since_grain)
    if habits.tells_utc:
        shown -= clock.ahead_of_utc
    record = records.ReferenceTime(reason, shown, clock.time_zone, clock.dst_offset)
    parts.history.refer(at, at - since_grain, record)
    if not parts.profile.history.lag:  # else its bit rises once it can be read
        yield StatusFlag.HISTORY_EVENT_RECORDED


# Pulses and the fluid path


def push_into_path(parts: Parts, pulse: events.Pulse, at: Instant) -> Happens[None]:
    """A pulse goes into the fluid path, as fast as pulses of its kind follow one another."""
    profile = parts.profile
    if pulse.cause == "basal":
        parts.path.push(pulse.moved, at, parts.basal.delivered_rate / 60)
    elif pulse.cause == "bolus":
        parts.path.push(pulse.moved, at, profile.pulse * minutes(1) / profile.pulse_spacing)
    elif parts.infusion_set.is_worn:
        parts.path.push(pulse.moved, at, profile.pulse * minutes(1) / profile.prime_spacing)
        yield events.PrimedIntoBody(uu=pulse.moved)


def count_pulse(parts: Parts, pulse: events.Pulse | events.StalledPulse, at: Instant) -> Happens[None]:
    """A pulse of therapy counts, whether it has moved insulin or not."""
    if pulse.cause != "priming":
        parts.delivery.last_pulse = at
        parts.totals.count(at, pulse.uu, bolus=pulse.cause == "bolus")
    yield from ()


def watch_level(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """Insulin has left the reservoir."""
    yield from parts.reservoir.sink()


def fault_by_empty_reservoir(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """An empty reservoir is a fault, and recorded."""
    yield FaultFound(AnnunciationType.RESERVOIR_EMPTY)
    yield from parts.reservoir.record_level()


def look_at_path(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """The pump notices an occlusion whose pressure has met the threshold."""
    parts.path.advance(at)
    if parts.path.occluded and not parts.therapy.stopped:
        yield events.OcclusionDetected(in_line_uu=parts.path.in_line)


def fault_by_occlusion(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """An occlusion is a fault; it is detected again when the next pulses meet the threshold."""
    yield FaultFound(AnnunciationType.OCCLUSION_DETECTED)
    parts.path.acknowledge(at)


def change_path_condition(parts: Parts, changed: happenings.PathConditionChanged, at: Instant) -> Happens[None]:
    """The fluid path is in another condition."""
    parts.path.set_condition(changed.condition, at)
    yield from ()


def purge_path(parts: Parts, _: Any, at: Instant) -> Happens[None]:
    """What is held back drips away; air that is in the path has to be primed out."""
    parts.infusion_set.air += parts.path.purge(at)
    yield from ()


# Priming


def leave_priming(parts: Parts, ended: happenings.PrimingEnded, at: Instant) -> Happens[None]:
    """The pump becomes ready after priming, or waits for what its user still has to do."""
    done, reached, infusion_set = ended.record, ended.reached, parts.infusion_set
    yield events.PrimingDone(uu=done.pushed, reason=done.reason.name, air_uu=infusion_set.air)
    infusion_set.unprimed = infusion_set.unprimed and not reached
    if done.annunciation_id is not None:
        yield from parts.operation.happen(Operation.FAULT, done)
    elif reached and parts.profile.habits.awaits_infusion_set:
        yield from parts.operation.happen(Operation.AWAIT, done)
        yield Announce(AnnunciationType.INFUSION_SET_INCOMPLETE)
    else:
        yield from parts.operation.happen(Operation.PRIMED if parts.is_whole else Operation.AWAIT, done)
    yield from parts.reservoir.record_level()


COUPLINGS: Mapping[type[Any], tuple[Reaction, ...]] = {
    # what happened:                  what the other parts do, in this order
    happenings.TherapyStops: (end_boluses_with_therapy, end_tbr_with_therapy),
    happenings.DeliveriesCanceled: (cancel_boluses,),
    events.TherapyChanged: (
        end_suspension_with_therapy,
        fill_path_with_air,
        wear_infusion_set,
        hold_boluses,
        inform_path,
        clear_owed_basal,
        follow_schedule,
    ),
    happenings.FaultFound: (announce_fault,),
    happenings.FaultRaised: (
        end_boluses_by_fault,
        end_tbr_by_fault,
        end_priming_by_fault,
        stop_therapy_by_fault,
        wait_for_user,
    ),
    events.PowerLost: (
        end_boluses_without_power,
        end_tbr_without_power,
        end_priming_without_power,
        end_suspension_without_power,
        stay_stopped_without_power,
    ),
    happenings.BolusStateChanged: (inform_path,),
    events.BolusEnded: (inform_path,),
    happenings.TbrAltered: (follow_tbr,),
    happenings.GlucoseKnown: (alert_to_glucose, suspend_or_resume),
    happenings.BasalSuspensionAltered: (follow_suspension,),
    happenings.TemplatesAltered: (follow_templates,),
    happenings.ClockChanged: (follow_calendar, record_clock_change, follow_schedule),
    events.ClockDrift: (find_midnight, follow_schedule),
    events.Pulse: (push_into_path, count_pulse, watch_level),
    events.StalledPulse: (count_pulse,),
    events.ReservoirEmpty: (fault_by_empty_reservoir,),
    events.OcclusionDetected: (fault_by_occlusion,),
    events.PrimingStarted: (purge_path,),
    happenings.PrimingEnded: (leave_priming,),
    happenings.PathPurged: (purge_path,),
    happenings.PathConditionChanged: (change_path_condition,),
    happenings.Announce: (announce,),
    events.AnnunciationRaised: (drain_by_annunciation,),
    events.Alerting: (ring,),
    happenings.AnnunciationConfirmed: (settle,),
    happenings.FillLevelKnown: (settle,),
}
"""What is not in the table concerns one part alone."""
