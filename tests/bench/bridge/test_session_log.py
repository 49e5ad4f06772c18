"""What a receiver makes of the time offsets of a CGM."""

from isletbench.emulator.bench.bridge.session_log import SessionLog
from isletbench.emulator.core.quantities import hours, minutes, seconds


def test_a_reading_is_dated_by_its_time_offset_and_counted_once() -> None:
    log = SessionLog()
    log.check(10, minutes(100) + seconds(30))  # began between 89.5 and 90.5
    assert log.accept(10, minutes(100) + seconds(31)) == minutes(100) + seconds(30)
    assert log.accept(10, minutes(100) + seconds(32)) is None
    assert log.accept(15, minutes(105)) == minutes(105)  # it cannot have been measured after it came
    assert log.accept(5, minutes(106)) == minutes(95)


def test_what_should_have_come_is_asked_for_again_and_given_up_after_six_times() -> None:
    log = SessionLog()
    log.check(0, 0)
    assert log.to_fetch(0) == 0
    assert log.to_fetch_again() is None
    for offset in (0, 5, 20):
        log.accept(offset, minutes(offset))
    assert [log.to_fetch_again() for _ in range(7)] == [(10, 15)] * 6 + [None]
    log.accept(30, minutes(30))
    log.accept(15, minutes(30))
    assert log.to_fetch_again() == (25, 25)
    assert log.step == minutes(5)


def test_a_gap_is_what_is_longer_than_the_sensors_own_step() -> None:
    log = SessionLog()
    log.check(0, 0)
    for offset in (0, 1, 2):
        log.accept(offset, minutes(offset))
    assert log.to_fetch_again() is None
    log.accept(5, minutes(5))
    assert log.to_fetch_again() == (3, 4)
    assert log.step == minutes(1)


def test_of_a_session_that_was_not_followed_three_hours_are_fetched_and_then_what_was_missed() -> None:
    log = SessionLog()
    log.check(600, hours(1))
    assert log.to_fetch(600) == 420
    log.accept(600, hours(1))
    assert log.to_fetch(630) == 601
    assert log.to_fetch_again() == (420, 595)


def test_a_day_is_the_longest_that_is_asked_for_again() -> None:
    log = SessionLog()
    log.check(0, 0)
    assert log.to_fetch(0) == 0
    log.accept(0, 0)
    log.accept(3000, minutes(3000))
    assert log.to_fetch_again() == (1560, 2995)


def test_another_session_begins_anew_and_one_that_drifts_a_little_does_not() -> None:
    log = SessionLog()
    log.check(600, hours(10))
    log.accept(600, hours(10))
    log.check(659, hours(11))  # a minute behind
    assert log.accept(600, hours(11)) is None
    log.check(5, hours(12))
    assert log.accept(600, hours(12)) is None  # out of the session before
    assert log.accept(5, hours(12)) == hours(12)
