"""The pages of a campaign, and what the command line shows, exports and shrinks."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from isletbench.emulator.campaigns.pages.multiples import multiples
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.campaigns.summary import summary_of
from isletbench.emulator.scenarios.scenario import load_scenario
from tests.harness.campaigns import CAREFUL, CARELESS
from tests.harness.command_line import called

CAMPAIGN = f"""
schema = 1
scenarios = ["DLV-01", "DLV-03"]
over = ["serial"]
lasts = "70m"

[[client]]
command = ["{CAREFUL}"]
version = "1"

[[client]]
command = ["{CARELESS}", "sends_again"]
version = "1"
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that the command line has filled."""
    file = tmp_path_factory.mktemp("campaign") / "two.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    made = called("campaign", str(file), "--workers", "1")
    assert made.returncode == 1, made.stderr
    assert "4 cells: 0 were known, 4 were played: 2 failed, 2 passed" in made.stdout
    again = called("campaign", str(file), "--workers", "1", "--json")
    told = json.loads(again.stdout)
    assert (told["played"], told["known_not_passed"]) == (0, 2)
    assert again.returncode == 1, "what failed before has not passed by being known"
    words = called("campaign", str(file), "--client-version", "2")
    assert words.returncode == 2
    assert "--client-version: the file says the versions of its clients" in words.stderr
    return file.with_suffix(".db")


def test_a_campaign_is_planned_without_being_played(store: Path) -> None:
    made = called("campaign", str(store.with_suffix(".toml")), "--plan", "--json")
    assert json.loads(made.stdout) == {"cells": 4, "chosen": 4, "repeat": 1, "runs": 4}


def test_show_says_who_fails_where(store: Path) -> None:
    made = called("campaign", "show", str(store), "--json")
    assert made.returncode == 1
    shown = json.loads(made.stdout)
    assert shown["cells"]["passed_percent"] == 50.0
    assert {value: rate["passed_percent"] for value, rate in shown["rates"]["client"].items()} == {
        CAREFUL: 100.0,
        f"{CARELESS} sends_again": 0.0,
    }
    assert shown["flaky"] == []
    assert {cell["scenario"] for cell in shown["failing"]} == {"DLV-01", "DLV-03"}
    assert "failed: believes_doses: " in called("campaign", "show", str(store)).stdout


def test_every_failing_cell_leads_to_its_report_and_its_journal(store: Path, tmp_path: Path) -> None:
    called("campaign", "show", str(store), "--html", str(tmp_path), "--junit", str(tmp_path / "junit.xml"))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"#]+)"', page))
    assert len([link for link in links if link.startswith("cells/")]) == 2
    assert len([link for link in links if link.startswith("journals/")]) == 2
    for link in links:
        assert (tmp_path / link).is_file(), link
    assert "<script" not in page
    report = next((tmp_path / "cells").iterdir()).read_text(encoding="utf-8")
    assert "keeps_to_intents" in report
    suite = ET.parse(tmp_path / "junit.xml").getroot()[0]  # noqa: S314  # it is ours
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "0")


def test_small_multiples_have_a_square_for_each_cell(store: Path) -> None:
    with Store(store) as opened:
        cells = summary_of(opened).cells
    found = multiples(cells, lambda cell: None)
    assert [one.failing for one in found] == [1, 1, 0, 0], "what fails most is first"
    assert sum(one.picture.content.count("<rect") for one in found) == 4


def test_what_is_not_ours_is_not_replaced(store: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.csv"
    notes.write_text("mine", encoding="utf-8")
    made = called("campaign", "export", str(store), str(notes))
    assert made.returncode == 2
    assert notes.read_text(encoding="utf-8") == "mine"
    table = tmp_path / "table.csv"
    assert called("campaign", "export", str(store), str(table)).stdout == f"{table}: 4 runs\n"
    assert called("campaign", "export", str(store), str(table)).returncode == 0, "a table of ours is"


def test_results_are_exported_as_parquet(store: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "table.parquet"
    assert called("campaign", "export", str(store), str(file)).returncode == 0
    table = parquet.read_table(file).to_pydict()
    assert table["outcome"].count("failed") == 2
    assert {type(value) for value in table["requests"]} == {float}


def test_a_failing_cell_is_shrunk_to_a_file_that_fails_alike(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "shrunk.toml"
    made = called("campaign", "shrink", str(store), "--into", str(file), "--workers", "1", "--most", "6", "--json")
    assert made.returncode == 0, made.stderr
    shrunk = json.loads(made.stdout)
    assert shrunk["scenario"] == str(file)
    scenario = load_scenario(str(file))
    assert len(scenario.expect) == 1
    words = shrunk["command"].split()
    again = called(*words[1:])
    assert again.returncode == 1
    assert "believes_doses" in {one["check"] for one in json.loads(again.stdout)["findings"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("none.toml", "--", "x"), "none.toml: there is no such file; expected a campaign, a TOML file (docs/campaigns.md)"),
        (("show", "none.db"), "none.db: there is no such file; expected the store of a campaign"),
        (("export", "none.db", "a.xls"), "a.xls: expected a name that ends with .csv or .parquet"),
        (("shrink", "none.json"), "none.json: expected a cell, a JSON file"),
    ],
)
def test_a_wrong_call_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    made = called("campaign", *words)
    assert (made.returncode, made.stdout) == (2, "")
    assert sentence in made.stderr
    assert made.stderr.count("\n") == 1
