"""The CGM Service as a collector meets it: values, procedures, refusals. Numbers in names are the checklist's of CGMS.TS."""

from dataclasses import replace

import pytest

from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.states import Session
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Stage
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.gatt import Confirm, Read, ReadResponse, Write
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import cgms
from isletbench.protocols.att import AttCode, ErrorCode
from isletbench.protocols.cgms import Annunciation, CgmErrorCode, Feature, OpsResponse, ResponseCode
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import Crc, split_records, with_crc
from isletbench.protocols.fields import DstOffset, Special
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Operator, Outcome, Request, Response, Selection
from tests.cgm.talking import BARE, EVERYTHING, MEASUREMENT, RACP, SOCP, STATUS, fetch, measurements, sensor_of, talk, without
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms

# Measuring and telling


def test_a_make_with_another_crc_has_it_in_every_value_and_refuses_the_specified_one() -> None:
    """As a public client of a 780G-class pump checks it: OpenMinimed/PythonPumpConnector, utils/value_converter.py."""
    profile = replace(EVERYTHING, choices=replace(EVERYTHING.choices, crc=Crc.CCITT_FALSE))
    made = talk(profile=profile)
    made.pass_to(minutes(6))
    (value,) = made.heard(MEASUREMENT)
    assert value[-2:] == Crc.CCITT_FALSE.of(value[:-2])
    features: cgms.FeatureValue = made.read(cgms.FEATURE)
    assert Feature.E2E_CRC in features.features
    time = cgms.SessionStartTime(DateTime(2026, 1, 1, 8, 0, 0), 4, DstOffset.STANDARD)
    made.write(cgms.SESSION_START_TIME, time)
    with pytest.raises(Refused) as refused:
        made.write_octets(cgms.SESSION_START_TIME, cgms.SESSION_START_TIME.encode(time, protected=True))
    assert refused.value.code is CgmErrorCode.INVALID_CRC
    assert made.ask(SOCP, cgms.SetCommunicationInterval(5)) == ResponseCode(0x01, OpsResponse.SUCCESS)


@conforms("CGMS-27", "CGMS-8")
def test_a_measurement_is_told_when_it_is_taken_every_five_minutes() -> None:
    made = talk()
    made.pass_to(minutes(21))
    told = measurements(made)
    assert [m.time_offset for m in told] == [5, 10, 15, 20]
    assert [m.glucose for m in told] == [105.0, 110.0, 115.0, 120.0]
    assert [m.trend for m in told] == [1.0, 1.0, 1.0, 1.0]


def test_what_is_stored_is_not_told_again_after_a_reconnection() -> None:
    made = talk()
    made.pass_to(minutes(12))
    made.disconnect()
    again = Talk(made.device, cgms.SERVICE, link="test#2", now=minutes(31))
    again.subscribe(MEASUREMENT)
    again.pass_to(minutes(36))
    assert [m.time_offset for m in measurements(again)] == [35]


@conforms("CGMS-30")
def test_who_has_not_subscribed_is_not_told_but_everything_is_stored() -> None:
    made = talk()
    quiet = Talk(made.device, cgms.SERVICE, link="test#2")
    quiet.pass_to(minutes(21))
    assert quiet.told == []
    assert len(sensor_of(made).records) == 5


@conforms("CGMS-29", "CGMS-63", "CGMS-65")
@pytest.mark.parametrize(("interval", "rounds"), [(5, [5, 10, 15, 20, 25, 30]), (15, [15, 30]), (0, [])])
def test_the_communication_interval_decides_when_it_is_told(interval: int, rounds: list[int]) -> None:
    made = talk()
    assert made.ask(SOCP, cgms.SetCommunicationInterval(interval)) == ResponseCode(0x01, OpsResponse.SUCCESS)
    assert made.ask(SOCP, cgms.GetCommunicationInterval()) == cgms.CommunicationIntervalResponse(interval)
    told: list[list[int]] = []
    for minute in range(1, 31):
        made.pass_to(minutes(minute))
        if values := measurements(made):
            told.append([m.time_offset for m in values])
    assert [told_round[-1] for told_round in told] == rounds
    if interval:
        assert [offset for told_round in told for offset in told_round] == [5, 10, 15, 20, 25, 30], "all of them, each once"


@conforms("CGMS-64")
def test_the_fastest_interval_reads_back_as_minutes() -> None:
    made = talk()
    assert made.ask(SOCP, cgms.SetCommunicationInterval(255)) == ResponseCode(0x01, OpsResponse.SUCCESS)
    assert made.ask(SOCP, cgms.GetCommunicationInterval()) == cgms.CommunicationIntervalResponse(1)


@conforms("CGMS-26")
def test_records_share_a_notification_as_far_as_the_mtu_goes() -> None:
    made = talk(mtu=64)
    made.ask(SOCP, cgms.SetCommunicationInterval(60))
    made.pass_to(hours(1) + 1)
    values = made.heard(MEASUREMENT)
    assert all(len(value) <= 61 for value in values)
    assert [len(split_records(value)) for value in values] == [4, 4, 4]


@conforms("CGMS-31")
def test_a_measurement_waits_for_an_open_procedure() -> None:
    made = talk()
    made.pass_to(minutes(5) - 1_000)
    made.confirms = False
    made.ask(SOCP, cgms.GetCommunicationInterval())
    made.pass_to(minutes(5))
    assert measurements(made) == []
    made.confirms = True
    made.take(made.device.receive(Confirm(made.link, made.device.table.of(cgms.SERVICE, SOCP.uuid).handle), made.now))
    assert [m.time_offset for m in measurements(made)] == [5]


# Values


@conforms("CGMS-32", "CGMS-40")
def test_feature_status_and_run_time_can_be_read() -> None:
    made = talk()
    feature = made.read(cgms.FEATURE)
    assert feature.features == EVERYTHING.features
    assert Feature.E2E_CRC in feature.features
    made.pass_to(minutes(7))
    status = made.read(STATUS)
    assert status == cgms.Status(7, Annunciation.TIME_SYNCHRONIZATION_REQUIRED)
    assert made.read(cgms.SESSION_RUN_TIME) == cgms.SessionRunTime(336)


@conforms("CGMS-9", "CGMS-10", "CGMS-15")
def test_without_e2e_the_feature_ends_in_ffff_and_nothing_else_has_a_crc() -> None:
    made = talk(profile=BARE)

    def octets(uuid: int) -> bytes:
        (answer,) = made.take(made.device.receive(Read(made.link, made.device.table.of(cgms.SERVICE, uuid).handle), 0))
        assert isinstance(answer, ReadResponse)
        return answer.value

    assert octets(cgms.FEATURE.uuid)[-2:] == b"\xff\xff"
    assert [len(octets(c.uuid)) for c in (cgms.FEATURE, STATUS, cgms.SESSION_START_TIME, cgms.SESSION_RUN_TIME)] == [6, 5, 9, 2]


@conforms("CGMS-28", "CGMS-34", "CGMS-35", "CGMS-36")
def test_the_start_time_follows_from_the_clients_clock_and_stays_put() -> None:
    made = talk()
    assert made.read(cgms.SESSION_START_TIME).time == DateTime(0, 0, 0, 0, 0, 0)
    made.pass_to(minutes(12) + 30_000)
    assert [m.annunciation for m in measurements(made)] == [Annunciation.TIME_SYNCHRONIZATION_REQUIRED] * 2
    made.write(cgms.SESSION_START_TIME, cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 12, 30), 4, DstOffset.ONE_HOUR))
    for minute in (13, 60):
        made.pass_to(minutes(minute))
        read = made.read(cgms.SESSION_START_TIME)
        assert read == cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 0, 0), 4, DstOffset.ONE_HOUR)
    assert made.read(STATUS).annunciation == Annunciation(0)
    told = measurements(made)
    assert told[-1].annunciation == Annunciation(0)
    assert [m.time_offset for m in told] == list(range(15, 61, 5)), "the time that is set renumbers nothing"


@conforms("CGMS-38")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("EF 07 0A 05 08 00 00 04 04", CgmErrorCode.MISSING_CRC),
        ("EF 07 0A 05 08 00 00 04 04 07 18", CgmErrorCode.INVALID_CRC),
        ("EF 07", CgmErrorCode.MISSING_CRC),
    ],
)
def test_a_start_time_without_a_right_crc_is_refused(octets: str, code: ErrorCode) -> None:
    made = talk()
    made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex("EF 07 0A 05 08 00 00 04 04 07 17"))
    with pytest.raises(Refused) as refused:
        made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex(octets))
    assert refused.value.code is code
    assert made.read(cgms.SESSION_START_TIME) == cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 0, 0), 4, DstOffset.ONE_HOUR)


@conforms("CGMS-37", "CGMS-39")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("EF 07 0D 05 08 00 00 04 04", AttCode.OUT_OF_RANGE),
        ("EF 07 02 1E 08 00 00 04 04", AttCode.OUT_OF_RANGE),
        ("EF 07 0A 05 18 00 00 04 04", AttCode.OUT_OF_RANGE),
        ("EF 07 0A 05 08 00 00 7E 04", AttCode.OUT_OF_RANGE),
        ("EF 07 0A 05 08 00 00 04 03", AttCode.OUT_OF_RANGE),
        ("00 00 0A 05 08 00 00 04 04", AttCode.OUT_OF_RANGE),
        ("EF 07 0A 05 08 00 00 04", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
        ("EF 07 0A 05 08 00 00 04 04 00 00", AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH),
    ],
)
def test_an_impossible_start_time_is_refused_and_the_old_one_kept(octets: str, code: ErrorCode) -> None:
    made = talk(profile=BARE)
    made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex("EF 07 0A 05 08 00 00 04 04"))
    with pytest.raises(Refused) as refused:
        made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex(octets))
    assert refused.value.code is code
    assert made.read(cgms.SESSION_START_TIME) == cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 0, 0), 4, DstOffset.ONE_HOUR)


# Record access


@conforms("CGMS-44", "CGMS-45", "CGMS-46", "CGMS-48")
@pytest.mark.parametrize(
    ("operator", "low", "high", "offsets"),
    [
        (Operator.ALL, None, None, [0, 5, 10, 15, 20]),
        (Operator.AT_MOST, None, 10, [0, 5, 10]),
        (Operator.AT_LEAST, 11, None, [15, 20]),
        (Operator.AT_LEAST, 15, None, [15, 20]),
        (Operator.WITHIN, 5, 15, [5, 10, 15]),
        (Operator.FIRST, None, None, [0]),
        (Operator.LAST, None, None, [20]),
    ],
)
def test_stored_records_are_reported_oldest_first_and_then_success(
    operator: Operator, low: int | None, high: int | None, offsets: list[int]
) -> None:
    made = talk()
    made.pass_to(minutes(21))
    assert fetch(made, operator, low, high) == (offsets, Response(0x01, Outcome.SUCCESS))
    made.heard(MEASUREMENT)
    count = GENERIC.encode(Request(Operation.COUNT, Selection(operator, 1, low, high)))
    made.write_octets(RACP, count)
    assert GENERIC.decode_answer(made.heard(RACP)[0]) == CountResponse(len(offsets))


@conforms("CGMS-86")
def test_a_replayed_record_is_the_record_that_was_told() -> None:
    made = talk()
    made.pass_to(minutes(21))
    live = [record for value in made.heard(MEASUREMENT) for record in split_records(value)]
    made.write(cgms.SESSION_START_TIME, cgms.SessionStartTime(DateTime(2031, 10, 5, 8, 0, 0), 0, DstOffset.STANDARD))
    made.write_octets(RACP, bytes.fromhex("01 03 01 05 00"))
    made.pass_to(made.now + 1_000)
    assert [record for value in made.heard(MEASUREMENT) for record in split_records(value)] == live


@conforms("CGMS-47", "CGMS-48")
def test_nothing_found_is_said_so_and_counts_as_zero() -> None:
    made = talk()
    made.pass_to(minutes(6))
    assert fetch(made, Operator.AT_LEAST, 100) == ([], Response(0x01, Outcome.NO_RECORDS_FOUND))
    made.write_octets(RACP, bytes.fromhex("04 03 01 64 00"))
    assert made.heard(RACP) == [bytes.fromhex("05 00 00 00")]


@conforms("CGMS-49")
def test_deleted_records_are_gone() -> None:
    made = talk()
    made.pass_to(minutes(21))
    made.write_octets(RACP, bytes.fromhex("02 04 01 05 00 0F 00"))
    assert made.heard(RACP) == [bytes.fromhex("06 00 02 01")]
    assert [r.time_offset for r in sensor_of(made).records] == [0, 20]
    made.write_octets(RACP, bytes.fromhex("02 04 01 05 00 0F 00"))
    assert made.heard(RACP) == [bytes.fromhex("06 00 02 06")]
    assert len([note for note in made.notes if isinstance(note, Committed)]) == 1, "the second one deleted nothing"
    made.write_octets(RACP, bytes.fromhex("02 01"))
    assert made.heard(RACP) == [bytes.fromhex("06 00 02 01")]
    made.write_octets(RACP, bytes.fromhex("04 01"))
    assert made.heard(RACP) == [bytes.fromhex("05 00 00 00")]
    made.write_octets(RACP, bytes.fromhex("02 01"))
    assert made.heard(RACP) == [bytes.fromhex("06 00 02 06")]


@conforms("CGMS-43", "CGMS-50")
def test_an_abort_stops_a_transfer_and_is_the_only_answer() -> None:
    made = talk(mtu=23)
    made.pass_to(days(2))
    made.heard(MEASUREMENT)
    made.write_octets(RACP, bytes.fromhex("01 01"))
    made.pass_to(made.now + 100)
    sent = len(measurements(made))
    assert 0 < sent < 100
    with pytest.raises(Refused) as busy:
        made.write_octets(RACP, bytes.fromhex("04 01"))
    assert busy.value.code is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    made.pass_to(made.now + 100)
    assert 0 < len(measurements(made)) < 100, "the first procedure goes on"
    made.write_octets(RACP, bytes.fromhex("03 00"))
    made.pass_to(made.now + 60_000)
    assert made.heard(RACP) == [bytes.fromhex("06 00 03 01")]
    assert len(measurements(made)) == 0
    assert len(sensor_of(made).records) == 577


@conforms("CGMS-14", "CGMS-51")
def test_an_abort_of_nothing_succeeds() -> None:
    made = talk()
    made.write_octets(RACP, bytes.fromhex("03 00"))
    assert made.heard(RACP) == [bytes.fromhex("06 00 03 01")]


@conforms("CGMS-52", "CGMS-53", "CGMS-54", "CGMS-55", "CGMS-56", "CGMS-57")
@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        ("00 01", "06 00 00 02"),
        ("07 01", "06 00 07 02"),
        ("01 00", "06 00 01 03"),
        ("01 07", "06 00 01 04"),
        ("01 01 01", "06 00 01 05"),
        ("01 04 01 3C 00 0A 00", "06 00 01 05"),
        ("01 03 02 05 00", "06 00 01 09"),
        ("01 03 07 05 00", "06 00 01 09"),
    ],
)
def test_a_wrong_record_access_is_answered_with_its_code(octets: str, answer: str) -> None:
    made = talk()
    made.write_octets(RACP, bytes.fromhex(octets))
    assert made.heard(RACP) == [bytes.fromhex(answer)]


@conforms("CGMS-41", "CGMS-42", "CGMS-61")
def test_control_points_need_their_own_indications_and_a_report_the_measurements() -> None:
    made = talk()
    bare = Talk(made.device, cgms.SERVICE, link="test#2")
    for point, octets in ((RACP, "04 01"), (SOCP, "02 95 2C")):
        with pytest.raises(Refused) as refused:
            bare.write_octets(point, bytes.fromhex(octets))
        assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    bare.subscribe(RACP)
    with pytest.raises(Refused) as refused:
        bare.write_octets(RACP, bytes.fromhex("01 01"))
    assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    bare.write_octets(RACP, bytes.fromhex("04 01"))
    assert bare.heard(RACP) == [bytes.fromhex("05 00 01 00")]


@conforms("CGMS-59")
def test_an_answer_nobody_confirms_ends_the_procedure_after_30_s() -> None:
    made = talk()
    made.confirms = False
    made.write_octets(RACP, bytes.fromhex("04 01"))
    assert len(made.heard(RACP)) == 1
    made.pass_to(made.now + 29_999)
    with pytest.raises(Refused):
        made.write_octets(RACP, bytes.fromhex("04 01"))
    made.pass_to(made.now + 1)
    assert made.heard(RACP) == [], "nothing more is sent for it"
    made.write_octets(RACP, bytes.fromhex("04 01"))
    assert len(made.heard(RACP)) == 1


# Specific ops


LEVELS = [
    (cgms.SetPatientHighAlertLevel, cgms.GetPatientHighAlertLevel, cgms.PatientHighAlertLevelResponse, 250.0),
    (cgms.SetPatientLowAlertLevel, cgms.GetPatientLowAlertLevel, cgms.PatientLowAlertLevelResponse, 80.0),
    (cgms.SetHypoAlertLevel, cgms.GetHypoAlertLevel, cgms.HypoAlertLevelResponse, 55.0),
    (cgms.SetHyperAlertLevel, cgms.GetHyperAlertLevel, cgms.HyperAlertLevelResponse, 300.0),
    (cgms.SetRateOfDecreaseAlertLevel, cgms.GetRateOfDecreaseAlertLevel, cgms.RateOfDecreaseAlertLevelResponse, -2.5),
    (cgms.SetRateOfIncreaseAlertLevel, cgms.GetRateOfIncreaseAlertLevel, cgms.RateOfIncreaseAlertLevelResponse, 3.0),
]


@conforms("CGMS-71", "CGMS-72", "CGMS-73", "CGMS-74")
@pytest.mark.parametrize(("set_", "get", "response", "level"), LEVELS, ids=lambda value: getattr(value, "__name__", ""))
def test_an_alert_level_reads_back_and_one_out_of_range_changes_nothing(
    set_: type, get: type, response: type, level: float
) -> None:
    made = talk()
    opcode = cgms.SPECIFIC_OPS.opcode_of(set_)
    others = [other for _, other, _, _ in LEVELS if other is not get]
    before = [made.ask(SOCP, other()) for other in others]
    assert made.ask(SOCP, set_(level)) == ResponseCode(opcode, OpsResponse.SUCCESS)
    assert made.ask(SOCP, get()) == response(level)
    assert [made.ask(SOCP, other()) for other in others] == before
    for wrong in (Special.NEGATIVE_INFINITY, Special.NAN, 2_000.0, -2_000.0):
        assert made.ask(SOCP, set_(wrong)) == ResponseCode(opcode, OpsResponse.PARAMETER_OUT_OF_RANGE)
    assert made.ask(SOCP, get()) == response(level)


@conforms("CGMS-75")
def test_levels_raise_their_bits_strictly() -> None:
    made = talk(source=constant(250.0))
    made.ask(SOCP, cgms.SetPatientHighAlertLevel(250.0))
    made.pass_to(minutes(5))
    assert not measurements(made)[-1].annunciation & Annunciation.HIGHER_THAN_PATIENT_HIGH
    made.ask(SOCP, cgms.SetPatientHighAlertLevel(249.0))
    made.ask(SOCP, cgms.SetHyperAlertLevel(200.0))
    made.pass_to(minutes(10))
    assert measurements(made)[-1].annunciation & (Annunciation.HIGHER_THAN_PATIENT_HIGH | Annunciation.HIGHER_THAN_HYPER) == (
        Annunciation.HIGHER_THAN_PATIENT_HIGH | Annunciation.HIGHER_THAN_HYPER
    )


@conforms("CGMS-75")
@pytest.mark.parametrize(
    ("set_", "slope", "level", "beyond", "bit"),
    [
        (cgms.SetPatientHighAlertLevel, 0, 150.0, 149.0, Annunciation.HIGHER_THAN_PATIENT_HIGH),
        (cgms.SetPatientLowAlertLevel, 0, 150.0, 151.0, Annunciation.LOWER_THAN_PATIENT_LOW),
        (cgms.SetHypoAlertLevel, 0, 150.0, 151.0, Annunciation.LOWER_THAN_HYPO),
        (cgms.SetHyperAlertLevel, 0, 150.0, 149.0, Annunciation.HIGHER_THAN_HYPER),
        (cgms.SetRateOfDecreaseAlertLevel, -2, -2.0, -1.5, Annunciation.RATE_OF_DECREASE_EXCEEDED),
        (cgms.SetRateOfIncreaseAlertLevel, 2, 2.0, 1.5, Annunciation.RATE_OF_INCREASE_EXCEEDED),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_result_at_its_level_raises_nothing_and_one_beyond_it_its_bit(
    set_: type, slope: int, level: float, beyond: float, bit: Annunciation
) -> None:
    made = talk(source=lambda now: 150 + slope * now / minutes(1))
    made.ask(SOCP, set_(level))
    made.pass_to(minutes(5))
    assert bit not in measurements(made)[-1].annunciation
    made.ask(SOCP, set_(beyond))
    made.pass_to(minutes(10))
    assert bit in measurements(made)[-1].annunciation


@conforms("CGMS-75")
@pytest.mark.parametrize("sign", [1, -1])
def test_a_fall_faster_than_the_level_is_told_whatever_the_levels_sign(sign: int) -> None:
    made = talk(source=lambda now: 300 - 3 * now / minutes(1))
    made.ask(SOCP, cgms.SetRateOfDecreaseAlertLevel(sign * 2.0))
    made.pass_to(minutes(5))
    assert measurements(made)[-1].annunciation & Annunciation.RATE_OF_DECREASE_EXCEEDED


@pytest.mark.parametrize(
    ("level", "shown", "bit"),
    [(30.0, 40.0, Annunciation.RESULT_LOWER_THAN_PROCESSABLE), (450.0, 400.0, Annunciation.RESULT_HIGHER_THAN_PROCESSABLE)],
)
def test_a_result_out_of_range_is_the_limit_with_its_bit(level: float, shown: float, bit: Annunciation) -> None:
    made = talk(source=constant(level))
    made.pass_to(minutes(5))
    measured = measurements(made)[-1]
    assert measured.glucose == shown
    assert measured.annunciation & bit


@conforms("CGMS-33", "CGMS-79", "CGMS-80", "CGMS-81", "CGMS-82", "CGMS-83")
def test_stop_and_start_follow_the_table() -> None:
    made = talk()
    start, stop = 0x1A, 0x1B
    made.pass_to(minutes(12))
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(start, OpsResponse.PROCEDURE_NOT_COMPLETED)
    assert made.ask(SOCP, cgms.StopSession()) == ResponseCode(stop, OpsResponse.SUCCESS)
    assert made.ask(SOCP, cgms.StopSession()) == ResponseCode(stop, OpsResponse.OPCODE_NOT_SUPPORTED)
    made.heard(MEASUREMENT)
    made.pass_to(minutes(60))
    assert measurements(made) == [], "nothing is measured"
    assert made.read(STATUS).time_offset == 12, "and time stands still"
    assert made.read(STATUS).annunciation & Annunciation.SESSION_STOPPED
    assert fetch(made, Operator.ALL)[0] == [0, 5, 10], "records stay readable"
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(start, OpsResponse.SUCCESS)
    made.pass_to(made.now + minutes(6))
    assert [r.time_offset for r in sensor_of(made).records] == [0, 5]
    assert made.read(cgms.SESSION_START_TIME).time == DateTime(0, 0, 0, 0, 0, 0)


@conforms("CGMS-79")
def test_a_new_session_begins_without_records_start_time_and_offset() -> None:
    made = talk(profile=BARE)
    made.write_octets(cgms.SESSION_START_TIME, bytes.fromhex("EF070A05080000 04 04"))
    made.pass_to(minutes(12))
    assert made.read(cgms.SESSION_START_TIME).time == DateTime(2031, 10, 5, 8, 0, 0)
    assert made.ask(SOCP, cgms.StopSession()).code is OpsResponse.SUCCESS
    assert made.ask(SOCP, cgms.StartSession()).code is OpsResponse.SUCCESS
    assert made.read(cgms.SESSION_START_TIME).time == DateTime(0, 0, 0, 0, 0, 0)
    assert made.read(STATUS).time_offset == 0
    assert made.read(STATUS).annunciation & Annunciation.TIME_SYNCHRONIZATION_REQUIRED
    assert fetch(made)[0] == [0]
    assert [record.at for record in sensor_of(made).records] == [minutes(12)], "its own first record"


@conforms("CGMS-22", "CGMS-23")
def test_trend_and_quality_are_sent_with_their_features_only() -> None:
    for missing in (Feature.TREND, Feature.QUALITY, Feature.TREND | Feature.QUALITY):
        made = talk(profile=replace(without(missing), quality=75.0))
        made.pass_to(minutes(15))
        told = measurements(made)[-1]
        assert (told.trend is None) == bool(missing & Feature.TREND)
        assert (told.quality is None) == bool(missing & Feature.QUALITY)


@conforms("CGMS-81")
def test_a_sensor_for_one_session_does_not_start_again() -> None:
    made = talk(profile=without(Feature.MULTIPLE_SESSIONS))
    made.ask(SOCP, cgms.StopSession())
    assert made.ask(SOCP, cgms.StartSession()) == ResponseCode(0x1A, OpsResponse.PROCEDURE_NOT_COMPLETED)


@conforms("CGMS-28")
def test_a_session_ends_by_itself_when_its_life_is_over() -> None:
    made = talk(source=constant(100.0))
    made.pass_to(days(14) + 1)
    assert sensor_of(made).session.state is Session.EXPIRED
    assert made.read(STATUS) == cgms.Status(
        20_160,
        Annunciation.SESSION_STOPPED | Annunciation.TIME_SYNCHRONIZATION_REQUIRED | Annunciation.DEVICE_SPECIFIC_ALERT,
    )
    assert len(sensor_of(made).records) == 4_032


@conforms("CGMS-62")
@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("02", CgmErrorCode.MISSING_CRC),
        ("02 95 2D", CgmErrorCode.INVALID_CRC),
        ("01 0A", CgmErrorCode.MISSING_CRC),
        ("01 0A CD BE", CgmErrorCode.INVALID_CRC),
        ("07 FA 00", CgmErrorCode.MISSING_CRC),
        ("07 FA 00 00 00", CgmErrorCode.INVALID_CRC),
    ],
)
def test_an_operation_without_a_right_crc_is_refused_and_not_done(octets: str, code: ErrorCode) -> None:
    made = talk()
    with pytest.raises(Refused) as refused:
        made.write_octets(SOCP, bytes.fromhex(octets))
    assert refused.value.code is code
    assert made.heard(SOCP) == []
    assert made.ask(SOCP, cgms.GetCommunicationInterval()) == cgms.CommunicationIntervalResponse(5)
    assert made.ask(SOCP, cgms.GetPatientHighAlertLevel()) == cgms.PatientHighAlertLevelResponse(180.0)


@conforms("CGMS-84")
@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (b"\x55", OpsResponse.OPCODE_NOT_SUPPORTED),
        # An op code that is not supported is answered before its operand is looked at: CGMS 1.0.1, section 3.7.2.
        (b"\x55\x00\x00", OpsResponse.OPCODE_NOT_SUPPORTED),
        (b"\x1c\x01\x01", OpsResponse.OPCODE_NOT_SUPPORTED),
        (b"\x1c", OpsResponse.OPCODE_NOT_SUPPORTED),
        (b"\x06\x01", OpsResponse.OPCODE_NOT_SUPPORTED),
        (b"\x09\x01\x02\x03", OpsResponse.OPCODE_NOT_SUPPORTED),
        (b"\x01", OpsResponse.INVALID_OPERAND),
        (b"\x02\x00", OpsResponse.INVALID_OPERAND),
        (b"\x01\x05\x00", OpsResponse.INVALID_OPERAND),
        (b"\x05\xff", OpsResponse.INVALID_OPERAND),
        (b"\x07\xfa\x00\x00", OpsResponse.INVALID_OPERAND),
        (b"\x1a\x00", OpsResponse.INVALID_OPERAND),
    ],
)
def test_an_operation_without_sense_is_answered_with_its_code(operation: bytes, code: OpsResponse) -> None:
    made = talk(profile=BARE)
    made.write_octets(SOCP, operation)
    assert SOCP.decode(made.heard(SOCP)[0], protected=False) == ResponseCode(operation[0], code)


@conforms("CGMS-84")
@pytest.mark.parametrize("operation", [b"\x01", b"\x02\x00", b"\x01\x05\x00", b"\x05\xff", b"\x07\xfa\x00\x00", b"\x1b\x00"])
def test_a_wrong_length_is_an_invalid_operand_behind_a_right_crc_too(operation: bytes) -> None:
    made = talk()
    made.write_octets(SOCP, with_crc(operation))
    assert SOCP.decode(made.heard(SOCP)[0], protected=True) == ResponseCode(operation[0], OpsResponse.INVALID_OPERAND)


@conforms("CGMS-78")
@pytest.mark.parametrize(
    ("feature", "operation"),
    [
        (Feature.PATIENT_HIGH_LOW_ALERTS, cgms.SetPatientHighAlertLevel(250.0)),
        (Feature.PATIENT_HIGH_LOW_ALERTS, cgms.GetPatientHighAlertLevel()),
        (Feature.PATIENT_HIGH_LOW_ALERTS, cgms.SetPatientLowAlertLevel(80.0)),
        (Feature.PATIENT_HIGH_LOW_ALERTS, cgms.GetPatientLowAlertLevel()),
        (Feature.HYPO_ALERTS, cgms.SetHypoAlertLevel(55.0)),
        (Feature.HYPO_ALERTS, cgms.GetHypoAlertLevel()),
        (Feature.HYPER_ALERTS, cgms.SetHyperAlertLevel(300.0)),
        (Feature.HYPER_ALERTS, cgms.GetHyperAlertLevel()),
        (Feature.RATE_ALERTS, cgms.SetRateOfDecreaseAlertLevel(-2.0)),
        (Feature.RATE_ALERTS, cgms.GetRateOfDecreaseAlertLevel()),
        (Feature.RATE_ALERTS, cgms.SetRateOfIncreaseAlertLevel(2.0)),
        (Feature.RATE_ALERTS, cgms.GetRateOfIncreaseAlertLevel()),
        (Feature.DEVICE_SPECIFIC_ALERT, cgms.ResetDeviceSpecificAlert()),
        (Feature.CALIBRATION, cgms.GetGlucoseCalibrationValue(0xFFFF)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_features_leave_out_is_not_supported(feature: Feature, operation: object) -> None:
    made = talk(profile=without(feature))
    opcode = cgms.SPECIFIC_OPS.opcode_of(operation)
    assert made.ask(SOCP, operation) == ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED)


@conforms("CGMS-78")
@pytest.mark.parametrize("octets", ["07", "08 01", "19 00", "04 01", "05", "1A 00"])
def test_what_is_not_supported_is_answered_so_whatever_its_operand(octets: str) -> None:
    missing = Feature.PATIENT_HIGH_LOW_ALERTS | Feature.DEVICE_SPECIFIC_ALERT | Feature.CALIBRATION | Feature.MULTIPLE_SESSIONS
    profile = without(missing, profile=BARE)
    made = talk(profile=replace(profile, choices=replace(profile.choices, session_operations=False)))
    request = bytes.fromhex(octets)
    made.write_octets(SOCP, request)
    assert made.heard(SOCP) == [bytes([0x1C, request[0], 0x02])]


@conforms("CGMS-77")
def test_a_latched_alert_is_told_until_it_is_reset() -> None:
    made = talk()
    sensor_of(made).conditions.alert_latched = True
    assert made.read(STATUS).annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    made.pass_to(minutes(5))
    assert measurements(made)[-1].annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    assert made.ask(SOCP, cgms.ResetDeviceSpecificAlert()) == ResponseCode(0x19, OpsResponse.SUCCESS)
    assert not made.read(STATUS).annunciation & Annunciation.DEVICE_SPECIFIC_ALERT
    made.pass_to(minutes(10))
    assert not measurements(made)[-1].annunciation & Annunciation.DEVICE_SPECIFIC_ALERT


# Procedures at their edges


@conforms("CGMS-58")
@pytest.mark.parametrize("why", ["new session", "unsubscribed"])
def test_a_transfer_that_cannot_be_finished_says_so(why: str) -> None:
    made = talk(source=constant(100.0), mtu=23)
    made.pass_to(days(2))
    made.heard(MEASUREMENT)
    made.write_octets(RACP, bytes.fromhex("01 01"))
    made.pass_to(made.now + 100)
    if why == "new session":
        made.ask(SOCP, cgms.StopSession())
        made.ask(SOCP, cgms.StartSession())
    else:
        cccd = made.device.table.of(cgms.SERVICE, MEASUREMENT.uuid).cccd
        assert cccd is not None
        made.take(made.device.receive(Write(made.link, cccd, b"\x00\x00"), made.now))
    made.pass_to(made.now + 1_000)
    assert made.heard(RACP) == [bytes.fromhex("06 00 01 08")]
    assert len(made.heard(MEASUREMENT)) < 100


@conforms("CGMS-60")
def test_a_lost_link_ends_the_transfer_and_leaves_the_store() -> None:
    made = talk(source=constant(100.0), mtu=23)
    made.pass_to(days(1))
    made.write_octets(RACP, bytes.fromhex("01 01"))
    made.pass_to(made.now + 100)
    made.disconnect()
    again = Talk(made.device, cgms.SERVICE, link="test#2", now=made.now)
    again.subscribe(MEASUREMENT, RACP, SOCP)
    again.pass_to(again.now + 60_000)
    assert again.told == [], "nothing is resumed"
    assert len(sensor_of(made).records) == 289
    again.write_octets(RACP, bytes.fromhex("01 03 01 64 00"))
    again.pass_to(again.now + 10_000)
    assert measurements(again)[0].time_offset == 100


@conforms("CGMS-76")
@pytest.mark.parametrize(
    ("level", "set_", "get"),
    [
        ("hypo", cgms.SetHypoAlertLevel, cgms.GetHypoAlertLevel),
        ("hyper", cgms.SetHyperAlertLevel, cgms.GetHyperAlertLevel),
        ("rate_of_decrease", cgms.SetRateOfDecreaseAlertLevel, cgms.GetRateOfDecreaseAlertLevel),
        ("rate_of_increase", cgms.SetRateOfIncreaseAlertLevel, cgms.GetRateOfIncreaseAlertLevel),
    ],
)
def test_a_level_of_the_makes_own_can_be_read_and_not_set(level: str, set_: type, get: type) -> None:
    choices = replace(EVERYTHING.choices, fixed_levels=frozenset({level}))
    made = talk(profile=replace(EVERYTHING, choices=choices))
    opcode = cgms.SPECIFIC_OPS.opcode_of(set_)
    assert made.ask(SOCP, set_(5.0)) == ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED)
    assert made.ask(SOCP, get()).level == getattr(EVERYTHING.levels, level)


def test_a_sensor_that_runs_by_itself_may_know_no_start_and_no_stop() -> None:
    made = talk(profile=PROFILES["factory_10_day"])
    for operation in (cgms.StartSession(), cgms.StopSession()):
        opcode = cgms.SPECIFIC_OPS.opcode_of(operation)
        assert made.ask(SOCP, operation) == ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED)
    assert sensor_of(made).session.state is Session.WARMING_UP


@conforms("CGMS-63")
def test_an_interval_the_sensor_cannot_do_is_out_of_range() -> None:
    choices = replace(EVERYTHING.choices, fastest_interval=minutes(5))
    made = talk(profile=replace(EVERYTHING, choices=choices))
    assert made.ask(SOCP, cgms.SetCommunicationInterval(4)) == ResponseCode(0x01, OpsResponse.PARAMETER_OUT_OF_RANGE)
    assert made.ask(SOCP, cgms.SetCommunicationInterval(255)) == ResponseCode(0x01, OpsResponse.SUCCESS)
    assert made.ask(SOCP, cgms.GetCommunicationInterval()) == cgms.CommunicationIntervalResponse(5)


@pytest.mark.parametrize("keeps_first", [True, False])
def test_a_second_start_time_counts_unless_the_make_keeps_the_first(keeps_first: bool) -> None:
    choices = replace(EVERYTHING.choices, keeps_first_time=keeps_first)
    made = talk(profile=replace(EVERYTHING, choices=choices))
    for hour in (8, 9):
        made.write(cgms.SESSION_START_TIME, cgms.SessionStartTime(DateTime(2031, 10, 5, hour, 0, 0), 4, DstOffset.STANDARD))
    assert made.read(cgms.SESSION_START_TIME).time.hours == (8 if keeps_first else 9)


@conforms("CGMS-85")
def test_the_oldest_record_makes_room_for_the_newest() -> None:
    made = talk(source=constant(100.0), profile=replace(EVERYTHING, capacity=300))
    made.pass_to(days(2))
    stored, _ = fetch(made)
    assert stored == list(range(2880 - 299 * 5, 2881, 5))
    assert EVERYTHING.capacity >= 300


@conforms("CGMS-87")
def test_clients_share_the_store_the_session_and_the_settings() -> None:
    made = talk()
    other = Talk(made.device, cgms.SERVICE, link="test#2")
    other.subscribe(MEASUREMENT, RACP, SOCP)
    made.pass_to(minutes(21))
    made.ask(SOCP, cgms.SetHypoAlertLevel(61.0))
    made.ask(SOCP, cgms.SetCommunicationInterval(30))
    made.write_octets(RACP, bytes.fromhex("02 02 01 0A 00"))
    other.now = made.now
    assert other.ask(SOCP, cgms.GetHypoAlertLevel()).level == 61.0
    assert other.ask(SOCP, cgms.GetCommunicationInterval()).interval == 30
    assert fetch(other)[0] == [15, 20]


@conforms("CGMS-13", "CGMS-79")
def test_levels_and_interval_outlive_a_session() -> None:
    made = talk()
    made.ask(SOCP, cgms.SetHyperAlertLevel(301.0))
    made.ask(SOCP, cgms.SetCommunicationInterval(10))
    feature = made.read(cgms.FEATURE)
    made.ask(SOCP, cgms.StopSession())
    made.ask(SOCP, cgms.StartSession())
    assert made.ask(SOCP, cgms.GetHyperAlertLevel()).level == 301.0
    assert made.ask(SOCP, cgms.GetCommunicationInterval()).interval == 10
    assert made.read(cgms.FEATURE) == feature


def test_what_was_measured_in_an_old_session_is_not_told_in_a_new_one() -> None:
    made = talk()
    made.ask(SOCP, cgms.SetCommunicationInterval(60))
    made.pass_to(minutes(31))
    made.ask(SOCP, cgms.StopSession())
    made.ask(SOCP, cgms.StartSession())
    made.pass_to(made.now + hours(2))
    offsets = [m.time_offset for m in measurements(made)]
    assert offsets == list(range(0, 121, 5))


def test_the_journal_hears_how_far_each_exchange_came() -> None:
    made = talk()
    made.ask(SOCP, cgms.SetHypoAlertLevel(60.0))
    made.ask(SOCP, cgms.GetHypoAlertLevel())
    stages = [(note.operation, note.stage) for note in made.notes if isinstance(note, Decoded | Accepted | Committed)]
    assert stages == [
        ("SetHypoAlertLevel", Stage.DECODED),
        ("SetHypoAlertLevel", Stage.COMMITTED),
        ("GetHypoAlertLevel", Stage.DECODED),
    ]
