"""The careful controller as a program: it finds its devices in its environment, lives until it is asked to end (SIGTERM), and
tells what it believes into ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check -- python -m isletbench.hil_rigs.clients.controller
    isletbench check -- python -m isletbench.hil_rigs.clients.controller --habit sends_again
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.controller.controller import Controller
from isletbench.hil_rigs.clients.controller.habits import CAREFUL, CARELESS, Habits
from isletbench.hil_rigs.clients.controller.wishes import wishes_of


def collectors(environment: Mapping[str, str]) -> dict[str, Collector]:
    """A collector for every device that the environment names: ``ISLETBENCH_PUMP_SERIAL``, ``ISLETBENCH_CGM_BLE``, ..."""
    found: dict[str, Collector] = {}
    for device in ("cgm", "pump"):
        serial, ble = (environment.get(f"ISLETBENCH_{device.upper()}_{carrier}") for carrier in ("SERIAL", "BLE"))
        if serial:
            found[device] = LinkCollector(tty_port(serial))
        elif ble:
            found[device] = BleakCollector(ble)
    return found


def teller(stack: ExitStack, path: str | None) -> Callable[[Mapping[str, Any]], None]:
    """Where beliefs go: a line each, or nowhere."""
    if path is None:
        return lambda told: None
    sink = stack.enter_context(Path(path).open("w", encoding="utf-8"))  # noqa: SIM115  # the stack closes it
    return lambda told: print(json.dumps(told), file=sink, flush=True)


async def main(habits: Habits, environment: Mapping[str, str]) -> int:
    """Live until SIGTERM or SIGINT; 2 when there is no device to live on."""
    loop = asyncio.get_running_loop()
    with ExitStack() as stack:
        if hci := environment.get("ISLETBENCH_HCI"):
            stack.enter_context(virtual_bluetooth(hci))
        found = collectors(environment)
        if not found:
            print("no device: expected ISLETBENCH_PUMP_SERIAL or the like in the environment", file=sys.stderr)
            return 2
        tell = teller(stack, environment.get("ISLETBENCH_BELIEFS"))
        wanted = wishes_of(json.loads(environment.get("ISLETBENCH_INTENTS", "[]")), loop.time())
        living = asyncio.ensure_future(Controller(found, habits, tell, wanted).live())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, living.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await living
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful controller, or one that leaves a care out.")
    parser.add_argument("--habit", choices=CARELESS, help="leave this care out")
    chosen = parser.parse_args()
    pace = Pace.parse(os.environ.get("ISLETBENCH_PACE", "real"))
    sys.exit(run(main(CARELESS[chosen.habit] if chosen.habit else CAREFUL, os.environ), pace))
