"""A connection of the central to one device: its requests, as the Bluetooth stack of an operating system carries them out.

A program may give up a request at any moment; ATT has no way to withdraw it (Core Vol 3, Part F, 3.3.2: a client sends the next
request when the response to the last one has come). Every request is therefore a task of the connection: it goes on when its
caller is cancelled, and ends with the connection. A caller sees ``asyncio.CancelledError`` only when it was cancelled itself.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from bumble import att, core, gatt, hci
from bumble.device import Connection, Peer
from bumble.gatt_client import CharacteristicProxy
from bumble.transport.common import TransportLostError

from isletbench.emulator.core.clock import patience
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.transports.ble.scanning import uuid_text

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
PAIRING_TIMEOUT_S = 30.0
PAIRING_AT_LEAST_S = 5.0
"""So many real seconds it may take at any pace: with a passkey it is some hundred packets."""
STACK_ERRORS = (hci.HCI_Error, core.BaseBumbleError, TransportLostError)
"""What bumble raises; ATT errors, which are the device's answers, are among them."""


class RemoteError(Exception):
    """The device answered a request with an ATT error; ``code`` is the error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ATT error 0x{code:02X}")
        self.code = code


class PairingFailed(Exception):
    """Pairing failed, or encryption with the keys of the bond."""


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


class Procedures:
    """Procedures of a Bluetooth stack that are under way, each a task of its own, which the end of ``lost`` ends as well.

    A procedure goes on when its caller is cancelled: what was sent to a controller or a device cannot be taken back, and its
    answer must not be taken for that of the next procedure.
    """

    def __init__(self, lost: str) -> None:
        self._lost = lost
        """What callers are told once it has ended."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a procedure."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved: its caller may have given up

    async def result_of(self, procedure: "asyncio.Task[T]") -> T:
        """Await a procedure. Raises ``ConnectionError`` when what it belongs to has ended."""
        task = asyncio.current_task()
        assert task is not None
        cancelled_before = task.cancelling()
        try:
            return await asyncio.shield(procedure)
        except asyncio.CancelledError:
            if not procedure.cancelled() or task.cancelling() > cancelled_before:
                raise
            raise ConnectionError(self._lost) from None

    async def perform(self, work: Coroutine[Any, Any, T]) -> T:
        """Begin a procedure and await it. Raises ``ConnectionError`` when what it belongs to has ended."""
        return await self.result_of(self.start(work))

    def end(self) -> None:
        """End every procedure that is under way.

        Each is cancelled until it has ended: ``asyncio.wait_for`` of Python 3.11 swallows a cancellation that comes together
        with the result, and the procedure would go on with its next request.
        """
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            asyncio.get_running_loop().call_soon(self.end)


class CentralConnection:
    """A connection of a central to one device, shared by every client of the program that connects to this device.

    So it is on operating systems: the stack has one connection, what is discovered is known to all, a characteristic is
    subscribed to until the last listener has left, and a client that disconnects ends the connection for all.
    """

    def __init__(self, connection: Connection, address: str, siblings: "list[CentralConnection]") -> None:
        self.address = address
        self.service_uuids: frozenset[str] = frozenset()
        """UUIDs of the device's services, 128-bit text; empty before ``discover``."""
        self._siblings = siblings
        siblings.append(self)
        self._connection: Connection | None = connection
        self._peer = Peer(connection)
        self._proxies: dict[int, CharacteristicProxy[bytes]] = {}
        self.known: dict[int, bytes] = {}
        """The value of each attribute that was read or notified last, by handle."""
        self._subscribers: dict[int, Callable[[bytes], None]] = {}
        """What bumble calls for each characteristic that was ever subscribed to."""
        self._is_outdated = False
        """Whether the device has said that its services are others than those that were discovered."""
        self._listeners: dict[int, list[Callable[[bytes], None]]] = {}
        self._subscribed: set[int] = set()
        """The characteristics whose subscription the device has accepted."""
        self._procedures = Procedures("the connection was lost")
        self._securing: asyncio.Task[None] | None = None
        self._discovering: asyncio.Task[list[RemoteService]] | None = None
        self._ending: asyncio.Task[None] | None = None
        self.on_lost: list[Callable[[], None]] = []
        """What is called when the connection has ended."""
        connection.on(Connection.EVENT_DISCONNECTION, self.lost)

    def lost(self, reason: int = 0) -> None:
        """End everything that was under way: the connection is no more. Idempotent."""
        if self._connection is None:
            return
        self._connection = None
        if self in self._siblings:
            self._siblings.remove(self)
        self._procedures.end()
        self._listeners.clear()
        for told in tuple(self.on_lost):
            told()

    @property
    def is_connected(self) -> bool:
        """Whether the connection is established."""
        return self._connection is not None

    @property
    def is_ending(self) -> bool:
        """Whether a client has asked for the end of the connection."""
        return self._ending is not None

    @property
    def mtu(self) -> int:
        """The ATT_MTU of this connection, octets."""
        return self._connection.att_mtu if self._connection else att.ATT_DEFAULT_MTU

    def _require_connection(self) -> Connection:
        if self._connection is None:
            raise ConnectionError("not connected")
        return self._connection

    def _require_discovery(self) -> None:
        self._require_connection()
        if self._is_outdated:
            raise ConnectionError("the services of the device have changed: expected another connection, which discovers them")

    async def _perform(self, work: Coroutine[Any, Any, T]) -> T:
        """Perform a procedure of this connection and translate bumble's exceptions."""
        return await self._result_of(self._procedures.start(work))

    async def _result_of(self, procedure: "asyncio.Task[T]") -> T:
        try:
            return await self._procedures.result_of(procedure)
        except att.ATT_Error as error:
            raise RemoteError(error.error_code) from None
        except (TimeoutError, core.TimeoutError):
            raise TimeoutError("the device did not answer within 30 s") from None
        except STACK_ERRORS as error:
            raise (PairingFailed if self.is_connected else ConnectionError)(str(error)) from None

    async def encrypt(self) -> None:
        """Encrypt the link with the keys of the bond. Raises ``PairingFailed`` when the device has other keys or none."""
        try:
            self._securing = self._procedures.start(self._require_connection().encrypt())
            await self._result_of(self._securing)
        except PairingFailed as error:  # the controller's answer: key missing
            raise PairingFailed(f"the device has no keys for this bond: {error}") from None

    async def pair(self) -> None:
        """Pair with the device and store a bond. Raises ``PairingFailed``, ``ConnectionError``.

        A pairing or encryption that is under way is waited for: two at once would end each other.
        """
        connection = self._require_connection()
        if connection.is_encrypted:
            return
        if self._securing is None or self._securing.done():
            self._securing = self._procedures.start(_pair(connection))
        await self._result_of(self._securing)

    async def _with_pairing(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Perform a request; an answer that demands security starts pairing and repeats the request."""
        self._require_connection()
        try:
            return await self._perform(work())
        except RemoteError as error:
            if error.code not in PAIRING_REQUIRED or self._require_connection().is_encrypted:
                raise
        await self.pair()
        self._require_connection()
        return await self._perform(work())

    async def disconnect(self) -> None:
        """End the connection for all its clients. Idempotent; it ends, too, when the caller is cancelled meanwhile."""
        if self._connection is None:
            return
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._disconnect(self._connection))
        await asyncio.shield(self._ending)

    async def _disconnect(self, connection: Connection) -> None:
        try:
            with suppress(*STACK_ERRORS, asyncio.CancelledError):
                await connection.disconnect()
        finally:
            self.lost()

    async def discover(self) -> list[RemoteService]:
        """Return every service with its characteristics and descriptors, discovered once for all clients of the connection,
        and anew when the device has indicated Service Changed.
        """
        self._require_connection()
        if self._discovering is None or self._is_outdated or _has_failed(self._discovering):
            self._is_outdated = False
            self._discovering = self._procedures.start(self._discover())
        return await self._result_of(self._discovering)

    async def _discover(self) -> list[RemoteService]:
        try:
            await self._peer.request_mtu(REQUESTED_MTU)
        except att.ATT_Error as error:
            if error.error_code != att.ATT_REQUEST_NOT_SUPPORTED_ERROR:
                raise
            # then the default ATT_MTU stays: Core Vol 3, Part G, 4.3.1
        found = [await self._discover_service(service) for service in await self._peer.discover_services()]
        self.service_uuids = frozenset(service.uuid for service in found)
        await self._subscribe_to_service_changed()
        return found

    async def _subscribe_to_service_changed(self) -> None:
        """Let the device tell when its services change, as the stacks of operating systems do. Core Vol 3, Part G, 7.1."""
        for proxy in self._proxies.values():
            if proxy.uuid == gatt.GATT_SERVICE_CHANGED_CHARACTERISTIC:
                with suppress(att.ATT_Error):  # a device that refuses it does not say
                    await proxy.subscribe(self._services_changed, prefer_notify=False)

    def _services_changed(self, value: bytes) -> None:
        """What was discovered is not valid any more: whoever uses it is told so, until it is discovered anew."""
        self._is_outdated = True
        self._proxies.clear()
        self._subscribers.clear()
        self._subscribed.clear()
        self._listeners.clear()
        self.known.clear()

    async def _discover_service(self, service: Any) -> RemoteService:
        found = []
        for proxy in await service.discover_characteristics():
            descriptors = await proxy.discover_descriptors()
            self._proxies[proxy.handle] = proxy
            names = tuple(name for mask, name in PROPERTIES.items() if proxy.properties & mask)
            found.append(
                RemoteCharacteristic(
                    proxy.handle, _text(proxy.uuid), names, tuple((d.handle, _text(d.type)) for d in descriptors)
                )
            )
        return RemoteService(service.handle, _text(service.uuid), tuple(found))

    async def read(self, handle: int) -> bytes:
        """Read the value of a characteristic or descriptor. Raises ``RemoteError``, ``ConnectionError``, ``TimeoutError``."""
        self._require_discovery()
        value = self.known[handle] = bytes(await self._with_pairing(lambda: self._peer.gatt_client.read_value(handle)))
        return value

    async def write(self, handle: int, value: bytes, *, response: bool) -> None:
        """Write a characteristic or descriptor. Raises ``RemoteError``, ``ConnectionError``, ``TimeoutError``."""
        self._require_discovery()
        await self._with_pairing(lambda: self._peer.gatt_client.write_value(handle, value, with_response=response))

    async def subscribe(self, handle: int, listener: Callable[[bytes], None]) -> None:
        """Subscribe to notifications of a characteristic, or to indications where it has no notifications.

        Where there is a listener already the device is not asked again. A subscription that fails or is given up calls
        ``listener`` no more, whatever the device still sends.
        """
        self._require_discovery()
        proxy = self._proxies[handle]
        self._listeners.setdefault(handle, []).append(listener)
        if handle in self._subscribed:
            return
        received = self._subscribers.setdefault(handle, self._receiver(handle))
        try:
            await self._with_pairing(lambda: proxy.subscribe(received, prefer_notify=True))
        except BaseException:
            self._leave(handle, listener)
            raise
        self._subscribed.add(handle)

    def _receiver(self, handle: int) -> Callable[[bytes], None]:
        loop = asyncio.get_running_loop()

        def received(value: bytes) -> None:
            self.known[handle] = value
            # The stack confirms an indication before the program receives it: the next request follows the confirmation.
            for listener in self._listeners.get(handle, ()):
                loop.call_soon(listener, value)

        return received

    def _leave(self, handle: int, listener: Callable[[bytes], None]) -> None:
        listeners = self._listeners.get(handle, [])
        if listener in listeners:
            listeners.remove(listener)

    async def unsubscribe(self, handle: int, listener: Callable[[bytes], None]) -> None:
        """Call ``listener`` no more; with the last one the subscription ends. Idempotent."""
        self._leave(handle, listener)
        if self._listeners.get(handle):
            return
        self._subscribed.discard(handle)
        received = self._subscribers.pop(handle, None)
        if received is not None and self.is_connected:
            await self._perform(self._proxies[handle].unsubscribe(received))


def _has_failed(procedure: "asyncio.Task[Any]") -> bool:
    return procedure.done() and (procedure.cancelled() or procedure.exception() is not None)


async def _pair(connection: Connection) -> None:
    """Pair; a device that does not go on with it is given up. Core Vol 3, Part H, 3.4."""
    async with asyncio.timeout(patience(PAIRING_TIMEOUT_S, PAIRING_AT_LEAST_S)):
        await connection.pair()


def _text(uuid: core.UUID) -> str:
    return uuid_text(uuid.to_bytes())
