"""A null modem inside one process: the port's other end is an object a client in the same program holds.

Used where time is virtual, so a day of a conversation needs no operating system. Octets arrive in the next turn of the loop,
as they would over any other port: never inside the call that sends them.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from isletbench.emulator.transports.carrier import PortEvents


class MemoryPort:
    """A ``Port`` whose client's end is ``connect``."""

    def __init__(self, name: str) -> None:
        self.address = f"memory:{name}"
        self._events: PortEvents | None = None
        self._client: MemoryClient | None = None

    async def start(self, events: PortEvents) -> None:
        self._events = events

    def write(self, octets: bytes) -> None:
        if self._client is not None:
            asyncio.get_running_loop().call_soon(self._client.arrived, octets)

    async def stop(self) -> None:
        self._events = None
        if self._client is not None:
            self._client.close()

    def connect(self, received: Callable[[bytes], None], closed: Callable[[], None] = lambda: None) -> "MemoryClient":
        """Open the port as a client. Raises ``ConnectionRefusedError`` when it is unplugged, ``BlockingIOError`` when someone
        else has it open."""
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

    def left(self) -> None:
        """The client has closed the port."""
        self._client = None
        if self._events is not None:
            self._events.closed()


class MemoryClient:
    """The client's end of an open port."""

    def __init__(self, port: MemoryPort, received: Callable[[bytes], None], closed: Callable[[], None]) -> None:
        self._port: MemoryPort | None = port
        self._received, self._closed = received, closed
        self._on_the_way: deque[bytes] = deque()

    def write(self, octets: bytes) -> None:
        """Send octets to the device. Raises ``ConnectionResetError`` once the port is closed."""
        if self._port is None:
            raise ConnectionResetError("the port is closed")
        self._on_the_way.append(octets)
        asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        if self._port is not None and self._on_the_way:
            self._port.sent(self._on_the_way.popleft())

    def arrived(self, octets: bytes) -> None:
        """Octets from the device have arrived."""
        if self._port is not None:
            self._received(octets)

    def close(self) -> None:
        """Close the port; what was sent before arrives before. Idempotent."""
        while self._port is not None and self._on_the_way:
            self._deliver()
        port, self._port = self._port, None
        if port is not None:
            port.left()
            self._closed()
