"""Messages of a byte stream: what an endpoint without attributes takes and sends, octets in any chunking."""

from dataclasses import dataclass
from typing import ClassVar

from isletbench.emulator.core.endpoint import Link, Outgoing, Request


@dataclass(frozen=True, slots=True)
class Opened(Request):
    """A client has opened the port."""

    opens_link: ClassVar[bool] = True
    link: Link


@dataclass(frozen=True, slots=True)
class Received(Request):
    """Octets have come from the client."""

    link: Link
    value: bytes


@dataclass(frozen=True, slots=True)
class Closed(Request):
    """The client has closed the port or disconnected."""

    closes_link: ClassVar[bool] = True
    link: Link


@dataclass(frozen=True, slots=True)
class Octets(Outgoing):
    """Octets for the client."""

    link: Link
    value: bytes
