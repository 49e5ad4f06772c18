"""What a service is to the GATT server: it decodes and encodes its values, and returns actions that the server carries out."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, Protocol, TypeAlias, runtime_checkable

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt.indications import IndicationQueue
from isletbench.emulator.gatt.messages import Silence
from isletbench.emulator.gatt.table import Handle, Security, ServiceSpec, Table
from isletbench.protocols.att import Cccd

MAX_VALUE_LENGTH = 512
"""Core Vol 3, Part F, 3.2.9."""


@dataclass(slots=True)
class Peer:
    """One connected client, as a service knows it."""

    link: Link
    table: Table
    mtu: int
    security: Security
    bonded: bool
    identity: str | None = None
    cccds: dict[Handle, Cccd] = field(default_factory=dict)
    indications: IndicationQueue = field(init=False)
    reachable: Security = Security.AUTHENTICATED
    """The highest level of security that pairing with the device can reach: more is never demanded."""
    loses_bond: bool = False
    """Whether its bond is to be deleted when the connection ends."""

    def __post_init__(self) -> None:
        self.indications = IndicationQueue(self.link)

    @property
    def payload(self) -> int:
        """The most octets one notification or indication can hold."""
        return min(self.mtu - 3, MAX_VALUE_LENGTH)

    def subscribed(self, service: ServiceSpec, uuid: int) -> bool:
        """Whether the client has subscribed to a characteristic of a service."""
        cccd = self.table.of(service.uuid, uuid).cccd
        return cccd is not None and bool(self.cccds.get(cccd, Cccd.OFF))


@dataclass(frozen=True, slots=True)
class Send:
    """The service asks the server to send this value to a client: notified or indicated, as the characteristic has it.

    Discarded without a trace when the client has not subscribed.
    """

    peer: Peer
    uuid: int
    value: bytes


class Bonds(Enum):
    """Which bonds: those of the client that asks, all, or all but its own."""

    REQUESTING = "requesting"
    ALL = "all"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class DeleteBonds:
    """The service asks the server to delete the bonds that ``peer`` asks to have deleted.

    The server notes what it is about to delete as committed: those of connected clients are deleted when their connection
    ends, the others at once.
    """

    peer: Peer
    whose: Bonds


ServiceAction: TypeAlias = Send | DeleteBonds | Silence | Note


@runtime_checkable
class StoresRecords(Protocol):
    """A service with stored records that a client can ask for."""

    def reported_by(self, value: bytes) -> Sequence[Any]:
        """The records, as packets, that a write of this value to its record access control point would report now."""


def nothing_by_itself(service: Any, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
    """The ``advance`` of a service that sends nothing by itself: the server does not call it."""
    return ()


class Service(Protocol):
    """One service of a device: what its values mean. It refuses with ``AttError`` and sends by yielding ``Send``."""

    @property
    def spec(self) -> ServiceSpec:
        """Its part of the attribute table. Constant."""

    @property
    def next_deadline(self) -> Instant | None:
        """When ``advance`` has to be called, apart from the deadlines of the machine."""

    def connected(self, peer: Peer, now: Instant) -> None:
        """A client has connected: per-connection state such as E2E counters starts anew."""

    def disconnected(self, peer: Peer, now: Instant) -> None:
        """A client has disconnected: its open procedures are over."""

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        """The value of a readable characteristic, encoded now. Raises ``AttError``."""

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """Carry out a write. What is yielded leaves after the write response. Raises ``AttError``."""

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        """The client has confirmed an indication of this characteristic."""

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """The client has not confirmed it within 30 s: the procedure has failed, and nothing more is sent for it."""

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        """Send the connected clients what is new in the machine, which is at ``now`` already."""
