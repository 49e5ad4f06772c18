"""Insulin that does not arrive: what glucose has to do for the user to be told, and what excuses it."""

from collections.abc import Sequence
from typing import Any

import pytest

from isletbench.hil_rigs.clients.algorithms.contract import Bolus, Meal
from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.effect_watch import EffectWatch
from tests.hil_rigs.clients.algorithms.situations import ago, situation

RISING = [110.0] * 10 + [110.0 + 3 * step for step in range(1, 26)]
"""75 mg/dL in two hours: of a person who needs 1 U/h and whom 1 U lowers by 45, without any insulin it would be 90."""


def told(values: Sequence[float], times: int = 2, **other: Any) -> list[dict[str, Any]]:
    """What the user is told when a watch looks so many times."""
    beliefs: list[dict[str, Any]] = []
    watch = EffectWatch(Alerts(beliefs.append))
    for _ in range(times):
        watch.look(situation(values, **other))
    assert watch.is_missing is bool(beliefs)
    return beliefs


def test_glucose_that_rises_without_a_reason_is_told_after_two_readings() -> None:
    assert told(RISING) == [{"belief": "alert", "about": "no_delivery", "active": True}]
    assert told(RISING, times=1) == []


def test_insulin_that_should_have_lowered_glucose_makes_a_smaller_rise_suspicious() -> None:
    slower = [120.0] * 10 + [120.0 + 1.2 * step for step in range(1, 26)]
    assert told(slower) == []
    assert told(slower, boluses=[Bolus(ago(120), 1.5)])


@pytest.mark.parametrize("minutes", [20, 180, 299])
def test_a_meal_of_the_last_five_hours_excuses_it(minutes: int) -> None:
    assert told(RISING, meals=[Meal(ago(minutes), 5.0)]) == []


def test_a_meal_of_long_ago_does_not() -> None:
    assert told(RISING, meals=[Meal(ago(310), 5.0)])


def test_glucose_that_is_not_high_is_not_told() -> None:
    assert told([value - 45 for value in RISING]) == []


def test_noise_around_the_level_does_not_call_it_off() -> None:
    beliefs: list[dict[str, Any]] = []
    watch = EffectWatch(Alerts(beliefs.append))
    above = [value - 35 for value in RISING]
    below = [*above[:-1], 140.0]
    for values in (above, above, below, above):
        watch.look(situation(values))
    assert [one["active"] for one in beliefs] == [True]
    assert told(below) == [], "as much is not enough to begin with"


def test_it_is_called_off_when_glucose_comes_down() -> None:
    beliefs: list[dict[str, Any]] = []
    watch = EffectWatch(Alerts(beliefs.append))
    for values in (RISING, RISING, RISING[::-1]):
        watch.look(situation(values))
    assert [one["active"] for one in beliefs] == [True, False]
