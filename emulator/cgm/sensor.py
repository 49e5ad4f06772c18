"""The sensor: a session, a measurement every few minutes, a store of records. It knows no wire.

A session's time offset counts whole minutes of the sensor's own clock from its start and is the number of a record; it is
never renumbered, so a gap is a reading that was never measured. A reading that was measured but not heard is in the store.
Source: CGMS 1.0.1, sections 3.1.1 and 3.4; numbers in ``profile``.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from isletbench.emulator.cgm import events
from isletbench.emulator.cgm.alerts import Trend, above, allowed, below
from isletbench.emulator.cgm.calibration import Calibrations
from isletbench.emulator.cgm.effects import Polynomial
from isletbench.emulator.cgm.error_models import MODELS, Wear, artefacts, lag
from isletbench.emulator.cgm.losses import Chain
from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.session import ACTIVE, Event, Refused, Session, after
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.glucose import Effect, Source
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.ring import RecordStore
from isletbench.protocols.cgms import Annunciation, Calibration, Feature, Measurement
from isletbench.protocols.fields import DstOffset, Number, Special

MILLION = 1_000_000
COMPARABLE = minutes(30)
"""A reference value is compared with the reading nearest to it, at most this far away (choice)."""
WARNINGS = Annunciation(0xFF << 16)
"""The octet of bits that one result raises, and the next one clears."""
SKIN = 33.0
"""Degrees Celsius."""
_MS = timedelta(milliseconds=1)


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
class Conditions:
    """What the world does to a sensor besides glucose. Set from outside, at any time; results show it from then on."""

    temperature: float = SKIN
    """Degrees Celsius."""
    attenuated: bool = False
    """Its signal is too weak for a result."""
    malfunction: bool = False
    """It cannot measure."""
    general_fault: bool = False
    """Something else in the device is broken: storage, radio."""
    alert_latched: bool = False
    """The device-specific alert: the end of its life is near. Raised by the sensor, cleared by a client or a new session."""


class Sensor:
    """A sensor of one profile, measuring what ``source`` says. Instant 0 is power-on, with a sensor inserted.

    ``epoch`` is the local date and time at instant 0; ``seed`` decides everything that is left to chance.
    """

    def __init__(self, profile: SensorProfile, source: Source, *, epoch: datetime, seed: int) -> None:
        self.profile = profile
        self.epoch = epoch
        self.ledger = Ledger()
        self.session = Session.NO_SENSOR
        self.records = RecordStore[Record](profile.capacity, lambda record: record.measurement.time_offset)
        self.announced: deque[Record] = deque()
        """Results that have left the sensor and nobody has taken yet, oldest first."""
        self.levels = replace(profile.levels)
        self.conditions = Conditions()
        self.calibrations = Calibrations(profile.calibration)
        self.start_time: StartTime | None = None
        self.life = profile.life
        self.began: Instant = 0
        self.effects: list[Effect] = []
        """What bends glucose on its way into a reading, the first one nearest to the blood; may be added to."""
        self.fits = True
        """Whether the inserted sensor is of the type this device is made for."""
        self._source = source
        self._seed = seed
        self._worn = 0
        self._ended: Instant = 0
        self._taken = 0
        self._last: Record | None = None
        self._trend = Trend()
        self._raw: deque[tuple[int, float]] = deque()
        self._on_the_way: deque[tuple[Instant, Record]] = deque()
        self._fails: Instant | None = None
        self._reminded = False
        self._type_error = False
        self._battery: tuple[Instant, float] = (0, 100.0)
        self._clock: tuple[Instant, datetime] = (0, epoch)
        drift = profile.clock_drift
        self._pace = MILLION + stream(seed, "sensor clock").randint(-drift, drift)
        self._sending = stream(seed, "sending")
        self._losses = Chain(profile.sending.losses, stream(seed, "losses"))
        self._attenuation = Chain(profile.attenuation, stream(seed, "attenuation"))
        self.insert(0)

    # The session

    def _enter(self, event: Event, now: Instant) -> None:
        self.session = after(self.session, event)
        self.ledger.write(now, events.SessionChanged(event.value, self.session.value))

    def insert(self, now: Instant, *, fits: bool = True) -> None:
        """Insert a new sensor, another one with errors of its own. Raises ``Refused`` when one is in place."""
        self._enter(Event.INSERT, now)
        self.fits = fits
        self._worn += 1
        midnight = -(timedelta(hours=self.epoch.hour, minutes=self.epoch.minute, seconds=self.epoch.second) // _MS)
        wear = Wear(f"{self._seed}/sensor/{self._worn}", now, midnight)
        profile = self.profile
        ends = now + profile.life
        self.effects = [
            *lag(wear, profile.lag),
            *MODELS[profile.error_model](wear),
            *artefacts(wear, profile.artefacts, ends),
        ]
        drawn = wear.chance("early failure")
        self._fails = now + round(drawn.random() * profile.life) if drawn.random() < profile.early_failures else None
        if profile.starts_by_itself and fits:
            self.start(now)

    def remove(self, now: Instant) -> None:
        """Take the sensor out, ending a session that runs. Raises ``Refused`` when there is none."""
        running = self.session in ACTIVE
        self._enter(Event.REMOVE, now)
        self._type_error = False
        self._end(now, running)

    def start(self, now: Instant) -> None:
        """Begin a session: everything of the one before is forgotten. Raises ``Refused``, changing nothing."""
        after(self.session, Event.START)
        if self.session is Session.STOPPED and Feature.MULTIPLE_SESSIONS not in self.profile.features:
            raise Refused("this sensor has had its one session")
        if not self.fits:
            self._type_error = Feature.SENSOR_TYPE_ERROR_DETECTION in self.profile.features
            raise Refused("the inserted sensor is of the wrong type")
        self._enter(Event.START, now)
        self.records.clear()
        self.announced.clear()
        self._on_the_way.clear()
        self.calibrations = Calibrations(self.profile.calibration)
        self.start_time = None
        self.conditions.alert_latched = False
        self.life = self.profile.life
        self.began, self._taken, self._last = now, 0, None
        self._reminded = False
        self._trend, self._raw = Trend(), deque()
        if self.profile.warm_up == 0:
            self._enter(Event.WARM, now)

    def stop(self, now: Instant) -> None:
        """End it; what was measured stays readable. Raises ``Refused``."""
        self._enter(Event.STOP, now)
        self._end(now, True)

    def fail(self, now: Instant) -> None:
        """Give up for good. Raises ``Refused`` when no session runs."""
        self._enter(Event.FAIL, now)
        self._end(now, True)

    def shorten(self, life: Span, now: Instant) -> None:
        """The session will not last as long as it was meant to: its run time is corrected downwards (CGMS 1.0.1, 3.5)."""
        self.life = min(self.life, max(life, self.elapsed(now)))

    def _end(self, now: Instant, running: bool) -> None:
        if running:
            self._ended = now
        self.calibrations.settles = None
        self._fails = None

    def elapsed(self, now: Instant) -> Span:
        """Since the session's start by the sensor's own clock; stands still after its end."""
        until = now if self.session in ACTIVE else self._ended
        return max(until - self.began, 0) * MILLION // self._pace

    def _at(self, elapsed: Span) -> Instant:
        """When the sensor's own clock will show this."""
        return self.began - (-elapsed * self._pace // MILLION)

    def time_offset(self, now: Instant) -> int:
        """Whole minutes since the session's start."""
        return self.elapsed(now) // minutes(1)

    def set_time(self, client_time: datetime, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> bool:
        """The client says what time it is; from that follows when the session began. CGMS 1.0.1, section 3.4.1.

        Whether it counted: some makes keep the first time they were told.
        """
        if self.start_time is not None and self.profile.choices.keeps_first_time:
            return False
        began = client_time - timedelta(milliseconds=self.elapsed(now))
        self.start_time = StartTime(began, time_zone, dst_offset)
        return True

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """The next thing that will happen by itself."""
        return min((due for due, _ in self._agenda()), default=None)

    def advance(self, now: Instant) -> None:
        """Let everything happen that was due by ``now``, each at its own instant."""
        while agenda := [entry for entry in self._agenda() if entry[0] <= now]:
            due, happens = min(agenda, key=lambda entry: entry[0])
            happens(due)

    def _agenda(self) -> Iterator[tuple[Instant, Callable[[Instant], None]]]:
        """What will happen by itself, in the order that counts when two things fall due at once."""
        profile = self.profile
        if self.session is Session.RUNNING:
            yield self._at(self.life), self._expire
        if self.session in ACTIVE:
            if self._fails is not None:
                yield max(self._fails, self.began), self.fail
            if profile.reminder is not None and not self._reminded:
                yield self._at(max(self.life - profile.reminder, 0)), self._remind
        if self.session is Session.WARMING_UP:
            yield self._at(profile.warm_up), lambda due: self._enter(Event.WARM, due)
        if self.calibrations.settles is not None:
            yield self._at(self.calibrations.settles), self._settle
        if self.session is Session.RUNNING:
            yield self._at(profile.warm_up + self._taken * profile.cadence), self._measure
        if self._on_the_way:
            yield self._on_the_way[0][0], self._announce

    def _expire(self, at: Instant) -> None:
        self._enter(Event.EXPIRE, at)
        self._end(at, True)

    def _remind(self, at: Instant) -> None:
        self._reminded = self.conditions.alert_latched = True
        self.ledger.write(at, events.EndOfLifeReminder())

    def _announce(self, at: Instant) -> None:
        self.announced.append(self._on_the_way.popleft()[1])

    # Measuring

    def _measure(self, at: Instant) -> None:
        self._taken += 1
        offset = self.time_offset(at)
        hour = (self.epoch + timedelta(milliseconds=at)).hour
        # Every stream is drawn from once per slot, so that one thing does not shift the others.
        attenuated, lost = self._attenuation.loses(hour), self._losses.loses(hour)
        sending = self.profile.sending
        delay = self._sending.randint(*sending.delay)
        is_late, late_by = self._sending.random() < sending.late, self._sending.randint(*sending.late_by)
        true = self._source(at)
        if true is None:
            self.ledger.write(at, events.NoSample(offset))
            return
        measurement = self._measurement(at, true, offset, attenuated)
        record = self._last = Record(at, measurement)
        grid = self.profile.stored_every
        if grid is None or minutes(offset) % grid == 0:
            self.records.append(record)
        shown = measurement.glucose
        mg_dl, special = (shown, None) if isinstance(shown, float) else (None, str(shown.value))
        self.ledger.write(at, events.Sample(offset, true, mg_dl, special, lost=True if lost else None))
        if not lost:
            leaves = at + delay + (late_by if is_late else 0)
            if self._on_the_way:
                leaves = max(leaves, self._on_the_way[-1][0])  # results leave in the order they were made
            self._on_the_way.append((leaves, record))

    def _measurement(self, at: Instant, true: float, offset: int, attenuated: bool) -> Measurement:
        raw = true
        for effect in self.effects:
            raw = effect(at, raw)
        self._raw.append((offset, raw))
        while self._raw[0][0] < offset - 2 * COMPARABLE // minutes(1):
            self._raw.popleft()
        doubt = self._doubt(offset, attenuated)
        features, said = self.profile.features, self._condition(at) & ~WARNINGS
        shown: Number
        trend: float | None = None
        quality = 0.0
        if doubt is not None:
            if attenuated:
                said |= Annunciation.SENSOR_MALFUNCTION
            shown = doubt
        else:
            result = raw * self.calibrations.gain
            clamped = float(round(min(max(result, self.profile.low), self.profile.high)))
            trend, quality = self._trend.of(at, clamped), self.profile.quality
            shown, beyond = self._shown(result, clamped)
            said |= beyond | self.levels.warnings(clamped, trend)
        return Measurement(
            glucose=shown,
            time_offset=offset,
            annunciation=allowed(said, features),
            trend=trend if Feature.TREND in features else None,
            quality=quality if Feature.QUALITY in features else None,
        )

    def _doubt(self, offset: int, attenuated: bool) -> Special | None:
        """Why this result is none, if it is none."""
        conditions = self.conditions
        coldest, hottest = self.profile.temperatures
        if conditions.malfunction or not coldest <= conditions.temperature <= hottest or self.calibrations.lacking(offset):
            return Special.NAN
        return self.profile.choices.unresolved if attenuated or conditions.attenuated else None

    def _shown(self, result: float, clamped: float) -> tuple[Number, Annunciation]:
        """What is sent for a result, and whether it is beyond what the sensor can process."""
        choices = self.profile.choices
        if below(result, self.profile.low):
            return clamped if choices.too_low is None else choices.too_low, Annunciation.RESULT_LOWER_THAN_PROCESSABLE
        if above(result, self.profile.high):
            return clamped if choices.too_high is None else choices.too_high, Annunciation.RESULT_HIGHER_THAN_PROCESSABLE
        return clamped, Annunciation(0)

    # Calibration

    @property
    def rate(self) -> float | None:
        """The last result's rate of change, mg/dL/min."""
        trend = self._last.measurement.trend if self._last else None
        return trend if isinstance(trend, float) else None

    def calibrate(self, reference: Calibration, now: Instant) -> Calibration:
        """Take a reference value; its record. Raises ``Refused`` or ``OutOfRange``."""
        if self.session not in ACTIVE:
            raise Refused("there is no session to calibrate")
        warming_up = self.session is Session.WARMING_UP
        record = self.calibrations.take(reference, self.elapsed(now), self.rate, self._reading_at, warming_up=warming_up)
        self.ledger.write(now, events.CalibrationTaken(record.record_number, record.glucose))
        return record

    def _reading_at(self, minute: int) -> float | None:
        offset, raw = min(self._raw, key=lambda entry: abs(entry[0] - minute), default=(0, None))
        return raw if abs(offset - minute) <= COMPARABLE // minutes(1) else None

    def _settle(self, at: Instant) -> None:
        record = self.calibrations.settle()
        if not record.status:
            for effect in self.effects:
                if isinstance(effect, Polynomial):
                    effect.calibrated(at)
        self.ledger.write(at, events.Calibrated(record.record_number, record.status, self.calibrations.gain))

    # What it says of itself

    def annunciation(self, now: Instant) -> Annunciation:
        """What the sensor has to say now, the warnings of its last result included. CGMS 1.0.1, section 3.3."""
        said = self._condition(now)
        if self.session is Session.RUNNING and self._last is not None:
            said |= self._last.measurement.annunciation & WARNINGS
        return allowed(said, self.profile.features)

    def _condition(self, now: Instant) -> Annunciation:
        conditions, (coldest, hottest) = self.conditions, self.profile.temperatures
        said = Annunciation(0)
        if self.session in ACTIVE:
            warming_up = self.session is Session.WARMING_UP
            said = self.calibrations.standing(self.time_offset(now), self.rate, warming_up=warming_up)
        for bit, holds in (
            (Annunciation.SESSION_STOPPED, self.session not in ACTIVE),
            (Annunciation.DEVICE_BATTERY_LOW, self.battery_level(now) < self.profile.battery_low),
            (Annunciation.SENSOR_TYPE_INCORRECT, self._type_error),
            (
                Annunciation.SENSOR_MALFUNCTION,
                conditions.malfunction or conditions.attenuated or self.session is Session.FAILED,
            ),
            (Annunciation.DEVICE_SPECIFIC_ALERT, conditions.alert_latched),
            (Annunciation.GENERAL_DEVICE_FAULT, conditions.general_fault),
            (Annunciation.TIME_SYNCHRONIZATION_REQUIRED, self.start_time is None),
            (Annunciation.SENSOR_TEMPERATURE_TOO_HIGH, conditions.temperature > hottest),
            (Annunciation.SENSOR_TEMPERATURE_TOO_LOW, conditions.temperature < coldest),
        ):
            if holds:
                said |= bit
        return said

    # What it runs on

    def clock(self, now: Instant) -> datetime:
        """What its clock shows: local date and time, a little wrong with the make's drift."""
        since, shown = self._clock
        return shown + timedelta(milliseconds=(now - since) * MILLION // self._pace)

    def set_clock(self, shown: datetime, now: Instant) -> None:
        """Set its clock. The session's time offset runs on."""
        self._clock = now, shown

    def battery_level(self, now: Instant) -> int:
        """What is left in the battery, %."""
        since, level = self._battery
        return max(0, round(level - 100 * (now - since) / self.profile.battery_life))

    def set_battery(self, level: float, now: Instant) -> None:
        """A battery with ``level`` % in it; it drains from there."""
        self._battery = now, level

    def status(self, now: Instant) -> Mapping[str, Any]:
        """How it is, for people."""
        shown = self._last.measurement.glucose if self._last else None
        return {
            "session": self.session.value,
            "time_offset_min": self.time_offset(now),
            "glucose_mg_dl": shown if isinstance(shown, float) else None,
            "records": len(self.records),
            "battery_percent": self.battery_level(now),
            "annunciation": [bit.name for bit in self.annunciation(now)],
        }
