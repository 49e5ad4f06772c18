"""The rules every service shares, decided once.

Handles, permissions, the security a link must have, CCCDs and their life in a bond, one unconfirmed indication at a time per
link, and the 30 s after which a procedure whose indication nobody confirms is dead. A ``Service`` decides what its values
mean. Source: Bluetooth Core Specification, Vol 3, Part F (ATT) and Part G (GATT).
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from isletbench.emulator.core.endpoint import Link, Place
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.notes import Note, Refused
from isletbench.emulator.core.quantities import Instant, seconds
from isletbench.emulator.gatt.messages import (
    Confirm,
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    Indicate,
    MtuChanged,
    Notify,
    Outgoing,
    Read,
    ReadResponse,
    Request,
    Secured,
    Unbond,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt.notes import IndicationTimeout
from isletbench.emulator.gatt.service import Bonds, DeleteBonds, Peer, Send, Service, ServiceAction
from isletbench.emulator.gatt.table import Advertisement, Attribute, Handle, Security, Table
from isletbench.protocols.att import AttCode, AttError, Cccd, Property

ATT_TRANSACTION_TIMEOUT = seconds(30)
"""Core Vol 3, Part F, 3.3.3: after it an unconfirmed indication is a failed procedure."""


class GattDevice:
    """A machine behind its services: implements ``Endpoint`` for GATT requests. No I/O, no clock.

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
    def links(self) -> Collection[Link]:
        """The links of connected clients."""
        return self.peers.keys()

    def place_of(self, message: Request | Outgoing) -> Place | None:
        """The characteristic that a message belongs to; None for one that names no attribute, or none of this table."""
        handle: Handle = getattr(message, "handle", 0)
        if attribute := self.table.by_handle.get(handle):
            return Place(attribute.spec.uuid)
        if attribute := self.table.by_cccd.get(handle):
            return Place(attribute.spec.uuid, is_descriptor=True)
        return None

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
                if peer.forgotten and peer.identity is not None:
                    self._unbond(peer.identity, effects)
            case Confirm():
                self._confirm(peer, request, now, effects)
            case _:
                raise AssertionError(f"no rule for {request}")

    # Reading and writing

    def _read(self, peer: Peer, request: Read, now: Instant, effects: list[Effect]) -> None:
        try:
            value = self._value(peer, request.handle, now)
        except AttError as error:
            effects.append(Refused(now, error.why, error.code.name))
            reply: Outgoing = ErrorResponse(request.link, request.handle, error.code)
        else:
            reply = ReadResponse(request.link, request.handle, value)
        self._drain_ledger(effects)
        effects.append(reply)

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
            effects.append(Refused(now, error.why, error.code.name))
            self._drain_ledger(effects)
            if request.response:
                effects.append(ErrorResponse(request.link, request.handle, error.code))
            return
        effects.extend(action for _, action in followed_by if isinstance(action, Note))
        self._drain_ledger(effects)
        if request.response:
            effects.append(WriteResponse(request.link, request.handle))
        for service, action in followed_by:
            if not isinstance(action, Note):
                self._carry_out(service, action, now, effects)

    def _accept(self, peer: Peer, request: Write, now: Instant) -> Iterable[tuple[Service, ServiceAction]]:
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
        return [(service, action) for action in service.write(attribute.spec.uuid, request.value, peer, now)]

    def _subscribe(self, peer: Peer, attribute: Attribute, value: bytes) -> None:
        if len(value) != 2:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"a CCCD has 2 octets, not {len(value)}")
        wanted = int.from_bytes(value, "little")
        properties = attribute.spec.properties
        offered = (Cccd.NOTIFY if properties & Property.NOTIFY else Cccd.OFF) | (
            Cccd.INDICATE if properties & Property.INDICATE else Cccd.OFF
        )
        if wanted & ~int(offered):  # ~ of a flag knows the defined bits only
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

    def _send(self, service: Service, send: Send, now: Instant, effects: list[Effect]) -> None:
        peer = send.peer
        attribute = self.table.of(service.spec.uuid, send.uuid)
        if peer.link not in self.peers or not peer.subscribed(service.spec, send.uuid):
            return
        assert attribute.cccd is not None
        if peer.cccds[attribute.cccd] & Cccd.NOTIFY:
            effects.append(Notify(peer.link, attribute.handle, send.value))
            return
        peer.waiting.append((service, attribute, send.value))
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
        effects.append(IndicationTimeout(now, peer.link))
        waiting, peer.waiting, peer.deadline = peer.waiting, deque(), None
        for service, attribute, _ in waiting:
            service.unconfirmed(attribute.spec.uuid, peer, now)

    def _collect(self, service: Service, actions: Iterable[ServiceAction], now: Instant, effects: list[Effect]) -> None:
        """Carry out what a service asks for, after the ledger entries of what it has just done."""
        due = list(actions)
        self._drain_ledger(effects)
        for action in due:
            self._carry_out(service, action, now, effects)

    def _carry_out(self, service: Service, action: ServiceAction, now: Instant, effects: list[Effect]) -> None:
        match action:
            case Send():
                self._send(service, action, now, effects)
            case DeleteBonds():
                self._delete_bonds(action, effects)
            case _:
                effects.append(action)

    # Bonds

    def snapshot(self) -> dict[str, dict[Handle, int]]:
        """The CCCDs of every bonded client, by identity and handle."""
        return {who: {handle: int(value) for handle, value in of.items()} for who, of in self.bonds.items()}

    def restore(self, snapshot: Mapping[str, Mapping[Any, int]]) -> None:
        """Take over the bonds of another device of the same services; handles may have become text, as in JSON."""
        self.bonds.update({who: {int(handle): Cccd(value) for handle, value in of.items()} for who, of in snapshot.items()})

    def forget_bonds(self) -> Collection[str]:
        """Forget every bonded client; their identities."""
        forgotten = tuple(self.bonds)
        self.bonds.clear()
        return forgotten

    def _delete_bonds(self, action: DeleteBonds, effects: list[Effect]) -> None:
        own, connected = action.peer.identity, {peer.identity: peer for peer in self.peers.values()}
        for identity in tuple(self.bonds):
            if action.whose is Bonds.ALL or (identity == own) == (action.whose is Bonds.REQUESTING):
                if peer := connected.get(identity):
                    peer.forgotten = True
                else:
                    self._unbond(identity, effects)

    def _unbond(self, identity: str, effects: list[Effect]) -> None:
        self.bonds.pop(identity, None)
        effects.append(Unbond(identity))

    def _drain_ledger(self, effects: list[Effect]) -> None:
        effects.extend(self.machine.ledger.drain())
