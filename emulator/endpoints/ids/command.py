"""What the Command Control Point does, and the records it sends through Command Data.

Every procedure stands once in a table: which features it needs, and what it does. Source: IDS 1.0.2, sections 3.7 and 3.8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.endpoints.ids.refusals import Rejected
from isletbench.emulator.endpoints.ids.transaction import Transaction
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.amounts import exactly, iu
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.boluses import BOLUS_FEATURES
from isletbench.emulator.pump.happenings import Outcome
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.operations import available, checked
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.template import BolusTemplate, ProfileBlock, ProfileTemplate, TbrTemplate
from isletbench.protocols import ids
from isletbench.protocols.fields import Number, Special
from isletbench.protocols.ids import BasalContext, BolusType, Feature, Response, TbrType, TemplateType

MOST_NUMBERS = 14
"""Template numbers in one operand (IDS 1.0.2, section 3.7.2.18)."""
TBR_FEATURES: Mapping[TbrType, Feature] = {
    TbrType.ABSOLUTE: Feature.TBR_ABSOLUTE,
    TbrType.RELATIVE: Feature.TBR_RELATIVE,
}


@dataclass(frozen=True, slots=True)
class ProfileProcedures:
    """How the templates of one profile type are read and written: the operations, and the blocks of a record."""

    feature: Feature
    read: type[Any]
    record: type[Any]
    write: type[Any]
    written: type[Any]
    block: type[Any] = ids.Block
    per_record: int = 3


PROFILES: Mapping[TemplateType, ProfileProcedures] = {
    TemplateType.BASAL_RATE_PROFILE: ProfileProcedures(
        Feature.BASAL_RATE,
        ids.ReadBasalRateProfileTemplate,
        ids.BasalRateProfileTemplateRecord,
        ids.WriteBasalRateProfileTemplate,
        ids.WriteBasalRateProfileTemplateResponse,
    ),
    TemplateType.ISF_PROFILE: ProfileProcedures(
        Feature.ISF_PROFILE_TEMPLATE,
        ids.ReadIsfProfileTemplate,
        ids.IsfProfileTemplateRecord,
        ids.WriteIsfProfileTemplate,
        ids.WriteIsfProfileTemplateResponse,
    ),
    TemplateType.I2CHO_RATIO_PROFILE: ProfileProcedures(
        Feature.I2CHO_RATIO_PROFILE_TEMPLATE,
        ids.ReadI2ChoRatioProfileTemplate,
        ids.I2ChoRatioProfileTemplateRecord,
        ids.WriteI2ChoRatioProfileTemplate,
        ids.WriteI2ChoRatioProfileTemplateResponse,
    ),
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: ProfileProcedures(
        Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,
        ids.ReadTargetGlucoseRangeProfileTemplate,
        ids.TargetGlucoseRangeProfileTemplateRecord,
        ids.WriteTargetGlucoseRangeProfileTemplate,
        ids.WriteTargetGlucoseRangeProfileTemplateResponse,
        block=ids.RangeBlock,
        per_record=2,
    ),
}
_READS = {procedures.read: type_ for type_, procedures in PROFILES.items()}
_WRITES = {procedures.write: type_ for type_, procedures in PROFILES.items()}
THROUGH_DATA = frozenset({*_READS, ids.GetTemplateStatusAndDetails})
"""Answered through Command Data as well: its CCCD must be on (IDS 1.0.2, section 3.7.2.33)."""


@dataclass(slots=True)
class Answer:
    """The operation that ends a procedure, and the records that go before it through Command Data."""

    last: Any
    records: list[Any] = field(default_factory=list)
    changed: bool = False
    """Whether the procedure has changed the pump."""


@dataclass(slots=True)
class Commands:
    """The control point of one pump. It remembers a template on its way in: one at a time, whoever sends it."""

    pump: Pump
    transaction: Transaction | None = None

    def discard(self) -> None:
        """Another procedure, or the end of the connection, ends the transaction (IDS 1.0.2, section 3.11.2)."""
        self.transaction = None

    def perform(self, operation: Any, now: Instant) -> Answer:
        """Do what is asked. Raises ``Refused``, ``Rejected``."""
        if (type_ := _WRITES.get(type(operation))) is not None:
            return self._write(operation, type_, now)
        self.discard()
        if (type_ := _READS.get(type(operation))) is not None:
            return self._read(operation, type_)
        if isinstance(operation, ids.GetTemplateStatusAndDetails):
            return Answer(_success(operation), [self._details(owner) for owner in self.pump.profile.templates])
        return PROCEDURES[type(operation)].act(self.pump, operation, now)

    def _details(self, owner: Any) -> Any:
        states = self.pump.parts.templates.states(owner)
        return ids.TemplateStatusRecord(owner.type, owner.first, owner.count, owner.max_blocks, states)

    # Profile templates

    def _read(self, operation: Any, type_: TemplateType) -> Answer:
        procedures, number = PROFILES[type_], operation.template_number
        template = self.pump.parts.templates.get(number, type_)
        assert isinstance(template, ProfileTemplate)
        blocks = [procedures.block(block.minutes, *block.values) for block in template.blocks]
        some = procedures.per_record
        records = [procedures.record(number, 1 + at, *blocks[at : at + some]) for at in range(0, len(blocks), some)]
        return Answer(_success(operation), records)

    def _write(self, operation: Any, type_: TemplateType, now: Instant) -> Answer:
        """One record; any error ends the transaction, and what is stored stays as it was."""
        transaction, self.transaction = self.transaction, None
        number, first_index = operation.template_number, operation.first_index
        given = [operation.first, operation.second, getattr(operation, "third", None)]
        blocks = [ProfileBlock(block.duration, _values(block)) for block in given if block is not None]
        if given[: len(blocks)].count(None):
            raise Rejected(Response.INVALID_OPERAND, "a third block without a second one")
        if transaction is None or transaction.type is not type_:
            owner = self.pump.parts.templates.writable(number, type_)
            transaction = Transaction(type_, number, owner.max_blocks)
        elif self.pump.parts.templates.range_of(number) is not self.pump.parts.templates.range_of(transaction.number):
            self.pump.parts.templates.checked(number, type_)
        transaction.add(number, first_index, [checked(self.pump.parts, type_, block) for block in blocks])
        answer = Answer(PROFILES[type_].written(number, first_index, operation.end_transaction))
        if operation.end_transaction:
            answer.changed = self.pump.store(number, type_, transaction.end(), now).changed
        else:
            self.transaction = transaction
        return answer


def _success(operation: Any) -> Any:
    return ids.CommandResponseCode(ids.COMMAND.opcode_of(operation), Response.SUCCESS)


def _done(operation: Any, outcome: Outcome[Any], last: Any = None) -> Answer:
    """The answer of a procedure that may have changed the pump: one of its own, or success."""
    return Answer(last or _success(operation), changed=outcome.changed)


def _invalid(why: str) -> Rejected:
    return Rejected(Response.INVALID_OPERAND, why)


def _number(value: Number) -> float:
    if isinstance(value, Special):
        raise _invalid(f"{value!r} is no number")
    return value


def _values(block: ids.Block | ids.RangeBlock) -> tuple[float, ...]:
    values = (block.value,) if isinstance(block, ids.Block) else (block.lower, block.upper)
    return tuple(_number(value) for value in values)


def _listed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    if not 1 <= len(numbers) <= MOST_NUMBERS or len(set(numbers)) < len(numbers):
        raise _invalid(f"expected 1 to {MOST_NUMBERS} template numbers, none twice, got {list(numbers)}")
    return numbers


def _offered(type_: Any, features: Mapping[Any, Feature], pump: Pump) -> None:
    if type_ not in features or features[type_] not in pump.profile.features:
        raise _invalid(f"{type(type_).__name__} {type_.name} is not supported")


# What each procedure does


def _set_therapy(pump: Pump, operation: ids.SetTherapyControlState, now: Instant) -> Answer:
    return _done(operation, pump.set_therapy(operation.state, now))


def _set_flight_mode(pump: Pump, operation: ids.SetFlightMode, now: Instant) -> Answer:
    return _done(operation, pump.set_flight_mode(now))


def _snooze(pump: Pump, operation: ids.SnoozeAnnunciation, now: Instant) -> Answer:
    outcome = pump.snooze(operation.instance_id, now)
    return _done(operation, outcome, ids.SnoozeAnnunciationResponse(operation.instance_id))


def _confirm(pump: Pump, operation: ids.ConfirmAnnunciation, now: Instant) -> Answer:
    outcome = pump.confirm(operation.instance_id, now)
    return _done(operation, outcome, ids.ConfirmAnnunciationResponse(operation.instance_id))


def _set_tbr(pump: Pump, operation: ids.SetTbrAdjustment, now: Instant) -> Answer:
    return _done(operation, pump.set_tbr(_adjustment(operation, pump), now, change=operation.change))


def _cancel_tbr(pump: Pump, operation: ids.CancelTbrAdjustment, now: Instant) -> Answer:
    return _done(operation, pump.cancel_tbr(now))


def _get_tbr_template(pump: Pump, operation: ids.GetTbrTemplate, now: Instant) -> Answer:
    tbr = pump.parts.templates.get(operation.template_number, TemplateType.TBR)
    assert isinstance(tbr, TbrTemplate)
    found = ids.GetTbrTemplateResponse(operation.template_number, tbr.tbr_type, tbr.adjustment, tbr.minutes)
    return Answer(found)


def _set_tbr_template(pump: Pump, operation: ids.SetTbrTemplate, now: Instant) -> Answer:
    _offered(operation.tbr_type, TBR_FEATURES, pump)
    tbr = TbrTemplate(operation.tbr_type, _number(operation.adjustment), operation.duration)
    return _done(
        operation,
        pump.store(operation.template_number, TemplateType.TBR, tbr, now),
        ids.SetTbrTemplateResponse(operation.template_number),
    )


def _set_bolus(pump: Pump, operation: ids.SetBolus, now: Instant) -> Answer:
    outcome = pump.set_bolus(_prescription(operation, pump), now)
    return _done(operation, outcome, ids.SetBolusResponse(outcome.value.id))


def _cancel_bolus(pump: Pump, operation: ids.CancelBolus, now: Instant) -> Answer:
    outcome = pump.cancel_bolus(operation.bolus_id, now)
    return _done(operation, outcome, ids.CancelBolusResponse(outcome.value.id))


def _get_available(pump: Pump, operation: ids.GetAvailableBoluses, now: Instant) -> Answer:
    return Answer(ids.GetAvailableBolusesResponse(available(pump.parts)))


def _get_bolus_template(pump: Pump, operation: ids.GetBolusTemplate, now: Instant) -> Answer:
    bolus = pump.parts.templates.get(operation.template_number, TemplateType.BOLUS)
    assert isinstance(bolus, BolusTemplate)
    found = ids.GetBolusTemplateResponse(
        operation.template_number,
        bolus.bolus_type,
        bolus.fast,
        bolus.extended,
        bolus.minutes,
        bolus.delay,
        bolus.correction,
        bolus.meal,
    )
    return Answer(found)


def _set_bolus_template(pump: Pump, operation: ids.SetBolusTemplate, now: Instant) -> Answer:
    fast, extended = _parts(operation, pump)
    bolus = BolusTemplate(
        operation.bolus_type,
        fast,
        extended,
        operation.duration,
        operation.delay_time,
        operation.correction,
        operation.meal,
    )
    return _done(
        operation,
        pump.store(operation.template_number, TemplateType.BOLUS, bolus, now),
        ids.SetBolusTemplateResponse(operation.template_number),
    )


def _reset_templates(pump: Pump, operation: ids.ResetTemplateStatus, now: Instant) -> Answer:
    return _done(
        operation,
        pump.reset_templates(_listed(operation.template_numbers), now),
        ids.ResetTemplateStatusResponse(operation.template_numbers),
    )


def _activate(pump: Pump, operation: ids.ActivateProfileTemplates, now: Instant) -> Answer:
    return _done(
        operation,
        pump.activate(_listed(operation.template_numbers), now),
        ids.ActivateProfileTemplatesResponse(operation.template_numbers),
    )


def _get_activated(pump: Pump, operation: ids.GetActivatedProfileTemplates, now: Instant) -> Answer:
    numbers = tuple(sorted(pump.parts.templates.activated.values()))
    return Answer(ids.GetActivatedProfileTemplatesResponse(numbers))


def _start_priming(pump: Pump, operation: ids.StartPriming, now: Instant) -> Answer:
    return _done(operation, pump.start_priming(exactly(_number(operation.amount)), now))


def _stop_priming(pump: Pump, operation: ids.StopPriming, now: Instant) -> Answer:
    return _done(operation, pump.stop_priming(now))


def _set_fill_level(pump: Pump, operation: ids.SetInitialReservoirFillLevel, now: Instant) -> Answer:
    return _done(operation, pump.set_fill_level(exactly(_number(operation.level)), now))


def _reset_operation_time(pump: Pump, operation: ids.ResetReservoirInsulinOperationTime, now: Instant) -> Answer:
    return _done(operation, pump.reset_operation_time(now))


def _get_max_bolus(pump: Pump, operation: ids.GetMaxBolusAmount, now: Instant) -> Answer:
    return Answer(ids.GetMaxBolusAmountResponse(iu(pump.parts.boluses.max_amount)))


def _set_max_bolus(pump: Pump, operation: ids.SetMaxBolusAmount, now: Instant) -> Answer:
    return _done(operation, pump.set_max_bolus(exactly(_number(operation.amount)), now))


def _adjustment(operation: ids.SetTbrAdjustment, pump: Pump) -> Adjustment:
    context = operation.context or BasalContext.REMOTE_CONTROL
    if operation.template_number is not None:
        _needs(Feature.TBR_TEMPLATE, pump)
        template = pump.parts.templates.get(operation.template_number, TemplateType.TBR)
        assert isinstance(template, TbrTemplate)
        return template.asks(operation.template_number, context)
    _offered(operation.tbr_type, TBR_FEATURES, pump)
    return Adjustment(
        type=operation.tbr_type,
        value=exactly(_number(operation.adjustment)),
        duration=minutes(operation.duration),
        context=context,
    )


def _prescription(operation: ids.SetBolus, pump: Pump) -> Prescription:
    if operation.activation_type is not None:
        _needs(Feature.BOLUS_ACTIVATION_TYPE, pump)
        if operation.activation_type is ids.BolusActivation.UNDETERMINED:
            raise _invalid("an activation type that is undetermined")
    if operation.template_number is not None:
        _needs(Feature.BOLUS_TEMPLATE, pump)
        template = pump.parts.templates.get(operation.template_number, TemplateType.BOLUS)
        assert isinstance(template, BolusTemplate)
        return template.asks(operation.template_number, operation.activation_type)
    fast, extended = _parts(operation, pump)
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


def _parts(operation: ids.SetBolus | ids.SetBolusTemplate, pump: Pump) -> tuple[float, float]:
    """The amounts of both parts, once type, amounts and delay are found to go together."""
    _offered(operation.bolus_type, BOLUS_FEATURES, pump)
    if operation.delay_time is not None:
        _needs(Feature.BOLUS_DELAY_TIME, pump)
    fast, extended = _number(operation.fast_amount), _number(operation.extended_amount)
    if operation.bolus_type is BolusType.FAST and (extended or operation.duration):
        raise _invalid("a fast bolus has no extended amount and no duration")
    if operation.bolus_type is BolusType.EXTENDED and fast:
        raise _invalid("an extended bolus has no fast amount")
    return fast, extended


def _needs(feature: Feature, pump: Pump) -> None:
    if feature not in pump.profile.features:
        raise _invalid(f"{feature.name} is not supported")


# Which procedures a pump of a profile has


def _always(profile: PumpProfile) -> bool:
    return True


def _any(*features: Feature) -> Callable[[PumpProfile], bool]:
    return lambda profile: any(feature in profile.features for feature in features)


def _primes(profile: PumpProfile) -> bool:
    return profile.primes


def _limits_boluses(profile: PumpProfile) -> bool:
    return profile.sets_max_bolus


@dataclass(frozen=True, slots=True)
class Procedure:
    """One of them: what it does, and which pumps have it."""

    act: Callable[[Pump, Any, Instant], Answer]
    offered: Callable[[PumpProfile], bool] = _always


_TBR, _BOLUS = _any(*TBR_FEATURES.values()), _any(*BOLUS_FEATURES.values())
_PROFILE = _any(*(procedures.feature for procedures in PROFILES.values()))
_TBR_TEMPLATE, _BOLUS_TEMPLATE = _any(Feature.TBR_TEMPLATE), _any(Feature.BOLUS_TEMPLATE)


def _templates(profile: PumpProfile) -> bool:
    return _PROFILE(profile) or _TBR_TEMPLATE(profile) or _BOLUS_TEMPLATE(profile)


PROCEDURES: Mapping[type[Any], Procedure] = {
    ids.SetTherapyControlState: Procedure(_set_therapy),
    ids.SetFlightMode: Procedure(_set_flight_mode),
    ids.SnoozeAnnunciation: Procedure(_snooze),
    ids.ConfirmAnnunciation: Procedure(_confirm),
    ids.SetTbrAdjustment: Procedure(_set_tbr, _TBR),
    ids.CancelTbrAdjustment: Procedure(_cancel_tbr, _TBR),
    ids.GetTbrTemplate: Procedure(_get_tbr_template, _TBR_TEMPLATE),
    ids.SetTbrTemplate: Procedure(_set_tbr_template, _TBR_TEMPLATE),
    ids.SetBolus: Procedure(_set_bolus, _BOLUS),
    ids.CancelBolus: Procedure(_cancel_bolus, _BOLUS),
    ids.GetAvailableBoluses: Procedure(_get_available, _BOLUS),
    ids.GetBolusTemplate: Procedure(_get_bolus_template, _BOLUS_TEMPLATE),
    ids.SetBolusTemplate: Procedure(_set_bolus_template, _BOLUS_TEMPLATE),
    ids.ResetTemplateStatus: Procedure(_reset_templates, _templates),
    ids.ActivateProfileTemplates: Procedure(_activate, _PROFILE),
    ids.GetActivatedProfileTemplates: Procedure(_get_activated, _PROFILE),
    ids.StartPriming: Procedure(_start_priming, _primes),
    ids.StopPriming: Procedure(_stop_priming, _primes),
    ids.SetInitialReservoirFillLevel: Procedure(_set_fill_level, _primes),
    ids.ResetReservoirInsulinOperationTime: Procedure(_reset_operation_time, _primes),
    ids.GetMaxBolusAmount: Procedure(_get_max_bolus, _limits_boluses),
    ids.SetMaxBolusAmount: Procedure(_set_max_bolus, _limits_boluses),
}
"""Those that a single operation answers (IDS 1.0.2, table 3.10)."""


def supports(operation: type[Any], pump: Pump) -> bool:
    """Whether a pump of this profile has the procedure."""
    profile = pump.profile
    if (type_ := _READS.get(operation) or _WRITES.get(operation)) is not None:
        return PROFILES[type_].feature in profile.features
    if operation is ids.GetTemplateStatusAndDetails:
        return _templates(profile)
    return operation in PROCEDURES and PROCEDURES[operation].offered(profile)
