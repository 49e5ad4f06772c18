"""The Glucose Service, row by row of its checklist: table, layouts, record access, errors of ATT."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from isletbench.emulator.core.notes import Committed
from isletbench.emulator.core.quantities import seconds
from isletbench.emulator.endpoints.gls import packets
from isletbench.emulator.gatt import Confirm, ErrorResponse, Notify, Security, Write
from isletbench.emulator.meter.machine import LAST_SEQUENCE
from isletbench.emulator.meter.problems import Problem
from isletbench.emulator.meter.profile import DETECTIONS, PROFILES, Habits
from isletbench.emulator.meter.records import Mark, MeterRecord
from isletbench.emulator.meter.strips import MMOL_L
from isletbench.emulator.patient.sources import constant
from isletbench.protocols import companions, gls
from isletbench.protocols.att import AttCode
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import ReservedValue, Truncated, WireError
from isletbench.protocols.fields import Special
from isletbench.protocols.gls import (
    Annunciation,
    CarbohydrateId,
    Feature,
    Health,
    Meal,
    MedicationId,
    SampleLocation,
    SampleType,
)
from isletbench.protocols.packet import decode, encode
from tests.harness.conformance import conforms
from tests.meter.talking import BEGAN, LINK, Talking

MORNING = DateTime(2026, 3, 1, 7, 15, 30)
BLOOD = SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER
RECORD = MeterRecord(number=0, sequence=0, at=0, base_time=BEGAN, offset=0, mg_dl=100.0, origin=BLOOD)
MARK = Mark(meal=Meal.FASTING, carbohydrate=(CarbohydrateId.BREAKFAST, 45.0), health=(gls.Tester.SELF, Health.NO_ISSUES))


def with_habits(**changes: Any) -> Talking:
    return Talking(replace(PROFILES["generic"], habits=replace(Habits(), **changes)))


def three() -> Talking:
    """A meter whose memory holds the numbers 0, 1 and 2, taken at 07:15:35, 07:25:35 and 07:35:35."""
    talking = Talking()
    talking.measure(constant(100), constant(110), constant(120))
    return talking


# The table


@conforms("GLS-1", "GLS-2", "GLS-3", "GLS-4", "GLS-5", "GLS-7")
def test_the_services_and_their_properties() -> None:
    talking = Talking()
    assert [service.uuid for service in talking.device.table.services].count(0x1808) == 1
    rows = {a.spec.uuid: a for a in talking.device.table.attributes if a.service.uuid == 0x1808}
    assert {uuid: int(row.spec.properties) for uuid, row in rows.items()} == {
        0x2A18: 0x10,
        0x2A34: 0x10,
        0x2A51: 2,
        0x2A52: 0x28,
    }
    assert [uuid for uuid, row in rows.items() if row.cccd] == [0x2A18, 0x2A34, 0x2A52]
    feature = talking.read(gls.FEATURE.uuid)
    assert feature == bytes.fromhex("FF03")
    information = {a.spec.uuid: a.handle for a in talking.device.table.attributes if a.service.uuid == 0x180A}
    texts = [talking.read_handle(information[uuid]) for uuid in (0x2A29, 0x2A24)]
    assert texts == [b"isletbench", b"Virtual meter"]
    assert len(talking.read_handle(information[0x2A23])) == 8
    without = Talking("reads_low")
    assert gls.CONTEXT.uuid not in {a.spec.uuid for a in without.device.table.attributes}


@conforms("GLS-8")
def test_it_advertises_the_service_and_a_name() -> None:
    advertisement = Talking().device.advertisement
    assert (advertisement.name, advertisement.service_uuids, advertisement.appearance) == ("IB-Meter", (0x1808,), 0x0400)


@conforms("GLS-6")
def test_cccds_are_off_at_first_and_read_back() -> None:
    talking = Talking(subscribes=False)
    attribute = talking.device.table.of(gls.SERVICE, gls.RECORD_ACCESS.uuid)
    assert attribute.cccd is not None
    assert talking.read_handle(attribute.cccd) == b"\0\0"
    talking.subscribe(gls.RECORD_ACCESS.uuid)
    assert talking.read_handle(attribute.cccd) == b"\2\0"
    talking.connect(subscribes=False)
    assert talking.read_handle(attribute.cccd) == b"\0\0", "of a client that is not bonded"
    talking.bond("phone")
    talking.subscribe(gls.RECORD_ACCESS.uuid)
    talking.connect(subscribes=False)
    talking.bond("phone")
    assert talking.read_handle(attribute.cccd) == b"\2\0", "of a bonded one"
    talking.subscribe(gls.RECORD_ACCESS.uuid, on=False)
    assert talking.read_handle(attribute.cccd) == b"\0\0"


@conforms("GLS-59")
@pytest.mark.parametrize(
    ("features", "octets", "kept"),
    [(DETECTIONS | Feature.MULTIPLE_BONDS, "FF07", {"first", "second"}), (DETECTIONS, "FF03", {"second"})],
)
def test_the_feature_of_multiple_bonds_is_true(features: Feature, octets: str, kept: set[str]) -> None:
    talking = Talking(replace(PROFILES["generic"], features=features))
    assert talking.read(gls.FEATURE.uuid) == bytes.fromhex(octets)
    assert talking.bond("first") == []
    assert talking.bond("first") == []
    talking.connect()
    assert talking.bond("second") == sorted({"first", "second"} - kept)
    assert set(talking.device.bonds.cccds) == kept
    manages = companions.BOND_MANAGEMENT in {service.uuid for service in talking.device.table.services}
    assert manages is (len(kept) == 2)


# Layouts


@conforms("GLS-9", "GLS-10", "GLS-11", "GLS-12")
@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (
            "13 2A 00 EA 07 03 01 07 0F 1E 00 00 70 B0 11",
            gls.Measurement(42, MORNING, 0, gls.Result(0.00112, BLOOD), context_follows=True),
        ),
        (
            "06 07 00 EA 07 03 01 0C 00 00 38 C0 11",
            gls.Measurement(7, DateTime(2026, 3, 1, 12, 0, 0), None, gls.Result(0.0056, BLOOD), molar=True),
        ),
        (
            "0B 2B 00 EA 07 03 1D 08 05 00 3C 00 F5 B0 12 01 01",
            gls.Measurement(
                43,
                DateTime(2026, 3, 29, 8, 5, 0),
                60,
                gls.Result(0.00245, (SampleType.CAPILLARY_PLASMA, SampleLocation.FINGER)),
                annunciation=Annunciation.BATTERY_LOW | Annunciation.TEMPERATURE_TOO_LOW,
            ),
        ),
        (
            "0A 2C 00 EA 07 03 01 12 1E 00 FE 07 F1 20 00",
            gls.Measurement(
                44,
                DateTime(2026, 3, 1, 18, 30, 0),
                None,
                gls.Result(Special.POSITIVE_INFINITY, (SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.NOT_AVAILABLE)),
                annunciation=Annunciation.RESULT_TOO_HIGH,
            ),
        ),
        (
            "02 2D 00 EA 07 03 02 09 00 00 7B B0 4A",
            gls.Measurement(
                45,
                DateTime(2026, 3, 2, 9, 0, 0),
                None,
                gls.Result(0.00123, (SampleType.CONTROL_SOLUTION, SampleLocation.CONTROL_SOLUTION)),
            ),
        ),
        ("08 2E 00 EA 07 03 01 07 0F 1E 04 00", gls.Measurement(46, MORNING, annunciation=Annunciation.SAMPLE_TOO_SMALL)),
        ("00 2F 00 EA 07 03 01 07 0F 1E", gls.Measurement(47, MORNING)),
    ],
)
def test_the_worked_measurements_are_read_and_written_to_the_octet(octets: str, value: gls.Measurement) -> None:
    wire = bytes.fromhex(octets)
    assert decode(gls.Measurement, wire) == value
    assert encode(value) == wire
    bits = wire[0]
    assert len(wire) == 10 + 2 * (bits & 1) + 3 * (bits >> 1 & 1) + 2 * (bits >> 3 & 1)
    assert bits & 0xE0 == 0


@conforms("GLS-9", "GLS-10", "GLS-12", "GLS-16")
@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        ("03 2A 00 EA 07 03 01 07 0F 1E 00 00 70 B0", Truncated),
        ("00 2A 00 EA 07 03 01 07 0F 1E 00", WireError),
        ("02 2A 00 EA 07 03 01 07 0F 1E 70 B0 10", ReservedValue),
        ("02 2A 00 EA 07 03 01 07 0F 1E 70 B0 1B", ReservedValue),
        ("02 2A 00 EA 07 03 01 07 0F 1E 70 B0 01", ReservedValue),
        ("02 2A 00 EA 07 03 01 07 0F 1E 70 B0 51", ReservedValue),
        ("02 2A 00 EA 07 03 01 07 0F 1E 70 B0 E1", ReservedValue),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(octets: str, problem: type[WireError]) -> None:
    with pytest.raises(problem):
        decode(gls.Measurement, bytes.fromhex(octets))


@conforms("GLS-30")
@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (
            "07 2A 00 01 2D D0 03 51",
            gls.Context(
                42,
                carbohydrate=gls.Carbohydrate(CarbohydrateId.BREAKFAST, 0.045),
                meal=Meal.FASTING,
                tester_health=(gls.Tester.SELF, Health.NO_ISSUES),
            ),
        ),
        (
            "30 2E 00 01 06 B0",
            gls.Context(46, medication=gls.Medication(MedicationId.RAPID_ACTING_INSULIN, 0.00006), litres=True),
        ),
        (
            "DF 01 00 00 02 03 E0 02 43 08 07 3C 04 0C F0 07 00",
            gls.Context(
                1,
                extended=0,
                carbohydrate=gls.Carbohydrate(CarbohydrateId.LUNCH, 0.03),
                meal=Meal.AFTER_MEAL,
                tester_health=(gls.Tester.LAB_TEST, Health.UNDER_STRESS),
                exercise=gls.Exercise(1_800, 60),
                medication=gls.Medication(MedicationId.LONG_ACTING_INSULIN, 1.2),
                hba1c=7.0,
            ),
        ),
    ],
)
def test_the_worked_contexts_are_read_and_written_to_the_octet(octets: str, value: gls.Context) -> None:
    wire = bytes.fromhex(octets)
    assert decode(gls.Context, wire) == value
    assert encode(value) == wire


@conforms("GLS-31")
@pytest.mark.parametrize(
    "octets",
    [
        *(f"01 2A 00 {code} 2D D0" for code in ("00", "08", "FF")),
        *(f"02 2A 00 {code}" for code in ("00", "06", "FF")),
        *(f"04 2A 00 {code}" for code in ("50", "54", "01", "61")),
        *(f"10 2A 00 {code} 06 B0" for code in ("00", "06", "FF")),
        "08 2A 00 08 07 65",
    ],
)
def test_a_context_with_a_reserved_code_is_refused(octets: str) -> None:
    with pytest.raises(ReservedValue):
        decode(gls.Context, bytes.fromhex(octets))


@conforms("GLS-60")
def test_the_longest_values_pass_the_smallest_mtu_whole() -> None:
    talking = Talking()
    everything = replace(MARK, exercise=(1_800, 60), medication=(MedicationId.RAPID_ACTING_INSULIN, 6.0))
    talking.meter.replace_battery(3, talking.now)
    talking.measure(constant(700), mark=everything)
    heard = talking.ask("01 04 02 EA 07 03 01 00 00 00 EA 07 03 01 17 3B 3B")
    (measurement,), (context,) = heard.of(gls.MEASUREMENT.uuid), heard.of(gls.CONTEXT.uuid)
    assert (len(measurement), len(context)) == (17, 14)
    assert heard.measurements[0].annunciation == Annunciation.BATTERY_LOW | Annunciation.RESULT_TOO_HIGH
    assert heard.contexts[0].medication is not None


@conforms("GLS-13", "GLS-14", "GLS-15")
@pytest.mark.parametrize(("unit", "profile"), [("mg/dL", "accurate"), ("mmol/L", "accurate_mmol")])
def test_every_result_of_the_range_is_exact_in_its_unit(unit: str, profile: str) -> None:
    """From 10 mg/dL on; above 600 mg/dL and 33.3 mmol/L to where the mantissas would be specials with another exponent."""
    made = PROFILES[profile]
    steps = range(10, 2_048) if unit == "mg/dL" else range(6, 2_048)
    for step in steps:
        concentration = step / 100_000 if unit == "mg/dL" else step / 10_000
        mg_dl = float(step) if unit == "mg/dL" else step / 10 * MMOL_L
        record = replace(RECORD, mg_dl=mg_dl)
        octets = encode(packets.measurement(record, made, context_follows=False))
        assert int.from_bytes(octets[12:14], "little") == (0xB000 if unit == "mg/dL" else 0xC000) | step
        found = decode(gls.Measurement, octets)
        assert found.result is not None
        assert not isinstance(found.result.concentration, Special)
        assert found.result.concentration == concentration
        assert found.molar is (unit == "mmol/L")


def test_a_meter_shows_and_sends_the_same_in_its_unit() -> None:
    talking = Talking("accurate_mmol", error=PROFILES["generic"].error)
    talking.measure(constant(100.9))
    (measurement,) = talking.ask("0101").measurements
    assert measurement.molar
    assert measurement.result is not None
    assert measurement.result.concentration == 0.0056


def test_the_first_example_is_what_the_meter_sends() -> None:
    talking = Talking(subscribes=True)
    talking.meter._sequence = 42
    talking.meter.begin(0, mark=MARK)
    talking.wait(seconds(10))
    heard = talking.ask("01 03 01 28 00")
    assert heard.of(gls.MEASUREMENT.uuid) == [bytes.fromhex("13 2A 00 EA 07 03 01 07 0F 23 00 00 70 B0 11")]
    assert heard.of(gls.CONTEXT.uuid) == [bytes.fromhex("07 2A 00 01 2D D0 03 51")]


@conforms("GLS-16", "GLS-17")
@pytest.mark.parametrize("problem", Problem)
def test_a_failed_test_has_its_status_and_no_result_and_never_changes(problem: Problem) -> None:
    talking = Talking()
    talking.measure(problem=problem)
    first = talking.ask("0101")
    (measurement,) = first.measurements
    assert measurement.result is None
    assert measurement.annunciation == problem.annunciation
    talking.meter.replace_battery(3, talking.now)
    talking.meter.temperature = -20
    assert talking.ask("0101").of(gls.MEASUREMENT.uuid) == first.of(gls.MEASUREMENT.uuid)
    blind = Talking(features=Feature(0))
    blind.measure(problem=problem)
    assert blind.ask("0101").measurements[0].annunciation is None


@conforms("GLS-18")
@pytest.mark.parametrize(
    ("blood", "bit", "limit", "infinity"),
    [
        (700, Annunciation.RESULT_TOO_HIGH, 0.006, Special.POSITIVE_INFINITY),
        (10, Annunciation.RESULT_TOO_LOW, 0.0002, Special.NEGATIVE_INFINITY),
    ],
)
def test_results_beyond_the_range_say_so(blood: float, bit: Annunciation, limit: float, infinity: Special) -> None:
    for shows_limit, expected in ((True, limit), (False, infinity)):
        talking = with_habits(shows_limit=shows_limit)
        talking.measure(constant(blood))
        (measurement,) = talking.ask("0101").measurements
        assert measurement.annunciation == bit
        assert measurement.result is not None
        assert measurement.result.concentration == expected
        assert talking.meter.status(talking.now)["display"] == ("HI" if blood == 700 else "LO")


@conforms("GLS-19")
def test_control_solution_is_marked_as_such_and_in_its_range() -> None:
    talking = Talking()
    for level in (1, 2, 3):
        talking.measure(level=level)
    found = [measurement.result for measurement in talking.ask("0101").measurements]
    for result, (low, high) in zip(found, ((30, 60), (95, 145), (270, 400)), strict=True):
        assert result is not None
        assert result.origin == (gls.SampleType.CONTROL_SOLUTION, gls.SampleLocation.CONTROL_SOLUTION)
        assert isinstance(result.concentration, float)
        assert low <= result.concentration * 100_000 <= high


# Clocks


@conforms("GLS-20", "GLS-21", "GLS-22")
@pytest.mark.parametrize("minutes_", [60, -5, 720, -720, 47])
def test_setting_the_display_changes_the_offset_of_new_records_only(minutes_: int) -> None:
    talking = Talking()
    talking.measure()
    before = talking.ask("0101").of(gls.MEASUREMENT.uuid)
    shown = talking.meter.clock(talking.now)
    talking.meter.set_clock(datetime.fromtimestamp(shown.timestamp() + 60 * minutes_), talking.now)  # noqa: DTZ006
    talking.measure()
    found = talking.ask("0101")
    assert found.of(gls.MEASUREMENT.uuid)[:1] == before
    assert found.measurements[1].time_offset == minutes_
    record = talking.meter.records.newest
    assert record is not None
    assert record.user_time == (talking.meter.clock(record.at)).replace(microsecond=0)


@conforms("GLS-23")
def test_base_time_carries_over_the_end_of_february() -> None:
    talking = Talking()
    talking.meter.clocks.base = datetime(2028, 2, 28, 23, 59, 58)  # noqa: DTZ001
    talking.measure()
    (measurement,) = talking.ask("0101").measurements
    time = measurement.base_time
    assert (time.month, time.day, time.hours, time.minutes, time.seconds) == (2, 29, 0, 0, 3)


@conforms("GLS-24", "GLS-25")
def test_a_lost_clock_begins_at_the_factory_date_with_a_time_fault_until_it_is_set() -> None:
    talking = with_habits(loses_clock=True)
    talking.measure()
    talking.meter.replace_battery(100, talking.now)
    talking.measure()
    talking.meter.set_clock(BEGAN, talking.now)
    talking.measure()
    found = talking.ask("0101").measurements
    assert [measurement.sequence for measurement in found] == [0, 1, 2]
    assert [measurement.annunciation for measurement in found] == [None, Annunciation.TIME_FAULT, None]
    assert [measurement.base_time.year for measurement in found] == [2026, 2000, 2026]


# Sequence numbers


@conforms("GLS-26")
def test_numbers_go_on_after_a_deletion() -> None:
    talking = three()
    talking.ask("0201")
    talking.measure()
    talking.measure()
    assert [measurement.sequence for measurement in talking.ask("0101").measurements] == [3, 4]


@conforms("GLS-27")
def test_a_full_memory_loses_its_oldest_record() -> None:
    talking = Talking(capacity=3)
    for _ in range(5):
        talking.measure()
    assert [measurement.sequence for measurement in talking.ask("0101").measurements] == [2, 3, 4]


def test_a_make_that_restarts_its_numbers_has_them_twice() -> None:
    talking = with_habits(restarts_numbers=True)
    talking.measure()
    talking.measure()
    talking.meter.replace_battery(100, talking.now)
    talking.measure()
    assert [measurement.sequence for measurement in talking.ask("0101").measurements] == [0, 1, 0]
    assert [measurement.sequence for measurement in talking.ask("01 03 01 01 00").measurements] == [1]
    assert talking.ask("04 01").answer == bytes.fromhex("05 00 03 00")


def test_the_last_number_is_used_and_then_nothing_is_stored() -> None:
    talking = Talking()
    talking.meter._sequence = LAST_SEQUENCE
    talking.measure()
    talking.measure()
    assert [measurement.sequence for measurement in talking.ask("0101").measurements] == [LAST_SEQUENCE]


# Contexts


@conforms("GLS-28", "GLS-29")
def test_a_context_follows_its_measurement_and_only_then_the_flag_is_set() -> None:
    talking = Talking()
    talking.measure()
    talking.measure(mark=MARK)
    talking.measure()
    heard = talking.ask("0101")
    uuids = [uuid for uuid, _ in heard.values]
    assert uuids == [0x2A18, 0x2A18, 0x2A34, 0x2A18, 0x2A52]
    assert [measurement.context_follows for measurement in heard.measurements] == [False, True, False]
    assert [context.sequence for context in heard.contexts] == [1]


@conforms("GLS-32")
def test_a_client_that_takes_no_contexts_is_sent_none_and_told_of_none() -> None:
    talking = Talking()
    talking.measure(mark=MARK)
    talking.subscribe(gls.CONTEXT.uuid, on=False)
    heard = talking.ask("0101")
    assert (heard.contexts, heard.answer) == ([], bytes.fromhex("06 00 01 01"))
    assert [measurement.context_follows for measurement in heard.measurements] == [False]


def test_a_mark_may_come_later_and_everything_that_it_can_say_is_sent() -> None:
    talking = Talking()
    talking.measure()
    mark = replace(MARK, exercise=(1_800, 60), medication=(MedicationId.RAPID_ACTING_INSULIN, 6.0))
    talking.meter.mark(None, mark, talking.now)
    (context,) = talking.ask("0101").contexts
    assert context.exercise == gls.Exercise(1_800, 60)
    assert context.medication == gls.Medication(MedicationId.RAPID_ACTING_INSULIN, 0.00006)
    assert context.litres
    assert len(encode(context)) == 3 + 3 + 1 + 1 + 3 + 3


# Record access


@conforms("GLS-33")
def test_nothing_is_sent_unasked() -> None:
    talking = Talking()
    talking.meter.begin(talking.now)
    assert not [effect for effect in talking.wait(seconds(3_600)) if isinstance(effect, Notify)]


@conforms("GLS-34", "GLS-35", "GLS-36", "GLS-37", "GLS-38", "GLS-39", "GLS-40")
@pytest.mark.parametrize(
    ("operand", "numbers"),
    [
        ("01", [0, 1, 2]),
        ("02 01 01 00", [0, 1]),
        ("03 01 01 00", [1, 2]),
        ("04 01 01 00 01 00", [1]),
        ("04 01 00 00 01 00", [0, 1]),
        ("05", [0]),
        ("06", [2]),
        ("03 01 03 00", []),
        ("03 02 EA 07 03 01 07 19 23", [1, 2]),
        ("02 02 EA 07 03 01 07 19 22", [0]),
        ("04 02 EA 07 03 01 00 00 00 EA 07 03 01 17 3B 3B", [0, 1, 2]),
    ],
)
def test_records_are_reported_in_order_and_counted_alike(operand: str, numbers: list[int]) -> None:
    talking = three()
    heard = talking.ask("01" + operand)
    assert [measurement.sequence for measurement in heard.measurements] == numbers
    assert heard.answer == bytes.fromhex("06 00 01 01" if numbers else "06 00 01 06")
    assert talking.ask("04" + operand).answer == bytes([5, 0, len(numbers), 0])


@conforms("GLS-38")
def test_times_are_compared_as_the_display_showed_them_and_not_by_base_time() -> None:
    talking = Talking()
    talking.measure()
    talking.meter.set_clock(datetime(2026, 3, 1, 12, 0, 20), talking.now)  # noqa: DTZ001
    talking.measure()
    assert [measurement.sequence for measurement in talking.ask("01 03 02 EA 07 03 01 0C 00 19").measurements] == [1]
    assert talking.ask("01 03 02 EA 07 03 01 0C 00 1A").answer == bytes.fromhex("06 00 01 06")
    assert [measurement.sequence for measurement in talking.ask("01 02 02 EA 07 03 01 0C 00 18").measurements] == [0]


def test_a_make_without_the_filter_of_time_declines_it() -> None:
    talking = with_habits(filters_time=False)
    talking.measure()
    assert talking.ask("01 03 02 EA 07 03 01 07 19 23").answer == bytes.fromhex("06 00 01 09")


@conforms("GLS-41", "GLS-42", "GLS-43", "GLS-44", "GLS-45", "GLS-46")
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        *((f"{op} 00", "03") for op in ("01", "02", "04")),
        *((f"{op} 07", "04") for op in ("01", "02", "04")),
        ("01 FF", "04"),
        ("01 03 00 01 00", "09"),
        ("01 03 03 01 00", "09"),
        ("01 03 FF 01 00", "09"),
        ("01 01 01", "05"),
        ("01 05 01 00", "05"),
        ("01 06 01", "05"),
        ("01 04 01 32 00 28 00", "05"),
        ("01 03 01 28", "05"),
        ("01 03 01 28 00 00", "05"),
        ("01 03 02 28 00", "05"),
        ("01 03 02 EA 07 0D 01 00 00 00", "05"),
        ("01 03 02 EA 07 02 1E 00 00 00", "05"),
        *((f"{op} 01", "02") for op in ("00", "05", "06", "07", "FF")),
        ("03 01", "03"),
        ("03 00 01", "05"),
    ],
)
def test_what_cannot_be_done_is_answered_with_its_code(request_: str, code: str) -> None:
    talking = three()
    heard = talking.ask(request_)
    assert heard.error is None
    assert heard.answer == bytes([6, 0, int(request_[:2], 16), int(code, 16)])
    assert len(talking.ask("0101").measurements) == 3


@conforms("GLS-47")
def test_deleting_is_done_where_a_make_does_it() -> None:
    talking = three()
    heard = talking.ask("02 02 01 00 00")
    assert heard.answer == bytes.fromhex("06 00 02 01")
    assert "Committed" in heard.order
    assert talking.ask("04 01").answer == bytes.fromhex("05 00 02 00")
    assert talking.ask("02 02 01 00 00").answer == bytes.fromhex("06 00 02 06")
    without = with_habits(deletes=False)
    without.measure()
    assert without.ask("02 01").answer == bytes.fromhex("06 00 02 02")
    assert without.ask("04 01").answer == bytes.fromhex("05 00 01 00")
    assert Committed.stage is not None


@conforms("GLS-49")
def test_there_is_nothing_to_abort_while_nothing_runs() -> None:
    assert three().ask("03 00").answer == bytes.fromhex("06 00 03 07")


def begun(talking: Talking) -> int:
    """Begin a report of everything, and hear one record of it; the handle of the control point."""
    handle = talking.handle(gls.RECORD_ACCESS.uuid)
    talking.device.receive(Write(LINK, handle, b"\1\1"), talking.now)
    sent = [effect for effect in talking.wait(20) if isinstance(effect, Notify)]
    assert len(sent) == 1
    return handle


@conforms("GLS-48")
def test_an_abort_stops_the_report_and_is_its_only_answer() -> None:
    talking = three()
    begun(talking)
    heard = talking.ask("03 00")
    assert (heard.measurements, heard.answer) == ([], bytes.fromhex("06 00 03 01"))
    assert not [effect for effect in talking.wait(seconds(60)) if isinstance(effect, Notify)]


@conforms("GLS-50", "GLS-52", "GLS-54")
def test_a_second_request_during_a_report_is_refused_and_the_report_goes_on() -> None:
    talking = three()
    handle = begun(talking)
    effects = talking.device.receive(Write(LINK, handle, b"\4\1"), talking.now)
    (refused,) = [effect for effect in effects if isinstance(effect, ErrorResponse)]
    assert int(refused.code) == 0x80
    rest = [type(effect).__name__ for effect in talking.wait(100) if hasattr(effect, "handle")]
    assert rest == ["Notify", "Notify", "Indicate"]
    assert talking.ask("04 01").error == 0x80, "the answer of the report is not confirmed yet"
    talking.device.receive(Confirm(LINK, handle), talking.now)
    assert talking.ask("04 01").answer == bytes.fromhex("05 00 03 00")


@conforms("GLS-51", "GLS-52")
def test_a_request_needs_the_subscriptions_that_its_answers_need() -> None:
    talking = Talking(subscribes=False)
    assert talking.ask("04 01").error == 0x81
    talking.subscribe(gls.RECORD_ACCESS.uuid)
    assert talking.ask("01 01").error == 0x81
    assert talking.ask("04 01").answer == bytes.fromhex("05 00 00 00")
    assert talking.ask("01").error == AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH
    assert talking.ask("01" * 18).error == AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH


@conforms("GLS-53")
def test_the_write_is_acknowledged_before_anything_is_sent() -> None:
    order = [word for word in three().ask("01 01").order if word in {"WriteResponse", "Notify", "Indicate"}]
    assert order == ["WriteResponse", "Notify", "Notify", "Notify", "Indicate"]


@conforms("GLS-55")
def test_a_connection_that_ends_in_a_report_leaves_nothing_to_the_next() -> None:
    talking = three()
    begun(talking)
    talking.connect()
    assert not [effect for effect in talking.wait(seconds(1)) if isinstance(effect, Notify)]
    assert len(talking.ask("01 01").measurements) == 3


@conforms("GLS-56")
def test_a_report_whose_notifications_are_switched_off_is_not_completed() -> None:
    talking = three()
    begun(talking)
    talking.subscribe(gls.MEASUREMENT.uuid, on=False)
    (indicated,) = [effect for effect in talking.wait(100) if hasattr(effect, "value")]
    assert indicated.value == bytes.fromhex("06 00 01 08")
    silent = three()
    begun(silent)
    silent.subscribe(gls.RECORD_ACCESS.uuid, on=False)
    assert not [effect for effect in silent.wait(seconds(1)) if hasattr(effect, "value")]
    silent.subscribe(gls.RECORD_ACCESS.uuid)
    assert len(silent.ask("01 01").measurements) == 3


@conforms("GLS-57")
def test_a_test_made_during_a_report_is_not_part_of_it() -> None:
    talking = Talking(countdown=10)
    talking.measure()
    talking.measure()
    begun(talking)
    talking.meter.begin(talking.now)
    names = [type(effect).__name__ for effect in talking.wait(200) if hasattr(effect, "handle")]
    assert names == ["Notify", "Indicate"]
    assert len(talking.meter.records) == 3


@conforms("GLS-58")
@pytest.mark.parametrize("security", [Security.OPEN, Security.ENCRYPTED])
def test_a_link_that_is_not_secured_is_refused(security: Security) -> None:
    talking = Talking(subscribes=False, security=security)
    assert talking.subscribe(gls.RECORD_ACCESS.uuid) == AttCode.INSUFFICIENT_AUTHENTICATION
    assert talking.ask("01 01").error == AttCode.INSUFFICIENT_AUTHENTICATION
