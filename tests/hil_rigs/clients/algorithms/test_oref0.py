"""oref0 behind its translator: what it is given, and what the community's own program answers."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from isletbench.hil_rigs.clients.algorithms import oref0
from isletbench.hil_rigs.clients.algorithms.contract import (
    AlgorithmError,
    BasalDelivery,
    Bolus,
    Meal,
    Situation,
    TempBasal,
    value_at,
)
from isletbench.hil_rigs.clients.algorithms.insulin import remaining
from isletbench.hil_rigs.clients.algorithms.oref0 import Oref0, decision, pump_history, request
from tests.hil_rigs.clients.algorithms.situations import NOON, THERAPY, ago, situation

WAVY = [140.0, 141.0] * 20
needs_oref0 = pytest.mark.skipif(
    not oref0.is_installed(), reason=f"oref0 is not installed: {oref0.INSTALL}, and name the directory in ISLETBENCH_OREF0"
)

# What it is given


def test_a_request_names_the_clock_and_the_profile() -> None:
    asked = request(situation(WAVY))
    assert asked["clock"] == "2030-05-01T12:00:00Z"
    assert asked["profile"]["basals"][1] == {"i": 1, "start": "06:00:00", "minutes": 360, "rate": 1.0}
    assert asked["profile"]["isf"]["sensitivities"] == [{"i": 0, "start": "00:00:00", "offset": 0, "sensitivity": 45.0}]
    assert asked["profile"]["settings"] == {"insulin_action_curve": 6.0, "maxBasal": 3.0}
    assert json.loads(json.dumps(asked)) == asked


def test_glucose_comes_newest_first_and_not_from_a_simulator() -> None:
    first, second, *_ = request(situation([100, 130, 160]))["glucose"]
    assert (first["glucose"], first["dateString"]) == (160, "2030-05-01T12:00:00Z")
    assert (second["glucose"], second["date"]) == (130, first["date"] - 300_000)
    assert first["device"] != "fakecgm"  # which would make oref0 dose on a sensor that is stuck


def test_what_differs_from_the_profile_is_a_temp_basal_in_the_history() -> None:
    basal = [BasalDelivery(ago(60), ago(40), 1.0), BasalDelivery(ago(40), ago(10), 0.0), BasalDelivery(ago(10), NOON, 1.0)]
    assert pump_history(situation(WAVY, basal=basal, boluses=[Bolus(ago(50), 2.5)])) == [
        {"_type": "TempBasalDuration", "timestamp": "2030-05-01T11:20:00Z", "duration (min)": 30.0},
        {"_type": "TempBasal", "timestamp": "2030-05-01T11:20:00Z", "temp": "absolute", "rate": 0.0},
        {"_type": "Bolus", "timestamp": "2030-05-01T11:10:00Z", "amount": 2.5, "duration": 0},
    ]


def test_the_temp_basal_that_runs_has_its_programmed_duration() -> None:
    running = situation(WAVY, basal=[BasalDelivery(ago(12), NOON, 2.0)], temp=TempBasal(2.0, 18, 12))
    assert pump_history(running)[0] == {
        "_type": "TempBasalDuration",
        "timestamp": "2030-05-01T11:48:00Z",
        "duration (min)": 30.0,
    }
    assert request(running)["temp"] == {"temp": "absolute", "rate": 2.0, "duration": 18}


def test_a_meal_of_the_future_is_not_told() -> None:
    meals = [Meal(ago(30), 40.0), Meal(NOON + timedelta(minutes=10), 60.0)]
    assert request(situation(WAVY, meals=meals))["carbs"] == [{"carbs": 40.0, "created_at": "2030-05-01T11:30:00Z"}]


# And back


def test_a_suggestion_becomes_a_decision() -> None:
    made = decision(
        {"rate": 0, "duration": 30, "units": 0.3, "predBGs": {"IOB": [120, 118]}, "IOB": 1.5, "COB": 20, "reason": " x "}
    )
    assert (made.temp, made.bolus, made.forecast) == (TempBasal(0.0, 30), 0.3, (120.0, 118.0))
    assert (made.iob, made.cob, made.reason) == (1.5, 20, "x")
    assert decision({"reason": "no temp required"}).temp is None


def test_an_error_is_no_decision() -> None:
    with pytest.raises(AlgorithmError, match=r"oref0: Error: could not get current basal rate"):
        decision({"error": "Error: could not get current basal rate"})


# The program itself


@pytest.fixture(scope="module")
def program() -> Iterator[Oref0]:
    algorithm = Oref0()
    yield algorithm
    algorithm.close()


@needs_oref0
def test_it_suspends_before_a_low_and_doses_a_high(program: Oref0) -> None:
    low = program.decide(situation([140.0 - 3 * i for i in range(20)]))
    assert low.temp is not None
    assert (low.temp.rate, low.bolus) == (0.0, 0.0)
    high = program.decide(situation([200.0 + i for i in range(40)]))
    assert high.bolus > 0.2
    assert high.forecast[0] == 239


@needs_oref0
def test_its_insulin_on_board_is_that_of_the_published_model(program: Oref0) -> None:
    boluses = [Bolus(ago(40), 4.0), Bolus(ago(130), 1.5)]
    expected = sum(bolus.units * remaining((NOON - bolus.at).seconds / 60, 360, 75) for bolus in boluses)
    assert program.decide(situation(WAVY, boluses=boluses)).iob == pytest.approx(expected, abs=0.01)


@needs_oref0
def test_a_temp_basal_counts_with_what_it_was_above_the_profile(program: Oref0) -> None:
    basal = [BasalDelivery(ago(300), ago(60), 1.0), BasalDelivery(ago(60), ago(30), 3.0), BasalDelivery(ago(30), NOON, 1.0)]
    assert program.decide(situation(WAVY, basal=basal)).iob == pytest.approx(0.9, abs=0.1)


@needs_oref0
@pytest.mark.parametrize("hour", [0, 5, 6, 13, 23])
def test_it_goes_by_the_clock_that_it_is_given(program: Oref0, hour: int) -> None:
    then = NOON.replace(hour=hour)
    moved = [replace(one, at=one.at + (then - NOON)) for one in situation(WAVY).glucose]
    decided = program.decide(Situation(then, moved, (), (), (), THERAPY))
    low = program.decide(Situation(then, [replace(one, mg_dl=104 + i % 2) for i, one in enumerate(moved)], (), (), (), THERAPY))
    assert decided.bolus > 0
    assert low.temp is not None
    assert low.temp.rate == pytest.approx(value_at(THERAPY.basal, then), abs=0.5)
    assert program.decide(Situation(then, moved, (), (), (), THERAPY)) == decided


@needs_oref0
def test_a_request_that_it_cannot_use_leaves_it_running(program: Oref0) -> None:
    with pytest.raises(AlgorithmError, match="oref0: "):
        program.decide(situation([], therapy=THERAPY))
    assert program.decide(situation(WAVY)).bolus > 0


def placed(directory: Path) -> Path:
    """A package of this name in this directory, as npm lays it down; the directory."""
    package = directory / "node_modules" / "oref0"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "oref0"}')
    return directory


@pytest.mark.skipif(shutil.which("node") is None, reason="expected Node.js on the path")
@pytest.mark.parametrize("where", ["here", "above", "NODE_PATH", "nowhere"])
def test_it_is_installed_where_node_finds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str) -> None:
    inner = tmp_path / "project" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.delenv("NODE_PATH", raising=False)
    monkeypatch.setenv("ISLETBENCH_OREF0", str(inner))
    if where == "NODE_PATH":
        monkeypatch.setenv("NODE_PATH", str(placed(tmp_path / "elsewhere") / "node_modules"))
    elif where != "nowhere":
        placed(inner if where == "here" else inner.parent)
    assert oref0.is_installed() is (where != "nowhere")
    assert ("npm install oref0" in oref0.missing()) is (where == "nowhere")


def test_a_node_that_is_too_old_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text(f"#!/bin/sh\nexit {oref0.TOO_OLD}\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert oref0.missing() == f"oref0: expected Node.js 17 or newer on the path, {old} is older"


def test_without_oref0_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.delenv("NODE_PATH", raising=False)
    monkeypatch.setenv("ISLETBENCH_OREF0", str(tmp_path))
    algorithm = Oref0()
    with pytest.raises(AlgorithmError, match=r"npm install oref0|Node\.js"):
        algorithm.decide(situation(WAVY))
    algorithm.close()
