"""The exponential insulin model, held to its own integral; and what is on board of a history."""

import math

import pytest

from isletbench.hil_rigs.clients.algorithms import insulin
from isletbench.hil_rigs.clients.algorithms.contract import BasalDelivery, Bolus
from tests.hil_rigs.clients.algorithms.situations import NOON, THERAPY, ago, situation

ADULT, CHILD, FIASP = (360, 75), (360, 65), (360, 55)


def activity(t: float, td: float, tp: float) -> float:
    """The published activity curve, 1/min: the derivative of what has acted."""
    tau = tp * (1 - tp / td) / (1 - 2 * tp / td)
    a = 2 * tau / td
    s = 1 / (1 - a + (1 + a) * math.exp(-td / tau))
    return s / tau**2 * t * (1 - t / td) * math.exp(-t / tau)


@pytest.mark.parametrize(("td", "tp"), [ADULT, CHILD, FIASP])
def test_what_remains_of_a_dose_is_one_less_the_integral_of_its_activity(td: int, tp: int) -> None:
    acted = 0.0
    for minute in range(td):
        acted += activity(minute + 0.5, td, tp)
        assert insulin.remaining(minute + 1, td, tp) == pytest.approx(1 - acted, abs=2e-5)


@pytest.mark.parametrize(("td", "tp"), [ADULT, CHILD, FIASP])
def test_insulin_acts_most_at_its_peak(td: int, tp: int) -> None:
    fall = [insulin.remaining(t, td, tp) - insulin.remaining(t + 1, td, tp) for t in range(td)]
    assert fall.index(max(fall)) in {tp - 1, tp}


def test_nothing_acts_before_the_delay_and_all_has_acted_in_the_end() -> None:
    acted = insulin.acted(*ADULT)
    assert acted[: insulin.DELAY // insulin.STEP + 1] == (0.0, 0.0, 0.0)
    assert acted[-1] == 1.0
    assert list(acted) == sorted(acted)
    assert sum(insulin.acting(*ADULT, 6, 100)) == pytest.approx(1.0)


def test_a_bolus_is_on_board_until_it_has_acted() -> None:
    def on_board(minutes: float) -> float:
        return insulin.on_board(situation([120], boluses=[Bolus(ago(minutes), 2.0)]))

    assert on_board(0) == pytest.approx(2.0)
    assert on_board(60 + insulin.DELAY) == pytest.approx(2 * insulin.remaining(60, 360, 75))
    assert on_board(400) == 0.0


def test_a_dose_between_two_steps_counts_with_both() -> None:
    ages = insulin.doses_by_age(situation([120], boluses=[Bolus(ago(12), 1.0)]))
    assert ages[2:4] == [pytest.approx(0.6), pytest.approx(0.4)]
    assert sum(ages) == pytest.approx(1.0)


def test_basal_insulin_counts_only_above_the_profile() -> None:
    profile = [BasalDelivery(ago(420), ago(360), 0.8), BasalDelivery(ago(360), NOON, 1.0)]
    assert insulin.net_basal(profile, THERAPY) == []
    half = insulin.net_basal([BasalDelivery(ago(420), ago(300), 0.5)], THERAPY)  # 0.8 U/h until 6:00, then 1.0
    assert sum(units for _, units in half) == pytest.approx(-0.3 - 0.5)


def test_stopped_basal_insulin_is_insulin_that_is_missing() -> None:
    stopped = situation([120], basal=[BasalDelivery(ago(30), NOON, 0.0)])
    assert -0.5 < insulin.on_board(stopped) < -0.45
