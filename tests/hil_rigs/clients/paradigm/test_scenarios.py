"""The scenarios on a Paradigm pump: the careful client passes, and in each of them a careless one fails by its flaw."""

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import scenarios
from isletbench.hil_rigs.clients.paradigm import careless
from isletbench.hil_rigs.clients.paradigm.adapters import RFSPY, RILEYLINK, STICKS
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.in_process import client_of
from tests.harness.conformance import ROOT
from tests.harness.library import shipped

ADAPTERS = (*STICKS, RILEYLINK)
SPOKEN = {name for name in scenarios() if RFSPY in shipped(name).speaks}
QUICK = {("DLV-01", RFSPY)}
"""What is played each time; the rest is slow."""
FAILS: dict[str, type[Client]] = {
    "CLK-01": careless.KnowsRecordsByTheirStamps,
    "CLK-02": careless.KnowsItsOwnOnly,
    "CLK-03": careless.SilentToItsUser,
    "CLK-04": careless.SilentToItsUser,
    "CLK-05": careless.BelievesOneReading,
    "CLK-06": careless.KnowsItsOwnOnly,
    "CLK-07": careless.GivesUpForGood,
    "CLK-08": careless.SilentToItsUser,
    "DLV-01": careless.SendsAgain,
    "DLV-02": careless.BooksWhatWasAskedFor,
    "DLV-04": careless.GivesUpForGood,
    "DLV-06": careless.TrustsTheAcknowledgement,
    "DLV-07": careless.SilentToItsUser,
    "DLV-09": careless.BooksTheProgrammed,
    "DLV-12": careless.KnowsItsOwnOnly,
    "DLV-13": careless.ResumesByItself,
    "DLV-14": careless.ResumesByItself,
    "DLV-15": careless.ResumesByItself,
    "DLV-17": careless.TrustsTheAcknowledgement,
    "DLV-18": careless.SilentToItsUser,
    "DLV-19": careless.SilentToItsUser,
    "DLV-28": careless.KnowsItsOwnOnly,
    "DLV-31": careless.BooksTheProgrammed,
    "DLV-33": careless.KnowsItsOwnOnly,
    "DLV-41": careless.GivesUpForGood,
    "DLV-42": careless.BooksTheProgrammed,
    "HIS-02": careless.SendsAgain,
    "HIS-07": careless.KnowsItsOwnOnly,
    "LIF-12": careless.SilentToItsUser,
    "LNK-11": careless.SendsAgain,
    "LNK-12": careless.GivesUpForGood,
    "RUN-01": careless.SendsAgain,
    "RUN-02": careless.GivesUpForGood,
}
"""The careless client that fails each of them."""


def verdict(scenario: str, client: type[Client], over: str = RFSPY) -> Verdict:
    played = shipped(scenario)
    return run(play(played, client_of(played, client), over), Pace(None))


def marked(scenario: str, over: str) -> object:
    return pytest.param(scenario, over, marks=[] if (scenario, over) in QUICK else pytest.mark.slow)


def test_every_scenario_of_a_stick_is_one_of_each_adapter_and_has_a_client_that_fails_it() -> None:
    for adapter in ADAPTERS:
        assert {name for name in scenarios() if adapter in shipped(name).speaks} == SPOKEN == set(FAILS)
    assert len(SPOKEN) >= 30


@pytest.mark.parametrize(("scenario", "over"), [marked(one, over) for over in ADAPTERS for one in sorted(SPOKEN)])
def test_the_careful_client_passes(scenario: str, over: str) -> None:
    found = verdict(scenario, Client, over)
    assert found.outcome.value == "passed", found.sentences()


@pytest.mark.parametrize(("scenario", "over"), [marked(one, over) for over in ADAPTERS for one in sorted(SPOKEN)])
def test_a_careless_client_fails_where_its_flaw_shows(scenario: str, over: str) -> None:
    assert verdict(scenario, FAILS[scenario], over).outcome.value == "failed"


def test_the_page_has_every_scenario_and_who_fails_it() -> None:
    page = (ROOT / "docs" / "paradigm.md").read_text(encoding="utf-8")
    for scenario, client in FAILS.items():
        assert f"| {scenario}, {shipped(scenario).title} | `{client.__name__}` |" in page
