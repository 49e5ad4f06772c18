"""A bleak backend on the virtual radio: programs written against bleak's public API run on it unchanged.

bleak has no setting and no entry point for a backend of someone else's; its constructors ask three functions which classes to
use. ``virtual_bluetooth`` replaces what those three do while it lasts, which also works for programs that imported
``BleakClient`` before, and for libraries that have imported the functions themselves, as Home Assistant's habluetooth does.

    with virtual_bluetooth(bench.air, passkey=123456):
        device = await BleakScanner.find_device_by_name("IB-CGM")
"""

import asyncio
import functools
import os
import runpy
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, TypeVar, cast

from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.adapter import BaseBleakAdapter, get_platform_adapter_backend_type
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, get_platform_client_backend_type
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner, get_platform_scanner_backend_type
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
    BleakGATTProtocolError,
)

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.central_connection import CentralConnection, PairingFailed, RemoteError
from isletbench.emulator.transports.ble.scanning import ReceivedAdvertisement
from isletbench.emulator.transports.ble.specs import SpecError

Method = TypeVar("Method", bound=Callable[..., Any])
BACKEND = "isletbench"
DEFAULT_PASSKEY = 123456
"""Of the default rig's devices."""


class _Radio:
    """Which radio the programs of this process have: one phone per event loop."""

    def __init__(self, where: Air | str, passkey: int, name: str) -> None:
        self._where, self._passkey, self._name = where, passkey, name
        self._phones: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Central] = weakref.WeakKeyDictionary()

    def phone(self) -> Central:
        loop = asyncio.get_running_loop()
        if loop not in self._phones:
            self._phones[loop] = Central(self._where, passkey=self._passkey, name=self._name)
        return self._phones[loop]

    def switch_off(self) -> None:
        for loop, phone in list(self._phones.items()):
            if not loop.is_closed():
                phone.switch_off()


_radio: _Radio | None = None


def _phone() -> Central:
    if _radio is None:
        raise BleakBluetoothNotAvailableError("no virtual radio is in use", BleakBluetoothNotAvailableReason.NO_BLUETOOTH)
    return _radio.phone()


def _raising_bleak_errors(method: Method) -> Method:
    """Raise the errors that bleak documents in place of those of the virtual radio."""

    @functools.wraps(method)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return await method(*args, **kwargs)
        except RemoteError as error:
            raise BleakGATTProtocolError(error.code) from error
        except SpecError as error:
            raise BleakBluetoothNotAvailableError(str(error), BleakBluetoothNotAvailableReason.NO_BLUETOOTH) from error
        except (PairingFailed, ConnectionError, TimeoutError) as error:
            raise BleakError(str(error)) from error

    return cast("Method", wrapped)


class VirtualScanner(BaseBleakScanner):
    """``BleakScanner``'s backend."""

    def __init__(
        self,
        detection_callback: Any = None,
        service_uuids: list[str] | None = None,
        scanning_mode: str = "active",
        **kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"

    @_raising_bleak_errors
    async def start(self) -> None:
        """Begin to scan."""
        self.seen_devices = {}
        await _phone().start_scan(self._heard, active=self._active)

    @_raising_bleak_errors
    async def stop(self) -> None:
        """Stop the scan."""
        await _phone().stop_scan(self._heard)

    def _heard(self, heard: ReceivedAdvertisement) -> None:
        known = self.seen_devices.get(heard.address)
        name = heard.name or (known[0].name if known else None)
        uuids = heard.service_uuids or (known[1].service_uuids if known else [])  # a scan response has none
        if not self.is_allowed_uuid(uuids):
            return
        data = AdvertisementData(
            local_name=name,
            manufacturer_data=heard.manufacturer_data,
            service_data=heard.service_data,
            service_uuids=uuids,
            tx_power=heard.tx_power,
            rssi=heard.rssi,
            platform_data=(heard,),
        )
        device = self.create_or_update_device(heard.address, heard.address, name, heard, data)
        self.call_detection_callbacks(device, data)


class VirtualClient(BaseBleakClient):
    """``BleakClient``'s backend."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None = None,
        timeout: float = 30.0,
        services: set[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout, **kwargs)
        self._name = address_or_ble_device.name if isinstance(address_or_ble_device, BLEDevice) else None
        self._wanted = services
        self._contact: CentralConnection | None = None
        self._notifying: dict[int, Callable[[bytes], None]] = {}
        """What is called for each characteristic that this client has subscribed to."""

    @property
    def name(self) -> str:
        """The name of the device, or its address."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The ATT_MTU of the connection in octets."""
        return self._contact.mtu if self._contact else 23

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._contact is not None and self._contact.is_connected

    def _alive(self) -> CentralConnection:
        if self._contact is None:
            raise BleakError("Not connected")
        return self._contact

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, pair if asked to, and discover.

        Raises ``BleakError``, and ``TimeoutError`` when all of that is not done within the client's timeout. A connection that
        fails, or that its caller gives up, is ended.
        """
        if self.is_connected:
            raise BleakError("Client is already connected")
        seconds = kwargs.get("timeout", self._timeout)
        try:
            async with asyncio.timeout(seconds):
                await self._connect(pair)
        except TimeoutError:
            raise TimeoutError(f"{self.address} did not answer within {seconds:g} s") from None

    @_raising_bleak_errors
    async def _connect(self, pair: bool) -> None:
        contact = await _phone().connect(self.address)
        contact.on_lost.append(self._lost)
        self._contact = contact
        try:
            if pair:
                await contact.pair()
            self.services = await self._discover(contact)
        except BaseException:
            await contact.disconnect()
            raise

    async def _discover(self, contact: CentralConnection) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for remote in await contact.discover():
            if self._wanted and remote.uuid not in self._wanted:
                continue
            service = BleakGATTService(remote, remote.handle, remote.uuid)
            found.add_service(service)
            for row in remote.characteristics:
                names = cast("list[CharacteristicPropertyName]", list(row.properties))
                characteristic = BleakGATTCharacteristic(row, row.handle, row.uuid, names, lambda: self.mtu_size - 3, service)
                found.add_characteristic(characteristic)
                for handle, uuid in row.descriptors:
                    found.add_descriptor(BleakGATTDescriptor(row, handle, uuid, characteristic))
        return found

    def _lost(self) -> None:
        self._contact = None
        self.services = None
        self._notifying.clear()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    @_raising_bleak_errors
    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        if self._contact is not None:
            await self._contact.disconnect()

    @_raising_bleak_errors
    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pair with the device. Raises ``BleakError``."""
        await self._alive().pair()

    @_raising_bleak_errors
    async def unpair(self) -> None:
        """Delete the bond and disconnect."""
        await _phone().forget(self.address)
        await self.disconnect()

    @_raising_bleak_errors
    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """The value of a characteristic. Raises ``BleakGATTProtocolError``."""
        return await self._read(characteristic.handle, use_cached=use_cached)

    @_raising_bleak_errors
    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """The value of a descriptor. Raises ``BleakGATTProtocolError``."""
        return await self._read(descriptor.handle, use_cached=use_cached)

    async def _read(self, handle: int, *, use_cached: bool) -> bytearray:
        """Read an attribute; with ``use_cached`` the value that was read or notified last, if there is one."""
        contact = self._alive()
        cached = contact.known.get(handle) if use_cached else None
        return bytearray(await contact.read(handle) if cached is None else cached)

    @_raising_bleak_errors
    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: Any, response: bool) -> None:
        """Write a characteristic. Raises ``BleakGATTProtocolError``."""
        await self._alive().write(characteristic.handle, bytes(data), response=response)

    @_raising_bleak_errors
    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: Any) -> None:
        """Write a descriptor. Raises ``BleakGATTProtocolError``."""
        await self._alive().write(descriptor.handle, bytes(data), response=True)

    @_raising_bleak_errors
    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: Callable[[bytearray], None], **kwargs: Any
    ) -> None:
        """Call ``callback`` with every value. Raises ``BleakError`` when that is so already."""
        if characteristic.handle in self._notifying:
            raise BleakError("Characteristic notifications already started")
        contact = self._alive()
        listener = self._notifying[characteristic.handle] = lambda value: callback(bytearray(value))
        try:
            await contact.subscribe(characteristic.handle, listener)
        except BaseException:
            self._notifying.pop(characteristic.handle, None)
            raise

    @_raising_bleak_errors
    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """End the notifications of a characteristic for this client."""
        contact, listener = self._alive(), self._notifying.pop(characteristic.handle, None)
        if listener is not None:
            await contact.unsubscribe(characteristic.handle, listener)


class VirtualAdapter(BaseBleakAdapter):
    """``BleakAdapter``'s backend."""

    @classmethod
    async def get(cls, **kwargs: Any) -> "VirtualAdapter":
        """The adapter of the virtual radio."""
        return cls()

    async def get_connected_devices(self, service_uuids: frozenset[str]) -> list[BLEDevice]:
        """The connected devices that have one of the services."""
        return [
            BLEDevice(contact.address, None, contact)
            for contact in _phone().connections
            if not service_uuids or service_uuids & contact.service_uuids
        ]


def _chosen(choice: Any) -> Any:
    return choice


@contextmanager
def _choosing(asked: FunctionType, choice: object) -> Iterator[None]:
    """While this lasts, a function returns ``choice``, whoever has imported it."""
    before = asked.__code__, asked.__defaults__
    asked.__code__, asked.__defaults__ = _chosen.__code__, (choice,)
    try:
        yield
    finally:
        asked.__code__, asked.__defaults__ = before


@contextmanager
def virtual_bluetooth(where: Air | str | None, *, passkey: int = DEFAULT_PASSKEY, name: str = "phone") -> Iterator[None]:
    """While this lasts, every ``BleakClient`` and ``BleakScanner`` that names no backend of its own uses the virtual radio.

    ``where`` is a bench's air, or the HCI that a bench in another process offers (``tcp:HOST:PORT``,
    ``unix:PATH``, ``pty:LINK``). ``passkey`` is typed in whenever a device asks for one; ``name`` makes this phone's address.
    Raises ``ValueError`` for None, the air of a bench without Bluetooth LE.
    """
    if where is None:
        raise ValueError("this bench has no virtual air: expected a rig with a device that has a `ble` table")
    global _radio  # noqa: PLW0603  # a process has one Bluetooth, as bleak sees it
    before, _radio = _radio, _Radio(where, passkey, name)
    try:
        with (
            _choosing(cast("FunctionType", get_platform_client_backend_type), (VirtualClient, BACKEND)),
            _choosing(cast("FunctionType", get_platform_scanner_backend_type), (VirtualScanner, BACKEND)),
            _choosing(cast("FunctionType", get_platform_adapter_backend_type), (VirtualAdapter, BACKEND)),
        ):
            yield
    finally:
        _radio.switch_off()
        _radio = before


def run_program(hci: str, words: list[str], passkey: int) -> int:
    """Run a Python program as ``__main__`` with its arguments on the virtual radio at ``hci``; its exit code.

    Raises what the program raises; the radio is switched off either way.
    """
    sys.argv = list(words)
    sys.path[0] = os.path.dirname(os.path.abspath(words[0]))  # noqa: PTH100, PTH120  # as the interpreter itself sets it
    with virtual_bluetooth(hci, passkey=passkey, name=f"phone-{os.getpid()}"):
        try:
            runpy.run_path(words[0], run_name="__main__")
        except SystemExit as end:
            if end.code is None or isinstance(end.code, int):
                return end.code or 0
            print(end.code, file=sys.stderr)  # noqa: T201  # as the interpreter does
            return 1
    return 0
