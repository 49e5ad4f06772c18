"""A carrier that finds the requests of an existing protocol in the octets of a port, and sends the answers as they are."""

import asyncio
from collections.abc import Sequence

from isletbench.emulator.core.octets import Command
from isletbench.emulator.transports.carrier import Port
from isletbench.emulator.transports.octet_stream import OctetStream
from isletbench.protocols.streams import Framed, Framer


class CommandStream(OctetStream):
    """A carrier of whole requests: one client at a time, each request as one message, whatever its chunks.

    ``framer`` finds them. It is one for all connections, so ``expire`` is called when a connection ends in mid-request, and
    what it makes of the rest is dropped with the connection.
    """

    def __init__(self, name: str, port: Port, framer: Framer, client: str | None = None) -> None:
        super().__init__(name, port, client)
        self._framer = framer
        self._timer: asyncio.TimerHandle | None = None

    def received(self, octets: bytes) -> None:
        """Deliver the requests that end in these octets."""
        if self._link is None:
            self.opened()
        self._cancel()
        self._deliver_all(self._framer.feed(octets))
        if self._link is not None and (silence := self._framer.silence) is not None:
            self._timer = asyncio.get_running_loop().call_later(silence / 1_000, self._expire)

    def closed(self) -> None:
        """The client has closed the port: what is incomplete is dropped."""
        self._cancel()
        self._framer.expire()
        super().closed()

    def _expire(self) -> None:
        self._timer = None
        self._deliver_all(self._framer.expire())

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _deliver_all(self, found: Sequence[Framed]) -> None:
        link = self._link
        for operation, octets in found:
            if link is None or link != self._link:  # an answer, or a fault, has ended the connection
                return
            self._deliver(Command(link, octets, operation))
