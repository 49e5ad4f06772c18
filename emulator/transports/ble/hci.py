"""HCI for other programs: whoever comes has a Bluetooth controller of its own, on our air.

The octets are H4 (Core Vol 4, Part A), as a serial controller speaks. Where they are offered, a spec says:

* ``tcp:HOST:PORT`` (port 0 is a free one) and ``unix:PATH``: sockets, for any number of hosts at once.
* ``pty:LINK``: a pseudo-terminal that behaves as a controller's serial port, for one host after the other.
* ``vhci``: Linux itself is the host; a new ``hciN`` appears, with all that the system's Bluetooth offers.
"""

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import AsyncIterator, Callable
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
from isletbench.emulator.transports.ports.pty import PtyPort

VENDOR_PACKET, PRIMARY_CONTROLLER = 0xFF, 0x00
"""The first packet on vhci asks for a controller of this type; the kernel answers with its index, in a packet of this kind."""
READ_SIZE = 4_096


class _Foreign:
    """A host that is not ours, and its controller: packets go to it through ``write``, what it sends comes to ``received``.

    It is a packet source and a sink, as bumble's controllers want them.
    """

    def __init__(self, air: Air, name: str, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._parser = PacketParser()
        self._controller: AirController | None = AirController(name, air, host_source=self, host_sink=self)
        self._controller.public_address = public_address(name)

    def set_packet_sink(self, sink: AirController) -> None:
        """The controller says that packets are for it."""
        self._parser.set_packet_sink(sink)

    def on_packet(self, packet: bytes) -> None:
        """The controller has a packet for the host."""
        self._write(packet)

    def received(self, octets: bytes) -> bool:
        """Take octets from the host, in any chunking; False when they are no HCI, and the host had better start again."""
        try:
            self._parser.feed_data(octets)
        except core.InvalidPacketError:
            self._parser.reset()
            return False
        return True

    def leave(self) -> None:
        """The host has gone; its peers lose their connections, as when a phone is switched off. Idempotent."""
        if self._controller is not None:
            self._controller.silence()
            self._controller = None


class HciServer:
    """Offers controllers on ``air`` at ``spec`` while it is entered; then ``spec`` tells the real port."""

    def __init__(self, spec: str, air: Air) -> None:
        self.spec = spec
        self._air = air
        self._numbers = itertools.count(1)
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        place = parse_spec(self.spec)
        offer = {"tcp": self._on_sockets, "unix": self._on_sockets, "pty": self._on_a_pty, "vhci": self._to_linux}[place.kind]
        try:
            await self._running.enter_async_context(offer(place))
        except SpecError:
            raise
        except OSError as error:
            raise SpecError(f"HCI {self.spec}: {error.strerror or error}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()

    def _welcome(self, write: Callable[[bytes], None]) -> _Foreign:
        return _Foreign(self._air, f"host-{next(self._numbers)}", write)

    @asynccontextmanager
    async def _on_sockets(self, place: Spec) -> AsyncIterator[None]:
        loop, guests = asyncio.get_running_loop(), set[_Guest]()
        if place.kind == "unix":
            _remove_stale(Path(place.path))
            server: asyncio.Server = await loop.create_unix_server(lambda: _Guest(self._welcome, guests), place.path)
        else:
            server = await loop.create_server(lambda: _Guest(self._welcome, guests), place.host, place.port)
            host, port = server.sockets[0].getsockname()[:2]
            self.spec = f"tcp:{host}:{port}"
        try:
            yield
        finally:
            server.close()
            for guest in tuple(guests):
                guest.close()
            await asyncio.sleep(0)
            if place.kind == "unix":
                _remove_stale(Path(place.path))

    @asynccontextmanager
    async def _on_a_pty(self, place: Spec) -> AsyncIterator[None]:
        port = PtyPort(Path(place.path))
        await port.start(_Line(self._welcome, port))
        try:
            yield
        finally:
            await port.stop()

    @asynccontextmanager
    async def _to_linux(self, place: Spec) -> AsyncIterator[None]:
        device = _open_vhci(place.path)
        loop = asyncio.get_running_loop()

        def write(packet: bytes) -> None:
            with contextlib.suppress(OSError):  # the kernel has dropped the controller; reading finds out
                os.write(device, packet)

        linux = self._welcome(write)

        def readable() -> None:
            try:
                octets = os.read(device, READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                octets = b""
            if not octets:
                loop.remove_reader(device)
                linux.leave()
            elif octets[0] != VENDOR_PACKET:
                linux.received(octets)

        loop.add_reader(device, readable)
        os.write(device, bytes((VENDOR_PACKET, PRIMARY_CONTROLLER)))
        try:
            yield
        finally:
            loop.remove_reader(device)
            linux.leave()
            os.close(device)


class _Guest(asyncio.Protocol):
    """A host on a socket. Octets that are no HCI end its connection and nobody else's."""

    def __init__(self, welcome: Callable[[Callable[[bytes], None]], _Foreign], guests: "set[_Guest]") -> None:
        self._welcome, self._guests = welcome, guests
        self._transport: asyncio.Transport | None = None
        self._foreign: _Foreign | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._guests.add(self)
        self._foreign = self._welcome(self._write)

    def _write(self, packet: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packet)

    def data_received(self, data: bytes) -> None:
        if self._foreign is not None and not self._foreign.received(data):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guests.discard(self)
        if self._foreign is not None:
            self._foreign.leave()

    def close(self) -> None:
        """End the connection. Idempotent."""
        if self._transport is not None:
            self._transport.abort()


class _Line:
    """Who opens the pty is a host; who opens it next is another. Nobody can be hung up on a line: noise is passed over."""

    def __init__(self, welcome: Callable[[Callable[[bytes], None]], _Foreign], port: PtyPort) -> None:
        self._welcome, self._port = welcome, port
        self._foreign: _Foreign | None = None

    def opened(self) -> None:
        self._foreign = self._welcome(self._port.write)

    def received(self, octets: bytes) -> None:
        if self._foreign is not None:
            self._foreign.received(octets)

    def closed(self) -> None:
        if self._foreign is not None:
            self._foreign.leave()
            self._foreign = None


def _open_vhci(path: str) -> int:
    """The kernel's door for virtual controllers. Raises ``SpecError`` with what to do when it is shut."""
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except FileNotFoundError:
        raise SpecError(
            f"HCI vhci: there is no {path}; this kernel has no virtual controllers (on Linux: sudo modprobe hci_vhci)"
        ) from None
    except PermissionError:
        raise SpecError(
            f"HCI vhci: {path} is not yours to open; run as root or give yourself access (sudo setfacl -m u:$USER:rw {path})"
        ) from None


def _remove_stale(path: Path) -> None:
    """A socket nobody listens on any more is in the way; one that answers is somebody's."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
