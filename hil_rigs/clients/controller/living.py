"""Connecting, again and again, with patience: what following a CGM and driving a pump have in common."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols.att import AttError
from isletbench.protocols.errors import WireError

LOST = (OSError, AttError, WireError)
"""What a lost connection, a device that does not answer or an answer that makes no sense looks like."""
SHORTEST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
REFUSALS = 3
"""As often a connection stands and cannot be used, and its user is told that pairing fails."""
UNREACHABLE_S = 600.0
"""Longer without a device, and its user is told."""

Tell: TypeAlias = Callable[[dict[str, Any]], None]
"""Where beliefs go: one that ``isletbench.emulator.journal.beliefs`` knows."""


class Alerts:
    """What the user is told of, each thing once until it is over for everyone that it can come from."""

    def __init__(self, tell: Tell, habits: Habits, by: str = "", active: dict[str, set[str]] | None = None) -> None:
        self._tell, self._habits, self._by = tell, habits, by
        self._active = {} if active is None else active
        """Whom each thing comes from."""

    def of(self, by: str) -> "Alerts":
        """The same, from somebody: a battery can be low in two devices."""
        return Alerts(self._tell, self._habits, by, self._active)

    def set(self, about: str, active: bool = True) -> None:
        """Something is wrong, or is so no more."""
        by = self._active.setdefault(about, set())
        before = bool(by)
        (by.add if active else by.discard)(self._by)
        if bool(by) is not before and self._habits.tells_its_user:
            self._tell({"belief": "alert", "about": about, "active": active})


class Living:
    """Connects, does its work while it is connected, and connects again."""

    lost_about = "unreachable"
    """What the user is told when the device is gone for long."""

    def __init__(self, session: Session, habits: Habits, tell: Tell, alerts: Alerts) -> None:
        self.session, self.habits, self.tell, self.alerts = session, habits, tell, alerts.of(session.device)
        self.nudge = asyncio.Event()
        """Set when there is something to do before the next round."""
        self.last_contact = 0.0
        self.has_link = False
        """Whether the link still stood when the device was last given up."""

    @staticmethod
    def now() -> float:
        """Seconds, by the loop's clock."""
        return asyncio.get_running_loop().time()

    async def live(self) -> None:
        """Until it is cancelled."""
        wait, failed, refused = SHORTEST_WAIT_S, 0, 0
        self.last_contact = self.now()
        watching = asyncio.ensure_future(self._watch())
        try:
            while True:
                began = self.now()
                is_in = False
                try:
                    await self.session.connect()
                    failed, refused, is_in = 0, 0, True
                    self.alerts.set("pairing", active=False)
                    await self.work()
                except LOST as error:
                    failed += 1
                    self.has_link = self.session.collector.is_connected
                    refused += self.has_link and not is_in and not isinstance(error, TimeoutError)
                if refused >= REFUSALS:
                    self.alerts.set("pairing")
                if failed == 3 and self.habits.pairs_anew:
                    await self.forget()
                await self.session.collector.disconnect()
                if not self.habits.reconnects:
                    await asyncio.Event().wait()
                wait = SHORTEST_WAIT_S if self.now() - began > 60 else min(2 * wait, LONGEST_WAIT_S)
                await asyncio.sleep(wait if self.habits.waits_before_reconnecting else 0.05)
        finally:
            watching.cancel()

    async def work(self) -> None:
        """What is done while connected. Raises one of ``LOST`` when it is over."""
        raise NotImplementedError

    async def _watch(self) -> None:
        """Tell the user when the device is gone for too long, and when it is back."""
        while True:
            await asyncio.sleep(60)
            gone = self.now() - self.last_contact > UNREACHABLE_S
            self.alerts.set(self.lost_about, gone)
            self.alerts.set("no_answer", gone and self.has_link)  # it is not the way to the device that is broken
            self.watched()

    def watched(self) -> None:
        """What else is looked at every minute, connected or not."""

    async def forget(self) -> None:
        """Throw the keys away, where there are any: perhaps the device has done so."""
        if isinstance(self.session.collector, BleakCollector):
            await self.session.collector.forget()

    async def while_connected(self, seconds: float) -> None:
        """Let time pass, less when nudged. Raises ``ConnectionError`` when the connection is lost meanwhile."""
        looks = 2 if self.habits.waits_before_reconnecting else 10
        for _ in range(looks):
            try:
                async with asyncio.timeout(seconds / looks):
                    await self.nudge.wait()
            except TimeoutError:
                pass
            if not self.session.collector.is_connected:
                raise ConnectionError("the connection is gone")
            if self.nudge.is_set():
                self.nudge.clear()
                return
