"""When the tests of a meter were made, whatever its display says."""

from datetime import datetime, timedelta

from isletbench.hil_rigs.clients.controller.meter_time import MeterTime
from isletbench.hil_rigs.clients.controller.timeline import ZERO
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.gls import Annunciation, Measurement

NEVER = float("-inf")
BASE = datetime(2026, 3, 1, 8)  # noqa: DTZ001
"""What the internal clock says when the client's shows 0."""
AHEAD = (BASE - ZERO).total_seconds()


def made(at: float, offset: int | None = 0, *, since: datetime = BASE, lost: bool = False) -> Measurement:
    """A test at this moment (s), by an internal clock that said ``since`` at 0."""
    status = Annunciation.TIME_FAULT if lost else None
    return Measurement(1, DateTime.of(since + timedelta(seconds=at)), time_offset=offset, annunciation=status)


def test_the_display_dates_the_newest_test_and_base_time_those_before_it() -> None:
    tests = [made(10), made(70, 60), made(200, -90)]
    assert MeterTime().date(tests, AHEAD - 90 * 60, now=300, since=NEVER) == [10, 70, 200]


def test_once_the_internal_clock_is_known_the_display_may_be_set_to_anything() -> None:
    time = MeterTime()
    time.date([made(10)], AHEAD, now=60, since=NEVER)
    assert time.date([made(100)], AHEAD + 86_400, now=200, since=60) == [100]
    assert time.date([made(300)], None, now=400, since=200) == [300]


def test_a_clock_that_drifts_is_followed() -> None:
    time = MeterTime()
    for hour in range(0, 200, 10):  # by 10 s in 10 h
        now, ahead = hour * 3_600.0, AHEAD + hour
        (found,) = time.date([made(now + hour - 100)], ahead, now, since=now - 3_600 if hour else NEVER)
        assert found is not None
        assert abs(found - (now - 100)) < 1


def test_a_clock_that_began_anew_is_found_out_by_tests_that_cannot_be_of_then() -> None:
    time = MeterTime()
    time.date([made(10)], AHEAD, now=60, since=NEVER)
    anew = datetime(2000, 1, 1)  # noqa: DTZ001
    tests = [made(100), made(200, since=anew, lost=True)]
    assert time.date(tests, 0.0, now=300, since=60) == [100, 200]
    assert time.date([made(400, since=anew, lost=True)], 0.0, now=500, since=300) == [400]


def test_what_nobody_can_date_has_no_date() -> None:
    assert MeterTime().date([made(100)], None, now=200, since=NEVER) == [None]
    assert MeterTime().date([made(100, 0x7FFF)], AHEAD, now=200, since=NEVER) == [None]
    display_set_back = AHEAD - 86_400
    assert MeterTime().date([made(100)], display_set_back, now=200, since=NEVER) == [None], "it would be of tomorrow"
    lost = made(50, since=datetime(2000, 1, 1), lost=True)  # noqa: DTZ001
    assert MeterTime().date([lost, made(100)], AHEAD, now=200, since=NEVER) == [None, 100]
    no_date = Measurement(1, DateTime(0, 0, 0, 0, 0, 0))
    assert MeterTime().date([no_date, made(100)], AHEAD, now=200, since=NEVER) == [None, 100]
