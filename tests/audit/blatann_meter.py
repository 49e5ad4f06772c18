"""The glucose meter of blatann, another project's library, as a peripheral: its Glucose Service on the GATT server of bumble.

At home blatann talks to a board with Nordic's SoftDevice. Here its ``GlucoseServer``, packets and memory stay as they are, and
what they call (characteristics with their events, a queue of what is sent) is on bumble. Its driver is there for Python 3.10
and older only, so this is a program: ``python blatann_meter.py HCI TESTS``, where HCI is one of bumble: ``unix-client:PATH``.
"""

import asyncio
import datetime
import logging
import sys
from functools import partial
from typing import Any

from blatann.event_args import DisconnectionEventArgs, NotificationCompleteEventArgs, WriteEventArgs
from blatann.event_type import EventSource
from blatann.exceptions import InvalidStateException
from blatann.gatt import SecurityLevel
from blatann.services import glucose
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport

LOG = logging.getLogger("blatann")
ADDRESS, PASSKEY = "F0:10:00:00:00:77", 123456
GLUCOSE_SERVICE = 0x1808
INTERVAL_S = 0.015
"""Its board has one value at a time, and sends it in the next connection event: the example asks for 15 ms or more."""
SENT = NotificationCompleteEventArgs.Reason.SUCCESS
CAN = Characteristic.Permissions
GUARDED = CAN.WRITE_REQUIRES_ENCRYPTION | CAN.WRITE_REQUIRES_AUTHENTICATION


class Peer:
    """The client, as blatann knows it."""

    def __init__(self) -> None:
        self.on_disconnect = EventSource("disconnect", LOG)


class Queued:
    """What blatann gets back for what it sends."""

    def __init__(self, number: int) -> None:
        self.id = number


class Ported:
    """A characteristic as blatann calls it, on one of bumble."""

    def __init__(self, meter: "Meter", uuid: Any, properties: Any) -> None:
        self._meter, self._value = meter, b""
        self.indicates = bool(properties.indicate)
        self.on_write, self.on_notify_complete = EventSource("write", LOG), EventSource("notify", LOG)
        may = Characteristic.Properties
        has = {
            may.READ: properties.read,
            may.WRITE: properties.write,
            may.NOTIFY: properties.notify,
            may.INDICATE: self.indicates,
        }
        bits, rights = may(0), CAN(0)
        for bit, there in has.items():
            bits |= bit if there else may(0)
        rights |= CAN.READABLE if properties.read else CAN(0)
        rights |= CAN.WRITEABLE if properties.write else CAN(0)
        rights |= GUARDED if properties.write and properties.security_level is not SecurityLevel.OPEN else CAN(0)
        value = CharacteristicValue(read=lambda connection: self._value, write=self._written)
        self.on_air: Any = Characteristic(UUID.from_16_bits(uuid.uuid), bits, rights, value)

    @property
    def client_subscribed(self) -> bool:
        """Whether the client takes what is sent."""
        return self.on_air.handle in self._meter.subscribed

    def set_value(self, value: bytes, notify_client: bool = False) -> None:
        """What can be read from now on."""
        self._value = bytes(value)

    def notify(self, value: bytes) -> Queued:
        """Send a value when those before it are sent. Raises ``InvalidStateException`` where nobody takes it, as at home."""
        if not self.client_subscribed:
            raise InvalidStateException("the client is not subscribed")
        return self._meter.queued(self, bytes(value))

    def _written(self, connection: Any, value: bytes) -> None:
        """The write is answered before blatann sees it: its board answers by itself."""
        asyncio.get_running_loop().call_soon(self.on_write.notify, self, WriteEventArgs(bytes(value)))


class Meter:
    """What blatann calls a database of services, a service and its device."""

    def __init__(self, device: Device) -> None:
        self.peer = Peer()
        self.characteristics: list[Ported] = []
        self.subscribed: set[int] = set()
        self._device, self._count = device, 0
        self._connection: Connection | None = None
        self._notified: asyncio.Queue[tuple[Ported, bytes, int]] = asyncio.Queue()
        self._indicated: asyncio.Queue[tuple[Ported, bytes, int]] = asyncio.Queue()

    def add_service(self, uuid: Any) -> "Meter":
        """The one service that there is."""
        return self

    def add_characteristic(self, uuid: Any, properties: Any) -> Ported:
        """A characteristic of it."""
        made = Ported(self, uuid, properties)
        self.characteristics.append(made)
        return made

    def go_on_air(self) -> None:
        """Put the service on the device, and follow its client."""
        self._device.add_service(Service(UUID.from_16_bits(GLUCOSE_SERVICE), [one.on_air for one in self.characteristics]))
        for one in self.characteristics:
            one.on_air.on("subscription", partial(self._changed, one.on_air.handle))
        self._device.on("connection", self._connected)

    def queued(self, characteristic: Ported, value: bytes) -> Queued:
        """Take a value to send."""
        self._count += 1
        queue = self._indicated if characteristic.indicates else self._notified
        queue.put_nowait((characteristic, value, self._count))
        return Queued(self._count)

    async def send(self) -> None:
        """Send what is queued, and tell blatann of each: notifications one after another, and beside them indications."""
        await asyncio.gather(self._send(self._notified), self._send(self._indicated))

    async def _send(self, queue: "asyncio.Queue[tuple[Ported, bytes, int]]") -> None:
        while True:
            characteristic, value, number = await queue.get()
            if self._connection is None:
                continue
            server = self._device.gatt_server
            sends = server.indicate_subscriber if characteristic.indicates else server.notify_subscriber
            try:
                await sends(self._connection, characteristic.on_air, value)
            except Exception as error:  # bumble's, when the connection ends meanwhile
                LOG.warning("not sent: %s", error)
            await asyncio.sleep(INTERVAL_S)
            characteristic.on_notify_complete.notify(characteristic, NotificationCompleteEventArgs(number, value, SENT))

    def _changed(self, handle: int, connection: Any, notifies: bool, indicates: bool) -> None:
        (self.subscribed.add if notifies or indicates else self.subscribed.discard)(handle)

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self.subscribed.clear()
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, reason: int) -> None:
        self._connection = None
        for queue in (self._notified, self._indicated):
            while not queue.empty():
                queue.get_nowait()
        self.peer.on_disconnect.notify(self.peer, DisconnectionEventArgs(reason))


class Display(PairingDelegate):
    """Shows a passkey, which the client types."""

    def __init__(self) -> None:
        super().__init__(io_capability=PairingDelegate.IoCapability.DISPLAY_OUTPUT_ONLY)

    async def generate_passkey(self) -> int:
        """Always the same one."""
        return PASSKEY


def memory_of(tests: int) -> Any:
    """A memory with so many tests, some with a context."""
    memory = glucose.BasicGlucoseDatabase()
    began = datetime.datetime(2026, 3, 1, 22)  # noqa: DTZ001  # a device's clock has no zone
    for number in range(tests):
        kg_per_litre = (90 + number % 80) / 100_000
        sample = glucose.GlucoseSample(glucose.GlucoseType.capillary_plasma, glucose.SampleLocation.finger, kg_per_litre)
        test = glucose.GlucoseMeasurement(number, began + datetime.timedelta(minutes=15 * number), sample=sample)
        if number % 4 == 0:
            eaten = glucose.CarbsInfo(carbs_grams=20, carb_type=glucose.CarbohydrateType.lunch)
            test.context = glucose.GlucoseContext(number, carbs=eaten)
        memory.add_record(test)
    return memory


async def main(hci: str, tests: int) -> None:
    """Be a meter until the controller is gone."""
    async with await open_transport(hci) as transport:
        config = DeviceConfiguration(name="Glucose Test", address=Address(ADDRESS))
        device = Device.from_config_with_hci(config, transport.source, transport.sink)
        device.keystore = MemoryKeyStore()
        device.pairing_config_factory = lambda connection: PairingConfig(delegate=Display())
        meter = Meter(device)
        service = glucose.add_glucose_service(meter, memory_of(tests), SecurityLevel.MITM)
        detects = glucose.GlucoseFeatureType
        service.set_features(glucose.GlucoseFeatures(detects.low_battery_detection, detects.strip_insertion_error_detection))
        meter.go_on_air()
        await device.power_on()
        said = [
            (AdvertisingData.FLAGS, b"\x06"),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, GLUCOSE_SERVICE.to_bytes(2, "little")),
            (AdvertisingData.COMPLETE_LOCAL_NAME, b"Glucose Test"),
        ]
        device.advertising_data = bytes(AdvertisingData(said))
        await device.start_advertising(auto_restart=True)
        sys.stdout.write(f"advertises as {ADDRESS}\n")
        sys.stdout.flush()
        await meter.send()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
