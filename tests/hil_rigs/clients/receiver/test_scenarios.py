"""The scenarios on a receiver: the careful client passes, and in each of them a careless one fails by its flaw."""

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import load_scenario, scenarios
from isletbench.hil_rigs.clients.receiver import careless
from isletbench.hil_rigs.clients.receiver.client import Client
from isletbench.hil_rigs.clients.receiver.in_process import ON, client_of
from tests.harness.conformance import ROOT

QUICK = {"LNK-03"}
FAILS: dict[str, type[Client]] = {
    "CGM-02": careless.ReadsTheNewestPage,
    "CGM-17": careless.ImportsAgain,
    "CGM-19": careless.SilentToItsUser,
    "LNK-01": careless.ImportsAgain,
    "LNK-03": careless.KeepsTheDeadLink,
    "LNK-09": careless.ImportsAgain,
    "LNK-10": careless.TakesDamagedPages,
}
"""The careless client that fails each of them."""


def verdict(scenario: str, client: type[Client]) -> Verdict:
    return run(play(load_scenario(scenario), client_of(client), ON), Pace(None))


SCENARIOS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FAILS]


def test_every_scenario_of_the_receiver_has_a_client_that_fails_it_and_stands_on_the_page() -> None:
    assert {name for name in scenarios() if ON in load_scenario(name).speaks} == set(FAILS)
    page = (ROOT / "docs" / "cgm-receiver.md").read_text(encoding="utf-8")
    for scenario, client in FAILS.items():
        assert f"| {scenario}, {load_scenario(scenario).title} | `{client.__name__}` |" in page


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_careful_client_passes(scenario: str) -> None:
    found = verdict(scenario, Client)
    assert found.outcome.value == "passed", found.sentences()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_careless_client_fails_where_its_flaw_shows(scenario: str) -> None:
    assert verdict(scenario, FAILS[scenario]).outcome.value == "failed"
