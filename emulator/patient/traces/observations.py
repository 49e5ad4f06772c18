"""What a file says, one row after another, before it is put in order."""

from collections import Counter
from dataclasses import field
from datetime import datetime, timedelta

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.traces.numbers import Word


@dataclass(frozen=True, slots=True)
class Observation:
    """One row: a time, and what the row has."""

    at: datetime
    """With a zone where the file has one."""
    where: str
    """``line 7``, ``entry 3``."""
    glucose: float | Word | None = None
    """In the file's own unit."""
    unit: str | None = None
    """The unit of this value, where each has its own."""
    bolus: float | None = None
    """U"""
    basal: float | None = None
    """U/h in force from now on."""
    basal_lasts: timedelta | None = None
    """For how long; None where the file does not say, and until the next one."""
    carbs: float | None = None
    """g"""


@dataclass(slots=True)
class Found:
    """All that was read from a file of one format."""

    format: str
    """As people call it."""
    observations: list[Observation] = field(default_factory=list)
    unit: str | None = None
    """The unit of all values, where the format or a header says it."""
    unit_from: str = ""
    """What says it: ``the header``, ``the format``."""
    left_out: Counter[str] = field(default_factory=Counter)
    """What was not taken, by the reason."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each reason applied first."""
    notes: list[str] = field(default_factory=list)

    def leave_out(self, why: str, where: str) -> None:
        """Count a row that is not taken."""
        self.left_out[why] += 1
        self.places.setdefault(why, where)
