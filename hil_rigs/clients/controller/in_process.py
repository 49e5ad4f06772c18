"""The controller as a client under test: in the bench's own process, in jump pace."""

import asyncio

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.scenarios.in_process import Client
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
from isletbench.hil_rigs.clients.algorithms.settings import load
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.device_selection import DeviceSelection
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.pump import Automation
from isletbench.hil_rigs.clients.controller.user_requests import requests_of


def client_of(scenario: Scenario, parts: Parts = CAREFUL, automation: Automation | None = None) -> Client:
    """A controller for the devices that the scenario is about, built from ``parts``; by default the careful one. It closes the
    loop with an ``automation``, and with the reference algorithm where the scenario names a person."""
    if automation is None and scenario.settings is not None:
        automation = Automation(Hybrid(), load(scenario.settings))

    async def run_client(bench: Bench, over: str) -> None:
        selection = parts.of(DeviceSelection)(bench, over)
        requests = requests_of(scenario.wanted(bench.clock.now()), now())
        collectors: dict[str, Collector] = {device: selection.collector(device) for device in scenario.clients}
        try:
            controller = parts.of(Controller)(collectors, bench.believe, requests=requests, automation=automation, parts=parts)
            await controller.run()
        finally:  # what an operating system does for a program that has ended
            await asyncio.gather(*(collector.disconnect() for collector in collectors.values()), return_exceptions=True)

    return run_client
