"""What the Status Reader Control Point does: it reads, and clears bits. Source: IDS 1.0.2, section 3.6."""

from typing import Any

from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.ids.answer import Answer
from isletbench.emulator.endpoints.ids.refusals import Rejected
from isletbench.emulator.pump.adjustment import Tbr
from isletbench.emulator.pump.amounts import iu
from isletbench.emulator.pump.bolus import Bolus
from isletbench.emulator.pump.boluses import BOLUS_FEATURES, Boluses
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.states import BolusState
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, BolusValueSelection, CounterSelection, Feature, Response

MOST_BOLUS_IDS = 7
"""As many as an answer holds (IDS 1.0.2, section 3.6.2.2)."""
NO_DELAY = 0xFFFF
"""The delay of a bolus as far as it has been delivered (IDS 1.0.2, table 4.18)."""


def supports(operation: type[Any], pump: Pump) -> bool:
    """Whether a pump of this profile has the procedure (IDS 1.0.2, table 3.9)."""
    features = pump.profile.features
    if operation in (ids.GetActiveBolusIds, ids.GetActiveBolusDelivery):
        return any(feature in features for feature in BOLUS_FEATURES.values())
    if operation is ids.GetActiveBasalRateDelivery:
        return Feature.BASAL_RATE in features
    if operation is ids.GetCounter:
        return bool(pump.profile.counters)
    if operation is ids.GetInsulinOnBoard:
        return Feature.INSULIN_ON_BOARD in features
    return operation in (ids.ResetStatus, ids.GetTotalDailyInsulinStatus, ids.GetDeliveredInsulin)


def perform(operation: Any, pump: Pump, now: Instant) -> Answer:
    """Read what is asked for, or clear status bits. Raises ``Refused``, ``Rejected``."""
    match operation:
        case ids.ResetStatus(changed=bits):
            success = ids.StatusReaderResponseCode(ids.STATUS_READER.opcode_of(operation), Response.SUCCESS)
            return Answer(success, changed=pump.reset_status(bits, now).changed)
        case _:
            return Answer(_read(operation, pump, now))


def _read(operation: Any, pump: Pump, now: Instant) -> Any:
    parts = pump.parts
    match operation:
        case ids.GetActiveBolusIds():
            return ids.GetActiveBolusIdsResponse(tuple(bolus.id for bolus in parts.boluses.by_start[:MOST_BOLUS_IDS]))
        case ids.GetActiveBolusDelivery(bolus_id, selection):
            return _bolus(parts.boluses.of_id(bolus_id), parts.boluses, selection, now)
        case ids.GetActiveBasalRateDelivery():
            return _basal_rate(pump, now)
        case ids.GetTotalDailyInsulinStatus():
            bolus, basal = parts.totals.today
            return ids.GetTotalDailyInsulinStatusResponse(iu(bolus), iu(basal), iu(bolus + basal))
        case ids.GetCounter(type_, selection):
            remaining, elapsed = parts.counters.values(type_, now)
            value = remaining if selection is CounterSelection.REMAINING else elapsed
            return ids.GetCounterResponse(type_, selection, value // minutes(1))
        case ids.GetDeliveredInsulin():
            return ids.GetDeliveredInsulinResponse(*(iu(amount) for amount in parts.totals.rolled(pump.profile.pulse)))
        case ids.GetInsulinOnBoard():
            amount, left = pump.profile.action.on_board(parts.totals, now)
            return ids.GetInsulinOnBoardResponse(iu(amount), -(-left // minutes(1)))
        case _:
            raise AssertionError(f"no rule for {operation}")


def _bolus(bolus: Bolus, boluses: Boluses, selection: BolusValueSelection, now: Instant) -> Any:
    """IDS 1.0.2, section 4.5.2.6: what amounts, duration and delay mean depends on the selection."""
    wanted, (fast_shown, extended_shown) = bolus.wanted, boluses.shown(bolus)
    delay: int | None
    match selection:
        case BolusValueSelection.PROGRAMMED:
            fast, extended, lasting, delay = wanted.fast, wanted.extended, wanted.duration, wanted.delay
        case BolusValueSelection.REMAINING:
            fast, extended = wanted.fast - fast_shown, wanted.extended - extended_shown
            lasting = wanted.duration - bolus.ran_by(now)
            delay = max(0, bolus.starts_at - now) if bolus.state is BolusState.PROGRAMMED else 0
        case BolusValueSelection.DELIVERED:
            fast, extended, lasting = fast_shown, extended_shown, now - bolus.set_at
            delay = NO_DELAY * minutes(1)
    if wanted.type is BolusType.FAST:
        lasting = 0
    return ids.GetActiveBolusDeliveryResponse(
        bolus.id,
        wanted.type,
        iu(fast),
        iu(extended),
        lasting // minutes(1),
        delay_time=None if wanted.delay is None or delay is None else delay // minutes(1),
        template_number=wanted.template_number,
        activation_type=wanted.activation,
        correction=wanted.correction,
        meal=wanted.meal,
    )


def _basal_rate(pump: Pump, now: Instant) -> Any:
    """IDS 1.0.2, section 4.5.2.8: the profile's own rate, and beside it the TBR that alters it.

    A suspension by the pump itself, which IDS does not know, is shown as a TBR of 0 IU/h that an AP controller has set, for as
    long as it can last.
    """
    parts = pump.parts
    own = parts.basal.scheduled_rate(parts.clock.time_of_day(parts.now))
    if own is None or parts.therapy.stopped:
        raise Rejected(Response.PROCEDURE_NOT_APPLICABLE, "no basal rate is active")
    number = parts.templates.activated[ids.TemplateType.BASAL_RATE_PROFILE]
    if parts.low_suspend.suspends:
        ends = parts.low_suspend.ends_at
        assert parts.low_suspend.since is not None
        spans = (ends - parts.low_suspend.since) // minutes(1), -(-(ends - now) // minutes(1))
        return ids.GetActiveBasalRateDeliveryResponse(
            number, iu(own), ids.TbrType.ABSOLUTE, 0.0, *spans, context=ids.BasalContext.AP_CONTROLLER
        )
    match parts.tbr.active:
        case None:
            return ids.GetActiveBasalRateDeliveryResponse(number, iu(own), context=ids.BasalContext.DEVICE_BASED)
        case Tbr(wanted=wanted, ends_at=ends_at):
            return ids.GetActiveBasalRateDeliveryResponse(
                number,
                iu(own),
                wanted.type,
                wanted.in_wire_units,
                wanted.duration // minutes(1),
                -(-(ends_at - now) // minutes(1)),
                wanted.template_number,
                wanted.context,
            )
