"""What the two control points of the Insulin Delivery Service do. Source: IDS 1.0.2, sections 3.6 and 3.7.

Each takes an operation and returns the operation to answer with; what the pump will not do is ``Refused``.
"""

from typing import Any

from emulator.pump.bolus import Bolus
from emulator.pump.machine import Pump, Refused
from emulator.quantities import Instant, in_units, minutes, units
from protocols import ids
from protocols.fields import Special
from protocols.ids import BolusType, BolusValueSelection, Feature, Response

BASAL_TEMPLATE = 1
"""The number of the one basal rate profile template there is."""
MOST_BOLUS_IDS = 7
"""As many as an answer holds (IDS 1.0.2, section 3.6.2.2)."""


def read_status(operation: Any, pump: Pump, now: Instant) -> Any:
    """Status Reader Control Point. Raises ``Refused``."""
    match operation:
        case ids.ResetStatus(changed=bits):
            pump.changed &= ~bits
            return ids.StatusReaderResponseCode(ids.STATUS_READER.opcode_of(operation), Response.SUCCESS)
        case ids.GetActiveBolusIds() if Feature.FAST_BOLUS in pump.profile.features:
            return ids.GetActiveBolusIdsResponse(tuple(pump.boluses)[:MOST_BOLUS_IDS])
        case ids.GetActiveBolusDelivery(bolus_id, selection) if Feature.FAST_BOLUS in pump.profile.features:
            return _bolus_delivery(pump.bolus(bolus_id), selection, pump, now)
        case ids.GetActiveBasalRateDelivery() if Feature.BASAL_RATE in pump.profile.features:
            if pump.therapy is ids.TherapyControlState.STOP:
                raise Refused(Response.PROCEDURE_NOT_APPLICABLE, "therapy is stopped, so no basal rate is active")
            rate = float(in_units(pump.basal_rate))
            return ids.GetActiveBasalRateDeliveryResponse(BASAL_TEMPLATE, rate, context=ids.BasalContext.DEVICE_BASED)
        case ids.GetTotalDailyInsulinStatus():
            bolus, basal = pump.bolus_today, pump.basal_today
            return ids.GetTotalDailyInsulinStatusResponse(*(float(in_units(a)) for a in (bolus, basal, bolus + basal)))
        case ids.GetDeliveredInsulin():
            totals = (pump.bolus_total, pump.basal_total)
            return ids.GetDeliveredInsulinResponse(*(float(in_units(amount)) for amount in totals))
        case _:
            raise Refused(Response.OPCODE_NOT_SUPPORTED, f"{type(operation).__name__} is not supported")


def _bolus_delivery(bolus: Bolus, selection: BolusValueSelection, pump: Pump, now: Instant) -> Any:
    amount = {
        BolusValueSelection.PROGRAMMED: bolus.programmed,
        BolusValueSelection.REMAINING: bolus.remaining,
        BolusValueSelection.DELIVERED: bolus.delivered,
    }[selection]
    elapsed = (now - bolus.set_at) // minutes(1) if selection is BolusValueSelection.DELIVERED else 0
    return ids.GetActiveBolusDeliveryResponse(
        bolus.id,
        BolusType.FAST,
        float(in_units(amount)),
        0.0,
        elapsed,
        activation_type=bolus.activation,
        correction=bolus.correction,
        meal=bolus.meal,
    )


def command(operation: Any, pump: Pump, now: Instant) -> Any:
    """Command Control Point. Raises ``Refused``."""
    match operation:
        case ids.SetTherapyControlState(state=wanted):
            pump.set_therapy(wanted, now)
            return ids.CommandResponseCode(ids.COMMAND.opcode_of(operation), Response.SUCCESS)
        case ids.SnoozeAnnunciation(instance_id=instance):
            pump.snooze(instance, now)
            return ids.SnoozeAnnunciationResponse(instance)
        case ids.ConfirmAnnunciation(instance_id=instance):
            pump.confirm(instance, now)
            return ids.ConfirmAnnunciationResponse(instance)
        case ids.SetBolus() if Feature.FAST_BOLUS in pump.profile.features:
            return _set_bolus(operation, pump, now)
        case ids.CancelBolus(bolus_id=bolus_id) if Feature.FAST_BOLUS in pump.profile.features:
            return ids.CancelBolusResponse(pump.cancel_bolus(bolus_id, now).id)
        case ids.GetAvailableBoluses() if Feature.FAST_BOLUS in pump.profile.features:
            return ids.GetAvailableBolusesResponse(ids.AvailableBoluses(0 if pump.boluses else ids.AvailableBoluses.FAST))
        case _:
            raise Refused(Response.OPCODE_NOT_SUPPORTED, f"{type(operation).__name__} is not supported")


def _set_bolus(operation: ids.SetBolus, pump: Pump, now: Instant) -> Any:
    features = pump.profile.features
    for field, feature in (
        (operation.delay_time, Feature.BOLUS_DELAY_TIME),
        (operation.template_number, Feature.BOLUS_TEMPLATE),
        (operation.activation_type, Feature.BOLUS_ACTIVATION_TYPE),
    ):
        if field is not None and feature not in features:
            raise Refused(Response.INVALID_OPERAND, f"{feature.name} is not supported")
    if operation.bolus_type is not BolusType.FAST:
        raise Refused(Response.INVALID_OPERAND, f"a bolus of type {operation.bolus_type.name} is not supported")
    if operation.extended_amount != 0 or operation.duration:
        raise Refused(Response.INVALID_OPERAND, "a fast bolus has no extended amount and no duration")
    if isinstance(operation.fast_amount, Special):
        raise Refused(Response.INVALID_OPERAND, f"{operation.fast_amount!r} is no amount")
    try:
        amount = units(operation.fast_amount)
    except ValueError as error:
        raise Refused(Response.PARAMETER_OUT_OF_RANGE, str(error)) from None
    bolus = pump.set_bolus(
        amount,
        now,
        activation=operation.activation_type,
        correction=operation.correction,
        meal=operation.meal,
    )
    return ids.SetBolusResponse(bolus.id)
