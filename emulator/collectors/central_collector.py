"""A collector over Bluetooth LE for a device that is a client itself: it has a radio of its own, and finds its peer by name."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from isletbench.emulator.collectors.collector import Key, OnValue
from isletbench.emulator.collectors.discovered import Discovered
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.central_connection import CentralConnection, PairingFailed, RemoteError
from isletbench.emulator.transports.ble.scanning import ReceivedAdvertisement
from isletbench.protocols.att import AttError, Property
from isletbench.protocols.error_codes import error_code

T = TypeVar("T")
SCAN_S, CONNECT_S = 15.0, 10.0


class PairingError(ConnectionError):
    """The device was found, and pairing failed, or encryption with the keys of the bond."""


class CentralCollector:
    """Implements ``Collector`` for the device that advertises ``name``, or that it has a bond with."""

    def __init__(self, central: Central, name: str) -> None:
        self._central, self._name = central, name
        self._link: CentralConnection | None = None
        self._discovered = Discovered()
        self._listeners: dict[Key, OnValue] = {}

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """The characteristics of the device with their properties; empty before the first connection."""
        return self._discovered.characteristics

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._link is not None and self._link.is_connected

    async def connect(self) -> None:
        """Find the device, connect, pair or encrypt, and discover.

        Raises ``TimeoutError`` when it is not found or does not answer, ``PairingError``, ``ConnectionError``. Where the keys
        of the bond do not fit any more they are deleted, so that the next connection is paired anew.
        """
        await self.disconnect()
        address = await self._find()
        try:
            self._link = await self._central.connect(address, CONNECT_S)
            await self._link.pair()
        except PairingFailed as error:
            await self._central.forget(address)
            raise PairingError(str(error)) from error
        for service in await self._translated(self._link.discover()):
            for row in service.characteristics:
                self._discovered.add(service.uuid, row.uuid, row.handle, row.properties)

    async def _find(self) -> str:
        found: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        known = self._central.snapshot()

        def heard(advertisement: ReceivedAdvertisement) -> None:
            is_it = advertisement.name == self._name or advertisement.address in known
            if is_it and not found.done():
                found.set_result(advertisement.address)

        await self._central.start_scan(heard)
        try:
            async with asyncio.timeout(SCAN_S):
                return await found
        finally:
            await self._central.stop_scan(heard)

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        if self._link is not None:
            await self._link.disconnect()
            self._link = None

    async def read(self, key: Key) -> bytes:
        """The value of a characteristic. Raises ``AttError``, ``ConnectionError``, ``TimeoutError``, ``LookupError``."""
        return await self._translated(self._open().read(self._discovered.handle(key)), key)

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value. Raises ``AttError``, ``ConnectionError``, ``TimeoutError``, ``LookupError``."""
        await self._translated(self._open().write(self._discovered.handle(key), value, response=response), key)

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        """Call ``on_value`` with every value notified or indicated. Raises what ``read`` raises."""
        await self._translated(self._open().subscribe(self._discovered.handle(key), on_value), key)
        self._listeners[key] = on_value

    async def unsubscribe(self, key: Key) -> None:
        """End the notifications or indications of a characteristic. Raises what ``read`` raises."""
        if (on_value := self._listeners.pop(key, None)) is not None:
            await self._translated(self._open().unsubscribe(self._discovered.handle(key), on_value), key)

    def _open(self) -> CentralConnection:
        if self._link is None:
            raise ConnectionError("not connected")
        return self._link

    async def _translated(self, work: Awaitable[T], key: Key | None = None) -> T:
        try:
            return await work
        except RemoteError as error:
            raise AttError(error_code(error.code, key.service if key else None)) from error
        except PairingFailed as error:
            raise PairingError(str(error)) from error
