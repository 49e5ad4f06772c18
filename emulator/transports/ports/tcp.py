"""A serial port as a TCP socket: for clients that take a URL (pyserial's ``socket://HOST:PORT``), on any system.

The octets are the line's, without settings or modem lines. One client at a time, as a cable has one end.
"""

import asyncio
import contextlib
import os
import socket

from isletbench.emulator.transports.carrier import PortEvents

QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
"""Linux only, and only until the next segment."""
MAX_QUEUED = 1 << 20
"""Octets kept for a client that does not read."""


class TcpPort:
    """A ``Port`` on ``host:port``; port 0 is a free one, kept over ``stop`` and ``start``. A second client is turned away."""

    scheme = "socket"

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._server: asyncio.Server | None = None
        self._events: PortEvents | None = None
        self._client: _Client | None = None

    @property
    def address(self) -> str:
        return f"{self.scheme}://{self._host}:{self._port}"

    async def start(self, events: PortEvents) -> None:
        self._events = events
        try:
            self._server = await asyncio.get_running_loop().create_server(lambda: _Client(self), self._host, self._port)
        except OSError as error:
            raise OSError(error.errno, f"{os.strerror(error.errno or 0)}: {self.address}") from None
        self._port = self._server.sockets[0].getsockname()[1]

    def write(self, octets: bytes) -> None:
        if self._client is not None:
            self._client.write(octets)

    async def stop(self) -> None:
        self._events = None
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._client is not None:
            self._client.drop()
            self._client = None

    # What a client's connection tells

    def came(self, client: "_Client") -> bool:
        """Whether the port is free for this client."""
        if self._client is not None or self._events is None:
            return False
        self._client = client
        self.welcomed()
        self._events.opened()
        return True

    def welcomed(self) -> None:
        """A client has come; nothing has been said to it yet."""

    def received(self, octets: bytes) -> None:
        """Octets from the client."""
        if self._events is not None:
            self._events.received(octets)

    def left(self, client: "_Client") -> None:
        """The client has gone."""
        if client is self._client:
            self._client = None
            if self._events is not None:
                self._events.closed()


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._port.came(self):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._acknowledge()
        self._port.received(data)

    def _acknowledge(self) -> None:
        """A client that leaves Nagle's algorithm on (pyserial's socket URL) waits for our ACK with what it says next, and we
        would wait 40 ms with our ACK for something to say."""
        if QUICK_ACK is not None and self._transport is not None:
            with contextlib.suppress(OSError):
                self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.left(self)

    def write(self, octets: bytes) -> None:
        transport = self._transport
        if transport is not None and not transport.is_closing() and transport.get_write_buffer_size() < MAX_QUEUED:
            transport.write(octets)

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()
