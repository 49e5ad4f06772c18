"""The careful client of a Paradigm pump as a program: it finds the pump's adapter in its environment, runs until it is asked to
end (SIGTERM), and writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check --over paradigm_rfspy DLV-01 -- python -m isletbench.hil_rigs.clients.paradigm
    isletbench check --over paradigm_rileylink DLV-01 -- python -m isletbench.hil_rigs.clients.paradigm --careless SendsAgain
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.careless import CARELESS
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.in_process import PUMP
from isletbench.hil_rigs.clients.paradigm.messages import Adapter, Messages, Stick
from isletbench.hil_rigs.clients.paradigm.rileylink import RileyLink
from isletbench.hil_rigs.clients.program import belief_writer, until_ended
from isletbench.protocols.medtronic.opcodes import Generation

BAUD = 19_200
"""Of a subg_rfspy stick."""


def adapter_of(environment: Mapping[str, str]) -> Adapter | None:
    """The adapter that the environment names: a stick on a serial port, or a RileyLink."""
    if serial := environment.get("ISLETBENCH_PUMP_SERIAL"):
        return Stick(tty_port(serial, BAUD))
    if address := environment.get("ISLETBENCH_PUMP_BLE"):
        return RileyLink(address)
    return None


async def main(kind: type[Client], environment: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT; 2 when the environment names no pump."""
    with ExitStack() as stack:
        if hci := environment.get("ISLETBENCH_HCI"):
            stack.enter_context(virtual_bluetooth(hci))
        adapter = adapter_of(environment)
        if adapter is None:
            print("no pump: expected ISLETBENCH_PUMP_SERIAL or ISLETBENCH_PUMP_BLE in the environment", file=sys.stderr)
            return 2
        report = belief_writer(stack, environment.get("ISLETBENCH_BELIEFS"))
        pump = Messages(adapter, PUMP.serial_number, Generation.of(PUMP.model))
        wanted = json.loads(environment.get("ISLETBENCH_INTENTS", "[]"))
        await until_ended(kind(pump, lambda belief: report(dict(belief)), wanted, now()).run())
        await adapter.close()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful client of a Paradigm pump, or a careless variant of it.")
    by_name = {client.__name__: client for client in CARELESS}
    parser.add_argument("--careless", choices=by_name, help="run this careless client instead")
    chosen = parser.parse_args()
    pace = Pace.parse(os.environ.get("ISLETBENCH_PACE", "real"))
    sys.exit(run(main(by_name.get(chosen.careless, Client), os.environ), pace))
