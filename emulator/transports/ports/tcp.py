"""A serial port as a TCP socket: for clients that take a URL (pyserial's ``socket://HOST:PORT``), on any system.

The socket carries the octets of the line, without settings or modem lines. One client at a time.
"""

import asyncio
import contextlib
import os
import socket

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.fair_client import FairClient

QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Socket option of Linux, valid until the next segment."""
MAX_QUEUED = 1 << 20
"""Octets queued for a client that does not read; further ones are dropped."""


class TcpPort:
    """A ``Port`` on ``host:port``; port 0 is a free one, the same after ``stop`` and ``start``. A second client is rejected."""

    scheme = "socket"

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._events: PortEvents | None = None
        self._client: _Client | None = None

    @property
    def address(self) -> str:
        """The URL that a client opens."""
        return f"{self.scheme}://{self._host}:{self._port}"

    async def start(self, events: PortEvents) -> None:
        """Listen on the port. Raises ``OSError`` when the address is not available."""
        self._events = events
        try:
            self._server = await asyncio.get_running_loop().create_server(lambda: _Client(self), self._host, self._port)
        except OSError as error:
            known = not isinstance(error, socket.gaierror)
            reason = os.strerror(error.errno or 0) if known else "this host is not known"
            raise OSError(error.errno, f"{reason}: {self.address}") from None
        self._port = self._server.sockets[0].getsockname()[1]

    def write(self, octets: bytes) -> None:
        """Send octets to the client; without a client, or beyond ``MAX_QUEUED``, they are dropped."""
        if self._client is not None:
            self._client.write(octets)

    async def stop(self) -> None:
        """Stop listening and drop the client. Idempotent."""
        self._events = None
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._client is not None:
            self._client.drop()
            self._client = None

    # Events of a client's connection

    def client_connected(self, client: "_Client") -> bool:
        """Accept this client; False when the port is stopped or has a client."""
        if self._client is not None or self._events is None:
            return False
        self._client = client
        self.client_accepted()
        self._events.opened()
        return True

    def client_accepted(self) -> None:
        """A client is accepted; nothing has been sent to it yet. For subclasses."""

    def received(self, octets: bytes) -> None:
        """Octets from the client have arrived."""
        if self._events is not None:
            self._events.received(octets)

    def client_disconnected(self, client: "_Client") -> None:
        """The client has disconnected."""
        if client is self._client:
            self._client = None
            if self._events is not None:
                self._events.closed()


class _Client(FairClient):
    """The connection of a client."""

    def __init__(self, port: TcpPort) -> None:
        super().__init__()
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._port.client_connected(self):
            self.drop()

    def received(self, octets: bytes) -> None:
        self._acknowledge()
        self._port.received(octets)

    def _acknowledge(self) -> None:
        """Request an immediate TCP ACK: a client with Nagle's algorithm (pyserial's socket URL) waits for it before it sends
        more, and a delayed ACK takes 40 ms."""
        if QUICK_ACK is not None and self.transport is not None:
            with contextlib.suppress(OSError):
                self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.client_disconnected(self)

    def write(self, octets: bytes) -> None:
        if self.unread < MAX_QUEUED:
            self.send(octets)
