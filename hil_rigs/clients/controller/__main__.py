"""The careful controller as a program: it finds its devices in its environment, runs until it is asked to end (SIGTERM), and
writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check -- python -m isletbench.hil_rigs.clients.controller
    isletbench check -- python -m isletbench.hil_rigs.clients.controller --careless sends_again
    python -m isletbench.hil_rigs.clients.controller --algorithm oref0 --settings person.toml
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.algorithms import ALGORITHMS, algorithm_of
from isletbench.hil_rigs.clients.algorithms.settings import load
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import Parts
from isletbench.hil_rigs.clients.controller.pump import Automation
from isletbench.hil_rigs.clients.controller.user_requests import requests_of
from isletbench.hil_rigs.clients.program import belief_writer, until_ended


def collectors(environment: Mapping[str, str]) -> dict[str, Collector]:
    """A collector for every device that the environment names: ``ISLETBENCH_PUMP_SERIAL``, ``ISLETBENCH_CGM_BLE``, ..."""
    found: dict[str, Collector] = {}
    for device in ("cgm", "pump", "meter"):
        serial, ble = (environment.get(f"ISLETBENCH_{device.upper()}_{carrier}") for carrier in ("SERIAL", "BLE"))
        if serial:
            found[device] = LinkCollector(tty_port(serial))
        elif ble:
            found[device] = BleakCollector(ble)
    return found


def automation_of(algorithm: str | None, settings: str | None) -> Automation | None:
    """What closes the loop: the reference algorithm where none is named; None without settings. Raises ``ValueError`` with one
    sentence."""
    if settings is not None:
        return Automation(algorithm_of(algorithm or "hybrid"), load(Path(settings)))
    if algorithm is not None:
        raise ValueError("--algorithm: expected settings too, with --settings or ISLETBENCH_SETTINGS")
    return None


async def main(parts: Parts, environment: Mapping[str, str], automation: Automation | None = None) -> int:
    """Run until SIGTERM or SIGINT; 2 when the environment names no device."""
    with ExitStack() as stack:
        if hci := environment.get("ISLETBENCH_HCI"):
            stack.enter_context(virtual_bluetooth(hci))
        found = collectors(environment)
        if not found:
            print("no device: expected ISLETBENCH_PUMP_SERIAL or the like in the environment", file=sys.stderr)
            return 2
        report = belief_writer(stack, environment.get("ISLETBENCH_BELIEFS"))
        requests = requests_of(json.loads(environment.get("ISLETBENCH_INTENTS", "[]")), now())
        controller = parts.of(Controller)(found, report, requests=requests, automation=automation, parts=parts)
        await until_ended(controller.run())
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful controller, or a careless variant of it.")
    parser.add_argument("--careless", choices=CARELESS, help="run this careless client instead")
    parser.add_argument("--algorithm", help=f"close the loop with one of {', '.join(ALGORITHMS)}, or package.module:Class")
    parser.add_argument("--settings", default=os.environ.get("ISLETBENCH_SETTINGS"), help="the person's settings, a TOML file")
    chosen = parser.parse_args()
    pace = Pace.parse(os.environ.get("ISLETBENCH_PACE", "real"))
    try:
        closes = automation_of(chosen.algorithm, chosen.settings)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    with closing(closes.algorithm) if closes else contextlib.nullcontext():
        sys.exit(run(main(Parts(CARELESS.get(chosen.careless)), os.environ, closes), pace))
