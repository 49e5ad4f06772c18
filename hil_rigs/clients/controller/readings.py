"""The readings of a sensor's session: each of them once, dated, and valued for what it is worth."""

from dataclasses import dataclass

from isletbench.hil_rigs.clients.controller.alerts import ReportBelief
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import Parts
from isletbench.hil_rigs.clients.controller.session_time import SLACK_S, SessionTime
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Annunciation

USUAL_INTERVAL_MIN = 5
TRIES = 3
"""How often a damaged record is asked for again."""
STUCK_S = 40 * 60.0
"""A sensor is stuck when its glucose is the same to the digit for so long."""
UNWELL = Annunciation.SENSOR_TYPE_INCORRECT | Annunciation.SENSOR_MALFUNCTION | Annunciation.GENERAL_DEVICE_FAULT
DOUBTFUL = (
    UNWELL | Annunciation.SESSION_STOPPED | Annunciation.SENSOR_TEMPERATURE_TOO_HIGH | Annunciation.SENSOR_TEMPERATURE_TOO_LOW
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored reading."""

    time_offset: int
    """min since the session began."""
    measured: float
    """When it was measured, s by the loop's clock."""
    mg_dl: float | None
    is_usable: bool
    annunciation: Annunciation
    """What the sensor annunciated with it."""


class ReadingStore:
    """Stores the readings of one session, and knows which are missing."""

    def __init__(self, report: ReportBelief, parts: Parts) -> None:
        self._report, self._parts = report, parts
        self.readings: dict[int, Reading] = {}
        """By time offset, min."""
        self.interval: int | None = None
        """From one reading to the next, min; None: not known yet."""
        self.begin_session()

    def begin_session(self) -> None:
        """Another session has begun: its time offsets mean other moments."""
        self.readings.clear()
        self.time = self._parts.of(SessionTime)()
        self._unavailable: set[int] = set()
        """Time offsets of readings that the sensor will never send."""
        self._asked: dict[int, int] = {}
        """How often each missing reading was asked for."""
        self._flat_since: Reading | None = None
        """The first of the newest readings that are all the same."""

    @property
    def step(self) -> int:
        """From one reading to the next, min: as the sensor says, or as usual."""
        return self.interval or USUAL_INTERVAL_MIN

    def add(self, measurement: cgms.Measurement) -> Reading | None:
        """Store and report a measurement; None for one that is not a new one of this session."""
        fits = self.time.received(measurement.time_offset, now())
        measured = self._measured_at(measurement)
        if not self._is_new(measurement, fits=fits, measured=measured):
            return None
        measured = min(measured, now())  # the sensor's clock is a little ahead: no reading is of the future
        glucose, is_usable = self._glucose(measurement)
        reading = Reading(measurement.time_offset, measured, glucose, is_usable, measurement.annunciation)
        if reading.time_offset > max(self.readings, default=-1) and not self._is_flat(reading):
            self._flat_since = reading
        self.readings[reading.time_offset] = reading
        age = round(now() - measured, 3)
        self._report({"belief": "reading", "time_offset": reading.time_offset, "mg_dl": glucose, "age": age})
        return reading

    def _measured_at(self, measurement: cgms.Measurement) -> float:
        """When it was measured, s: by the sensor's time offset, not by when it arrived."""
        return self.time.of(measurement.time_offset)

    def _is_new(self, measurement: cgms.Measurement, *, fits: bool, measured: float) -> bool:
        """Whether it is not stored yet, ``fits`` the session, and was not measured in the future."""
        return measurement.time_offset not in self.readings and fits and measured <= now() + SLACK_S

    def _glucose(self, measurement: cgms.Measurement) -> tuple[float | None, bool]:
        """Its glucose, mg/dL, and whether that may be relied on; None for a special value, and for 0, which nobody has."""
        glucose = measurement.glucose if isinstance(measurement.glucose, float) and measurement.glucose > 0 else None
        return glucose, glucose is not None and not measurement.annunciation & DOUBTFUL

    def _is_flat(self, reading: Reading) -> bool:
        return self._flat_since is not None and self._flat_since.mg_dl == reading.mg_dl

    @property
    def is_stuck(self) -> bool:
        """Whether glucose has been the same for too long."""
        first = self._flat_since
        return first is not None and self.time.of(max(self.readings)) - first.measured >= STUCK_S

    @property
    def missing(self) -> range | None:
        """The time offsets of the first readings in a row that should be stored and are not."""
        if not self.readings:
            return None
        newest, step = max(self.readings), self.step
        known = self.readings.keys() | self._unavailable
        first = next((m for m in range(newest % step, newest, step) if m not in known), None)
        if first is None:
            return None
        return range(first, next(m for m in range(first, newest + 1, step) if m in known), step)

    def asked_for(self, offsets: range, *, none_there: bool) -> None:
        """Missing readings were asked for; those that have not come after ``TRIES``, or that are not there, never will."""
        for offset in offsets:
            self._asked[offset] = self._asked.get(offset, 0) + 1
            if offset not in self.readings and (none_there or self._asked[offset] >= TRIES):
                self._unavailable.add(offset)
