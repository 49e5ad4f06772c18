"""History and its record access, as a collector meets them."""

from dataclasses import replace
from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import days, hours, minutes, seconds, units
from isletbench.emulator.pump import manual
from isletbench.protocols import ids, racp
from isletbench.protocols.att import AttCode
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.ids import BolusType, HistoryRecord, RecordingReason
from isletbench.protocols.racp import IDS, CountResponse, IdsFilter, Operation, Operator, Request, Response, Selection
from tests.harness.client import Refused, Talk
from tests.harness.conformance import conforms
from tests.pump.talking import BARE, COMMAND, HISTORY, PROFILE, RACP, READER, bolus, events, history, pump_of, talk

REFERENCES, OTHERS = IdsFilter.SEQUENCE_NUMBER_OF_REFERENCE_TIME, IdsFilter.SEQUENCE_NUMBER_OF_OTHER_EVENTS


def a_day(made: Talk) -> list[HistoryRecord]:
    """A day with a bolus in it."""
    made.pass_to(hours(10))
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(days(1))
    return history(made)


def answer(made: Talk, request: Request) -> Response:
    made.write(RACP, request)
    made.pass_to(made.now + seconds(60))
    (told,) = made.heard(RACP)
    opened = made.e2e.open(RACP, told)
    assert isinstance(opened, Response)
    return opened


def chosen(made: Talk, selection: Selection) -> list[HistoryRecord]:
    made.heard(HISTORY)
    assert answer(made, Request(Operation.REPORT, selection)).outcome is racp.Outcome.SUCCESS
    return [made.e2e.open(HISTORY, value) for value in made.heard(HISTORY)]


@conforms("IDS-118", "IDS-119", "IDS-120", "IDS-121")
def test_records_are_reported_and_counted_by_every_criterion() -> None:
    made = talk(rate="1")
    everything = a_day(made)
    assert len(everything) > 60
    for selection, expected in (
        (Selection(Operator.ALL), everything),
        (Selection(Operator.AT_LEAST, None, 20), everything[20:]),
        (Selection(Operator.AT_MOST, None, None, 20), everything[:21]),
        (Selection(Operator.WITHIN, None, 10, 20), everything[10:21]),
        (Selection(Operator.FIRST), everything[:1]),
        (Selection(Operator.LAST), everything[-1:]),
        (Selection(Operator.AT_LEAST, REFERENCES, 0), [r for r in everything if isinstance(r.event, ids.ReferenceTime)]),
        (Selection(Operator.AT_LEAST, OTHERS, 0), [r for r in everything if not isinstance(r.event, ids.ReferenceTime)]),
    ):
        assert chosen(made, selection) == expected
        assert made.ask(RACP, Request(Operation.COUNT, selection)) == CountResponse(len(expected))
    assert made.ask(RACP, Request(Operation.COUNT, Selection(Operator.AT_LEAST, None, 9_999))) == CountResponse(0)


@conforms("IDS-121")
def test_a_count_is_four_octets() -> None:
    made = talk(BARE)
    made.write_octets(RACP, bytes.fromhex("5A 33"))
    (told,) = made.heard(RACP)
    assert told == bytes.fromhex("66 0F") + pump_of(made).history.next_number.to_bytes(4, "little")


@conforms("IDS-122")
def test_nothing_found_is_said() -> None:
    made = talk()
    assert answer(made, Request(Operation.REPORT, Selection(Operator.AT_LEAST, None, 999))).outcome is (
        racp.Outcome.NO_RECORDS_FOUND
    )


@conforms("IDS-124", "IDS-128", "IDS-132")
def test_records_are_deleted_whole_or_not_at_all_and_numbers_go_on() -> None:
    made = talk(rate="1")
    everything = a_day(made)
    pair = next(r for r in everything if isinstance(r.event, ids.BolusProgrammed1Of2)).sequence_number
    split = Request(Operation.DELETE, Selection(Operator.AT_MOST, None, None, pair))
    assert answer(made, split).outcome is racp.Outcome.PROCEDURE_NOT_APPLICABLE
    assert history(made)[: len(everything)] == everything
    whole = Request(Operation.DELETE, Selection(Operator.AT_MOST, None, None, pair + 1))
    assert answer(made, whole).outcome is racp.Outcome.SUCCESS
    assert history(made)[0].sequence_number == pair + 2
    assert answer(made, whole).outcome is racp.Outcome.NO_RECORDS_FOUND
    newest = history(made)[-1].sequence_number
    assert answer(made, Request(Operation.DELETE, Selection(Operator.ALL))).outcome is racp.Outcome.SUCCESS
    made.ask(COMMAND, bolus(1.0))
    assert history(made)[0].sequence_number > newest


@conforms("IDS-46", "IDS-123", "IDS-126")
def test_during_a_transfer_only_an_abort_is_heard_and_it_is_the_only_answer() -> None:
    made = talk(rate="1")
    made.pass_to(days(2))
    made.write(RACP, Request(Operation.REPORT, Selection(Operator.ALL)))
    made.pass_to(made.now + 40)
    for point, operation in (
        (RACP, Request(Operation.COUNT, Selection(Operator.ALL))),
        (READER, ids.GetActiveBolusIds()),
        (COMMAND, bolus(1.0)),
    ):
        with pytest.raises(Refused) as refused:
            made.write(point, operation)
        assert refused.value.code is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
    some = len(made.heard(HISTORY))
    assert 0 < some < 20
    assert answer(made, Request(Operation.ABORT)) == Response(IDS.opcodes[Operation.ABORT], racp.Outcome.SUCCESS)
    assert made.heard(HISTORY) == []
    assert answer(made, Request(Operation.ABORT)).outcome is racp.Outcome.SUCCESS, "there is nothing to abort"


@conforms("IDS-126", "IDS-45")
def test_a_report_needs_the_history_switched_on_a_count_does_not() -> None:
    made = talk()
    other = Talk(made.device, ids.SERVICE, link="test#2")
    with pytest.raises(Refused) as refused:
        other.write(RACP, Request(Operation.COUNT, Selection(Operator.ALL)))
    assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED
    other = Talk(made.device, ids.SERVICE, link="test#3")
    other.subscribe(RACP)
    other.ask(RACP, Request(Operation.COUNT, Selection(Operator.ALL)))
    with pytest.raises(Refused) as refused:
        other.write(RACP, Request(Operation.REPORT, Selection(Operator.ALL)))
    assert refused.value.code is AttCode.CCCD_IMPROPERLY_CONFIGURED


@conforms("IDS-127", "IDS-50")
def test_records_made_during_a_transfer_do_no_harm() -> None:
    made = talk(rate="1")
    made.pass_to(hours(2))
    before = pump_of(made).history.next_number
    made.heard(HISTORY)
    made.write(RACP, Request(Operation.REPORT, Selection(Operator.ALL)))
    made.pass_to(made.now + 20)
    manual.report_issue(pump_of(made), ids.AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, made.now)
    made.pass_to(made.now + seconds(10))
    order = [uuid for uuid, _ in made.told]
    numbers = [made.e2e.open(HISTORY, value).sequence_number for value in made.heard(HISTORY)]
    assert numbers[:before] == list(range(before))
    assert order == [HISTORY.uuid] * len(numbers) + [RACP.uuid], "one answer, and it is the last"
    (told,) = made.heard(RACP)
    assert made.e2e.open(RACP, told).outcome is racp.Outcome.SUCCESS


@conforms("IDS-128")
def test_numbers_begin_at_0_and_go_on_through_a_cut_of_the_power() -> None:
    made = talk(rate="1")
    made.pass_to(hours(1))
    before = history(made)
    manual.lose_power(pump_of(made), made.now)
    made.pass_to(minutes(90))
    after = history(made)
    assert [record.sequence_number for record in after] == list(range(pump_of(made).history.next_number))
    assert len(after) > len(before)
    assert after[: len(before)] == before


@conforms("IDS-129", "IDS-130", "IDS-131")
def test_reference_times_come_first_every_hour_and_when_the_clock_is_set() -> None:
    made = talk(rate="1")
    made.pass_to(minutes(150))
    pump_of(made).set_clock(datetime(2026, 1, 1, 20), made.now)  # noqa: DTZ001  # a device's calendar has no zone
    made.pass_to(hours(4))
    records = [record for record in history(made) if isinstance(record.event, ids.ReferenceTime)]
    assert records[0].sequence_number == 0
    assert [(r.event.reason, r.event.time.hours, r.relative_offset) for r in records] == [
        (RecordingReason.SET_DATE_TIME, 8, 0),
        (RecordingReason.PERIODIC, 9, 3600),
        (RecordingReason.PERIODIC, 10, 3600),
        (RecordingReason.SET_DATE_TIME, 20, 1800),
        (RecordingReason.PERIODIC, 21, 3600),
    ]
    assert events(made, ids.ReferenceTimeBaseOffset) == []
    assert records[0].event.time == DateTime(2026, 1, 1, 8, 0, 0)


@conforms("IDS-129")
def test_no_offset_is_larger_than_65535_s() -> None:
    made = talk(replace(PROFILE, history=replace(PROFILE.history, reference_every=days(2))))
    made.pass_to(seconds(65_534))
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(days(1))
    made.ask(COMMAND, bolus(0.05))
    programmed = [record for record in history(made) if isinstance(record.event, ids.BolusProgrammed1Of2)]
    assert [record.relative_offset for record in programmed] == [65_534, 65_535]


@conforms("IDS-139")
def test_midnight_tells_the_day_and_whether_its_clock_was_changed() -> None:
    made = talk(rate="1")
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(hours(17))
    pump_of(made).set_clock(datetime(2026, 1, 2, 3), made.now)  # noqa: DTZ001
    made.pass_to(hours(40))
    told = events(made, ids.TotalDailyInsulinDelivery)
    assert [(e.day, e.bolus, e.basal, e.date_time_changed) for e in told] == [  # type: ignore[attr-defined]
        (1, 2.0, 16.0, False),
        (2, 0.0, 24.0, True),
    ]


@conforms("IDS-145")
def test_a_damaged_record_has_no_number_and_no_data() -> None:
    made = talk(BARE)
    manual.corrupt_record(pump_of(made), 2, 0)
    made.write_octets(RACP, bytes.fromhex("33 33"))
    made.pass_to(seconds(5))
    values = made.heard(HISTORY)
    assert values[2] == bytes.fromhex("A603 FFFFFFFF 0000")
    assert len(values) == pump_of(made).history.next_number


@conforms("IDS-146")
def test_thousands_are_kept_and_then_the_oldest_is_overwritten() -> None:
    assert PROFILE.history.capacity >= 3_000
    made = talk(replace(PROFILE, history=replace(PROFILE.history, capacity=100)), rate="1")
    made.pass_to(days(3))
    records = history(made)
    assert len(records) == 100
    assert records[-1].sequence_number == pump_of(made).history.next_number - 1
    assert records[0].sequence_number == records[-1].sequence_number - 99


@conforms("IDS-49")
def test_what_cannot_be_now_is_not_applicable_on_every_control_point() -> None:
    made = talk(BARE)
    made.ask(COMMAND, bolus(0.1))
    made.pass_to(seconds(30))
    programmed = next(r.sequence_number for r in history(made) if isinstance(r.event, ids.BolusProgrammed1Of2))
    number = programmed.to_bytes(4, "little").hex()
    for point, octets, told in (
        (READER, "5603 6300 0F", "0303 5603 74"),
        (COMMAND, "1111", "550F 1111 74"),
        (COMMAND, "690F 6300", "550F 690F 74"),
        (RACP, f"3C 5A 0F {number} {number}", "0F 0F 3C 0A"),
    ):
        made.write_octets(point, bytes.fromhex(octets))
        assert made.heard(point) == [bytes.fromhex(told)]


@conforms("IDS-125", "IDS-47", "IDS-48")
@pytest.mark.parametrize(
    ("octets", "told"),
    [
        ("01 01", "0F 0F 01 02"),
        ("33 0F", "0F 0F 33 03"),
        ("55 33", "0F 0F 55 03"),
        ("33 96", "0F 0F 33 04"),
        ("33 01", "0F 0F 33 03"),
        ("33 55 01 00000000", "0F 0F 33 05"),
        ("33 69 96", "0F 0F 33 09"),
        ("33 5A 0F 05000000 01000000", "0F 0F 33 05"),
        ("33 55 0F 0500", "0F 0F 33 05"),
        ("33 55 55 00000000", "0F 0F 33 09"),
        ("33 3C 0F FFFFFFFF", "0F 0F 33 F0"),
        ("33 33 0F", "0F 0F 33 F0"),
    ],
)
def test_what_record_access_cannot_do_is_said_with_its_code(octets: str, told: str) -> None:
    made = talk(BARE)
    made.write_octets(RACP, bytes.fromhex(octets))
    made.pass_to(seconds(5))
    assert made.heard(RACP) == [bytes.fromhex(told)]


@conforms("IDS-132")
def test_what_belongs_together_stands_together() -> None:
    made = talk(rate="1")
    made.ask(COMMAND, ids.SetBolus(BolusType.MULTIWAVE, 1.0, 1.0, 30))
    made.ask(COMMAND, ids.SetTbrAdjustment(ids.TbrType.RELATIVE, 1.5, 60))
    write = ids.WriteBasalRateProfileTemplate(2, 1, ids.Block(700, 1.0), ids.Block(740, 2.0), end_transaction=True)
    made.ask(COMMAND, write)
    made.pass_to(hours(2))
    records = history(made)
    store = pump_of(made).history
    entries = {entry.number: entry for entry in store.entries}
    for place, record in enumerate(records):
        if type(record.event).__name__.endswith("2Of2"):
            first = records[place - 1]
            assert type(first.event).__name__ == type(record.event).__name__.replace("2Of2", "1Of2")
            assert (first.sequence_number + 1, first.relative_offset) == (record.sequence_number, record.relative_offset)
            assert store.splits([entries[record.sequence_number]])
    changed = [r for r in records if isinstance(r.event, ids.BasalRateProfileTimeBlockChanged) and r.event.template_number == 2]
    blocks = [entries[record.sequence_number] for record in changed]
    assert store.splits(blocks[:1])
    assert not store.splits(blocks)


def test_a_bolus_of_many_units_is_told_in_sfloats() -> None:
    made = talk(reservoir=units(300))
    made.ask(COMMAND, bolus(20.45))
    (told,) = events(made, ids.BolusProgrammed1Of2)
    assert told.fast_amount == 20.45  # type: ignore[attr-defined]
