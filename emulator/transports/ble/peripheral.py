"""The carrier for Bluetooth LE: a GATT device as a peripheral on the virtual air or on a physical controller.

Every read, write and subscription is delivered to the device, which checks properties, permissions, security and CCCDs
(``att_server``). bumble's GATT server is not used: it enforces neither properties nor man-in-the-middle protection, deletes the
CCCDs of a bonded client, and handles every request in a task of its own, so that one may overtake another.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from bumble import att, core, smp
from bumble.device import Connection, Device
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.gatt import (
    Advertisement,
    Connected,
    Disconnected,
    Handle,
    Link,
    LinkAnswer,
    LinkIndication,
    LinkRequest,
    Outgoing,
    Secured,
    Security,
    Table,
)
from isletbench.emulator.transports.ble.advertising import Advertiser, stop_advertising
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.att_rows import STACK_HANDLES, device_rows
from isletbench.emulator.transports.ble.att_server import AttServer
from isletbench.emulator.transports.ble.capture import Capture
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.dongle import Dongle, power_on
from isletbench.emulator.transports.ble.host import (
    DISPLAY,
    KEYS,
    NEITHER,
    AskedPasskey,
    BumbleHost,
    RefusePairing,
    bumble_host,
    is_authenticated,
    pairing,
    static_random_address,
)
from isletbench.emulator.transports.ble.pairing_attempts import PairingAttempts
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, PreferredParameters, Radio
from isletbench.emulator.transports.ble.specs import SpecError
from isletbench.emulator.transports.ble.stack_services import BondedClient, StackServices
from isletbench.emulator.transports.carrier import Deliver, HasAttributes

LOG = logging.getLogger(__name__)
SERVICE_CHANGED = "service_changed"
"""In a snapshot: what is remembered of a client beside its keys."""
PASSKEY_TIMEOUT_S = 30.0
NO_PAIRING = PairingConfig(delegate=RefusePairing())


class BlePeripheral:
    """A GATT device on a virtual air ``where``, or on the physical controller with this spec (module ``dongle``).

    ``address`` is its static random address, by default derived from the seed. With a ``passkey`` the device displays it, or
    with ``enters_passkey`` the client displays it (level 3, authenticated); with ``enters_passkey`` alone the client displays
    one of its own, which ``enter_passkey`` types in (``on_passkey_awaited``). With neither it pairs by Just Works (level 2).
    ``prefers`` are the connection parameters that it requests once encrypted. ``radio`` has the conditions on the virtual air,
    by default ideal. With ``database_hash`` clients can read the hash of its attributes. Bonds persist as long as this object.
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
        database_hash: bool = False,
        on_passkey_awaited: Callable[[], None] = lambda: None,
    ) -> None:
        self.name, self._capture = name, capture
        self.address = address or static_random_address(seed)
        self.radio = radio or Radio()
        self._prefers = prefers
        self._refuses_pairing = False
        self.keys = MemoryKeyStore()
        self.controller: AirController | None = None
        self._advertisement, self._where, self._seed = advertisement, where, seed
        io_capability = KEYS if enters_passkey else NEITHER if passkey is None else DISPLAY
        typed = AskedPasskey(self._typed_passkey) if enters_passkey and passkey is None else None
        self._pairing = pairing(io_capability, passkey, man_in_the_middle=io_capability is not NEITHER, delegate=typed)
        self._on_passkey_awaited = on_passkey_awaited
        self._typed: asyncio.Future[int] | None = None
        self._attempts = PairingAttempts()
        self._dongle: Dongle | None = None
        self._device: BumbleHost | None = None
        self._deliver: Deliver = lambda request: None
        self._has_hash = database_hash
        self._bonded_clients: dict[str, BondedClient] = {}
        self._table: Table
        self._stack: StackServices
        self._server: AttServer
        self._connections: dict[Link, Connection] = {}
        self._count = 0
        self._silent = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._advertiser = Advertiser(advertisement, self._available, self._spawn)

    # Start and stop

    def place(self) -> dict[str, Any]:
        """Return address and name, whether a passkey is awaited, connections that will break, a physical controller."""
        place: dict[str, Any] = {"address": self.address, "name": self._advertisement.name}
        awaited = {} if self._typed is None else {"awaits_passkey": True}
        storm = {"storm": left} if (left := self.radio.storm_left) else {}
        return place | awaited | storm | ({"radio": self._where} if isinstance(self._where, str) else {})

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        """Power the radio on and advertise. Raises ``SpecError`` for a controller that is not available or does not answer."""
        self._deliver = deliver
        ends = await self._switch_on()
        self._device = device = bumble_host(self._advertisement.name, self.address, self._seed, ends, self.keys)
        device.must_wait = self._attempts.must_wait
        self._table, rows = endpoint.table, device_rows(endpoint.table)
        self._stack = StackServices(rows, self._advertisement, self._prefers, self._bonded_clients, has_hash=self._has_hash)
        self._server = AttServer(self._stack, endpoint.queued_write_refused, deliver)
        device.host.snooper = self._capture.adapter(self.name, bytes(device.random_address)) if self._capture else None
        device.l2cap_channel_manager.deregister_fixed_channel(att.ATT_CID)
        device.l2cap_channel_manager.register_fixed_channel(att.ATT_CID, self._received)
        device.pairing_config_factory = lambda connection: NO_PAIRING if self._refuses_pairing else self._pairing
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

    # Advertising

    def _available(self) -> BumbleHost | None:
        """Return the host where it may advertise: powered on, not silenced, with no client connected."""
        return None if self._connections or self._silent else self._device

    def refuse_pairing(self, on: bool) -> None:
        """Reject every pairing, or accept pairing again; bonded clients can connect."""
        self._refuses_pairing = on

    async def _typed_passkey(self) -> int | None:
        """Wait for ``enter_passkey``; None when nobody has typed in time. Core Vol 3, Part H, 3.4: 30 s."""
        self._typed = typed = asyncio.get_running_loop().create_future()
        self._on_passkey_awaited()
        try:
            return await asyncio.wait_for(typed, PASSKEY_TIMEOUT_S)
        except TimeoutError:
            return None
        finally:
            if self._typed is typed:
                self._typed = None

    def enter_passkey(self, passkey: int) -> None:
        """Type in the passkey that a client displays. Raises ``CannotDo`` when no pairing waits for one."""
        if self._typed is None or self._typed.done():
            raise CannotDo("no passkey is awaited: expected while a client pairs with a device that has enters_passkey alone")
        typed, self._typed = self._typed, None
        typed.set_result(passkey)

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Restart advertising with these limits."""
        self._advertiser.limit(limits)

    # Connections

    def _connected(self, connection: Connection) -> None:
        self._advertiser.stay_at_pace()
        self._count += 1
        link = f"{self.name}#{self._count}"
        self._connections[link] = connection
        connection.on(Connection.EVENT_DISCONNECTION, partial(self._disconnected, link))
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: self._encrypted(link, connection))
        connection.on(Connection.EVENT_PAIRING_FAILURE, partial(self._attempts.failed, connection.peer_address))
        connection.on(Connection.EVENT_PAIRING, lambda keys: self._bonded(link, connection, is_authenticated(keys)))
        bonded = str(connection.peer_address) in self.keys.all_keys
        self._server.connected(link, self.radio.conditions.mtu, partial(self._send_att, connection))
        self._deliver(Connected(link, mtu=connection.att_mtu, bonded=bonded))
        connection.request_pairing()  # CGMP 1.0.1, section 6.1: the sensor requests security

    def _encrypted(self, link: Link, connection: Connection) -> None:
        """The link layer encrypts from now on, whether keys are still to be distributed or not. Core Vol 3, Part C, 10.2.1."""
        if not connection.is_encrypted or link not in self._connections:
            return
        session = connection.device.smp_manager.sessions.get(connection.handle)
        if session is None or session.completed:
            self._bonded(link, connection, is_authenticated(self.keys.all_keys.get(str(connection.peer_address))))
        else:
            method = session.pairing_method
            self._deliver(Secured(link, _level(authenticated=method != smp.PairingMethod.JUST_WORKS), None))

    def _bonded(self, link: Link, connection: Connection, authenticated: bool | None) -> None:
        """The link is encrypted, and who the client is is known if it has a bond."""
        if authenticated is None or link not in self._connections:
            return
        self._attempts.succeeded(connection.peer_address)
        identity = str(connection.peer_address)
        known = identity if identity in self.keys.all_keys else None
        self._deliver(Secured(link, _level(authenticated=authenticated), known))
        if known is not None and (changed := self._stack.bonded(link, known)):
            self._deliver(changed)
        if self._prefers is not None:
            self._spawn(_request_parameters(self._prefers, connection))

    def _disconnected(self, link: Link, reason: int) -> None:
        self._server.disconnected(link)
        if self._connections.pop(link, None) is not None:
            self._deliver(Disconnected(link))
        if self._device is not None and not self._connections:
            self._spawn(self._advertiser.start())

    # Requests

    def _received(self, handle: int, pdu: bytes) -> None:
        """Handle an ATT PDU; one that was received just before its connection ended has no answer."""
        for link, connection in self._connections.items():
            if connection.handle == handle:
                self._server.received(link, bytes(pdu))
                return

    def _send_att(self, connection: Connection, pdu: bytes) -> None:
        if self._device is not None:
            self._device.send_l2cap_pdu(connection.handle, att.ATT_CID, pdu)

    def exchange(self, request: LinkRequest) -> None:
        """Answer a request of the link: MTU or discovery."""
        self._server.exchange(request)

    def services_changed(self, first: Handle, last: Handle) -> None:
        """Tell every client that the attributes from handle ``first`` to ``last`` have changed, or will be told of.

        Bonded clients that are not connected are told at their next connection. Core Vol 3, Part G, 2.5.2 and 7.1.
        """
        for indication in self._stack.services_changed(first, last):
            self._deliver(indication)

    def move_services(self, by: int) -> None:
        """Move the device's attributes by so many handles, and tell the clients. Raises ``CannotDo`` beyond the handles."""
        moved = self._stack.moved + by
        first, *_, last = (row.handle + moved for row in device_rows(self._table))
        if first < 1 or last >= STACK_HANDLES:
            raise CannotDo(f"by: expected handles from 1 to {STACK_HANDLES - 1}, got {first} to {last}")
        indications = self._stack.move(device_rows(self._table, moved), moved)
        self._server.table_changed()
        for indication in indications:
            self._deliver(indication)

    def abandon(self, link: Link) -> None:
        """Do nothing: a request without a response ends with the connection."""

    def disconnect(self, link: Link) -> None:
        """End this connection; a link that has ended is ignored."""
        if connection := self._connections.get(link):
            self._spawn(_disconnect(connection))

    def forget(self, identity: str) -> None:
        """Delete the keys of the client with this identity address."""
        self.keys.all_keys.pop(identity, None)
        self._bonded_clients.pop(identity, None)

    def snapshot(self) -> dict[str, Any]:
        """Return the keys of every bond by identity address, and what Service Changed remembers, as plain data."""
        plain = {client: keys.to_dict() for client, keys in self.keys.all_keys.items()}
        return {client: keys | self._remembered(client) for client, keys in plain.items()}

    def _remembered(self, client: str) -> dict[str, Any]:
        known = self._bonded_clients.get(client)
        return {} if known is None else {SERVICE_CHANGED: [known.seen, known.cccd, known.changed]}

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Add the bonds of a snapshot."""
        for client, plain in keys.items():
            self.keys.all_keys[client] = PairingKeys.from_dict(dict(plain))
            if remembered := plain.get(SERVICE_CHANGED):
                seen, cccd, changed = remembered
                self._bonded_clients[client] = BondedClient(seen, cccd, tuple(changed) if changed else None)

    def silence(self, on: bool) -> None:
        """Stop the radio, which drops every connection, or start it again."""
        self._silent = on
        self._spawn(self._stop_radio() if on else self._advertiser.start())

    async def _stop_radio(self) -> None:
        self._advertiser.stay_at_pace()
        for connection in tuple(self._connections.values()):
            await _disconnect(connection)
        if self._device is not None:
            await stop_advertising(self._device)

    def send(self, outgoing: Outgoing | LinkAnswer | LinkIndication) -> None:
        """Send a response, notification or indication; one for a link that has ended is ignored."""
        self._server.send(outgoing)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _level(*, authenticated: bool) -> Security:
    return Security.AUTHENTICATED if authenticated else Security.ENCRYPTED


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
