"""The careful controller's timeline: what a pump remembers is placed by the order of its records, not by its calendar."""

from datetime import datetime, timedelta

import pytest

from isletbench.hil_rigs.clients.careless.calendar_times import CalendarTimes
from isletbench.hil_rigs.clients.controller.timeline import LONGEST_S, Timeline
from isletbench.protocols import ids
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import HistoryRecord, RecordingReason

NOON = datetime(2026, 1, 1, 12)  # noqa: DTZ001  # a pump's calendar has no zone
EVENT = ids.TherapyControlStateChanged(ids.TherapyControlState.STOP, ids.TherapyControlState.RUN)


def reference(
    number: int, offset: int, shown: datetime | DateTime, reason: RecordingReason = RecordingReason.PERIODIC
) -> HistoryRecord:
    date = shown if isinstance(shown, DateTime) else DateTime.of(shown)
    return HistoryRecord(number, offset, ids.ReferenceTime(reason, date, None, DstOffset.UNKNOWN))


def event(number: int, offset: int) -> HistoryRecord:
    return HistoryRecord(number, offset, EVENT)


def dated(timeline: Timeline, *records: HistoryRecord, shown: datetime, now: float) -> list[float | None]:
    """When each of these was written, s by the client's clock; references are none."""
    places = [timeline.read(record) for record in records]
    timeline.date_chain(shown, now)
    return [timeline.when(place, now) for place in places]


def test_a_record_is_so_long_after_the_last_reference_time() -> None:
    found = dated(Timeline(), reference(0, 0, NOON), event(1, 30), shown=NOON + timedelta(seconds=100), now=1_000.0)
    assert found == [None, 930.0]


def test_a_clock_that_is_set_back_moves_nothing() -> None:
    timeline = Timeline()
    assert dated(timeline, reference(0, 0, NOON), event(1, 60), shown=NOON + timedelta(seconds=90), now=90.0)[1] == 60.0
    set_back = reference(2, 100, NOON - timedelta(hours=3), RecordingReason.SET_DATE_TIME)
    found = dated(timeline, set_back, event(3, 10), shown=NOON - timedelta(hours=3) + timedelta(seconds=20), now=120.0)
    assert found == [None, 110.0]


def test_a_change_that_no_record_tells_of_is_not_believed() -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
    assert dated(timeline, event(1, 50), shown=NOON + timedelta(hours=6), now=60.0) == [50.0]


def test_a_clock_that_drifts_takes_its_records_along() -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
    slow = reference(1, 3_600, NOON + timedelta(seconds=3_564))
    found = dated(timeline, slow, event(2, 10), shown=NOON + timedelta(seconds=3_584), now=3_620.0)
    assert found[1] == pytest.approx(3_610, abs=40)


def test_a_date_that_is_lost_begins_a_chain_of_its_own() -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
    factory = datetime(2020, 1, 1)  # noqa: DTZ001
    lost = reference(1, 0, factory, RecordingReason.DATE_TIME_LOSS)
    assert dated(timeline, lost, event(2, 5), shown=factory + timedelta(seconds=9), now=7_000.0) == [None, 6_996.0]


@pytest.mark.parametrize("odd", [DateTime(2026, 2, 31, 0, 0, 0), DateTime(0, 0, 0, 0, 0, 0)])
def test_a_date_that_there_is_not_breaks_no_chain(odd: DateTime) -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
    assert dated(timeline, reference(1, 600, odd), event(2, 7), shown=NOON, now=700.0) == [None, 607.0]


@pytest.mark.parametrize(
    "hole", [HistoryRecord(ids.CORRUPTED, 0, ids.DataCorruption()), None], ids=["a damaged record", "a record that is gone"]
)
def test_behind_a_hole_nothing_is_placed_before_the_next_reference(hole: HistoryRecord | None) -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
    records = [*([hole] if hole else []), event(2, 20), reference(3, 90, NOON + timedelta(seconds=200)), event(4, 10)]
    found = dated(timeline, *records, shown=NOON + timedelta(seconds=220), now=220.0)
    assert found[-3:] == [None, None, 210.0]


def test_what_was_read_before_stands_nowhere_and_an_offset_at_its_end_may_be_longer() -> None:
    timeline = Timeline()
    dated(timeline, reference(0, 0, NOON), event(1, 5), shown=NOON, now=10.0)
    assert dated(timeline, event(1, 5), event(2, LONGEST_S), shown=NOON, now=10.0) == [None, None]


def test_nothing_is_dated_in_the_future_but_by_a_calendar() -> None:
    ahead = reference(1, 60, NOON + timedelta(hours=3), RecordingReason.SET_DATE_TIME), event(2, 10)
    for kind, expected in ((Timeline, 70.0), (CalendarTimes, 3 * 3_600 + 10.0)):
        timeline = kind()
        dated(timeline, reference(0, 0, NOON), shown=NOON, now=0.0)
        assert dated(timeline, *ahead, shown=NOON + timedelta(hours=3, seconds=20), now=80.0)[1] == expected
