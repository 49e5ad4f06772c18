"""The clients as clients under test, in the bench's own process."""

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.scenarios.in_process import Client as UnderTest
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.messages import Adapter, Messages, Stick
from isletbench.hil_rigs.clients.paradigm.rileylink import RileyLink
from isletbench.protocols.medtronic.opcodes import Generation

ON = ("paradigm_rfspy", "paradigm_rileylink")
"""The personalities that the clients speak to."""
PUMP = ParadigmSettings()
"""The pump of a scenario: what its rig does not set."""


def client_of(scenario: Scenario, kind: type[Client] = Client) -> UnderTest:
    """A client of the scenario's pump, the careful one by default."""

    async def run_client(bench: Bench, over: str) -> None:
        adapter = adapter_on(bench, over)
        try:
            pump = Messages(adapter, PUMP.serial_number, Generation.of(PUMP.model))
            await kind(pump, bench.believe, scenario.wanted(bench.clock.now()), now()).run()
        finally:
            await adapter.close()

    return run_client


def adapter_on(bench: Bench, over: str) -> Adapter:
    """The client's end of the adapter in front of the bench's pump."""
    if over == "paradigm_rileylink":
        return RileyLink(bench.ready()["devices"]["pump"]["ble"]["address"])
    return Stick(bench.memory["pump"].connect)
