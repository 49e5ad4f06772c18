"""The pump's date and time, watched: what is odd is read twice, the user is told, and nobody sets it unasked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from isletbench.emulator.collectors.collector import Key
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Alerts
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.timeline import SLACK_S, ZERO
from isletbench.protocols import companions
from isletbench.protocols.companions import AdjustReason, CurrentTime
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import ReservedValue

TIME = Key(companions.CURRENT_TIME, companions.TIME.uuid)


class PumpClock:
    """It was right when it was first read: from there on it has to keep step with the client's own clock."""

    def __init__(self, session: Session, habits: Habits, alerts: Alerts, now: Callable[[], float]) -> None:
        self._session, self._habits, self._alerts, self._now = session, habits, alerts, now
        self._ahead: float | None = None
        """Its date and time, s since the beginning of the century, less the client's clock."""

    async def look(self) -> datetime | None:
        """What it shows; None for a pump without a calendar, or one that does not know the date. Raises one of ``LOST``."""
        shown = await self._shown()
        if self._is_odd(shown) and self._habits.reads_an_odd_clock_twice:
            shown = await self._shown()
        if shown is None:
            return None
        if self._ahead is None:
            self._ahead = _seconds(shown) - self._now()
        self._alerts.set("clock", self._is_odd(shown))
        if self._is_odd(shown) and not self._habits.leaves_the_clock_alone:
            await self.set_right()
        return shown

    def _is_odd(self, shown: datetime | None) -> bool:
        return shown is None or (self._ahead is not None and abs(_seconds(shown) - self._now() - self._ahead) > SLACK_S)

    async def _shown(self) -> datetime | None:
        if TIME not in self._session.collector.characteristics:
            return None
        told: CurrentTime = companions.TIME.decode(await self._session.collector.read(TIME), protected=False)
        try:
            return told.time.to_datetime() + timedelta(seconds=told.fractions / 256)
        except ReservedValue:
            return None

    async def set_right(self) -> None:
        """Set it to the client's own time: what its user has asked for."""
        if self._ahead is None:
            return
        right = ZERO + timedelta(seconds=self._now() + self._ahead)
        fractions = right.microsecond * 256 // 1_000_000
        told = CurrentTime(DateTime.of(right), right.isoweekday(), fractions, AdjustReason.MANUAL_TIME_UPDATE)
        await self._session.collector.write(TIME, companions.TIME.encode(told, protected=False))


def _seconds(shown: datetime) -> float:
    return (shown - ZERO).total_seconds()
