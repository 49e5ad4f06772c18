"""A serial port in memory: the client is an object in the same process.

It serves runs in virtual time, which need no operating system. Octets arrive in the next iteration of the event loop, never
within the call that sends them, as on every other port.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from isletbench.emulator.transports.carrier import PortEvents


class MemoryPort:
    """A ``Port`` in memory; a client opens it by ``connect``."""

    def __init__(self, name: str) -> None:
        self.address = f"memory:{name}"
        self._events: PortEvents | None = None
        self._client: MemoryClient | None = None

    async def start(self, events: PortEvents) -> None:
        """Make the port available to ``connect``."""
        self._events = events

    def write(self, octets: bytes) -> None:
        """Send octets to the client; without a client they are dropped."""
        if self._client is not None:
            asyncio.get_running_loop().call_soon(self._client.arrived, octets)

    async def stop(self) -> None:
        """Remove the port; the connection of a client is closed. Idempotent."""
        self._events = None
        if self._client is not None:
            self._client.close()

    def connect(self, received: Callable[[bytes], None], closed: Callable[[], None] = lambda: None) -> "MemoryClient":
        """Open the port as a client. Raises ``ConnectionRefusedError`` when it is stopped, ``BlockingIOError`` when another
        client has opened it."""
        if self._events is None:
            raise ConnectionRefusedError(f"{self.address} is unplugged")
        if self._client is not None:
            raise BlockingIOError(f"{self.address} is open already")
        self._client = MemoryClient(self, received, closed)
        self._events.opened()
        return self._client

    def sent(self, octets: bytes) -> None:
        """Octets from the client have arrived."""
        if self._events is not None:
            self._events.received(octets)

    def disconnected(self) -> None:
        """The client has closed the port."""
        self._client = None
        if self._events is not None:
            self._events.closed()


class MemoryClient:
    """The connection of a client to an open port."""

    def __init__(self, port: MemoryPort, received: Callable[[bytes], None], closed: Callable[[], None]) -> None:
        self._port: MemoryPort | None = port
        self._received, self._closed = received, closed
        self._unsent: deque[bytes] = deque()

    def write(self, octets: bytes) -> None:
        """Send octets to the device. Raises ``ConnectionResetError`` once the port is closed."""
        if self._port is None:
            raise ConnectionResetError("the port is closed")
        self._unsent.append(octets)
        asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        if self._port is not None and self._unsent:
            self._port.sent(self._unsent.popleft())

    def arrived(self, octets: bytes) -> None:
        """Octets from the device have arrived."""
        if self._port is not None:
            self._received(octets)

    def close(self) -> None:
        """Deliver what was sent and close the port. Idempotent."""
        while self._port is not None and self._unsent:
            self._deliver()
        port, self._port = self._port, None
        if port is not None:
            port.disconnected()
            self._closed()
