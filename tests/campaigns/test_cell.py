"""What a cell says, and the scenario that it plays."""

import json
import re
from typing import Any

import pytest

from isletbench.emulator.campaigns.cell import CellError, axes_of, cell_of, compose, composed, content_of, parse
from isletbench.emulator.campaigns.plain import from_toml
from isletbench.emulator.campaigns.play import key_of, situation_of
from isletbench.emulator.core.quantities import parse_span
from isletbench.emulator.scenarios.scenario import ScenarioError, load_scenario, scenarios
from tests.harness.campaigns import CAREFUL, cell

LOST = {"fault": "lose_reply", "device": "pump", "nth": 3}


@pytest.mark.parametrize("name", scenarios()[::9])
def test_a_cell_that_changes_nothing_plays_the_scenario_of_the_package(name: str) -> None:
    over = load_scenario(name).over[0]
    assert from_toml(compose(cell(name, over=over)).model_dump()) == from_toml(load_scenario(name).model_dump())


def test_a_cell_changes_the_scenario_in_what_it_says() -> None:
    made = cell("CLP-01", subject="uva_padova sample#3", seed=9, faults=[LOST], profiles={"pump": "patch"})
    plain = composed(made)
    assert plain["patient"] == {**content_of("CLP-01")["patient"], "model": "uva_padova", "subject": "sample#3"}
    assert plain["seed"] == 9
    assert plain["devices"]["pump"]["profile"] == "patch"
    assert plain["fault"][-1] == LOST
    assert composed(cell("CLP-01")) == content_of("CLP-01"), "what is shared is not changed"


def test_a_shorter_cell_leaves_out_what_would_begin_later() -> None:
    plain = composed(cell("CGM-02", lasts="2h"))
    assert plain["lasts"] == "2h"
    assert all(parse_span(fault["at"]) < parse_span("2h") for fault in plain["fault"])
    assert composed(cell("CGM-02", lasts="366d")) == content_of("CGM-02")


def test_checks_are_left_out() -> None:
    plain = composed(cell("DLV-01", leave_out=["tells_user"]))
    assert {one["check"] for one in plain["expect"]} == {"resolves", "doses_once", "believes_doses", "possible_doses"}
    with pytest.raises(ScenarioError, match="leave_out: expected at least one check of the scenario to be left"):
        composed(cell("LNK-20", leave_out=sorted({one["check"] for one in content_of("LNK-20")["expect"]})))


def test_a_cell_carries_a_scenario_from_one_computer_to_another() -> None:
    made = cell(content_of("DLV-01"))
    again = parse(json.dumps(made.to_dict()), "cell.json")
    assert again == made
    assert compose(again).model_dump() == load_scenario("DLV-01").model_dump()
    assert axes_of(made)["scenario"] == "DLV-01"


def test_where_a_cell_is() -> None:
    axes = axes_of(cell(faults=[LOST, {"fault": "vanish", "device": "cgm", "at": "1h"}], seed=2, version="2.1"))
    assert axes["fault"] == "lose_reply on pump, vanish on cgm"
    assert (axes["exchange"], axes["instant"], axes["seed"], axes["version"]) == ("3", "1h", "2", "2.1")


def test_the_key_is_that_of_everything_a_run_depends_on() -> None:
    base = cell()
    others = [
        cell("DLV-02"),
        cell(over="ble"),
        cell(seed=2),
        cell(faults=[LOST]),
        cell(version="2"),
        cell(rig="patient"),
        cell(pace="60x"),
        cell(command=(CAREFUL, "more")),
    ]
    keys = [key_of(one) for one in (base, *others)]
    assert len(set(keys)) == len(keys)
    assert key_of(cell()) == keys[0]
    assert situation_of(cell(version="2")) == situation_of(base), "another version is another key of the same situation"


@pytest.mark.parametrize(
    ("plain", "sentence"),
    [
        ({"scenario": "DLV-01"}, "c: client: expected a value, it is missing"),
        ({"scenario": "", "client": {"command": ["x"]}}, "c: scenario: expected an identifier, a path or a scenario"),
        ({"scenario": "DLV-01", "client": {"command": []}}, "c: client.command: expected 1 or more of them"),
        ({"scenario": "DLV-01", "client": {"command": ["x"]}, "pace": "jump"}, "c: pace: a program has a clock of its own"),
        ({"scenario": "DLV-01", "client": {"command": ["x"]}, "pace": "paused"}, "expected one at which time passes"),
        ({"scenario": "DLV-01", "client": {"command": ["x"]}, "over": "wifi"}, "c: over: expected one of serial, ble"),
        (
            {"scenario": "DLV-01", "client": {"command": ["a\0b"]}},
            "c: client.command.0: expected words without the character 0",
        ),
        (
            {"scenario": "DLV-01", "client": {"command": ["\udcff"]}},
            "c: expected text that UTF-8 can write, got '\\udcff' in it",
        ),
        ({"scenario": "DLV-01", "client": {"command": ["x"]}, "sed": 1}, "c: sed: there is no such key here"),
        (
            {"scenario": "DLV-01", "client": {"command": ["x"]}, "faults": [{"fault": "lose_replies", "device": "pump"}]},
            "expected one of lose_reply, lose_request",
        ),
        (
            {"scenario": "DLV-01", "client": {"command": ["x"]}, "leave_out": ["tells"]},
            "c: leave_out.0: 'tells': expected one of",
        ),
        (
            {"scenario": "DLV-01", "client": {"command": ["x"]}, "faults": [LOST] * 1_001},
            "c: faults: expected at most 1000 of them",
        ),
    ],
)
def test_what_is_wrong_with_a_cell_is_one_sentence(plain: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CellError, match=re.escape(sentence)) as problem:
        cell_of(plain, "c")
    assert "\n" not in str(problem.value)


def test_what_cannot_be_played_is_said() -> None:
    with pytest.raises(ScenarioError, match="subject 'nobody at all': expected a subject"):
        compose(cell("CLP-01", subject="nobody at all"))
    with pytest.raises(ScenarioError, match="over: expected serial, got 'ble'"):
        compose(cell("LNK-10", over="ble"))
    with pytest.raises(ScenarioError, match="patient: the rig default has no patient"):
        compose(cell("DLV-01", subject="adult"))
    with pytest.raises(CellError, match=r"cell\.json: not valid JSON at line 1, column 2"):
        parse("{", "cell.json")
