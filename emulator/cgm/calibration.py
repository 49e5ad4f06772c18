"""Calibration of one session: when it is needed, what becomes of a reference value, the records a client can read back.

Source: CGMS 1.0.1, section 3.7.2.2; what it leaves open is a policy of the profile. Times are minutes since session start.
"""

from collections.abc import Callable
from dataclasses import field, replace
from typing import Annotated

from isletbench.emulator.cgm.annunciation import raised
from isletbench.emulator.cgm.events import Calibrated, CalibrationTaken
from isletbench.emulator.cgm.records import Glucose
from isletbench.emulator.cgm.states import Reason, Refused
from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Span, hours, minutes
from isletbench.emulator.core.ranges import MG_DL, Within, spans
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation, CalibrationStatus, SampleLocation, SampleType

AN_HOUR, FIVE_MINUTES = hours(1), minutes(5)
LATEST = 0xFFFE
"""The latest minute of a session that the next calibration can be due at."""
ACCEPTED = CalibrationStatus(0)


@dataclass(frozen=True, slots=True)
class CalibrationPolicy:
    """How a make of sensor is calibrated."""

    required: bool
    """Whether it gives no results before the first calibration, nor when one is overdue."""
    interval: Annotated[Span, spans("1m", "45d")]
    """From one calibration to the next."""
    second_after: Annotated[Span, spans("1m", "45d")] | None = None
    """From the first one to the second, where that is sooner."""
    grace: Annotated[Span, spans("0ms", "45d")] = AN_HOUR
    """A required calibration overdue by this much stops the results."""
    processing: Annotated[Span, spans("0ms", "1d")] = FIVE_MINUTES
    """From a reference value to its decision; until then its status is "pending"."""
    low: Annotated[float, MG_DL] = 40.0
    """The lowest reference value that is accepted, mg/dL."""
    high: Annotated[float, MG_DL] = 400.0
    """The highest."""
    steepest: Annotated[float, Within(0, 100)] = 2.0
    """No reference is accepted while glucose changes faster than this, mg/dL/min."""
    tolerance: Annotated[float, Within(0, 10)] = 0.5
    """A reference that differs from the reading by more than this share of it is rejected."""
    refuses_out_of_range: bool = True
    """Whether a reference out of range is refused at once; otherwise it is recorded and its status says so."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference value, as a person measures it with a meter."""

    glucose: Glucose
    """mg/dL"""
    time: int
    """When it was measured."""
    sample_type: SampleType
    sample_location: SampleLocation
    next_time: int | None = None
    """When the user is to be asked for the next one; None for never."""


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """A reference value that the sensor has taken, and what has become of it."""

    number: int
    """From 1 in each session."""
    reference: Reference
    """With the time of the next calibration as the sensor has decided it."""
    status: CalibrationStatus


@decides_deadline("settles")
@dataclass(slots=True)
class Calibrations(Timed):
    """The calibrations of one session."""

    policy: CalibrationPolicy | None
    """None for a sensor that cannot be calibrated."""
    records: list[CalibrationRecord] = field(default_factory=list)
    gain: float = 1.0
    """The factor that readings are multiplied with."""
    settles: Span | None = None
    """When the pending calibration will be decided, as time since the session's start."""
    calibrated: bool = False
    """Whether a reference value has been accepted."""
    decision: tuple[CalibrationStatus, float] = (ACCEPTED, 1.0)
    """What will become of the pending calibration: its status and the gain."""
    due: int | None = None
    """When the next calibration is due; None for never."""

    @classmethod
    def of_session(cls, policy: CalibrationPolicy | None) -> "Calibrations":
        """Those of a session that begins."""
        due = None if policy is None else 0 if policy.required else policy.interval // minutes(1)
        return cls(policy, due=due)

    def copy(self) -> "Calibrations":
        """The same calibrations, apart from these."""
        return replace(self, records=list(self.records))

    # What is needed

    def annunciation(self, offset: int, trend: float | None, *, warming_up: bool) -> Annunciation:
        """Whether a calibration is possible, recommended or required, at this minute and rate of change (mg/dL/min)."""
        if self.policy is None:
            return Annunciation(0)
        missing = self.missing(offset)
        return raised(
            (
                (Annunciation.CALIBRATION_NOT_ALLOWED, not self._possible(trend, warming_up)),
                (Annunciation.CALIBRATION_REQUIRED, missing),
                (Annunciation.CALIBRATION_RECOMMENDED, not missing and self.due is not None and offset >= self.due),
            )
        )

    def missing(self, offset: int) -> bool:
        """Whether the sensor gives no results because a calibration is missing or overdue."""
        if self.policy is None or not self.policy.required:
            return False
        return not self.calibrated or (self.due is not None and offset >= self.due + self.policy.grace // minutes(1))

    def _possible(self, trend: float | None, warming_up: bool) -> bool:
        assert self.policy is not None
        return not warming_up and self.settles is None and (trend is None or abs(trend) <= self.policy.steepest)

    # What a client does

    @property
    def newest(self) -> CalibrationRecord | None:
        """The record made last, if there is one."""
        return self.records[-1] if self.records else None

    def get(self, number: int) -> CalibrationRecord | None:
        """The record with this number; None for number 0. Raises ``Refused`` when there is none."""
        if number == 0:
            return None
        if number > len(self.records):
            raise Refused(Reason.OUT_OF_RANGE, f"there is no calibration {number}")
        return self.records[number - 1]

    def take(
        self,
        reference: Reference,
        elapsed: Span,
        trend: float | None,
        reading_at: Callable[[int], float | None],
        *,
        warming_up: bool,
    ) -> CalibrationTaken:
        """Take a reference value, ``elapsed`` since the session's start; its decision is pending.

        ``reading_at`` returns the uncalibrated reading nearest to a minute, mg/dL. Raises ``Refused``.
        """
        policy = self.policy
        if policy is None:
            raise Refused(Reason.NO_CALIBRATION)
        glucose = reference.glucose
        if not isinstance(glucose, float) or reference.time > elapsed // minutes(1):
            raise Refused(Reason.OUT_OF_RANGE, "expected a number of mg/dL and a time that is not in the future")
        in_range = policy.low <= glucose <= policy.high
        if not in_range and policy.refuses_out_of_range:
            raise Refused(Reason.OUT_OF_RANGE, f"expected {policy.low:g}..{policy.high:g} mg/dL")
        if not self._possible(trend, warming_up):
            raise Refused(Reason.NOT_NOW)
        taken = replace(reference, next_time=self._next(reference))
        record = CalibrationRecord(len(self.records) + 1, taken, CalibrationStatus.PROCESS_PENDING)
        self.records.append(record)
        self.decision = self._decide(glucose, in_range, reading_at(reference.time))
        self.settles = elapsed + policy.processing
        return CalibrationTaken(record.number, glucose)

    def _decide(self, glucose: float, in_range: bool, reading: float | None) -> tuple[CalibrationStatus, float]:
        assert self.policy is not None
        if not in_range:
            return CalibrationStatus.OUT_OF_RANGE, self.gain
        if reading is None or reading <= 0 or abs(glucose / (self.gain * reading) - 1) > self.policy.tolerance:
            return CalibrationStatus.REJECTED, self.gain
        return ACCEPTED, glucose / reading

    def _next(self, reference: Reference) -> int | None:
        """The sensor's own time, unless the client asks for an earlier one, or for none where that is allowed."""
        assert self.policy is not None
        if reference.next_time is None and not self.policy.required:
            return None
        second = self.policy.second_after
        span = second if second is not None and not self.calibrated else self.policy.interval
        own = reference.time + span // minutes(1)
        return min(own, LATEST if reference.next_time is None else reference.next_time, LATEST)

    # What happens by itself

    def settle(self) -> Calibrated:
        """Decide the pending calibration."""
        status, gain = self.decision
        self.settles = None
        record = self.records[-1] = replace(self.records[-1], status=status)
        if status == ACCEPTED:
            self.gain, self.calibrated, self.due = gain, True, record.reference.next_time
        return Calibrated(record.number, status, self.gain)
