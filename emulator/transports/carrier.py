"""What carries: ports carry octets, carriers carry GATT operations. None of them knows a device, a service or glucose.

A client reaches a device through a ``Carrier``. ``ble`` is one by itself; ``serial_link.SerialLink`` makes one out of any
``Port`` (``memory``, ``pty``) by speaking the serial link of ``docs/serial-link.md`` on it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from isletbench.emulator.gatt import Link, Outgoing, Request, Table

Deliver: TypeAlias = Callable[[Request], None]
"""How a carrier hands a request to the host."""


class Carrier(Protocol):
    """What brings requests from clients to a GATT device and its answers back. Knows no glucose."""

    @property
    def name(self) -> str:
        """Unique on the bench, for example ``"cgm.serial"``; its links are ``"cgm.serial#1"``, ``"cgm.serial#2"``."""

    @property
    def address(self) -> str:
        """What a client opens: a device path, a Bluetooth address, a URL."""

    async def start(self, table: Table, deliver: Deliver) -> None:
        """Be reachable. From now on every request is handed to ``deliver``, which returns when the device has taken it
        (its answers come back through ``send``, possibly before ``deliver`` returns). Raises ``OSError`` when the address
        cannot be had.
        """

    def send(self, outgoing: Outgoing) -> None:
        """Send one answer, notification or indication, in the order given. Never blocks; a link that has gone is ignored."""

    def abandon(self, link: Link) -> None:
        """The open request of this link will never be answered, however often it is repeated; the next one is welcome."""

    def hang_up(self, link: Link) -> None:
        """End this connection, as a device does that has had enough of it. A link that has gone is ignored."""

    def forget(self, identity: str) -> None:
        """Forget the keys of a client, if this carrier keeps any."""

    def kept_keys(self) -> dict[str, Any]:
        """The keys of its bonds by client, as plain data; a carrier that keeps none has none."""

    def take_keys(self, keys: Mapping[str, Any]) -> None:
        """Take up keys that were kept."""

    def silence(self, on: bool) -> None:
        """Switch its radio off, which drops every connection, or on again; a cable does nothing."""

    async def stop(self) -> None:
        """Drop every connection and be unreachable. Idempotent."""


class PortEvents(Protocol):
    """Who is told what happens on a port. All three return at once."""

    def opened(self) -> None:
        """A client has opened the port."""

    def received(self, octets: bytes) -> None:
        """Octets came, in any chunking."""

    def closed(self) -> None:
        """The client has gone. Octets not yet sent to it are dropped."""


class Port(Protocol):
    """A place one client at a time can open to exchange octets."""

    @property
    def address(self) -> str:
        """What the client opens: a device path or a URL."""

    async def start(self, events: PortEvents) -> None:
        """Be there to be opened. Raises ``OSError`` when the address cannot be had, saying why."""

    def write(self, octets: bytes) -> None:
        """Send octets to the client, in order, without blocking. Without a client they are dropped."""

    async def stop(self) -> None:
        """Be gone, as an unplugged adapter is: a client that has it open sees the line die. Idempotent; ``start`` may be
        called again (replugged)."""
