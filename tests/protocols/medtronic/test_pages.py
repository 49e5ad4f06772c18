"""History records, glucose records, schedules, and the pages that hold them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.protocols.errors import BadCrc, ReservedValue, Truncated, Unencodable, UnknownOpcode, WireError
from isletbench.protocols.medtronic import answers, glucose, pages, schedules
from isletbench.protocols.medtronic import settings as pump_settings
from isletbench.protocols.medtronic.dates import DATE, GLUCOSE_STAMP, STAMP, Stamp
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.records import days, events, insulin, meals
from isletbench.protocols.medtronic.records.declared import kinds_of
from isletbench.protocols.medtronic.records.stored import octets_of, records_of
from isletbench.protocols.packet import decode, encode, size_of

AT = datetime.fromisoformat("2026-11-20T20:15:51")
TIMES = st.datetimes(AT.replace(year=2000), AT.replace(year=2127)).map(lambda at: at.replace(microsecond=0))
# Lengths of records, for pumps of ten and of forty strokes a unit, as a Python and a Go client read them without loss of step.
LENGTHS = {
    **dict.fromkeys((0x0A, 0x0C, 0x14, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1E, 0x1F, 0x21, 0x2C, 0x2D, 0x34), (7, 7)),
    **dict.fromkeys((0x60, 0x61, 0x62, 0x63, 0x64, 0x7C, 0x83), (7, 7)),
    0x01: (9, 13),
    0x03: (10, 10),
    0x06: (9, 9),
    0x07: (7, 10),
    0x08: (152, 152),
    0x09: (152, 152),
    0x26: (21, 21),
    0x33: (8, 8),
    0x3F: (10, 10),
    0x40: (None, 9),
    0x41: (None, 8),
    0x43: (None, 7),
    0x5A: (124, 144),
    0x5B: (20, 22),
    0x6C: (38, None),
    0x6D: (44, None),
    0x6E: (None, 52),
    0x7B: (10, 10),
    0x7D: (37, 37),
    0x81: (12, 12),
    0x82: (12, 12),
}


@pytest.mark.parametrize(("generation", "place"), [(Generation.X12, 0), (Generation.X15, 0), (Generation.X23, 1)])
def test_records_are_as_long_as_clients_take_them_for(generation: Generation, place: int) -> None:
    found = {code: 1 + (size_of(kind) or 0) for code, kind in kinds_of(generation).items()}
    assert found == {code: both[place] for code, both in LENGTHS.items() if both[place] is not None}


@pytest.mark.parametrize(
    ("record", "octets"),
    [
        (events.NewClock(0, AT), "18 00 b3 cf 14 14 1a"),
        (insulin.BolusTenths(15, 12, 0, AT), "01 0f 0c 00 b3 cf 14 14 1a"),
        (insulin.BolusFortieths(60, 48, 300, 0, AT), "01 00 3c 00 30 01 2c 00 b3 cf 14 14 1a"),
        (insulin.Prime(3, 72, AT), "03 00 03 00 48 b3 cf 14 14 1a"),
        (events.Alarm(events.AlarmCode.NO_DELIVERY, AT), "06 04 00 00 b3 cf 14 14 1a"),
        (insulin.TempBasalRate.of(AT, 300, percent=False), "33 2c b3 cf 14 14 1a 01"),
        (insulin.TempBasalRate.of(AT, 150, percent=True), "33 96 b3 cf 14 14 1a 08"),
        (insulin.TempBasalDuration(1, AT), "16 01 b3 cf 14 14 1a"),
        (days.DailyTotal23(960, date(2026, 11, 20)), "07 00 00 03 c0 b4 9a 00 00 00"),
        (insulin.BasalProfileStart(2, AT, insulin.ProfileEntry(12, 50)), "7b 02 b3 cf 14 14 1a 0c 32 00"),
        (meals.MeterGlucose.of(AT, 123, "020304"), "3f 0f b3 cf 74 14 1a 02 03 04"),
        (meals.GlucoseCaptured.of(AT, 300), "0a 2c b3 cf 34 14 9a"),
        (meals.UnabsorbedInsulin((meals.UnabsorbedDose(20, 44, 0x10),)), "5c 05 14 2c 10"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_record_is_laid_out_as_documented(record: Any, octets: str) -> None:
    assert octets_of(record) == bytes.fromhex(octets)
    generation = Generation.X15 if type(record).__name__.endswith("Tenths") else Generation.X23
    assert list(records_of(bytes.fromhex(octets) + bytes(9), generation)) == [record]


def test_what_shares_octets_with_a_stamp_comes_back() -> None:
    for value in (0, 7, 8, 255, 256, 511, 512, 1023):
        assert meals.GlucoseCaptured.of(AT, value).value == value
        assert meals.GlucoseCaptured.of(AT, value).at == AT
    for value in (0, 123, 400):
        assert meals.MeterGlucose.of(AT, value, "123456").mg_dl == value
    assert meals.UnabsorbedDose(1, 44, 0x10).age == 300
    assert insulin.TempBasalRate.of(AT, 1400, percent=False).value == 1400
    with pytest.raises(Unencodable):
        insulin.TempBasalRate.of(AT, 2048, percent=False)


@given(TIMES)
def test_stamps_are_exact_inverses(at: datetime) -> None:
    assert STAMP.parse(STAMP.build(Stamp(at, 5, 1))) == Stamp(at, 5, 1)
    assert DATE.parse(DATE.build(at.date())) == at.date()
    minute = at.replace(second=0)
    assert GLUCOSE_STAMP.parse(GLUCOSE_STAMP.build(Stamp(minute, 2))) == Stamp(minute, 2)


def test_a_year_that_seven_bits_do_not_hold_never_leaves() -> None:
    for year in (1999, 2128):
        with pytest.raises(Unencodable, match=r"outside 2000\.\.2127"):
            octets_of(events.NewClock(0, AT.replace(year=year)))


@pytest.mark.parametrize("generation", Generation)
@settings(max_examples=30)
@given(noise=st.binary(max_size=200))
def test_noise_is_records_or_a_wire_error(generation: Generation, noise: bytes) -> None:
    try:
        found = list(records_of(noise, generation))
    except WireError:
        return
    assert noise[: noise.find(0) if 0 in noise else None] == b"" or found


def test_a_record_that_the_generation_does_not_write_ends_the_reading() -> None:
    with pytest.raises(UnknownOpcode, match="0x40 is no record of x15"):
        list(records_of(octets_of(meals.MealMarker(0, AT, 20)), Generation.X15))


def test_a_page_is_sealed_with_its_crc() -> None:
    assert pages.sealed(b"")[-2:].hex() == "9ff5"
    page = pages.sealed(octets_of(events.NewClock(0, AT)))
    assert len(page) == 1024
    assert list(records_of(pages.opened(page), Generation.X23)) == [events.NewClock(0, AT)]
    with pytest.raises(BadCrc):
        pages.opened(page[:-1] + b"\x00")
    with pytest.raises(Truncated):
        pages.opened(page[:-1])
    with pytest.raises(Unencodable):
        pages.sealed(bytes(1023))
    assert len(pages.sealed_isig(b"")) == 2048
    assert pages.opened_isig(pages.sealed_isig(b"\x01\x02"))[:2] == b"\x01\x02"


def test_a_glucose_page_is_written_as_documented_and_read_from_its_end() -> None:
    anchor = glucose.TimeStamp(Stamp(AT.replace(hour=18, minute=31, second=0)))
    records = (anchor, *(glucose.Reading(mg_dl) for mg_dl in (110, 112, 114)))
    content = b"".join(glucose.octets_of(record) for record in records)
    assert content.hex(" ") == "1a 14 df 92 08 37 38 39"
    assert glucose.records_of(content + bytes(100)) == records
    assert [(at.strftime("%H:%M"), reading.mg_dl) for at, reading in glucose.timed(records)] == [
        ("18:36", 110),
        ("18:41", 112),
        ("18:46", 114),
    ]


@settings(max_examples=30)
@given(
    st.lists(
        st.one_of(
            st.builds(glucose.Reading, st.integers(20, 255).map(lambda octet: 2 * octet)),
            st.sampled_from([glucose.WeakSignal(), glucose.DataEnd(), *map(glucose.Calibration, glucose.CalibrationNeed)]),
            st.builds(lambda at, extra: glucose.SensorStatus(Stamp(at.replace(second=0), extra)), TIMES, st.integers(0, 2)),
            st.builds(lambda at, n: glucose.CalibrationFactor(n, Stamp(at.replace(second=0))), TIMES, st.integers(0, 0xFFFF)),
            st.builds(lambda at, n: glucose.CalibrationGlucose(n, Stamp(at.replace(second=0))), TIMES, st.integers(0, 255)),
        ),
        max_size=8,
    )
)
def test_glucose_records_are_exact_inverses(records: list[Any]) -> None:
    assert glucose.records_of(b"".join(glucose.octets_of(record) for record in records)) == tuple(records)


@settings(max_examples=30)
@given(st.binary(max_size=60))
def test_noise_is_glucose_or_a_wire_error(noise: bytes) -> None:
    try:
        glucose.records_of(noise)
    except WireError:
        return


def test_readings_below_an_op_code_never_leave() -> None:
    with pytest.raises(Unencodable, match=r"outside 40\.\.511"):
        glucose.octets_of(glucose.Reading(38))
    assert timedelta(minutes=5) == glucose.EVERY


def test_a_basal_profile_ends_where_it_says_and_ascends() -> None:
    entries = (schedules.BasalEntry(40, 0), schedules.BasalEntry(0, 12), schedules.BasalEntry(52, 47))
    octets = schedules.profile_octets(entries)
    assert len(octets) == 192
    assert octets[:12].hex(" ") == "28 00 00 00 00 0c 34 00 2f 00 00 00"
    assert schedules.profile_of(octets) == entries
    assert schedules.profile_of(encode(entries[0]) + b"\x00\x00\x3f") == entries[:1]
    for wrong in ((schedules.BasalEntry(40, 4),), (entries[0], schedules.BasalEntry(1, 9), schedules.BasalEntry(1, 9))):
        with pytest.raises(ReservedValue):
            schedules.profile_of(schedules.profile_octets(wrong))
    with pytest.raises(Truncated):
        schedules.profile_of(encode(entries[0]))
    full = tuple(schedules.BasalEntry(slot + 1, slot) for slot in range(48))
    assert schedules.profile_of(schedules.profile_octets(full)) == full


def test_answers_are_as_long_as_a_strict_client_wants_them() -> None:
    wanted = {
        answers.Clock: 7,
        answers.PumpId: 6,
        answers.Battery: 3,
        answers.ReservoirTenths: 2,
        answers.ReservoirFortieths: 4,
        answers.ErrorStatus: 2,
        answers.RemoteIds: 18,
        answers.DailyTotals: 4,
        answers.TempBasalStatus: 6,
        answers.CalibrationFactor: 2,
        answers.LastHistoryPage: 4,
        answers.GlucosePageInfo: 12,
        answers.Status: 3,
        pump_settings.Settings512: 18,
        pump_settings.Settings515: 21,
        pump_settings.Settings523: 25,
        schedules.Ratios10: 17,
        schedules.Ratios40: 26,
        schedules.Values: 17,
        schedules.Targets: 25,
    }
    assert {kind: size_of(kind) for kind in wanted} == wanted
    assert encode(answers.Model("723")).hex(" ") == "03 37 32 33 00 00 00 00 00"
    assert encode(answers.ReservoirFortieths(5_000)).hex(" ") == "00 00 13 88"
    assert decode(answers.Clock, encode(answers.Clock.of(AT))).to_datetime() == AT
    assert answers.firmware_of(answers.firmware("VER 2.4B1.1")) == "VER 2.4B1.1"
    with pytest.raises(ReservedValue):
        answers.Clock(0, 0, 0, 2026, 2, 30).to_datetime()


def test_a_generation_is_told_by_the_last_digits_of_the_model() -> None:
    generations = [Generation.of(model) for model in ("512", "508", "522", "715", "723", "554", "751")]
    assert generations == [Generation.X12] * 2 + [Generation.X15] * 2 + [Generation.X23] * 3
    assert [generation.strokes for generation in Generation] == [10, 10, 40]
    with pytest.raises(ValueError, match="three digits"):
        Generation.of("7x3")


def test_schedules_are_filled_up_and_high_sensitivities_use_a_bit_of_the_slot() -> None:
    assert schedules.sensitivity(3, 300) == schedules.SlotValue(0x43, 44)
    assert len(schedules.eight((schedules.SlotValue(0, 90),), schedules.SlotValue(0, 0))) == 8
    with pytest.raises(Unencodable):
        schedules.eight((schedules.SlotValue(0, 90),) * 9, schedules.SlotValue(0, 0))
    with pytest.raises(Unencodable):
        schedules.sensitivity(0, 512)
