"""Transports: a port carries octets, a carrier carries messages. They do not depend on devices or services.

A client reaches an endpoint through a ``Carrier``. Bluetooth LE (``ble.peripheral``) is one; two others use a ``Port``
(``ports``): ``serial_link`` implements the link of ``docs/serial-link.md``, ``octet_stream`` passes octets on unchanged.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeAlias

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.gatt import Handle, Table
from isletbench.emulator.transports.ble.radio import AdvertisingLimits
from isletbench.protocols.att import ErrorCode

Deliver: TypeAlias = Callable[[Any], None]
"""Called by a carrier with each request, and with each answer to a request that is of the link itself."""


class HasAttributes(Protocol):
    """An endpoint that GATT operations can be carried to."""

    @property
    def table(self) -> Table:
        """Its attributes."""

    def queued_write_refused(self, link: Link, handle: Handle, /) -> ErrorCode | None:
        """Return why this client may not write under this handle, whatever the value; None when it may."""


class Carrier(Protocol):
    """Transports the requests of clients to an endpoint and its messages to clients."""

    kind: ClassVar[str]
    """``serial`` or ``ble``."""

    @property
    def name(self) -> str:
        """Unique on the bench, for example ``"cgm.serial"``; its links are ``"cgm.serial#1"``, ``"cgm.serial#2"``."""

    def place(self) -> Any:
        """Return what a client opens, as plain data, once the carrier has started: a path or URL, an address with a name."""

    async def start(self, endpoint: Any, deliver: Deliver, /) -> None:
        """Make the endpoint reachable. Every request goes to ``deliver``, which returns when the endpoint has handled it;
        responses come through ``send``, possibly before ``deliver`` returns. Raises ``OSError`` when the address is not
        available.
        """

    def send(self, outgoing: Any, /) -> None:
        """Send one message, in order and without blocking; one for a link that has ended is ignored."""

    def exchange(self, request: Any, /) -> None:
        """Answer a request that is of the link itself: what it answers goes to ``deliver``, and comes back through ``send``."""

    def abandon(self, link: Link) -> None:
        """Close the open request of this link without a response, also when it is repeated; the next request is accepted."""

    def disconnect(self, link: Link) -> None:
        """End this connection from the device's side; a link that has ended is ignored."""

    async def stop(self) -> None:
        """Drop every connection and make the endpoint unreachable. Idempotent."""

    # For a radio; on a cable these methods do nothing.

    def forget(self, identity: str) -> None:
        """Delete the keys of a client."""

    def snapshot(self) -> dict[str, Any]:
        """Return the keys of its bonds by client, as plain data."""

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Restore the keys of a snapshot."""

    def silence(self, on: bool) -> None:
        """Stop the radio, which drops every connection, or start it again."""

    def refuse_pairing(self, on: bool) -> None:
        """Refuse every pairing, or accept pairing again; bonded clients can connect."""

    def enter_passkey(self, passkey: int) -> None:
        """Type in the passkey that a client displays. Raises ``CannotDo`` when no pairing waits for one."""

    def move_services(self, by: int) -> None:
        """Move the device's attributes by so many handles, and tell the clients. Raises ``CannotDo`` where that cannot be."""

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Limit the content or the rate of advertisements."""


class PortEvents(Protocol):
    """Receives the events of a port. No method blocks."""

    def opened(self) -> None:
        """A client has opened the port."""

    def received(self, octets: bytes) -> None:
        """Octets from the client have arrived, in any chunking."""

    def closed(self) -> None:
        """The client has closed the port. Octets not yet sent to it are dropped."""


class Port(Protocol):
    """A serial port or socket that one client at a time can open to exchange octets."""

    @property
    def address(self) -> str:
        """The device path or URL that a client opens."""

    async def start(self, events: PortEvents) -> None:
        """Make the port available. Raises ``OSError`` with the reason when the address is not available."""

    def write(self, octets: bytes) -> None:
        """Send octets to the client, in order, without blocking. Without a client they are dropped."""

    async def stop(self) -> None:
        """Remove the port: a client that has it open gets an error, as from an adapter that is unplugged. Idempotent;
        ``start`` may be called again."""
