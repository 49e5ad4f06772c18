"""The operands of commands as the pump takes them: amounts in uU, times in ms; what contradicts itself is rejected."""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.ids.refusals import Rejected
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.amounts import exactly
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.boluses import BOLUS_FEATURES
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.template import BolusTemplate, TbrTemplate
from isletbench.protocols import ids
from isletbench.protocols.fields import Number, Special
from isletbench.protocols.ids import BasalContext, BolusType, Feature, Response, TbrType, TemplateType

MOST_NUMBERS = 14
"""Template numbers in one operand (IDS 1.0.2, section 3.7.2.18)."""
TBR_FEATURES: Mapping[TbrType, Feature] = {
    TbrType.ABSOLUTE: Feature.TBR_ABSOLUTE,
    TbrType.RELATIVE: Feature.TBR_RELATIVE,
}


def invalid(why: str) -> Rejected:
    """An operand that contradicts itself or asks for what the pump does not have."""
    return Rejected(Response.INVALID_OPERAND, why)


def number(value: Number) -> float:
    """A number that is one. Raises ``Rejected``."""
    if isinstance(value, Special):
        raise invalid(f"{value!r} is no number")
    return value


def values(block: ids.Block | ids.RangeBlock) -> tuple[float, ...]:
    """The values of a block of a profile. Raises ``Rejected``."""
    values = (block.value,) if isinstance(block, ids.Block) else (block.lower, block.upper)
    return tuple(number(value) for value in values)


def listed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Template numbers, as many as an operand may hold and none twice. Raises ``Rejected``."""
    if not 1 <= len(numbers) <= MOST_NUMBERS or len(set(numbers)) < len(numbers):
        raise invalid(f"expected 1 to {MOST_NUMBERS} template numbers, none twice, got {list(numbers)}")
    return numbers


def offered(type_: Any, features: Mapping[Any, Feature], pump: Pump) -> None:
    """Raises ``Rejected`` for a type that the pump does not support."""
    if type_ not in features or features[type_] not in pump.profile.features:
        raise invalid(f"{type(type_).__name__} {type_.name} is not supported")


def adjustment(operation: ids.SetTbrAdjustment, pump: Pump) -> Adjustment:
    """The TBR that is asked for. Raises ``Rejected``, ``Refused``."""
    context = operation.context or BasalContext.REMOTE_CONTROL
    if operation.template_number is not None:
        needs(Feature.TBR_TEMPLATE, pump)
        template = pump.parts.templates.get(operation.template_number, TemplateType.TBR)
        assert isinstance(template, TbrTemplate)
        return template.asks(operation.template_number, context)
    offered(operation.tbr_type, TBR_FEATURES, pump)
    return Adjustment(
        type=operation.tbr_type,
        value=exactly(number(operation.adjustment)),
        duration=minutes(operation.duration),
        context=context,
    )


def prescription(operation: ids.SetBolus, pump: Pump) -> Prescription:
    """The bolus that is asked for. Raises ``Rejected``, ``Refused``."""
    if operation.activation_type is not None:
        needs(Feature.BOLUS_ACTIVATION_TYPE, pump)
        if operation.activation_type is ids.BolusActivation.UNDETERMINED:
            raise invalid("an activation type that is undetermined")
    if operation.template_number is not None:
        needs(Feature.BOLUS_TEMPLATE, pump)
        template = pump.parts.templates.get(operation.template_number, TemplateType.BOLUS)
        assert isinstance(template, BolusTemplate)
        return template.asks(operation.template_number, operation.activation_type)
    fast, extended = parts(operation, pump)
    return Prescription(
        type=operation.bolus_type,
        fast=exactly(fast),
        extended=exactly(extended),
        duration=minutes(operation.duration),
        delay=None if operation.delay_time is None else minutes(operation.delay_time),
        activation=operation.activation_type,
        correction=operation.correction,
        meal=operation.meal,
    )


def parts(operation: ids.SetBolus | ids.SetBolusTemplate, pump: Pump) -> tuple[float, float]:
    """The amounts of both parts, once type, amounts and delay are found to go together."""
    offered(operation.bolus_type, BOLUS_FEATURES, pump)
    if operation.delay_time is not None:
        needs(Feature.BOLUS_DELAY_TIME, pump)
    fast, extended = number(operation.fast_amount), number(operation.extended_amount)
    if operation.bolus_type is BolusType.FAST and (extended or operation.duration):
        raise invalid("a fast bolus has no extended amount and no duration")
    if operation.bolus_type is BolusType.EXTENDED and fast:
        raise invalid("an extended bolus has no fast amount")
    return fast, extended


def needs(feature: Feature, pump: Pump) -> None:
    """Raises ``Rejected`` for a feature that the pump does not have."""
    if feature not in pump.profile.features:
        raise invalid(f"{feature.name} is not supported")
