"""HCI for other programs: each Bluetooth host that connects gets a controller of its own on the virtual air.

The octets are H4 (Core Vol 4, Part A), as on a serial controller. A spec names where HCI is offered:

* ``tcp:HOST:PORT`` (port 0 is a free one) and ``unix:PATH``: sockets, for any number of hosts at once.
* ``pty:LINK``: a pseudo-terminal that behaves as a controller's serial port, for one host at a time.
* ``vhci``: the host is the Linux kernel; a new ``hciN`` appears for BlueZ and every program on it.

Packets of such a host keep to the connection events, as over a real radio: an answer never comes before the next one. BlueZ
5.66 relies on that. It loses a request that is refused before its main loop is back from sending it: it writes the request
again to a socket that waits for encryption, takes ENOTCONN for octets that were sent (``can_write_data`` of its
``src/shared/att.c``), and gives the connection up 30 s later.
"""

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bumble import core
from bumble.transport.common import PacketParser

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.host import public_address
from isletbench.emulator.transports.ble.specs import Spec, SpecError, parse_spec
from isletbench.emulator.transports.fair_client import FairClient
from isletbench.emulator.transports.ports.pty import PtyPort

VENDOR_PACKET, PRIMARY_CONTROLLER = 0xFF, 0x00
"""The first packet on vhci asks for a controller of this type; the kernel answers with its index, in a packet of this kind."""
READ_SIZE = 4_096
MAX_QUEUED = 1 << 20
"""Octets queued for a host that does not read; beyond them its connection ends."""


class _ExternalHost:
    """A Bluetooth host of another program, and its controller: ``write`` sends octets to it, ``received`` takes its octets.

    It implements bumble's interfaces of a packet source and a packet sink.
    """

    def __init__(self, air: Air, name: str, write: Callable[[bytes], None], left: Callable[[], None] = lambda: None) -> None:
        self._write, self._left = write, left
        self._parser = PacketParser()
        self._controller: AirController | None = AirController(name, air, host_source=self, host_sink=self)
        self._controller.public_address = public_address(name)
        air.kept_to_events.add(self._controller)

    def set_packet_sink(self, sink: AirController) -> None:
        """Set the controller that receives the packets of the host; called by bumble."""
        self._parser.set_packet_sink(sink)

    def on_packet(self, packet: bytes) -> None:
        """Send a packet of the controller to the host; called by bumble."""
        self._write(packet)

    def received(self, octets: bytes) -> bool:
        """Parse octets from the host, in any chunking; False when they are not HCI and the connection is to be closed."""
        try:
            self._parser.feed_data(octets)
        except core.InvalidPacketError:
            self._parser.reset()
            return False
        return True

    def disconnect(self) -> None:
        """Switch the controller of the host off; its peers lose their connections. Idempotent."""
        if self._controller is not None:
            self._controller.switch_off()
            self._controller = None
            self._left()


class HciServer:
    """Offers controllers on ``air`` at ``spec``, as an async context manager; once entered, ``spec`` has the actual port.

    A host gets the lowest number that is free, and its address from that: one that comes back finds its own again, under which
    it has stored its bonds. ``number`` tells several servers on one air apart. Raises ``SpecError``.
    """

    def __init__(self, spec: str, air: Air, number: int = 1) -> None:
        self.spec = spec
        self._air = air
        self._name = "host" if number == 1 else f"host-{number}"
        self._taken: set[int] = set()
        """The numbers of the hosts that are there."""
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        parsed = parse_spec(self.spec)
        offers = {"tcp": self._serve_sockets, "unix": self._serve_sockets, "pty": self._serve_pty, "vhci": self._serve_vhci}
        try:
            await self._running.enter_async_context(offers[parsed.kind](parsed))
        except SpecError:
            raise
        except OSError as error:
            raise SpecError(f"HCI {self.spec}: {error.strerror or error}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def _new_host(self, write: Callable[[bytes], None]) -> _ExternalHost:
        number = next(number for number in itertools.count(1) if number not in self._taken)
        self._taken.add(number)
        return _ExternalHost(self._air, f"{self._name}-{number}", write, lambda: self._taken.discard(number))

    @asynccontextmanager
    async def _serve_sockets(self, parsed: Spec) -> AsyncIterator[None]:
        loop, connected = asyncio.get_running_loop(), set[_SocketHost]()
        if parsed.kind == "unix":
            _remove_stale(Path(parsed.path))
            server: asyncio.Server = await loop.create_unix_server(lambda: _SocketHost(self._new_host, connected), parsed.path)
        else:
            server = await loop.create_server(lambda: _SocketHost(self._new_host, connected), parsed.host, parsed.port)
            host, port = server.sockets[0].getsockname()[:2]
            self.spec = f"tcp:{host}:{port}"
        try:
            yield
        finally:
            server.close()
            for host in tuple(connected):
                host.drop()
            await asyncio.sleep(0)
            if parsed.kind == "unix":
                _remove_stale(Path(parsed.path))

    @asynccontextmanager
    async def _serve_pty(self, parsed: Spec) -> AsyncIterator[None]:
        port = PtyPort(Path(parsed.path))
        await port.start(_PtyHost(self._new_host, port))
        try:
            yield
        finally:
            await port.stop()

    @asynccontextmanager
    async def _serve_vhci(self, parsed: Spec) -> AsyncIterator[None]:
        device = _open_vhci(parsed.path)
        loop = asyncio.get_running_loop()

        def write(packet: bytes) -> None:
            with contextlib.suppress(OSError):  # the kernel has dropped the controller; the reader detects that
                os.write(device, packet)

        kernel = self._new_host(write)

        def readable() -> None:
            try:
                octets = os.read(device, READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                octets = b""
            if not octets:
                loop.remove_reader(device)
                kernel.disconnect()
            elif octets[0] != VENDOR_PACKET:
                kernel.received(octets)

        loop.add_reader(device, readable)
        os.write(device, bytes((VENDOR_PACKET, PRIMARY_CONTROLLER)))
        try:
            yield
        finally:
            loop.remove_reader(device)
            kernel.disconnect()
            os.close(device)


async def offer_hci(specs: Sequence[str], air: Air, stack: AsyncExitStack) -> tuple[str, ...]:
    """Offer HCI at each spec for as long as ``stack`` lives; returns the actual specs. Raises ``SpecError``.

    A bench does so last of all: a host commands its controller at once, and Linux gives a command up after 2 s.
    """
    servers = [await stack.enter_async_context(HciServer(spec, air, number)) for number, spec in enumerate(specs, 1)]
    return tuple(server.spec for server in servers)


class _SocketHost(FairClient):
    """A host on a socket. Octets that are not HCI end this connection only."""

    def __init__(self, welcome: Callable[[Callable[[bytes], None]], _ExternalHost], connected: "set[_SocketHost]") -> None:
        super().__init__()
        self._new_host, self._guests = welcome, connected
        self._host: _ExternalHost | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._guests.add(self)
        self._host = self._new_host(self._write)

    def _write(self, packet: bytes) -> None:
        if self.unread > MAX_QUEUED:
            self.drop()  # no packet of HCI can be left out, and a host that reads nothing has stopped
        else:
            self.send(packet)

    def received(self, octets: bytes) -> None:
        if self._host is not None and not self._host.received(octets):
            self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guests.discard(self)
        if self._host is not None:
            self._host.disconnect()


class _PtyHost:
    """The hosts on a pseudo-terminal, one at a time. Octets that are not HCI are ignored: a line cannot be closed."""

    def __init__(self, welcome: Callable[[Callable[[bytes], None]], _ExternalHost], port: PtyPort) -> None:
        self._new_host, self._port = welcome, port
        self._host: _ExternalHost | None = None

    def opened(self) -> None:
        self._host = self._new_host(self._port.write)

    def received(self, octets: bytes) -> None:
        if self._host is not None:
            self._host.received(octets)

    def closed(self) -> None:
        if self._host is not None:
            self._host.disconnect()
            self._host = None


def _open_vhci(path: str) -> int:
    """Open the kernel's device for virtual controllers. Raises ``SpecError``, which names the remedy."""
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)  # a terminal named here must not be able to end us
    except FileNotFoundError:
        raise SpecError(f"HCI vhci: {path} does not exist; load the kernel module (on Linux: sudo modprobe hci_vhci)") from None
    except PermissionError:
        raise SpecError(
            f"HCI vhci: no permission to open {path}; run as root or grant access (sudo setfacl -m u:$USER:rw {path})"
        ) from None


def _remove_stale(path: Path) -> None:
    """Remove a socket file without a listener; one with a listener stays."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
