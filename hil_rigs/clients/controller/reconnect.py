"""Connecting to one device again and again, with waits that grow: what following a CGM and driving a pump have in common."""

import asyncio
from collections.abc import Awaitable, Callable

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.loop_time import Wake, now
from isletbench.hil_rigs.clients.controller.session import COMMUNICATION_ERRORS, Session

SHORTEST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
LONG_CONNECTION_S = 60.0
"""After a connection that lasted longer, the first attempt to reconnect comes after the shortest wait again."""
FAILURES_BEFORE_BOND_IS_DELETED = 3
REFUSALS = 3
"""After so many connections that are made and cannot be used, the user is notified that pairing fails."""
UNREACHABLE_S = 600.0
"""After so long without contact with the device, the user is notified."""


class ReconnectLoop:
    """Connects to a device, works while it is connected, and reconnects."""

    CHECKS = 2
    """How often it is checked during a pause whether the connection is still up."""

    def __init__(self, session: Session, alerts: Alerts) -> None:
        self._session, self._alerts = session, alerts
        self.wake = Wake()
        """Set when there is something to do before the next round."""
        self.last_contact = 0.0
        """When the device answered last, s."""
        self._failed = 0
        """Attempts and connections in a row that ended with an error."""
        self._refused = 0
        """Connections in a row that were made and could not be used."""
        self._has_link = False
        """Whether the connection was still up when the device was last given up."""

    async def run(self, work: Callable[[], Awaitable[None]], each_minute: Callable[[], None] = lambda: None) -> None:
        """Run until cancelled. ``work`` is what is done while connected, and raises one of ``COMMUNICATION_ERRORS`` when it is
        over; ``each_minute`` is called connected or not. Raises ``WrongDevice`` for a device of another kind."""
        wait = SHORTEST_WAIT_S
        self.last_contact = now()
        watching = asyncio.ensure_future(self._watch(each_minute))
        try:
            while True:
                began = now()
                await self._connect_and_work(work)
                await self._session.collector.disconnect()
                wait = self._next_wait(wait, now() - began)
                await self._wait_before_reconnecting(wait)
        finally:
            watching.cancel()

    async def _connect_and_work(self, work: Callable[[], Awaitable[None]]) -> None:
        is_connected = False
        try:
            await self._session.connect()
            self._failed, self._refused, is_connected = 0, 0, True
            self._alerts.set("pairing", active=False)
            await work()
        except COMMUNICATION_ERRORS as error:
            self._session.on_failure(self._session.device, error)
            self._failed += 1
            self._has_link = self._session.collector.is_connected
            self._refused += self._has_link and not is_connected and not isinstance(error, TimeoutError)
        if self._refused >= REFUSALS:
            self._alerts.set("pairing")
        if self._failed == FAILURES_BEFORE_BOND_IS_DELETED:
            await self._delete_bond()

    def _next_wait(self, last: float, lasted: float) -> float:
        """The wait before the next attempt, s: twice the last one, until a connection has lasted (s) for long."""
        return SHORTEST_WAIT_S if lasted > LONG_CONNECTION_S else min(2 * last, LONGEST_WAIT_S)

    async def _wait_before_reconnecting(self, wait: float) -> None:
        """Let so many seconds pass before the next attempt."""
        await asyncio.sleep(wait)

    async def _delete_bond(self) -> None:
        """Delete the keys of the device, where there are any: perhaps the device has deleted them, too."""
        if isinstance(self._session.collector, BleakCollector):
            await self._session.collector.forget()

    async def _watch(self, each_minute: Callable[[], None]) -> None:
        """Notify the user when the device has been out of contact for too long, and when it is back."""
        while True:
            await asyncio.sleep(60)
            is_gone = now() - self.last_contact > UNREACHABLE_S
            self._alerts.set("unreachable", is_gone)
            self._alerts.set("no_answer", is_gone and self._has_link)  # connected, and the device does not answer
            each_minute()

    async def while_connected(self, seconds: float) -> None:
        """Let time pass, less where ``wake`` is set. Raises ``ConnectionError`` when the connection is lost meanwhile."""
        for _ in range(self.CHECKS):
            await self.wake.wait(seconds / self.CHECKS)
            if not self._session.collector.is_connected:
                raise ConnectionError("the connection is lost")
            if self.wake.taken():
                return
