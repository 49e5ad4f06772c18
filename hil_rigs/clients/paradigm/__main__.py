"""The careful client of a Paradigm pump as a program: it finds the pump's adapter in its environment, runs until it is asked to
end (SIGTERM), and writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check --over paradigm_rfspy DLV-01 -- python -m isletbench.hil_rigs.clients.paradigm
    isletbench check --over paradigm_carelink DLV-01 -- python -m isletbench.hil_rigs.clients.paradigm
    isletbench check --over paradigm_rileylink DLV-01 -- python -m isletbench.hil_rigs.clients.paradigm --careless SendsAgain
"""

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.adapters import BAUD, RFSPY, STICKS, behind_rileylink
from isletbench.hil_rigs.clients.paradigm.careless import CARELESS
from isletbench.hil_rigs.clients.paradigm.client import Client
from isletbench.hil_rigs.clients.paradigm.pump import Pump
from isletbench.hil_rigs.clients.program import (
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


def pump_of(environment: Mapping[str, str]) -> Pump:
    """The pump behind the adapter that the environment names: a stick on a serial port, of the kind that ``ISLETBENCH_OVER``
    says, or a RileyLink. Raises ``CallError``."""
    over = environment.get("ISLETBENCH_OVER", RFSPY)
    if port := serial_port(environment, "pump", BAUD.get(over)):
        if over not in STICKS:
            raise CallError(f"ISLETBENCH_OVER: {over}: expected one of {', '.join(STICKS)}, for there is a serial port")
        return STICKS[over](port)
    if address := ble_address(environment, "pump"):
        return behind_rileylink(address)
    raise CallError("no pump: expected ISLETBENCH_PUMP_SERIAL or ISLETBENCH_PUMP_BLE in the environment")


async def main(kind: type[Client], environment: Mapping[str, str]) -> None:
    """Run until SIGTERM or SIGINT. Raises ``CallError``."""
    with ExitStack() as stack:
        use_radio(stack, environment)
        pump = pump_of(environment)
        report = belief_writer(stack, environment)
        client = kind(pump, lambda belief: report(dict(belief)), wanted(environment), now())
        client.on_failure = partial(FirstFailures().report, "pump")
        try:
            await until_ended(client.run())
        finally:
            await pump.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful client of a Paradigm pump, or a careless variant of it.")
    by_name = {client.__name__: client for client in CARELESS}
    parser.add_argument("--careless", choices=by_name, help="run this careless client instead")
    chosen = parser.parse_args()
    sys.exit(exit_code(main(by_name.get(chosen.careless, Client), os.environ), os.environ))
