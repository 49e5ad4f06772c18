"""Calibration of one session: when it is wanted, what becomes of a reference value, the records a client can read back.

Source: CGMS 1.0.1, section 3.7.2.2; what it leaves open is a policy of the profile. Times are minutes since session start.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from isletbench.emulator.cgm.session import Refused
from isletbench.emulator.core.quantities import Span, hours, minutes
from isletbench.protocols.cgms import Annunciation, Calibration, CalibrationStatus, SampleLocation, SampleType

AN_HOUR, FIVE_MINUTES = hours(1), minutes(5)
NO_REMINDER = 0xFFFF
NEWEST = 0xFFFF
ACCEPTED = CalibrationStatus(0)
NONE_YET = Calibration(0.0, 0, (SampleType.UNDETERMINED_WHOLE_BLOOD, SampleLocation.NOT_AVAILABLE), 0, 0, ACCEPTED)
"""Record number 0: there is no calibration."""


@dataclass(frozen=True, slots=True)
class CalibrationPolicy:
    """How a make of sensor is calibrated."""

    required: bool
    """Whether it gives no results before the first calibration, nor when one is overdue."""
    interval: Span
    """From one calibration to the next."""
    second_after: Span | None = None
    """From the first one to the second, where that is sooner."""
    grace: Span = AN_HOUR
    """A required calibration overdue by this much stops the results."""
    processing: Span = FIVE_MINUTES
    """From a reference value to what becomes of it; until then its status is "pending"."""
    low: float = 40.0
    """The lowest reference value it takes, mg/dL."""
    high: float = 400.0
    steepest: float = 2.0
    """It takes none while glucose changes faster, mg/dL/min."""
    tolerance: float = 0.5
    """A reference that differs from the reading by more than this share of it is rejected."""
    refuses_out_of_range: bool = True
    """Whether a reference out of range gets "parameter out of range"; otherwise it is taken and its status says so."""


class OutOfRange(Exception):
    """A parameter the sensor does not take."""


class Calibrations:
    """The calibrations of one session, numbered from 1. ``gain`` is what readings are multiplied with."""

    def __init__(self, policy: CalibrationPolicy | None) -> None:
        self.records: list[Calibration] = []
        self.gain = 1.0
        self.settles: Span | None = None
        """When the pending one will be decided, as time since the session's start."""
        self._policy = policy
        self._calibrated = False
        self._decision: tuple[CalibrationStatus, float] = ACCEPTED, 1.0
        self._due = None if policy is None else 0 if policy.required else policy.interval // minutes(1)

    # What the sensor says of it

    def standing(self, offset: int, trend: float | None, *, warming_up: bool) -> Annunciation:
        """Whether a calibration is possible, welcome or needed."""
        if self._policy is None:
            return Annunciation(0)
        said = Annunciation(0) if self._possible(trend, warming_up) else Annunciation.CALIBRATION_NOT_ALLOWED
        if self.lacking(offset):
            said |= Annunciation.CALIBRATION_REQUIRED
        elif self._due is not None and offset >= self._due:
            said |= Annunciation.CALIBRATION_RECOMMENDED
        return said

    def lacking(self, offset: int) -> bool:
        """Whether results are withheld for want of a calibration."""
        if self._policy is None or not self._policy.required:
            return False
        return not self._calibrated or (self._due is not None and offset >= self._due + self._policy.grace // minutes(1))

    def _possible(self, trend: float | None, warming_up: bool) -> bool:
        assert self._policy is not None
        return not warming_up and self.settles is None and (trend is None or abs(trend) <= self._policy.steepest)

    # What a client does

    def get(self, number: int) -> Calibration:
        """The record with this number; ``NEWEST`` is the newest, 0 is none. Raises ``OutOfRange``."""
        if number == 0 or (number == NEWEST and not self.records):
            return NONE_YET
        if number == NEWEST:
            return self.records[-1]
        if number > len(self.records):
            raise OutOfRange(f"there is no calibration {number}")
        return self.records[number - 1]

    def take(
        self,
        reference: Calibration,
        elapsed: Span,
        trend: float | None,
        reading_at: Callable[[int], float | None],
        *,
        warming_up: bool,
    ) -> Calibration:
        """Take a reference value, ``elapsed`` since the session's start; ``reading_at`` tells what the sensor itself made of
        that minute, uncalibrated. Returns its record. Raises ``OutOfRange``, and ``Refused`` when there can be none now.
        """
        policy = self._policy
        if policy is None:
            raise Refused("this sensor takes no calibration")
        glucose = reference.glucose
        if not isinstance(glucose, float) or reference.time > elapsed // minutes(1):
            raise OutOfRange("expected a number of mg/dL and a time that is not in the future")
        in_range = policy.low <= glucose <= policy.high
        if not in_range and policy.refuses_out_of_range:
            raise OutOfRange(f"expected {policy.low:g}..{policy.high:g} mg/dL")
        if not self._possible(trend, warming_up):
            raise Refused("no calibration can be taken now")
        record = replace(
            reference,
            next_time=self._next(reference),
            record_number=len(self.records) + 1,
            status=CalibrationStatus.PROCESS_PENDING,
        )
        self.records.append(record)
        self._decision = self._decide(glucose, in_range, reading_at(reference.time))
        self.settles = elapsed + policy.processing
        return record

    def _decide(self, glucose: float, in_range: bool, reading: float | None) -> tuple[CalibrationStatus, float]:
        assert self._policy is not None
        if not in_range:
            return CalibrationStatus.OUT_OF_RANGE, self.gain
        if reading is None or reading <= 0 or abs(glucose / (self.gain * reading) - 1) > self._policy.tolerance:
            return CalibrationStatus.REJECTED, self.gain
        return ACCEPTED, glucose / reading

    def _next(self, reference: Calibration) -> int:
        """The sensor's own time, unless the client wants it earlier, or not at all where that is allowed."""
        assert self._policy is not None
        if reference.next_time == NO_REMINDER and not self._policy.required:
            return NO_REMINDER
        second = self._policy.second_after
        span = second if second is not None and not self._calibrated else self._policy.interval
        return min(reference.time + span // minutes(1), reference.next_time, NO_REMINDER - 1)

    def settle(self) -> Calibration:
        """Decide the pending one; its record."""
        status, gain = self._decision
        self.settles = None
        record = self.records[-1] = replace(self.records[-1], status=status)
        if status == ACCEPTED:
            self.gain, self._calibrated = gain, True
            self._due = None if record.next_time == NO_REMINDER else record.next_time
        return record
