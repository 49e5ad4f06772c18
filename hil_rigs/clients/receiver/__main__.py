"""The careful client of a receiver as a program: it finds the receiver's port in its environment, runs until it is asked to end
(SIGTERM), and writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check --over dexcom_receiver CGM-02 -- python -m isletbench.hil_rigs.clients.receiver
    isletbench check --over dexcom_receiver LNK-01 -- python -m isletbench.hil_rigs.clients.receiver --careless ImportsAgain
"""

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.core.clock import Pace, run
from isletbench.hil_rigs.clients.program import belief_writer, until_ended
from isletbench.hil_rigs.clients.receiver.careless import CARELESS
from isletbench.hil_rigs.clients.receiver.client import Client
from isletbench.hil_rigs.clients.receiver.requests import Receiver


async def main(kind: type[Client], environment: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT; 2 when the environment names no receiver."""
    serial = environment.get("ISLETBENCH_CGM_SERIAL")
    if serial is None:
        print("no receiver: expected ISLETBENCH_CGM_SERIAL in the environment", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        report = belief_writer(stack, environment.get("ISLETBENCH_BELIEFS"))
        receiver = Receiver(tty_port(serial))
        await until_ended(kind(receiver, lambda belief: report(dict(belief))).run())
        receiver.close()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful client of a Dexcom receiver, or a careless variant of it.")
    by_name = {client.__name__: client for client in CARELESS}
    parser.add_argument("--careless", choices=by_name, help="run this careless client instead")
    chosen = parser.parse_args()
    pace = Pace.parse(os.environ.get("ISLETBENCH_PACE", "real"))
    sys.exit(run(main(by_name.get(chosen.careless, Client), os.environ), pace))
