"""A client of the default rig's pump or CGM over either carrier, in jump pace: what the tests of faults talk with."""

import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.faults import parse
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import load
from isletbench.hil_rigs.clients.controller.session import Session

JUMP = Pace(None)


Client = Session


@dataclass
class Ran:
    """What a run left: its journal as text and as entries."""

    text: str

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def stages(self, operation: str) -> list[str]:
        """How far the requests of an operation came in the device."""
        return [entry["stage"] for entry in self.entries if entry.get("note") == operation]

    def life(self, fault: str) -> list[str]:
        """The turns in a fault's life."""
        return [entry["what"] for entry in self.entries if entry.get("fault") == fault]

    def delivered(self) -> int:
        """All bolus insulin that has really been delivered, uU."""
        return sum(e["uu"] for e in self.entries if e.get("ledger") == "pulse" and e["cause"] == "bolus")


Talk = Callable[[Bench, Client], Awaitable[None]]


def converse(talk: Talk, *faults: dict[str, Any], device: str = "pump", over: str = "serial", seed: int = 1) -> Ran:
    """Let ``talk`` happen on a bench with these faults, in jump pace."""
    sink = io.StringIO()

    async def main() -> None:
        async with Bench(load(), ports=Ports.MEMORY, seed=seed, journal=Journal(sink)) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123_456):
                collector = BleakCollector(bench.ready()["devices"][device]["ble"]["address"]) if over == "ble" else None
                client = Client(collector or LinkCollector(bench.memory[device].connect), device)
                await client.connect()
                for fault in faults:
                    bench.steering.inject(parse({"device": device, **fault}))
                await talk(bench, client)
                await client.collector.disconnect()
            await bench.run(1)

    run(main(), JUMP)
    return Ran(sink.getvalue())
