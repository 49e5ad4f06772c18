"""The pump's date and time, watched: an odd one is read twice, the user is notified, and nobody sets the clock unasked."""

from datetime import datetime, timedelta

from isletbench.emulator.collectors.collector import Key
from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.timeline import SLACK_S, ZERO
from isletbench.protocols import companions
from isletbench.protocols.att import AttError
from isletbench.protocols.companions import AdjustReason, CurrentTime
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import ReservedValue

TIME = Key(companions.CURRENT_TIME, companions.TIME.uuid)


class PumpClock:
    """Reads and sets the clock of a pump. It was right when it was first read: from there on it has to keep step with the
    client's own clock."""

    def __init__(self, session: Session, alerts: Alerts) -> None:
        self._session, self._alerts = session, alerts
        self._ahead: float | None = None
        """The pump's date and time, s since the beginning of the century, less the client's clock."""

    async def look(self) -> datetime | None:
        """The date and time that the pump shows; None for a pump without a calendar, or one that does not know the date. Raises
        one of ``COMMUNICATION_ERRORS``."""
        shown = await self._read()
        if self.is_odd(shown):
            shown = await self._read_again(shown)
        if shown is None:
            return None
        if self._ahead is None:
            self._ahead = _seconds(shown) - now()
        self._alerts.set("clock", self.is_odd(shown))
        return shown

    async def _read_again(self, odd: datetime | None) -> datetime | None:
        """The second reading that takes the place of an odd one: one odd reading is no changed clock."""
        return await self._read()

    def is_odd(self, shown: datetime | None) -> bool:
        """Whether the clock shows nothing, or has not kept step with the client's."""
        return shown is None or (self._ahead is not None and abs(_seconds(shown) - now() - self._ahead) > SLACK_S)

    async def _read(self) -> datetime | None:
        if TIME not in self._session.collector.characteristics:
            return None
        value = await self._session.collector.read(TIME)
        current: CurrentTime = companions.TIME.decode(value, protected=False)
        try:
            return current.time.to_datetime() + timedelta(seconds=current.fractions / 256)
        except ReservedValue:
            return None

    def calendar(self, at: float) -> datetime:
        """The pump's date and time when the client's clock shows ``at`` (s); of a pump without a calendar a made-up one."""
        return ZERO + timedelta(seconds=at + (self._ahead or 0.0))

    async def set_right(self) -> bool:
        """Set the pump's clock to the client's own time: what the user has asked for. False where the pump refuses."""
        if self._ahead is None:
            return True
        right = ZERO + timedelta(seconds=now() + self._ahead)
        fractions = right.microsecond * 256 // 1_000_000
        current = CurrentTime(DateTime.of(right), right.isoweekday(), fractions, AdjustReason.MANUAL_TIME_UPDATE)
        try:
            await self._session.collector.write(TIME, companions.TIME.encode(current, protected=False))
        except AttError:
            return False
        return True


def _seconds(shown: datetime) -> float:
    return (shown - ZERO).total_seconds()
