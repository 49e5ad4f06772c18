"""The port of the real device, as its client has it: opened once, and again when the device is back."""

import asyncio
from collections.abc import Callable

from isletbench.emulator.collectors.link_collector import ClientPort
from isletbench.emulator.transports.carrier import Port, PortEvents
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.serial import REOPEN_INTERVAL_S, SerialPort


class DialledPort:
    """A ``Port`` on the device's end of a socket: another bench, or a serial server. Raises ``OSError`` from ``start`` when
    nobody is there."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._events: PortEvents | None = None
        self._socket: asyncio.Transport | None = None
        self._redialling: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where it connects to."""
        return f"tcp:{self._host}:{self._port}"

    async def start(self, events: PortEvents) -> None:
        """Connect. Raises ``OSError``."""
        self._events = events
        await self._dial()

    async def _dial(self) -> None:
        await asyncio.get_running_loop().create_connection(lambda: _Socket(self), self._host, self._port)

    def write(self, octets: bytes) -> None:
        """Send octets; they are dropped while nobody is there."""
        if self._socket is not None:
            self._socket.write(octets)

    async def stop(self) -> None:
        """Hang up. Idempotent."""
        self._events = None
        if self._redialling is not None:
            self._redialling.cancel()
            self._redialling = None
        if self._socket is not None:
            self._socket.abort()
            self._socket = None

    async def _redial(self) -> None:
        while self._socket is None:
            await asyncio.sleep(REOPEN_INTERVAL_S)
            try:
                await self._dial()
            except OSError:
                continue

    # Events of the socket

    def connected(self, transport: asyncio.Transport) -> None:
        """Somebody is there."""
        self._socket = transport
        if self._events is not None:
            self._events.opened()

    def received(self, octets: bytes) -> None:
        """Octets have come."""
        if self._events is not None:
            self._events.received(octets)

    def lost(self) -> None:
        """The other end has hung up."""
        self._socket = None
        if self._events is not None:
            self._events.closed()
            self._redialling = asyncio.ensure_future(self._redial())


class _Socket(asyncio.Protocol):
    def __init__(self, port: DialledPort) -> None:
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._port.connected(transport)

    def data_received(self, data: bytes) -> None:
        self._port.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.lost()


def port_of(spec: str) -> Port:
    """The port that ``PATH[,BAUD[,8N1]]`` or ``tcp:HOST:PORT`` names. Raises ``ValueError`` that says what was expected."""
    if not spec.startswith("tcp:"):
        return SerialPort(*settings.parse(spec))
    host, _, port = spec.removeprefix("tcp:").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError(f"{spec}: expected PATH[,BAUD[,8N1]] or tcp:HOST:PORT")
    return DialledPort(host, int(port))


class RealPort:
    """The open port of the real device: octets come and go, and who asks is called when the device goes or is back.

    ``record`` is called with ``in`` or ``out``, as seen by the device, and the octets.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self.record: Callable[[str, bytes], None] = lambda way, octets: None
        self.on_lost: Callable[[], None] = lambda: None
        self.on_found: Callable[[], None] = lambda: None
        self.is_there = False
        self._received: Callable[[bytes], None] = lambda octets: None
        self._closed: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        """The path or address that was opened."""
        return self._port.address

    async def start(self) -> None:
        """Open the port. Raises ``OSError`` when it does not exist or is in use."""
        await self._port.start(self)

    async def stop(self) -> None:
        """Close the port. Idempotent."""
        await self._port.stop()

    def connect(self, received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        """Call these from now on. Raises ``ConnectionError`` while the device is not there."""
        if not self.is_there:
            raise ConnectionError(f"{self.address}: the device is gone")
        self._received, self._closed = received, closed
        return self

    def write(self, octets: bytes) -> None:
        """Send octets to the device."""
        self.record("in", octets)
        self._port.write(octets)

    def close(self) -> None:
        """End the connection, without closing the port: a serial line has no other end. Idempotent."""
        closed, self._closed = self._closed, lambda: None
        self._received = lambda octets: None
        closed()

    # Events of the port

    def opened(self) -> None:
        """The device is there."""
        self.is_there = True
        self.on_found()

    def received(self, octets: bytes) -> None:
        """Octets from the device have arrived."""
        self.record("out", octets)
        self._received(octets)

    def closed(self) -> None:
        """The device has been unplugged."""
        self.is_there = False
        self.close()
        self.on_lost()
