"""A carrier that passes the octets of a port on unchanged, for endpoints with a protocol of their own."""

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.octets import Closed, Octets, Opened, Received
from isletbench.emulator.transports.cable import Cable
from isletbench.emulator.transports.carrier import Deliver


class OctetStream(Cable):
    """A carrier of plain octets: one client at a time, octets in the chunks in which the port delivers them."""

    _deliver: Deliver
    _connections = 0
    _link: Link | None = None

    async def start(self, endpoint: object, deliver: Deliver) -> None:
        """Start the port; events go to ``deliver``. Raises ``OSError`` when its address is not available."""
        self._deliver = deliver
        await self._port.start(self)

    def send(self, outgoing: Octets) -> None:
        """Send octets to the client; those for a link that has ended are dropped."""
        if outgoing.link == self._link:
            self._port.write(outgoing.value)

    def abandon(self, link: Link) -> None:
        """Do nothing: a byte stream has no open requests."""

    def disconnect(self, link: Link) -> None:
        """End the connection; further octets of the client begin a new one."""
        if link == self._link:
            self.closed()

    async def stop(self) -> None:
        """Stop the port and end the connection. Idempotent."""
        await self._port.stop()
        self.closed()

    # Port events

    def opened(self) -> None:
        """A client has opened the port."""
        self.closed()
        self._connections += 1
        self._link = f"{self.name}#{self._connections}"
        self._deliver(Opened(self._link))

    def received(self, octets: bytes) -> None:
        """Deliver octets from the client, in any chunking."""
        if self._link is None:
            self.opened()
        if self._link is not None:
            self._deliver(Received(self._link, octets))

    def closed(self) -> None:
        """The client has closed the port."""
        if self._link is not None:
            link, self._link = self._link, None
            self._deliver(Closed(link))
