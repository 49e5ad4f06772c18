"""A collector over Bluetooth LE, written against bleak's public API alone: real radios and the virtual one look the same."""

from collections.abc import Mapping

from bleak import BleakClient
from bleak.exc import BleakBluetoothNotAvailableError, BleakError, BleakGATTProtocolError

from isletbench.emulator.collectors.collector import Attribute, Key, OnValue
from isletbench.emulator.collectors.discovered import Discovered
from isletbench.emulator.core.clock import patience
from isletbench.protocols.att import AttError, Property
from isletbench.protocols.error_codes import error_code

CCCD = "00002902-0000-1000-8000-00805f9b34fb"
"""The UUID of a Client Characteristic Configuration descriptor. Core Vol 3, Part G, 3.3.3.3."""

CONNECT_S = 10.0
"""How long a connection may take, s, with the discovery of the services; and how many real ones it has at any pace."""
AT_LEAST_S = 2.0


class BleakCollector:
    """Implements ``Collector`` for the device at ``address``."""

    def __init__(self, address: str) -> None:
        self._client = BleakClient(address, timeout=CONNECT_S)
        self._discovered = Discovered()

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """The characteristics of the device with their properties; empty before the first connection."""
        return self._discovered.characteristics

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every characteristic in the order of discovery; empty before the first connection."""
        return tuple(self._discovered.attributes)

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._client.is_connected

    async def connect(self) -> None:
        """Connect and discover the services. Raises ``ConnectionError``."""
        try:
            await self._client.connect(timeout=patience(CONNECT_S, AT_LEAST_S))
        except BleakBluetoothNotAvailableError as error:
            raise ConnectionError(str(error.args[0])) from error  # beside its words it has a reason for programs
        except BleakError as error:
            raise ConnectionError(str(error)) from error
        self._discovered = Discovered()
        for service in self._client.services:
            for characteristic in service.characteristics:
                cccd = characteristic.get_descriptor(CCCD)
                self._discovered.add(
                    service.uuid,
                    characteristic.uuid,
                    characteristic.handle,
                    characteristic.properties,
                    cccd.handle if cccd is not None else None,
                )

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        await self._client.disconnect()

    async def forget(self) -> None:
        """Throw away the keys of the bond: the next connection is paired anew."""
        await self._client.unpair()

    async def read(self, key: Key) -> bytes:
        """The value of a characteristic. Raises ``AttError``, ``ConnectionError``."""
        try:
            return bytes(await self._client.read_gatt_char(self._discovered.handle(key)))
        except BleakError as error:
            raise _error_of(error, key) from error

    async def read_cccd(self, key: Key) -> bytes:
        """The octets of a characteristic's CCCD. Raises ``AttError``, ``ConnectionError``."""
        try:
            return bytes(await self._client.read_gatt_descriptor(self._discovered.cccd(key)))
        except BleakError as error:
            raise _error_of(error, key) from error

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value. Raises ``AttError``, ``ConnectionError``."""
        try:
            await self._client.write_gatt_char(self._discovered.handle(key), value, response=response)
        except BleakError as error:
            raise _error_of(error, key) from error

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        """Call ``on_value`` with every value notified or indicated. Raises ``AttError``, ``ConnectionError``."""
        try:
            await self._client.start_notify(self._discovered.handle(key), lambda _, value: on_value(bytes(value)))
        except BleakError as error:
            raise _error_of(error, key) from error

    async def unsubscribe(self, key: Key) -> None:
        """End the notifications or indications of a characteristic. Raises ``AttError``, ``ConnectionError``."""
        try:
            await self._client.stop_notify(self._discovered.handle(key))
        except BleakError as error:
            raise _error_of(error, key) from error


def _error_of(error: BleakError, key: Key) -> Exception:
    """``AttError`` for a refusal of the device, ``TimeoutError`` for its silence, ``ConnectionError`` for anything else."""
    if isinstance(error, BleakGATTProtocolError):
        return AttError(error_code(int(error.code), key.service))
    if isinstance(error.__cause__, TimeoutError):
        return TimeoutError(str(error))
    return ConnectionError(str(error))
