"""A client of the default rig's pump or CGM over either carrier, in jump pace: what the tests of faults talk with."""

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
from isletbench.emulator.journal.entries import Entry, NoteEntry
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs.rig import load_rig
from isletbench.hil_rigs.clients.controller.session import Session
from tests.harness.journals import faults, ledger

JUMP = Pace(None)


Client = Session


@dataclass
class Ran:
    """What a run left: the entries of its journal."""

    entries: list[Entry]

    @property
    def text(self) -> str:
        """The journal as text."""
        return to_text(self.entries)

    def stages(self, operation: str) -> list[str]:
        """How far the requests of an operation came in the device."""
        notes = (entry.note for entry in self.entries if isinstance(entry, NoteEntry))
        return [note.stage for note in notes if note.stage and getattr(note, "operation", None) == operation]

    def life(self, fault: str) -> list[str]:
        """The turns in a fault's life."""
        return [entry.what for entry in faults(self.entries, fault)]

    def delivered(self) -> int:
        """All bolus insulin that has really been delivered, uU."""
        return sum(pulse.uu for _, pulse in ledger(self.entries, Pulse) if pulse.cause == "bolus")


Talk = Callable[[Bench, Client], Awaitable[None]]


def converse(talk: Talk, *declared: dict[str, Any], device: str = "pump", over: str = "serial", seed: int = 1) -> Ran:
    """Let ``talk`` happen on a bench with these faults, in jump pace."""
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, seed=seed, journal=recorded(entries)) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123_456):
                collector = BleakCollector(bench.ready()["devices"][device]["ble"]["address"]) if over == "ble" else None
                client = Client(collector or LinkCollector(bench.memory[device].connect), device)
                await client.connect()
                for fault in declared:
                    bench.steering.inject(parse({"device": device, **fault}))
                await talk(bench, client)
                await client.collector.disconnect()
            await bench.run(1)

    run(main(), JUMP)
    return Ran(entries)
