"""Every scenario of the package is passed by a careful client and failed by a careless one: no check is unable to fail."""

from functools import cache

import pytest

from emulator.clock import Pace, run
from emulator.scenario import load, scenarios
from emulator.verdict import Outcome, Verdict, play
from tests.scenarios.clients import CAREFUL, CARELESS, Habits, client_of

FAILED_BY = {
    "CGM-01": {"never_fetches"},
    "CGM-02": {"gives_up", "never_fetches"},
    "CGM-06": {"never_fetches"},
    "DLV-01": {"sends_again"},
    "DLV-02": {"sends_again"},
    "DLV-04": {"gives_the_rest", "gives_up"},
    "DLV-14": {"overrides_its_user"},
    "LNK-01": {"gives_up"},
    "LNK-02": {"gives_up", "hammers"},
    "LNK-03": {"waits_for_ever"},
    "LNK-04": {"keeps_its_keys"},
    "LNK-10": {"never_fetches"},
    "LNK-11": {"sends_again"},
    "LNK-12": {"does_not_look", "gives_up"},
    "LNK-13": {"asks_for_ever"},
    "LNK-16": {"takes_whoever_is_there"},
    "RUN-02": {"gives_the_rest", "gives_up"},
    "RUN-07": {"gives_up", "never_fetches"},
}
"""The habits with which a client fails, at least."""
FAILING = [(name, habit) for name, habits in FAILED_BY.items() for habit in sorted(habits)]
PLAYED = [(name, over) for name in scenarios() for over in load(name).over]


@cache
def played(name: str, over: str, habits: Habits) -> Verdict:
    scenario = load(name)
    (device,) = scenario.clients
    return run(play(scenario, client_of(device, habits), over), Pace(None))


@pytest.mark.parametrize(("name", "over"), PLAYED)
def test_a_careful_client_passes(name: str, over: str) -> None:
    verdict = played(name, over, CAREFUL)
    assert verdict.outcome is Outcome.PASSED, verdict.sentences()


@pytest.mark.parametrize(("name", "habit"), FAILING)
def test_careless_clients_fail_and_are_told_why(name: str, habit: str) -> None:
    carriers = load(name).over
    verdict = played(name, carriers[FAILING.index((name, habit)) % len(carriers)], CARELESS[habit])
    assert verdict.outcome is Outcome.FAILED
    assert verdict.sentences()
    for _, finding in verdict.findings:
        assert any(line.startswith("> ") for line in verdict.excerpt(finding))


def test_every_careless_client_fails_somewhere_and_every_scenario_is_failed_by_one() -> None:
    assert {habit for _, habit in FAILING} == set(CARELESS)
    assert {name for name, _ in FAILING} == set(scenarios())


@pytest.mark.parametrize("name", scenarios())
def test_the_same_seed_gives_the_same_journal_octet_for_octet(name: str) -> None:
    over = load(name).over[0]
    assert played.__wrapped__(name, over, CAREFUL).journal == played(name, over, CAREFUL).journal
