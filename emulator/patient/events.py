"""What happens to a patient, as ground truth. Insulin in micro-units (uU), carbohydrate in mg, glucose in mg/dL, time in ms."""

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Insulin, Rate, Span
from isletbench.emulator.core.values import dataclass


class PatientEvent(Event, kind="patient"):
    """Something that happened to a patient."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Glucose(PatientEvent):
    """True glucose, every five minutes; ``received_uu`` is all insulin that has reached the tissue since the bench began."""

    plasma_mg_dl: float
    interstitial_mg_dl: float
    received_uu: Insulin


@dataclass(frozen=True, slots=True)
class Ate(PatientEvent):
    """A meal has begun, of so much carbohydrate, eaten evenly for so long."""

    carbohydrate_mg: int
    over_ms: Span


@dataclass(frozen=True, slots=True)
class Drank(PatientEvent):
    """A drink has begun, of so much carbohydrate, drunk evenly for so long."""

    carbohydrate_mg: int
    over_ms: Span


@dataclass(frozen=True, slots=True)
class ExerciseBegan(PatientEvent):
    """Exercise has begun, for so long; ``intensity`` in percent of the heart rate reserve."""

    intensity: float
    span_ms: Span


@dataclass(frozen=True, slots=True)
class ExerciseEnded(PatientEvent):
    """Exercise has ended; its effects have not."""


@dataclass(frozen=True, slots=True)
class GlucoseLimited(PatientEvent):
    """Glucose has come down to the least that the model allows: what it computes from here on is no physiology."""

    plasma_mg_dl: float


@dataclass(frozen=True, slots=True)
class RecordedGlucose(PatientEvent):
    """A reading of the recording."""

    mg_dl: float


@dataclass(frozen=True, slots=True)
class RecordedBolus(PatientEvent):
    """A bolus that was given in the recording."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class RecordedBasal(PatientEvent):
    """The basal rate that was in force in the recording from now on; None from where on the recording has none."""

    uu_per_h: Rate | None


@dataclass(frozen=True, slots=True)
class RecordedMeal(PatientEvent):
    """Carbohydrate that was entered in the recording."""

    carbohydrate_mg: int
