"""A device as a GATT server: the attribute table, the operations on it, and the rules every service shares.

Carried by Bluetooth LE and by the serial link alike; neither is known here. What the Core Specification asks of any server
is decided once, in ``GattDevice``: handles, permissions, the security a link must have, CCCDs and their life in a bond, one
unconfirmed indication at a time per link, and the 30 s after which a procedure whose indication nobody confirms is dead.
A ``Service`` decides what its values mean.

Source: Bluetooth Core Specification, Vol 3, Part F (ATT) and Part G (GATT).
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol, TypeAlias

from emulator.device import Machine, Note, Stage
from emulator.quantities import Instant, seconds
from protocols.att import AttCode, AttError, Cccd, Property

ATT_TRANSACTION_TIMEOUT = seconds(30)
"""Core Vol 3, Part F, 3.3.3: after it an unconfirmed indication is a failed procedure."""
DEFAULT_ATT_MTU = 23
"""Core Vol 3, Part G, 5.2.1."""
MAX_VALUE_LENGTH = 512
"""Core Vol 3, Part F, 3.2.9."""

Link: TypeAlias = str
"""One connection of one client, for example ``"cgm.ble#3"``: the carrier's name and a running number."""
Handle: TypeAlias = int
"""An attribute handle, 1..65535."""


class Security(IntEnum):
    """How far a link is protected: the levels of LE security mode 1. Core Vol 3, Part C, 10.2.1."""

    OPEN = 1
    ENCRYPTED = 2
    """Paired without protection against a man in the middle (Just Works)."""
    AUTHENTICATED = 3
    """Paired with it (passkey, numeric comparison)."""


# --- the table ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CharacteristicSpec:
    """One row of a service's table: what may be done with the value, and on what kind of link."""

    uuid: int
    properties: Property
    security: Security = Security.AUTHENTICATED
    """Needed to read or write the value and to write its CCCD."""
    cccd_read_security: Security | None = None
    """Needed to read the CCCD; the same as for the value when None."""

    @property
    def has_cccd(self) -> bool:
        return bool(self.properties & (Property.NOTIFY | Property.INDICATE))


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A primary service: its UUID and its characteristics in table order."""

    uuid: int
    characteristics: tuple[CharacteristicSpec, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A characteristic at its place in the table."""

    service: ServiceSpec
    spec: CharacteristicSpec
    handle: Handle
    """Of the value."""
    cccd: Handle | None
    """Of the Client Characteristic Configuration descriptor, if there is one."""


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a device says of itself to whoever listens."""

    name: str
    service_uuids: tuple[int, ...]
    appearance: int
    """Assigned Numbers, section 2.6."""


class Table:
    """Every attribute of a device with its handle, numbered from 1 as a GATT server does: declaration, value, CCCD."""

    def __init__(self, services: Sequence[ServiceSpec]) -> None:
        self.services = tuple(services)
        self.attributes: tuple[Attribute, ...] = tuple(self._number())
        self.by_handle: dict[Handle, Attribute] = {a.handle: a for a in self.attributes}
        self.by_cccd: dict[Handle, Attribute] = {a.cccd: a for a in self.attributes if a.cccd}
        self._by_uuid = {(a.service.uuid, a.spec.uuid): a for a in self.attributes}

    def _number(self) -> Iterable[Attribute]:
        handle = 0
        for service in self.services:
            handle += 1  # the service declaration
            for spec in service.characteristics:
                handle += 2  # the characteristic declaration, then the value
                value, cccd = handle, None
                if spec.has_cccd:
                    handle += 1
                    cccd = handle
                yield Attribute(service, spec, value, cccd)

    def of(self, service_uuid: int, uuid: int) -> Attribute:
        """The characteristic ``uuid`` of service ``service_uuid`` (RACP, 2A52, may occur in several services)."""
        return self._by_uuid[service_uuid, uuid]


# --- what a carrier hands in --------------------------------------------------------------------------------------


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

# --- what the device wants sent -----------------------------------------------------------------------------------


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
    code: AttCode


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


Outgoing: TypeAlias = ReadResponse | WriteResponse | ErrorResponse | Notify | Indicate
Effect: TypeAlias = Outgoing | Note

# --- what a service is --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Peer:
    """One connected client, as a service may know it."""

    link: Link
    table: Table
    mtu: int
    security: Security
    bonded: bool
    identity: str | None = None
    cccds: dict[Handle, Cccd] = field(default_factory=dict)
    waiting: deque[tuple["Service", Attribute, bytes]] = field(default_factory=deque)
    """Indications not confirmed yet; the first one is on the wire."""
    deadline: Instant | None = None
    """When the outstanding indication times out."""

    @property
    def payload(self) -> int:
        """The most octets one notification or indication can hold."""
        return min(self.mtu - 3, MAX_VALUE_LENGTH)

    def subscribed(self, service: ServiceSpec, uuid: int) -> bool:
        """Whether the client wants to be told of this characteristic."""
        cccd = self.table.of(service.uuid, uuid).cccd
        return cccd is not None and bool(self.cccds.get(cccd, Cccd.OFF))


@dataclass(frozen=True, slots=True)
class Tell:
    """A service's wish: send this value to this client, as a notification or indication as the characteristic has it.

    Dropped without a trace when the client has not subscribed.
    """

    peer: Peer
    uuid: int
    value: bytes


class Service(Protocol):
    """One service of a device: what its values mean. It refuses with ``AttError`` and sends by yielding ``Tell``."""

    @property
    def spec(self) -> ServiceSpec:
        """Its part of the attribute table. Constant."""

    @property
    def next_deadline(self) -> Instant | None:
        """When it wants ``advance`` called, apart from its machine's deadlines."""

    def connected(self, peer: Peer, now: Instant) -> None:
        """A client came: per-connection state such as E2E counters starts anew."""

    def disconnected(self, peer: Peer, now: Instant) -> None:
        """It went: open procedures of its are over."""

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        """The value of a readable characteristic, built now."""

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable["Tell | Note"]:
        """Take a write. What it yields leaves after the write response."""

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable["Tell | Note"]:
        """The client confirmed an indication of this characteristic."""

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """It did not within 30 s: the procedure is failed and silent."""

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable["Tell | Note"]:
        """Look at the machine, which is at ``now`` already, and tell the connected clients what is new."""


# --- the server ---------------------------------------------------------------------------------------------------


class GattDevice:
    """A machine behind its services: implements ``Device`` for GATT requests. No I/O, no clock.

    ``bonds`` maps a client's identity to the CCCDs it left; it outlives connections and may be saved and restored.
    """

    def __init__(self, name: str, machine: Machine, services: Sequence[Service], advertisement: Advertisement) -> None:
        self.name = name
        self.machine = machine
        self.services = tuple(services)
        self.advertisement = advertisement
        self.table = Table([service.spec for service in services])
        self.peers: dict[Link, Peer] = {}
        self.bonds: dict[str, dict[Handle, Cccd]] = {}
        self._service_of = {service.spec.uuid: service for service in services}

    @property
    def next_deadline(self) -> Instant | None:
        deadlines = [self.machine.next_deadline]
        deadlines += [service.next_deadline for service in self.services]
        deadlines += [peer.deadline for peer in self.peers.values()]
        return min((d for d in deadlines if d is not None), default=None)

    def advance(self, now: Instant) -> list[Effect]:
        """Bring the machine to ``now``, then let every service tell what has changed."""
        effects: list[Effect] = []
        self._advance(now, effects)
        return effects

    def receive(self, request: Request, now: Instant) -> list[Effect]:
        """Take one request. Requests of links that are not connected (any more) are ignored."""
        effects: list[Effect] = []
        self._advance(now, effects)
        match request:
            case Connected():
                self._connect(request, now)
            case _ if peer := self.peers.get(request.link):
                self._serve(peer, request, now, effects)
            case Read() | Write(response=True):
                effects.append(ErrorResponse(request.link, request.handle, AttCode.UNLIKELY_ERROR))
            case _:
                pass
        self._drain_ledger(effects)
        return effects

    # A client's life

    def _connect(self, request: Connected, now: Instant) -> None:
        peer = Peer(request.link, self.table, request.mtu, request.security, request.bonded)
        self.peers[request.link] = peer
        for service in self.services:
            service.connected(peer, now)

    def _serve(self, peer: Peer, request: Request, now: Instant, effects: list[Effect]) -> None:
        match request:
            case Read():
                self._read(peer, request, now, effects)
            case Write():
                self._write(peer, request, now, effects)
            case MtuChanged():
                peer.mtu = request.mtu
            case Secured():
                peer.security = request.security
                if request.identity is not None:
                    peer.identity, peer.bonded = request.identity, True
                    peer.cccds = self.bonds.setdefault(request.identity, peer.cccds)
            case Disconnected():
                del self.peers[request.link]
                for service in self.services:
                    service.disconnected(peer, now)
            case Confirm():
                self._confirm(peer, request, now, effects)
            case _:
                raise AssertionError(f"no rule for {request}")

    # Reading and writing

    def _read(self, peer: Peer, request: Read, now: Instant, effects: list[Effect]) -> None:
        try:
            value = self._value(peer, request.handle, now)
        except AttError as error:
            effects.append(Note(now, "refused", {"code": error.code.name, "why": error.why}))
            effects.append(ErrorResponse(request.link, request.handle, error.code))
        else:
            effects.append(ReadResponse(request.link, request.handle, value))

    def _value(self, peer: Peer, handle: Handle, now: Instant) -> bytes:
        if attribute := self.table.by_cccd.get(handle):
            needed = attribute.spec.cccd_read_security
            self._demand(peer, attribute.spec.security if needed is None else needed)
            return peer.cccds.get(handle, Cccd.OFF).to_bytes(2, "little")
        attribute = self._attribute(handle)
        if not attribute.spec.properties & Property.READ:
            raise AttError(AttCode.READ_NOT_PERMITTED)
        self._demand(peer, attribute.spec.security)
        return self._service_of[attribute.service.uuid].read(attribute.spec.uuid, peer, now)

    def _write(self, peer: Peer, request: Write, now: Instant, effects: list[Effect]) -> None:
        try:
            followed_by = list(self._accept(peer, request, now))
        except AttError as error:
            effects.append(Note(now, "refused", {"code": error.code.name, "why": error.why}))
            if request.response:
                effects.append(ErrorResponse(request.link, request.handle, error.code))
            return
        effects.extend(wish for _, wish in followed_by if isinstance(wish, Note))
        if request.response:
            effects.append(WriteResponse(request.link, request.handle))
        for service, wish in followed_by:
            if isinstance(wish, Tell):
                self._tell(service, wish, now, effects)

    def _accept(self, peer: Peer, request: Write, now: Instant) -> Iterable[tuple[Service, "Tell | Note"]]:
        if attribute := self.table.by_cccd.get(request.handle):
            self._demand(peer, attribute.spec.security)
            self._subscribe(peer, attribute, request.value)
            return []
        attribute = self._attribute(request.handle)
        allowed = Property.WRITE if request.response else Property.WRITE_WITHOUT_RESPONSE
        if not attribute.spec.properties & allowed:
            raise AttError(AttCode.WRITE_NOT_PERMITTED)
        self._demand(peer, attribute.spec.security)
        service = self._service_of[attribute.service.uuid]
        return [(service, wish) for wish in service.write(attribute.spec.uuid, request.value, peer, now)]

    def _subscribe(self, peer: Peer, attribute: Attribute, value: bytes) -> None:
        if len(value) != 2:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"a CCCD has 2 octets, not {len(value)}")
        wanted = int.from_bytes(value, "little")
        properties = attribute.spec.properties
        offered = (Cccd.NOTIFY if properties & Property.NOTIFY else Cccd.OFF) | (
            Cccd.INDICATE if properties & Property.INDICATE else Cccd.OFF
        )
        if wanted & ~offered:
            raise AttError(AttCode.VALUE_NOT_ALLOWED, f"CCCD {wanted:04X} where {offered:04X} is offered")
        assert attribute.cccd is not None
        peer.cccds[attribute.cccd] = Cccd(wanted)

    def _attribute(self, handle: Handle) -> Attribute:
        try:
            return self.table.by_handle[handle]
        except KeyError:
            raise AttError(AttCode.INVALID_HANDLE, f"no attribute 0x{handle:04X}") from None

    @staticmethod
    def _demand(peer: Peer, needed: Security) -> None:
        """Core Vol 3, Part C, 10.3.1: which error tells the client what to do next."""
        if peer.security >= needed:
            return
        if peer.security is Security.OPEN and peer.bonded:
            raise AttError(AttCode.INSUFFICIENT_ENCRYPTION, "the link is not encrypted with the bond's key")
        raise AttError(AttCode.INSUFFICIENT_AUTHENTICATION, f"needs a link that is {needed.name.lower()}")

    # Telling

    def _tell(self, service: Service, wish: Tell, now: Instant, effects: list[Effect]) -> None:
        peer = wish.peer
        attribute = self.table.of(service.spec.uuid, wish.uuid)
        if peer.link not in self.peers or not peer.subscribed(service.spec, wish.uuid):
            return
        assert attribute.cccd is not None
        if peer.cccds[attribute.cccd] & Cccd.NOTIFY:
            effects.append(Notify(peer.link, attribute.handle, wish.value))
            return
        peer.waiting.append((service, attribute, wish.value))
        if len(peer.waiting) == 1:
            self._indicate_next(peer, now, effects)

    def _indicate_next(self, peer: Peer, now: Instant, effects: list[Effect]) -> None:
        peer.deadline = None
        if peer.waiting:
            _, attribute, value = peer.waiting[0]
            peer.deadline = now + ATT_TRANSACTION_TIMEOUT
            effects.append(Indicate(peer.link, attribute.handle, value))

    def _confirm(self, peer: Peer, request: Confirm, now: Instant, effects: list[Effect]) -> None:
        if not peer.waiting or peer.waiting[0][1].handle != request.handle:
            return  # a confirmation nobody waits for means nothing (Core Vol 3, Part F, 3.3.2)
        service, attribute, _ = peer.waiting.popleft()
        self._indicate_next(peer, now, effects)
        self._collect(service, service.confirmed(attribute.spec.uuid, peer, now), now, effects)

    # Time

    def _advance(self, now: Instant, effects: list[Effect]) -> None:
        self.machine.advance(now)
        self._drain_ledger(effects)
        for peer in self.peers.values():
            if peer.deadline is not None and peer.deadline <= now:
                self._give_up(peer, now, effects)
        peers = tuple(self.peers.values())
        for service in self.services:
            self._collect(service, service.advance(peers, now), now, effects)
        self._drain_ledger(effects)

    def _give_up(self, peer: Peer, now: Instant, effects: list[Effect]) -> None:
        """No confirmation for 30 s: the bearer is dead for this side; what was queued on it is dropped, nothing more leaves."""
        effects.append(Note(now, "indication_timeout", {"link": peer.link}))
        waiting, peer.waiting, peer.deadline = peer.waiting, deque(), None
        for service, attribute, _ in waiting:
            service.unconfirmed(attribute.spec.uuid, peer, now)

    def _collect(self, service: Service, wishes: Iterable["Tell | Note"], now: Instant, effects: list[Effect]) -> None:
        for wish in wishes:
            if isinstance(wish, Tell):
                self._tell(service, wish, now, effects)
            else:
                effects.append(wish)

    def _drain_ledger(self, effects: list[Effect]) -> None:
        effects.extend(self.machine.ledger.drain())


def decoded(now: Instant, what: str, **fields: Any) -> Note:
    """The octets of a request have a meaning."""
    return Note(now, what, fields, Stage.DECODED)
