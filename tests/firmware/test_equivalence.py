"""One device, three ways: in Python, as a program of this machine, on a Cortex-M under QEMU. Each test runs on all of them; on
firmware every answer is besides held, octet for octet, to what the emulator says to the same at the same virtual time.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import product
from typing import Any, TypeAlias

import pytest

from isletbench.emulator.core.quantities import days, hours, minutes, seconds
from isletbench.protocols import cgms, companions, frames, ids, racp
from isletbench.protocols.att import AttCode, Cccd, Property
from isletbench.protocols.cgms import Annunciation, CgmErrorCode, OpsResponse, ResponseCode, SampleLocation, SampleType
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import split_records, with_crc
from isletbench.protocols.fields import DstOffset, Special
from isletbench.protocols.frames import Frame, FrameType, LinkError, encode_frame
from isletbench.protocols.ids import BolusActivation, BolusType, IdsErrorCode, TbrType
from isletbench.protocols.packet import decode, encode
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Operator, Outcome, Request, Response, Selection
from tests.firmware.talking import Client, attempt

MEASUREMENT, RACP, SOCP = cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT
REPORT = GENERIC.opcodes[Operation.REPORT]
Some: TypeAlias = Callable[[Iterable[Any], int], list[Any]]


# --- the link, on both devices -------------------------------------------------------------------------------------


def readable(client: Client) -> list[int]:
    return [entry.handle for entry in client.link.table.values() if entry.properties & Property.READ]


def test_it_says_who_it_is_and_what_it_has(device: Client) -> None:
    hello = decode(frames.HelloResponse, device.hello.content)
    kind = "cgm" if device.service == cgms.SERVICE else "pump"
    assert (hello.version, hello.max_value, hello.name) == (1, 512, kind)
    mine = {cgms.SERVICE: cgms.CHARACTERISTICS, ids.SERVICE: ids.CHARACTERISTICS}[device.service]
    assert [key.uuid for key in device.link.table if key.service == device.service] == [c.uuid for c in mine]
    assert decode(companions.Text, device.read_octets(companions.SERIAL_NUMBER, companions.DEVICE_INFORMATION)).text == kind


def test_every_value_can_be_read_or_is_refused_as_the_properties_say(device: Client) -> None:
    for instant in (0, minutes(7), hours(3)):
        device.pass_to(instant)
        for handle in range(device.link.table[max(device.link.table, key=lambda k: device.link.table[k].handle)].handle + 4):
            answer = device.exchange(device.link.request(FrameType.READ, handle))
            assert answer.type == FrameType.READ_RSP
            if handle in readable(device):
                assert answer.content[0] == AttCode.SUCCESS
                assert len(answer.content) > 1


def test_every_subscription_is_taken_or_refused_as_the_properties_say(device: Client) -> None:
    for entry in device.link.table.values():
        for wanted in range(5):
            answer = device.exchange(device.link.request(FrameType.SUBSCRIBE, entry.handle, wanted.to_bytes(2, "little")))
            offered = {0} | ({1} if entry.properties & Property.NOTIFY else set())
            offered |= {2} if entry.properties & Property.INDICATE else set()
            assert (answer.content[0] == AttCode.SUCCESS) == (entry.cccd != 0 and wanted in offered)
        if entry.cccd:
            for request in (
                device.link.request(FrameType.READ, entry.cccd),
                device.link.request(FrameType.WRITE, entry.cccd, b"\0"),
                device.link.request(FrameType.WRITE, entry.cccd, b"\0\0"),
                device.link.request(FrameType.READ, entry.cccd),
            ):
                device.exchange(request)


def test_every_handle_can_be_written_to(device: Client, some: Some) -> None:
    for length, handle in [*some(product((0, 1, 2, 10, 19), range(60)), 59), *some(product((100, 512), range(60)), 3)]:
        status = device.exchange(device.link.request(FrameType.WRITE, handle, bytes(length))).content[0]
        assert status != AttCode.UNLIKELY_ERROR
        device.send(encode_frame(device.link.request(FrameType.WRITE_CMD, handle, bytes(length))))


SENSELESS = [
    (0x55, b"", LinkError.UNKNOWN_TYPE),
    (0x00, b"\0", LinkError.UNKNOWN_TYPE),
    (FrameType.SUBSCRIBE, b"\x01", LinkError.MALFORMED),
    (FrameType.SUBSCRIBE, b"\x01\x00\x00", LinkError.MALFORMED),
    (FrameType.READ, b"\x00", LinkError.MALFORMED),
    (FrameType.TABLE, b"\x00", LinkError.MALFORMED),
    (FrameType.WRITE, bytes(frames.MAX_VALUE + 1), LinkError.MALFORMED),
    (FrameType.HELLO, b"", LinkError.MALFORMED),
]


def test_an_intact_frame_without_sense_gets_an_error(device: Client) -> None:
    for kind, content, code in SENSELESS:
        (answer,) = device.send(encode_frame(Frame(kind, 77, 3, content)))
        assert (answer.type, answer.seq, answer.handle) == (FrameType.ERROR, 77, 3)
        assert decode(frames.Error, answer.content) == frames.Error(code, kind)


def test_nothing_is_done_before_hello(cgm: Client) -> None:
    """The fixture's own connection is ended by one that fails."""
    for kind in FrameType:
        cgm.send(encode_frame(Frame(kind, 9, 3, b"\x01\0")))
    assert cgm.exchange(cgm.link.hello()).type == FrameType.HELLO_RSP


def test_a_repeated_request_is_answered_again_and_done_once(cgm: Client) -> None:
    cgm.subscribe(SOCP)
    cgm.confirms = False
    write = cgm.link.request(FrameType.WRITE, cgm.handle(SOCP), cgm.e2e.seal(SOCP, cgms.GetCommunicationInterval()))
    first = cgm.send(encode_frame(write))
    assert cgm.send(encode_frame(write)) == first
    assert len(cgm.heard(SOCP)) == 1


def test_octets_arrive_in_any_pieces_and_damage_is_never_answered(device: Client) -> None:
    read = device.link.request(FrameType.READ, 3)
    wire = encode_frame(read)
    assert [device.send(piece.to_bytes(1, "little")) for piece in wire[:-1]] == [[]] * (len(wire) - 1)
    answered = device.send(wire)
    assert [frame.type for frame in answered] == [FrameType.READ_RSP]
    for place in range(len(wire) - 1):
        for bit in range(8):
            bent = bytearray(encode_frame(device.link.request(FrameType.READ, 3)))
            bent[place] ^= 1 << bit
            assert device.send(bytes(bent)) == []


def test_a_frame_without_end_is_dropped_and_the_next_one_is_heard(device: Client, some: Some) -> None:
    for filler in some((b"\x01", b"\x02", b"\x55", b"\xff"), 2):
        assert device.send(filler * 700) == []
        assert device.send(b"\0" + encode_frame(device.link.request(FrameType.READ, 3)))[-1].type == FrameType.READ_RSP


# --- the CGM -------------------------------------------------------------------------------------------------------


def ops(client: Client, operation: object) -> object:
    """What the specific ops control point says to an operation; or the ATT error."""
    return attempt(client.ask, SOCP, operation)


def records(client: Client) -> list[cgms.Measurement]:
    """The measurements told since this was asked last."""
    values = [record for value in client.heard(MEASUREMENT) for record in split_records(value)]
    return [MEASUREMENT.decode(record, protected=client.protected) for record in values]


@pytest.fixture
def listening(cgm: Client) -> Client:
    """A client that wants to be told everything."""
    cgm.subscribe(MEASUREMENT, RACP, SOCP)
    return cgm


def test_a_reading_comes_every_five_minutes(listening: Client) -> None:
    for minute in range(0, 60, 5):
        listening.pass_to(minutes(minute) + 1, mg_dl=100 + minute)
    told = records(listening)
    assert [record.time_offset for record in told] == list(range(5, 60, 5))  # the first was taken before anybody listened
    assert told[-1].glucose == 155.0
    assert told[-1].trend == 1.0
    assert told[-1].quality == 95.0


def test_what_it_sees_is_what_it_says_from_end_to_end_of_its_range(listening: Client) -> None:
    seen = [1, 39, 40, 41, 54, 55, 69, 70, 71, 180, 181, 250, 251, 399, 400, 401, 500, 600, 1_000, 2_000, 5_000, 10_000, 32_767]
    for number, mg_dl in enumerate(seen):
        listening.pass_to(minutes(5 * (number + 1)), mg_dl=mg_dl)
        listening.read(cgms.STATUS)
    told = {record.time_offset // 5 - 1: record for record in records(listening)}
    for number, mg_dl in enumerate(seen):
        record = told[number]
        assert record.glucose == min(max(mg_dl, 40), 400)
        assert (Annunciation.RESULT_LOWER_THAN_PROCESSABLE in record.annunciation) == (mg_dl < 40)
        assert (Annunciation.LOWER_THAN_HYPO in record.annunciation) == (mg_dl < 54)
        assert (Annunciation.HIGHER_THAN_PATIENT_HIGH in record.annunciation) == (mg_dl > 180)


def test_it_warns_of_fast_changes_and_of_levels_that_were_set(listening: Client) -> None:
    assert ops(listening, cgms.SetPatientHighAlertLevel(120.0)) == ResponseCode(0x07, OpsResponse.SUCCESS)
    assert ops(listening, cgms.GetPatientHighAlertLevel()) == cgms.PatientHighAlertLevelResponse(120.0)
    for number, mg_dl in enumerate([100, 110, 121, 150, 200, 120, 60, 60, 60, 65]):
        listening.pass_to(minutes(5 * (number + 1)), mg_dl=mg_dl)
    said = {record.time_offset: record.annunciation for record in records(listening)}
    assert Annunciation.HIGHER_THAN_PATIENT_HIGH in said[15]
    assert Annunciation.RATE_OF_INCREASE_EXCEEDED in said[25]
    assert Annunciation.RATE_OF_DECREASE_EXCEEDED in said[35]
    assert not said[50] & Annunciation.RATE_OF_DECREASE_EXCEEDED


LEVELS: list[Callable[[float | Special], object]] = [
    cgms.SetPatientHighAlertLevel,
    cgms.SetPatientLowAlertLevel,
    cgms.SetHypoAlertLevel,
    cgms.SetHyperAlertLevel,
    cgms.SetRateOfDecreaseAlertLevel,
    cgms.SetRateOfIncreaseAlertLevel,
]


def test_alert_levels_are_taken_within_their_range_and_given_back(listening: Client, some: Some) -> None:
    levels = (-21.0, -20.0, -3.5, 0.0, 2.5, 19.9, 20.0, 20.1, 70.25, 500.0, 501.0, 20450.0, *Special)
    for operation, level in some(product(LEVELS, levels), 41):
        code = ops(listening, operation(level))
        assert isinstance(code, ResponseCode)
        assert code.code in {OpsResponse.SUCCESS, OpsResponse.PARAMETER_OUT_OF_RANGE}
    for getter in (op for op in cgms.SPECIFIC_OPS.operations.values() if op.__name__.startswith("Get")):
        if getter is not cgms.GetGlucoseCalibrationValue:
            assert not isinstance(ops(listening, getter()), ResponseCode)


def test_every_op_code_is_answered(listening: Client, some: Some) -> None:
    operands = (b"", b"\x05", b"\x05\x00", bytes(10), bytes(11), b"\xff\xff")
    known = set(cgms.SPECIFIC_OPS.operations) - {0x1A, 0x1B}  # starting and stopping have a test of their own
    unknown = set(range(256)) - set(cgms.SPECIFIC_OPS.operations)
    for code, operand in some(product(sorted(known), operands), 60) + some(product(sorted(unknown), operands), 20):
        answer = attempt(listening.ask_octets, SOCP, with_crc(bytes([code]) + operand))
        assert isinstance(answer, bytes) or answer in {CgmErrorCode.MISSING_CRC, CgmErrorCode.INVALID_CRC}


def test_without_its_crc_an_operation_is_refused(listening: Client) -> None:
    for value, code in (
        (b"", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (b"\x02", CgmErrorCode.MISSING_CRC),
        (b"\x01\x05", CgmErrorCode.MISSING_CRC),
        (b"\x02\x00\x00", CgmErrorCode.INVALID_CRC),
        (b"\x01\x05\x00\x00", CgmErrorCode.INVALID_CRC),
    ):
        assert attempt(listening.ask_octets, SOCP, value) is code


def test_the_interval_is_kept(listening: Client) -> None:
    for interval in (0, 1, 4, 5, 6, 10, 15, 254, 255):
        ops(listening, cgms.SetCommunicationInterval(interval))
        ops(listening, cgms.GetCommunicationInterval())
        listening.wait(minutes(21))
    assert ops(listening, cgms.SetCommunicationInterval(15)) == ResponseCode(0x01, OpsResponse.SUCCESS)
    listening.heard(MEASUREMENT)
    listening.wait(minutes(15))
    assert len(listening.heard(MEASUREMENT)) == 1, "three readings in one round"


def test_a_session_stops_and_starts_anew(listening: Client) -> None:
    listening.wait(minutes(12))
    assert ops(listening, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.PROCEDURE_NOT_COMPLETED)
    assert ops(listening, cgms.StopSession()) == ResponseCode(0x1B, OpsResponse.SUCCESS)
    assert ops(listening, cgms.StopSession()) == ResponseCode(0x1B, OpsResponse.OPCODE_NOT_SUPPORTED)
    status = listening.read(cgms.STATUS)
    assert status.time_offset == 12
    assert Annunciation.SESSION_STOPPED in status.annunciation
    listening.heard(MEASUREMENT)
    listening.wait(minutes(30))
    assert listening.heard(MEASUREMENT) == []
    assert listening.read(cgms.STATUS).time_offset == 12
    assert ops(listening, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.SUCCESS)
    listening.wait(minutes(6))
    assert [record.time_offset for record in records(listening)][-1] == 5


def test_a_session_begun_anew_at_once_tells_its_first_reading(listening: Client) -> None:
    ops(listening, cgms.StopSession())
    assert listening.told == []
    ops(listening, cgms.StartSession())
    assert [record.time_offset for record in records(listening)] == [0]


@pytest.mark.slow
def test_a_session_ends_by_itself(listening: Client) -> None:
    life = listening.read(cgms.SESSION_RUN_TIME).run_time
    listening.heard(MEASUREMENT)
    listening.told.clear()
    listening.pass_to(hours(life) - minutes(1))
    assert Annunciation.SESSION_STOPPED not in listening.read(cgms.STATUS).annunciation
    listening.wait(minutes(2))
    assert Annunciation.SESSION_STOPPED in listening.read(cgms.STATUS).annunciation
    listening.told.clear()
    listening.wait(hours(1))
    assert listening.told == []


@pytest.mark.parametrize("zone", [None, -48, 56])
def test_the_session_s_start_follows_from_the_client_s_time(listening: Client, zone: int | None) -> None:
    unknown = listening.read(cgms.SESSION_START_TIME)
    assert unknown.time == DateTime(0, 0, 0, 0, 0, 0)
    assert Annunciation.TIME_SYNCHRONIZATION_REQUIRED in listening.read(cgms.STATUS).annunciation
    listening.wait(hours(2) + 900)
    now = DateTime.of(datetime(2024, 3, 1, 1, 30, 5))  # noqa: DTZ001  # a device's calendar has no zone
    listening.write(cgms.SESSION_START_TIME, cgms.SessionStartTime(now, zone, DstOffset.STANDARD))
    found = listening.read(cgms.SESSION_START_TIME)
    assert (found.time_zone, found.time.year, found.time.month, found.time.day) == (zone, 2024, 2, 29)
    assert Annunciation.TIME_SYNCHRONIZATION_REQUIRED not in listening.read(cgms.STATUS).annunciation


def test_a_time_that_cannot_be_is_refused(listening: Client, some: Some) -> None:
    right = encode(cgms.SessionStartTime(DateTime(2024, 2, 29, 23, 59, 59), 4, DstOffset.STANDARD))
    taken = set()
    octets = (0, 1, 2, 3, 12, 13, 29, 30, 31, 32, 59, 60, 127, 128, 200, 255)
    for place, octet in some(product(range(len(right)), octets), 41):
        bent = bytearray(right)
        bent[place] = octet
        taken.add(attempt(listening.write_octets, cgms.SESSION_START_TIME, with_crc(bytes(bent))))
        listening.read_octets(cgms.SESSION_START_TIME)
    for value, code in (
        (right, CgmErrorCode.MISSING_CRC),
        (right + b"\0\0", CgmErrorCode.INVALID_CRC),
        (with_crc(right[:-1]), AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (with_crc(right + b"\0"), AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
    ):
        assert attempt(listening.write_octets, cgms.SESSION_START_TIME, value) is code
    assert taken == {None, AttCode.OUT_OF_RANGE}


def chosen(operator: Operator, low: int | None = None, high: int | None = None) -> Selection:
    return Selection(operator, 1 if low is not None or high is not None else None, low, high)


SELECTIONS = [
    chosen(Operator.ALL),
    chosen(Operator.FIRST),
    chosen(Operator.LAST),
    chosen(Operator.AT_MOST, high=10),
    chosen(Operator.AT_LEAST, low=10),
    chosen(Operator.WITHIN, 5, 15),
    chosen(Operator.WITHIN, 6, 9),
    chosen(Operator.AT_LEAST, low=0xFFFF),
]


def test_records_are_counted_and_reported(listening: Client) -> None:
    listening.wait(minutes(32))
    listening.heard(MEASUREMENT)
    for selection in SELECTIONS:
        count = GENERIC.decode_answer(listening.ask_octets(RACP, GENERIC.encode(Request(Operation.COUNT, selection))))
        assert isinstance(count, CountResponse)
        listening.write_octets(RACP, GENERIC.encode(Request(Operation.REPORT, selection)))
        listening.wait(seconds(1))
        outcome = Outcome.SUCCESS if count.count else Outcome.NO_RECORDS_FOUND
        assert [GENERIC.decode_answer(value) for value in listening.heard(RACP)] == [Response(REPORT, outcome)]
        reported = [record.time_offset for record in records(listening)]
        assert len(reported) == count.count
        assert all(selection.holds(offset) for offset in reported)


def test_every_request_for_records_is_answered(listening: Client, some: Some) -> None:
    listening.wait(minutes(20))
    operands = [bytes.fromhex(operand) for operand in ("", "01", "02", "01 05", "01 0500", "01 0500 0a00", "01 0a00 0500")]
    for code, operator, operand in some(product((*range(9), 0xFF), (*range(9), 0xFF), operands), 101):
        if code == 2 and not operand:
            continue  # deleting has a test of its own
        attempt(listening.write_octets, RACP, bytes([code, operator]) + operand)
        listening.wait(100)
        assert len(listening.heard(RACP)) == 1
    assert attempt(listening.write_octets, RACP, b"") is AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH
    for code in range(8):
        attempt(listening.write_octets, RACP, bytes([code]))
        listening.wait(100)


def test_records_are_deleted(listening: Client) -> None:
    listening.wait(minutes(40))
    for selection in (chosen(Operator.FIRST), chosen(Operator.WITHIN, 10, 20), chosen(Operator.LAST), chosen(Operator.ALL)):
        listening.ask_octets(RACP, GENERIC.encode(Request(Operation.DELETE, selection)))
        listening.ask_octets(RACP, GENERIC.encode(Request(Operation.COUNT, chosen(Operator.ALL))))
    left = listening.ask_octets(RACP, GENERIC.encode(Request(Operation.COUNT, chosen(Operator.ALL))))
    assert GENERIC.decode_answer(left) == CountResponse(0)


def test_a_report_goes_on_in_steps_and_can_be_aborted(listening: Client) -> None:
    listening.wait(hours(48))
    listening.told.clear()
    listening.write_octets(RACP, GENERIC.encode(Request(Operation.REPORT, chosen(Operator.ALL))))
    listening.wait(20)
    assert attempt(listening.write_octets, RACP, b"\x04\x01") is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    begun = len(records(listening))
    assert begun > 0
    aborted = listening.ask_octets(RACP, GENERIC.encode(Request(Operation.ABORT)))
    assert GENERIC.decode_answer(aborted) == Response(GENERIC.opcodes[Operation.ABORT], Outcome.SUCCESS)
    listening.wait(seconds(30))
    assert listening.told == []
    listening.write_octets(RACP, GENERIC.encode(Request(Operation.REPORT, chosen(Operator.ALL))))
    listening.wait(seconds(60))
    assert GENERIC.decode_answer(listening.heard(RACP)[0]) == Response(REPORT, Outcome.SUCCESS)
    assert len(records(listening)) > begun


def test_who_has_not_subscribed_is_refused_and_told_nothing(cgm: Client) -> None:
    assert attempt(cgm.write_octets, RACP, b"\x04\x01") is AttCode.CCCD_IMPROPERLY_CONFIGURED
    assert attempt(cgm.write_octets, SOCP, with_crc(b"\x02")) is AttCode.CCCD_IMPROPERLY_CONFIGURED
    cgm.subscribe(RACP)
    assert attempt(cgm.write_octets, RACP, b"\x01\x01") is AttCode.CCCD_IMPROPERLY_CONFIGURED
    cgm.wait(hours(1))
    assert cgm.told == []
    cgm.subscribe(MEASUREMENT)
    cgm.wait(minutes(5))
    cgm.subscribe(MEASUREMENT, cccd=Cccd.OFF)
    assert len(cgm.heard(MEASUREMENT)) > 0
    cgm.wait(minutes(15))
    cgm.connect()
    cgm.wait(minutes(15))
    assert cgm.told == []


def test_an_indication_that_nobody_confirms_ends_its_procedure_after_30_s(listening: Client) -> None:
    listening.confirms = False
    ask = cgms.GetCommunicationInterval()
    listening.ask(SOCP, ask)
    assert ops(listening, ask) is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    assert attempt(listening.write_octets, RACP, b"\x04\x01") is None
    listening.wait(seconds(29))
    assert ops(listening, ask) is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    listening.wait(seconds(2))
    listening.told.clear()
    listening.write(SOCP, ask)
    listening.confirm()
    listening.wait(minutes(12))
    listening.connect()
    listening.subscribe(MEASUREMENT, RACP, SOCP)
    listening.confirms = True
    assert ops(listening, ask) == cgms.CommunicationIntervalResponse(5)


def test_calibrations_are_taken_or_refused(listening: Client) -> None:
    origin = (SampleType.CAPILLARY_PLASMA, SampleLocation.FINGER)
    listening.wait(minutes(31))
    for glucose, time in ((100.0, 31), (100.0, 32), (39.0, 30), (110.0, 30), (115.0, 20)):
        ops(
            listening,
            cgms.SetGlucoseCalibrationValue(cgms.Calibration(glucose, time, origin, 0xFFFF, 0, cgms.CalibrationStatus(0))),
        )
        for number in (0, 1, 2, 0xFFFF):
            ops(listening, cgms.GetGlucoseCalibrationValue(number))
        listening.wait(minutes(6))
        listening.read(cgms.STATUS)


@pytest.mark.parametrize("span", [days(1), pytest.param(days(13), marks=pytest.mark.slow)], ids=["a day", "13 days"])
def test_it_goes_on_for_days(listening: Client, span: int) -> None:
    """As many readings as there are slots; the reminder of the end; the same status all the way."""
    for step in range(8):
        listening.pass_to(span * (step + 1) // 8, mg_dl=80 + step)
        listening.read(cgms.STATUS)
        listening.read_octets(companions.BATTERY_LEVEL, companions.BATTERY)
        listening.read_octets(companions.TIME, companions.CURRENT_TIME)
    assert len(records(listening)) == span // minutes(5)


# --- the pump ------------------------------------------------------------------------------------------------------


READER, COMMAND, HISTORY = ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.HISTORY_DATA
POINTS = (READER, COMMAND, ids.COMMAND_DATA_VALUE, ids.RECORD_ACCESS, HISTORY)
RUN, PAUSE, STOP = ids.TherapyControlState.RUN, ids.TherapyControlState.PAUSE, ids.TherapyControlState.STOP
IDS_REPORT = racp.IDS.opcodes[Operation.REPORT]


@pytest.fixture
def user(pump: Client) -> Client:
    """A client that wants to hear the answers of the control points."""
    pump.subscribe(*POINTS)
    return pump


def command(client: Client, operation: object) -> object:
    """What the pump answers; or the ATT error."""
    return attempt(client.ask, COMMAND, operation)


def asked(client: Client, operation: object) -> object:
    """What the pump says of itself; or the ATT error."""
    return attempt(client.ask, READER, operation)


def bolus(amount: float, **options: object) -> ids.SetBolus:
    return ids.SetBolus(BolusType.FAST, amount, 0.0, 0, **options)  # type: ignore[arg-type]  # the packet's own names


def tbr(adjustment: float, duration: int, kind: TbrType = TbrType.RELATIVE, **options: object) -> ids.SetTbrAdjustment:
    return ids.SetTbrAdjustment(kind, adjustment, duration, **options)  # type: ignore[arg-type]  # the packet's own names


def done(operation: type, code: ids.Response = ids.Response.SUCCESS) -> ids.CommandResponseCode:
    return ids.CommandResponseCode(ids.COMMAND.opcode_of(operation), code)


def look(client: Client) -> None:
    """Everything it tells of itself, for the comparison."""
    for value in (ids.STATUS_CHANGED, ids.STATUS, ids.ANNUNCIATION_STATUS):
        client.read(value)
    asked(client, ids.GetActiveBolusIds())
    asked(client, ids.GetActiveBasalRateDelivery())
    asked(client, ids.GetTotalDailyInsulinStatus())
    asked(client, ids.GetDeliveredInsulin())


ALL = Selection(Operator.ALL)


def history(client: Client, selection: Selection = ALL) -> list[ids.HistoryRecord]:
    """The records that are meant."""
    client.heard(HISTORY)
    client.write(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
    client.wait(seconds(20))
    answers = [client.e2e.open(ids.RECORD_ACCESS, value) for value in client.heard(ids.RECORD_ACCESS)]
    told = [HISTORY.decode(value, protected=True) for value in client.heard(HISTORY)]
    assert answers == [Response(IDS_REPORT, Outcome.SUCCESS if told else Outcome.NO_RECORDS_FOUND)]
    return told


def test_a_bolus_is_delivered_pulse_by_pulse(user: Client) -> None:
    assert command(user, bolus(0.5)) == ids.SetBolusResponse(1)
    for delivered in range(11):
        running = asked(user, ids.GetActiveBolusDelivery(1, ids.BolusValueSelection.DELIVERED))
        if delivered < 10:
            assert isinstance(running, ids.GetActiveBolusDeliveryResponse)
            assert running.fast_amount == pytest.approx(delivered * 0.05)
        look(user)
        user.wait(seconds(2))
    assert asked(user, ids.GetActiveBolusIds()) == ids.GetActiveBolusIdsResponse(())
    total = asked(user, ids.GetTotalDailyInsulinStatus())
    assert isinstance(total, ids.GetTotalDailyInsulinStatusResponse)
    assert total.bolus == 0.5
    kinds = [type(record.event) for record in history(user)]
    for event in (ids.BolusProgrammed1Of2, ids.BolusProgrammed2Of2, ids.BolusDelivered1Of2, ids.BolusDelivered2Of2):
        assert kinds.count(event) == 1


@pytest.mark.parametrize("after", [0, 1_999, 2_000, 39_999, 40_000])
def test_a_bolus_is_cancelled_and_history_says_how_much_it_was(user: Client, after: int) -> None:
    command(user, bolus(1.0))
    user.wait(after)
    over = after >= 20 * 2_000
    answer = command(user, ids.CancelBolus(1))
    refused = done(ids.CancelBolus, ids.Response.PROCEDURE_NOT_APPLICABLE)
    assert answer == (refused if over else ids.CancelBolusResponse(1))
    look(user)
    user.wait(minutes(1))
    look(user)
    ends = [record.event for record in history(user) if isinstance(record.event, ids.BolusDelivered1Of2)]
    assert [end.fast_amount for end in ends] == [pytest.approx(0.05 * (after // 2_000))]


def test_boluses_of_every_amount_are_taken_or_refused(user: Client) -> None:
    for amount in (0.0, 0.01, 0.04, 0.05, 0.06, 0.125, 29.95, 30.0, 30.05, 2045.0, -0.05, *Special):
        if isinstance(command(user, bolus(amount)), ids.SetBolusResponse):
            assert command(user, bolus(0.05)) == done(ids.SetBolus, ids.Response.MAXIMUM_BOLUS_NUMBER_REACHED)
            user.wait(seconds(3))
            for number in range(1, 8):
                command(user, ids.CancelBolus(number))
        look(user)


def test_a_bolus_says_why_and_when(user: Client) -> None:
    wanted = bolus(0.2, delay_time=3, activation_type=BolusActivation.RECOMMENDED, correction=True, meal=True)
    assert command(user, wanted) == ids.SetBolusResponse(1)
    for _ in range(5):
        for selection in ids.BolusValueSelection:
            asked(user, ids.GetActiveBolusDelivery(1, selection))
        user.wait(minutes(1))
    assert asked(user, ids.GetActiveBolusIds()) == ids.GetActiveBolusIdsResponse(())
    history(user)


def test_the_largest_bolus_can_be_made_smaller(user: Client) -> None:
    assert command(user, ids.GetMaxBolusAmount()) == ids.GetMaxBolusAmountResponse(30.0)
    for amount in (0.0, -1.0, 0.05, 2.0, 30.0, 31.0, Special.NAN):
        command(user, ids.SetMaxBolusAmount(amount))
        command(user, ids.GetMaxBolusAmount())
    command(user, ids.SetMaxBolusAmount(1.0))
    assert command(user, bolus(1.05)) == done(ids.SetBolus, ids.Response.PARAMETER_OUT_OF_RANGE)
    assert command(user, ids.GetAvailableBoluses()) != command(user, bolus(1.0))
    command(user, ids.GetAvailableBoluses())
    history(user)


def test_a_temporary_basal_rate_runs_and_ends(user: Client) -> None:
    assert command(user, tbr(1.5, 30)) == done(ids.SetTbrAdjustment)
    for _ in range(7):
        user.wait(minutes(5))
        look(user)
    basal = asked(user, ids.GetActiveBasalRateDelivery())
    assert isinstance(basal, ids.GetActiveBasalRateDeliveryResponse)
    assert basal.tbr_type is None
    ended = [record.event for record in history(user) if isinstance(record.event, ids.TbrAdjustmentEnded)]
    assert [end.end_reason for end in ended] == [ids.TbrEndReason.DURATION_OVER]


def test_a_temporary_basal_rate_is_changed_and_cancelled(user: Client) -> None:
    assert command(user, ids.CancelTbrAdjustment()) == done(ids.CancelTbrAdjustment, ids.Response.PROCEDURE_NOT_APPLICABLE)
    for operation in (
        tbr(0.0, 60, TbrType.ABSOLUTE),
        tbr(2.0, 60),
        tbr(2.0, 60, change=True),
        tbr(1.23, 1440, TbrType.ABSOLUTE, change=True, context=ids.BasalContext.AP_CONTROLLER),
        tbr(2.6, 60),
        tbr(1.0, 0),
        tbr(1.0, 1441, change=True),
        tbr(0.005, 10, TbrType.ABSOLUTE, change=True),
        tbr(31.0, 10, TbrType.ABSOLUTE, change=True),
        tbr(-0.5, 10, change=True),
        tbr(0.333, 10, change=True),
    ):
        command(user, operation)
        user.wait(minutes(11))
        look(user)
    command(user, ids.CancelTbrAdjustment())
    history(user)


def test_therapy_is_stopped_and_paused_and_runs_again(user: Client) -> None:
    for state in (RUN, PAUSE, PAUSE, RUN, STOP, PAUSE, STOP, RUN, PAUSE, STOP, RUN):
        command(user, bolus(3.0))
        command(user, tbr(0.5, 60))
        user.wait(seconds(11))
        command(user, ids.SetTherapyControlState(state))
        look(user)
        user.wait(seconds(31))
        look(user)
    history(user)


def test_a_long_pause_becomes_a_stop(user: Client) -> None:
    command(user, bolus(5.0))
    command(user, ids.SetTherapyControlState(PAUSE))
    for _ in range(8):
        user.wait(minutes(2) + 500)
        look(user)
    assert user.read(ids.STATUS).therapy_control_state is STOP
    history(user)


@pytest.mark.parametrize("meanwhile", [None, bolus(2.0), tbr(2.0, 60)])
def test_an_occlusion_is_announced_and_stops_what_runs(user: Client, meanwhile: object) -> None:
    user.subscribe(ids.STATUS, ids.STATUS_CHANGED, ids.ANNUNCIATION_STATUS)
    if meanwhile is not None:
        command(user, meanwhile)
    user.wait(seconds(9))
    user.wait(0, occluded=True)
    user.wait(minutes(20), occluded=True)
    look(user)
    assert user.read(ids.STATUS).therapy_control_state is STOP
    shown = user.read(ids.ANNUNCIATION_STATUS).annunciation
    assert shown.type is ids.AnnunciationType.OCCLUSION_DETECTED
    assert command(user, bolus(1.0)) == done(ids.SetBolus, ids.Response.PROCEDURE_NOT_APPLICABLE)
    user.wait(0)
    while (shown := user.read(ids.ANNUNCIATION_STATUS).annunciation) is not None:
        command(user, ids.SnoozeAnnunciation(shown.instance_id))
        command(user, ids.ConfirmAnnunciation(shown.instance_id))
    command(user, ids.SetTherapyControlState(RUN))
    command(user, bolus(1.0))
    user.wait(minutes(5))
    look(user)
    history(user)


def test_it_says_what_has_changed_until_that_is_reset(user: Client) -> None:
    user.subscribe(ids.STATUS, ids.STATUS_CHANGED, ids.ANNUNCIATION_STATUS)
    for bit in ids.StatusFlag:
        asked(user, ids.ResetStatus(bit))
        user.read(ids.STATUS_CHANGED)
    command(user, bolus(0.1))
    user.wait(seconds(30))
    assert ids.StatusFlag.ACTIVE_BOLUS in user.read(ids.STATUS_CHANGED).changed
    asked(user, ids.ResetStatus(ids.StatusFlag(0xFF)))
    assert user.read(ids.STATUS_CHANGED).changed == ids.StatusFlag(0)
    command(user, ids.SetTherapyControlState(STOP))
    user.wait(hours(2))
    assert {key.uuid for key, _ in user.told} == {ids.STATUS.uuid, ids.STATUS_CHANGED.uuid}


def test_counters_and_checksums_are_demanded(user: Client, some: Some) -> None:
    payload = encode(ids.GetActiveBolusIds())
    op = ids.STATUS_READER.encode(ids.GetActiveBolusIds())
    assert op.endswith(payload)
    for value, code in (
        (op, IdsErrorCode.INVALID_COUNTER),
        (op[:1], AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (b"", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        (op + b"\1\0\0", IdsErrorCode.INVALID_CRC),
        (with_crc(op + b"\0"), IdsErrorCode.INVALID_COUNTER),
        (with_crc(op + b"\x09"), IdsErrorCode.INVALID_COUNTER),
        (with_crc(op), IdsErrorCode.INVALID_COUNTER),
    ):
        found = attempt(user.ask_octets, READER, value)
        if value != with_crc(op):
            assert found is code
    for counter in (1, 1, 2, 4, 3, 255, 5, 6, 7, 8, 9, 10, 11, 12):
        attempt(user.ask_octets, READER, with_crc(op + bytes([counter])))
    for counter in some(range(13, 256), 13):
        attempt(user.ask_octets, READER, with_crc(op + bytes([counter])))
    user.connect()
    user.subscribe(READER)
    assert isinstance(asked(user, ids.GetActiveBolusIds()), ids.GetActiveBolusIdsResponse)


@pytest.mark.parametrize("point", [READER, COMMAND], ids=lambda point: str(point.name))
def test_every_known_op_code_is_answered(user: Client, point: Characteristic, some: Some) -> None:
    known = {0x0000, 0x0F0F, 0xFFFF, *ids.STATUS_READER.operations, *ids.COMMAND.operations, *ids.COMMAND_DATA.operations}
    operands = [bytes.fromhex(operand) for operand in ("", "0f", "33", "0100", "0f33", "000000", "0033000000000000")]
    for code, operand in some(product(sorted(known), operands), 83):
        value = user.e2e.seal_octets(point, code.to_bytes(2, "little") + operand)
        assert isinstance(attempt(user.ask_octets, point, value), bytes)
    look(user)
    history(user)


def test_history_is_counted_reported_and_deleted(user: Client) -> None:
    command(user, bolus(0.3))
    command(user, tbr(1.2, 15))
    user.wait(hours(3))
    every = history(user)
    assert [record.sequence_number for record in every] == list(range(len(every)))
    for operator, low, high in (
        (Operator.FIRST, None, None),
        (Operator.LAST, None, None),
        (Operator.AT_MOST, None, 5),
        (Operator.AT_LEAST, 3, None),
        (Operator.WITHIN, 2, 6),
        (Operator.AT_LEAST, 0xFFFFFF, None),
    ):
        for kind in racp.IdsFilter:
            needs = low is not None or high is not None
            selection = Selection(operator, kind if needs else None, low, high)
            attempt(user.ask, ids.RECORD_ACCESS, Request(Operation.COUNT, selection))
            history(user, selection)
    for selection in (Selection(Operator.AT_MOST, racp.IdsFilter.SEQUENCE_NUMBER, None, high) for high in (0, 1, 2, 3, 5, 9)):
        attempt(user.ask, ids.RECORD_ACCESS, Request(Operation.DELETE, selection))
        attempt(user.ask, ids.RECORD_ACCESS, Request(Operation.COUNT, Selection(Operator.ALL)))
    attempt(user.ask, ids.RECORD_ACCESS, Request(Operation.DELETE, Selection(Operator.ALL)))
    user.wait(hours(1))
    assert history(user)[0].sequence_number >= len(every)


def test_every_request_for_history_is_answered(user: Client, some: Some) -> None:
    codes = (0x00, 0x01, 0x33, 0x3C, 0x55, 0x5A, 0x66, 0x69, 0x96, 0xFF)
    operators = (0x00, 0x0F, 0x33, 0x3C, 0x55, 0x5A, 0x66, 0x69, 0xFF)
    operands = [
        bytes.fromhex(operand) for operand in ("", "0f", "33", "3c", "55", "0f01000000", "0f0200000001000000", "330000")
    ]
    for code, operator, operand in some(product(codes, operators, operands), 101):
        value = user.e2e.seal_octets(ids.RECORD_ACCESS, bytes([code, operator]) + operand)
        user.write_octets(ids.RECORD_ACCESS, value)
        user.wait(300)
        assert len(user.heard(ids.RECORD_ACCESS)) == 1
    look(user)


def test_a_basal_profile_is_read_written_and_activated(user: Client) -> None:
    command(user, ids.GetActivatedProfileTemplates())
    command(user, ids.GetTemplateStatusAndDetails())
    for number in range(6):
        command(user, ids.ReadBasalRateProfileTemplate(number))
    first = ids.Block(600, 1.0)
    write = ids.WriteBasalRateProfileTemplate
    for operation in (
        write(2, 1, first, ids.Block(840, 0.5), None, end_transaction=True),
        write(2, 1, first, ids.Block(800, 0.5), None, end_transaction=True),
        write(2, 1, first),
        write(2, 2, ids.Block(840, 0.55), end_transaction=True),
        write(3, 2, first),
        write(9, 1, first),
        write(3, 1, ids.Block(1440, 31.0), end_transaction=True),
        write(1, 1, ids.Block(1440, 1.5), end_transaction=True),
    ):
        command(user, operation)
        command(user, ids.ReadBasalRateProfileTemplate(2))
    command(user, ids.ActivateProfileTemplates((2,)))
    command(user, ids.ActivateProfileTemplates((4,)))
    command(user, ids.GetActivatedProfileTemplates())
    command(user, ids.ResetTemplateStatus((2,)))
    command(user, ids.ResetTemplateStatus((3,)))
    command(user, ids.GetTemplateStatusAndDetails())
    user.wait(hours(3))
    look(user)
    history(user)


def test_a_day_of_basal_is_its_schedule(user: Client) -> None:
    for hour in range(1, 27):
        user.pass_to(hours(hour))
        look(user)
    delivered = asked(user, ids.GetDeliveredInsulin())
    assert isinstance(delivered, ids.GetDeliveredInsulinResponse)
    assert delivered.basal == pytest.approx(0.7 * 4 + 0.95 * 4 + 0.8 * 4.5 + 0.75 * 9.5 + 0.65 * 2 + 2 * 0.8, abs=0.1)
    history(user)


def test_its_clock_is_set(user: Client) -> None:
    service = companions.CURRENT_TIME
    for year, month, day, weekday in ((2026, 1, 1, 0), (2024, 2, 29, 4), (2024, 2, 29, 5), (2025, 2, 29, 0), (2031, 12, 31, 0)):
        shown = DateTime(year, month, day, 23, 59, 30)
        wanted = companions.CurrentTime(shown, weekday, 128, companions.AdjustReason.MANUAL_TIME_UPDATE)
        attempt(user.write, companions.TIME, wanted, service)
        user.wait(seconds(45))
        user.read_octets(companions.TIME, service)
        look(user)
    for zone, dst in ((4, DstOffset.STANDARD), (None, DstOffset.UNKNOWN), (-48, DstOffset.ONE_HOUR)):
        user.write(companions.LOCAL_TIME, companions.LocalTimeInformation(zone, dst), service)
        user.read_octets(companions.LOCAL_TIME, service)
    history(user)


@pytest.mark.slow
def test_an_empty_reservoir_stops_it(user: Client) -> None:
    for _ in range(8):
        command(user, bolus(30.0))
        user.wait(minutes(21))
        look(user)
    assert user.read(ids.STATUS).therapy_control_state is STOP
    history(user)
