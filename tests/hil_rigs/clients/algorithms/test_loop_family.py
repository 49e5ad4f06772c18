"""LoopAlgorithm's request, the Swift program's answer, and PyLoopKit behind the same request."""

import json
import stat
import sys
from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from isletbench.hil_rigs.clients.algorithms import pyloopkit
from isletbench.hil_rigs.clients.algorithms.contract import AlgorithmError, BasalDelivery, Bolus, Meal, TempBasal
from isletbench.hil_rigs.clients.algorithms.loop_algorithm import LoopAlgorithmRunner, decision, moment_of, request
from isletbench.hil_rigs.clients.algorithms.pyloopkit import PyLoopKit, daily, doses_of, spans
from tests.hil_rigs.clients.algorithms.situations import NOON, ago, situation

WAVY = [140.0, 141.0] * 20
needs_pyloopkit = pytest.mark.skipif(not pyloopkit.is_installed(), reason=f"PyLoopKit is not installed: {pyloopkit.INSTALL}")

# The request


def test_the_timelines_cover_every_dose_and_all_of_the_forecast() -> None:
    asked = request(situation(WAVY, boluses=[Bolus(ago(16 * 60 - 1), 1.0)]))
    first_dose, last_effect = moment_of(asked["doses"][0]["startDate"]), NOON + timedelta(hours=6, minutes=10)
    for name in ("basal", "sensitivity", "carbRatio", "target"):
        timeline = asked[name]
        assert moment_of(timeline[0]["startDate"]) <= first_dose
        assert moment_of(timeline[-1]["endDate"]) >= last_effect
        for one, after in pairwise(timeline):
            assert one["endDate"] == after["startDate"]


def test_basal_deliveries_are_doses_with_their_volume() -> None:
    asked = request(situation(WAVY, basal=[BasalDelivery(ago(90), ago(60), 2.0)], boluses=[Bolus(ago(80), 0.5)]))
    assert asked["doses"] == [
        {"type": "basal", "startDate": "2030-05-01T10:30:00Z", "endDate": "2030-05-01T11:00:00Z", "volume": 1.0},
        {"type": "bolus", "startDate": "2030-05-01T10:40:00Z", "endDate": "2030-05-01T10:40:15Z", "volume": 0.5},
    ]


def test_meals_are_told_in_grams_and_seconds() -> None:
    meals = [Meal(ago(20), 40.0, 240), Meal(NOON + timedelta(minutes=1), 10.0)]
    assert request(situation(WAVY, meals=meals))["carbEntries"] == [
        {"date": "2030-05-01T11:40:00Z", "grams": 40.0, "absorptionTime": 14_400}
    ]


# The Swift program

ANSWER = {
    "activeInsulin": 1.25,
    "predictedGlucose": [{"startDate": "2030-05-01T12:00:00Z", "quantity": 140}, {"startDate": "x", "quantity": 139.5}],
    "recommendationResult": {
        "success": {"automatic": {"basalAdjustment": {"unitsPerHour": 0, "duration": 1800}, "bolusUnits": 0.2}}
    },
}
"""The inner part as in LoopAlgorithm's own ``suspend_recommendation.json``, in an answer around it."""


def test_the_automatic_dose_becomes_a_decision() -> None:
    made = decision(ANSWER)
    assert (made.temp, made.bolus) == (TempBasal(0.0, 30), 0.2)
    assert (made.forecast, made.iob) == ((140.0, 139.5), 1.25)


def test_an_answer_without_an_automatic_dose_is_no_decision() -> None:
    with pytest.raises(AlgorithmError, match="no automatic dose"):
        decision({"recommendationResult": {"failure": {"glucoseTooOld": {}}}})


@pytest.mark.skipif(sys.platform == "win32", reason="the program in place of the Swift one is a script with a shebang")
def test_the_runner_is_given_the_request_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "LoopAlgorithmRunner"
    copy = tmp_path / "seen.json"
    program.write_text(f"#!/bin/sh\ncp \"$1\" {copy}\necho '{json.dumps(ANSWER)}'\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("ISLETBENCH_LOOP_ALGORITHM", str(program))
    assert LoopAlgorithmRunner().decide(situation(WAVY)).bolus == 0.2
    assert json.loads(copy.read_text(encoding="utf-8")) == request(situation(WAVY))
    program.write_text("#!/bin/sh\necho Error: no\n", encoding="utf-8")
    with pytest.raises(AlgorithmError, match="answers no JSON"):
        LoopAlgorithmRunner().decide(situation(WAVY))


def test_without_the_runner_it_says_what_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISLETBENCH_LOOP_ALGORITHM", raising=False)
    with pytest.raises(AlgorithmError, match="ISLETBENCH_LOOP_ALGORITHM"):
        LoopAlgorithmRunner().decide(situation(WAVY))


# PyLoopKit


def test_a_timeline_of_days_becomes_a_daily_schedule() -> None:
    basal = daily(request(situation(WAVY))["basal"])
    assert basal == [(time(0, 0), 0.8), (time(6, 0), 1.0)]
    assert spans(basal) == [360, 1080]


def test_basal_doses_are_cut_where_the_profile_changes_and_count_net() -> None:
    asked = request(situation(WAVY, basal=[BasalDelivery(ago(420), ago(300), 2.0)]))
    assert [(one.value, round(one.net, 6)) for one in doses_of(asked)] == [(2.0, 1.2), (2.0, 1.0)]


@needs_pyloopkit
def test_pyloopkit_suspends_before_a_low_and_raises_basal_for_a_high() -> None:
    assert PyLoopKit().decide(situation([140.0 - 3 * i for i in range(20)])).temp == TempBasal(0.0, 30)
    assert PyLoopKit().decide(situation([200.0 + i for i in range(40)])).temp == TempBasal(3.0, 30)


@needs_pyloopkit
def test_pyloopkit_forecasts_what_insulin_on_board_will_do() -> None:
    alone = PyLoopKit().decide(situation([150.0] * 40, boluses=[Bolus(ago(5), 1.0)])).forecast
    assert alone[-1] == pytest.approx(150 - 45, abs=3)
    basal = [BasalDelivery(ago(300), ago(60), 1.0), BasalDelivery(ago(60), NOON, 2.0)]
    assert PyLoopKit().decide(situation([150.0] * 40, basal=basal)).forecast[-1] == pytest.approx(150 - 45, abs=12)


@needs_pyloopkit
def test_pyloopkit_leaves_a_temp_basal_alone_that_is_right() -> None:
    high = situation([200.0 + i for i in range(40)])
    running = situation([200.0 + i for i in range(40)], temp=TempBasal(3.0, 20, 10))
    assert PyLoopKit().decide(high).temp is not None
    assert PyLoopKit().decide(running).temp is None
