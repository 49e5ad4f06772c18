"""Careless clients: the pump's history, and its clock."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from isletbench.hil_rigs.clients.careless.calendar_times import CalendarTimes
from isletbench.hil_rigs.clients.controller.annunciations import Annunciations
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.session import COMMUNICATION_ERRORS
from isletbench.hil_rigs.clients.controller.timeline import Timeline
from isletbench.protocols import ids
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import HistoryRecord
from isletbench.protocols.racp import IdsFilter, Operation, Operator, Request, Selection


class DropsAHistoryWithHoles(History):
    """The client drops everything that came with a damaged record, or with a date that does not exist.

    Report: nightscout/AndroidAPS#418 (HIS-03).
    """

    def _readable(self, values: Sequence[bytes]) -> list[HistoryRecord]:
        records = super()._readable(values)
        try:
            for record in records:
                if isinstance(record.event, ids.ReferenceTime):
                    record.event.time.to_datetime()
        except WireError:
            return []
        is_whole = len(records) == len(values) and not any(isinstance(record.event, ids.DataCorruption) for record in records)
        return records if is_whole else []


class FollowsTheLastRecord(History):
    """The client goes on from the sequence number of the record that came last, even where that is an old one.

    Report: tidepool-org/uploader#373 (HIS-08).
    """

    def _first_unread(self, came: Sequence[HistoryRecord]) -> int:
        return came[-1].sequence_number + 1 if came else self._next


class SwallowsHistoryWhole(History):
    """The client reads the whole history at once, and drops what has come when that takes too long.

    Report: jwoglom/controlX2#159 (HIS-09).
    """

    async def _read_next(self, pending: int) -> bool:
        values = self._session.received[ids.HISTORY_DATA.uuid]
        before = len(values)
        selection = Selection(Operator.AT_LEAST, IdsFilter.SEQUENCE_NUMBER, low=self._next)
        await self._session.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
        placed = self._placed(self._readable(values[before:]))
        await self._compare_clocks()
        self._take(placed)
        return len(values) > before


class OverlooksPastAlarms(Annunciations):
    """The client does not notify its user of an alarm that was over before it connected.

    Report: jbr7rr/MedtrumKit#142 (HIS-11).
    """

    def past(self, annunciation: ids.Annunciation) -> None:
        pass


class GoesByTheCalendar(History):
    """The client takes a record for written when its date says, whatever becomes of the pump's calendar.

    Report: nightscout/AndroidAPS#1538 (CLK-01).
    """

    def _new_timeline(self) -> Timeline:
        return CalendarTimes()


class BelievesEveryClock(PumpClock):
    """The client takes one odd date of the pump for a clock that was changed.

    Report: jbr7rr/MedtrumKit#184 (CLK-05).
    """

    async def _read_again(self, odd: datetime | None) -> datetime | None:
        return odd


class SetsTheClock(PumpClock):
    """The client sets a pump's clock that differs from its own, unasked.

    Report: nightscout/AndroidAPS#4727 (CLK-02).
    """

    async def look(self) -> datetime | None:
        shown = await super().look()
        if shown is not None and self.is_odd(shown):
            await self.set_right()
        return shown


class TakesItsClockForSet(PumpClock):
    """The client does not notify its user that the pump refuses to have its clock set.

    Report: ps2/rileylink#42 (CLK-08).
    """

    async def set_right(self) -> bool:
        await super().set_right()
        return True


class WaitsToBeNotified(PumpStatus):
    """The client reads what a pump annunciates when the pump notifies it, and never looks by itself.

    Report: nightscout/AndroidAPS#948 (LIF-12).
    """

    _notified = -1
    """How many annunciations it has been notified of."""

    async def look(self) -> None:
        with suppress(*COMMUNICATION_ERRORS):  # it is subscribed already
            await self._session.subscribe(ids.ANNUNCIATION_STATUS)
        notified = len(self._session.received[ids.ANNUNCIATION_STATUS.uuid])
        if notified != self._notified:
            self._notified = notified
            await super().look()
        else:
            status: ids.Status = await self._session.read(ids.STATUS)
            self._loop.last_contact = now()
            self.therapy, self.reservoir = status.therapy_control_state, status.reservoir_remaining
