"""The scenarios of delivery on a Paradigm pump: the careful client passes, each careless one fails where its flaw shows."""

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.paradigm.careless import (
    BooksWhatWasAskedFor,
    ResumesByItself,
    SendsAgain,
    TrustsTheAcknowledgement,
)
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.in_process import client_of, on_paradigm

QUICK = ("DLV-01",)
PASSED = (
    *("DLV-02", "DLV-04", "DLV-06", "DLV-07", "DLV-09", "DLV-12", "DLV-13", "DLV-14", "DLV-15", "DLV-17", "DLV-18", "DLV-19"),
    *("DLV-21", "DLV-28", "DLV-30", "LNK-11", "RUN-01", "RUN-02"),
)
CARELESS = [
    ("DLV-01", SendsAgain, "doses_once"),
    pytest.param("DLV-02", BooksWhatWasAskedFor, "believes_doses", marks=pytest.mark.slow),
    pytest.param("DLV-06", TrustsTheAcknowledgement, "halts", marks=pytest.mark.slow),
    pytest.param("DLV-09", BooksWhatWasAskedFor, "believes_doses", marks=pytest.mark.slow),
    pytest.param("DLV-14", ResumesByItself, "leaves_suspended", marks=pytest.mark.slow),
    pytest.param("DLV-17", TrustsTheAcknowledgement, "therapy_is", marks=pytest.mark.slow),
    pytest.param("RUN-01", SendsAgain, "gives", marks=pytest.mark.slow),
]


def verdict(scenario: str, client: type[Client]) -> Verdict:
    played = on_paradigm(load_scenario(scenario))
    return run(play(played, client_of(played, client), "serial"), Pace(None))


@pytest.mark.parametrize("scenario", [*QUICK, *(pytest.param(one, marks=pytest.mark.slow) for one in PASSED)])
def test_the_careful_client_passes(scenario: str) -> None:
    found = verdict(scenario, Client)
    assert found.outcome.value == "passed", found.findings


@pytest.mark.parametrize(("scenario", "client", "check"), CARELESS)
def test_a_careless_client_fails_where_its_flaw_shows(scenario: str, client: type[Client], check: str) -> None:
    found = verdict(scenario, client)
    assert found.outcome.value == "failed"
    assert check in {name for name, _ in found.findings}
