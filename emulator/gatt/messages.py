"""What passes between a carrier and a device: requests, answers, and what a device tells by itself.

Source: Bluetooth Core Specification, Vol 3, Part F (ATT).
"""

from dataclasses import dataclass
from typing import TypeAlias

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note
from isletbench.emulator.gatt.table import Handle, Security
from isletbench.protocols.att import ErrorCode

DEFAULT_ATT_MTU = 23
"""Core Vol 3, Part G, 5.2.1."""

Link: TypeAlias = str
"""One connection of one client, for example ``"cgm.ble#3"``: the carrier's name and a running number."""

# What a carrier hands in


@dataclass(frozen=True, slots=True)
class Connected:
    """A client has a connection. On links without Bluetooth security the carrier says ``AUTHENTICATED``."""

    link: Link
    mtu: int = DEFAULT_ATT_MTU
    """ATT_MTU: a notification or indication holds at most ``mtu - 3`` octets."""
    security: Security = Security.OPEN
    bonded: bool = False
    """Whether keys of this client are kept, though the link may not be encrypted yet."""


@dataclass(frozen=True, slots=True)
class MtuChanged:
    """The two sides have agreed on an ATT_MTU."""

    link: Link
    mtu: int


@dataclass(frozen=True, slots=True)
class Secured:
    """The link has become encrypted (by pairing or from a bond)."""

    link: Link
    security: Security
    identity: str | None
    """Who the client is across connections, if it bonded: its CCCDs are kept under this name."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone, whatever the reason."""

    link: Link


@dataclass(frozen=True, slots=True)
class Read:
    """Read a value or a CCCD."""

    link: Link
    handle: Handle


@dataclass(frozen=True, slots=True)
class Write:
    """Write a value or a CCCD. Without ``response`` nothing is ever answered."""

    link: Link
    handle: Handle
    value: bytes
    response: bool = True


@dataclass(frozen=True, slots=True)
class Confirm:
    """The client has confirmed the outstanding indication of this handle."""

    link: Link
    handle: Handle


Request: TypeAlias = Connected | MtuChanged | Secured | Disconnected | Read | Write | Confirm


# What the device wants sent


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """The value that was asked for."""

    link: Link
    handle: Handle
    value: bytes


@dataclass(frozen=True, slots=True)
class WriteResponse:
    """The write was taken."""

    link: Link
    handle: Handle


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """The read or write was refused."""

    link: Link
    handle: Handle
    code: ErrorCode


@dataclass(frozen=True, slots=True)
class Notify:
    """A value nobody confirms."""

    link: Link
    handle: Handle
    value: bytes


@dataclass(frozen=True, slots=True)
class Indicate:
    """A value the client has to confirm; the next one leaves after that."""

    link: Link
    handle: Handle
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
