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
    "DLV-01": {"sends_again"},
    "DLV-02": {"sends_again"},
    "LNK-01": {"gives_up"},
    "LNK-02": {"gives_up", "hammers"},
    "LNK-03": {"waits_for_ever"},
    "LNK-12": {"does_not_look", "gives_up"},
}
"""The habits with which a client fails, at least."""
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


@pytest.mark.parametrize(("name", "over"), PLAYED)
def test_careless_clients_fail_and_are_told_why(name: str, over: str) -> None:
    for habit in FAILED_BY[name]:
        verdict = played(name, over, CARELESS[habit])
        assert verdict.outcome is Outcome.FAILED, habit
        assert verdict.sentences()
        for _, finding in verdict.findings:
            assert any(line.startswith("> ") for line in verdict.excerpt(finding))


@pytest.mark.parametrize("name", scenarios())
def test_the_same_seed_gives_the_same_journal_octet_for_octet(name: str) -> None:
    over = load(name).over[0]
    assert played.__wrapped__(name, over, CAREFUL).journal == played(name, over, CAREFUL).journal
