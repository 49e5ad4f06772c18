"""Following a CGM: every reading once, of its own time, and known for what it is worth."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hil_rigs.clients.controller.habits import Habits
from hil_rigs.clients.controller.living import Alerts, Living, Tell
from hil_rigs.clients.controller.session import Session
from protocols import cgms
from protocols.cgms import Annunciation
from protocols.e2e import split_records
from protocols.errors import WireError
from protocols.racp import GENERIC, Operation, Operator, Outcome, Request, Response, Selection

SILENCE_S = 12 * 60.0
SIGNAL_LOSS_S = 20 * 60.0
"""Longer without a usable reading, and its user is told."""
CADENCE_MIN = 5
TRIES = 3
"""How often a damaged record is asked for again."""
SLACK_S = 90.0
"""A time offset counts whole minutes: two clocks that agree may differ by this."""
UNWELL = Annunciation.SENSOR_TYPE_INCORRECT | Annunciation.SENSOR_MALFUNCTION | Annunciation.GENERAL_DEVICE_FAULT
DOUBTFUL = (
    UNWELL | Annunciation.SESSION_STOPPED | Annunciation.SENSOR_TEMPERATURE_TOO_HIGH | Annunciation.SENSOR_TEMPERATURE_TOO_LOW
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored reading."""

    time_offset: int
    measured: float
    """s, by the loop's clock."""
    mg_dl: float | None
    is_usable: bool


class Start:
    """When the session began, s by the loop's clock: narrowed down by everything that tells of it."""

    def __init__(self) -> None:
        self.earliest, self.latest = float("-inf"), float("inf")

    def status(self, time_offset: int, now: float) -> bool:
        """The sensor says how many whole minutes it is old. False: that cannot be the same session."""
        if now - (time_offset + 1) * 60 > self.latest + SLACK_S or now - time_offset * 60 < self.earliest - SLACK_S:
            return False
        self.earliest = max(self.earliest, now - (time_offset + 1) * 60)
        self.latest = min(self.latest, now - time_offset * 60)
        return True

    def heard(self, time_offset: int, now: float) -> None:
        """A reading has come: it was measured before."""
        self.latest = min(self.latest, max(now - time_offset * 60, self.earliest))

    def of(self, time_offset: int) -> float:
        """When a reading was measured."""
        return self.latest + time_offset * 60


class GlucoseSide(Living):
    """Collects readings, and hands on those that are new, fresh and usable."""

    def __init__(
        self, session: Session, habits: Habits, tell: Tell, alerts: Alerts, on_reading: Callable[[Reading], None]
    ) -> None:
        super().__init__(session, habits, tell, alerts)
        self.on_reading = on_reading
        self.readings: dict[int, Reading] = {}
        """Of this session, by time offset."""
        self._gone: set[int] = set()
        self._asked: dict[int, int] = {}
        self._start = Start()
        self._taken = 0
        self._newest_usable = 0.0
        self._is_odd = False
        """Something live has come that is too old for this session: perhaps there is another one."""

    async def work(self) -> None:
        await self.look()
        await self.fetch()
        silent_for = 0.0
        while True:
            before = len(self.session.told[cgms.MEASUREMENT.uuid])
            await self.while_connected(20)
            silent_for = 0.0 if len(self.session.told[cgms.MEASUREMENT.uuid]) > before else silent_for + 20
            if not silent_for:
                self.last_contact = self.now()
            self.take(live=True)
            if self._is_odd:
                await self.look()
                self.take()
            if self.missing is not None:
                await self.fetch()
            if silent_for >= SILENCE_S and self.habits.notices_silence:
                return
            if silent_for and silent_for % 300 == 0 and self.habits.notices_silence:
                await self.look()

    async def look(self) -> None:
        """Which session it is, and how the sensor is."""
        status: cgms.Status = await self.session.read(cgms.STATUS)
        self.last_contact = self.now()
        if not self._start.status(status.time_offset, self.now()):
            self._new_session()
            self._start.status(status.time_offset, self.now())
        self._heed(status.annunciation)

    def _new_session(self) -> None:
        self.readings.clear()
        self._gone.clear()
        self._asked.clear()
        self._start = Start()

    def _heed(self, annunciation: Annunciation) -> None:
        self.alerts.set("sensor", bool(annunciation & (UNWELL | Annunciation.SESSION_STOPPED)))
        self.alerts.set("battery", bool(annunciation & Annunciation.DEVICE_BATTERY_LOW))

    @property
    def missing(self) -> int | None:
        """The first reading that it ought to have and has not."""
        known = self.readings.keys() | self._gone
        return next((m for m in range(0, max(known, default=0), CADENCE_MIN) if m not in known), None)

    def take(self, *, live: bool = False) -> None:
        """Add what has come to what it has; what is damaged is dropped."""
        came = list(self._come())
        self._is_odd = live and any(self.now() - self._start.of(told.time_offset) > SILENCE_S for told in came)
        if self._is_odd:
            return
        self._taken = len(self.session.told[cgms.MEASUREMENT.uuid])
        readings = [reading for told in came if (reading := self._taken_in(told)) is not None]
        newest = max(readings, key=lambda reading: reading.measured, default=None)
        if newest is None or not newest.is_usable:
            return
        fresh = self.now() - newest.measured <= SILENCE_S or not self.habits.minds_the_age_of_readings
        if fresh and (newest.measured > self._newest_usable or not self.habits.minds_the_age_of_readings):
            self._newest_usable = newest.measured
            self.alerts.set("signal_loss", active=False)
            self.on_reading(newest)

    def _come(self) -> Iterator[cgms.Measurement]:
        """What has come and not been looked at."""
        for value in self.session.told[cgms.MEASUREMENT.uuid][self._taken :]:
            with suppress(WireError):
                for record in split_records(value):
                    yield cgms.MEASUREMENT.decode(record, protected=True)

    def _taken_in(self, told: cgms.Measurement) -> Reading | None:
        """The reading, where it is a new one of this session."""
        now = self.now()
        self._start.heard(told.time_offset, now)
        measured = self._start.of(told.time_offset) if self.habits.goes_by_the_sensors_time else now
        has_it = told.time_offset in self.readings
        if self.habits.knows_what_it_has and (has_it or measured > now + SLACK_S):
            return None
        self._heed(told.annunciation)
        number = isinstance(told.glucose, float)
        trusted = number and not told.annunciation & DOUBTFUL
        mg_dl = float(told.glucose) if isinstance(told.glucose, float) else None
        if not self.habits.tells_numbers_from_sentinels:
            trusted, mg_dl = True, 0.0 if mg_dl is None else mg_dl
        reading = Reading(told.time_offset, measured, mg_dl, trusted)
        self.readings[told.time_offset] = reading
        self.tell({"belief": "reading", "time_offset": reading.time_offset, "mg_dl": mg_dl, "age": round(now - measured, 3)})
        return reading

    async def fetch(self) -> None:
        """Every stored reading from the first that is missing on; what the device has not got, it will not get."""
        self.take()
        if not self.habits.fetches:
            return
        known = self.readings.keys() | self._gone
        since = max(known, default=-CADENCE_MIN) + CADENCE_MIN if self.missing is None else self.missing
        request = GENERIC.encode(Request(Operation.REPORT, Selection(Operator.AT_LEAST, low=since)))
        answer: Any = GENERIC.decode_answer(await self.session.ask_octets(cgms.RECORD_ACCESS, request))
        self.take()
        self._asked[since] = self._asked.get(since, 0) + 1
        done = isinstance(answer, Response) and answer.outcome is Outcome.NO_RECORDS_FOUND
        if self.missing == since and (done or self._asked[since] >= TRIES):
            self._gone.add(since)

    def watched(self) -> None:
        self.alerts.set("signal_loss", self.now() - max(self._newest_usable, 0.0) > SIGNAL_LOSS_S)
