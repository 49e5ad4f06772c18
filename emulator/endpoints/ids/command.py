"""What the Command Control Point does, and the records it sends through Command Data.

Every procedure has one row in a table: which features it needs, and what it does. Source: IDS 1.0.2, sections 3.7 and 3.8.
"""

from collections.abc import Callable, Mapping
from typing import Any

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.ids.answer import Answer, done, success
from isletbench.emulator.endpoints.ids.operands import (
    TBR_FEATURES,
    adjustment,
    listed,
    number,
    offered,
    parts,
    prescription,
    values,
)
from isletbench.emulator.endpoints.ids.profile_templates import PROFILES, READS, WRITES
from isletbench.emulator.endpoints.ids.refusals import Rejected
from isletbench.emulator.endpoints.ids.transaction import Transaction
from isletbench.emulator.pump.amounts import exactly, iu
from isletbench.emulator.pump.boluses import BOLUS_FEATURES
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.operations import available, checked
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.template import BolusTemplate, ProfileBlock, ProfileTemplate, TbrTemplate
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, Response, TemplateType

THROUGH_DATA = frozenset({*READS, ids.GetTemplateStatusAndDetails})
"""Answered through Command Data as well: its CCCD must be on (IDS 1.0.2, section 3.7.2.33)."""


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
        if (type_ := WRITES.get(type(operation))) is not None:
            return self._write(operation, type_, now)
        self.discard()
        if (type_ := READS.get(type(operation))) is not None:
            return self._read(operation, type_)
        if isinstance(operation, ids.GetTemplateStatusAndDetails):
            return Answer(success(operation), [self._details(owner) for owner in self.pump.profile.templates])
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
        return Answer(success(operation), records)

    def _write(self, operation: Any, type_: TemplateType, now: Instant) -> Answer:
        """One record; any error ends the transaction, and what is stored stays as it was."""
        transaction, self.transaction = self.transaction, None
        number, first_index = operation.template_number, operation.first_index
        given = [operation.first, operation.second, getattr(operation, "third", None)]
        blocks = [ProfileBlock(block.duration, values(block)) for block in given if block is not None]
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


# What each procedure does


def _set_therapy(pump: Pump, operation: ids.SetTherapyControlState, now: Instant) -> Answer:
    return done(operation, pump.set_therapy(operation.state, now))


def _set_flight_mode(pump: Pump, operation: ids.SetFlightMode, now: Instant) -> Answer:
    return done(operation, pump.set_flight_mode(now))


def _snooze(pump: Pump, operation: ids.SnoozeAnnunciation, now: Instant) -> Answer:
    outcome = pump.snooze(operation.instance_id, now)
    return done(operation, outcome, ids.SnoozeAnnunciationResponse(operation.instance_id))


def _confirm(pump: Pump, operation: ids.ConfirmAnnunciation, now: Instant) -> Answer:
    outcome = pump.confirm(operation.instance_id, now)
    return done(operation, outcome, ids.ConfirmAnnunciationResponse(operation.instance_id))


def _set_tbr(pump: Pump, operation: ids.SetTbrAdjustment, now: Instant) -> Answer:
    return done(operation, pump.set_tbr(adjustment(operation, pump), now, change=operation.change))


def _cancel_tbr(pump: Pump, operation: ids.CancelTbrAdjustment, now: Instant) -> Answer:
    return done(operation, pump.cancel_tbr(now))


def _get_tbr_template(pump: Pump, operation: ids.GetTbrTemplate, now: Instant) -> Answer:
    tbr = pump.parts.templates.get(operation.template_number, TemplateType.TBR)
    assert isinstance(tbr, TbrTemplate)
    found = ids.GetTbrTemplateResponse(operation.template_number, tbr.tbr_type, tbr.adjustment, tbr.minutes)
    return Answer(found)


def _set_tbr_template(pump: Pump, operation: ids.SetTbrTemplate, now: Instant) -> Answer:
    offered(operation.tbr_type, TBR_FEATURES, pump)
    tbr = TbrTemplate(operation.tbr_type, number(operation.adjustment), operation.duration)
    return done(
        operation,
        pump.store(operation.template_number, TemplateType.TBR, tbr, now),
        ids.SetTbrTemplateResponse(operation.template_number),
    )


def _set_bolus(pump: Pump, operation: ids.SetBolus, now: Instant) -> Answer:
    outcome = pump.set_bolus(prescription(operation, pump), now)
    return done(operation, outcome, ids.SetBolusResponse(outcome.value.id))


def _cancel_bolus(pump: Pump, operation: ids.CancelBolus, now: Instant) -> Answer:
    outcome = pump.cancel_bolus(operation.bolus_id, now)
    return done(operation, outcome, ids.CancelBolusResponse(outcome.value.id))


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
    fast, extended = parts(operation, pump)
    bolus = BolusTemplate(
        operation.bolus_type,
        fast,
        extended,
        operation.duration,
        operation.delay_time,
        operation.correction,
        operation.meal,
    )
    return done(
        operation,
        pump.store(operation.template_number, TemplateType.BOLUS, bolus, now),
        ids.SetBolusTemplateResponse(operation.template_number),
    )


def _reset_templates(pump: Pump, operation: ids.ResetTemplateStatus, now: Instant) -> Answer:
    return done(
        operation,
        pump.reset_templates(listed(operation.template_numbers), now),
        ids.ResetTemplateStatusResponse(operation.template_numbers),
    )


def _activate(pump: Pump, operation: ids.ActivateProfileTemplates, now: Instant) -> Answer:
    return done(
        operation,
        pump.activate(listed(operation.template_numbers), now),
        ids.ActivateProfileTemplatesResponse(operation.template_numbers),
    )


def _get_activated(pump: Pump, operation: ids.GetActivatedProfileTemplates, now: Instant) -> Answer:
    numbers = tuple(sorted(pump.parts.templates.activated.values()))
    return Answer(ids.GetActivatedProfileTemplatesResponse(numbers))


def _start_priming(pump: Pump, operation: ids.StartPriming, now: Instant) -> Answer:
    return done(operation, pump.start_priming(exactly(number(operation.amount)), now))


def _stop_priming(pump: Pump, operation: ids.StopPriming, now: Instant) -> Answer:
    return done(operation, pump.stop_priming(now))


def _set_fill_level(pump: Pump, operation: ids.SetInitialReservoirFillLevel, now: Instant) -> Answer:
    return done(operation, pump.set_fill_level(exactly(number(operation.level)), now))


def _reset_operation_time(pump: Pump, operation: ids.ResetReservoirInsulinOperationTime, now: Instant) -> Answer:
    return done(operation, pump.reset_operation_time(now))


def _get_max_bolus(pump: Pump, operation: ids.GetMaxBolusAmount, now: Instant) -> Answer:
    return Answer(ids.GetMaxBolusAmountResponse(iu(pump.parts.boluses.max_amount)))


def _set_max_bolus(pump: Pump, operation: ids.SetMaxBolusAmount, now: Instant) -> Answer:
    return done(operation, pump.set_max_bolus(exactly(number(operation.amount)), now))


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
    if (type_ := READS.get(operation) or WRITES.get(operation)) is not None:
        return PROFILES[type_].feature in profile.features
    if operation is ids.GetTemplateStatusAndDetails:
        return _templates(profile)
    return operation in PROCEDURES and PROCEDURES[operation].offered(profile)
