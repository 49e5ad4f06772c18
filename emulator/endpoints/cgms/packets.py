"""Values of a sensor as CGMS packets, and back."""

from isletbench.emulator.cgm.calibration import CalibrationRecord, Reference
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.cgm.session import StartTime
from isletbench.protocols import cgms
from isletbench.protocols.cgms import CalibrationStatus
from isletbench.protocols.date_time import UNKNOWN, DateTime
from isletbench.protocols.errors import ReservedValue
from isletbench.protocols.fields import DstOffset

NO_REMINDER = 0xFFFF
"""The time of the next calibration that means: never. CGMS 1.0.1, section 3.7.2.2."""
NO_CALIBRATION = cgms.Calibration(0.0, 0, None, 0, 0, CalibrationStatus(0))
"""Record number 0: no calibration is stored. CGMS 1.0.1, section 3.7.2.2."""


def measurement(record: SensorRecord) -> cgms.Measurement:
    """A stored or sent measurement."""
    return cgms.Measurement(record.glucose, record.time_offset, record.annunciation, record.trend, record.quality)


def start_time(known: StartTime | None) -> cgms.SessionStartTime:
    """When the session began; every part unknown before a client has sent it."""
    if known is None:
        return cgms.SessionStartTime(UNKNOWN, None, DstOffset.UNKNOWN)
    return cgms.SessionStartTime(DateTime.of(known.began), known.time_zone, known.dst_offset)


def calibration(record: CalibrationRecord | None) -> cgms.Calibration:
    """A calibration record; record number 0 for none."""
    if record is None:
        return NO_CALIBRATION
    taken = record.reference
    next_time = NO_REMINDER if taken.next_time is None else taken.next_time
    origin = taken.sample_type, taken.sample_location
    return cgms.Calibration(taken.glucose, taken.time, origin, next_time, record.number, record.status)


def reference(written: cgms.Calibration) -> Reference:
    """The reference value that a client has written; its record number and status are ignored.

    Raises ``ReservedValue`` for one that was measured in nothing.
    """
    if written.origin is None:
        raise ReservedValue("expected the type and the sample location of a reference value", field="origin")
    next_time = None if written.next_time == NO_REMINDER else written.next_time
    return Reference(written.glucose, written.time, *written.origin, next_time)
