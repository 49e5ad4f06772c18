"""The Command Control Point: therapy, temp basals, boluses, priming and limits, and what they leave behind."""

from dataclasses import replace
from typing import Any

import pytest

from isletbench.emulator.core.quantities import hours, minutes, seconds, units
from isletbench.emulator.gatt import Confirm, Silence
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.profile import PROFILES
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import (
    AnnunciationType,
    AvailableBoluses,
    BasalContext,
    BolusActivation,
    BolusEndReason,
    BolusType,
    CommandResponseCode,
    Feature,
    OperationalState,
    PrimingEndReason,
    Response,
    StatusFlag,
    TbrEndReason,
    TbrType,
    TherapyControlState,
)
from tests.harness.client import Talk
from tests.harness.conformance import conforms
from tests.pump.talking import BARE, COMMAND, PAUSE, PROFILE, READER, RUN, STOP, bolus, events, history, pump_of, talk

FAST, EXTENDED, MULTIWAVE = BolusType.FAST, BolusType.EXTENDED, BolusType.MULTIWAVE
ABSOLUTE, RELATIVE = TbrType.ABSOLUTE, TbrType.RELATIVE


def refusal(made: Talk, operation: Any) -> Response:
    answer = made.ask(COMMAND, operation)
    assert isinstance(answer, CommandResponseCode), answer
    assert answer.request == ids.COMMAND.opcode_of(operation)
    return answer.code


def done(made: Talk, operation: Any) -> None:
    assert refusal(made, operation) is Response.SUCCESS


# Therapy and flight mode


@conforms("IDS-66", "IDS-135", "IDS-140")
def test_therapy_is_told_with_the_rate_it_makes() -> None:
    made = talk(rate="0.8")
    for state in (PAUSE, RUN, STOP):
        done(made, ids.SetTherapyControlState(state))
        assert made.read(ids.STATUS).therapy_control_state is state
    told = [(e.old_state, e.new_state) for e in events(made, ids.TherapyControlStateChanged)]  # type: ignore[attr-defined]
    assert told == [(STOP, RUN), (RUN, PAUSE), (PAUSE, RUN), (RUN, STOP)]
    rates = [(e.old_rate, e.new_rate) for e in events(made, ids.DeliveredBasalRateChanged)]  # type: ignore[attr-defined]
    assert rates == [(0.0, 0.8), (0.8, 0.0), (0.0, 0.8), (0.8, 0.0)]


@conforms("IDS-67")
def test_a_therapy_that_cannot_be_is_refused() -> None:
    made = talk(BARE)
    assert refusal(made, ids.SetTherapyControlState(TherapyControlState.UNDETERMINED)) is Response.INVALID_OPERAND
    made.write_octets(COMMAND, bytes.fromhex("5A0F 5A"))
    assert made.heard(COMMAND) == [bytes.fromhex("550F 5A0F 71")]
    done(made, ids.SetTherapyControlState(STOP))
    assert refusal(made, ids.SetTherapyControlState(PAUSE)) is Response.PROCEDURE_NOT_APPLICABLE
    manual.detach_reservoir(pump_of(made), 0)
    assert refusal(made, ids.SetTherapyControlState(RUN)) is Response.PROCEDURE_NOT_APPLICABLE


@conforms("IDS-68")
def test_flight_mode_answers_and_then_the_radio_is_off_until_somebody_switches_it_on() -> None:
    made = talk()
    made.confirms = False
    made.write(COMMAND, ids.SetFlightMode())
    (answer,) = made.heard(COMMAND)
    assert made.e2e.open(COMMAND, answer).code is Response.SUCCESS
    assert [effect for effect in made.device.advance(1) if isinstance(effect, Silence)] == [], "before the answer has arrived"
    handle = made.device.table.of(ids.SERVICE, COMMAND.uuid).handle
    effects = made.device.receive(Confirm(made.link, handle), 1)
    assert [effect for effect in effects if isinstance(effect, Silence)] == [Silence(on=True)]
    pump_of(made).set_flight_mode(seconds(5), on=False)
    assert [e for e in made.device.advance(seconds(5)) if isinstance(e, Silence)] == [Silence(on=False)]


@conforms("IDS-71")
@pytest.mark.parametrize("operation", [ids.SnoozeAnnunciation(1), ids.ConfirmAnnunciation(1), ids.ConfirmAnnunciation(9)])
def test_an_annunciation_that_is_not_there_cannot_be_snoozed_or_confirmed(operation: Any) -> None:
    made = talk()
    manual.report_issue(pump_of(made), AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, 0)
    made.ask(COMMAND, ids.ConfirmAnnunciation(1))
    assert refusal(made, operation) is Response.PROCEDURE_NOT_APPLICABLE


# Temp basals


@conforms("IDS-90", "IDS-136", "IDS-132", "IDS-135")
def test_a_tbr_starts_changes_and_ends_each_with_the_rate_it_makes() -> None:
    made = talk(rate="0.8")
    done(made, ids.SetTbrAdjustment(ABSOLUTE, 0.3, 60, context=BasalContext.AP_CONTROLLER))
    made.pass_to(minutes(20))
    done(made, ids.SetTbrAdjustment(RELATIVE, 1.5, 30, change=True))
    made.pass_to(minutes(51))
    records = history(made)
    kinds = (ids.TbrAdjustmentStarted, ids.TbrAdjustmentChanged, ids.TbrAdjustmentEnded)
    told = [(record, records[place + 1]) for place, record in enumerate(records) if isinstance(record.event, kinds)]
    assert [record.event for record, _ in told] == [
        ids.TbrAdjustmentStarted(ABSOLUTE, 0.3, 60),
        ids.TbrAdjustmentChanged(RELATIVE, 1.5, 30, 20),
        ids.TbrAdjustmentEnded(RELATIVE, 50, TbrEndReason.DURATION_OVER, annunciation_id=1),
    ]
    assert [(rate.event.old_rate, rate.event.new_rate, rate.event.context) for _, rate in told] == [
        (0.8, 0.3, BasalContext.AP_CONTROLLER),
        (0.3, 1.2, BasalContext.REMOTE_CONTROL),
        (1.2, 0.8, BasalContext.REMOTE_CONTROL),
    ]
    for record, rate in told:
        assert rate.sequence_number == record.sequence_number + 1
        assert rate.relative_offset == record.relative_offset
    (over,) = pump_of(made).parts.annunciations.active.values()
    assert over.type is AnnunciationType.TBR_OVER


@conforms("IDS-92")
def test_a_tbr_needs_to_be_new_or_a_change() -> None:
    made = talk(rate="1")
    assert refusal(made, ids.SetTbrAdjustment(ABSOLUTE, 0.5, 60, change=True)) is Response.PROCEDURE_NOT_APPLICABLE
    done(made, ids.SetTbrAdjustment(ABSOLUTE, 0.5, 60))
    assert refusal(made, ids.SetTbrAdjustment(ABSOLUTE, 2.0, 60)) is Response.PROCEDURE_NOT_APPLICABLE
    assert pump_of(made).parts.basal.delivered_rate == units("0.5")
    made.pass_to(minutes(50))
    done(made, ids.SetTbrAdjustment(ABSOLUTE, 2.0, 60, change=True))
    made.pass_to(minutes(109))
    assert pump_of(made).parts.basal.delivered_rate == units(2), "its time began anew"


@conforms("IDS-93", "IDS-94")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (ids.SetTbrAdjustment(ABSOLUTE, 30.5, 60), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(ABSOLUTE, -1.0, 60), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(RELATIVE, 2.51, 60), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(RELATIVE, 1.0, 0), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(RELATIVE, 1.0, 1441), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(RELATIVE, 1.0, 60, template_number=9), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetTbrAdjustment(RELATIVE, 1.0, 60, template_number=5), Response.PROCEDURE_NOT_APPLICABLE),
        (ids.SetTbrAdjustment(TbrType.UNDETERMINED, 1.0, 60), Response.INVALID_OPERAND),
        (ids.SetTbrAdjustment(RELATIVE, Special.NAN, 60), Response.INVALID_OPERAND),
    ],
    ids=str,
)
def test_a_tbr_that_cannot_be_is_refused(operation: Any, code: Response) -> None:
    made = talk(rate="1")
    assert refusal(made, operation) is code
    assert pump_of(made).parts.tbr.active is None


@conforms("IDS-94")
def test_a_tbr_of_a_kind_the_pump_has_not_is_invalid() -> None:
    made = talk(PROFILES["patch"], rate="1")
    assert refusal(made, ids.SetTbrAdjustment(RELATIVE, 1.0, 30)) is Response.INVALID_OPERAND
    assert refusal(made, ids.SetTbrAdjustment(ABSOLUTE, 1.0, 30, template_number=1)) is Response.INVALID_OPERAND
    done(made, ids.SetTbrAdjustment(ABSOLUTE, 0.5, 30))
    made.write_octets(COMMAND, COMMAND.encode(ids.CancelTbrAdjustment(), protected=True, counter=4))


@conforms("IDS-95")
def test_a_tbr_is_canceled_once() -> None:
    made = talk(rate="1")
    assert refusal(made, ids.CancelTbrAdjustment()) is Response.PROCEDURE_NOT_APPLICABLE
    done(made, ids.SetTbrAdjustment(RELATIVE, 0.0, 30))
    made.pass_to(minutes(10))
    done(made, ids.CancelTbrAdjustment())
    assert pump_of(made).parts.basal.delivered_rate == units(1)
    assert refusal(made, ids.CancelTbrAdjustment()) is Response.PROCEDURE_NOT_APPLICABLE
    assert events(made, ids.TbrAdjustmentEnded) == [ids.TbrAdjustmentEnded(RELATIVE, 10, TbrEndReason.CANCELED)]


@conforms("IDS-135")
def test_a_relative_tbr_follows_the_profile() -> None:
    made = talk(rate="1")
    template = ids.WriteBasalRateProfileTemplate(1, 1, ids.Block(540, 1.0), ids.Block(900, 2.0), end_transaction=True)
    made.ask(COMMAND, template)
    done(made, ids.SetTbrAdjustment(RELATIVE, 0.5, 120))
    made.pass_to(hours(1))
    rates = [e.new_rate for e in events(made, ids.DeliveredBasalRateChanged)]  # type: ignore[attr-defined]
    assert rates == [1.0, 0.5, 1.0]


def test_a_stopped_pump_takes_no_tbr() -> None:
    made = talk(rate="1")
    done(made, ids.SetTherapyControlState(STOP))
    assert refusal(made, ids.SetTbrAdjustment(RELATIVE, 0.5, 120)) is Response.PROCEDURE_NOT_APPLICABLE


# Boluses


@conforms("IDS-97", "IDS-98", "IDS-99", "IDS-133", "IDS-134")
@pytest.mark.parametrize(
    "wanted",
    [(FAST, 1.0, 0.0, 0), (EXTENDED, 0.0, 1.5, 30), (MULTIWAVE, 0.5, 1.0, 45)],
    ids=["fast", "extended", "multiwave"],
)
def test_a_bolus_has_an_id_is_active_delivered_and_remembered(wanted: tuple[BolusType, float, float, int]) -> None:
    made = talk()
    assert made.ask(COMMAND, ids.SetBolus(*wanted)) == ids.SetBolusResponse(1)
    assert made.ask(READER, ids.GetActiveBolusIds()).bolus_ids == (1,)
    made.pass_to(hours(1))
    assert made.ask(READER, ids.GetActiveBolusIds()).bolus_ids == ()
    type_, fast, extended, duration = wanted
    assert pump_of(made).parts.totals.bolus == units(fast) + units(extended)
    assert events(made, ids.BolusProgrammed1Of2) == [ids.BolusProgrammed1Of2(1, *wanted)]
    (told,) = events(made, ids.BolusDelivered1Of2)
    assert told == ids.BolusDelivered1Of2(1, type_, fast, extended, duration)
    assert events(made, ids.BolusDelivered2Of2) == [ids.BolusDelivered2Of2(0, None, BolusEndReason.AMOUNT_DELIVERED)]
    assert made.ask(COMMAND, ids.SetBolus(*wanted)) == ids.SetBolusResponse(2)


@conforms("IDS-100", "IDS-132")
def test_a_bolus_carries_its_delay_its_reasons_and_who_wants_it() -> None:
    made = talk()
    options = {"delay_time": 10, "activation_type": BolusActivation.RECOMMENDED, "correction": True, "meal": True}
    made.ask(COMMAND, ids.SetBolus(FAST, 1.0, 0.0, 0, **options))  # type: ignore[arg-type]  # the packet's own names
    assert events(made, ids.BolusProgrammed2Of2) == [ids.BolusProgrammed2Of2(**options)]  # type: ignore[arg-type]
    made.pass_to(minutes(20))
    (how,) = events(made, ids.BolusDelivered2Of2)
    assert how == ids.BolusDelivered2Of2(600, BolusActivation.RECOMMENDED, BolusEndReason.AMOUNT_DELIVERED)
    first, second = [r for r in history(made) if isinstance(r.event, ids.BolusProgrammed1Of2 | ids.BolusProgrammed2Of2)]
    assert second.sequence_number == first.sequence_number + 1
    assert second.relative_offset == first.relative_offset


@conforms("IDS-100", "IDS-101")
def test_a_bolus_by_template_takes_what_the_template_has() -> None:
    made = talk()
    assert refusal(made, bolus(1.0, template_number=9)) is Response.PROCEDURE_NOT_APPLICABLE
    made.ask(COMMAND, ids.SetBolusTemplate(9, EXTENDED, 0.0, 2.0, 60, delay_time=5, meal=True))
    made.ask(COMMAND, ids.SetBolus(FAST, 9.0, 0.0, 0, template_number=9, activation_type=BolusActivation.MANUAL))
    assert events(made, ids.BolusProgrammed1Of2) == [ids.BolusProgrammed1Of2(1, EXTENDED, 0.0, 2.0, 60)]
    assert events(made, ids.BolusProgrammed2Of2) == [ids.BolusProgrammed2Of2(5, 9, BolusActivation.MANUAL, meal=True)]


@conforms("IDS-101", "IDS-105")
def test_one_fast_and_one_long_bolus_at_a_time() -> None:
    made = talk()
    made.ask(COMMAND, ids.SetBolus(EXTENDED, 0.0, 2.0, 60))
    assert made.ask(COMMAND, ids.GetAvailableBoluses()).available == AvailableBoluses.FAST
    for operation in (ids.SetBolus(EXTENDED, 0.0, 1.0, 30), ids.SetBolus(MULTIWAVE, 1.0, 1.0, 30)):
        assert refusal(made, operation) is Response.MAXIMUM_BOLUS_NUMBER_REACHED
    made.ask(COMMAND, bolus(3.0))
    assert made.ask(COMMAND, ids.GetAvailableBoluses()).available == AvailableBoluses(0)
    made.pass_to(minutes(5))
    assert made.ask(COMMAND, ids.GetAvailableBoluses()).available == AvailableBoluses.FAST
    done(made, ids.SetTherapyControlState(STOP))
    assert made.ask(COMMAND, ids.GetAvailableBoluses()).available == AvailableBoluses(0)


@conforms("IDS-103")
@pytest.mark.parametrize(
    "operation",
    [
        ids.SetBolus(EXTENDED, 0.0, 1.0, 30),
        ids.SetBolus(MULTIWAVE, 1.0, 1.0, 30),
        bolus(1.0, delay_time=5),
        bolus(1.0, template_number=1),
        bolus(1.0, activation_type=BolusActivation.MANUAL),
    ],
    ids=str,
)
def test_what_needs_a_feature_that_is_not_there_is_invalid(operation: Any) -> None:
    lean = replace(PROFILE, features=Feature.E2E_PROTECTION | Feature.BASAL_RATE | Feature.FAST_BOLUS)
    made = talk(lean)
    assert refusal(made, operation) is Response.INVALID_OPERAND
    assert made.ask(COMMAND, bolus(1.0)) == ids.SetBolusResponse(1)


@conforms("IDS-104", "IDS-134")
def test_a_bolus_can_be_canceled_whatever_it_is_doing() -> None:
    made = talk()
    for operation, later, delivered in (
        (bolus(2.0), seconds(9), (0.2, 0.0)),
        (bolus(2.0, delay_time=30), minutes(10), (0.0, 0.0)),
        (ids.SetBolus(EXTENDED, 0.0, 2.0, 60), minutes(15), (0.0, 0.5)),
        (ids.SetBolus(MULTIWAVE, 0.5, 2.0, 60), minutes(30) + seconds(20), (0.5, 1.0)),
    ):
        number = made.ask(COMMAND, operation).bolus_id
        made.pass_to(made.now + later)
        assert made.ask(COMMAND, ids.CancelBolus(number)) == ids.CancelBolusResponse(number)
        assert refusal(made, ids.CancelBolus(number)) is Response.PROCEDURE_NOT_APPLICABLE
        told = events(made, ids.BolusDelivered1Of2)[-1]
        assert (told.fast_amount, told.extended_amount) == delivered  # type: ignore[attr-defined]
    reasons = {event.end_reason for event in events(made, ids.BolusDelivered2Of2)}  # type: ignore[attr-defined]
    assert reasons == {BolusEndReason.CANCELED}
    assert refusal(made, ids.CancelBolus(77)) is Response.PROCEDURE_NOT_APPLICABLE


@conforms("IDS-115", "IDS-144")
def test_the_maximum_bolus_limits_both_parts_together() -> None:
    made = talk()
    assert made.ask(COMMAND, ids.GetMaxBolusAmount()) == ids.GetMaxBolusAmountResponse(30.0)
    done(made, ids.SetMaxBolusAmount(5.0))
    assert made.ask(COMMAND, ids.GetMaxBolusAmount()) == ids.GetMaxBolusAmountResponse(5.0)
    assert events(made, ids.MaxBolusAmountChanged) == [ids.MaxBolusAmountChanged(30.0, 5.0)]
    assert refusal(made, ids.SetBolus(MULTIWAVE, 3.0, 2.05, 30)) is Response.PARAMETER_OUT_OF_RANGE
    assert made.ask(COMMAND, ids.SetBolus(MULTIWAVE, 3.0, 2.0, 30)) == ids.SetBolusResponse(1)
    for wrong in (0.0, 30.5, -1.0):
        assert refusal(made, ids.SetMaxBolusAmount(wrong)) is Response.PARAMETER_OUT_OF_RANGE
    assert refusal(made, ids.SetMaxBolusAmount(Special.NAN)) is Response.INVALID_OPERAND


# Reservoir


@conforms("IDS-111", "IDS-112", "IDS-140", "IDS-143")
def test_priming_is_a_state_that_ends_at_its_amount_or_when_told() -> None:
    made = talk()
    assert refusal(made, ids.StopPriming()) is Response.PROCEDURE_NOT_APPLICABLE
    assert refusal(made, ids.StartPriming(1.0)) is Response.PROCEDURE_NOT_APPLICABLE, "therapy runs"
    done(made, ids.SetTherapyControlState(STOP))
    for wrong in (0.0, 30.5, 0.07):
        assert refusal(made, ids.StartPriming(wrong)) is Response.PARAMETER_OUT_OF_RANGE
    done(made, ids.StartPriming(1.0))
    assert made.read(ids.STATUS).operational_state is OperationalState.PRIMING
    assert refusal(made, ids.StartPriming(1.0)) is Response.PROCEDURE_NOT_APPLICABLE
    made.pass_to(seconds(21))
    assert made.read(ids.STATUS).operational_state is OperationalState.READY
    done(made, ids.StartPriming(10.0))
    made.pass_to(made.now + seconds(4))
    done(made, ids.StopPriming())
    assert [event.programmed for event in events(made, ids.PrimingStarted)] == [1.0, 10.0]  # type: ignore[attr-defined]
    assert [(e.delivered, e.reason) for e in events(made, ids.PrimingDone)] == [  # type: ignore[attr-defined]
        (1.0, PrimingEndReason.AMOUNT_REACHED),
        (0.2, PrimingEndReason.ABORTED_BY_USER),
    ]
    assert made.ask(READER, ids.GetDeliveredInsulin()) == ids.GetDeliveredInsulinResponse(0.0, 0.0), "it is no therapy"
    states = [e.new_state for e in events(made, ids.OperationalStateChanged)]  # type: ignore[attr-defined]
    assert states == [OperationalState.PRIMING, OperationalState.READY] * 2


@conforms("IDS-143")
def test_priming_that_runs_dry_ends_with_an_error() -> None:
    made = talk(reservoir=units("0.52"))
    done(made, ids.SetTherapyControlState(STOP))
    done(made, ids.StartPriming(1.0))
    made.pass_to(minutes(1))
    (end,) = events(made, ids.PrimingDone)
    empty = next(a for a in pump_of(made).parts.annunciations.active.values() if a.type is AnnunciationType.RESERVOIR_EMPTY)
    assert end == ids.PrimingDone(0.5, PrimingEndReason.ERROR_ABORT, empty.instance_id)
    assert made.read(ids.STATUS).operational_state is OperationalState.WAITING


@conforms("IDS-113", "IDS-141")
def test_the_fill_level_is_what_the_pump_counts_down_from() -> None:
    made = talk(reservoir=units(100))
    for wrong in (-1.0, 301.0):
        assert refusal(made, ids.SetInitialReservoirFillLevel(wrong)) is Response.PARAMETER_OUT_OF_RANGE
    made.ask(READER, ids.ResetStatus(StatusFlag((1 << 8) - 1)))
    done(made, ids.SetInitialReservoirFillLevel(80.0))
    assert StatusFlag.RESERVOIR in made.read(ids.STATUS_CHANGED).changed
    assert made.read(ids.STATUS).reservoir_remaining == 80.0
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(minutes(5))
    assert made.read(ids.STATUS).reservoir_remaining == 78.0
    assert pump_of(made).parts.reservoir.remaining == units(98)
    told = [event.remaining for event in events(made, ids.ReservoirRemainingAmountChanged)]  # type: ignore[attr-defined]
    assert told == [100.0, 80.0, 79.0, 78.0]


@conforms("IDS-142")
def test_an_annunciations_life_is_remembered() -> None:
    made = talk(reservoir=units(20))
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(seconds(3))
    made.ask(COMMAND, ids.SnoozeAnnunciation(1))
    made.pass_to(made.now + PROFILE.snooze)
    made.ask(COMMAND, ids.ConfirmAnnunciation(1))
    records = history(made)
    firsts = [(place, r) for place, r in enumerate(records) if isinstance(r.event, ids.AnnunciationStatusChanged1Of2)]
    told = [r.event.annunciation.status.name for _, r in firsts]
    assert told == ["PENDING", "SNOOZED", "PENDING", "CONFIRMED"]
    assert all(isinstance(records[place + 1].event, ids.AnnunciationStatusChanged2Of2) for place, _ in firsts)
    assert all(records[place + 1].relative_offset == first.relative_offset for place, first in firsts)
