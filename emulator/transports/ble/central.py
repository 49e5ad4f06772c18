"""The Bluetooth LE central of a client: the Bluetooth stack that an operating system offers to programs. One per event loop.

``Central`` powers up at its first use, stores bonds in memory, and enters a passkey when a device displays one. Its methods
take and return plain values and raise ``RemoteError``; only this package imports bumble.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bumble import att, core, gatt, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.keys import MemoryKeyStore
from bumble.transport.common import StreamPacketSink, StreamPacketSource, TransportLostError
from bumble.transport.serial import open_serial_transport

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.host import KEYBOARD, BumbleHost, bumble_host, pairing, static_random_address
from isletbench.emulator.transports.ble.specs import SpecError, parse_spec

T = TypeVar("T")
REQUESTED_MTU = 517
"""The ATT_MTU that BlueZ and phones request, octets."""
PAIRING_REQUIRED = {att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR}
PROPERTIES = {
    gatt.Characteristic.Properties.BROADCAST: "broadcast",
    gatt.Characteristic.Properties.READ: "read",
    gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    gatt.Characteristic.Properties.WRITE: "write",
    gatt.Characteristic.Properties.NOTIFY: "notify",
    gatt.Characteristic.Properties.INDICATE: "indicate",
    gatt.Characteristic.Properties.AUTHENTICATED_SIGNED_WRITES: "authenticated-signed-writes",
    gatt.Characteristic.Properties.EXTENDED_PROPERTIES: "extended-properties",
}
"""Characteristic properties by the names that client libraries use."""


class RemoteError(Exception):
    """The device answered a request with an ATT error; ``code`` is the error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


class PairingFailed(Exception):
    """Pairing failed, or encryption with the keys of the bond."""


@dataclass(slots=True)
class ReceivedAdvertisement:
    """An advertisement that a scanner received. UUIDs are 128-bit text, ``rssi`` and ``tx_power`` dBm."""

    address: str
    rssi: int
    name: str | None = None
    service_uuids: list[str] = field(default_factory=list)
    service_data: dict[str, bytes] = field(default_factory=dict)
    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    tx_power: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteCharacteristic:
    """A characteristic that was discovered; descriptors are (handle, UUID)."""

    handle: int
    uuid: str
    properties: tuple[str, ...]
    descriptors: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class RemoteService:
    """A service that was discovered."""

    handle: int
    uuid: str
    characteristics: tuple[RemoteCharacteristic, ...]


class _ControllerSocket(StreamPacketSource):
    """A socket to a controller; a lost connection is reported to the bumble host."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_transport_lost()


class Central:
    """A central on an ``Air`` of this process, or on HCI of another process (``tcp:``, ``unix:``, ``pty:``).

    ``passkey`` is the passkey that its user enters. The address is derived from ``name``.
    """

    def __init__(self, where: Air | str, *, passkey: int, name: str = "phone") -> None:
        self._where, self._name = where, name
        self._pairing = pairing(KEYBOARD, passkey, man_in_the_middle=True)
        self._keys = MemoryKeyStore()
        self._device: BumbleHost | None = None
        self._controller: AirController | None = None
        self._powering = asyncio.Lock()
        self._connecting = asyncio.Lock()
        """A controller initiates one connection at a time (Core Vol 4, Part E, 7.8.12)."""
        self._listeners: list[Callable[[ReceivedAdvertisement], None]] = []
        self._transport: asyncio.WriteTransport | None = None
        self._transport_lost: asyncio.Future[None] | None = None
        self.connections: list[CentralConnection] = []
        """The established connections."""

    async def device(self) -> BumbleHost:
        """Return the bumble device, powered on. Raises ``SpecError`` when the HCI is not available."""
        async with self._powering:
            if self._transport_lost is not None and self._transport_lost.done():
                self.switch_off()
            if self._device is None:
                ends = await self._hci()
                device = bumble_host(self._name, static_random_address(self._name), self._name, ends, self._keys)
                device.pairing_config_factory = lambda connection: self._pairing
                self._transport_lost = getattr(ends[0], "terminated", None)
                await self._await_unless_lost(device.power_on())
                device.on(Device.EVENT_ADVERTISEMENT, self._advertisement_received)
                self._device = device
        return self._device

    async def _await_unless_lost(self, work: Awaitable[T]) -> T:
        """Await an operation of the controller. Raises ``ConnectionError`` when the HCI connection is lost meanwhile."""
        task = asyncio.ensure_future(work)
        waiting: list[asyncio.Future[Any]] = [task, *([self._transport_lost] if self._transport_lost else [])]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not isinstance(task.exception(), TransportLostError):
                return task.result()
        finally:
            task.cancel()
        raise ConnectionError(f"HCI {self._where}: the connection to the bench was lost")

    async def _hci(self) -> tuple[Any, Any]:
        if isinstance(self._where, Air):
            self._controller = AirController(self._name, self._where)
            return self._controller, self._controller
        place = parse_spec(self._where)
        loop = asyncio.get_running_loop()
        source = _ControllerSocket()
        try:
            match place.kind:
                case "unix":
                    self._transport, _ = await loop.create_unix_connection(lambda: source, place.path)
                case "tcp":
                    self._transport, _ = await loop.create_connection(lambda: source, place.host, place.port)
                case "pty":
                    opened = await open_serial_transport(place.path)
                    assert isinstance(opened.sink, StreamPacketSink)
                    self._transport = opened.sink.transport
                    return opened.source, opened.sink
                case _:
                    raise SpecError(
                        f"HCI {self._where}: expected tcp, unix or pty: the operating system owns this controller; use it"
                        " without `isletbench bleak`"
                    )
        except SpecError:
            raise
        except OSError as error:
            raise SpecError(f"HCI {self._where}: cannot connect: {error}") from None
        return source, StreamPacketSink(self._transport)

    def switch_off(self) -> None:
        """Power the central off; its peers lose their connections. Idempotent."""
        if self._controller is not None:
            self._controller.switch_off()
        if self._transport is not None:
            self._transport.abort()
        self._listeners.clear()
        self.connections.clear()
        self._device = self._controller = self._transport = None

    # Scanning

    async def start_scan(self, listener: Callable[[ReceivedAdvertisement], None], *, active: bool = True) -> None:
        """Call ``listener`` with every received advertisement until ``stop_scan``; ``active`` requests scan responses."""
        device = await self.device()
        self._listeners.append(listener)
        if not device.is_scanning:
            await self._await_unless_lost(device.start_scanning(active=active, filter_duplicates=False))

    async def stop_scan(self, listener: Callable[[ReceivedAdvertisement], None]) -> None:
        """Stop calling ``listener``; the scan ends with its last listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._device is not None and self._device.is_scanning:
            await self._await_unless_lost(self._device.stop_scanning())

    def _advertisement_received(self, advertisement: Any) -> None:
        received = _read_advertisement(advertisement)
        for listener in tuple(self._listeners):
            listener(received)

    # Connecting

    async def connect(self, address: str, within: float) -> "CentralConnection":
        """Connect to the device at ``address`` and encrypt the link if there is a bond.

        Raises ``TimeoutError`` when the device does not answer ``within`` s, ``ConnectionError`` when another client connects
        first or the bench is disconnected, ``PairingFailed`` when the device has deleted the bond; ``forget`` it then.
        """
        device = await self.device()
        try:
            # bumble's own timeout: a cancelled attempt would stay pending in the controller
            async with self._connecting:
                attempt = device.connect(hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS), timeout=within)
                connection = await self._await_unless_lost(attempt)
        except core.TimeoutError:
            raise TimeoutError(f"{address} did not answer within {within:g} s") from None
        if connection.handle not in device.connections:
            raise ConnectionError(f"{address} accepted the connection of another client first")
        opened = CentralConnection(connection, address, self.connections)
        if await self._keys.get(str(connection.peer_address)) is not None:
            try:
                await opened.encrypt()
            except PairingFailed:
                await opened.disconnect()
                raise
        return opened

    async def forget(self, address: str) -> None:
        """Delete the bond with a device, if there is one."""
        for known in [known for known in self._keys.all_keys if known.split("/")[0] == address]:
            await self._keys.delete(known)


class CentralConnection:
    """A connection of a central to one device."""

    def __init__(self, connection: Connection, address: str, siblings: "list[CentralConnection]") -> None:
        self.address = address
        self.service_uuids: frozenset[str] = frozenset()
        """UUIDs of the device's services, 128-bit text; empty before ``discover``."""
        self._siblings = siblings
        siblings.append(self)
        self._connection: Connection | None = connection
        self._peer = Peer(connection)
        self._proxies: dict[int, CharacteristicProxy[bytes]] = {}
        self._subscribers: dict[int, Callable[[bytes], None]] = {}
        self.on_lost: Callable[[], None] = lambda: None
        connection.on(Connection.EVENT_DISCONNECTION, self._lost)

    def _lost(self, reason: int) -> None:
        self._connection = None
        if self in self._siblings:
            self._siblings.remove(self)
        self.on_lost()

    @property
    def is_connected(self) -> bool:
        """Whether the connection is established."""
        return self._connection is not None

    @property
    def mtu(self) -> int:
        """The ATT_MTU of this connection, octets."""
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise ConnectionError("not connected")
        return self._connection

    async def _translate_errors(self, work: Awaitable[T]) -> T:
        """Await a bumble operation and translate its exceptions."""
        try:
            return await work
        except att.ATT_Error as error:
            raise RemoteError(error.error_code) from None
        except core.ProtocolError as error:
            raise PairingFailed(str(error)) from None
        except (TimeoutError, core.TimeoutError):
            raise TimeoutError("the device did not answer within ATT's 30 s") from None
        except asyncio.CancelledError:
            if self.is_connected:
                raise
            raise ConnectionError("the connection was lost") from None

    async def encrypt(self) -> None:
        """Encrypt the link with the keys of the bond. Raises ``PairingFailed`` when the device has other keys or none."""
        try:
            await self._require_connection().encrypt()
        except core.ProtocolError as error:  # the controller's answer: key missing
            raise PairingFailed(f"the device has no keys for this bond: {error}") from None

    async def pair(self) -> None:
        """Pair with the device and store a bond. Raises ``PairingFailed``."""
        if not self._require_connection().is_encrypted:
            await self._translate_errors(self._require_connection().pair())

    async def _with_pairing(self, work: Callable[[], Awaitable[T]]) -> T:
        """Perform a request; an answer that demands security starts pairing and repeats the request."""
        try:
            return await self._translate_errors(work())
        except RemoteError as error:
            if error.code not in PAIRING_REQUIRED or self._require_connection().is_encrypted:
                raise
        await self.pair()
        return await self._translate_errors(work())

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        if self._connection is not None:
            with suppress(hci.HCI_Error, core.BaseBumbleError, asyncio.CancelledError):
                await self._connection.disconnect()
            self._connection = None

    async def discover(self) -> list[RemoteService]:
        """Exchange the ATT_MTU and return every service with its characteristics and descriptors."""
        self._require_connection()
        await self._translate_errors(self._peer.request_mtu(REQUESTED_MTU))
        found = [await self._discover(service) for service in await self._translate_errors(self._peer.discover_services())]
        self.service_uuids = frozenset(service.uuid for service in found)
        return found

    async def _discover(self, service: Any) -> RemoteService:
        found = []
        for proxy in await self._translate_errors(service.discover_characteristics()):
            descriptors = await self._translate_errors(proxy.discover_descriptors())
            self._proxies[proxy.handle] = proxy
            names = tuple(name for mask, name in PROPERTIES.items() if proxy.properties & mask)
            found.append(
                RemoteCharacteristic(
                    proxy.handle, _uuid(proxy.uuid), names, tuple((d.handle, _uuid(d.type)) for d in descriptors)
                )
            )
        return RemoteService(service.handle, _uuid(service.uuid), tuple(found))

    async def read(self, handle: int) -> bytes:
        """Read the value of a characteristic or descriptor. Raises ``RemoteError``, ``ConnectionError``, ``TimeoutError``."""
        self._require_connection()
        return bytes(await self._with_pairing(lambda: self._peer.gatt_client.read_value(handle)))

    async def write(self, handle: int, value: bytes, *, response: bool) -> None:
        """Write a characteristic or descriptor. Raises ``RemoteError``, ``ConnectionError``, ``TimeoutError``."""
        self._require_connection()
        await self._with_pairing(lambda: self._peer.gatt_client.write_value(handle, value, with_response=response))

    async def subscribe(self, handle: int, listener: Callable[[bytes], None]) -> None:
        """Subscribe to notifications of a characteristic, or to indications where it has no notifications."""
        self._require_connection()
        proxy = self._proxies[handle]
        loop = asyncio.get_running_loop()

        def received(value: bytes) -> None:
            # The stack confirms an indication before the program receives it: the next request follows the confirmation.
            loop.call_soon(listener, value)

        await self._with_pairing(lambda: proxy.subscribe(received, prefer_notify=True))
        self._subscribers[handle] = received

    async def unsubscribe(self, handle: int) -> None:
        """Unsubscribe from a characteristic. Idempotent."""
        listener = self._subscribers.pop(handle, None)
        if listener is not None and self.is_connected:
            await self._translate_errors(self._proxies[handle].unsubscribe(listener))


def _uuid(uuid: core.UUID) -> str:
    return _uuid_of(uuid.to_bytes())


def _uuid_of(octets: bytes) -> str:
    """Return the 128-bit text of a UUID of 2, 4 or 16 octets, least significant first."""
    if len(octets) == 16:
        return core.UUID.from_bytes(octets).to_hex_str("-").lower()
    return f"{int.from_bytes(octets, 'little'):08x}-0000-1000-8000-00805f9b34fb"


def _read_advertisement(advertisement: Any) -> ReceivedAdvertisement:
    """Parse the AD structures that a scanner needs. Core Specification Supplement, Part A."""
    received = ReceivedAdvertisement(advertisement.address.to_string(False), advertisement.rssi)
    for kind, octets in advertisement.data.ad_structures:
        match kind:
            case AdvertisingData.COMPLETE_LOCAL_NAME | AdvertisingData.SHORTENED_LOCAL_NAME:
                received.name = octets.decode("utf-8", "replace")
            case 0x02 | 0x03 | 0x04 | 0x05 | 0x06 | 0x07:  # service UUIDs: 16, 32 and 128 bits, incomplete and complete
                size = {1: 2, 2: 4, 3: 16}[kind >> 1]
                received.service_uuids += [_uuid_of(octets[at : at + size]) for at in range(0, len(octets), size)]
            case AdvertisingData.SERVICE_DATA_16_BIT_UUID:
                received.service_data[_uuid_of(octets[:2])] = octets[2:]
            case AdvertisingData.SERVICE_DATA_128_BIT_UUID:
                received.service_data[_uuid_of(octets[:16])] = octets[16:]
            case AdvertisingData.MANUFACTURER_SPECIFIC_DATA:
                received.manufacturer_data[int.from_bytes(octets[:2], "little")] = octets[2:]
            case AdvertisingData.TX_POWER_LEVEL:
                received.tx_power = int.from_bytes(octets[:1], "little", signed=True)
            case _:
                pass
    return received
