"""The receiver's database is the sensor's records: readings, lost ones, sessions, calibrations, settings, entries, pages."""

from itertools import pairwise

import pytest

from isletbench.emulator.cgm.actions import Attenuate, Calibrate, Mend, Remove, Start, Stop
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.dexcom_receiver.entries import Egv, Stamp
from isletbench.emulator.endpoints.dexcom_receiver.layouts import arrow_of
from isletbench.emulator.patient.sources import constant, sine
from isletbench.protocols.dexcom import records
from isletbench.protocols.dexcom.packets import Command, Octet, Offset, PageRequest, Status
from isletbench.protocols.dexcom.pages import parse_page
from isletbench.protocols.dexcom.records import Arrow, NoGlucose, Partition, SessionState, SettingFlag
from isletbench.protocols.packet import decode, encode
from tests.endpoints.dexcom_receiver.talking import Talking

EGV = {"g4": records.EgvG4, "g5": records.EgvG5, "g6": records.EgvG6}


@pytest.mark.parametrize("generation", EGV)
def test_every_reading_that_the_sensor_stores_is_a_record_of_the_receiver(generation: str) -> None:
    talking = Talking(source=sine(140, 60, minutes(180)), generation=generation)
    talking.wait(minutes(60 * 5))
    stored = [glucose for record in talking.sensor.records if isinstance(glucose := record.glucose, float)]
    found = talking.records(Partition.EGV_DATA, EGV[generation])
    assert [egv.glucose & records.VALUE for egv in found] == [round(glucose) for glucose in stored]
    system = [egv.system for egv in found]
    assert [later - earlier for earlier, later in pairwise(system)] == [300] * (len(found) - 1)
    signals = talking.records(Partition.SENSOR_DATA, records.SensorSignal)
    assert [signal.unfiltered for signal in signals] == [round(700 * glucose + 30_000) for glucose in stored]


def test_pages_are_numbered_upwards_and_counted_over_the_life_of_the_partition() -> None:
    talking = Talking()
    talking.wait(minutes(5 * 100))
    pages = talking.pages(Partition.EGV_DATA, 13)
    assert [(header.number, header.first, header.count) for header, _ in pages] == [(0, 0, 38), (1, 38, 38), (2, 76, 25)]
    answer = talking.ask(Command.READ_DATABASE_PAGES, encode(PageRequest(Partition.EGV_DATA, 0, 3)))
    assert len(answer.payload) == 3 * 528
    headers = talking.ask(Command.READ_DATABASE_PAGE_HEADER, encode(PageRequest(Partition.EGV_DATA, 1, 2))).payload
    assert headers == answer.payload[528 : 528 + 28] + answer.payload[1_056 : 1_056 + 28]


def test_readings_without_a_number_and_beyond_the_range_have_their_codes() -> None:
    talking = Talking(source=constant(20))
    talking.wait(minutes(5))
    Attenuate().do(talking.sensor, talking.now)
    talking.wait(minutes(5))
    Mend().do(talking.sensor, talking.now)
    talking.sensor.source = constant(500)
    talking.wait(minutes(5))
    found = talking.records(Partition.EGV_DATA, records.EgvG4)
    assert [egv.glucose for egv in found][-3:] == [39, NoGlucose.ABSOLUTE_DEVIATION, 401]
    assert found[-2].trend_noise == records.trend_and_noise(Arrow.NOT_COMPUTABLE, records.Noise.NOT_COMPUTED)


@pytest.mark.parametrize(
    ("rate", "arrow"),
    [
        (None, Arrow.NOT_COMPUTABLE),
        (-3.0, Arrow.DOUBLE_DOWN),
        (-2.0, Arrow.SINGLE_DOWN),
        (-1.1, Arrow.FORTY_FIVE_DOWN),
        (-1.0, Arrow.FLAT),
        (1.0, Arrow.FLAT),
        (1.9, Arrow.FORTY_FIVE_UP),
        (2.9, Arrow.SINGLE_UP),
        (3.0, Arrow.DOUBLE_UP),
    ],
)
def test_arrows_are_those_of_the_user_guide(rate: float | None, arrow: Arrow) -> None:
    assert arrow_of(Egv(Stamp(0, 0), 0, 0, 120, rate)) is arrow


def test_changing_the_clock_leaves_old_records_as_they_were_and_is_a_new_snapshot_of_settings() -> None:
    talking = Talking()
    talking.wait(minutes(5))
    before = talking.records(Partition.EGV_DATA, records.EgvG4)
    talking.ask(Command.WRITE_DISPLAY_TIME_OFFSET, encode(Offset(3_600)))
    talking.wait(minutes(5))
    after = talking.records(Partition.EGV_DATA, records.EgvG4)
    assert after[: len(before)] == before
    assert [egv.display - egv.system for egv in after] == [0, 0, 3_600]
    made = talking.records(Partition.USER_SETTING_DATA, records.Settings, size=48)
    assert [snapshot.display_offset for snapshot in made] == [0, 3_600]


@pytest.mark.parametrize(("generation", "size", "at"), [("g4", 48, 20), ("g5", 50, 22), ("g6", 60, 22)])
def test_settings_have_the_size_and_the_alerts_of_their_generation(generation: str, size: int, at: int) -> None:
    talking = Talking(generation=generation)
    talking.ask(Command.WRITE_BLINDED_MODE, encode(Octet(1)))
    ((_, found),) = talking.pages(Partition.USER_SETTING_DATA, size)
    first, second = (decode(records.Alerts, record[at:], trailing=True) for record in found)
    on = (
        SettingFlag.CLOCK_24_H
        | SettingFlag.LOW_ALARM
        | SettingFlag.HIGH_ALARM
        | SettingFlag.RISE_ALARM
        | SettingFlag.FALL_ALARM
    )
    assert (first.flags, second.flags) == (on, on | SettingFlag.BLINDED)
    assert (first.high, first.low, first.rise, first.fall, first.setup) == (180, 70, 3, 3, 5)
    if generation == "g4":
        assert int.from_bytes(found[0][16:20], "little") == records.packed_id("6K111")
    else:
        assert found[0][16:22] == {"g5": b"40A1B2", "g6": b"80A1B2"}[generation]


def test_a_lost_reading_is_missing_in_g4_and_backfilled_in_g6_with_the_next_one_that_arrives() -> None:
    found = {}
    for generation in ("g4", "g6"):
        talking = Talking(profile="factory_10_day", seed=3, generation=generation)
        talking.wait(minutes(60 * 24))
        lost = {sample.time_offset for _, sample in talking.sensor.ledger.of(Sample) if sample.lost}
        assert lost, "this seed loses no reading"
        found[generation] = talking.records(Partition.EGV_DATA, EGV[generation])
        assert len(found[generation]) == len(talking.sensor.records) - len(lost)
    backfilled = talking.records(Partition.BACKFILLED_EGV_DATA, records.EgvG6)
    assert all(egv.glucose & records.BACKFILLED for egv in backfilled)
    assert all(egv.read_at < egv.system for egv in backfilled)
    arrived = {egv.system for egv in found["g6"]}
    assert {egv.system for egv in backfilled} <= arrived
    assert {egv.read_at for egv in backfilled}.isdisjoint(arrived)


def test_predictions_are_twenty_minutes_ahead() -> None:
    talking = Talking(generation="g6", source=sine(140, 60, minutes(240)))
    talking.wait(minutes(60))
    stored, found = list(talking.sensor.records), talking.records(Partition.EGV_DATA, records.EgvG6)
    assert stored[-1].trend is not None
    assert isinstance(stored[-1].glucose, float)
    assert found[-1].predicted == round(stored[-1].glucose + 20 * stored[-1].trend)
    assert found[0].predicted == records.NO_PREDICTION


def test_sessions_and_their_ends_are_insertions_and_earlier_readings_stay() -> None:
    talking = Talking()
    talking.wait(minutes(10))
    Stop().do(talking.sensor, talking.now)
    Start().do(talking.sensor, talking.now)
    talking.wait(minutes(5))
    Remove().do(talking.sensor, talking.now)
    talking.wait(0)
    found = talking.records(Partition.INSERTION_TIME, records.InsertionG4)
    states = [SessionState.STARTED, SessionState.REMOVED, SessionState.STARTED, SessionState.REMOVED]
    assert [insertion.state for insertion in found] == states
    assert [insertion.inserted == insertion.system for insertion in found] == [True, False, True, False]
    assert found[1].inserted == records.NO_TIME
    assert len(talking.records(Partition.EGV_DATA, records.EgvG4)) == 5, "three before the restart, two after it"


@pytest.mark.parametrize(("generation", "layout"), [("g4", records.MeterG4), ("g5", records.MeterG5)])
def test_a_calibration_is_a_meter_value_and_a_calibration_set(
    generation: str, layout: type[records.MeterG4] | type[records.MeterG5]
) -> None:
    talking = Talking(generation=generation)
    talking.wait(minutes(30))
    Calibrate(mg_dl=132).do(talking.sensor, talking.now)
    talking.wait(minutes(30))
    (entered,) = talking.records(Partition.METER_DATA, layout)
    assert (entered.mg_dl, entered.measured) == (132, entered.display)
    ((_, (made,)),) = talking.pages(Partition.CAL_SET, 249)
    calibration = decode(records.Calibration, made, trailing=True)
    assert calibration.points == 1
    assert calibration.slope == pytest.approx(700 / talking.sensor.calibrations.gain)
    point = decode(records.CalibrationPoint, made[8 + 24 + 3 + 8 + 1 :], trailing=True)
    assert (point.mg_dl, point.counts, point.entered) == (132, 700 * 120 + 30_000, entered.system)


def test_what_the_user_enters_is_there_when_it_is_due() -> None:
    entries = [
        {"at": "10m", "event": "carbohydrate", "value": 45},
        {"at": "11m", "event": "insulin", "value": 3.25},
        {"at": "12m", "event": "stress"},
        {"at": "50m", "event": "medium_exercise", "value": 30},
    ]
    talking = Talking(entries=entries)
    talking.wait(minutes(20))
    found = talking.records(Partition.USER_EVENT_DATA, records.UserEvent)
    assert [(entry.type, entry.subtype, entry.value) for entry in found] == [(1, 0, 45), (2, 0, 325), (3, 2, 0)]
    talking.wait(minutes(40))
    last = talking.records(Partition.USER_EVENT_DATA, records.UserEvent)[-1]
    assert (last.type, last.subtype, last.value) == (4, 2, 30)


def test_what_the_factory_and_a_program_have_written_are_texts() -> None:
    talking = Talking(generation="g6", touchscreen=True, serial_number="SM76543210")
    header = talking.ask(Command.READ_FIRMWARE_HEADER).payload.decode()
    assert 'ProductId="OrionReceiver"' in header
    assert 'SerialNumber="SM76543210"' in talking.pages(0, 500)[0][1][0].decode("latin-1")
    assert talking.ask(Command.WRITE_PC_PARAMETERS, b'<PCParameters Name="x"/>').code == Status.ACK
    assert talking.ask(Command.WRITE_PC_PARAMETERS, b"x" * 491).code == Status.INVALID_PARAM
    assert talking.ask(Command.WRITE_PC_PARAMETERS, b"\xff").code == Status.INVALID_PARAM
    ((_, (text,)),) = talking.pages(Partition.PC_SOFTWARE_PARAMETER, 500)
    assert text[8:].rstrip(b"\0") == b'<PCParameters Name="x"/>'
    info = talking.ask(Command.READ_DATABASE_PARTITION_INFO).payload.decode()
    assert 'Name="EgvData" Id="4" RecordRevision="5" RecordLength="25"' in info


def test_erasing_deletes_all_but_what_the_factory_has_written() -> None:
    talking = Talking()
    talking.wait(minutes(30))
    assert talking.ask(Command.ERASE_DATABASE).code == Status.ACK
    assert talking.pages(Partition.EGV_DATA, 13) == []
    assert len(talking.pages(Partition.MANUFACTURING_DATA, 500)) == 1
    talking.wait(minutes(5))
    ((header, found),) = talking.pages(Partition.EGV_DATA, 13)
    assert (header.first, header.number, len(found)) == (0, 0, 1)


def test_a_full_partition_loses_its_oldest_page_and_numbers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isletbench.emulator.endpoints.dexcom_receiver.database.MOST_PAGES", 2)
    talking = Talking()
    talking.wait(minutes(5 * 80))
    pages = talking.pages(Partition.EGV_DATA, 13)
    assert [(header.number, header.first) for header, _ in pages] == [(1, 38), (2, 76)]
    request = encode(PageRequest(Partition.EGV_DATA, 0, 1))
    assert talking.ask(Command.READ_DATABASE_PAGES, request).code == Status.INVALID_PARAM
    assert parse_page(talking.ask(Command.READ_DATABASE_PAGES, encode(PageRequest(4, 2, 1))).payload, 13)[0].count == 5
