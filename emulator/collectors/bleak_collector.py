"""A collector over Bluetooth LE, written against bleak's public API alone: real radios and the virtual one look the same."""

from collections.abc import Mapping

from bleak import BleakClient
from bleak.exc import BleakError, BleakGATTProtocolError

from isletbench.emulator.collectors.collector import Key, OnValue
from isletbench.protocols.att import AttError, Property
from isletbench.protocols.error_codes import error_code

BASE = "-0000-1000-8000-00805f9b34fb"
_NAMES = {
    "read": Property.READ,
    "write-without-response": Property.WRITE_WITHOUT_RESPONSE,
    "write": Property.WRITE,
    "notify": Property.NOTIFY,
    "indicate": Property.INDICATE,
}


class BleakCollector:
    """Implements ``Collector`` for the device at ``address``."""

    def __init__(self, address: str) -> None:
        self._client = BleakClient(address, timeout=10.0)
        self._handles: dict[Key, int] = {}
        self._properties: dict[Key, Property] = {}

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """The characteristics of the device with their properties; empty before the first connection."""
        return self._properties

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._client.is_connected

    async def connect(self) -> None:
        """Connect and discover the services. Raises ``ConnectionError``."""
        try:
            await self._client.connect()
        except BleakError as error:
            raise ConnectionError(str(error)) from error
        for service in self._client.services:
            for characteristic in service.characteristics:
                if service.uuid.endswith(BASE) and characteristic.uuid.endswith(BASE):
                    key = Key(int(service.uuid[:8], 16), int(characteristic.uuid[:8], 16))
                    self._handles[key] = characteristic.handle
                    self._properties[key] = Property(sum(_NAMES.get(name, 0) for name in characteristic.properties))

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        await self._client.disconnect()

    async def forget(self) -> None:
        """Throw away the keys of the bond: the next connection is paired anew."""
        await self._client.unpair()

    async def read(self, key: Key) -> bytes:
        """The value of a characteristic. Raises ``AttError``, ``ConnectionError``."""
        try:
            return bytes(await self._client.read_gatt_char(self._handles[key]))
        except BleakError as error:
            raise _error_of(error, key) from error

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value. Raises ``AttError``, ``ConnectionError``."""
        try:
            await self._client.write_gatt_char(self._handles[key], value, response=response)
        except BleakError as error:
            raise _error_of(error, key) from error

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        """Call ``on_value`` with every value notified or indicated. Raises ``AttError``, ``ConnectionError``."""
        try:
            await self._client.start_notify(self._handles[key], lambda _, value: on_value(bytes(value)))
        except BleakError as error:
            raise _error_of(error, key) from error

    async def unsubscribe(self, key: Key) -> None:
        """End the notifications or indications of a characteristic."""
        await self._client.stop_notify(self._handles[key])


def _error_of(error: BleakError, key: Key) -> Exception:
    """``AttError`` for a refusal of the device, ``TimeoutError`` for its silence, ``ConnectionError`` for anything else."""
    if isinstance(error, BleakGATTProtocolError):
        return AttError(error_code(int(error.code), key.service))
    if isinstance(error.__cause__, TimeoutError):
        return TimeoutError(str(error))
    return ConnectionError(str(error))
