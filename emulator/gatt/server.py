"""The GATT server: brings requests to services and carries out what they ask for, in an order that every service shares.

The machine is advanced first. The effects of one request are then its notes, the ledger entries that it caused, its reply, and
what else is sent. Source: Bluetooth Core Specification, Vol 3, Part F (ATT) and Part G (GATT).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from isletbench.emulator.core.endpoint import Link, Place
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.notes import Note, Refused
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import rules
from isletbench.emulator.gatt.bonds import BondTable
from isletbench.emulator.gatt.messages import (
    Confirm,
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
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
from isletbench.emulator.gatt.notes import BondsToDelete, IndicationTimeout
from isletbench.emulator.gatt.service import DeleteBonds, Peer, Send, Service, ServiceAction, StoresRecords, nothing_by_itself
from isletbench.emulator.gatt.table import Advertisement, Attribute, Handle, Security, table_of
from isletbench.protocols.att import AttCode, AttError, Cccd, ErrorCode


class OnTraffic(Protocol):
    """What a machine does about what its radio carries."""

    def __call__(self, now: Instant, *, clients: int, messages: int) -> None:
        """So many messages have passed in either direction, and so many clients are connected."""


class GattDevice:
    """A machine behind its services: implements ``Endpoint`` for GATT requests. No I/O, no clock."""

    def __init__(
        self,
        name: str,
        machine: Machine,
        services: Sequence[Service],
        advertisement: Advertisement,
        *,
        on_traffic: OnTraffic | None = None,
        one_bond: bool = False,
    ) -> None:
        """``on_traffic``: a machine that is concerned by what its radio carries. With ``one_bond`` each new bond replaces the
        one before."""
        self.name = name
        self._on_traffic = on_traffic
        self.machine = machine
        self.services = tuple(services)
        self.advertisement = advertisement
        self.table = table_of(tuple(service.spec for service in services))
        self.reachable_security = Security.AUTHENTICATED
        """The highest level of security that pairing can reach; a device without a passkey cannot authenticate its clients."""
        self.peers: dict[Link, Peer] = {}
        self.bonds = BondTable(one=one_bond)
        self._service_of = {service.spec.uuid: service for service in services}
        self._active = tuple(service for service in services if type(service).advance is not nothing_by_itself)
        """The services that can send something by themselves."""
        self._connected: tuple[Peer, ...] = ()
        self._confirm_by: Instant | None = None
        """When the first indication on the wire times out, of all clients."""

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
        """When ``advance`` has to be called: the machine, a service or an indication is due."""
        next_ = self.machine.next_deadline
        for service in self.services:
            due = service.next_deadline
            if due is not None and (next_ is None or due < next_):
                next_ = due
        due = self._confirm_by
        return due if next_ is None or (due is not None and due < next_) else next_

    def advance(self, now: Instant) -> list[Effect]:
        """Bring the machine to ``now``, then let every service send what has changed."""
        effects: list[Effect] = []
        self._advance(now, effects)
        if effects and self._on_traffic is not None:
            self._count_traffic(effects, now, self._on_traffic)
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
        if self._on_traffic is not None:
            self._count_traffic(effects, now, self._on_traffic, received=1)
        self._drain_ledger(effects)
        return effects

    def _count_traffic(self, effects: list[Effect], now: Instant, on_traffic: "OnTraffic", *, received: int = 0) -> None:
        """Let the machine know how many messages have passed, and how many clients there are."""
        sent = sum(isinstance(effect, Outgoing) for effect in effects)
        on_traffic(now, clients=len(self.peers), messages=received + sent)

    def reported_by(self, attribute: Attribute, value: bytes) -> Sequence[Any]:
        """The stored records that a write of this value to a characteristic would report now, as packets."""
        service = self._service_of[attribute.service.uuid]
        return service.reported_by(value) if isinstance(service, StoresRecords) else ()

    def queued_write_refused(self, link: Link, handle: Handle) -> ErrorCode | None:
        """Why this client may not write under this handle, whatever the value; None when it may. Nothing changes."""
        if (peer := self.peers.get(link)) is None:
            return AttCode.UNLIKELY_ERROR
        try:
            rules.check_queued_write(self.table, handle, peer)
        except AttError as error:
            return error.code
        return None

    # A client's life

    def _connect(self, request: Connected, now: Instant) -> None:
        peer = Peer(request.link, self.table, request.mtu, request.security, request.bonded, reachable=self.reachable_security)
        self.peers[request.link] = peer
        self._connected = tuple(self.peers.values())
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
                    replaced = self.bonds.secured(peer, request.identity, self._connected)
                    effects.extend(Unbond(identity) for identity in replaced)
            case Disconnected():
                del self.peers[request.link]
                self._connected = tuple(self.peers.values())
                self._find_timeout()
                for service in self.services:
                    service.disconnected(peer, now)
                effects.extend(Unbond(identity) for identity in self.bonds.disconnected(peer))
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
            return rules.read_cccd(attribute, peer)
        attribute = rules.attribute_to_read(self.table, handle, peer)
        return self._service_of[attribute.service.uuid].read(attribute.spec.uuid, peer, now)

    def _write(self, peer: Peer, request: Write, now: Instant, effects: list[Effect]) -> None:
        try:
            service, actions = self._accept(peer, request, now)
        except AttError as error:
            effects.append(Refused(now, error.why, error.code.name))
            self._drain_ledger(effects)
            if request.response:
                effects.append(ErrorResponse(request.link, request.handle, error.code))
            return
        deleted: list[str] = []
        for action in actions:
            if isinstance(action, DeleteBonds):
                deleted += self._delete_bonds(action, now, effects)
            elif isinstance(action, Note):
                effects.append(action)
        self._drain_ledger(effects)
        if request.response:
            effects.append(WriteResponse(request.link, request.handle))
        effects.extend(Unbond(identity) for identity in deleted)
        for action in actions:
            if not isinstance(action, Note | DeleteBonds):
                self._carry_out(service, action, now, effects)

    def _accept(self, peer: Peer, request: Write, now: Instant) -> tuple[Service, Sequence[ServiceAction]]:
        """Let the service of a characteristic carry out a write; the service, and what it asks the server for."""
        if attribute := self.table.by_cccd.get(request.handle):
            rules.write_cccd(attribute, request.value, peer)
            return self._service_of[attribute.service.uuid], ()
        attribute = rules.attribute_to_write(self.table, request, peer)
        service = self._service_of[attribute.service.uuid]
        return service, tuple(service.write(attribute.spec.uuid, request.value, peer, now))

    # Sending

    def _send(self, service: Service, send: Send, now: Instant, effects: list[Effect]) -> None:
        peer = send.peer
        attribute = self.table.of(service.spec.uuid, send.uuid)
        if peer.link not in self.peers or not peer.subscribed(service.spec, send.uuid):
            return
        assert attribute.cccd is not None
        if peer.cccds[attribute.cccd] & Cccd.NOTIFY:
            effects.append(Notify(peer.link, attribute.handle, send.value))
        else:
            effects.extend(peer.indications.add(attribute, send.value, now))
            self._find_timeout()

    def _confirm(self, peer: Peer, request: Confirm, now: Instant, effects: list[Effect]) -> None:
        if not peer.indications.awaits(request.handle):
            return  # no indication waits for this confirmation: it means nothing (Core Vol 3, Part F, 3.3.2)
        attribute = self.table.by_handle[request.handle]
        service = self._service_of[attribute.service.uuid]
        effects.extend(peer.indications.confirm(now))
        self._find_timeout()
        self._collect(service, service.confirmed(attribute.spec.uuid, peer, now), now, effects)

    # Time

    def _advance(self, now: Instant, effects: list[Effect]) -> None:
        self.machine.advance(now)
        self._drain_ledger(effects)
        if self._confirm_by is not None and self._confirm_by <= now:
            for peer in self._connected:
                deadline = peer.indications.deadline
                if deadline is not None and deadline <= now:
                    self._time_out(peer, now, effects)
            self._find_timeout()
        for service in self._active:
            self._collect(service, service.advance(self._connected, now), now, effects)

    def _find_timeout(self) -> None:
        deadlines = (peer.indications.deadline for peer in self._connected)
        self._confirm_by = min((deadline for deadline in deadlines if deadline is not None), default=None)

    def _time_out(self, peer: Peer, now: Instant, effects: list[Effect]) -> None:
        """Discard the indications of a client that has not confirmed one within 30 s: nothing more is sent for them."""
        effects.append(IndicationTimeout(now, peer.link))
        for attribute in peer.indications.time_out():
            self._service_of[attribute.service.uuid].unconfirmed(attribute.spec.uuid, peer, now)

    def _collect(self, service: Service, actions: Iterable[ServiceAction], now: Instant, effects: list[Effect]) -> None:
        """Carry out what a service asks for, after the ledger entries of what it has just done."""
        if actions == ():
            return
        due = list(actions)
        self._drain_ledger(effects)
        for action in due:
            self._carry_out(service, action, now, effects)

    def _carry_out(self, service: Service, action: ServiceAction, now: Instant, effects: list[Effect]) -> None:
        match action:
            case Send():
                self._send(service, action, now, effects)
            case DeleteBonds():
                effects.extend(Unbond(identity) for identity in self._delete_bonds(action, now, effects))
            case _:
                effects.append(action)

    # Bonds

    def snapshot(self) -> dict[str, dict[Handle, int]]:
        """The CCCDs of every bonded client, by identity and handle."""
        return self.bonds.snapshot()

    def restore(self, snapshot: Mapping[str, Mapping[Any, int]]) -> None:
        """Take over the bonds of another device of the same services; handles may have become text, as in JSON."""
        self.bonds.restore(snapshot)

    def forget_bonds(self) -> Collection[str]:
        """Delete the bond of every client; their identities."""
        return self.bonds.clear()

    def _delete_bonds(self, action: DeleteBonds, now: Instant, effects: list[Effect]) -> list[str]:
        """Delete bonds and note it, if there are any; the identities of those that are deleted at once."""
        meant = self.bonds.meant(action)
        if meant:
            effects.append(BondsToDelete(now, action.whose.name))
        return self.bonds.delete(meant, self.peers.values())

    def _drain_ledger(self, effects: list[Effect]) -> None:
        if fresh := self.machine.ledger.drain():
            effects.extend(fresh)
