"""Every scenario of the package is passed by a careful client and failed by a careless one: no check is unable to fail."""

import pytest

from isletbench.emulator.scenarios.judge import Outcome
from isletbench.emulator.scenarios.scenario import load_scenario, scenarios
from isletbench.hil_rigs.clients.careless import CARELESS
from tests.scenarios.matrix import page, played, written

WRITTEN = written()
PLAYED = [(name, over) for name in scenarios() for over in load_scenario(name).over]
SHOWN = {name: min(clients, key=list(CARELESS).index) for name, clients in WRITTEN.items() if clients}
"""A careless client for each scenario; all of them are played where the page is made."""


@pytest.mark.parametrize(("name", "over"), PLAYED)
def test_a_careful_client_passes_and_the_same_seed_gives_the_same_journal(name: str, over: str) -> None:
    verdict = played(name, over, "careful")
    assert verdict.outcome is Outcome.PASSED, verdict.sentences()
    assert not verdict.open, "the careful client tells everything that it believes"
    if over == load_scenario(name).over[0]:
        assert played.__wrapped__(name, over, "careful").journal == verdict.journal, "octet for octet"


@pytest.mark.parametrize("name", scenarios())
def test_a_careless_client_fails_and_is_told_why(name: str) -> None:
    verdict = played(name, load_scenario(name).over[0], SHOWN[name])
    assert verdict.outcome is Outcome.FAILED
    assert verdict.sentences()
    for _, finding in verdict.findings:
        assert any(line.startswith("> ") for line in verdict.excerpt(finding))


def test_every_careless_client_fails_somewhere_and_every_scenario_is_failed_by_one() -> None:
    assert {client for clients in WRITTEN.values() for client in clients} == set(CARELESS)
    assert {name for name, clients in WRITTEN.items() if clients} == set(scenarios())
    assert page(WRITTEN) == page({name: list(clients) for name, clients in WRITTEN.items()})
