"""The virtual air: radios within reach of each other, in one process.

bumble's ``LocalLink`` has no loss, no distance and no supervision time-out, finds receivers by walking through all of them,
and gives a wrong source address for hosts that connect with their public one. Every packet of the link layer passes one of
its three doors (advertising, ACL data, control); this class stands in all three.

A radio cannot *lose* a packet on a living connection: the link layer keeps it and repeats it, until it is heard or the
connection dies of silence. So packets between two radios stand in a queue, one for each way, that delay, loss and distance
hold up (``Radio``, ``part``). ``fate`` is for devices that misbehave, and may do anything to a packet before it is sent.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.link import LocalLink

from isletbench.emulator.transports.ble.radio import Radio

MICROSECONDS = 1_000_000
DEFAULT_SUPERVISION_S = 0.72
"""Of two radios that have no connection."""

Fate: TypeAlias = Callable[[str, Controller, Controller, Any], Iterable[tuple[float, Any]]]
"""What becomes of a packet: (kind, sender, receiver, packet) to (delay in s, packet as it arrives); nothing is loss.
Kind is ``advertising``, ``acl`` (a whole L2CAP PDU) or ``control``."""


def undisturbed(kind: str, sender: Controller, receiver: Controller, packet: Any) -> Iterable[tuple[float, Any]]:
    """Everything arrives as it was sent, at once."""
    return ((0.0, packet),)


@dataclass(frozen=True, slots=True)
class Terms:
    """What two radios agreed on for their connection. Core Vol 6, Part B, 4.5.1 and 4.5.2."""

    began_us: int
    """Loop time of the first connection event."""
    interval_us: int
    """From one connection event to the next."""
    supervision_timeout_s: float
    """Silence that ends the connection."""

    def event_after(self, now_us: int, count: int) -> int:
        """When the ``count``-th connection event after now is."""
        past = (now_us - self.began_us) // self.interval_us
        return self.began_us + (past + count) * self.interval_us


_Pair: TypeAlias = frozenset[Controller]


class Air(LocalLink):
    """All controllers within reach of each other."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble's own has no annotations
        self.radios: list[Controller] = []
        self.controllers = _Listed(self.radios)  # type: ignore[assignment]  # in order, so that runs repeat
        self.fate: Fate = undisturbed
        self.rssi: Callable[[Controller, Controller], int] = lambda sender, receiver: self._between(sender, receiver).rssi()
        self._ideal = Radio()
        self._radio_of: dict[Controller, Radio] = {}
        self._terms: dict[_Pair, Terms] = {}
        self._away: set[_Pair] = set()
        self._silences: dict[_Pair, asyncio.TimerHandle] = {}
        self._breaks: dict[_Pair, asyncio.TimerHandle] = {}
        self._ways: dict[tuple[Controller, Controller], _Way] = {}

    # Who hears whom

    def add_controller(self, controller: Controller) -> None:
        self.radios.append(controller)

    def equip(self, controller: Controller, radio: Radio) -> None:
        """Give a controller a radio that is not ideal."""
        self._radio_of[controller] = radio
        radio.on_change = lambda: self._changed(controller)
        radio.on_drop = lambda: self._drop_all(controller)

    def remove_controller(self, controller: Controller) -> None:
        """A radio goes silent for good: whoever is connected to it finds out."""
        for other in tuple(self.radios):
            if other is not controller:
                self.lose(other, controller)
        self.forget_connections(controller)
        if controller in self.radios:
            self.radios.remove(controller)
        self._away = {pair for pair in self._away if controller not in pair}
        if radio := self._radio_of.pop(controller, None):
            radio.on_change = radio.on_drop = lambda: None

    def forget_connections(self, controller: Controller) -> None:
        """A controller has none any more, and nothing is on its way to it or from it."""
        for pair in [pair for pair in (*self._terms, *self._silences, *self._breaks) if controller in pair]:
            self._ended(pair)
        for way in [way for way in self._ways if controller in way]:
            self._ways.pop(way).clear()

    def radio_at(self, address: hci.Address, peer: Controller | None = None) -> Controller | None:
        """The radio that answers to an address: of several the one that is connected to ``peer``, else the first."""
        found = [radio for radio in self.radios if _answers(radio, address)]
        if peer is not None and len(found) > 1:
            found.sort(key=lambda radio: not _is_connected(radio, peer))
        return found[0] if found else None

    def find_le_controller(self, address: hci.Address) -> Controller | None:
        return self.radio_at(address)

    def hears(self, sender: Controller, receiver: Controller) -> bool:
        """Whether two radios are in range of each other."""
        return frozenset((sender, receiver)) not in self._away and self._between(sender, receiver).in_range

    def accepts_updates(self, peer: Controller) -> bool:
        """Whether ``peer`` agrees to other terms for their connection."""
        return self._radio_of[peer].conditions.accepts_updates if peer in self._radio_of else True

    def _between(self, sender: Controller, receiver: Controller) -> Radio:
        """The radio that decides how well these two hear each other: the device's."""
        return self._radio_of.get(sender) or self._radio_of.get(receiver) or self._ideal

    def _listeners(self, sender: Controller) -> list[Controller]:
        return [r for r in self.radios if r is not sender and (r.le_scan_enable or r.pending_le_connection)]

    def anybody_listens(self, sender: Controller) -> bool:
        """Whether any other radio scans, or waits to connect."""
        return bool(self._listeners(sender))

    # The three doors

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        if isinstance(packet, ll.ConnectInd):
            receiver = self.radio_at(packet.advertiser_address)
            receivers = [] if receiver is None else [receiver]
        else:
            receivers = [
                r for r in self._listeners(sender_controller) if self._between(sender_controller, r).hears_advertisement()
            ]
        for receiver in receivers:
            if self.hears(sender_controller, receiver):
                self._carry("advertising", sender_controller, receiver, packet, receiver.on_ll_advertising_pdu)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.radio_at(destination_address, sender_controller)
        if connection is None or receiver is None:
            return
        source = connection.self_address  # the address it connected with, public or random
        self._carry(
            "acl",
            sender_controller,
            receiver,
            data,
            lambda arrived: _arrive(receiver, source, transport, arrived),
        )

    def send_ll_control_pdu(self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu) -> None:
        receiver = self.radio_at(receiver_address)
        sender = self.radio_at(sender_address, receiver)
        receiver = self.radio_at(receiver_address, sender)
        if sender is None or receiver is None:
            return  # it has gone; supervision tells the sender
        self._carry(
            "control",
            sender,
            receiver,
            packet,
            lambda arrived: _arrive_control(receiver, sender_address, arrived),
        )

    def _carry(self, kind: str, sender: Controller, receiver: Controller, packet: Any, arrive: Callable[[Any], None]) -> None:
        loop = asyncio.get_running_loop()
        for delay, arriving in self.fate(kind, sender, receiver, packet):
            if delay:
                loop.call_later(delay, arrive, arriving)
            elif kind == "advertising":
                loop.call_soon(arrive, arriving)
            else:
                self._send(sender, receiver, lambda arriving=arriving: arrive(arriving))  # type: ignore[misc]  # bound at once

    def _send(self, sender: Controller, receiver: Controller, arrive: Callable[[], None]) -> None:
        """Queue a packet of a connection: it arrives at the connection event at which it is heard."""
        pair, now_us = frozenset((sender, receiver)), _now_us()
        terms, radio = self._terms.get(pair), self._between(sender, receiver)
        at_us = now_us
        if terms is not None:
            limit = max(1, round(self._supervision_s(pair) * MICROSECONDS / terms.interval_us))
            waits = radio.events_until_heard(limit)
            if waits:
                at_us = terms.event_after(now_us, waits)
            elif waits is None:
                at_us += round(self._supervision_s(pair) * MICROSECONDS) + terms.interval_us  # never: the end comes first
                self._fall_silent(pair)
        self._way(sender, receiver).put(at_us, arrive)

    def when_taken(self, sender: Controller, receiver: Controller, then: Callable[[], None]) -> None:
        """Call when the air has taken what ``sender`` sent last: a silent or slow radio stops its sender."""
        self._way(sender, receiver).put(None, then)

    def _way(self, sender: Controller, receiver: Controller) -> "_Way":
        way = self._ways.setdefault((sender, receiver), _Way())
        way.hold(not self.hears(sender, receiver))
        return way

    # Connections

    def agreed(self, one: Controller, peer_address: hci.Address, interval: int, timeout: int) -> None:
        """``one`` has a connection, or other terms on it: units of 1.25 ms and of 10 ms."""
        other = self.radio_at(peer_address, one)
        if other is None:
            return
        pair = frozenset((one, other))
        is_new = pair not in self._terms
        self._terms[pair] = Terms(_now_us(), max(1, interval) * 1_250, max(1, timeout) / 100)
        if is_new:
            self._arm_break(pair)

    def ignored(self, packet: ll.ConnectInd) -> None:
        """Nobody answered at the first connection events: Core Vol 6, Part B, 4.5, reason 0x3E."""
        initiator = self.radio_at(packet.initiator_address)
        connection = initiator.le_connections.get(packet.advertiser_address) if initiator else None
        if initiator is not None and connection is not None:
            initiator.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

    def ended(self, one: Controller, peer_address: hci.Address) -> None:
        """``one`` has a connection no longer; what was on its way to it is of the past."""
        other = self.radio_at(peer_address, one)
        if other is None:
            return
        if way := self._ways.get((other, one)):
            way.clear()
        if not _is_connected(other, one):
            self._ended(frozenset((one, other)))

    def _ended(self, pair: _Pair) -> None:
        self._terms.pop(pair, None)
        for timers in (self._silences, self._breaks):
            if timer := timers.pop(pair, None):
                timer.cancel()

    def _supervision_s(self, pair: _Pair) -> float:
        one, other = self._in_order(pair)
        own = self._between(one, other).conditions.supervision_timeout_ms
        if own is not None:
            return own / 1_000
        terms = self._terms.get(pair)
        return terms.supervision_timeout_s if terms else DEFAULT_SUPERVISION_S

    def _changed(self, controller: Controller) -> None:
        """The conditions of a radio are others now."""
        for other in self.radios:
            pair = frozenset((controller, other))
            if pair in self._terms:
                self._supervise(pair)
                if not self._radio_of[controller].in_storm:
                    self._arm_break(pair)

    def _arm_break(self, pair: _Pair) -> None:
        one, other = self._in_order(pair)
        if timer := self._breaks.pop(pair, None):
            timer.cancel()
        radio = self._between(one, other)
        lasts = radio.contact_lasts()
        if lasts is not None:
            self._breaks[pair] = asyncio.get_running_loop().call_later(lasts, self._break, pair, radio)

    def _break(self, pair: _Pair, radio: Radio) -> None:
        radio.broke()
        self._expire(pair)

    def _drop_all(self, controller: Controller) -> None:
        for pair in [frozenset((controller, other)) for other in self.radios]:
            if pair in self._terms:
                self._expire(pair)

    # Range

    def part(self, one: Controller, other: Controller, supervision_timeout: float | None = None) -> None:
        """Carry them out of each other's range: after ``supervision_timeout`` s of silence (that of their connection when left
        out) both hosts lose the connection."""
        pair = frozenset((one, other))
        self._away.add(pair)
        self._supervise(pair, supervision_timeout)

    def rejoin(self, one: Controller, other: Controller) -> None:
        """Bring them together again; a connection whose supervision has not run out lives on."""
        pair = frozenset((one, other))
        self._away.discard(pair)
        self._supervise(pair)

    def _supervise(self, pair: _Pair, timeout: float | None = None) -> None:
        """Begin to count a silence, or find it over."""
        one, other = self._in_order(pair)
        silent = not self.hears(one, other)
        if (not silent or timeout is not None) and (timer := self._silences.pop(pair, None)):
            timer.cancel()
        if silent and pair not in self._silences:
            seconds = self._supervision_s(pair) if timeout is None else timeout
            self._silences[pair] = asyncio.get_running_loop().call_later(seconds, self._expire, pair)
        for way in ((one, other), (other, one)):
            if way in self._ways:
                self._ways[way].hold(silent)

    def _in_order(self, pair: _Pair) -> list[Controller]:
        """The two of a pair, always in the same order, so that runs repeat."""
        return sorted(pair, key=self.radios.index)

    def _fall_silent(self, pair: _Pair) -> None:
        """So much is lost that nothing is heard for the supervision time-out; for their next connection luck is new."""
        if pair not in self._silences:
            timer = asyncio.get_running_loop().call_later(self._supervision_s(pair), self._expire, pair)
            self._silences[pair] = timer

    def _expire(self, pair: _Pair) -> None:
        self._silences.pop(pair, None)
        one, other = self._in_order(pair)
        self.lose(one, other)
        self.lose(other, one)

    def lose(self, radio: Controller, peer: Controller) -> None:
        """``radio`` has not heard ``peer`` for its supervision time-out: Core Vol 6, Part B, 4.5.2, reason 0x08."""
        for connection in tuple(radio.le_connections.values()):
            if self.radio_at(connection.peer_address, radio) is peer:
                radio.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


class _Way:
    """What is on its way from one radio to another, in the order it was sent."""

    def __init__(self) -> None:
        self._queue: deque[tuple[int, Callable[[], None]]] = deque()
        self._timer: asyncio.Handle | None = None
        self._held = False

    def put(self, at_us: int | None, arrive: Callable[[], None]) -> None:
        """Let it arrive at a loop time, but after all that is on its way already; None is as soon as that."""
        latest = self._queue[-1][0] if self._queue else 0
        self._queue.append((max(latest, at_us or 0), arrive))
        if self._timer is None:
            self._arm()

    def hold(self, held: bool) -> None:
        """Nothing arrives while it is held."""
        if held != self._held:
            self._held = held
            self._arm()

    def clear(self) -> None:
        """Nothing of it will arrive."""
        self._queue.clear()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._queue or self._held:
            return
        loop = asyncio.get_running_loop()
        at_us = self._queue[0][0]
        if at_us <= _now_us():
            self._timer = loop.call_soon(self._arrived)
        else:
            self._timer = loop.call_at(at_us / MICROSECONDS, self._arrived)

    def _arrived(self) -> None:
        self._timer = None
        due = sum(at_us <= self._queue[0][0] for at_us, _ in self._queue)
        while due and self._queue and not self._held:
            due -= 1
            self._queue.popleft()[1]()
        self._arm()


def _answers(radio: Controller, address: hci.Address) -> bool:
    """Whether this is an address of a radio: one it has now, or one it connected with."""
    return address in (radio.random_address, radio.public_address) or any(
        connection.self_address == address for connection in radio.le_connections.values()
    )


def _is_connected(radio: Controller, peer: Controller) -> bool:
    return any(_answers(peer, address) for address in radio.le_connections)


def _now_us() -> int:
    return round(asyncio.get_running_loop().time() * MICROSECONDS)


def _arrive(receiver: Controller, source: hci.Address, transport: core.PhysicalTransport, data: bytes) -> None:
    if source in receiver.le_connections:  # it may have ended while the packet was on its way
        receiver.on_link_acl_data(source, transport, data)


def _arrive_control(receiver: Controller, source: hci.Address, packet: ll.ControlPdu) -> None:
    if source in receiver.le_connections:
        receiver.on_ll_control_pdu(source, packet)


class _Listed:
    """What bumble's classic-radio doors iterate over; nothing here has a classic radio."""

    def __init__(self, radios: list[Controller]) -> None:
        self._radios = radios

    def __iter__(self) -> Any:
        return iter(self._radios)
