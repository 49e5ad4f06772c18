"""The client's ends of ports for the contract of a personality: of one in memory, and of the real ones that programs open."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.transports.ports.telnet import TelnetReader, escaped

PATIENCE = 30.0
"""How long an answer is waited for, s of the bench's time."""
SETTLES = 0.02
"""An answer is complete when nothing has come for so long, s."""
READ_SIZE = 4_096


class Stream:
    """The client's end of a port."""

    write: Callable[[bytes], object]
    """Sends octets to the device."""

    def __init__(self) -> None:
        self.received = bytearray()
        self._news = asyncio.Event()

    def take(self, octets: bytes) -> None:
        """Octets have come."""
        self.received += octets
        self._news.set()

    async def ask(self, request: bytes, chunks: Iterable[bytes] | None = None) -> bytes:
        """Send a request, and return what has come when the answer is complete: when nothing follows for a while."""
        self.received.clear()
        self._news.clear()
        for chunk in [request] if chunks is None else chunks:
            self.write(chunk)
            if chunks is not None:
                await asyncio.sleep(0.001)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), PATIENCE)
        while self._news.is_set():
            self._news.clear()
            await asyncio.sleep(SETTLES)
        return bytes(self.received)

    async def ask_until(self, request: bytes, is_right: Callable[[bytes], bool]) -> bytes:
        """Send a request, and return what has come when it is right, or has not become right in time: on a real port, where a
        loaded machine may take its time between two pieces of one answer."""
        self.received.clear()
        self.write(request)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not is_right(bytes(self.received)):
                    self._news.clear()
                    await self._news.wait()
        return bytes(self.received)


@contextmanager
def connected(bench: Bench) -> Iterator[Stream]:
    """A client of the port in memory."""
    stream = Stream()
    client = bench.memory["device"].connect(stream.take)
    stream.write = client.write
    try:
        yield stream
    finally:
        client.close()


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Stream]:
    """A client of a real port: the path of a tty, ``socket://HOST:PORT`` or ``rfc2217://HOST:PORT``."""
    url = urlsplit(address)
    if url.scheme:
        async with _socket(url.hostname or "", url.port or 0, telnet=url.scheme == "rfc2217") as stream:
            yield stream
        return
    descriptor = os.open(address, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(descriptor)
        with on_descriptor(descriptor) as stream:
            yield stream
    finally:
        os.close(descriptor)


@contextmanager
def on_descriptor(descriptor: int) -> Iterator[Stream]:
    """A client on an open descriptor that does not block."""
    stream, loop = Stream(), asyncio.get_running_loop()
    stream.write = partial(os.write, descriptor)
    loop.add_reader(descriptor, lambda: stream.take(os.read(descriptor, READ_SIZE)))
    try:
        yield stream
    finally:
        loop.remove_reader(descriptor)


@asynccontextmanager
async def _socket(host: str, port: int, *, telnet: bool) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection(host, port)
    stream, commands = Stream(), TelnetReader()
    stream.write = (lambda octets: writer.write(escaped(octets))) if telnet else writer.write

    async def receive() -> None:
        while octets := await reader.read(READ_SIZE):
            data = bytes(piece for piece in commands.feed(octets) if isinstance(piece, int)) if telnet else octets
            if data:
                stream.take(data)

    receiving = asyncio.ensure_future(receive())
    try:
        yield stream
    finally:
        receiving.cancel()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def open_files() -> set[str]:
    """What this process has open."""
    found = set()
    for place in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the directory itself was open while it was read
            found.add(str(place.readlink()))
    return found
