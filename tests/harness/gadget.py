"""A small device for tests of everything that carries a device: one of each kind of characteristic, and no glucose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import Advertisement, CharacteristicSpec, GattDevice, Peer, Security, Send, ServiceSpec
from isletbench.protocols.att import AttCode, AttError, Property

SERVICE = 0xFD01
SECOND_SERVICE = 0xFD02
READABLE = 0xFE01
WRITABLE = 0xFE02
NOTIFIED = 0xFE03
INDICATED = 0xFE04
CONTROL_POINT = 0xFE05
"""Echoes what is written as an indication; ``FF`` is refused."""
OPEN = 0xFE06
"""Readable on any link; also in the second service, with another value."""


class GadgetEvent(Event, kind="gadget"):
    """Something that happened in a gadget."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Woke(GadgetEvent):
    """It woke up."""


@dataclass(frozen=True, slots=True)
class Taken(Note):
    """It has taken what was written."""


@dataclass
class GadgetMachine:
    """Wakes up at the instants it is given and writes them down."""

    ledger: Ledger = field(default_factory=Ledger)
    due: list[Instant] = field(default_factory=list)

    @property
    def next_deadline(self) -> Instant | None:
        return self.due[0] if self.due else None

    def advance(self, now: Instant) -> None:
        while self.due and self.due[0] <= now:
            self.ledger.write(self.due.pop(0), Woke())

    def status(self, now: Instant) -> dict[str, object]:
        return {"due": len(self.due)}


@dataclass
class GadgetService:
    """The characteristics above. ``news`` holds values to tell everyone at the next ``advance``."""

    security: Security = Security.OPEN
    value: bytes = b"\x01\x02\x03"
    written: list[bytes] = field(default_factory=list)
    news: list[tuple[int, bytes]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    @property
    def spec(self) -> ServiceSpec:
        def row(uuid: int, properties: Property, security: Security | None = None) -> CharacteristicSpec:
            return CharacteristicSpec(uuid, properties, self.security if security is None else security)

        return ServiceSpec(
            SERVICE,
            (
                row(READABLE, Property.READ),
                row(WRITABLE, Property.READ | Property.WRITE | Property.WRITE_WITHOUT_RESPONSE),
                row(NOTIFIED, Property.NOTIFY),
                row(INDICATED, Property.INDICATE),
                row(CONTROL_POINT, Property.WRITE | Property.INDICATE),
                row(OPEN, Property.READ, Security.OPEN),
            ),
        )

    next_deadline: Instant | None = None

    def connected(self, peer: Peer, now: Instant) -> None:
        self.events.append(f"connected {peer.link}")

    def disconnected(self, peer: Peer, now: Instant) -> None:
        self.events.append(f"disconnected {peer.link}")

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        return b"open" if uuid == OPEN else self.value

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        self.written.append(value)
        if uuid == WRITABLE:
            self.value = value
            return []
        if value == b"\xff":
            raise AttError(AttCode.OUT_OF_RANGE, "FF is refused")
        return [Taken(now), Send(peer, CONTROL_POINT, value)]

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        self.events.append(f"confirmed {uuid:04X}")
        return []

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        self.events.append(f"unconfirmed {uuid:04X}")

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[Send | Note]:
        news, self.news = self.news, []
        return [Send(peer, uuid, value) for uuid, value in news for peer in peers]


class SecondService(GadgetService):
    """A service that has a characteristic of the same UUID as the first one."""

    @property
    def spec(self) -> ServiceSpec:
        return ServiceSpec(SECOND_SERVICE, (CharacteristicSpec(OPEN, Property.READ, Security.OPEN),))

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        return b"second"


@dataclass
class Gadget:
    """The device with its parts at hand."""

    device: GattDevice
    machine: GadgetMachine
    service: GadgetService


def gadget(security: Security = Security.OPEN, name: str = "gadget") -> Gadget:
    """A new gadget whose protected values demand ``security``."""
    machine, service = GadgetMachine(), GadgetService(security)
    device = GattDevice(name, machine, [service, SecondService()], Advertisement("Gadget", (SERVICE,), 0x0D00))
    return Gadget(device, machine, service)
