"""A client of the default rig's pump or CGM over either carrier, in jump pace: what the tests of faults talk with."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from emulator.bench import Bench, Ports
from emulator.client.bleak_backend import virtual_bluetooth
from emulator.client.bleak_collector import BleakCollector
from emulator.client.collector import Collector, Key
from emulator.client.link_collector import LinkCollector
from emulator.client.sealing import Seals
from emulator.clock import Pace, run
from emulator.faults import parse
from emulator.journal import Journal
from emulator.rig import load
from protocols import cgms, ids
from protocols.characteristic import Characteristic
from protocols.e2e import split_records
from protocols.ids import BolusType

JUMP = Pace(None)
PATIENCE_S = 20.0
SERVICE_OF = {"cgm": cgms.SERVICE, "pump": ids.SERVICE}


@dataclass
class Client:
    """A collector on one device. ``told`` is everything that came of a characteristic, oldest first."""

    collector: Collector
    device: str
    told: dict[int, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seals = Seals(protected=True)
        self._news = asyncio.Event()

    def key(self, characteristic: Characteristic) -> Key:
        return Key(SERVICE_OF[self.device], characteristic.uuid)

    async def connect(self) -> None:
        self.seals = Seals(protected=True)
        await self.collector.connect()
        points = {
            "cgm": (cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT),
            "pump": (ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS, ids.HISTORY_DATA),
        }
        for characteristic in points[self.device]:
            await self.listen(characteristic)

    async def listen(self, characteristic: Characteristic) -> None:
        values = self.told.setdefault(characteristic.uuid, [])

        def heard(value: bytes) -> None:
            values.append(value)
            self._news.set()

        await self.collector.subscribe(self.key(characteristic), heard)

    async def ask(self, point: Characteristic, operation: Any, patience: float = PATIENCE_S) -> Any:
        """Write an operation; what the device indicates. Raises ``TimeoutError`` when it indicates nothing."""
        return self.seals.open(point, await self.ask_octets(point, self.seals.seal(point, operation), patience))

    async def ask_octets(self, point: Characteristic, value: bytes, patience: float = PATIENCE_S) -> bytes:
        told = self.told[point.uuid]
        before = len(told)
        await self.collector.write(self.key(point), value)
        async with asyncio.timeout(patience):
            while len(told) == before:
                self._news.clear()
                await self._news.wait()
        return told[-1]

    async def read(self, characteristic: Characteristic) -> Any:
        return self.seals.open(characteristic, await self.collector.read(self.key(characteristic)))

    async def bolus(self, units: float) -> Any:
        return await self.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, units, 0.0, 0))

    async def active_boluses(self) -> tuple[int, ...]:
        answer: ids.GetActiveBolusIdsResponse = await self.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        return answer.bolus_ids

    @property
    def offsets(self) -> list[int]:
        """The time offsets of the readings that have been told."""
        values = self.told[cgms.MEASUREMENT.uuid]
        return [cgms.MEASUREMENT.decode(r, protected=True).time_offset for value in values for r in split_records(value)]


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
