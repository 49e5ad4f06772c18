"""The careful client of a receiver as a program: it finds the receiver's port in its environment, runs until it is asked to end
(SIGTERM), and writes what it believes to ``ISLETBENCH_BELIEFS`` where that is set.

    isletbench check --over dexcom_receiver CGM-02 -- python -m isletbench.hil_rigs.clients.receiver
    isletbench check --over dexcom_receiver LNK-01 -- python -m isletbench.hil_rigs.clients.receiver --careless ImportsAgain
"""

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from functools import partial

from isletbench.hil_rigs.clients.program import CallError, FirstFailures, belief_writer, exit_code, serial_port, until_ended
from isletbench.hil_rigs.clients.receiver.careless import CARELESS
from isletbench.hil_rigs.clients.receiver.client import Client
from isletbench.hil_rigs.clients.receiver.requests import Receiver


async def main(kind: type[Client], environment: Mapping[str, str]) -> None:
    """Run until SIGTERM or SIGINT. Raises ``CallError``, also where the environment names no receiver."""
    port = serial_port(environment, "cgm")
    if port is None:
        raise CallError("no receiver: expected ISLETBENCH_CGM_SERIAL in the environment")
    with ExitStack() as stack:
        report = belief_writer(stack, environment)
        receiver = stack.enter_context(closing(Receiver(port)))
        client = kind(receiver, lambda belief: report(dict(belief)))
        client.on_failure = partial(FirstFailures().report, "cgm")
        await until_ended(client.run())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The careful client of a Dexcom receiver, or a careless variant of it.")
    by_name = {client.__name__: client for client in CARELESS}
    parser.add_argument("--careless", choices=by_name, help="run this careless client instead")
    chosen = parser.parse_args()
    sys.exit(exit_code(main(by_name.get(chosen.careless, Client), os.environ), os.environ))
