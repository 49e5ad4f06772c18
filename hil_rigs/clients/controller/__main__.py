"""The careful controller as a program: it finds its devices in its environment, runs until it is asked to end (SIGTERM), and
writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check -- python -m isletbench.hil_rigs.clients.controller
    isletbench check -- python -m isletbench.hil_rigs.clients.controller --careless sends_again
    python -m isletbench.hil_rigs.clients.controller --algorithm oref0 --settings person.toml
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.hil_rigs.clients.algorithms import ALGORITHMS, usable_algorithm
from isletbench.hil_rigs.clients.algorithms.settings import load
from isletbench.hil_rigs.clients.careless import CARELESS
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import Parts
from isletbench.hil_rigs.clients.controller.pump import Automation
from isletbench.hil_rigs.clients.controller.user_requests import requests_of
from isletbench.hil_rigs.clients.program import (
    WRONG_CALL,
    CallError,
    FirstFailures,
    belief_writer,
    ble_address,
    exit_code,
    serial_port,
    until_ended,
    use_radio,
    wanted,
)


def collectors(environment: Mapping[str, str]) -> dict[str, Collector]:
    """A collector for every device that the environment names: ``ISLETBENCH_PUMP_SERIAL``, ``ISLETBENCH_CGM_BLE``, ...

    Raises ``CallError`` where it names none, or none that there can be.
    """
    found: dict[str, Collector] = {}
    for device in ("cgm", "pump", "meter"):
        if port := serial_port(environment, device):
            found[device] = LinkCollector(port)
        elif address := ble_address(environment, device):
            found[device] = BleakCollector(address)
    if not found:
        raise CallError("no device: expected ISLETBENCH_PUMP_SERIAL or the like in the environment")
    return found


def automation_of(algorithm: str | None, settings: str | None) -> Automation | None:
    """What closes the loop: the reference algorithm where none is named; None without settings. Raises ``ValueError`` with one
    sentence."""
    if settings is not None:
        loaded = load(Path(settings))
        return Automation(usable_algorithm(algorithm or "hybrid"), loaded)
    if algorithm is not None:
        raise ValueError("--algorithm: expected settings too, with --settings or ISLETBENCH_SETTINGS")
    return None


async def main(parts: Parts, environment: Mapping[str, str], automation: Automation | None = None) -> None:
    """Run until SIGTERM or SIGINT. Raises ``CallError``, ``WrongDevice``."""
    with ExitStack() as stack:
        use_radio(stack, environment)
        found = collectors(environment)
        report = belief_writer(stack, environment)
        requests = requests_of(wanted(environment), now())
        on_failure = FirstFailures().report
        controller = parts.of(Controller)(
            found, report, requests=requests, automation=automation, on_failure=on_failure, parts=parts
        )
        await until_ended(controller.run())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful controller, or a careless variant of it.")
    parser.add_argument("--careless", choices=CARELESS, help="run this careless client instead")
    parser.add_argument("--algorithm", help=f"close the loop with one of {', '.join(ALGORITHMS)}, or package.module:Class")
    parser.add_argument("--settings", default=os.environ.get("ISLETBENCH_SETTINGS"), help="the person's settings, a TOML file")
    chosen = parser.parse_args()
    try:
        closes = automation_of(chosen.algorithm, chosen.settings)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(WRONG_CALL)
    with closing(closes.algorithm) if closes else contextlib.nullcontext():
        sys.exit(exit_code(main(Parts(CARELESS.get(chosen.careless)), os.environ, closes), os.environ))
