"""The Insulin Delivery Service as a collector meets it: values, procedures, refusals, history."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.core.quantities import days, hours, minutes, seconds, units
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.pump.states import THERAPY, Therapy
from isletbench.protocols import ids
from isletbench.protocols.att import AttCode, ErrorCode
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import with_crc
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import (
    AnnunciationStatus,
    AnnunciationType,
    BolusEndReason,
    BolusType,
    BolusValueSelection,
    CommandResponseCode,
    IdsErrorCode,
    Response,
    StatusFlag,
    StatusReaderResponseCode,
    TherapyControlState,
)
from isletbench.protocols.racp import IDS, CountResponse, IdsFilter, Operation, Operator, Outcome, Request, Selection
from isletbench.protocols.racp import Response as RacpResponse
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms
from tests.pump.talking import (
    BARE,
    COMMAND,
    FULL,
    HISTORY,
    PAUSE,
    PROFILE,
    RACP,
    READER,
    RUN,
    STOP,
    bolus,
    events,
    history,
    pump_of,
    talk,
)

# Boluses


def test_a_bolus_flows_pulse_by_pulse_and_is_remembered() -> None:
    made = talk()
    answer = made.ask(COMMAND, bolus(0.2, activation_type=ids.BolusActivation.COMMANDED, meal=True))
    assert answer == ids.SetBolusResponse(1)
    levels = [pump_of(made).parts.reservoir.remaining]
    for second in range(1, 9):
        made.pass_to(seconds(second))
        levels.append(pump_of(made).parts.reservoir.remaining)
    assert [(FULL - level) // PROFILE.pulse for level in levels] == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    programmed, told = events(made, ids.BolusProgrammed1Of2), events(made, ids.BolusProgrammed2Of2)
    assert programmed == [ids.BolusProgrammed1Of2(1, BolusType.FAST, 0.2, 0.0, 0)]
    assert told == [ids.BolusProgrammed2Of2(activation_type=ids.BolusActivation.COMMANDED, meal=True)]
    assert events(made, ids.BolusDelivered1Of2) == [ids.BolusDelivered1Of2(1, BolusType.FAST, 0.2, 0.0, 0)]
    (how,) = events(made, ids.BolusDelivered2Of2)
    assert isinstance(how, ids.BolusDelivered2Of2)
    assert how.end_reason is BolusEndReason.AMOUNT_DELIVERED


def test_a_running_bolus_can_be_read_in_three_ways() -> None:
    made = talk()
    made.ask(COMMAND, bolus(1.0))
    made.pass_to(seconds(9))
    assert made.ask(READER, ids.GetActiveBolusIds()) == ids.GetActiveBolusIdsResponse((1,))
    amounts = {
        selection: made.ask(READER, ids.GetActiveBolusDelivery(1, selection)).fast_amount for selection in BolusValueSelection
    }
    assert amounts == {
        BolusValueSelection.PROGRAMMED: 1.0,
        BolusValueSelection.DELIVERED: 0.2,
        BolusValueSelection.REMAINING: 0.8,
    }
    made.pass_to(minutes(1))
    assert made.ask(READER, ids.GetActiveBolusIds()) == ids.GetActiveBolusIdsResponse(())
    ended = made.ask(READER, ids.GetActiveBolusDelivery(1, BolusValueSelection.REMAINING))
    assert ended == StatusReaderResponseCode(0x0356, Response.PROCEDURE_NOT_APPLICABLE)


def test_a_canceled_bolus_stops_where_it_is() -> None:
    made = talk()
    made.ask(COMMAND, bolus(5.0))
    made.pass_to(seconds(9))
    assert made.ask(COMMAND, ids.CancelBolus(1)) == ids.CancelBolusResponse(1)
    made.pass_to(minutes(10))
    assert pump_of(made).parts.reservoir.delivered == units("0.2")
    assert events(made, ids.BolusDelivered1Of2) == [ids.BolusDelivered1Of2(1, BolusType.FAST, 0.2, 0.0, 0)]
    (how,) = events(made, ids.BolusDelivered2Of2)
    assert isinstance(how, ids.BolusDelivered2Of2)
    assert how.end_reason is BolusEndReason.CANCELED
    for bolus_id in (1, 7):
        assert made.ask(COMMAND, ids.CancelBolus(bolus_id)) == CommandResponseCode(0x1178, Response.PROCEDURE_NOT_APPLICABLE)


def test_one_bolus_at_a_time() -> None:
    made = talk()
    long = ids.AvailableBoluses.EXTENDED | ids.AvailableBoluses.MULTIWAVE
    everything = ids.AvailableBoluses.FAST | long
    assert made.ask(COMMAND, ids.GetAvailableBoluses()) == ids.GetAvailableBolusesResponse(everything)
    made.ask(COMMAND, bolus(5.0))
    assert made.ask(COMMAND, ids.GetAvailableBoluses()) == ids.GetAvailableBolusesResponse(long)
    assert made.ask(COMMAND, bolus(1.0)) == CommandResponseCode(0x114B, Response.MAXIMUM_BOLUS_NUMBER_REACHED)
    made.pass_to(minutes(10))
    assert made.ask(COMMAND, bolus(1.0)) == ids.SetBolusResponse(2)


@conforms("IDS-102", "IDS-103")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (bolus(0.07), Response.PARAMETER_OUT_OF_RANGE),
        (bolus(0.0), Response.PARAMETER_OUT_OF_RANGE),
        (bolus(-1.0), Response.PARAMETER_OUT_OF_RANGE),
        (bolus(30.5), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolus(BolusType.FAST, Special.NAN, 0.0, 0), Response.INVALID_OPERAND),
        (ids.SetBolus(BolusType.FAST, 1.0, 1.0, 0), Response.INVALID_OPERAND),
        (ids.SetBolus(BolusType.FAST, 1.0, 0.0, 5), Response.INVALID_OPERAND),
        (ids.SetBolus(BolusType.EXTENDED, 1.0, 1.0, 30), Response.INVALID_OPERAND),
        (ids.SetBolus(BolusType.EXTENDED, 0.0, 1.0, 0), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolus(BolusType.EXTENDED, 0.0, 1.0, 481), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolus(BolusType.MULTIWAVE, 0.0, 1.0, 30), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolus(BolusType.MULTIWAVE, 20.0, 10.05, 30), Response.PARAMETER_OUT_OF_RANGE),
        (ids.SetBolus(BolusType.UNDETERMINED, 1.0, 0.0, 0), Response.INVALID_OPERAND),
        (bolus(1.0, activation_type=ids.BolusActivation.UNDETERMINED), Response.INVALID_OPERAND),
        (bolus(1.0, delay_time=481), Response.PARAMETER_OUT_OF_RANGE),
        (bolus(1.0, template_number=1), Response.PARAMETER_OUT_OF_RANGE),
        (bolus(1.0, template_number=9), Response.PROCEDURE_NOT_APPLICABLE),
    ],
    ids=str,
)
def test_a_bolus_that_cannot_be_is_refused_and_nothing_flows(operation: ids.SetBolus, code: Response) -> None:
    made = talk()
    assert made.ask(COMMAND, operation) == CommandResponseCode(0x114B, code)
    made.pass_to(minutes(5))
    assert pump_of(made).parts.reservoir.delivered == 0
    assert events(made, ids.BolusProgrammed1Of2) == []


def test_a_bolus_goes_on_when_its_client_goes_away() -> None:
    made = talk()
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(seconds(5))
    made.disconnect()
    again = Talk(made.device, ids.SERVICE, link="test#2", now=minutes(5))
    again.subscribe(READER, COMMAND, RACP, HISTORY)
    assert pump_of(made).parts.reservoir.delivered == units(2)
    assert events(again, ids.BolusDelivered1Of2) == [ids.BolusDelivered1Of2(1, BolusType.FAST, 2.0, 0.0, 0)]


# Basal, therapy, reservoir


def test_basal_is_delivered_in_whole_pulses_that_add_up() -> None:
    made = talk(rate="0.73")
    made.pass_to(days(10))
    due = units("0.73") * 240
    assert 0 <= due - pump_of(made).parts.reservoir.delivered < PROFILE.pulse
    pulses = [pulse for _, pulse in pump_of(made).ledger.of(Pulse)]
    assert pulses
    assert all(pulse.uu == PROFILE.pulse and pulse.cause == "basal" for pulse in pulses)


@pytest.mark.parametrize("before", [STOP, PAUSE, RUN])
@pytest.mark.parametrize("wanted", [STOP, PAUSE, RUN])
def test_therapy_follows_its_table(before: TherapyControlState, wanted: TherapyControlState) -> None:
    made = talk(rate="1")
    if before is not RUN:
        assert made.ask(COMMAND, ids.SetTherapyControlState(before)).code is Response.SUCCESS
    event = {RUN: Therapy.RUN, PAUSE: Therapy.PAUSE, STOP: Therapy.STOP}[wanted]
    allowed = wanted is before or (before, event) in THERAPY
    code = Response.SUCCESS if allowed else Response.PROCEDURE_NOT_APPLICABLE
    assert made.ask(COMMAND, ids.SetTherapyControlState(wanted)) == CommandResponseCode(0x0F5A, code)
    assert pump_of(made).parts.therapy.state is (wanted if allowed else before)
    changes = [(e.old_state, e.new_state) for e in events(made, ids.TherapyControlStateChanged)]  # type: ignore[attr-defined]
    expected = [(STOP, RUN)] if before is RUN else [(STOP, RUN), (RUN, before)]
    assert changes == expected + ([(before, wanted)] if allowed and wanted is not before else [])


def test_undetermined_is_no_state_to_take() -> None:
    made = talk()
    refused = made.ask(COMMAND, ids.SetTherapyControlState(TherapyControlState.UNDETERMINED))
    assert refused == CommandResponseCode(0x0F5A, Response.INVALID_OPERAND)


def test_stop_cancels_boluses_and_owes_nothing() -> None:
    made = talk(rate="1")
    made.ask(COMMAND, bolus(5.0))
    made.pass_to(seconds(9))
    made.ask(COMMAND, ids.SetTherapyControlState(STOP))
    delivered = pump_of(made).parts.reservoir.delivered
    made.pass_to(hours(5))
    assert pump_of(made).parts.reservoir.delivered == delivered
    assert made.ask(COMMAND, bolus(1.0)) == CommandResponseCode(0x114B, Response.PROCEDURE_NOT_APPLICABLE)
    assert made.ask(READER, ids.GetActiveBasalRateDelivery()).code is Response.PROCEDURE_NOT_APPLICABLE
    made.ask(COMMAND, ids.SetTherapyControlState(RUN))
    made.pass_to(made.now + minutes(6))
    assert pump_of(made).parts.reservoir.delivered - delivered <= 3 * PROFILE.pulse


def test_a_pause_is_made_up_for() -> None:
    made = talk(rate="1")
    made.pass_to(hours(1))
    made.ask(COMMAND, ids.SetTherapyControlState(PAUSE))
    made.pass_to(hours(1) + minutes(12))
    assert pump_of(made).parts.reservoir.delivered == units(1)
    made.ask(COMMAND, ids.SetTherapyControlState(RUN))
    made.pass_to(hours(2))
    assert pump_of(made).parts.reservoir.delivered == units(2)


@conforms("IDS-134")
def test_an_empty_reservoir_ends_everything_and_says_so() -> None:
    made = talk(reservoir=units("1.02"))
    made.subscribe(ids.ANNUNCIATION_STATUS)
    made.ask(COMMAND, bolus(5.0))
    made.pass_to(minutes(5))
    pump = pump_of(made)
    assert (pump.parts.reservoir.delivered, pump.parts.reservoir.remaining) == (units(1), units("0.02"))
    status = made.read(ids.STATUS)
    assert (status.therapy_control_state, status.operational_state) == (STOP, ids.OperationalState.WAITING)
    shown = made.read(ids.ANNUNCIATION_STATUS).annunciation
    assert (shown.type, shown.status) == (AnnunciationType.RESERVOIR_EMPTY, AnnunciationStatus.PENDING)
    assert events(made, ids.BolusDelivered1Of2) == [ids.BolusDelivered1Of2(1, BolusType.FAST, 1.0, 0.0, 0)]
    (how,) = events(made, ids.BolusDelivered2Of2)
    assert how == ids.BolusDelivered2Of2(0, None, BolusEndReason.ERROR_ABORT, shown.instance_id)
    refused = made.ask(COMMAND, ids.SetTherapyControlState(RUN))
    assert refused == CommandResponseCode(0x0F5A, Response.PROCEDURE_NOT_APPLICABLE)


def test_totals_count_the_day_and_start_anew_at_midnight() -> None:
    made = talk(rate="1")
    made.pass_to(hours(2))
    made.ask(COMMAND, bolus(3.0))
    made.pass_to(hours(15))
    total = made.ask(READER, ids.GetTotalDailyInsulinStatus())
    assert total == ids.GetTotalDailyInsulinStatusResponse(3.0, 15.0, 18.0)
    made.pass_to(hours(17))
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()) == ids.GetTotalDailyInsulinStatusResponse(0.0, 1.0, 1.0)
    assert made.ask(READER, ids.GetDeliveredInsulin()) == ids.GetDeliveredInsulinResponse(3.0, 17.0)
    assert events(made, ids.TotalDailyInsulinDelivery) == [ids.TotalDailyInsulinDelivery(3.0, 16.0, 2026, 1, 1)]


# Telling


def test_status_changed_latches_until_it_is_reset_and_is_told_when_a_bit_rises() -> None:
    made = talk()
    made.subscribe(ids.STATUS_CHANGED)
    everything = StatusFlag((1 << 8) - 1)
    assert made.ask(READER, ids.ResetStatus(everything)) == StatusReaderResponseCode(0x030C, Response.SUCCESS)
    assert made.read(ids.STATUS_CHANGED) == ids.StatusChanged(StatusFlag(0))
    made.ask(COMMAND, bolus(0.05))
    risen = StatusFlag.ACTIVE_BOLUS | StatusFlag.HISTORY_EVENT_RECORDED
    told = [made.e2e.open(ids.STATUS_CHANGED, value).changed for value in made.heard(ids.STATUS_CHANGED)]
    assert told == [risen]
    made.pass_to(seconds(3))
    told = [made.e2e.open(ids.STATUS_CHANGED, value).changed for value in made.heard(ids.STATUS_CHANGED)]
    assert told == [risen | StatusFlag.RESERVOIR | StatusFlag.TOTAL_DAILY_INSULIN]
    made.ask(READER, ids.ResetStatus(StatusFlag.RESERVOIR))
    assert made.read(ids.STATUS_CHANGED).changed == risen | StatusFlag.TOTAL_DAILY_INSULIN


def test_an_annunciation_is_shown_snoozed_and_confirmed() -> None:
    made = talk(reservoir=units("20.1"))
    made.subscribe(ids.ANNUNCIATION_STATUS)
    made.ask(COMMAND, bolus(0.2))
    made.pass_to(minutes(1))
    (told,) = made.heard(ids.ANNUNCIATION_STATUS)
    shown = made.e2e.open(ids.ANNUNCIATION_STATUS, told).annunciation
    assert shown == ids.Annunciation(1, AnnunciationType.RESERVOIR_LOW, AnnunciationStatus.PENDING)
    assert made.ask(COMMAND, ids.SnoozeAnnunciation(1)) == ids.SnoozeAnnunciationResponse(1)
    assert made.read(ids.ANNUNCIATION_STATUS).annunciation.status is AnnunciationStatus.SNOOZED
    made.pass_to(made.now + PROFILE.snooze)
    assert made.read(ids.ANNUNCIATION_STATUS).annunciation.status is AnnunciationStatus.PENDING
    assert made.ask(COMMAND, ids.ConfirmAnnunciation(1)) == ids.ConfirmAnnunciationResponse(1)
    assert made.read(ids.ANNUNCIATION_STATUS) == ids.AnnunciationStatusValue()
    for operation, opcode in ((ids.SnoozeAnnunciation(1), 0x0F69), (ids.ConfirmAnnunciation(9), 0x0F99)):
        assert made.ask(COMMAND, operation) == CommandResponseCode(opcode, Response.PROCEDURE_NOT_APPLICABLE)
    statuses = [e.annunciation.status for e in events(made, ids.AnnunciationStatusChanged1Of2)]  # type: ignore[attr-defined]
    pending, snoozed, confirmed = AnnunciationStatus.PENDING, AnnunciationStatus.SNOOZED, AnnunciationStatus.CONFIRMED
    assert statuses == [pending, snoozed, pending, confirmed]


# Protection


@conforms("IDS-20")
def test_every_value_is_counted_from_1_on_each_connection() -> None:
    made = talk()
    for link in ("test#2", "test#3"):
        other = Talk(made.device, ids.SERVICE, link=link)
        for _ in range(300):
            other.read(ids.STATUS)
        assert other.e2e.missed == 0


@conforms("IDS-22")
@pytest.mark.parametrize(
    ("counters", "accepted"),
    [([1], True), ([2], False), ([0], False), ([1, 2], True), ([1, 1], False), ([1, 3], False)],
)
def test_a_clients_counter_must_be_the_next_one(counters: list[int], accepted: bool) -> None:
    made = talk()
    *first, last = counters
    for counter in first:
        made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=counter))
    value = READER.encode(ids.GetActiveBolusIds(), protected=True, counter=last)
    if accepted:
        made.write_octets(READER, value)
        return
    with pytest.raises(Refused) as refused:
        made.write_octets(READER, value)
    assert refused.value.code is IdsErrorCode.INVALID_COUNTER


@pytest.mark.parametrize("counter", [2, 3])
def test_after_a_refused_write_counting_it_or_not_is_accepted(counter: int) -> None:
    made = talk()
    made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=1))
    with pytest.raises(Refused) as refused:
        made.write_octets(READER, b"\x30\x03\x02\x00\x00")
    assert refused.value.code is IdsErrorCode.INVALID_CRC
    made.write_octets(READER, READER.encode(ids.GetActiveBolusIds(), protected=True, counter=counter))


@conforms("IDS-23")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("30", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        ("30 03", IdsErrorCode.INVALID_COUNTER),
        ("30 03 01", IdsErrorCode.INVALID_COUNTER),
        ("30 03 01 00 00", IdsErrorCode.INVALID_CRC),
        ("0C 03 FF 00 01 00 00", IdsErrorCode.INVALID_CRC),
    ],
)
def test_a_write_without_its_trailer_is_refused(octets: str, code: ErrorCode) -> None:
    made = talk()
    flags = made.read(ids.STATUS_CHANGED).changed
    with pytest.raises(Refused) as refused:
        made.write_octets(READER, bytes.fromhex(octets))
    assert refused.value.code is code
    assert made.heard(READER) == []
    assert made.read(ids.STATUS_CHANGED).changed == flags, "nothing was done"


@conforms("IDS-23")
@pytest.mark.parametrize(
    ("point", "payload"),
    [
        (READER, "30 03"),
        (READER, "0C 03 06 00"),
        (COMMAND, "66 0F"),
        (COMMAND, "5A 0F 33"),
        (RACP, "33"),
        (RACP, "33 33"),
    ],
)
def test_a_write_with_a_crc_but_no_counter_lacks_its_counter(point: Characteristic, payload: str) -> None:
    made = talk()
    made.ask(COMMAND, ids.SetTherapyControlState(STOP))
    flags = made.read(ids.STATUS_CHANGED).changed
    with pytest.raises(Refused) as refused:
        made.write_octets(point, with_crc(bytes.fromhex(payload)))
    assert refused.value.code is IdsErrorCode.INVALID_COUNTER
    assert made.read(ids.STATUS_CHANGED).changed == flags, "nothing was done"


# Procedures


@conforms("IDS-46")
def test_one_procedure_at_a_time_over_all_control_points_but_an_abort() -> None:
    made = talk()
    made.confirms = False
    made.write(READER, ids.GetActiveBolusIds())
    for point, operation in (
        (READER, ids.GetActiveBolusIds()),
        (COMMAND, bolus(1.0)),
        (RACP, Request(Operation.COUNT, Selection(Operator.ALL))),
    ):
        with pytest.raises(Refused) as refused:
            made.write(point, operation)
        assert refused.value.code is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    made.write_octets(RACP, RACP.encode(Request(Operation.ABORT), protected=True, counter=1))
    assert pump_of(made).parts.boluses.active == {}
    made.pass_to(seconds(31))
    made.write_octets(COMMAND, COMMAND.encode(bolus(1.0), protected=True, counter=1))


@conforms("IDS-45")
def test_control_points_need_their_own_indications_and_a_report_the_history() -> None:
    made = talk(BARE)
    bare = Talk(made.device, ids.SERVICE, protected=False, link="test#2")
    for point, octets in ((READER, "30 03"), (COMMAND, "88 11"), (COMMAND, "5A 0F 33"), (RACP, "5A 33")):
        with pytest.raises(Refused) as refused:
            bare.write_octets(point, bytes.fromhex(octets))
        assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    assert made.read(ids.STATUS).therapy_control_state is RUN, "nothing was done"
    bare.subscribe(RACP)
    with pytest.raises(Refused) as refused:
        bare.write_octets(RACP, bytes.fromhex("33 33"))
    assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    bare.write_octets(RACP, bytes.fromhex("5A 33"))
    assert len(bare.heard(RACP)) == 1


@conforms("IDS-47", "IDS-48")
@pytest.mark.parametrize(
    ("point", "octets", "answer"),
    [
        (READER, "0D 03", "03 03 0D 03 70"),
        (READER, "F3 03 00", "03 03 F3 03 71"),
        (READER, "03 03 30 03 0F", "03 03 03 03 70"),
        (READER, "30 03 00", "03 03 30 03 71"),
        (READER, "56 03 01 00 34", "03 03 56 03 71"),
        (COMMAND, "FF 0F 04 33 00 00 0A 00", "55 0F FF 0F 74"),
        (COMMAND, "5A 0F 34", "55 0F 5A 0F 71"),
        (COMMAND, "4B 11 00 33", "55 0F 4B 11 71"),
        (RACP, "01 01", "0F 0F 01 02"),
        (RACP, "33 0F", "0F 0F 33 03"),
        (RACP, "33 96", "0F 0F 33 04"),
        (RACP, "33 5A 0F 05 00 00 00 01 00 00 00", "0F 0F 33 05"),
        (RACP, "33 55 55 00 00 00 00", "0F 0F 33 09"),
        (RACP, "33 55 0F FF 00 00 00", "0F 0F 33 06"),
        (RACP, "3C 55 0F FF 00 00 00", "0F 0F 3C 06"),
        (RACP, "55 0F", "0F 0F 55 F0"),
    ],
)
def test_a_wrong_operation_is_answered_with_its_code(point: object, octets: str, answer: str) -> None:
    made = talk(BARE)
    made.write_octets(point, bytes.fromhex(octets))  # type: ignore[arg-type]  # one of ours
    made.pass_to(seconds(1))
    assert [value.hex(" ").upper() for _, value in made.told] == [answer]


# History


def test_history_is_numbered_counted_and_chosen() -> None:
    made = talk(rate="1")
    made.pass_to(hours(5))
    everything = history(made)
    assert [record.sequence_number for record in everything] == list(range(len(everything)))
    assert history(made, Operator.AT_LEAST, 3) == everything[3:]
    assert history(made, Operator.LAST) == everything[-1:]
    references = history(made, Operator.AT_LEAST, 0, IdsFilter.SEQUENCE_NUMBER_OF_REFERENCE_TIME)
    assert [type(record.event) for record in references] == [ids.ReferenceTime] * 6
    others = history(made, Operator.AT_LEAST, 0, IdsFilter.SEQUENCE_NUMBER_OF_OTHER_EVENTS)
    assert sorted(references + others, key=lambda record: record.sequence_number) == everything
    assert made.ask(RACP, Request(Operation.COUNT, Selection(Operator.ALL))) == CountResponse(len(everything))


def test_an_abort_stops_a_transfer_and_is_the_only_answer() -> None:
    made = talk(rate="1")
    made.pass_to(days(3))
    made.write(RACP, Request(Operation.REPORT, Selection(Operator.ALL)))
    made.pass_to(made.now + 100)
    assert 0 < len(made.heard(HISTORY)) < 50
    made.write(RACP, Request(Operation.ABORT))
    made.pass_to(made.now + minutes(1))
    (answer,) = made.heard(RACP)
    assert made.e2e.open(RACP, answer) == RacpResponse(IDS.opcodes[Operation.ABORT], Outcome.SUCCESS)
    assert made.heard(HISTORY) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([READER, COMMAND, RACP]), st.binary(max_size=17), st.integers(0, 200_000)), max_size=12)
)
def test_no_octets_in_any_state_break_the_pump_or_lose_insulin(conversation: list[tuple[object, bytes, int]]) -> None:
    made = talk(BARE, rate="1.3", reservoir=units(3))
    for point, octets, span in conversation:
        with suppress(Refused):  # an ATT error is an answer
            made.write_octets(point, octets)  # type: ignore[arg-type]  # one of ours
        made.pass_to(made.now + span)
    for characteristic in (ids.STATUS, ids.STATUS_CHANGED, ids.ANNUNCIATION_STATUS, ids.FEATURES):
        made.read(characteristic)
    pump = pump_of(made)
    assert pump.parts.reservoir.delivered + pump.parts.reservoir.remaining == units(3)
