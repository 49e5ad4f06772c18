"""Every scenario of the package is passed by a careful client and failed by a careless one: no check is unable to fail."""

import pytest
from _pytest.mark.structures import ParameterSet

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome
from isletbench.emulator.scenarios.scenario import scenarios
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.in_process import client_of
from tests.harness.library import shipped
from tests.scenarios.habits import HABITS
from tests.scenarios.matrix import PAGE, page, played, written

WRITTEN = written()
SAMPLE = 8
"""Of so many scenarios, one is played in the quick set on every carrier and twice. Of the others one is played by the careful
client and the next by a careless one, on their first carrier; nightly everything is."""


def sampled(number: int, *values: str, always: bool = False) -> ParameterSet:
    """Values of a test for the scenario with this number; marked slow where it is not of the sample."""
    return pytest.param(*values, marks=[] if always or number % SAMPLE == 0 else [pytest.mark.slow])


ALL = list(enumerate(scenarios()))
CARRIERS = [(number, name, over) for number, name in ALL for over in shipped(name).over]
ON_EACH = [
    sampled(number, name, over, always=number % 2 == 0 and over == shipped(name).over[0]) for number, name, over in CARRIERS
]
SHOWN = {name: min(clients, key=list(CARELESS).index) for name, clients in WRITTEN.items() if clients}
"""A careless client for each scenario; all of them are played where the page is made."""

TWICE = [sampled(number, name) for number, name in ALL]


@pytest.mark.parametrize(("name", "over"), ON_EACH)
def test_a_careful_client_passes(name: str, over: str) -> None:
    verdict = played(name, over, "careful")
    assert verdict.outcome is Outcome.PASSED, verdict.sentences()
    assert not verdict.open, "the careful client tells everything that it believes"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
@pytest.mark.parametrize("name", scenarios())
def test_a_careful_client_passes_whatever_the_seed(name: str, seed: int) -> None:
    one = shipped(name).model_copy(update={"seed": seed})
    verdict = run(play(one, client_of(one), one.over[0]), Pace(None))
    assert verdict.outcome is Outcome.PASSED, verdict.sentences()


@pytest.mark.parametrize("name", TWICE)
def test_the_same_seed_gives_the_same_journal(name: str) -> None:
    over = shipped(name).over[0]
    assert played.__wrapped__(name, over, "careful").journal == played(name, over, "careful").journal, "octet for octet"


@pytest.mark.parametrize("name", [sampled(number, name, always=number % 2 == 1) for number, name in ALL])
def test_a_careless_client_fails_and_is_told_why(name: str) -> None:
    verdict = played(name, shipped(name).over[0], SHOWN[name])
    assert verdict.outcome is Outcome.FAILED
    assert verdict.sentences()
    for _, finding in verdict.findings:
        assert any(line.startswith("> ") for line in verdict.excerpt(finding))


def test_every_careless_client_fails_somewhere_and_every_scenario_is_failed_by_one() -> None:
    assert {client for clients in WRITTEN.values() for client in clients} == set(CARELESS)
    assert {name for name, clients in WRITTEN.items() if clients} == set(scenarios())
    assert PAGE.read_text(encoding="utf-8") == page(WRITTEN)


FAILS = {client: [name for name, clients in WRITTEN.items() if client in clients] for client in CARELESS}
"""The scenarios that each careless client fails."""


@pytest.mark.parametrize("client", [sampled(number, client) for number, client in enumerate(CARELESS)])
def test_a_careless_client_fails_a_scenario_that_it_is_said_to_fail(client: str) -> None:
    name = FAILS[client][len(client) % len(FAILS[client])]
    assert played(name, shipped(name).over[0], client).outcome is Outcome.FAILED


@pytest.mark.parametrize("client", [sampled(2 * number, client) for number, client in enumerate(HABITS.values())])
def test_each_habit_that_apps_are_known_for_fails_scenarios_that_are_listed_with_it(client: str) -> None:
    for name in FAILS[client][:3]:
        assert played(name, shipped(name).over[0], client).outcome is Outcome.FAILED, name


# In these the pump is stopped while the bolus is wanted, so nobody gives any: by its user, by an alarm, by another controller.
STOPPED = {"DLV-14", "DLV-15", "LIF-12", "LNK-12", "LNK-15"}


def test_whoever_gives_ten_times_as_much_fails_wherever_a_bolus_is_given() -> None:
    wanted = {name for name in scenarios() if any(intent.do == "bolus" for intent in shipped(name).intent)}
    assert wanted - set(FAILS["ten_fold"]) == STOPPED
