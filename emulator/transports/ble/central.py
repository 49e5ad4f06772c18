"""The client's radio: what an operating system's Bluetooth is to the programs on it. One per event loop.

It powers up when first used, keeps bonds while it lives, and enters a passkey when a device shows one. Callers meet plain
values and ``RemoteError``; bumble stays in here.
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
WANTED_MTU = 517
"""What BlueZ and phones ask for."""
ASKS_FOR_PAIRING = {att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR}
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
"""Characteristic properties by the names client libraries use."""


class RemoteError(Exception):
    """The device refused a request; ``code`` is the ATT error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


class PairingFailed(Exception):
    """The two sides could not agree on keys."""


@dataclass(slots=True)
class Heard:
    """An advertisement, as a scanner heard it. UUIDs are 128-bit text."""

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


class _Line(StreamPacketSource):
    """A socket to a controller. When it breaks, the host is told."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_transport_lost()


class Phone:
    """A central on an ``Air`` of this process, or on HCI that another one offers: ``tcp:HOST:PORT``, ``unix:PATH``,
    ``pty:LINK``.

    ``passkey`` is what its user types in when asked. ``name`` gives it an address of its own.
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
        self._listeners: list[Callable[[Heard], None]] = []
        self._transport: asyncio.WriteTransport | None = None
        self._gone: asyncio.Future[None] | None = None
        self.contacts: list[Contact] = []
        """The connections that stand."""

    async def device(self) -> BumbleHost:
        """The bumble device, powered. Raises ``SpecError`` when nobody offers HCI there."""
        async with self._powering:
            if self._gone is not None and self._gone.done():
                self.switch_off()
            if self._device is None:
                ends = await self._hci()
                device = bumble_host(self._name, static_random_address(self._name), self._name, ends, self._keys)
                device.pairing_config_factory = lambda connection: self._pairing
                self._gone = getattr(ends[0], "terminated", None)
                await self._while_there(device.power_on())
                device.on(Device.EVENT_ADVERTISEMENT, self._heard)
                self._device = device
        return self._device

    async def _while_there(self, work: Awaitable[T]) -> T:
        """Await what needs the controller. Raises ``ConnectionError`` when that goes away: nothing waits for ever."""
        task = asyncio.ensure_future(work)
        waiting: list[asyncio.Future[Any]] = [task, *([self._gone] if self._gone else [])]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not isinstance(task.exception(), TransportLostError):
                return task.result()
        finally:
            task.cancel()
        raise ConnectionError(f"HCI {self._where}: the bench has gone")

    async def _hci(self) -> tuple[Any, Any]:
        if isinstance(self._where, Air):
            self._controller = AirController(self._name, self._where)
            return self._controller, self._controller
        place = parse_spec(self._where)
        loop = asyncio.get_running_loop()
        source = _Line()
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
                        f"HCI {self._where}: that controller is the operating system's; run the program without a bench's help,"
                        " its Bluetooth is on the air"
                    )
        except SpecError:
            raise
        except OSError as error:
            raise SpecError(f"HCI {self._where}: nobody is there ({error})") from None
        return source, StreamPacketSink(self._transport)

    def switch_off(self) -> None:
        """Be gone: peers lose their connections. Idempotent."""
        if self._controller is not None:
            self._controller.silence()
        if self._transport is not None:
            self._transport.abort()
        self._listeners.clear()
        self.contacts.clear()
        self._device = self._controller = self._transport = None

    # Scanning

    async def listen(self, listener: Callable[[Heard], None], *, active: bool = True) -> None:
        """Hand every advertisement to ``listener`` until ``ignore``."""
        device = await self.device()
        self._listeners.append(listener)
        if not device.is_scanning:
            await self._while_there(device.start_scanning(active=active, filter_duplicates=False))

    async def ignore(self, listener: Callable[[Heard], None]) -> None:
        """Stop handing advertisements to ``listener``."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._device is not None and self._device.is_scanning:
            await self._while_there(self._device.stop_scanning())

    def _heard(self, advertisement: Any) -> None:
        heard = _read_advertisement(advertisement)
        for listener in tuple(self._listeners):
            listener(heard)

    # Connecting

    async def connect(self, address: str, within: float) -> "Contact":
        """A connection to the device at ``address``, encrypted if there is a bond.

        Raises ``TimeoutError`` when it does not answer ``within`` s, ``ConnectionError`` when another client was faster or the
        bench has gone,
        ``PairingFailed`` when the device does not know the bond any more; ``forget`` it then.
        """
        device = await self.device()
        try:
            # bumble's own time-out: a cancelled attempt would stay pending in the controller
            async with self._connecting:
                attempt = device.connect(hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS), timeout=within)
                connection = await self._while_there(attempt)
        except core.TimeoutError:
            raise TimeoutError(f"{address} did not answer within {within:g} s") from None
        if connection.handle not in device.connections:
            raise ConnectionError(f"{address} was taken by another client at that moment")
        contact = Contact(connection, address, self.contacts)
        if await self._keys.get(str(connection.peer_address)) is not None:
            try:
                await contact.encrypt()
            except PairingFailed:
                await contact.disconnect()
                raise
        return contact

    async def forget(self, address: str) -> None:
        """Delete the bond with a device, if there is one."""
        for known in [known for known in self._keys.all_keys if known.split("/")[0] == address]:
            await self._keys.delete(known)


class Contact:
    """One connection to one device."""

    def __init__(self, connection: Connection, address: str, among: "list[Contact]") -> None:
        self.address = address
        self.service_uuids: frozenset[str] = frozenset()
        """What it offers, 128-bit text; known once discovered."""
        self._among = among
        among.append(self)
        self._connection: Connection | None = connection
        self._peer = Peer(connection)
        self._proxies: dict[int, CharacteristicProxy[bytes]] = {}
        self._subscribers: dict[int, Callable[[bytes], None]] = {}
        self.on_lost: Callable[[], None] = lambda: None
        connection.on(Connection.EVENT_DISCONNECTION, self._lost)

    def _lost(self, reason: int) -> None:
        self._connection = None
        if self in self._among:
            self._among.remove(self)
        self.on_lost()

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def mtu(self) -> int:
        """ATT_MTU."""
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    def _alive(self) -> Connection:
        if self._connection is None:
            raise ConnectionError("not connected")
        return self._connection

    async def _done(self, work: Awaitable[T]) -> T:
        """Await what bumble does, in our words."""
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
        """Encrypt with the keys of the bond. Raises ``PairingFailed`` when the device has other keys, or none."""
        try:
            await self._alive().encrypt()
        except core.ProtocolError as error:  # the controller's answer: key missing
            raise PairingFailed(f"the device does not know this bond any more: {error}") from None

    async def pair(self) -> None:
        """Pair and bond. Raises ``PairingFailed``."""
        if not self._alive().is_encrypted:
            await self._done(self._alive().pair())

    async def _with_keys(self, work: Callable[[], Awaitable[T]]) -> T:
        """As an operating system does: an answer that asks for security starts pairing, and the request is repeated."""
        try:
            return await self._done(work())
        except RemoteError as error:
            if error.code not in ASKS_FOR_PAIRING or self._alive().is_encrypted:
                raise
        await self.pair()
        return await self._done(work())

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        if self._connection is not None:
            with suppress(hci.HCI_Error, core.BaseBumbleError, asyncio.CancelledError):
                await self._connection.disconnect()
            self._connection = None

    async def discover(self) -> list[RemoteService]:
        """Every service with its characteristics and descriptors, the MTU agreed on first."""
        self._alive()
        await self._done(self._peer.request_mtu(WANTED_MTU))
        found = [await self._discover(service) for service in await self._done(self._peer.discover_services())]
        self.service_uuids = frozenset(service.uuid for service in found)
        return found

    async def _discover(self, service: Any) -> RemoteService:
        found = []
        for proxy in await self._done(service.discover_characteristics()):
            descriptors = await self._done(proxy.discover_descriptors())
            self._proxies[proxy.handle] = proxy
            names = tuple(name for mask, name in PROPERTIES.items() if proxy.properties & mask)
            found.append(
                RemoteCharacteristic(
                    proxy.handle, _uuid(proxy.uuid), names, tuple((d.handle, _uuid(d.type)) for d in descriptors)
                )
            )
        return RemoteService(service.handle, _uuid(service.uuid), tuple(found))

    async def read(self, handle: int) -> bytes:
        """The value of a characteristic or descriptor."""
        self._alive()
        return bytes(await self._with_keys(lambda: self._peer.gatt_client.read_value(handle)))

    async def write(self, handle: int, value: bytes, *, response: bool) -> None:
        """Write a characteristic or descriptor."""
        self._alive()
        await self._with_keys(lambda: self._peer.gatt_client.write_value(handle, value, with_response=response))

    async def subscribe(self, handle: int, listener: Callable[[bytes], None]) -> None:
        """Be told of a characteristic: by notification, or by indication where there is none."""
        self._alive()
        proxy = self._proxies[handle]
        loop = asyncio.get_running_loop()

        def heard(value: bytes) -> None:
            # The stack confirms an indication before the program hears of it: what the program says next comes after.
            loop.call_soon(listener, value)

        await self._with_keys(lambda: proxy.subscribe(heard, prefer_notify=True))
        self._subscribers[handle] = heard

    async def unsubscribe(self, handle: int) -> None:
        """Be told no more."""
        listener = self._subscribers.pop(handle, None)
        if listener is not None and self.is_connected:
            await self._done(self._proxies[handle].unsubscribe(listener))


def _uuid(uuid: core.UUID) -> str:
    return _uuid_of(uuid.to_bytes())


def _uuid_of(octets: bytes) -> str:
    """128-bit text of a UUID of 2, 4 or 16 octets, least significant first."""
    if len(octets) == 16:
        return core.UUID.from_bytes(octets).to_hex_str("-").lower()
    return f"{int.from_bytes(octets, 'little'):08x}-0000-1000-8000-00805f9b34fb"


def _read_advertisement(advertisement: Any) -> Heard:
    """Core Specification Supplement, Part A: the structures a scanner needs."""
    heard = Heard(advertisement.address.to_string(False), advertisement.rssi)
    for kind, octets in advertisement.data.ad_structures:
        match kind:
            case AdvertisingData.COMPLETE_LOCAL_NAME | AdvertisingData.SHORTENED_LOCAL_NAME:
                heard.name = octets.decode("utf-8", "replace")
            case 0x02 | 0x03 | 0x04 | 0x05 | 0x06 | 0x07:  # service UUIDs: 16, 32 and 128 bits, incomplete and complete
                size = {1: 2, 2: 4, 3: 16}[kind >> 1]
                heard.service_uuids += [_uuid_of(octets[at : at + size]) for at in range(0, len(octets), size)]
            case AdvertisingData.SERVICE_DATA_16_BIT_UUID:
                heard.service_data[_uuid_of(octets[:2])] = octets[2:]
            case AdvertisingData.SERVICE_DATA_128_BIT_UUID:
                heard.service_data[_uuid_of(octets[:16])] = octets[16:]
            case AdvertisingData.MANUFACTURER_SPECIFIC_DATA:
                heard.manufacturer_data[int.from_bytes(octets[:2], "little")] = octets[2:]
            case AdvertisingData.TX_POWER_LEVEL:
                heard.tx_power = int.from_bytes(octets[:1], "little", signed=True)
            case _:
                pass
    return heard
