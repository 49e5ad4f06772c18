"""The two ends of each connection on the air, and the ends that have lost the other one or never had one.

A link layer knows a connection by the access address that CONNECT_IND gives it; here each end knows the other one, so that a
packet of an ended connection never arrives in a new one between the same addresses. An end without another hears nothing and
ends by time-out: an initiator's after six connection intervals (Core Vol 6, Part B, 4.5), any other after the supervision
timeout (4.5.2). No end stays half made.
"""

import asyncio
from collections.abc import Iterable

from bumble import hci
from bumble.controller import Connection, Controller

INTERVALS_TO_ESTABLISH = 6
NEVER_ESTABLISHED = hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
TIMED_OUT = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR


def is_open(end: Connection) -> bool:
    """Whether its controller still has this connection."""
    return end.controller.le_connections.get(end.peer_address) is end


class ConnectionEnds:
    """The ends of the connections on one air. bumble compares connections by value, so ends are kept by identity."""

    def __init__(self) -> None:
        self._others: dict[int, Connection] = {}
        self._initiated: dict[int, Connection] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def other(self, end: Connection) -> Connection | None:
        """Return the other end of a connection; None when there is none (any more)."""
        return self._others.get(id(end))

    def between(self, one: Controller, other: Controller) -> list[Connection]:
        """Return both ends of every connection between two controllers, those of ``one`` first."""
        ends = [end for end in one.le_connections.values() if (far := self.other(end)) and far.controller is other]
        return [*ends, *(self._others[id(end)] for end in ends)]

    def initiated(self, end: Connection, interval_s: float) -> None:
        """A central has begun a connection: it ends when nobody answers at its first connection events."""
        self._initiated[id(end)] = end
        self._arm(end, INTERVALS_TO_ESTABLISH * interval_s, NEVER_ESTABLISHED)

    def waiting(self, initiator: hci.Address, advertiser: hci.Address) -> Connection | None:
        """Return the end of a central that waits for this advertiser; None when it has ended meanwhile."""
        waiting = (e for e in self._initiated.values() if e.self_address == initiator and e.peer_address == advertiser)
        return next(waiting, None)

    def joined(self, one: Connection, other: Connection) -> None:
        """The connection is established."""
        self._others[id(one)], self._others[id(other)] = other, one
        self._initiated.pop(id(one), None)
        self._cancel(one)

    def gone(self, end: Connection, timeout_s: float) -> Connection | None:
        """An end has ended; the other one ends when it has heard nothing for ``timeout_s``. Returns the other one."""
        self._cancel(end)
        self._initiated.pop(id(end), None)
        other = self._others.pop(id(end), None)
        if other is not None:
            self._others.pop(id(other), None)
            self._arm(other, timeout_s, TIMED_OUT)
        return other

    def forget(self, ends: Iterable[Connection]) -> None:
        """Forget ends whose controller is switched off or reset; what they were connected to has ended already."""
        for end in ends:
            self._cancel(end)
            self._initiated.pop(id(end), None)
            if other := self._others.pop(id(end), None):
                self._others.pop(id(other), None)

    def _arm(self, end: Connection, seconds: float, reason: int) -> None:
        def expired() -> None:
            self._timers.pop(id(end), None)
            if is_open(end):
                end.controller.on_le_disconnected(end, reason)

        self._timers[id(end)] = asyncio.get_running_loop().call_later(seconds, expired)

    def _cancel(self, end: Connection) -> None:
        if timer := self._timers.pop(id(end), None):
            timer.cancel()
