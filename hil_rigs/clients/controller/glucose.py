"""Following a CGM: its status, its readings as they come, and those that were missed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts, ReportBelief
from isletbench.hil_rigs.clients.controller.calibration import Calibrator
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.readings import TRIES, UNWELL, USUAL_INTERVAL_MIN, Reading, ReadingStore
from isletbench.hil_rigs.clients.controller.reconnect import ReconnectLoop
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.racp import GENERIC, Operation, Operator, Outcome, Request, Response, Selection

SILENCE_S = 12 * 60.0
"""After so long without a reading the client reconnects; or after 2.5 of the sensor's intervals, if that is more."""
SIGNAL_LOSS_S = 20 * 60.0
"""After so long without a usable reading the user is notified; likewise."""
LONGEST_WARM_UP_MIN = 120


class GlucoseFollower:
    """Collects the readings of a CGM, and passes on those that are new, fresh and usable."""

    def __init__(
        self,
        session: Session,
        report: ReportBelief,
        alerts: Alerts,
        on_reading: Callable[[Reading], None],
        *,
        requests: Sequence[UserRequest] = (),
        parts: Parts = CAREFUL,
    ) -> None:
        self._session, self._alerts, self._on_reading = session, alerts.of(session.device), on_reading
        self._loop = parts.of(ReconnectLoop)(session, self._alerts)
        self._store = parts.of(ReadingStore)(report, parts)
        self.calibrator = parts.of(Calibrator)(session, self._alerts, [one for one in requests if one.do == "calibrate"])
        self._starts_wanted = [one for one in requests if one.do == "start_session"]
        """Sessions that the user wants started."""
        self._starts = 0
        """How often the first of them was tried."""
        self._taken = 0
        """How many of the values received were looked at."""
        self._newest_usable = 0.0
        """When the newest usable reading was measured, s."""
        self._annunciation = Annunciation(0)
        """What the sensor annunciated last."""
        self._warms_up = False

    async def run(self) -> None:
        """Run until cancelled."""
        await self._loop.run(self._work, self._each_minute)

    async def _work(self) -> None:
        await self._look()
        await self._learn_interval()
        await self._fetch_newer()
        silent_for = 0.0
        while True:
            if self._starts_wanted and now() >= self._starts_wanted[0].at:
                await self._start_session()
            await self.calibrator.run_round(self._store.time)
            values = self._session.received[cgms.MEASUREMENT.uuid]
            before = len(values)
            await self._loop.while_connected(20)
            silent_for = 0.0 if len(values) > before else silent_for + 20
            if not silent_for:
                self._loop.last_contact = now()
            if self._take_live():
                await self._look()
                await self._fetch_newer()
            if (run := self._store.missing) is not None:
                await self._fetch(Selection(Operator.WITHIN, low=run[0], high=run[-1]))
            if silent_for and await self._gives_up_after(silent_for):
                return

    async def _gives_up_after(self, silent_for: float) -> bool:
        """Whether the connection is given up after so many seconds without a reading. The status is read every 5 minutes until
        then: perhaps the sensor does not even answer."""
        if silent_for >= self._patience(SILENCE_S):
            return True
        if silent_for % 300 == 0:
            await self._look()
        return False

    def _patience(self, seconds: float) -> float:
        """So many seconds, or 2.5 of the sensor's intervals, if that is more."""
        return max(seconds, 2.5 * 60 * self._store.step)

    # The sensor

    async def _look(self) -> None:
        """Read the status: which session it is, and how the sensor is."""
        status: cgms.Status = await self._session.read(cgms.STATUS)
        self._loop.last_contact = now()
        is_stopped = Annunciation.SESSION_STOPPED in status.annunciation  # and its time offset does not advance
        if not is_stopped and not self._store.time.status(status.time_offset, now()):
            self._store.begin_session()
            self._store.time.status(status.time_offset, now())
        self._warms_up = not (is_stopped or self._store.readings) and status.time_offset < LONGEST_WARM_UP_MIN
        self._heed(status.annunciation)

    async def _learn_interval(self) -> None:
        """Ask how often the sensor measures; once, of a sensor that answers."""
        if self._store.interval is None:
            self._store.interval = await self._ask_interval()

    async def _ask_interval(self) -> int | None:
        """The sensor's communication interval, min; the usual one for a sensor that does not say."""
        answer: Any = await self._session.ask(cgms.SPECIFIC_OPS_POINT, cgms.GetCommunicationInterval())
        is_known = isinstance(answer, cgms.CommunicationIntervalResponse) and 0 < answer.interval < 255
        return answer.interval if is_known else USUAL_INTERVAL_MIN

    def _heed(self, annunciation: Annunciation) -> None:
        """Notify the user how the sensor is."""
        self._annunciation = annunciation
        is_unwell = bool(annunciation & (UNWELL | Annunciation.SESSION_STOPPED))
        self._alerts.set("sensor", is_unwell or self._store.is_stuck)
        self._alerts.set("battery", bool(annunciation & Annunciation.DEVICE_BATTERY_LOW))
        self._alerts.set("expiry", bool(annunciation & Annunciation.DEVICE_SPECIFIC_ALERT))

    def _each_minute(self) -> None:
        is_stopped = Annunciation.SESSION_STOPPED in self._annunciation
        is_lost = now() - max(self._newest_usable, 0.0) > self._patience(SIGNAL_LOSS_S)
        self._alerts.set("warm_up", self._warms_up)
        self._alerts.set("signal_loss", is_lost and not is_stopped and not self._warms_up)

    async def _start_session(self) -> None:
        """Start the session that the user wants; after ``TRIES`` it is given up."""
        answer: Any = None
        with suppress(WireError):
            answer = await self._session.ask(cgms.SPECIFIC_OPS_POINT, cgms.StartSession())
        self._starts += 1
        if await self._has_started(answer) or self._starts >= TRIES:
            self._starts = 0
            self._starts_wanted.pop(0)

    async def _has_started(self, answer: object) -> bool:
        """Whether the session has started: the sensor's status says so, not the answer, which may be a code that nobody
        knows."""
        await self._look()
        is_started = Annunciation.SESSION_STOPPED not in self._annunciation
        self._alerts.set("refused", not is_started and self._starts >= TRIES)
        return is_started

    # Readings

    def usable(self) -> list[Reading]:
        """The stored readings of this session that may be relied on."""
        return [reading for reading in self._store.readings.values() if reading.is_usable]

    def _take_live(self) -> bool:
        """Take in what the sensor has notified by itself. Whether something came that is of another time: out of a cache, or of
        another session. It is dropped; what is true of it can be fetched."""
        came = list(self._received())
        odd = [measurement for measurement in came if not self._may_be_live(measurement)]
        self._take_in([measurement for measurement in came if measurement not in odd])
        return bool(odd)

    def _may_be_live(self, measurement: cgms.Measurement) -> bool:
        fits = self._store.time.live(measurement.time_offset, now())
        return fits and abs(now() - self._store.time.of(measurement.time_offset)) <= self._patience(SILENCE_S)

    def _received(self) -> Iterator[cgms.Measurement]:
        """The measurements received and not looked at yet; damaged ones are dropped."""
        values = self._session.received[cgms.MEASUREMENT.uuid][self._taken :]
        self._taken += len(values)
        for value in values:
            with suppress(WireError):
                for record in self._records_in(value):
                    yield cgms.MEASUREMENT.decode(record, protected=True)

    def _records_in(self, value: bytes) -> Sequence[bytes]:
        """The records of a value of any length. Raises ``WireError`` for a damaged one."""
        return split_records(value)

    def _take_in(self, came: list[cgms.Measurement]) -> None:
        """Store what has come, and pass on the newest, where it is new and worth a decision."""
        readings = [reading for measurement in came if (reading := self._store.add(measurement)) is not None]
        if not readings:
            return
        self._warms_up = False
        newest = max(readings, key=lambda reading: reading.measured)
        if newest.time_offset >= max(self._store.readings):
            self._heed(newest.annunciation)
        if newest.is_usable and not self._store.is_stuck and self._is_worth_a_decision(newest):
            self._newest_usable = newest.measured
            self._alerts.set("signal_loss", active=False)
            self._on_reading(newest)

    def _is_worth_a_decision(self, reading: Reading) -> bool:
        """Whether it is recent, and newer than the one of the last decision."""
        return now() - reading.measured <= SILENCE_S and reading.measured > self._newest_usable

    async def _fetch_newer(self) -> None:
        """Fetch every stored reading after the newest that is known."""
        step = self._store.step
        await self._fetch(Selection(Operator.AT_LEAST, low=max(self._store.readings, default=-step) + step))

    async def _fetch(self, selection: Selection) -> None:
        """Fetch stored readings, once they can be dated."""
        self._take_live()
        if self._store.time.can_date(now()):
            await self._fetch_stored(selection)

    async def _fetch_stored(self, selection: Selection) -> None:
        """Ask for stored readings, and take in what comes. Raises one of ``COMMUNICATION_ERRORS``."""
        wanted = self._store.missing or range(0)
        request = GENERIC.encode(Request(Operation.REPORT, selection))
        answer: Any = GENERIC.decode_answer(await self._session.ask_octets(cgms.RECORD_ACCESS, request))
        self._take_in(list(self._received()))
        if selection.operator is Operator.WITHIN:
            none_there = isinstance(answer, Response) and answer.outcome is Outcome.NO_RECORDS_FOUND
            self._store.asked_for(wanted, none_there=none_there)
