"""Reading a pump's history: on from where it was left, page by page, and whatever is readable of it."""

from collections.abc import Callable, Sequence
from typing import Any

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.session import COMMUNICATION_ERRORS, Session
from isletbench.hil_rigs.clients.controller.timeline import Place, Timeline
from isletbench.protocols import ids, racp
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import AnnunciationStatus, HistoryRecord
from isletbench.protocols.racp import CountResponse, Operation, Operator, Request, Selection

PAGE = 100
"""Records asked for at once: a second or two of a slow link."""
TRIES = 3
"""How often records are asked for, when some of them come unreadable."""


class History:
    """The history of one pump, and when what it records has happened."""

    def __init__(
        self,
        session: Session,
        readers: Sequence[Callable[[HistoryRecord, float | None], None]],
        clock: PumpClock,
        on_past_alarm: Callable[[ids.Annunciation], None],
    ) -> None:
        self._session, self._readers, self._clock, self._on_past_alarm = session, readers, clock, on_past_alarm
        self.is_behind = False
        """Whether there are more records than were read."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """Another pump is there: its history is another one."""
        self._timeline = self._new_timeline()
        self._next = 0
        """The sequence number of the first record that was not read."""

    def _new_timeline(self) -> Timeline:
        """What dates records: by their order, whatever becomes of the pump's calendar."""
        return Timeline()

    async def catch_up(self, is_urgent: Callable[[], bool] = lambda: False) -> None:
        """Read what is new; stop between two pages when something else is urgent. Raises one of ``COMMUNICATION_ERRORS``."""
        self.is_behind = True
        while pending := await self._count():
            went_on = await self._read_next(pending)
            if is_urgent():
                return
            if pending <= PAGE or not went_on:
                break
        else:
            await self._compare_clocks()
        self.is_behind = False

    async def _count(self) -> int:
        """How many records were not read."""
        selection = Selection(Operator.AT_LEAST, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next)
        answer: Any = await self._session.ask(ids.RECORD_ACCESS, Request(Operation.COUNT, selection))
        return answer.count if isinstance(answer, CountResponse) else 0

    async def _read_next(self, pending: int) -> bool:
        """Read on, at most a page of the ``pending`` records. Whether there were any."""
        if pending > PAGE:
            return await self._read_page()
        return await self._read(Selection(Operator.AT_LEAST, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next), pending)

    async def _read_page(self) -> bool:
        last = self._next + PAGE - 1
        page = Selection(Operator.WITHIN, racp.IdsFilter.SEQUENCE_NUMBER, low=self._next, high=last)
        if await self._read(page):
            self._next = max(self._next, last + 1)  # what was not readable of it never will be
            return True
        return await self._read(Selection(Operator.FIRST))  # the ring has gone round: what is there begins later

    async def _read(self, selection: Selection, expected: int = 0) -> bool:
        """Read these records, again where one is unreadable or missing: the link may have damaged or lost it. There should be
        ``expected`` of them at least. Whether there were any."""
        values = self._session.received[ids.HISTORY_DATA.uuid]
        best: list[HistoryRecord] = []
        for _ in range(TRIES):
            before = len(values)
            try:
                await self._session.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
            except COMMUNICATION_ERRORS:  # what has come by then is valid
                self._take(self._placed(max(best, self._readable(values[before:]), key=len)))
                raise
            best = max(best, self._readable(values[before:]), key=len)
            if len(best) == len(values) - before and len(best) >= expected and _is_whole(best):
                break
        placed = self._placed(_in_order(best))
        await self._compare_clocks()
        self._take(placed)
        self._next = self._first_unread(best)
        return len(values) > before

    def _first_unread(self, came: Sequence[HistoryRecord]) -> int:
        """The sequence number of the first record that was not read, once these have come, in this order."""
        numbers = (record.sequence_number for record in came)
        return max([self._next, *(number + 1 for number in numbers if number != ids.CORRUPTED)])

    def _placed(self, records: Sequence[HistoryRecord]) -> list[tuple[HistoryRecord, Place | None]]:
        return [(record, self._timeline.read(record)) for record in records]

    def _take(self, placed: Sequence[tuple[HistoryRecord, Place | None]]) -> None:
        """Heed and log what is new; a damaged record is not, nor one from a page that was not wiped."""
        for record, place in placed:
            number = record.sequence_number
            if number == ids.CORRUPTED or self._is_known(number):
                continue
            self._next = number + 1
            self._heed(record.event)
            for read in self._readers:
                read(record, self._timeline.when(place, now()))

    def _is_known(self, number: int) -> bool:
        """Whether a record with this or a higher sequence number was read before."""
        return number < self._next

    def _heed(self, event: object) -> None:
        """Pass on an alarm: nobody may have been connected while it was shown."""
        if isinstance(event, ids.AnnunciationStatusChanged1Of2) and event.annunciation.status is AnnunciationStatus.PENDING:
            self._on_past_alarm(event.annunciation)

    async def _compare_clocks(self) -> None:
        """Compare the pump's calendar with the client's clock."""
        shown = await self._clock.look()
        if shown is not None:
            self._timeline.date_chain(shown, now())

    async def read_again(self, number: int) -> HistoryRecord | None:
        """A record that may have been rewritten since it was read. Raises one of ``COMMUNICATION_ERRORS``."""
        values = self._session.received[ids.HISTORY_DATA.uuid]
        before = len(values)
        selection = Selection(Operator.WITHIN, racp.IdsFilter.SEQUENCE_NUMBER, low=number, high=number)
        await self._session.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, selection))
        return next((record for record in self._readable(values[before:]) if record.sequence_number == number), None)

    def _readable(self, values: Sequence[bytes]) -> list[HistoryRecord]:
        """The records that can be decoded, whatever is damaged among them."""
        records: list[HistoryRecord] = []
        for value in values:
            try:
                records.append(self._session.e2e.open(ids.HISTORY_DATA, value))
            except WireError:
                continue
        return records


def _in_order(records: Sequence[HistoryRecord]) -> Sequence[HistoryRecord]:
    """The records of a whole report in the order of their numbers: a link may bring one before another. Where a record has lost
    its number, the order in which they came is all that says where it belongs."""
    if any(record.sequence_number == ids.CORRUPTED for record in records):
        return records
    return sorted(records, key=lambda record: record.sequence_number)


def _is_whole(records: Sequence[HistoryRecord]) -> bool:
    """Whether no number is missing between the first and the last of these records."""
    numbers = {record.sequence_number for record in records} - {ids.CORRUPTED}
    return not numbers or len(numbers) == max(numbers) - min(numbers) + 1
