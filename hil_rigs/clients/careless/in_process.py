"""A careless client as a client under test in the bench's own process, by its name.

isletbench run DLV-01 -- isletbench.hil_rigs.clients.careless.in_process:client_of sends_again
"""

from isletbench.emulator.scenarios.in_process import Client
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller import in_process
from isletbench.hil_rigs.clients.controller.parts import Parts


def client_of(scenario: Scenario, careless: str) -> Client:
    """The careless client of this name, for the devices that the scenario is about. Raises ``ValueError``."""
    if careless not in CARELESS:
        raise ValueError(f"careless client {careless!r}: expected one of {', '.join(CARELESS)}")
    return in_process.client_of(scenario, Parts(CARELESS[careless]))
