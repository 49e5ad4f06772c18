"""Reading a pump's history: on from where it was left, page by page, and whatever is readable of it."""

from collections.abc import Callable, Sequence
from typing import Any

from isletbench.hil_rigs.clients.controller.books import Books
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import LOST
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.timeline import Calendar, Place, Timeline
from isletbench.protocols import ids, racp
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import AnnunciationStatus, HistoryRecord
from isletbench.protocols.racp import CountResponse, Operation, Operator, Request, Selection

PAGE = 100
"""Records asked for at once: a second or two of a slow link."""
TRIES = 3
"""How often records are asked for, when some of them come unreadable."""


class History:
    """One pump's history, and when what it tells has happened."""

    def __init__(
        self,
        session: Session,
        books: Books,
        habits: Habits,
        clock: PumpClock,
        past_alarm: Callable[[ids.Annunciation], None],
    ) -> None:
        self._session, self._books, self._habits, self._clock = session, books, habits, clock
        self._past_alarm = past_alarm
        self.is_behind = False
        """Whether there is more of it than has been read."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """It is another pump's."""
        self._timeline = Timeline() if self._habits.places_records_by_their_order else Calendar()
        self._next = 0
        """The number of the first record that has not been read."""

    async def catch_up(self, pressing: Callable[[], bool] = lambda: False) -> None:
        """Read what is new; leave off between two pages when something presses. Raises one of ``LOST``."""
        self.is_behind = True
        while pending := await self._count():
            if pending > PAGE and self._habits.reads_history_in_pages:
                went_on = await self._read_page()
            else:
                went_on = await self._read(Selection(Operator.AT_LEAST, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next))
            if pressing():
                return
            if pending <= PAGE or not went_on:
                break
        else:
            await self._hang()
        self.is_behind = False

    async def _count(self) -> int:
        """How many records there are that have not been read."""
        selection = Selection(Operator.AT_LEAST, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next)
        answer: Any = await self._session.ask(ids.RECORD_ACCESS, Request(Operation.COUNT, selection))
        return answer.count if isinstance(answer, CountResponse) else 0

    async def _read_page(self) -> bool:
        last = self._next + PAGE - 1
        page = Selection(Operator.WITHIN, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next, high=last)
        if await self._read(page):
            self._next = max(self._next, last + 1)  # what was not readable of it never will be
            return True
        return await self._read(Selection(Operator.FIRST))  # the ring has gone round: what is there begins later

    async def _read(self, selection: Selection) -> bool:
        """Read these records, again where one is unreadable: that may be the link's doing. Whether there were any."""
        told = self._session.told[ids.HISTORY_DATA.uuid]
        best: list[HistoryRecord] = []
        for _ in range(TRIES if self._habits.keeps_what_is_readable else 1):
            before = len(told)
            try:
                await self._session.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
            except LOST:
                if self._habits.reads_history_in_pages:  # what has come has come
                    self._take(self._placed(max(best, self._opened(told[before:]), key=len)))
                raise
            best = max(best, self._opened(told[before:]), key=len)
            if len(best) == len(told) - before:
                break
        placed = self._placed(best)
        await self._hang()
        self._take(placed)
        return len(told) > before

    def _placed(self, records: Sequence[HistoryRecord]) -> list[tuple[HistoryRecord, Place | None]]:
        return [(record, self._timeline.read(record)) for record in records]

    def _take(self, placed: Sequence[tuple[HistoryRecord, Place | None]]) -> None:
        """Heed and book what is new."""
        for record, place in placed:
            number = record.sequence_number
            if number == ids.CORRUPTED or (number < self._next and self._habits.goes_on_from_the_highest_number):
                continue  # damaged, or a page that was not wiped
            self._next = number + 1
            self._heed(record.event)
            self._books.read(record, self._timeline.when(place, self._books.now()))

    def _heed(self, event: object) -> None:
        """An alarm that nobody was there to see, and that is over: its user hears of it."""
        if isinstance(event, ids.AnnunciationStatusChanged1Of2) and self._habits.reads_alarms_in_the_history:
            told = event.annunciation
            if told.status is AnnunciationStatus.PENDING:
                self._past_alarm(told)

    async def _hang(self) -> None:
        """Compare the pump's calendar with the client's clock."""
        shown = await self._clock.look()
        if shown is not None:
            self._timeline.hang(shown, self._books.now())

    async def again(self, number: int) -> HistoryRecord | None:
        """A record that may have been rewritten since it was read. Raises one of ``LOST``."""
        told = self._session.told[ids.HISTORY_DATA.uuid]
        before = len(told)
        selection = Selection(Operator.WITHIN, racp.IdsFilter.SEQUENCE_NUMBER, low=number, high=number)
        await self._session.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
        return next((record for record in self._opened(told[before:]) if record.sequence_number == number), None)

    def _opened(self, values: Sequence[bytes]) -> list[HistoryRecord]:
        """What is readable of them; whoever wants all or nothing has nothing."""
        records: list[HistoryRecord] = []
        for value in values:
            try:
                record = self._session.e2e.open(ids.HISTORY_DATA, value)
                if not self._habits.keeps_what_is_readable:
                    _demand_sense(record)
            except WireError:
                if not self._habits.keeps_what_is_readable:
                    return []
                continue
            records.append(record)
        return records


def _demand_sense(record: HistoryRecord) -> None:
    """Raises ``WireError`` for what is damaged, and for a date that there is not."""
    if isinstance(record.event, ids.DataCorruption):
        raise WireError("the record is damaged", layout="HistoryRecord")
    if isinstance(record.event, ids.ReferenceTime):
        record.event.time.to_datetime()
