"""One connection after another to one device: values opened, operations sealed, answers awaited."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.ids import BolusType, Feature

PATIENCE_S = 20.0
SERIAL_NUMBER = Key(companions.DEVICE_INFORMATION, companions.SERIAL_NUMBER.uuid)
UNPROTECTED = b"\xff\xff\x00"
"""How the features of a device begin that has no E2E-protection. IDS 1.0.2, section 3.5.1."""
SERVICE_OF = {"cgm": cgms.SERVICE, "pump": ids.SERVICE}
LISTENS = {
    "cgm": (cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT),
    "pump": (ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS, ids.HISTORY_DATA),
}


@dataclass
class Session:
    """A collector on one device. ``told`` is everything that came of a characteristic, oldest first."""

    collector: Collector
    device: str
    """``cgm`` or ``pump``."""
    told: dict[int, list[bytes]] = field(default_factory=dict)
    assumes_the_model: bool = False
    """What careless clients do: every pump is like the one that they were written for."""
    features: Feature = field(default_factory=lambda: Feature(0))
    """What the pump can do, once connected."""

    def __post_init__(self) -> None:
        self.e2e = E2eProtection(protected=True)
        self._news = asyncio.Event()

    def key(self, characteristic: Characteristic) -> Key:
        return Key(SERVICE_OF[self.device], characteristic.uuid)

    async def connect(self) -> None:
        await self.collector.connect()
        self.e2e = E2eProtection(protected=True)
        if self.device == "pump" and not self.assumes_the_model:
            await self._ask_what_it_can()
        for characteristic in LISTENS[self.device]:
            await self.listen(characteristic)

    async def _ask_what_it_can(self) -> None:
        """One pump puts a CRC and a counter into its values, another of the same model does not."""
        value = await self.collector.read(self.key(ids.FEATURES))
        protected = not value.startswith(UNPROTECTED)
        told: ids.Features = ids.FEATURES.decode(value, protected=protected)
        self.features, self.e2e = told.features, E2eProtection(protected=protected)

    async def serial_number(self) -> str | None:
        """Which device it is; None for one that does not tell."""
        if SERIAL_NUMBER not in self.collector.characteristics:
            return None
        told: companions.Text = companions.SERIAL_NUMBER.decode(await self.collector.read(SERIAL_NUMBER), protected=False)
        return told.text

    async def listen(self, characteristic: Characteristic) -> None:
        values = self.told.setdefault(characteristic.uuid, [])

        def heard(value: bytes) -> None:
            values.append(value)
            self._news.set()

        await self.collector.subscribe(self.key(characteristic), heard)

    async def ask(self, point: Characteristic, operation: Any, patience: float = PATIENCE_S) -> Any:
        """Write an operation; what the device indicates. Raises ``TimeoutError`` when it indicates nothing."""
        return self.e2e.open(point, await self.ask_octets(point, self.e2e.seal(point, operation), patience))

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
        return self.e2e.open(characteristic, await self.collector.read(self.key(characteristic)))

    # The pump's

    async def bolus(self, units: float) -> Any:
        return await self.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, units, 0.0, 0))

    async def active_boluses(self) -> tuple[int, ...]:
        answer: ids.GetActiveBolusIdsResponse = await self.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        return answer.bolus_ids

    # The CGM's

    @property
    def offsets(self) -> list[int]:
        """The time offsets of the readings that have been told."""
        values = self.told[cgms.MEASUREMENT.uuid]
        return [cgms.MEASUREMENT.decode(r, protected=True).time_offset for value in values for r in split_records(value)]
