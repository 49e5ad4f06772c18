"""The controller as a client under test: in the bench's own process, in jump pace."""

import asyncio

from emulator.bench import Bench
from emulator.client.bleak_collector import BleakCollector
from emulator.client.collector import Collector
from emulator.client.link_collector import LinkCollector
from emulator.scenario import Scenario
from emulator.verdict import Client
from hil_rigs.clients.controller.controller import Controller
from hil_rigs.clients.controller.habits import Habits
from hil_rigs.clients.controller.wishes import wishes_of


def client_of(scenario: Scenario, habits: Habits) -> Client:
    """A controller with these habits, of the devices that the scenario is about."""

    async def live(bench: Bench, over: str) -> None:
        def find(device: str) -> Collector:
            chosen = device if habits.knows_its_own else list(bench.hosts)[-1]
            if over == "ble":
                return BleakCollector(bench.ready()["devices"][chosen]["ble"]["address"])
            return LinkCollector(bench.memory[chosen].connect)

        wishes = wishes_of(scenario.wanted(bench.clock.now()), asyncio.get_running_loop().time())
        collectors: dict[str, Collector] = {device: find(device) for device in scenario.clients}
        try:
            await Controller(collectors, habits, bench.believe, wishes).live()
        finally:  # what a computer does for a program that has ended
            await asyncio.gather(*(collector.disconnect() for collector in collectors.values()), return_exceptions=True)

    return live
