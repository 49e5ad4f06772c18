"""The clients as clients under test, in the bench's own process."""

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.scenarios.in_process import Client as UnderTest
from isletbench.hil_rigs.clients.receiver.client import Client
from isletbench.hil_rigs.clients.receiver.requests import Receiver

ON = "dexcom_receiver"
"""The personality that the clients speak to."""


def client_of(kind: type[Client] = Client) -> UnderTest:
    """A client of the bench's CGM, the careful one by default."""

    async def run_client(bench: Bench, over: str) -> None:
        receiver = Receiver(bench.memory["cgm"].connect)
        try:
            await kind(receiver, bench.believe).run()
        finally:
            receiver.close()

    return run_client
