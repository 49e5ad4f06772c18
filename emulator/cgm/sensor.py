"""The sensor: a session, a measurement every few minutes, a store of records. It knows no wire.

A session's time offset counts whole minutes from its start and is the number of a record; it is never renumbered, so a gap
is a reading that was never measured. Source: CGMS 1.0.1, sections 3.1.1 and 3.4; numbers in ``profile``.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from emulator.cgm.glucose import Source
from emulator.cgm.profile import SensorProfile
from emulator.device import Ledger
from emulator.quantities import Instant, Span, minutes
from emulator.records import RecordStore
from protocols.cgms import Annunciation, Feature, Measurement
from protocols.fields import DstOffset

TREND_SPAN = minutes(15)
"""The rate of change is taken over this much of the past: three 5-minute readings, as the makers of arrows do."""


class Session(Enum):
    """Where a sensor stands in its life."""

    NEVER_STARTED = "never started"
    RUNNING = "running"
    STOPPED = "stopped"


class Refused(Exception):
    """The sensor cannot do this in its state."""


TRANSITIONS: Mapping[tuple[Session, str], Session] = {
    (Session.NEVER_STARTED, "start"): Session.RUNNING,
    (Session.RUNNING, "stop"): Session.STOPPED,
    (Session.RUNNING, "expire"): Session.STOPPED,
    (Session.STOPPED, "start"): Session.RUNNING,
}
"""The session. What is absent is refused: a running session cannot start (CGMS test CGMCP/BI-08-C), a stopped one cannot
stop (CGMS 1.0.1, section 3.7.2.9)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A measurement as it was taken, for good."""

    at: Instant
    measurement: Measurement


@dataclass(frozen=True, slots=True)
class StartTime:
    """When the session began by the client's clock, with the zone and offset it told."""

    began: datetime
    time_zone: int | None
    dst_offset: DstOffset


@dataclass(slots=True)
class AlertLevels:
    """What the client wants to be alerted of, mg/dL and mg/dL/min; None is off."""

    patient_high: float | None = None
    patient_low: float | None = None
    hypo: float | None = None
    hyper: float | None = None
    rate_of_decrease: float | None = None
    rate_of_increase: float | None = None


class Sensor:
    """A sensor of one profile, measuring what ``source`` says. Instant 0 is power-on."""

    def __init__(self, profile: SensorProfile, source: Source, *, epoch: datetime, seed: int) -> None:
        self.profile = profile
        self.epoch = epoch
        self.ledger = Ledger()
        self.session = Session.NEVER_STARTED
        self.records = RecordStore[Record](profile.capacity, lambda record: record.measurement.time_offset)
        self.levels = AlertLevels()
        self.start_time: StartTime | None = None
        self.battery_low = False
        self.malfunction = False
        self.alert_latched = False
        self._source = source
        self._seed = seed
        self._began: Instant = 0
        self._ended: Instant = 0
        self._next: Instant | None = None
        self._recent: deque[tuple[Instant, float]] = deque()
        if profile.starts_by_itself:
            self.start(0)

    # The session

    def _enter(self, event: str, now: Instant) -> None:
        try:
            self.session = TRANSITIONS[self.session, event]
        except KeyError:
            raise Refused(f"cannot {event} a session that is {self.session.value}") from None
        self.ledger.write(now, "session", event=event, state=self.session.value)

    def start(self, now: Instant) -> None:
        """Begin a session: everything of the one before is forgotten. Raises ``Refused``."""
        self._enter("start", now)
        self.records.clear()
        self.start_time = None
        self._recent.clear()
        self._began = now
        self._next = now + self.profile.warm_up

    def stop(self, now: Instant) -> None:
        """End it; what was measured stays readable. Raises ``Refused``."""
        self._enter("stop", now)
        self._end(now)

    @property
    def has_ended(self) -> bool:
        """Whether a session has run and is over."""
        return self.session is Session.STOPPED

    def _end(self, now: Instant) -> None:
        self._ended, self._next = now, None

    def elapsed(self, now: Instant) -> Span:
        """Since the session's start; stands still after its end."""
        match self.session:
            case Session.NEVER_STARTED:
                return 0
            case Session.RUNNING:
                return now - self._began
            case Session.STOPPED:
                return self._ended - self._began

    def time_offset(self, now: Instant) -> int:
        """Whole minutes since the session's start."""
        return self.elapsed(now) // minutes(1)

    def set_time(self, client_time: datetime, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> None:
        """The client says what time it is; from that follows when the session began. CGMS 1.0.1, section 3.4.1."""
        began = client_time - timedelta(milliseconds=self.elapsed(now))
        self.start_time = StartTime(began, time_zone, dst_offset)

    # Measuring

    @property
    def next_deadline(self) -> Instant | None:
        """The next measurement, or the end of the session's life."""
        if self._next is None:
            return None
        return min(self._next, self._began + self.profile.life)

    def advance(self, now: Instant) -> None:
        """Take every measurement that was due by ``now``, each at its own instant; end the session when its life is over."""
        while (due := self.next_deadline) is not None and due <= now:
            if due >= self._began + self.profile.life:
                self._enter("expire", due)
                self._end(due)
            else:
                self._measure(due)
                self._next = due + self.profile.cadence

    def _measure(self, at: Instant) -> None:
        true = self._source(at)
        if true is None:
            self.ledger.write(at, "no_sample", time_offset=self.time_offset(at))
            return
        shown = float(round(min(max(true, self.profile.low), self.profile.high)))
        trend = self._trend(shown, at)
        measurement = Measurement(
            glucose=shown,
            time_offset=self.time_offset(at),
            annunciation=self.annunciation() | self._warnings(true, shown, trend),
            trend=trend if Feature.TREND in self.profile.features else None,
            quality=self.profile.quality if Feature.QUALITY in self.profile.features else None,
        )
        self.records.append(Record(at, measurement))
        self.ledger.write(at, "sample", time_offset=measurement.time_offset, mg_dl=shown, true_mg_dl=true)

    def _trend(self, shown: float, at: Instant) -> float | None:
        """Rate of change in mg/dL/min, to a tenth, against the oldest reading within ``TREND_SPAN``; None without one."""
        while self._recent and self._recent[0][0] < at - TREND_SPAN:
            self._recent.popleft()
        self._recent.append((at, shown))
        since, before = self._recent[0]
        return None if since == at else round((shown - before) / ((at - since) / minutes(1)), 1)

    # Annunciation. CGMS 1.0.1, section 3.2.1.1: the bits of an unsupported feature stay 0 everywhere.

    def annunciation(self) -> Annunciation:
        """What the sensor has to say of itself now, apart from any one result."""
        features, said = self.profile.features, Annunciation(0)
        if self.session is not Session.RUNNING:
            said |= Annunciation.SESSION_STOPPED
        if self.start_time is None:
            said |= Annunciation.TIME_SYNCHRONIZATION_REQUIRED
        if self.battery_low and Feature.LOW_BATTERY_DETECTION in features:
            said |= Annunciation.DEVICE_BATTERY_LOW
        if self.malfunction and Feature.SENSOR_MALFUNCTION_DETECTION in features:
            said |= Annunciation.SENSOR_MALFUNCTION
        if self.alert_latched and Feature.DEVICE_SPECIFIC_ALERT in features:
            said |= Annunciation.DEVICE_SPECIFIC_ALERT
        return said

    def _warnings(self, true: float, shown: float, trend: float | None) -> Annunciation:
        """What one result gives cause for. Comparisons are strict (CGMS 1.0.1, sections 3.7.2.3 to 3.7.2.6)."""
        levels, features, said = self.levels, self.profile.features, Annunciation(0)
        causes = (
            (Feature.PATIENT_HIGH_LOW_ALERTS, Annunciation.LOWER_THAN_PATIENT_LOW, _below(shown, levels.patient_low)),
            (Feature.PATIENT_HIGH_LOW_ALERTS, Annunciation.HIGHER_THAN_PATIENT_HIGH, _above(shown, levels.patient_high)),
            (Feature.HYPO_ALERTS, Annunciation.LOWER_THAN_HYPO, _below(shown, levels.hypo)),
            (Feature.HYPER_ALERTS, Annunciation.HIGHER_THAN_HYPER, _above(shown, levels.hyper)),
            (Feature.RATE_ALERTS, Annunciation.RATE_OF_DECREASE_EXCEEDED, _falls_faster(trend, levels.rate_of_decrease)),
            (Feature.RATE_ALERTS, Annunciation.RATE_OF_INCREASE_EXCEEDED, _above(trend, levels.rate_of_increase)),
            (
                Feature.SENSOR_RESULT_HIGH_LOW_DETECTION,
                Annunciation.RESULT_LOWER_THAN_PROCESSABLE,
                _below(true, self.profile.low),
            ),
            (
                Feature.SENSOR_RESULT_HIGH_LOW_DETECTION,
                Annunciation.RESULT_HIGHER_THAN_PROCESSABLE,
                _above(true, self.profile.high),
            ),
        )
        for feature, bit, holds in causes:
            if holds and feature in features:
                said |= bit
        return said

    def status(self, now: Instant) -> Mapping[str, Any]:
        """How it is, for people."""
        last = self.records.newest
        return {
            "session": self.session.value,
            "time_offset_min": self.time_offset(now),
            "glucose_mg_dl": last.measurement.glucose if last else None,
            "records": len(self.records),
        }


def _below(value: float | None, level: float | None) -> bool:
    return value is not None and level is not None and value < level


def _above(value: float | None, level: float | None) -> bool:
    return value is not None and level is not None and value > level


def _falls_faster(trend: float | None, level: float | None) -> bool:
    """The sign of a rate of decrease is not defined; either is taken and means a fall."""
    return trend is not None and level is not None and trend < -abs(level)
