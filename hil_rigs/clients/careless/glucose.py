"""Careless clients: readings, and what is decided on them."""

import asyncio

from isletbench.hil_rigs.clients.controller.controller import LOW_MG_DL, Controller
from isletbench.hil_rigs.clients.controller.glucose import GlucoseFollower
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.readings import USUAL_INTERVAL_MIN, Reading, ReadingStore
from isletbench.hil_rigs.clients.controller.session_time import SessionTime
from isletbench.protocols import cgms
from isletbench.protocols.racp import Selection


class NeverFetches(GlucoseFollower):
    """The client does not fetch the stored readings that it has missed.

    Report: nightscout/Trio#1250 (CGM-01).
    """

    async def _fetch_stored(self, selection: Selection) -> None:
        pass


class StoresTwice(ReadingStore):
    """The client stores what comes a second time a second time.

    Report: NightscoutFoundation/xDrip#1890 (CGM-03).
    """

    def _is_new(self, measurement: cgms.Measurement, *, fits: bool, measured: float) -> bool:
        return True


class TrustsArrivalTime(ReadingStore):
    """The client takes the time at which a reading arrives for the time at which it was measured.

    Report: LoopKit/Loop#2291 (CGM-07).
    """

    def _measured_at(self, measurement: cgms.Measurement) -> float:
        return now()


class ActsOnOldReadings(GlucoseFollower):
    """The client decides on a reading however old it is.

    Report: don/cordova-plugin-ble-central#515 (LNK-17).
    """

    def _is_worth_a_decision(self, reading: Reading) -> bool:
        return True


class TakesAnythingForGlucose(ReadingStore):
    """The client takes special values, and values that the sensor says are not to be relied on, for glucose.

    Report: NightscoutFoundation/xDrip#730 (CGM-15).
    """

    def _glucose(self, measurement: cgms.Measurement) -> tuple[float | None, bool]:
        return super()._glucose(measurement)[0] or 0.0, True


class AssumesFiveMinutes(GlucoseFollower):
    """The client takes every sensor for one that measures every five minutes.

    Report: NightscoutFoundation/xDrip#245 (CGM-17).
    """

    async def _ask_interval(self) -> int | None:
        return USUAL_INTERVAL_MIN


class TrustsAFlatLine(ReadingStore):
    """The client takes a sensor that is stuck for one whose glucose is steady.

    Report: NightscoutFoundation/xDrip#1104 (CGM-10).
    """

    @property
    def is_stuck(self) -> bool:
        return False


class DecidesOnEveryCallback(GlucoseFollower):
    """The client decides anew whenever something comes, even where it has decided on that reading before.

    Report: LoopKit/Loop#1919 (CGM-08).
    """

    def _take_in(self, came: list[cgms.Measurement]) -> None:
        known = len(self._store.readings)
        super()._take_in(came)
        if came and self._store.readings and len(self._store.readings) == known:
            self._on_reading(self._store.readings[max(self._store.readings)])


class DiscardsWhatIsAhead(SessionTime):
    """The client discards the readings of a sensor whose records are ahead of its clock as readings from the future.

    Report: NightscoutFoundation/xDrip#1575 (CGM-14).
    """

    def _shift(self, ahead: float) -> None:
        pass


class DecidesByTheClock(Controller):
    """The client decides every five minutes by its own clock, on the last reading that has come by then.

    Report: LoopKit/Loop#1817 (CGM-09).
    """

    _newest: Reading | None = None

    def on_reading(self, reading: Reading) -> None:
        async def decide_every_five_minutes() -> None:
            while self._newest is not None:
                await asyncio.sleep(300 - now() % 300)
                self.decide(self._newest)

        is_first, self._newest = self._newest is None, reading
        if is_first:
            self.tasks.create_task(decide_every_five_minutes())


class GoesByTheCode(GlucoseFollower):
    """The client takes the answer to the start of a session for what has become of it.

    Report: NightscoutFoundation/xDrip#551 (CGM-13).
    """

    async def _has_started(self, answer: object) -> bool:
        return isinstance(answer, cgms.ResponseCode) and answer.code is cgms.OpsResponse.SUCCESS


class KnowsNoBounds(Controller):
    """The client gives the more basal insulin the higher glucose is, without a limit.

    Report: LoopKit/LoopKit: the effects of its mock CGM (CGM-16).
    """

    def _basal_factor(self, ahead: float) -> float:
        return round(max(ahead, 0.0) / LOW_MG_DL, 1)


class EndsWithTheCalendar(GlucoseFollower):
    """The client takes the session of a sensor for over when its run time has passed, though the sensor goes on.

    Report: loopandlearn/LoopFollow#583 (CGM-20).
    """

    async def _look(self) -> None:
        await super()._look()
        run_time: cgms.SessionRunTime = await self._session.read(cgms.SESSION_RUN_TIME)
        if max(self._store.readings, default=0) >= 60 * run_time.run_time:
            raise ConnectionError("the session is over")
