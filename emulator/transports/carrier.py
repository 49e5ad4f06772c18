"""Transports: a port carries octets, a carrier carries messages. None of them knows a device, a service or glucose.

A client reaches an endpoint through a ``Carrier``. Bluetooth LE (``ble.peripheral``) is one by itself; two others use a
``Port`` (``ports``): ``serial_link`` speaks the link of ``docs/serial-link.md`` on it, ``octet_stream`` passes octets on as
they are.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeAlias

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.gatt import Table
from isletbench.emulator.transports.ble.radio import AdvertisingLimits

Deliver: TypeAlias = Callable[[Any], None]
"""How a carrier hands a request to the host."""


class HasAttributes(Protocol):
    """An endpoint that GATT operations can be carried to."""

    @property
    def table(self) -> Table:
        """Its attributes."""


class Carrier(Protocol):
    """Brings the requests of clients to an endpoint and its messages back. Knows no glucose."""

    kind: ClassVar[str]
    """``serial`` or ``ble``."""

    @property
    def name(self) -> str:
        """Unique on the bench, for example ``"cgm.serial"``; its links are ``"cgm.serial#1"``, ``"cgm.serial#2"``."""

    def place(self) -> Any:
        """What a client opens, as plain data, once the carrier has started: a path or URL, an address with a name."""

    async def start(self, endpoint: Any, deliver: Deliver, /) -> None:
        """Be reachable. From now on every request is handed to ``deliver``, which returns when the endpoint has taken it
        (its responses come back through ``send``, possibly before ``deliver`` returns). Raises ``OSError`` when the address
        cannot be had.
        """

    def send(self, outgoing: Any, /) -> None:
        """Send one message, in the order given. Never blocks; one for a link that is gone is ignored."""

    def abandon(self, link: Link) -> None:
        """The open request of this link will never be answered, however often it is repeated; the next one is welcome."""

    def disconnect(self, link: Link) -> None:
        """End this connection from the device's side. A link that is gone is ignored."""

    async def stop(self) -> None:
        """Drop every connection and be unreachable. Idempotent."""

    # What only a radio does; on a cable these methods do nothing.

    def forget(self, identity: str) -> None:
        """Delete the keys of a client."""

    def snapshot(self) -> dict[str, Any]:
        """The keys of its bonds by client, as plain data."""

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Take over the keys of a snapshot."""

    def silence(self, on: bool) -> None:
        """Switch the radio off, which drops every connection, or on again."""

    def refuse_pairing(self, on: bool) -> None:
        """Refuse every pairing, or accept pairing again; bonded clients can connect."""

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Leave parts out of the advertisements, or send them more rarely."""


class PortEvents(Protocol):
    """Takes note of what happens on a port. All three methods return at once."""

    def opened(self) -> None:
        """A client has opened the port."""

    def received(self, octets: bytes) -> None:
        """Octets came, in any chunking."""

    def closed(self) -> None:
        """The client is gone. Octets not yet sent to it are dropped."""


class Port(Protocol):
    """A place that one client at a time can open to exchange octets."""

    @property
    def address(self) -> str:
        """What the client opens: a device path or a URL."""

    async def start(self, events: PortEvents) -> None:
        """Make the port available. Raises ``OSError`` when the address cannot be had, saying why."""

    def write(self, octets: bytes) -> None:
        """Send octets to the client, in order, without blocking. Without a client they are dropped."""

    async def stop(self) -> None:
        """Remove the port, as an adapter that is unplugged: a client that has it open gets an error. Idempotent; ``start`` may
        be called again."""
