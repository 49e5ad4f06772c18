"""The operations of a pump that concern several parts. Each checks what is asked for, and then lets the parts act."""

from collections.abc import Mapping, Sequence

from isletbench.emulator.core.quantities import Instant, Insulin, Rate, Span, hours, in_units, minutes
from isletbench.emulator.pump import records
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.amounts import exactly, iu, out_of_range
from isletbench.emulator.pump.bolus import Bolus, Prescription
from isletbench.emulator.pump.boluses import Recommendation
from isletbench.emulator.pump.couplings import record_reference
from isletbench.emulator.pump.happenings import Announce, DeliveriesCanceled, FaultFound, Happens, TherapyStops
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.states import THERAPY as THERAPY_STATES
from isletbench.emulator.pump.states import Operation, PrimingEvent, Reason, Refused, Therapy, after
from isletbench.emulator.pump.template import BolusTemplate, ProfileBlock, ProfileTemplate, TbrTemplate, Template
from isletbench.emulator.pump.wall_clock import DAY
from isletbench.protocols.ids import (
    AnnunciationType,
    AvailableBoluses,
    PrimingEndReason,
    RecordingReason,
    TemplateType,
    TherapyControlState,
)

RUN, PAUSE, STOP = TherapyControlState.RUN, TherapyControlState.PAUSE, TherapyControlState.STOP
THERAPY: Mapping[TherapyControlState, Therapy] = {RUN: Therapy.RUN, PAUSE: Therapy.PAUSE, STOP: Therapy.STOP}
"""What has to happen for each state that can be asked for."""


def begin(parts: Parts, basal: Sequence[tuple[Span, Rate]], reservoir: Insulin) -> Happens[None]:
    """Power on for the first time, with a reservoir and a basal rate profile; therapy runs."""
    yield from record_reference(parts, RecordingReason.SET_DATE_TIME, 0)
    parts.totals.follow(parts.clock, 0)
    yield from parts.reservoir.attach(reservoir, reservoir)
    parts.reservoir.low_warned = False
    yield from parts.reservoir.record_level()
    first, type_ = parts.profile.basal_templates.first, TemplateType.BASAL_RATE_PROFILE
    ends = [*(start for start, _ in basal[1:]), DAY]
    blocks = [ProfileBlock((end - start) // minutes(1), (iu(rate),)) for (start, rate), end in zip(basal, ends, strict=True)]
    for block in blocks:
        checked(parts, type_, block)
    yield from store(parts, first, type_, ProfileTemplate(tuple(blocks)))
    yield from parts.templates.activate((first,))
    yield from set_therapy(parts, RUN, 0)


def set_therapy(parts: Parts, wanted: TherapyControlState, now: Instant) -> Happens[None]:
    """Take this therapy control state; to ask for the one it is in changes nothing. Raises ``Refused``."""
    if wanted not in THERAPY:
        raise Refused(Reason.UNKNOWN, "undetermined is no state to take")
    if wanted is parts.therapy.state:
        return
    after(THERAPY_STATES, parts.therapy.state, THERAPY[wanted])
    if wanted is RUN and not parts.may_run:
        why = f"the pump is {parts.operation.state.name}, its reservoir {parts.reservoir.state.value}"
        raise Refused(Reason.NOT_POSSIBLE, why)
    if wanted is STOP:
        yield TherapyStops(parts.profile.habits.announces_stop)
    elif wanted is PAUSE and parts.profile.habits.pause_drops_boluses:
        yield DeliveriesCanceled()
    yield from parts.therapy.happen(THERAPY[wanted], now)


def available(parts: Parts) -> AvailableBoluses:
    """Which boluses can be set now."""
    return parts.boluses.free if parts.delivers else AvailableBoluses(0)


def set_bolus(
    parts: Parts, wanted: Prescription, now: Instant, calculated: tuple[Recommendation, Recommendation] | None = None
) -> Happens[Bolus]:
    """Begin a bolus. Raises ``Refused``."""
    wanted = parts.boluses.fitting(wanted)
    if not parts.delivers:
        raise Refused(Reason.NOT_POSSIBLE, f"therapy is in {parts.therapy.state.name}")
    if AvailableBoluses[wanted.type.name] not in parts.boluses.free:
        if parts.profile.habits.second_bolus_faults:
            yield FaultFound(AnnunciationType.SYSTEM_ISSUE)
            raise Refused(Reason.FAILED, "a second bolus is an error of the system")
        running = ", ".join(str(bolus_id) for bolus_id in parts.boluses.active)
        raise Refused(Reason.TOO_MANY_BOLUSES, f"a bolus of this kind runs already: {running}")
    yield from _allow(parts, wanted.amount, now)
    if not parts.therapy.runs:
        yield from set_therapy(parts, RUN, now)
    return (yield from parts.boluses.program(wanted, now, calculated))


def _allow(parts: Parts, amount: Insulin, now: Instant) -> Happens[None]:
    """Limit what may be delivered in an hour and in a day. Raises ``Refused``, and announces it."""
    limits, totals, coming = parts.profile.limits, parts.totals, parts.boluses.remaining
    hour = totals.since(now - hours(1), bolus=True)
    day = totals.since(now - hours(24), bolus=True) + totals.since(now - hours(24), bolus=False)
    for had, most, span in ((hour, limits.bolus_per_hour, "hour"), (day, limits.per_day, "day")):
        if most is not None and had + coming + amount > most:
            if not parts.annunciations.has(AnnunciationType.MAX_DELIVERY):
                yield Announce(AnnunciationType.MAX_DELIVERY)
            raise Refused(Reason.NOT_POSSIBLE, f"more than {in_units(most)} U in a {span}")


def set_tbr(parts: Parts, wanted: Adjustment, now: Instant, *, change: bool) -> Happens[None]:
    """Start a TBR, or change the active one. Raises ``Refused``."""
    wanted = parts.tbr.fitting(wanted)
    if parts.therapy.stopped or parts.basal.schedule is None:
        raise Refused(Reason.NOT_POSSIBLE, f"therapy is in {parts.therapy.state.name}")
    yield from parts.tbr.set(wanted, now, change=change)


def checked(parts: Parts, type_: TemplateType, block: ProfileBlock) -> ProfileBlock:
    """A block of a profile as this pump can store it. Raises ``Refused``."""
    if block.minutes <= 0:
        raise out_of_range(f"a block of {block.minutes} min")
    if type_ is TemplateType.BASAL_RATE_PROFILE:
        return ProfileBlock(block.minutes, (iu(parts.tbr.fitting_rate(exactly(block.values[0]))),))
    if min(block.values) <= 0 or list(block.values) != sorted(block.values):
        raise out_of_range(f"{block.values} are no values of a {type_.name}")
    return block


def store(parts: Parts, number: int, type_: TemplateType, template: Template) -> Happens[None]:
    """Store a template. Raises ``Refused``."""
    if isinstance(template, TbrTemplate):
        parts.tbr.fitting(template.asks(number))
    elif isinstance(template, BolusTemplate):
        parts.boluses.fitting(template.asks(number))
    yield from parts.templates.store(number, type_, template)


def check_clock_may_be_set(parts: Parts) -> None:
    """Whether a client may set date and time now. Raises ``Refused``."""
    lets = parts.profile.habits.lets_set_clock
    if parts.clock.is_locked or lets == "never":
        raise Refused(Reason.NOT_POSSIBLE, "date and time can be set on the pump itself only")
    if lets == "stopped" and not parts.therapy.stopped:
        raise Refused(Reason.NOT_POSSIBLE, f"date and time cannot be set while therapy is in {parts.therapy.state.name}")


def start_priming(parts: Parts, amount: Insulin, now: Instant) -> Happens[None]:
    """Push so much through the infusion set. Raises ``Refused``."""
    parts.priming.check_amount(amount)
    if parts.therapy.runs:
        raise Refused(Reason.NOT_POSSIBLE, "therapy has to be stopped first")
    parts.priming.check(PrimingEvent.START)
    if not parts.reservoir.attached or parts.counters.worn_out:
        raise Refused(Reason.NOT_POSSIBLE, "there is no reservoir to prime from")
    yield from parts.operation.happen(Operation.PRIME, records.PrimingStarted(amount))
    yield from parts.priming.start(amount, now)


def stop_priming(parts: Parts) -> Happens[None]:
    """Stop priming at once. Raises ``Refused``."""
    yield from parts.priming.end(PrimingEvent.STOP, PrimingEndReason.ABORTED_BY_USER)
