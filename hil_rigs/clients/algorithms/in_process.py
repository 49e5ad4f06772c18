"""The careful controller with an algorithm in the loop, as a client under test in the bench's own process.

isletbench run CLP-01 -- isletbench.hil_rigs.clients.algorithms.in_process:client_of oref0
"""

from contextlib import closing
from importlib.resources import as_file, files

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.scenarios.in_process import Client
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.algorithms import algorithm_of
from isletbench.hil_rigs.clients.algorithms.settings import Settings, load
from isletbench.hil_rigs.clients.controller import in_process
from isletbench.hil_rigs.clients.controller.pump import Automation

PERSON = "adult"
"""Whose settings the algorithm has where a scenario gives none."""


def client_of(scenario: Scenario, algorithm: str) -> Client:
    """The controller with the algorithm of this name, with the settings of the scenario. The algorithm is closed when the
    client ends. Raises ``ValueError`` for an algorithm that there is not."""
    settings = _settings() if scenario.settings is None else load(scenario.settings)
    made = algorithm_of(algorithm)
    play = in_process.client_of(scenario, automation=Automation(made, settings))

    async def run_client(bench: Bench, over: str) -> None:
        with closing(made):
            await play(bench, over)

    return run_client


def _settings() -> Settings:
    with as_file(files("isletbench.hil_rigs") / "people" / f"{PERSON}.toml") as path:
        return load(path)
