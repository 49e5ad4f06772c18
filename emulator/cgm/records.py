"""What a sensor keeps of its measurements."""

from typing import Annotated, TypeAlias

from pydantic import Field

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.fields import Special

Glucose: TypeAlias = Annotated[Special | float, Field(union_mode="left_to_right")]
"""mg/dL, or why there is no number. The special values come first: JSON has their names, and "NaN" would do as a float, too."""


@dataclass(frozen=True, slots=True)
class SensorRecord:
    """One measurement as it was taken; it never changes. CGMS 1.0.1, section 3.1."""

    at: Instant
    time_offset: int
    """Minutes since the session's start: the record's number."""
    glucose: Glucose
    """mg/dL, or why there is no number."""
    annunciation: Annunciation
    trend: float | None
    """mg/dL/min; None where the make computes none, or there is none yet."""
    quality: float | None
    """%; None where the make claims none."""
