"""A client on a socket that gets its share of a loop turn: one that floods its device leaves the others their turns.

What it has sent beyond its share stays with the operating system. While it does not read what it is sent, nor is it read:
TCP then stops the sender, and nothing grows here.
"""

import asyncio

SHARE = 256
"""Octets of one client in one turn of the loop: some dozens of requests, some milliseconds."""


class FairClient(asyncio.BufferedProtocol):
    """The connection of a client; subclasses take its octets in ``received``."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray(SHARE)

    def received(self, octets: bytes) -> None:
        """Octets have come, no more than a share. For subclasses."""
        raise NotImplementedError

    @property
    def unread(self) -> int:
        """How many octets wait for the client to read them."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def send(self, octets: bytes) -> None:
        """Send octets, unless the connection is being closed."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(octets)

    def drop(self) -> None:
        """End the connection at once. Idempotent."""
        if self.transport is not None:
            self.transport.abort()

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client has connected."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the next octets go, however many there are."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """So many octets have come."""
        self.received(bytes(self._buffer[:nbytes]))

    def pause_writing(self) -> None:
        """The client does not read what it is sent: it is not read until it does."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
