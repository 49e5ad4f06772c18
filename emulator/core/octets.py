"""Messages of a byte stream: what an endpoint without attributes takes and sends.

Octets come in any chunking, or, where the carrier knows the protocol, as whole requests with the name of their operation.
"""

from typing import ClassVar

from isletbench.emulator.core.endpoint import Link, Outgoing, Request
from isletbench.emulator.core.values import dataclass


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


@dataclass(frozen=True, slots=True)
class Command(Request):
    """One whole request has come from the client, framing included."""

    link: Link
    value: bytes
    operation: str
    """What it asks for, in the words of its protocol."""

    @property
    def expects_response(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Answer(Outgoing):
    """The answer to a request, framing included."""

    is_response: ClassVar[bool] = True
    link: Link
    value: bytes
    operation: str
    """What was asked for."""
