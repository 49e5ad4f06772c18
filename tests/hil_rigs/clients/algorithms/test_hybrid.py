"""The reference algorithm: what it decides, and that no decision passes its limits."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.hil_rigs.clients.algorithms import insulin
from isletbench.hil_rigs.clients.algorithms.bolus_calculator import meal_bolus
from isletbench.hil_rigs.clients.algorithms.contract import (
    AlgorithmError,
    BasalDelivery,
    Bolus,
    Decision,
    Meal,
    Situation,
    TempBasal,
    Therapy,
)
from isletbench.hil_rigs.clients.algorithms.forecast import forecast
from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
from tests.hil_rigs.clients.algorithms.situations import NOON, THERAPY, ago, situation

DO_NOTHING = TempBasal(1.0, 0)


def decided(given: Situation) -> Decision:
    return Hybrid().decide(given)


def test_in_target_the_pump_follows_its_profile() -> None:
    decision = decided(situation([108] * 10))
    assert (decision.temp, decision.bolus) == (DO_NOTHING, 0.0)


def test_above_target_it_gives_a_share_of_what_is_missing_as_a_bolus() -> None:
    decision = decided(situation([200] * 10))
    assert decision.temp == DO_NOTHING
    assert 0.6 < decision.bolus < 0.4 * (200 - 107.5) / 45 + 0.05
    assert decision.forecast[0] == 200


def test_a_forecast_low_suspends_basal_insulin_long_before_it() -> None:
    falling = situation([168, 160, 152, 144, 136, 128, 120])
    assert falling.glucose[-1].mg_dl > 100
    assert decided(falling).temp == TempBasal(0.0, 30)
    assert decided(falling).bolus == 0.0


def test_too_much_insulin_on_board_lowers_the_temp_basal_or_suspends() -> None:
    some = decided(situation([105] * 10, boluses=[Bolus(ago(60), 0.45)])).temp
    assert some is not None
    assert 0.0 < some.rate < 1.0
    assert some.minutes == 30
    assert decided(situation([105] * 10, boluses=[Bolus(ago(60), 1.5)])).temp == TempBasal(0.0, 30)


def test_insulin_on_board_is_not_given_twice() -> None:
    first = decided(situation([200] * 10)).bolus
    assert decided(situation([200] * 10, boluses=[Bolus(NOON, 2.0)])).bolus == 0.0
    assert decided(situation([200] * 10, boluses=[Bolus(NOON, 0.5)])).bolus < first


@pytest.mark.parametrize("limited", [replace(THERAPY, max_bolus=0.3), replace(THERAPY, max_iob=0.5)])
def test_no_bolus_passes_a_limit(limited: Therapy) -> None:
    assert decided(situation([300] * 10, therapy=limited)).bolus <= min(limited.max_bolus, limited.max_iob)
    assert decided(situation([300] * 10)).bolus > 0.5


def test_at_the_limit_of_insulin_on_board_it_adds_nothing() -> None:
    decision = decided(situation([350] * 10, boluses=[Bolus(NOON, 5.0)]))
    assert (decision.temp, decision.bolus) == (DO_NOTHING, 0.0)
    assert "limit" in decision.reason


def test_a_bolus_smaller_than_a_step_becomes_a_higher_temp_basal() -> None:
    decision = decided(situation([118] * 10, therapy=replace(THERAPY, max_bolus=0.0)))
    assert decision.bolus == 0.0
    assert decision.temp is not None
    assert 1.0 < decision.temp.rate <= 3.0


def test_an_old_reading_is_no_ground_for_a_decision() -> None:
    late = replace(situation([200] * 10), now=ago(-16))
    with pytest.raises(AlgorithmError, match="16 min old"):
        decided(late)
    with pytest.raises(AlgorithmError, match="old"):
        decided(replace(late, glucose=()))


@settings(max_examples=60, deadline=None)
@given(
    readings=st.lists(st.floats(40, 400), min_size=1, max_size=12),
    boluses=st.lists(st.tuples(st.floats(0, 500), st.floats(0, 10)), max_size=4),
    meals=st.lists(st.tuples(st.floats(0, 300), st.floats(1, 100)), max_size=2),
    rate=st.floats(0, 5),
)
def test_whatever_the_situation_every_decision_keeps_to_its_limits(
    readings: list[float], boluses: list[tuple[float, float]], meals: list[tuple[float, float]], rate: float
) -> None:
    given_ = situation(
        readings,
        boluses=[Bolus(ago(age), units) for age, units in boluses],
        meals=[Meal(ago(age), grams) for age, grams in meals],
        basal=[BasalDelivery(ago(120), NOON, rate)],
    )
    decision = decided(given_)
    assert decision.temp is not None
    assert 0 <= decision.temp.rate <= THERAPY.max_basal
    assert 0 <= decision.temp.minutes <= 30
    assert 0 <= decision.bolus <= THERAPY.max_bolus
    assert decision.bolus + insulin.on_board(given_) <= THERAPY.max_iob + 1e-6 or decision.bolus == 0
    if forecast(given_).lowest < THERAPY.suspend_below:
        assert (decision.temp.rate, decision.bolus) == (0.0, 0.0)


def test_the_calculator_covers_carbohydrate_and_corrects_glucose() -> None:
    assert meal_bolus(situation([107.5] * 4), 50) == 5.0
    assert meal_bolus(situation([197.5] * 4), 50) == 7.0
    assert meal_bolus(situation([62.5] * 4), 50) == 4.0
    assert meal_bolus(situation([197.5] * 4, boluses=[Bolus(NOON, 1.5)]), 50) == 5.5
    assert meal_bolus(situation([197.5] * 4, boluses=[Bolus(NOON, 9.0)]), 50) == 5.0
    assert meal_bolus(situation([45] * 4), 5) == 0.0
    assert meal_bolus(situation([107.5] * 4), 12.34) == 1.2
