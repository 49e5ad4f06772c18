"""The virtual air: radios within reach of each other, in one process.

bumble's ``LocalLink`` has no loss, no distance and no supervision time-out, finds receivers by walking through all of them,
and gives a wrong source address for hosts that connect with their public one. Every packet of the link layer passes one of
its three doors (advertising, ACL data, control); this class stands in all three. A packet's ``Fate`` is decided there.

What a radio does to a living connection is delay, and after long silence end it: the link layer retransmits, so a *lost*
packet on a living connection is not something a radio can cause. ``part`` is the radio; ``fate`` serves both it and devices
that misbehave, and whoever sets it says which.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from bumble import core, hci, ll
from bumble.controller import Controller
from bumble.link import LocalLink

DEFAULT_RSSI = -60
"""dBm: a phone and a body-worn device in the same room."""

Fate: TypeAlias = Callable[[str, Controller, Controller, Any], Iterable[tuple[float, Any]]]
"""What becomes of a packet: (kind, sender, receiver, packet) to (delay in s, packet as it arrives); nothing is loss.
Kind is ``advertising``, ``acl`` (a whole L2CAP PDU) or ``control``."""


def undisturbed(kind: str, sender: Controller, receiver: Controller, packet: Any) -> Iterable[tuple[float, Any]]:
    """Everything arrives as it was sent, at once."""
    return ((0.0, packet),)


class Air(LocalLink):
    """All controllers within reach of each other."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble's own has no annotations
        self.radios: list[Controller] = []
        self.controllers = _Listed(self.radios)  # type: ignore[assignment]  # in order, so that runs repeat
        self.fate: Fate = undisturbed
        self.rssi: Callable[[Controller, Controller], int] = lambda sender, receiver: DEFAULT_RSSI
        self._parted: dict[frozenset[Controller], asyncio.TimerHandle | None] = {}

    # Who hears whom

    def add_controller(self, controller: Controller) -> None:
        self.radios.append(controller)

    def remove_controller(self, controller: Controller) -> None:
        """A radio goes silent for good: whoever is connected to it finds out."""
        if controller in self.radios:
            self.radios.remove(controller)
        for other in self.radios:
            self.lose(other, controller)

    def radio_at(self, address: hci.Address) -> Controller | None:
        """The radio that answers to an address."""
        for radio in self.radios:
            if address in (radio.random_address, radio.public_address):
                return radio
            if any(connection.self_address == address for connection in radio.le_connections.values()):
                return radio
        return None

    def find_le_controller(self, address: hci.Address) -> Controller | None:
        return self.radio_at(address)

    def hears(self, sender: Controller, receiver: Controller) -> bool:
        """Whether two radios are in range of each other."""
        return frozenset((sender, receiver)) not in self._parted

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
            receivers = self._listeners(sender_controller)
        for receiver in receivers:
            self._carry("advertising", sender_controller, receiver, packet, receiver.on_ll_advertising_pdu)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.radio_at(destination_address)
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
        sender, receiver = self.radio_at(sender_address), self.radio_at(receiver_address)
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
        if not self.hears(sender, receiver):
            return
        loop = asyncio.get_running_loop()
        for delay, arriving in self.fate(kind, sender, receiver, packet):
            if delay:
                loop.call_later(delay, arrive, arriving)
            else:
                loop.call_soon(arrive, arriving)

    # Range

    def part(self, one: Controller, other: Controller, supervision_timeout: float) -> None:
        """Carry them out of each other's range: after ``supervision_timeout`` s of silence both hosts lose the connection."""
        self.rejoin(one, other)
        timer = asyncio.get_running_loop().call_later(supervision_timeout, self._expire, one, other)
        self._parted[frozenset((one, other))] = timer

    def rejoin(self, one: Controller, other: Controller) -> None:
        """Bring them together again; a connection whose supervision has not run out lives on."""
        timer = self._parted.pop(frozenset((one, other)), None)
        if timer is not None:
            timer.cancel()

    def _expire(self, one: Controller, other: Controller) -> None:
        self._parted[frozenset((one, other))] = None
        self.lose(one, other)
        self.lose(other, one)

    def lose(self, radio: Controller, peer: Controller) -> None:
        """``radio`` has not heard ``peer`` for its supervision time-out: Core Vol 6, Part B, 4.5.2, reason 0x08."""
        addresses = {peer.random_address, peer.public_address}
        addresses |= {connection.self_address for connection in peer.le_connections.values()}
        for connection in tuple(radio.le_connections.values()):
            if connection.peer_address in addresses:
                radio.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


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
