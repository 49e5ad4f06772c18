"""What passes between a carrier and a device: requests, answers, and what a device tells by itself.

Source: Bluetooth Core Specification, Vol 3, Part F (ATT).
"""

from typing import ClassVar, TypeAlias

from isletbench.emulator.core import endpoint
from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt.table import Handle, Security
from isletbench.protocols.att import ErrorCode

DEFAULT_ATT_MTU = 23
"""Core Vol 3, Part G, 5.2.1."""

# Requests, from a carrier


@dataclass(frozen=True, slots=True)
class Connected(endpoint.Request):
    """A client has a connection. On links without Bluetooth security the carrier says ``AUTHENTICATED``."""

    opens_link: ClassVar[bool] = True
    link: Link
    mtu: int = DEFAULT_ATT_MTU
    """ATT_MTU: a notification or indication holds at most ``mtu - 3`` octets."""
    security: Security = Security.OPEN
    bonded: bool = False
    """Whether keys of this client are kept, though the link may not be encrypted yet."""


@dataclass(frozen=True, slots=True)
class MtuChanged(endpoint.Request):
    """The two sides have agreed on an ATT_MTU."""

    link: Link
    mtu: int


@dataclass(frozen=True, slots=True)
class Secured(endpoint.Request):
    """The link has become encrypted (by pairing or from a bond)."""

    link: Link
    security: Security
    identity: str | None
    """Who the client is across connections, if it bonded: its CCCDs are kept under this name."""


@dataclass(frozen=True, slots=True)
class Disconnected(endpoint.Request):
    """The connection is gone, whatever the reason."""

    closes_link: ClassVar[bool] = True
    link: Link


@dataclass(frozen=True, slots=True)
class Read(endpoint.Request):
    """Read a value or a CCCD."""

    link: Link
    handle: Handle

    @property
    def expects_response(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Write(endpoint.Request):
    """Write a value or a CCCD. Without ``response`` nothing is ever answered."""

    link: Link
    handle: Handle
    value: bytes
    response: bool = True

    @property
    def expects_response(self) -> bool:
        """Unless it is a command."""
        return self.response


@dataclass(frozen=True, slots=True)
class Confirm(endpoint.Request):
    """The client has confirmed the outstanding indication of this handle."""

    link: Link
    handle: Handle


@dataclass(frozen=True, slots=True)
class LinkRequest(endpoint.Request):
    """What a client asks the link itself for: a connection (``HELLO``), a part of the table (``TABLE``), a step of discovery
    (``DISCOVER``), an ATT_MTU (``MTU``). The carrier answers; the endpoint never sees it."""

    of_link: ClassVar[bool] = True
    link: Link
    operation: str
    value: bytes
    """The content of the frame, or the PDU."""

    @property
    def expects_response(self) -> bool:
        """Always."""
        return True


Request: TypeAlias = Connected | MtuChanged | Secured | Disconnected | Read | Write | Confirm


# Messages that the device sends


@dataclass(frozen=True, slots=True)
class ReadResponse(endpoint.Outgoing):
    """The value that was asked for."""

    is_response: ClassVar[bool] = True
    link: Link
    handle: Handle
    value: bytes


@dataclass(frozen=True, slots=True)
class WriteResponse(endpoint.Outgoing):
    """The write was taken."""

    is_response: ClassVar[bool] = True
    link: Link
    handle: Handle


@dataclass(frozen=True, slots=True)
class ErrorResponse(endpoint.Outgoing):
    """The read or write was refused."""

    is_response: ClassVar[bool] = True
    link: Link
    handle: Handle
    code: ErrorCode


@dataclass(frozen=True, slots=True)
class Notify(endpoint.Outgoing):
    """A value nobody confirms."""

    link: Link
    handle: Handle
    value: bytes


@dataclass(frozen=True, slots=True)
class Indicate(endpoint.Outgoing):
    """A value the client has to confirm; the next one leaves after that."""

    link: Link
    handle: Handle
    value: bytes

    def confirmation(self) -> Confirm:
        """Core Vol 3, Part F, 3.4.7.3."""
        return Confirm(self.link, self.handle)


@dataclass(frozen=True, slots=True)
class LinkAnswer(endpoint.Outgoing):
    """The carrier's answer to a ``LinkRequest``."""

    is_response: ClassVar[bool] = True
    of_link: ClassVar[bool] = True
    link: Link
    operation: str
    value: bytes
    """The content of the frame, or the PDU."""


@dataclass(frozen=True, slots=True)
class LinkIndication(endpoint.Outgoing):
    """What the carrier itself tells a client unasked: that the device's services have changed (``SERVICE_CHANGED``)."""

    of_link: ClassVar[bool] = True
    link: Link
    operation: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Unbond:
    """The keys of this client are to be forgotten: for whoever keeps them."""

    identity: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The device's radio is to be switched off, or on again. A cable is no radio."""

    on: bool


Outgoing: TypeAlias = ReadResponse | WriteResponse | ErrorResponse | Notify | Indicate
Effect: TypeAlias = Outgoing | Unbond | Silence | Note | Occurrence
