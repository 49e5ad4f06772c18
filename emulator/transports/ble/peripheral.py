"""The carrier for Bluetooth LE: a GATT device as a peripheral on the virtual air or on a physical controller.

Every read, write and subscription is delivered to the device, which checks properties, permissions, security and CCCDs.
bumble's GATT server checks nothing here: it enforces neither properties nor man-in-the-middle protection and deletes the CCCDs
of a bonded client.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import Any, ClassVar

from bumble import att, core, gatt
from bumble.core import UUID
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig

from isletbench.emulator.gatt import (
    Advertisement,
    Attribute,
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Handle,
    Indicate,
    Link,
    LinkAnswer,
    LinkRequest,
    MtuChanged,
    Notify,
    Outgoing,
    Read,
    ReadResponse,
    Secured,
    Security,
    Write,
)
from isletbench.emulator.transports.ble.advertising import Advertiser
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.capture import Capture
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.dongle import Dongle, power_on
from isletbench.emulator.transports.ble.host import (
    DISPLAY,
    KEYS,
    NEITHER,
    BumbleHost,
    DeviceServer,
    RefusePairing,
    bumble_host,
    is_authenticated,
    is_write_command,
    pairing,
    static_random_address,
)
from isletbench.emulator.transports.ble.link_exchanges import LinkExchanges
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, PreferredParameters, Radio
from isletbench.emulator.transports.ble.specs import SpecError
from isletbench.emulator.transports.carrier import Deliver, HasAttributes
from isletbench.protocols.att import AttCode

LOG = logging.getLogger(__name__)
NO_PAIRING = PairingConfig(delegate=RefusePairing())


@cache
def uuid_of(uuid: int) -> UUID:
    """A UUID of 16 or of 128 bits as bumble has it; bumble searches all that were ever made for each new one."""
    return UUID.from_16_bits(uuid) if uuid <= 0xFFFF else UUID.from_bytes(uuid.to_bytes(16, "little"))


READ_AND_WRITE = att.Attribute.Permissions.READABLE | att.Attribute.Permissions.WRITEABLE
"""bumble allows every access; the device checks permissions."""


class BlePeripheral:
    """A GATT device on a virtual air ``where``, or on the physical controller with this spec (module ``dongle``).

    ``address`` is its static random address, by default derived from the seed. With a ``passkey`` the device displays it, or
    with ``enters_passkey`` the client displays it (level 3, authenticated); without one it pairs by Just Works (level 2).
    ``prefers`` are the connection parameters that it requests once encrypted. ``radio`` has the conditions on the virtual air,
    by default ideal. Bonds persist as long as this object.
    """

    kind: ClassVar[str] = "ble"

    def __init__(
        self,
        name: str,
        advertisement: Advertisement,
        where: Air | str,
        *,
        seed: str,
        address: str | None = None,
        passkey: int | None = None,
        enters_passkey: bool = False,
        prefers: PreferredParameters | None = None,
        radio: Radio | None = None,
        capture: Capture | None = None,
    ) -> None:
        self.name, self._capture = name, capture
        self.address = address or static_random_address(seed)
        self.radio = radio or Radio()
        self._prefers = prefers
        self._refuses_pairing = False
        self.keys = MemoryKeyStore()
        self.controller: AirController | None = None
        self._advertisement, self._where, self._seed = advertisement, where, seed
        io_capability = NEITHER if passkey is None else KEYS if enters_passkey else DISPLAY
        self._pairing = pairing(io_capability, passkey, man_in_the_middle=passkey is not None)
        self._dongle: Dongle | None = None
        self._device: BumbleHost | None = None
        self._deliver: Deliver = lambda request: None
        self._exchanges: LinkExchanges
        self._connections: dict[Link, Connection] = {}
        self._values: dict[Handle, Characteristic[bytes]] = {}
        self._count = 0
        self._silent = False
        self._answer: Outgoing | None = None
        self._request_active = False
        self._pending_responses: dict[Link, asyncio.Future[Outgoing]] = {}
        self._outgoing: deque[Notify | Indicate] = deque()
        self._unconfirmed: dict[Link, deque[Handle]] = {}
        """The indications of each link that are sent or are to be sent, the oldest first."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._advertiser = Advertiser(advertisement, self._available, self._spawn)

    # Start and stop

    def place(self) -> dict[str, str]:
        """Return the advertised address and name, and the spec of the physical controller if there is one."""
        place = {"address": self.address, "name": self._advertisement.name}
        return place | ({"radio": self._where} if isinstance(self._where, str) else {})

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        """Power the radio on and advertise. Raises ``SpecError`` for a controller that is not available or does not answer."""
        self._deliver = deliver
        ends = await self._switch_on()
        self._device = device = bumble_host(self._advertisement.name, self.address, self._seed, ends, self.keys)
        device.host.snooper = self._capture.adapter(self.name, bytes(device.random_address)) if self._capture else None
        device.gatt_server = server = DeviceServer(device)
        server.on_confirmed = self._confirmed
        self._exchanges = LinkExchanges(server, self._link_of, deliver)
        device.pairing_config_factory = lambda connection: NO_PAIRING if self._refuses_pairing else self._pairing
        for service in endpoint.table.services:
            rows = [self._characteristic(row) for row in endpoint.table.attributes if row.service is service]
            device.add_service(Service(uuid_of(service.uuid), rows))
        device.on(Device.EVENT_CONNECTION, self._connected)
        try:
            await power_on(device, self._where)
            await self._advertiser.start()
        except SpecError:
            await self.stop()
            raise

    async def _switch_on(self) -> tuple[Any, Any]:
        """Open the controller; return its packet source and its packet sink."""
        if isinstance(self._where, Air):
            self.controller = AirController(self.name, self._where, radio=self.radio)
            return self.controller, self.controller
        self._dongle = await Dongle.open(self._where, self._unplugged)
        return self._dongle.ends

    def _unplugged(self) -> None:
        """Drop every connection: the physical controller is disconnected until the next start."""
        LOG.error("%s: the controller %s is disconnected", self.name, self._where)
        self._device = None
        for link in tuple(self._connections):
            self._disconnected(link, 0)

    async def stop(self) -> None:
        """Drop every connection and power the radio off. Idempotent."""
        self._advertiser.stay_at_pace()
        for task in tuple(self._tasks):
            task.cancel()
        if self._dongle is not None:
            await self._dongle.close(self._device)
            self._dongle = None
        if self.controller is not None:
            self.controller.switch_off()
            self.controller = None
        self._device = None
        for link in tuple(self._connections):
            self._disconnected(link, 0)

    def _characteristic(self, row: Attribute) -> "Characteristic[bytes]":
        self._values[row.handle] = made = _characteristic(row, self._read, self._write)
        return made

    # Advertising

    def _available(self) -> BumbleHost | None:
        """Return the host where it may advertise: powered on, not silenced, with no client connected."""
        return None if self._connections or self._silent else self._device

    def refuse_pairing(self, on: bool) -> None:
        """Reject every pairing, or accept pairing again; bonded clients can connect."""
        self._refuses_pairing = on

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Restart advertising with these limits."""
        self._advertiser.limit(limits)

    # Connections

    def _connected(self, connection: Connection) -> None:
        self._advertiser.stay_at_pace()
        if self._device is not None:
            self._device.gatt_server.max_mtu = self.radio.conditions.mtu
        self._count += 1
        link = f"{self.name}#{self._count}"
        self._connections[link] = connection
        connection.on(Connection.EVENT_DISCONNECTION, partial(self._disconnected, link))
        connection.on(Connection.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: self._deliver(MtuChanged(link, connection.att_mtu)))
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: self._spawn(self._encrypted(link, connection)))
        connection.on(Connection.EVENT_PAIRING, lambda keys: self._secured(link, connection, is_authenticated(keys)))
        bonded = str(connection.peer_address) in self.keys.all_keys
        self._deliver(Connected(link, mtu=connection.att_mtu, bonded=bonded))
        connection.request_pairing()  # CGMP 1.0.1, section 6.1: the sensor requests security

    async def _encrypted(self, link: Link, connection: Connection) -> None:
        """Report a link encrypted with the keys of a bond; during pairing ``EVENT_PAIRING`` follows instead."""
        if connection.is_encrypted:
            self._secured(link, connection, is_authenticated(await self.keys.get(str(connection.peer_address))))

    def _secured(self, link: Link, connection: Connection, authenticated: bool | None) -> None:
        if authenticated is not None and link in self._connections:
            level = Security.AUTHENTICATED if authenticated else Security.ENCRYPTED
            identity = str(connection.peer_address)
            self._deliver(Secured(link, level, identity if identity in self.keys.all_keys else None))
            if self._prefers is not None:
                self._spawn(_request_parameters(self._prefers, connection))

    def _disconnected(self, link: Link, reason: int) -> None:
        if waiting := self._pending_responses.pop(link, None):
            waiting.cancel()
        self._unconfirmed.pop(link, None)
        if self._connections.pop(link, None) is not None:
            self._deliver(Disconnected(link))
        if self._device is not None and not self._connections:
            self._spawn(self._advertiser.start())

    def _link_of(self, connection: Connection) -> Link:
        """The link of a connection; a request that was received just before its connection ended has none, and no answer."""
        for link, known in self._connections.items():
            if known is connection:
                return link
        raise att.ATT_Error(error_code=att.ErrorCode(AttCode.UNLIKELY_ERROR))

    # Requests: called by bumble; the device responds before the call returns, unless the response is delayed or lost

    async def _read(self, handle: Handle, connection: Connection) -> bytes:
        match await self._request(Read(self._link_of(connection), handle)):
            case ReadResponse(value=value):
                return value
            case ErrorResponse(code=code):
                raise att.ATT_Error(error_code=att.ErrorCode(code), att_handle=handle)
            case _:
                raise att.ATT_Error(error_code=att.ErrorCode(AttCode.UNLIKELY_ERROR), att_handle=handle)

    async def _write(self, handle: Handle, connection: Connection, value: bytes) -> None:
        request = Write(self._link_of(connection), handle, bytes(value), response=not is_write_command.get())
        if not request.response:
            self._deliver(request)
            return
        answer = await self._request(request)
        if isinstance(answer, ErrorResponse):
            raise att.ATT_Error(error_code=att.ErrorCode(answer.code), att_handle=handle)

    async def _request(self, request: Read | Write) -> Outgoing:
        self._answer, self._request_active = None, True
        self._deliver(request)
        answer, self._answer, self._request_active = self._answer, None, False
        if answer is not None:
            return answer
        if earlier := self._pending_responses.pop(request.link, None):
            earlier.cancel()  # the client has given up this request and sent another
        pending: asyncio.Future[Outgoing] = asyncio.get_running_loop().create_future()
        self._pending_responses[request.link] = pending
        return await pending

    def exchange(self, request: LinkRequest) -> None:
        """Answer a request of the link: MTU or discovery."""
        if connection := self._connections.get(request.link):
            self._exchanges.answer(connection, request)

    def abandon(self, link: Link) -> None:
        """Do nothing: a request without a response ends with the connection."""

    def disconnect(self, link: Link) -> None:
        """End this connection; a link that has ended is ignored."""
        if connection := self._connections.get(link):
            self._spawn(_disconnect(connection))

    def forget(self, identity: str) -> None:
        """Delete the keys of the client with this identity address."""
        self.keys.all_keys.pop(identity, None)

    def snapshot(self) -> dict[str, Any]:
        """Return the keys of every bond by identity address, as plain data."""
        return {client: keys.to_dict() for client, keys in self.keys.all_keys.items()}

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Add the keys of a snapshot."""
        self.keys.all_keys.update({client: PairingKeys.from_dict(dict(plain)) for client, plain in keys.items()})

    def silence(self, on: bool) -> None:
        """Stop the radio, which drops every connection, or start it again."""
        self._silent = on
        self._spawn(self._stop_radio() if on else self._advertiser.start())

    async def _stop_radio(self) -> None:
        self._advertiser.stay_at_pace()
        for connection in tuple(self._connections.values()):
            await _disconnect(connection)
        if self._device is not None:
            await self._device.stop_advertising()

    # Responses, notifications, indications

    def send(self, outgoing: Outgoing | LinkAnswer) -> None:
        """Send a response, notification or indication; one for a link that has ended is ignored."""
        if isinstance(outgoing, LinkAnswer) or (isinstance(outgoing, ErrorResponse) and not outgoing.handle):
            if connection := self._connections.get(outgoing.link):
                self._exchanges.send(connection, outgoing)
            return
        if not isinstance(outgoing, Notify | Indicate):
            if self._request_active:
                self._answer = outgoing
            elif pending := self._pending_responses.pop(outgoing.link, None):
                pending.set_result(outgoing)
            return
        # bumble sends a response when the handler has returned; notifications and indications that it caused follow.
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(outgoing)

    def _flush(self) -> None:
        while self._outgoing:
            outgoing = self._outgoing.popleft()
            connection = self._connections.get(outgoing.link)
            if connection is None or self._device is None:
                continue
            value = self._values[outgoing.handle]
            if isinstance(outgoing, Notify):
                server = self._device.gatt_server
                pdu = att.ATT_Handle_Value_Notification(attribute_handle=value.handle, attribute_value=outgoing.value)
                server.send_gatt_pdu(connection, bytes(pdu))
            else:
                self._spawn(self._indicate(connection, outgoing))

    async def _indicate(self, connection: Connection, outgoing: Indicate) -> None:
        if self._device is None or outgoing.link not in self._connections:
            return  # it has just ended
        waiting = self._unconfirmed.setdefault(outgoing.link, deque())
        waiting.append(outgoing.handle)
        try:
            value = self._values[outgoing.handle]
            indicating = self._device.gatt_server.indicate_subscriber(connection, value, outgoing.value, force=True)
            await connection.cancel_on_disconnection(indicating)
        except TimeoutError:
            waiting.popleft()  # the device has its own timeout of 30 s
        except asyncio.CancelledError:
            return  # a lost link is reported as a disconnection

    def _confirmed(self, connection: Connection) -> None:
        """The first indication that is not confirmed yet is: bumble sends one after the other."""
        link = next((link for link, known in self._connections.items() if known is connection), None)
        if link is not None and (waiting := self._unconfirmed.get(link)):
            self._deliver(Confirm(link, waiting.popleft()))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _characteristic(
    row: Attribute,
    read: Callable[[Handle, Connection], Awaitable[bytes]],
    write: Callable[[Handle, Connection, bytes], Awaitable[None]],
) -> "Characteristic[bytes]":
    """An attribute as bumble has it: every access is the device's to decide."""
    descriptors = []
    if row.cccd is not None:
        cccd: CharacteristicValue[bytes] = CharacteristicValue(read=partial(read, row.cccd), write=partial(write, row.cccd))
        kind = gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR
        descriptors.append(Descriptor(kind, READ_AND_WRITE, cccd))
    value: CharacteristicValue[bytes] = CharacteristicValue(read=partial(read, row.handle), write=partial(write, row.handle))
    properties = Characteristic.Properties(int(row.spec.properties))
    return Characteristic(uuid_of(row.spec.uuid), properties, READ_AND_WRITE, value, descriptors)


async def _disconnect(connection: Connection) -> None:
    """End a connection with reason 0x13; one that has ended already is ignored. Core Vol 1, Part F, 2.19."""
    with suppress(core.ProtocolError, asyncio.CancelledError):
        await connection.disconnect()


async def _request_parameters(preferred: PreferredParameters, connection: Connection) -> None:
    """Request connection parameters by L2CAP; a rejection changes nothing. Core Vol 3, Part A, 4.20."""
    manager = connection.device.l2cap_channel_manager
    if manager.connection_parameters_update_response is not None:
        return  # a request is pending
    asked = connection.update_parameters(
        preferred.interval_ms, preferred.interval_ms, preferred.latency, preferred.supervision_timeout_ms, use_l2cap=True
    )
    try:
        await connection.cancel_on_disconnection(asked)
    except (core.ConnectionParameterUpdateError, asyncio.CancelledError):
        LOG.debug("%s: the client rejected the connection parameters", connection)
    finally:
        manager.connection_parameters_update_response = None
