"""The clients as clients under test, in the bench's own process; and scenarios on a pump that speaks as a Paradigm pump."""

from typing import Any

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.scenarios.in_process import Client as UnderTest
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.messages import Messages, Stick
from isletbench.protocols.medtronic.opcodes import Generation

SPEAKS: dict[str, Any] = {"personality": "paradigm_rfspy", "model": "723", "serial_number": "208850"}
"""What the pump of a scenario speaks."""


def on_paradigm(scenario: Scenario) -> Scenario:
    """The scenario with a pump that speaks as a Paradigm pump on its serial port."""
    changes = {**scenario.devices.get("pump", {}), "profile": "paradigm_x23", "serial": "pty:", "speaks": SPEAKS}
    return scenario.model_copy(update={"devices": {**scenario.devices, "pump": changes}, "over": ("serial",)})


def client_of(scenario: Scenario, kind: type[Client] = Client) -> UnderTest:
    """A client of the scenario's pump, the careful one by default."""

    async def run_client(bench: Bench, over: str) -> None:
        stick = Stick(bench.memory["pump"].connect)
        messages = Messages(stick, str(SPEAKS["serial_number"]), Generation.of(str(SPEAKS["model"])))
        try:
            await kind(messages, bench.believe, scenario.wanted(bench.clock.now()), now()).run()
        finally:
            stick.close()

    return run_client
