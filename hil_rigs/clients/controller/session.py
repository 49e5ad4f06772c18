"""One connection after another to one device: values opened, operations sealed, answers awaited."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from isletbench.emulator.collectors.collector import Collector, Key, NoCharacteristic
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.clock import patience
from isletbench.hil_rigs.clients.controller.device_kind import SERVICE_OF, check_kind
from isletbench.protocols import cgms, companions, gls, ids
from isletbench.protocols.att import AttError
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import BolusType, Feature

COMMUNICATION_ERRORS = (OSError, AttError, WireError, NoCharacteristic)
"""A lost connection, a device that does not answer in time, a refusal, an answer that cannot be decoded, or a discovery without
what a device of this kind has."""
RESPONSE_TIMEOUT_S = 20.0
RESPONSE_AT_LEAST_S = 1.0
"""So many real seconds a device has to answer at any pace."""
SERIAL_NUMBER = Key(companions.DEVICE_INFORMATION, companions.SERIAL_NUMBER.uuid)
SERIAL_NUMBER_READS = 4
"""How often the serial number is read at most."""
UNPROTECTED = b"\xff\xff\x00"
"""How the features of a device begin that has no E2E-protection. IDS 1.0.2, section 3.5.1."""
SUBSCRIPTIONS = {
    "cgm": (cgms.MEASUREMENT, cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT),
    "pump": (ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS, ids.HISTORY_DATA),
    "meter": (gls.MEASUREMENT, gls.CONTEXT, gls.RECORD_ACCESS),
}

OnFailure: TypeAlias = Callable[[str, BaseException], None]
"""Called with ``cgm``, ``pump`` or ``meter`` and an error."""


def ignore(device: str, error: BaseException) -> None:
    """Do nothing about an error."""


@dataclass
class Session:
    """A collector on one device, and every value that it has received."""

    collector: Collector
    device: str
    """``cgm``, ``pump`` or ``meter``."""
    received: dict[int, list[bytes]] = field(default_factory=dict)
    """The notified and indicated values of each characteristic by its UUID, oldest first."""
    on_failure: OnFailure = ignore
    """Called with every error that ends an attempt to connect, or a connection."""
    features: Feature = field(default_factory=lambda: Feature(0))
    """What the pump supports, once connected."""

    def __post_init__(self) -> None:
        self.e2e = E2eProtection(protected=True)
        self._news = asyncio.Event()

    def key(self, characteristic: Characteristic) -> Key:
        """The collector's key of a characteristic of the device's own service."""
        return Key(SERVICE_OF[self.device], characteristic.uuid)

    async def connect(self) -> None:
        """Connect, read what a pump supports, and subscribe. Raises one of ``COMMUNICATION_ERRORS``, and ``WrongDevice``."""
        await self.collector.connect()
        check_kind(self.device, {key.service for key in self.collector.characteristics})
        self.e2e = E2eProtection(protected=True)
        if self.device == "pump":
            await self._read_features()
        for characteristic in SUBSCRIPTIONS[self.device]:
            if characteristic is not gls.CONTEXT or self.key(characteristic) in self.collector.characteristics:
                await self.subscribe(characteristic)

    async def _read_features(self) -> None:
        """Read the pump's features: one pump puts a CRC and a counter into its values, another of the same model does not."""
        value = await self.collector.read(self.key(ids.FEATURES))
        protected = not value.startswith(UNPROTECTED)
        decoded: ids.Features = ids.FEATURES.decode(value, protected=protected)
        self.features, self.e2e = decoded.features, E2eProtection(protected=protected)

    async def serial_number(self) -> str | None:
        """The serial number of the device, as two answers in a row have it: one may be damaged, and it has no CRC.

        None for a device that has no such characteristic, and where no two answers agree on a text.
        """
        if SERIAL_NUMBER not in self.collector.characteristics:
            return None
        before: bytes | None = None
        for _ in range(SERIAL_NUMBER_READS):
            value = await self.collector.read(SERIAL_NUMBER)
            if value == before:
                decoded: companions.Text = companions.SERIAL_NUMBER.decode(value, protected=False)
                return decoded.text if decoded.text.strip() and decoded.text.isprintable() else None
            before = value
        return None

    async def subscribe(self, characteristic: Characteristic) -> None:
        """Add every value of a characteristic to ``received`` from here on."""
        values = self.received.setdefault(characteristic.uuid, [])

        def on_value(value: bytes) -> None:
            values.append(value)
            self._news.set()

        await self.collector.subscribe(self.key(characteristic), on_value)

    async def ask(self, point: Characteristic, operation: Any, timeout_s: float = RESPONSE_TIMEOUT_S) -> Any:
        """Write an operation to a control point; the decoded indication that follows. Raises ``TimeoutError`` when the device
        indicates nothing in time."""
        return self.e2e.open(point, await self.ask_octets(point, self.e2e.seal(point, operation), timeout_s))

    async def ask_octets(self, point: Characteristic, value: bytes, timeout_s: float = RESPONSE_TIMEOUT_S) -> bytes:
        """Like ``ask``, with the octets of operation and indication."""
        values = self.received[point.uuid]
        before = len(values)
        await self.collector.write(self.key(point), value)
        async with asyncio.timeout(patience(timeout_s, RESPONSE_AT_LEAST_S)):
            while len(values) == before:
                self._news.clear()
                await self._news.wait()
        return values[-1]

    async def read(self, characteristic: Characteristic) -> Any:
        """The decoded value of a characteristic."""
        return self.e2e.open(characteristic, await self.collector.read(self.key(characteristic)))

    # The pump's

    async def bolus(self, units: float) -> Any:
        """Ask for a fast bolus, U; the pump's answer."""
        return await self.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, units, 0.0, 0))

    async def active_boluses(self) -> tuple[int, ...]:
        """The bolus IDs of all boluses that are being delivered."""
        answer: ids.GetActiveBolusIdsResponse = await self.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        return answer.bolus_ids

    async def active_basal(self) -> ids.GetActiveBasalRateDeliveryResponse | None:
        """The basal rate that is being delivered, and the temp basal that alters it; None while there is none."""
        answer: Any = await self.ask(ids.STATUS_READER_POINT, ids.GetActiveBasalRateDelivery())
        return answer if isinstance(answer, ids.GetActiveBasalRateDeliveryResponse) else None

    # The CGM's

    @property
    def offsets(self) -> list[int]:
        """The time offsets of all measurements received, min."""
        values = self.received[cgms.MEASUREMENT.uuid]
        return [cgms.MEASUREMENT.decode(r, protected=True).time_offset for value in values for r in split_records(value)]
