"""What a meter keeps of its tests."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.gls import (
    Annunciation,
    CarbohydrateId,
    Health,
    Meal,
    MedicationId,
    SampleLocation,
    SampleType,
    Tester,
)

NOTHING = Annunciation(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the user has told the meter of a test."""

    meal: Meal | None = None
    carbohydrate: tuple[CarbohydrateId, float] | None = None
    """Which meal, and how much, g."""
    exercise: tuple[int, int] | None = None
    """How long, s, and how hard, %."""
    medication: tuple[MedicationId, float] | None = None
    """Which insulin, and how much, U."""
    health: tuple[Tester, Health] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRecord:
    """One test as it was made; only its mark may come later."""

    number: int
    """Counted over the life of the meter."""
    sequence: int
    """The number that clients see; it may be there twice in a make that restarts it."""
    at: Instant
    base_time: datetime
    """What the internal clock said."""
    offset: int
    """min, from the internal clock to the one that was shown."""
    mg_dl: float | None
    """None where the test has failed."""
    beyond: str | None = None
    """``HI`` or ``LO``."""
    origin: tuple[SampleType, SampleLocation]
    annunciation: Annunciation = NOTHING
    mark: Mark | None = None

    @property
    def user_time(self) -> datetime:
        """The time that was shown at the test."""
        return self.base_time + timedelta(minutes=self.offset)
