"""The forecast, against arithmetic of its own: steady glucose, insulin, a meal, a trend, and what none of them explains."""

from collections.abc import Sequence

import pytest

from isletbench.hil_rigs.clients.algorithms.contract import Bolus, Meal
from isletbench.hil_rigs.clients.algorithms.forecast import LOOK_BACK, explained, forecast, trend
from tests.hil_rigs.clients.algorithms.situations import NOON, ago, situation

STEADY = [120.0] * 10


def test_steady_glucose_stays() -> None:
    ahead = forecast(situation(STEADY))
    assert set(ahead.mg_dl) == {120.0}
    assert (ahead.slope, ahead.unexplained) == (0.0, 0.0)


def test_a_bolus_lowers_glucose_by_the_sensitivity_in_the_end() -> None:
    ahead = forecast(situation(STEADY, boluses=[Bolus(NOON, 1.0)]))
    assert ahead.mg_dl[0] == 120
    assert ahead.eventual == pytest.approx(120 - 45, abs=1)  # the first 20 min follow the trend
    assert list(ahead.mg_dl) == sorted(ahead.mg_dl, reverse=True)


def test_a_meal_and_the_bolus_that_covers_it_cancel_in_the_end() -> None:
    covered = situation(STEADY, boluses=[Bolus(NOON, 4.0)], meals=[Meal(NOON, 40.0)])
    assert forecast(covered).eventual == pytest.approx(120, abs=3)
    assert max(forecast(covered).mg_dl) > 130  # carbohydrate is faster than insulin


def test_carbohydrate_is_absorbed_at_a_constant_rate_after_its_delay() -> None:
    ahead = explained(situation(STEADY, meals=[Meal(NOON, 36.0, absorbed_in=180)]), 40).ahead
    assert ahead[:2] == [0, 0]
    assert ahead[2:38] == [pytest.approx(4.5)] * 36
    assert ahead[38:] == [pytest.approx(0)] * 2


def on_board(values: Sequence[float], meal: Meal) -> float:
    return explained(situation(values, meals=[meal])).carbs_on_board


def test_a_meal_of_which_glucose_shows_nothing_is_absorbed_as_slowly_as_can_be() -> None:
    meal = Meal(ago(100), 36.0, absorbed_in=180)
    assert on_board([120.0] * 40, meal) == pytest.approx(36 - 36 * 90 / 270)
    assert on_board([120.0], meal) == pytest.approx(36 - 36 * 90 / 180)  # no reading says anything


def test_what_glucose_rises_was_absorbed_and_is_not_expected_again() -> None:
    rising = [120.0] * 20 + [120.0 + 9.0 * step for step in range(1, 11)]  # 2 g in 5 min, for 50 min
    assert on_board(rising, Meal(ago(60), 36.0)) == pytest.approx(36 - 20)
    assert on_board(rising, Meal(ago(60), 15.0)) == pytest.approx(0)
    known = explained(situation(rising, meals=[Meal(ago(60), 36.0)]), 60)
    assert known.unexplained(LOOK_BACK) == pytest.approx(0)
    assert sum(known.ahead) == pytest.approx(16 * 4.5)
    assert explained(situation(rising, meals=[Meal(ago(60), 15.0)])).unexplained(10) == pytest.approx((20 - 15) * 4.5)


def test_two_meals_share_what_is_absorbed() -> None:
    meals = [Meal(ago(120), 20.0), Meal(ago(60), 30.0)]
    known = explained(situation([120.0] * 40, meals=meals), 80)
    slowest = 20 * 110 / 270 + 30 * 50 / 270
    assert known.carbs_on_board == pytest.approx(50 - slowest)
    assert sum(known.ahead) == pytest.approx((50 - slowest) * 4.5)


def test_the_trend_is_the_line_through_the_last_quarter_of_an_hour() -> None:
    assert trend(situation([300, 300, 100, 105, 110, 115]).glucose) == pytest.approx(1.0)
    assert trend(situation([100, 105]).glucose) == 0.0
    assert trend(situation([100, 200, 300, 400]).glucose) == 4.0  # no person's glucose rises faster


def test_a_trend_goes_on_and_gives_way() -> None:
    rising = forecast(situation([120, 120, 120, 120, 120, 120, 125, 130, 135]))
    assert rising.mg_dl[1] - rising.mg_dl[0] > 3.5
    assert rising.mg_dl[-1] == pytest.approx(rising.mg_dl[-2])
    assert 150 < rising.eventual < 160


def test_what_is_not_explained_goes_on_for_an_hour() -> None:
    fallen = forecast(situation([150, 150, 150, 145, 140, 135, 130, 125, 120]))
    assert fallen.unexplained == pytest.approx(-30)
    assert fallen.lowest < 105
    known = situation([150, 150, 150, 145, 140, 135, 130, 125, 120], boluses=[Bolus(ago(100), 3.0)])
    assert abs(forecast(known).unexplained) < 8


def test_nothing_is_unexplained_where_there_is_no_reading_to_compare_with() -> None:
    assert forecast(situation([150, 120])).unexplained == 0.0
