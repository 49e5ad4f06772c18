"""The clients as clients under test, in the bench's own process."""

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.scenarios.in_process import Client as UnderTest
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.adapters import RILEYLINK, STICKS, behind_rileylink
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.pump import Pump


def client_of(scenario: Scenario, kind: type[Client] = Client) -> UnderTest:
    """A client of the scenario's pump, the careful one by default."""

    async def run_client(bench: Bench, over: str) -> None:
        pump = pump_on(bench, over)
        try:
            await kind(pump, bench.believe, scenario.wanted(bench.clock.now()), now()).run()
        finally:
            await pump.close()

    return run_client


def pump_on(bench: Bench, over: str) -> Pump:
    """The bench's pump behind the adapter that is in front of it."""
    if over == RILEYLINK:
        return behind_rileylink(bench.ready()["devices"]["pump"]["ble"]["address"])
    return STICKS[over](bench.memory["pump"].connect)
