"""Following a CGM: every reading once, of its own time, and known for what it is worth."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Alerts, Living, Tell
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.session_time import SLACK_S, SessionTime
from isletbench.hil_rigs.clients.controller.wishes import Wish
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.racp import GENERIC, Operation, Operator, Outcome, Request, Response, Selection

SILENCE_S = 12 * 60.0
"""Longer without a reading, and the connection is made anew; or two and a half of the sensor's intervals, if that is more."""
SIGNAL_LOSS_S = 20 * 60.0
"""Longer without a usable reading, and its user is told; likewise."""
USUAL_CADENCE_MIN = 5
TRIES = 3
"""How often a damaged record is asked for again."""
STUCK_S = 40 * 60.0
"""Glucose that is the same to the digit for so long is that of a sensor that is stuck."""
LONGEST_WARM_UP_MIN = 120
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
    said: Annunciation
    """What the sensor had to say with it."""


class GlucoseSide(Living):
    """Collects readings, and hands on those that are new, fresh and usable."""

    def __init__(
        self,
        session: Session,
        habits: Habits,
        tell: Tell,
        alerts: Alerts,
        on_reading: Callable[[Reading], None],
        *,
        wishes: Sequence[Wish] = (),
    ) -> None:
        super().__init__(session, habits, tell, alerts)
        self.on_reading = on_reading
        self.wishes = list(wishes)
        """Sessions that its user wants started."""
        self._starts = 0
        self.readings: dict[int, Reading] = {}
        """Of this session, by time offset."""
        self._gone: set[int] = set()
        self._asked: dict[int, int] = {}
        self._time = SessionTime()
        self._cadence: int | None = None
        self._taken = 0
        self._newest_usable = 0.0
        self._flat_since: Reading | None = None
        """The first of the newest readings that are all the same."""
        self._said = Annunciation(0)
        self._warms_up = False

    async def work(self) -> None:
        await self.look()
        await self.learn()
        await self.fetch_newer()
        silent_for = 0.0
        while True:
            if self.wishes and self.now() >= self.wishes[0].at:
                await self.start_session()
            before = len(self.session.told[cgms.MEASUREMENT.uuid])
            await self.while_connected(20)
            silent_for = 0.0 if len(self.session.told[cgms.MEASUREMENT.uuid]) > before else silent_for + 20
            if not silent_for:
                self.last_contact = self.now()
            if self.take_live():
                await self.look()
                await self.fetch_newer()
            if (run := self.missing) is not None:
                await self.fetch(Selection(Operator.WITHIN, low=run[0], high=run[-1]))
            if silent_for >= self._patience(SILENCE_S) and self.habits.notices_silence:
                return
            if silent_for and silent_for % 300 == 0 and self.habits.notices_silence:
                await self.look()

    # What it knows of the sensor

    async def look(self) -> None:
        """Which session it is, and how the sensor is."""
        status: cgms.Status = await self.session.read(cgms.STATUS)
        self.last_contact = self.now()
        stopped = Annunciation.SESSION_STOPPED in status.annunciation  # and its time offset stands still
        if not stopped and not self._time.status(status.time_offset, self.now()):
            self._new_session()
            self._time.status(status.time_offset, self.now())
        self._warms_up = not (stopped or self.readings) and status.time_offset < LONGEST_WARM_UP_MIN
        self._heed(status.annunciation)

    async def learn(self) -> None:
        """How often it tells, min; asked once, of a sensor that says so."""
        if self._cadence is None and self.habits.learns_the_cadence:
            answer: Any = await self.session.ask(cgms.SPECIFIC_OPS_POINT, cgms.GetCommunicationInterval())
            known = isinstance(answer, cgms.CommunicationIntervalResponse) and 0 < answer.interval < 255
            self._cadence = answer.interval if known else USUAL_CADENCE_MIN

    @property
    def cadence(self) -> int:
        """From one reading to the next, min."""
        return self._cadence or USUAL_CADENCE_MIN

    def _patience(self, seconds: float) -> float:
        return max(seconds, 2.5 * 60 * self.cadence)

    def _new_session(self) -> None:
        self.readings.clear()
        self._gone.clear()
        self._asked.clear()
        self._time = SessionTime()
        self._flat_since = None

    def _heed(self, said: Annunciation) -> None:
        """Tell the user how the sensor is."""
        self._said = said
        self.alerts.set("sensor", bool(said & (UNWELL | Annunciation.SESSION_STOPPED)) or self._is_stuck)
        self.alerts.set("battery", bool(said & Annunciation.DEVICE_BATTERY_LOW))
        self.alerts.set("expiry", bool(said & Annunciation.DEVICE_SPECIFIC_ALERT))

    def watched(self) -> None:
        stopped = Annunciation.SESSION_STOPPED in self._said
        lost = self.now() - max(self._newest_usable, 0.0) > self._patience(SIGNAL_LOSS_S)
        self.alerts.set("warm_up", self._warms_up)
        self.alerts.set("signal_loss", lost and not stopped and not self._warms_up)

    async def start_session(self) -> None:
        """Start the session that its user wants. Whether it has started the sensor's status tells, not the answer: that may be
        one that nobody knows."""
        answer: Any = None
        with suppress(WireError):
            answer = await self.session.ask(cgms.SPECIFIC_OPS_POINT, cgms.StartSession())
        self._starts += 1
        started = isinstance(answer, cgms.ResponseCode) and answer.code is cgms.OpsResponse.SUCCESS
        if self.habits.looks_whether_it_has_started:
            await self.look()
            started = Annunciation.SESSION_STOPPED not in self._said
            self.alerts.set("refused", not started and self._starts >= TRIES)
        if started or (self._starts >= TRIES and self.habits.looks_whether_it_has_started):
            self._starts = 0
            self.wishes.pop(0)

    # What has come

    def take_live(self) -> bool:
        """Take in what the sensor has told by itself. Whether something came that is of another time: out of a cache, or of
        another session. It is dropped; what is true of it can be fetched."""
        came = list(self._come())
        odd = [told for told in came if not self._may_be_live(told)]
        self._take_in([told for told in came if told not in odd])
        return bool(odd)

    def _may_be_live(self, told: cgms.Measurement) -> bool:
        if not self.habits.knows_what_it_has:
            return True
        live = self._time.live(told.time_offset, self.now(), maps=self.habits.maps_the_sensors_time)
        return live and abs(self.now() - self._time.of(told.time_offset)) <= self._patience(SILENCE_S)

    def _come(self) -> Iterator[cgms.Measurement]:
        """What has come and not been looked at; what is damaged is dropped."""
        values = self.session.told[cgms.MEASUREMENT.uuid][self._taken :]
        self._taken += len(values)
        for value in values:
            with suppress(WireError):
                for record in split_records(value if self.habits.counts_past_255 else value[: len(value) % 256]):
                    yield cgms.MEASUREMENT.decode(record, protected=True)

    def _take_in(self, came: list[cgms.Measurement]) -> None:
        """Add it to what it has, and hand on the newest, where that is new and fresh."""
        readings = [reading for told in came if (reading := self._kept(told)) is not None]
        if not readings:
            if came and self.readings and not self.habits.decides_once_a_reading:
                self.on_reading(self.readings[max(self.readings)])
            return
        self._warms_up = False
        newest = max(readings, key=lambda reading: reading.measured)
        if newest.time_offset >= max(self.readings):
            self._heed(newest.said)
        if not newest.is_usable or (self._is_stuck and self.habits.doubts_what_never_changes):
            return
        fresh = self.now() - newest.measured <= SILENCE_S or not self.habits.minds_the_age_of_readings
        if fresh and (newest.measured > self._newest_usable or not self.habits.minds_the_age_of_readings):
            self._newest_usable = newest.measured
            self.alerts.set("signal_loss", active=False)
            self.on_reading(newest)

    def _kept(self, told: cgms.Measurement) -> Reading | None:
        """The reading, where it is a new one of this session."""
        now = self.now()
        heard = self._time.heard(told.time_offset, now)
        measured = self._time.of(told.time_offset) if self.habits.goes_by_the_sensors_time else now
        if self.habits.knows_what_it_has and (told.time_offset in self.readings or not heard or measured > now + SLACK_S):
            return None
        glucose = told.glucose if isinstance(told.glucose, float) and told.glucose > 0 else None  # nobody has none
        trusted = glucose is not None and not told.annunciation & DOUBTFUL
        if not self.habits.tells_numbers_from_sentinels:
            trusted, glucose = True, glucose or 0.0
        reading = Reading(told.time_offset, measured, glucose, trusted, told.annunciation)
        if told.time_offset > max(self.readings, default=-1) and not self._is_like(reading):
            self._flat_since = reading
        self.readings[told.time_offset] = reading
        self.tell({"belief": "reading", "time_offset": told.time_offset, "mg_dl": glucose, "age": round(now - measured, 3)})
        return reading

    def _is_like(self, reading: Reading) -> bool:
        return self._flat_since is not None and self._flat_since.mg_dl == reading.mg_dl

    @property
    def _is_stuck(self) -> bool:
        """Whether it has been the same for too long."""
        first = self._flat_since
        return first is not None and self._time.of(max(self.readings)) - first.measured >= STUCK_S

    # What is missing

    @property
    def missing(self) -> range | None:
        """The first readings in a row that it ought to have and has not."""
        if not self.readings:
            return None
        newest, step = max(self.readings), self.cadence
        known = self.readings.keys() | self._gone
        first = next((m for m in range(newest % step, newest, step) if m not in known), None)
        if first is None:
            return None
        return range(first, next(m for m in range(first, newest + 1, step) if m in known), step)

    async def fetch_newer(self) -> None:
        """Every stored reading after the newest that it has."""
        await self.fetch(Selection(Operator.AT_LEAST, low=max(self.readings, default=-self.cadence) + self.cadence))

    async def fetch(self, selection: Selection) -> None:
        """Ask for stored readings, once they can be dated. What the device has not got, or cannot tell, it will not get."""
        self.take_live()
        if not self.habits.fetches or not self._time.can_date(self.now()):
            return
        wanted = self.missing or ()
        request = GENERIC.encode(Request(Operation.REPORT, selection))
        answer: Any = GENERIC.decode_answer(await self.session.ask_octets(cgms.RECORD_ACCESS, request))
        self._take_in(list(self._come()))
        if selection.operator is not Operator.WITHIN:
            return
        none_there = isinstance(answer, Response) and answer.outcome is Outcome.NO_RECORDS_FOUND
        for offset in wanted:
            self._asked[offset] = self._asked.get(offset, 0) + 1
            if offset not in self.readings and (none_there or self._asked[offset] >= TRIES):
                self._gone.add(offset)
