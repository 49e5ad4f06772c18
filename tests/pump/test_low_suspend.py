"""Suspension of basal insulin by the pump itself: two sets of rules, their times, and what the history holds of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.emulator.core.quantities import Instant, Span, hours, minutes, units
from isletbench.emulator.core.readings import GlucoseReading
from isletbench.emulator.pump import manual, records
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.glucose_limits import SuspendRules
from isletbench.emulator.pump.low_suspend import longest_over
from isletbench.emulator.pump.states import LowSuspendState, Refused
from isletbench.protocols.ids import AnnunciationType, BasalContext, BolusType, TbrType, TherapyControlState
from tests.pump.worn import BEFORE_LOW, PREDICTIVE, STEP, Worn

# The rules themselves


@pytest.mark.parametrize(
    ("mg_dl", "predicted", "suspends"),
    [
        (70, 200, True),
        (71, 200, False),
        (140, 90, True),
        (140, 91, False),
        (141, 90, False),
        (141, 20, False),
        (71, None, False),
    ],
)
def test_before_low_suspends_at_the_limit_or_within_70_of_it_when_20_above_it_is_predicted(
    mg_dl: float, predicted: float | None, suspends: bool
) -> None:
    assert (BEFORE_LOW.is_low(mg_dl) or BEFORE_LOW.is_predicted_low(mg_dl, predicted)) is suspends


@pytest.mark.parametrize(
    ("mg_dl", "predicted", "resumes"),
    [(90, 111, True), (91, 115, True), (89, 200, False), (90, 110, False), (120, None, False)],
)
def test_before_low_resumes_20_above_the_limit_and_predicted_more_than_40_above(
    mg_dl: float, predicted: float | None, resumes: bool
) -> None:
    """The worked example of the maker: 21 above, and 45 above predicted."""
    assert BEFORE_LOW.has_recovered(mg_dl, predicted, rises=False) is resumes


@pytest.mark.parametrize(
    ("mg_dl", "predicted", "suspends"),
    [(69, None, True), (70, None, False), (70, 80, False), (300, 79, True), (70, 79, True), (100, 80, False)],
)
def test_predictive_suspends_below_70_or_predicted_below_80(mg_dl: float, predicted: float | None, suspends: bool) -> None:
    assert (PREDICTIVE.is_low(mg_dl) or PREDICTIVE.is_predicted_low(mg_dl, predicted)) is suspends


def test_predictive_resumes_as_soon_as_glucose_rises_however_low() -> None:
    assert PREDICTIVE.has_recovered(55, 40, rises=True)
    assert not PREDICTIVE.has_recovered(120, 200, rises=False)


def test_rules_that_contradict_themselves_are_refused() -> None:
    for changes, why in (
        ({"shortest": hours(2)}, "shortest: expected less than longest"),
        ({"within": hours(2)}, "within: expected more than longest"),
        ({"fewest": 1}, "fewest: expected at least 2"),
        ({"resumes_at": -1.0}, "resumes_at: expected at least 0"),
    ):
        with pytest.raises(ValueError, match=why):
            replace(PREDICTIVE, **changes)


# In a pump


def test_a_falling_glucose_suspends_before_it_is_low_and_basal_stops_while_a_bolus_goes_on() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(150, 140, 130)  # falls 2 mg/dL/min: 70 in 30 min, below 80
    assert worn.suspends
    at = worn.now - STEP
    worn.pump.set_bolus(Prescription(type=BolusType.EXTENDED, extended=units(1), duration=minutes(30)), worn.now)
    worn.reads(120, 110, 100, 95)
    assert worn.happened() == [(10, "BEFORE_LOW")]
    assert worn.pump.parts.therapy.state is TherapyControlState.RUN
    assert worn.basal_between(at, worn.now) == 0
    assert next(iter(worn.pump.parts.boluses.active.values())).delivered > 0


def test_without_enough_readings_nothing_is_predicted_and_low_glucose_still_suspends() -> None:
    assert not Worn(PREDICTIVE).reads(150, 130).suspends
    assert Worn(PREDICTIVE).reads(69).happened() == [(0, "ON_LOW")]


def test_an_old_reading_or_one_without_a_value_suspends_nothing() -> None:
    worn = Worn(PREDICTIVE)
    worn.passes(hours(1))
    worn.pump.receive_glucose([GlucoseReading(worn.now - minutes(16), 50.0, backfilled=True)], worn.now)
    worn.pump.receive_glucose([GlucoseReading(worn.now, None)], worn.now)
    assert worn.happened() == []
    worn.pump.receive_glucose([GlucoseReading(worn.now - minutes(15), 50.0, backfilled=True)], worn.now)
    assert worn.happened() == [(60, "ON_LOW")]


def test_backfilled_readings_serve_the_prediction_and_are_no_decisions_of_their_own() -> None:
    worn = Worn(PREDICTIVE)
    worn.passes(hours(1))
    missed = [GlucoseReading(worn.now - STEP * back, 100.0 + 10 * back, backfilled=True) for back in (2, 1)]
    worn.pump.receive_glucose([GlucoseReading(worn.now, 100.0)], worn.now)
    assert not worn.suspends
    worn.pump.receive_glucose(missed, worn.now)
    assert not worn.suspends  # the newest reading has been decided upon
    worn.passes(STEP)
    worn.reads(90)
    assert worn.happened() == [(65, "BEFORE_LOW")]


def test_predictive_resumes_with_the_first_rise_and_suspends_again_with_the_next_fall() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(68, 66, 67, 66, 66, 69, 71)
    assert worn.happened() == [
        *((0, "ON_LOW"), (10, "GLUCOSE_RECOVERED")),
        *((15, "ON_LOW"), (25, "GLUCOSE_RECOVERED")),
    ]


def test_predictive_does_not_resume_before_its_shortest_time() -> None:
    worn = Worn(replace(PREDICTIVE, shortest=minutes(12)))
    worn.reads(68, 69, 70)
    assert worn.happened() == [(0, "ON_LOW")]
    worn.reads(71)
    assert worn.happened() == [(0, "ON_LOW"), (15, "GLUCOSE_RECOVERED")]


def test_before_low_stays_suspended_for_30_minutes_and_resumes_when_glucose_has_recovered() -> None:
    worn = Worn(BEFORE_LOW)
    worn.reads(110, 104, 98)  # 62 in 30 min
    assert worn.happened() == [(10, "BEFORE_LOW")]
    worn.reads(94, 92, 94, 98, 104)  # recovered at minute 35
    assert worn.happened() == [(10, "BEFORE_LOW")]
    worn.reads(110)
    assert worn.happened() == [(10, "BEFORE_LOW"), (40, "GLUCOSE_RECOVERED")]
    assert worn.state is LowSuspendState.WATCHING


def test_after_its_longest_time_it_goes_back_to_its_profile_and_is_unavailable_for_a_while() -> None:
    worn = Worn(BEFORE_LOW)
    worn.reads(*[60] * 25)
    assert worn.happened() == [(0, "ON_LOW"), (120, "LONGEST_TIME_OVER")]
    assert worn.state is LowSuspendState.UNAVAILABLE
    delivered = worn.basal_between(hours(2), worn.now)
    worn.reads(*[60] * 46)  # nobody has answered: 4 h
    assert len(worn.happened()) == 2
    assert worn.basal_between(hours(2), worn.now) > delivered
    worn.reads(60, 60, 60)
    assert worn.happened()[2:] == [(360, "ON_LOW")]


def test_a_user_who_has_confirmed_the_suspension_has_it_again_after_30_minutes() -> None:
    worn = Worn(BEFORE_LOW)
    worn.reads(60)
    manual.acknowledge(worn.pump, worn.now)
    worn.reads(*[60] * 31)
    assert worn.happened() == [(0, "ON_LOW"), (120, "LONGEST_TIME_OVER"), (150, "ON_LOW")]


def test_predictive_suspends_for_2_hours_within_any_2_hours_and_a_half() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(*[60] * 61)
    assert worn.happened() == [
        *((0, "ON_LOW"), (120, "LONGEST_TIME_OVER")),
        *((150, "ON_LOW"), (270, "LONGEST_TIME_OVER")),
        (300, "ON_LOW"),
    ]


def test_earlier_suspensions_count_for_the_rolling_window() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(*[60] * 12, 61, *[60] * 16)
    assert worn.happened() == [
        *((0, "ON_LOW"), (60, "GLUCOSE_RECOVERED")),
        *((65, "ON_LOW"), (125, "LONGEST_TIME_OVER")),
    ]


def test_predictive_does_not_suspend_while_glucose_rises() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(68, 66, 67, 68, 69)
    assert worn.happened() == [(0, "ON_LOW"), (10, "GLUCOSE_RECOVERED")]


def _used(intervals: Sequence[tuple[Instant, Instant]], at: Instant, within: Span) -> Span:
    return sum(max(0, min(end, at) - max(start, at - within)) for start, end in intervals)


@given(gaps=st.lists(st.tuples(st.integers(1, 150), st.integers(5, 60)), max_size=6))
def test_no_rolling_window_ever_has_more_than_the_longest_time(gaps: list[tuple[int, int]]) -> None:
    """Held against counting every minute."""
    assert PREDICTIVE.within is not None
    past: list[tuple[Instant, Instant]] = []
    now = 0
    for gap, lasts in gaps:
        start = now + minutes(gap)
        now = min(start + minutes(lasts), longest_over(start, past, PREDICTIVE))
        past.append((start, now))
    since = now + minutes(1)
    ends = longest_over(since, past, PREDICTIVE)
    assert ends >= since
    for at in range(since, ends + 1, minutes(1)):
        assert _used([*past, (since, at)], at, PREDICTIVE.within) <= PREDICTIVE.longest
    later = [ends + minutes(more) for more in range(1, 3)]
    assert any(_used([*past, (since, at)], at, PREDICTIVE.within) > PREDICTIVE.longest for at in later)


@pytest.mark.parametrize(("rules", "back_after"), [(PREDICTIVE, minutes(11)), (BEFORE_LOW, hours(2))])
def test_with_the_cgm_silent_it_goes_back_to_its_profile_after_a_stated_time(rules: SuspendRules, back_after: Span) -> None:
    worn = Worn(rules)
    worn.reads(60)
    worn.passes(back_after - STEP - 1)
    assert worn.suspends
    assert worn.pump.parts.basal.delivered_rate == 0
    worn.passes(1)
    assert not worn.suspends
    assert worn.pump.parts.basal.delivered_rate == units("1.2")
    worn.passes(hours(6))
    assert len(worn.happened()) == 2


# Its user


def test_its_user_resumes_by_hand_and_suspensions_are_unavailable_for_30_minutes() -> None:
    worn = Worn(PREDICTIVE)
    with pytest.raises(Refused, match="resume: not possible when watching"):
        manual.resume_basal(worn.pump, 0)
    worn.reads(60, 60)
    manual.resume_basal(worn.pump, worn.now)
    worn.reads(*[60] * 7)
    assert worn.happened() == [(0, "ON_LOW"), (10, "RESUMED_BY_USER"), (40, "ON_LOW")]


def test_its_user_switches_the_function_off_and_on() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(60)
    manual.switch_low_suspend(worn.pump, worn.now, on=False)
    worn.reads(60, 59)
    assert worn.happened() == [(0, "ON_LOW"), (5, "SWITCHED_OFF")]
    with pytest.raises(Refused, match="switch off: not possible when off"):
        manual.switch_low_suspend(worn.pump, worn.now, on=False)
    manual.switch_low_suspend(worn.pump, worn.now, on=True)
    assert worn.reads(58).suspends


def test_a_pump_without_rules_suspends_nothing_and_says_so() -> None:
    worn = Worn(None)
    worn.reads(60, 50, 40)
    assert worn.happened() == []
    with pytest.raises(Refused, match="does not suspend by itself"):
        manual.resume_basal(worn.pump, worn.now)
    with pytest.raises(Refused, match="does not suspend by itself"):
        manual.switch_low_suspend(worn.pump, worn.now, on=True)


# Beside everything else


def _stop(worn: Worn) -> None:
    worn.pump.set_therapy(TherapyControlState.STOP, worn.now)


def _pause(worn: Worn) -> None:
    worn.pump.set_therapy(TherapyControlState.PAUSE, worn.now)


def _lose_power(worn: Worn) -> None:
    manual.lose_power(worn.pump, worn.now)


@pytest.mark.parametrize(
    ("act", "reason"),
    [(_stop, "THERAPY_STOPPED"), (_pause, "THERAPY_STOPPED"), (_lose_power, "POWER_LOST")],
    ids=["stop", "pause", "power"],
)
def test_a_stop_a_pause_and_a_loss_of_power_end_a_suspension(act: Callable[[Worn], None], reason: str) -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(60)
    act(worn)
    assert worn.happened() == [(0, "ON_LOW"), (5, reason)]
    assert worn.state is LowSuspendState.WATCHING


def test_a_stopped_pump_suspends_nothing_and_one_that_runs_again_does() -> None:
    worn = Worn(PREDICTIVE)
    _stop(worn)
    worn.reads(60, 59)
    assert worn.happened() == []
    worn.pump.set_therapy(TherapyControlState.RUN, worn.now)
    assert worn.reads(58).suspends


def test_the_history_tells_a_suspension_from_a_users_stop() -> None:
    worn = Worn(PREDICTIVE)
    worn.reads(150, 140, 130)
    worn.reads(131)
    found = [entry.record for entry in worn.pump.history.entries]
    assert not any(isinstance(record, records.TherapyChanged) for record in found[-8:])
    rates = [record for record in found if isinstance(record, records.BasalRateChanged)][-2:]
    assert [(rate.old, rate.new) for rate in rates] == [(units("1.2"), 0), (0, units("1.2"))]
    assert {rate.context for rate in rates} == {BasalContext.AP_CONTROLLER}
    begun, ended = (found[found.index(rate) - 1] for rate in rates)
    assert isinstance(begun, records.LowSuspendStarted)
    assert (begun.reason.name, begun.mg_dl, begun.predicted) == ("BEFORE_LOW", 130, 70)
    assert isinstance(ended, records.LowSuspendEnded)
    assert (ended.reason.name, ended.lasted) == ("GLUCOSE_RECOVERED", minutes(5))


def test_a_temp_basal_runs_on_behind_the_suspension() -> None:
    worn = Worn(PREDICTIVE)
    worn.pump.set_tbr(Adjustment(type=TbrType.RELATIVE, value=500_000, duration=minutes(60)), 0)
    worn.reads(60)
    assert worn.pump.parts.basal.delivered_rate == 0
    worn.reads(61)
    assert worn.pump.parts.basal.delivered_rate == units("0.6")


def test_which_suspensions_are_announced_is_the_rules_choice_but_the_one_on_low_always_is() -> None:
    silent = replace(PREDICTIVE, announces_before_low=False, announces_resume=False)
    worn = Worn(silent)
    worn.reads(150, 140, 130, 131)
    assert worn.announced() == []
    worn = Worn(PREDICTIVE)
    worn.reads(150, 140, 130, 131)
    assert worn.announced() == [AnnunciationType.SUSPENDED_BEFORE_LOW, AnnunciationType.BASAL_RESUMED]
    worn = Worn(silent)
    worn.reads(60, 61)
    assert worn.announced() == [AnnunciationType.SUSPENDED_ON_LOW]
