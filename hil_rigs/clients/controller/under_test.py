"""The controller as a client under test: in the bench's own process, in jump pace."""

import asyncio

from bleak import BleakScanner

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.scenarios.in_process import Client
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.wishes import wishes_of


class ByName(BleakCollector):
    """Connects only when somebody advertises a name."""

    def __init__(self, address: str, name: str) -> None:
        super().__init__(address)
        self._name = name

    async def connect(self) -> None:
        if await BleakScanner.find_device_by_name(self._name, timeout=10) is None:
            raise ConnectionError(f"nobody here is called {self._name}")
        await super().connect()


def client_of(scenario: Scenario, habits: Habits) -> Client:
    """A controller with these habits, of the devices that the scenario is about."""

    async def live(bench: Bench, over: str) -> None:
        def find(device: str) -> Collector:
            chosen = device if habits.knows_its_own else list(bench.hosts)[-1]
            if over == "ble":
                ble = bench.ready()["devices"][chosen]["ble"]
                return BleakCollector(ble["address"]) if habits.looks_for_an_address else ByName(ble["address"], ble["name"])
            return LinkCollector(bench.memory[chosen].connect)

        wishes = wishes_of(scenario.wanted(bench.clock.now()), asyncio.get_running_loop().time())
        collectors: dict[str, Collector] = {device: find(device) for device in scenario.clients}
        try:
            await Controller(collectors, habits, bench.believe, wishes).live()
        finally:  # what a computer does for a program that has ended
            await asyncio.gather(*(collector.disconnect() for collector in collectors.values()), return_exceptions=True)

    return live
