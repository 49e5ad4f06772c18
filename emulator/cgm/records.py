"""What a sensor keeps of its measurements."""

from dataclasses import dataclass

from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.fields import Number


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """One measurement as it was taken; it never changes. CGMS 1.0.1, section 3.1."""

    at: Instant
    time_offset: int
    """Minutes since the session's start: the record's number."""
    glucose: Number
    """mg/dL, or why there is no number."""
    annunciation: Annunciation
    trend: float | None
    """mg/dL/min; None where the make computes none, or there is none yet."""
    quality: float | None
    """%; None where the make claims none."""
