"""Reading a meter: what is new in its memory, whatever has become of its numbers, its clock and the link meanwhile."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts, ReportBelief
from isletbench.hil_rigs.clients.controller.blood_tests import NOTHING, BloodTestStore, StoredTest
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.reconnect import ReconnectLoop
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.timeline import ZERO
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import gls
from isletbench.protocols.errors import WireError
from isletbench.protocols.gls import Annunciation, Measurement
from isletbench.protocols.racp import CountResponse, Operation, Operator, Outcome, Request, Response, Selection

ROUND_S = 120.0
"""How often the memory is looked at."""
TRIES = 3
"""How often tests are asked for that do not all come."""
REPORT_TIMEOUT_S = 120.0
"""How long a report of many tests may take."""
LAST_SEQUENCE = 0xFFFF
"""Numbers have 16 bits."""
DIALECT = gls.RECORD_ACCESS_DIALECT


class MeterReader:
    """Reads the tests of a meter, deletes them and sets the clock where its user wants it."""

    def __init__(
        self,
        session: Session,
        report: ReportBelief,
        alerts: Alerts,
        on_test: Callable[[StoredTest], None],
        *,
        requests: Sequence[UserRequest] = (),
        parts: Parts = CAREFUL,
    ) -> None:
        self._session, self._alerts = session, alerts.of(session.device)
        self._loop = parts.of(ReconnectLoop)(session, self._alerts)
        self._clock = parts.of(PumpClock)(session, self._alerts)
        self._store = parts.of(BloodTestStore)(report, parts, on_test)
        self._wanted = list(requests)
        self._newest: Measurement | None = None
        """The newest test of the memory when it was read to the end."""
        self._count = 0
        """How many tests the memory held then."""
        self._read_at = float("-inf")
        """When that was, s."""
        self._is_sure = False
        """Whether the memory was looked at since the connection began: by its numbers alone it may seem to be the same."""

    async def run(self) -> None:
        """Run until cancelled."""
        await self._loop.run(self._work)

    async def _work(self) -> None:
        self._is_sure = False
        while True:
            await self._read_news()
            self._loop.last_contact = now()
            for request in [request for request in self._wanted if request.at <= now()]:
                await self._carry_out(request)
            await self._loop.while_connected(self._pause())

    def _pause(self) -> float:
        """How long until the memory is looked at again, s."""
        return max(1.0, min([ROUND_S, *(request.at - now() for request in self._wanted)]))

    # Reading

    async def _read_news(self) -> None:
        """Read what is new. Raises one of ``COMMUNICATION_ERRORS``; what has come by then is stored."""
        began = now()
        display = await self._clock.look()
        shown = None if display is None else (display - ZERO).total_seconds() - now()
        count = await self._count_of(Selection(Operator.ALL))
        if not await self._may_have_news(count):
            self._read_at = began
            return
        newest = next(iter(await self._report(Selection(Operator.LAST))), None)
        if newest is not None and (newest, count) != (self._newest, self._count):
            self._heed(newest)
            selection, expected = self._selection(newest, count)
            await self._fetch(selection, expected, shown)
            self._newest = newest
        self._count, self._read_at, self._is_sure = count, began, True

    async def _may_have_news(self, count: int) -> bool:
        """Whether the memory may be another one than when it was read: with more tests or fewer, or higher numbers."""
        if not self._is_sure or self._newest is None or count != self._count:
            return True
        return await self._count_of(self._from(self._newest.sequence + 1)) > 0

    def _selection(self, newest: Measurement, count: int) -> tuple[Selection, int]:
        """Which tests to ask for, and how many there are: those after the newest known one where number and count have grown
        alike, else all of them: numbers may begin anew, and tests may be gone."""
        if self._newest is not None and self._count < count == self._count + newest.sequence - self._newest.sequence:
            return self._from(self._newest.sequence + 1), count - self._count
        return Selection(Operator.ALL), count

    @staticmethod
    def _from(sequence: int) -> Selection:
        return Selection(Operator.AT_LEAST, gls.Filter.SEQUENCE_NUMBER, low=min(sequence, LAST_SEQUENCE))

    async def _fetch(self, selection: Selection, expected: int, shown: float | None) -> None:
        """Ask for tests until all of them have come, or ``TRIES`` times."""
        for _ in range(TRIES):
            if await self._fetch_once(selection, expected, shown):
                return

    async def _fetch_once(self, selection: Selection, expected: int, shown: float | None) -> bool:
        """Ask for tests once. Whether all of them have come."""
        before = len(self._received)
        try:
            answer = await self._ask(Request(Operation.REPORT, selection), REPORT_TIMEOUT_S)
        finally:
            came = self._readable(self._received[before:])
            self._store.add(came, shown, self._read_at)
        return self._is_complete(answer, len(came), expected)

    def _is_complete(self, answer: Any, came: int, expected: int) -> bool:
        """Whether a report has brought everything: its answer says so, and so many tests have come as there are."""
        return isinstance(answer, Response) and answer.outcome is Outcome.SUCCESS and came >= expected

    def _heed(self, newest: Measurement) -> None:
        """Notify the user of what the newest test says about the meter."""
        status = newest.annunciation or NOTHING
        self._alerts.set("battery", Annunciation.BATTERY_LOW in status)

    # Requests

    @property
    def _received(self) -> list[bytes]:
        return self._session.received[gls.MEASUREMENT.uuid]

    @staticmethod
    def _readable(values: Sequence[bytes]) -> list[Measurement]:
        found: list[Measurement] = []
        for value in values:
            with suppress(WireError):
                found.append(gls.MEASUREMENT.decode(value, protected=False))
        return found

    async def _ask(self, request: Request, timeout_s: float) -> Any:
        return DIALECT.decode_answer(await self._session.ask_octets(gls.RECORD_ACCESS, DIALECT.encode(request), timeout_s))

    async def _report(self, selection: Selection) -> list[Measurement]:
        before = len(self._received)
        await self._ask(Request(Operation.REPORT, selection), REPORT_TIMEOUT_S)
        return self._readable(self._received[before:])

    async def _count_of(self, selection: Selection) -> int:
        answer = await self._ask(Request(Operation.COUNT, selection), REPORT_TIMEOUT_S)
        return answer.count if isinstance(answer, CountResponse) else 0

    # What the user wants

    async def _carry_out(self, request: UserRequest) -> None:
        """Do what the user wants; everything in the memory was read just before."""
        if request.do == "delete_tests":
            await self._delete()
        elif request.do == "set_clock":
            self._alerts.set("refused", not await self._clock.set_right())
        self._wanted.remove(request)

    async def _delete(self) -> None:
        """Delete what was read, and nothing else."""
        if self._newest is not None:
            await self._ask(Request(Operation.DELETE, self._deleted(self._newest)), REPORT_TIMEOUT_S)

    def _deleted(self, newest: Measurement) -> Selection:
        """Which tests are deleted: a test may have been made since the memory was read."""
        return Selection(Operator.AT_MOST, gls.Filter.SEQUENCE_NUMBER, high=newest.sequence)
