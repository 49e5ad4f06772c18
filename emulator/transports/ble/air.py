"""The virtual air: Bluetooth LE controllers of one process that are in radio range of each other.

bumble's ``LocalLink`` has no packet loss, no distance and no supervision timeout, finds receivers by a linear search, and
gives a wrong source address for hosts that connect with a public address. Every packet of the link layer passes one of three
methods (advertising, ACL data, control); ``Air`` overrides all three.

A radio does not lose a packet of an established connection: the link layer retransmits it until it is acknowledged or the
supervision timeout ends the connection. Packets between two radios therefore wait in one queue for each direction, and packet
loss, delay and distance (``Radio``, ``move_out_of_range``) delay that queue. ``intercept`` simulates a device that violates the
protocol: it may drop, repeat, delay or change any packet before it is sent.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from bumble import core, hci, ll
from bumble.controller import Connection, Controller
from bumble.link import LocalLink

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.transports.ble import quiet_log
from isletbench.emulator.transports.ble.connection_ends import TIMED_OUT, ConnectionEnds, is_open
from isletbench.emulator.transports.ble.packet_queue import MICROSECONDS, PacketQueue, now_us
from isletbench.emulator.transports.ble.radio import Radio

quiet_log.install()
DEFAULT_SUPERVISION_S = 0.72
"""Supervision timeout of two radios without a connection, s."""

PacketInterceptor: TypeAlias = Callable[[str, Controller, Controller, Any], Iterable[tuple[float, Any]]]
"""Maps (kind, sender, receiver, packet) to the packets that arrive, each with its delay in s; an empty result is a lost packet.
The kind is ``advertising``, ``acl`` (a whole L2CAP PDU) or ``control``."""


def pass_unchanged(kind: str, sender: Controller, receiver: Controller, packet: Any) -> Iterable[tuple[float, Any]]:
    """Deliver the packet unchanged and without delay."""
    return ((0.0, packet),)


@dataclass(frozen=True, slots=True)
class ConnectionParameters:
    """The connection parameters of two connected radios. Core Vol 6, Part B, 4.5.1 and 4.5.2."""

    began_us: int
    """Event loop time of the first connection event, us."""
    interval_us: int
    """Time from one connection event to the next, us."""
    supervision_timeout_s: float
    """Time without a received packet after which the connection ends, s."""

    def connection_event_after(self, now_us: int, count: int) -> int:
        """Return the event loop time of the ``count``-th connection event after ``now_us``, us."""
        past = (now_us - self.began_us) // self.interval_us
        return self.began_us + (past + count) * self.interval_us


_Pair: TypeAlias = frozenset[Controller]


class Air(LocalLink):
    """The virtual controllers of one bench and the links between them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble's own has no annotations
        self.radios: list[Controller] = []
        self.controllers = _ControllerList(self.radios)  # type: ignore[assignment]  # in order, so that runs repeat
        self.intercept: PacketInterceptor = pass_unchanged
        self.rssi: Callable[[Controller, Controller], int] = lambda sender, receiver: self._between(sender, receiver).rssi()
        self.ends = ConnectionEnds()
        self.kept_to_events: set[Controller] = set()
        """Controllers whose packets, sent and received, wait for the next connection event, as a real radio's do."""
        self._ideal = Radio()
        self._radio_of: dict[Controller, Radio] = {}
        self._parameters: dict[_Pair, ConnectionParameters] = {}
        self._out_of_range: set[_Pair] = set()
        self._supervision_timers: dict[_Pair, asyncio.TimerHandle] = {}
        self._break_timers: dict[_Pair, asyncio.TimerHandle] = {}
        self._queues: dict[tuple[Controller, Controller], PacketQueue] = {}

    # Controllers and range

    def add_controller(self, controller: Controller) -> None:
        """Add a controller; called by bumble."""
        self.radios.append(controller)

    def attach_radio(self, controller: Controller, radio: Radio) -> None:
        """Assign a radio with its own conditions to a controller; without one the radio is ideal."""
        self._radio_of[controller] = radio
        radio.on_change = lambda: self._conditions_changed(controller)
        radio.on_drop = lambda: self._drop_connections(controller)

    def remove_controller(self, controller: Controller) -> None:
        """Remove a controller permanently; its peers see a supervision timeout."""
        for other in tuple(self.radios):
            if other is not controller:
                self.end_by_timeout(other, controller)
        self.drop_connections(controller)
        if controller in self.radios:
            self.radios.remove(controller)
        self.kept_to_events.discard(controller)
        self._out_of_range = {pair for pair in self._out_of_range if controller not in pair}
        if radio := self._radio_of.pop(controller, None):
            radio.on_change = radio.on_drop = lambda: None

    def drop_connections(self, controller: Controller) -> None:
        """Drop every connection of a controller and every packet that is queued to or from it."""
        self.ends.forget(controller.le_connections.values())
        for pair in [
            pair for pair in (*self._parameters, *self._supervision_timers, *self._break_timers) if controller in pair
        ]:
            self._remove_connection(pair)
        for queue in [queue for queue in self._queues if controller in queue]:
            self._queues.pop(queue).clear()

    def advertiser_at(self, address: hci.Address) -> Controller | None:
        """Return the first controller with this address, for an advertisement that has just come from it."""
        return next((radio for radio in self.radios if _has_address(radio, address)), None)

    def controller_at(self, address: hci.Address) -> Controller | None:
        """Return the first controller with this address, for a packet that is sent to it."""
        return self.advertiser_at(address)

    find_le_controller = controller_at  # called by bumble

    def in_range(self, sender: Controller, receiver: Controller) -> bool:
        """Whether two controllers are in radio range of each other."""
        if self._out_of_range and frozenset((sender, receiver)) in self._out_of_range:
            return False
        return self._between(sender, receiver).in_range

    def accepts_updates(self, peer: Controller) -> bool:
        """Whether ``peer`` accepts an update of the connection parameters."""
        return peer not in self._radio_of or self._radio_of[peer].conditions.accepts_updates

    def _between(self, sender: Controller, receiver: Controller) -> Radio:
        """Return the radio whose conditions apply between two controllers: the device's."""
        return self._radio_of.get(sender) or self._radio_of.get(receiver) or self._ideal

    def _receivers(self, sender: Controller) -> list[Controller]:
        return [r for r in self.radios if r is not sender and (r.le_scan_enable or r.pending_le_connection)]

    def has_receivers(self, sender: Controller) -> bool:
        """Whether any other controller scans or initiates a connection."""
        return bool(self._receivers(sender))

    # Packets: advertising, ACL data, control

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Send an advertising PDU to every scanner in range, a CONNECT_IND to the addressed advertiser."""
        if isinstance(packet, ll.ConnectInd):
            receiver = self.controller_at(packet.advertiser_address)
            receivers = [] if receiver is None else [receiver]
        else:
            receivers = [
                r for r in self._receivers(sender_controller) if self._between(sender_controller, r).receives_advertisement()
            ]
        for receiver in receivers:
            if self.in_range(sender_controller, receiver):
                self._transmit("advertising", sender_controller, receiver, packet, receiver.on_ll_advertising_pdu)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        """Send ACL data over the connection to ``destination_address``; without a connection it is dropped."""
        connection = sender_controller.le_connections.get(destination_address)
        end = self.ends.other(connection) if connection else None
        if end is not None:
            self._transmit("acl", sender_controller, end.controller, data, partial(_arrive, end, transport))

    def send_ll_control_pdu(self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu) -> None:
        """Send a link-layer control PDU; without an other end it is dropped, and the supervision timeout informs the sender."""
        for radio in self.radios:
            connection = radio.le_connections.get(receiver_address)
            if connection is None or connection.self_address != sender_address:
                continue
            if (end := self.ends.other(connection)) is not None:
                self._transmit("control", radio, end.controller, packet, partial(_arrive_control, end))
                return

    def _transmit(
        self, kind: str, sender: Controller, receiver: Controller, packet: Any, arrive: Callable[[Any], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        for delay, arriving in self.intercept(kind, sender, receiver, packet):
            if delay:
                loop.call_later(delay, arrive, arriving)
            elif kind == "advertising":
                loop.call_soon(arrive, arriving)
            else:
                self._enqueue(sender, receiver, lambda arriving=arriving: arrive(arriving))  # type: ignore[misc]  # bound at once

    def _enqueue(self, sender: Controller, receiver: Controller, arrive: Callable[[], None]) -> None:
        """Queue a packet of a connection: it arrives at the connection event at which it is received."""
        pair = frozenset((sender, receiver))
        parameters, radio = self._parameters.get(pair), self._between(sender, receiver)
        at_us = None
        least = 0 if self.kept_to_events.isdisjoint(pair) else 1
        if parameters is not None and (radio.delays or least):
            limit = max(1, round(self._supervision_s(pair) * MICROSECONDS / parameters.interval_us))
            events = radio.events_until_received(limit, least)
            if events:
                at_us = parameters.connection_event_after(now_us(), events)
            elif events is None:
                at_us = now_us() + round(self._supervision_s(pair) * MICROSECONDS) + parameters.interval_us
                self._start_supervision(pair)
        self._queue_between(sender, receiver).put(at_us, arrive)

    def call_after_delivery(self, sender: Controller, receiver: Controller, then: Callable[[], None]) -> None:
        """Call ``then`` when the last packet of ``sender`` is delivered: an unreachable or slow receiver blocks its sender."""
        self._queue_between(sender, receiver).put(None, then)

    def _queue_between(self, sender: Controller, receiver: Controller) -> "PacketQueue":
        queue = self._queues.setdefault((sender, receiver), PacketQueue())
        queue.hold(not self.in_range(sender, receiver))
        return queue

    # Connections

    def established(self, central: Connection, peripheral: Connection, interval: int, timeout: int) -> None:
        """A connection is established: ``interval`` in 1.25 ms, ``timeout`` in 10 ms."""
        self.ends.joined(central, peripheral)
        self.set_connection_parameters(peripheral, interval, timeout)

    def set_connection_parameters(self, end: Connection, interval: int, timeout: int) -> None:
        """Store the connection parameters that an end reports: ``interval`` in 1.25 ms, ``timeout`` in 10 ms."""
        other = self.ends.other(end)
        if other is None:
            return
        pair = frozenset((end.controller, other.controller))
        is_new = pair not in self._parameters
        self._parameters[pair] = ConnectionParameters(now_us(), max(1, interval) * 1_250, max(1, timeout) / 100)
        if is_new:
            self._arm_break(pair)

    def connection_ended(self, end: Connection) -> None:
        """An end has ended: discard the packets queued to it; the other end has the supervision timeout to learn of it."""
        known = self.ends.other(end)
        other = self.ends.gone(end, self._supervision_s(frozenset((end.controller, known.controller))) if known else 0)
        if other is None:
            return
        if queue := self._queues.get((other.controller, end.controller)):
            queue.clear()
        if not self.ends.between(end.controller, other.controller):
            self._remove_connection(frozenset((end.controller, other.controller)))

    def _remove_connection(self, pair: _Pair) -> None:
        self._parameters.pop(pair, None)
        for timers in (self._supervision_timers, self._break_timers):
            if timer := timers.pop(pair, None):
                timer.cancel()

    def _supervision_s(self, pair: _Pair) -> float:
        one, other = self._in_order(pair)
        own = self._between(one, other).conditions.supervision_timeout_ms
        if own is not None:
            return own / 1_000
        parameters = self._parameters.get(pair)
        return parameters.supervision_timeout_s if parameters else DEFAULT_SUPERVISION_S

    def _conditions_changed(self, controller: Controller) -> None:
        """Apply the changed conditions of a controller's radio to its connections."""
        for other in self.radios:
            pair = frozenset((controller, other))
            if pair in self._parameters:
                self._supervise(pair)
                if not self._radio_of[controller].in_storm:
                    self._arm_break(pair)

    def _arm_break(self, pair: _Pair) -> None:
        one, other = self._in_order(pair)
        if timer := self._break_timers.pop(pair, None):
            timer.cancel()
        radio = self._between(one, other)
        lifetime_s = radio.connection_lifetime_s()
        if lifetime_s is not None:
            self._break_timers[pair] = asyncio.get_running_loop().call_later(lifetime_s, self._break_connection, pair, radio)

    def _break_connection(self, pair: _Pair, radio: Radio) -> None:
        radio.connection_broke()
        self._expire(pair)

    def _drop_connections(self, controller: Controller) -> None:
        for pair in [frozenset((controller, other)) for other in self.radios]:
            if pair in self._parameters:
                self._expire(pair)

    # Range

    def move_out_of_range(self, one: Controller, other: Controller, supervision_timeout: float | None = None) -> None:
        """Move two controllers out of each other's range; both hosts lose the connection after ``supervision_timeout`` s,
        by default the supervision timeout of the connection."""
        pair = frozenset((one, other))
        self._out_of_range.add(pair)
        self._supervise(pair, supervision_timeout)

    def move_into_range(self, one: Controller, other: Controller) -> None:
        """Move two controllers into range again; a connection before its supervision timeout continues."""
        pair = frozenset((one, other))
        self._out_of_range.discard(pair)
        self._supervise(pair)

    def _supervise(self, pair: _Pair, timeout: float | None = None) -> None:
        """Start the supervision timer of a pair out of range, or cancel it for a pair in range."""
        one, other = self._in_order(pair)
        silent = not self.in_range(one, other)
        if (not silent or timeout is not None) and (timer := self._supervision_timers.pop(pair, None)):
            timer.cancel()
        if silent and pair not in self._supervision_timers:
            seconds = self._supervision_s(pair) if timeout is None else timeout
            self._supervision_timers[pair] = asyncio.get_running_loop().call_later(seconds, self._expire, pair)
        for queue in ((one, other), (other, one)):
            if queue in self._queues:
                self._queues[queue].hold(silent)

    def _in_order(self, pair: _Pair) -> list[Controller]:
        """Return a pair in the order in which its controllers were added, so that runs are repeatable."""
        return sorted(pair, key=self.radios.index)

    def _start_supervision(self, pair: _Pair) -> None:
        """Start the supervision timer of a pair whose packet loss exceeds the timeout; the next connection draws anew."""
        if pair not in self._supervision_timers:
            timer = asyncio.get_running_loop().call_later(self._supervision_s(pair), self._expire, pair)
            self._supervision_timers[pair] = timer

    def end_silent_connections(self, silent_s: float) -> int:
        """End the connections whose supervision timeout is shorter than the time for which no radio could send anything, s.

        Returns how many there were.
        """
        silent = [pair for pair in self._parameters if self._supervision_s(pair) < silent_s]
        for pair in silent:
            self._expire(pair)
        return len(silent)

    def _expire(self, pair: _Pair) -> None:
        self._supervision_timers.pop(pair, None)
        for end in self.ends.between(*self._in_order(pair)):
            end.controller.on_le_disconnected(end, TIMED_OUT)

    def end_by_timeout(self, radio: Controller, peer: Controller) -> None:
        """End the connection of ``radio`` to ``peer`` by supervision timeout: Core Vol 6, Part B, 4.5.2, reason 0x08."""
        for end in self.ends.between(radio, peer):
            if end.controller is radio:
                radio.on_le_disconnected(end, TIMED_OUT)


def _has_address(radio: Controller, address: hci.Address) -> bool:
    """Whether this is an address of a controller: a current one, or the own address of a connection."""
    octets = address.address_bytes  # compared first: nearly all differ there, and bumble's comparison is several calls
    for own in (radio.random_address, radio.public_address):
        if own.address_bytes == octets and own == address:
            return True
    for connection in radio.le_connections.values():
        if connection.self_address.address_bytes == octets and connection.self_address == address:
            return True
    return False


def _arrive(end: Connection, transport: core.PhysicalTransport, data: bytes) -> None:
    if is_open(end):  # the connection may have ended meanwhile
        end.controller.on_link_acl_data(end.peer_address, transport, data)


def _arrive_control(end: Connection, packet: ll.ControlPdu) -> None:
    if is_open(end):
        end.controller.on_ll_control_pdu(end.peer_address, packet)


class _ControllerList:
    """The controllers as bumble's BR/EDR methods iterate over them; no controller here has BR/EDR."""

    def __init__(self, radios: list[Controller]) -> None:
        self._radios = radios

    def __iter__(self) -> Any:
        return iter(self._radios)
