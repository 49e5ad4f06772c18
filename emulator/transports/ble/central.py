"""The Bluetooth LE central of a client: the Bluetooth stack that an operating system offers to programs. One per event loop.

``Central`` powers up at its first use, stores bonds in memory, and enters a passkey when a device displays one. Its methods
take and return plain values; only this package imports bumble. Whatever a caller gives up, by a timeout or a cancelled task,
leaves nothing behind: a connection attempt is withdrawn from the controller, a connection that was just made is ended.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from bumble import hci
from bumble.device import Connection, Device
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.transport.common import StreamPacketSink, StreamPacketSource
from bumble.transport.serial import open_serial_transport

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central_connection import STACK_ERRORS, CentralConnection, Procedures
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.host import KEYBOARD, BumbleHost, bumble_host, pairing, static_random_address
from isletbench.emulator.transports.ble.scanning import ReceivedAdvertisement, read_advertisement
from isletbench.emulator.transports.ble.specs import SpecError, parse_spec

T = TypeVar("T")


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
        self._procedures = Procedures(f"HCI {where}: the connection to the bench was lost")
        """Those of the controller: each is carried out to its end, whoever gives it up."""
        self._powering = asyncio.Lock()
        self._scanning = asyncio.Lock()
        self._connecting = asyncio.Lock()
        """A controller initiates one connection at a time (Core Vol 4, Part E, 7.8.12)."""
        self._withdrawal: asyncio.Task[None] | None = None
        """A connection attempt that was given up, until the controller knows."""
        self._listeners: list[Callable[[ReceivedAdvertisement], None]] = []
        self._transport: asyncio.WriteTransport | None = None
        self._transport_lost: asyncio.Future[None] | None = None
        self.connections: list[CentralConnection] = []
        """The established connections."""

    async def device(self) -> BumbleHost:
        """Return the bumble device, powered on.

        Raises ``SpecError`` when the HCI is not available, ``ConnectionError`` when it is lost meanwhile.
        """
        if self._transport_lost is not None and self._transport_lost.done():
            self.switch_off()
        if self._device is None:
            await self._perform(self._power_on())
            assert self._device is not None
        return self._device

    async def _power_on(self) -> None:
        async with self._powering:
            if self._device is not None:
                return
            ends = await self._hci()
            device = bumble_host(self._name, static_random_address(self._name), self._name, ends, self._keys)
            device.pairing_config_factory = lambda connection: self._pairing
            lost: asyncio.Future[None] | None = getattr(ends[0], "terminated", None)
            if lost is not None:
                lost.add_done_callback(self._controller_lost)
            self._transport_lost = lost
            await device.power_on()
            device.on(Device.EVENT_ADVERTISEMENT, self._advertisement_received)
            self._device = device

    async def _perform(self, work: Coroutine[Any, Any, T]) -> T:
        """Perform a procedure of the controller. Raises ``ConnectionError`` when it refuses, or when HCI is lost meanwhile."""
        try:
            return await self._procedures.perform(work)
        except STACK_ERRORS as error:
            raise ConnectionError(f"HCI {self._where}: {error}") from None

    def _controller_lost(self, lost: "asyncio.Future[None]") -> None:
        """End what waits for a controller that is not reachable any more."""
        if lost is self._transport_lost:
            self._end_all()

    def _end_all(self) -> None:
        self._procedures.end()
        for connection in tuple(self.connections):
            connection.lost()

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
            why = os.strerror(error.errno) if error.errno else str(error)  # asyncio's own words have a number in them
            raise SpecError(f"HCI {self._where}: cannot connect: {why}") from None
        return source, StreamPacketSink(self._transport)

    def switch_off(self) -> None:
        """Power the central off; its peers lose their connections. Idempotent."""
        if self._controller is not None:
            self._controller.switch_off()
        if self._transport is not None:
            self._transport.abort()
        self._listeners.clear()
        self._end_all()
        self._device = self._controller = self._transport = None

    # Scanning

    async def start_scan(self, listener: Callable[[ReceivedAdvertisement], None], *, active: bool = True) -> None:
        """Call ``listener`` with every received advertisement until ``stop_scan``; ``active`` requests scan responses."""
        await self.device()
        self._listeners.append(listener)
        try:
            await self._perform(self._scan(active=active))
        except BaseException:
            await self.stop_scan(listener)
            raise

    async def stop_scan(self, listener: Callable[[ReceivedAdvertisement], None]) -> None:
        """Stop calling ``listener``; the scan ends with its last listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._device is not None:
            await self._perform(self._scan(active=False))

    async def _scan(self, *, active: bool) -> None:
        """Scan while there are listeners."""
        async with self._scanning:
            device = self._device
            if device is None:
                return
            if self._listeners and not device.is_scanning:
                await device.start_scanning(active=active, filter_duplicates=False)
            elif not self._listeners and device.is_scanning:
                await device.stop_scanning()

    def _advertisement_received(self, advertisement: Any) -> None:
        received = read_advertisement(advertisement)
        for listener in tuple(self._listeners):
            listener(received)

    # Connecting

    async def connect(self, address: str, within: float | None = None) -> CentralConnection:
        """Connect to the device at ``address`` and encrypt the link if there is a bond; a connection that is there is shared.

        Raises ``TimeoutError`` when the device does not answer ``within`` s (None: there is no limit), ``ConnectionError`` when
        another client connects first or the bench is disconnected, ``PairingFailed`` when the device has deleted the bond;
        ``forget`` it then.
        """
        device = await self.device()
        async with self._connecting:
            if (shared := await self._connected_to(address)) is not None:
                return shared
            connection = await self._connect(device, address, within)
        if connection.handle not in device.connections:
            raise ConnectionError(f"the connection to {address} ended at once; another client may have been first")
        opened = CentralConnection(connection, address, self.connections)
        if await self._keys.get(str(connection.peer_address)) is not None:
            try:
                await opened.encrypt()
            except BaseException:
                await opened.disconnect()
                raise
        return opened

    async def _connected_to(self, address: str) -> CentralConnection | None:
        """The connection to a device, if there is one; one that is about to end is waited for."""
        for known in tuple(self.connections):
            if known.address == address:
                if not known.is_ending:
                    return known
                await known.disconnect()
        return None

    async def _connect(self, device: BumbleHost, address: str, within: float | None) -> Connection:
        """Attempt to connect; an attempt that is over without a connection is withdrawn from the controller.

        The time limit is not bumble's: bumble would lose a connection that is made while it withdraws the attempt.
        """
        if self._withdrawal is not None:
            await asyncio.wait((self._withdrawal,))
        attempt = self._procedures.start(device.connect(_random_address(address), timeout=None))
        try:
            async with asyncio.timeout(within):
                return await self._procedures.result_of(attempt)
        except STACK_ERRORS as error:
            raise ConnectionError(f"{address}: the connection failed: {error}") from None
        except TimeoutError:
            await self._withdraw(device, attempt)
            raise TimeoutError(f"{address} did not answer within {within:g} s") from None
        except asyncio.CancelledError:
            await self._withdraw(device, attempt)
            raise

    async def _withdraw(self, device: BumbleHost, attempt: "asyncio.Task[Connection]") -> None:
        """Withdraw a connection attempt, and wait until the controller has forgotten it."""
        self._withdrawal = self._procedures.start(_end_attempt(device, attempt))
        with suppress(ConnectionError):
            await self._procedures.result_of(self._withdrawal)

    async def forget(self, address: str) -> None:
        """Delete the bond with a device, if there is one."""
        for known in [known for known in self._keys.all_keys if known.split("/")[0] == address]:
            await self._keys.delete(known)

    def snapshot(self) -> dict[str, Any]:
        """Return the keys of every bond by the device's address, as plain data."""
        return {device.split("/")[0]: keys.to_dict() for device, keys in self._keys.all_keys.items()}

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Add the keys of a snapshot."""
        self._keys.all_keys.update({device: PairingKeys.from_dict(dict(plain)) for device, plain in keys.items()})


def _random_address(address: str) -> hci.Address:
    return hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS)


async def _end_attempt(device: BumbleHost, attempt: "asyncio.Task[Connection]") -> None:
    """Cancel a connection attempt in the controller; a connection that was made meanwhile is ended."""
    with suppress(*STACK_ERRORS):  # refused where no attempt is pending: the connection has just been made
        await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
    with suppress(*STACK_ERRORS, asyncio.CancelledError):
        connection = await asyncio.shield(attempt)
        await connection.disconnect()
