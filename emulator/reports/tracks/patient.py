"""What happened in the patient, where the rig has one: carbohydrate, insulin that arrived."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import MS_PER_HOUR, Instant, Insulin, Rate, Span
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.metrics.episodes import LARGEST_GAP, Reading
from isletbench.emulator.patient.events import Ate, Drank, ExerciseBegan, Glucose, RecordedBasal, RecordedBolus, RecordedMeal


@dataclass(frozen=True, slots=True)
class Meal:
    """A meal or a drink."""

    at: Instant
    grams: float
    """Of carbohydrate."""
    lasts: Span
    is_drink: bool

    @property
    def words(self) -> str:
        """It for people: ``60 g eaten``."""
        return f"{self.grams:g} g {'drunk' if self.is_drink else 'eaten'}"


@dataclass(slots=True)
class PatientTrack:
    """One patient."""

    device: str
    received: list[tuple[Instant, Insulin]] = field(default_factory=list)
    """All insulin that has reached the tissue since the bench began, uU."""
    meals: list[Meal] = field(default_factory=list)
    exercise: list[tuple[Instant, Instant]] = field(default_factory=list)
    recorded_boluses: list[tuple[Instant, Insulin]] = field(default_factory=list)
    """What was given in the recording that is replayed, uU: not what the pump on the bench delivers."""
    recorded_basal: list[tuple[Instant, Rate | None]] = field(default_factory=list)
    """The basal rate of the recording from each instant on, uU/h; None where it has none."""

    @property
    def has_recorded_insulin(self) -> bool:
        """Whether a recording is replayed that has insulin."""
        return bool(self.recorded_boluses or self.recorded_basal)

    @property
    def recorded_bolus(self) -> Insulin:
        """All boluses of the recording, uU."""
        return sum(uu for _, uu in self.recorded_boluses)

    def recorded_basal_until(self, end: Instant) -> tuple[Insulin, Span]:
        """The basal insulin of the recording, uU, until ``end``, and in how much of the time it is known."""
        ends = [*(at for at, _ in self.recorded_basal[1:]), end]
        known = [(rate, until - at) for (at, rate), until in zip(self.recorded_basal, ends, strict=False) if rate is not None]
        return round(sum(rate * lasts for rate, lasts in known) / MS_PER_HOUR), sum(lasts for _, lasts in known)


def patient_track(conversation: Conversation, name: str) -> PatientTrack:
    """The track of a patient."""
    track = PatientTrack(name)
    for entry in conversation.ledger:
        if entry.device != name:
            continue
        match entry.event:
            case Glucose(received_uu=received):
                track.received.append((entry.at, received))
            case Ate(carbohydrate_mg=mg, over_ms=lasts) | Drank(carbohydrate_mg=mg, over_ms=lasts):
                track.meals.append(Meal(entry.at, mg / 1_000, lasts, isinstance(entry.event, Drank)))
            case RecordedMeal(carbohydrate_mg=mg):
                track.meals.append(Meal(entry.at, mg / 1_000, 0, is_drink=False))
            case RecordedBolus(uu=uu):
                track.recorded_boluses.append((entry.at, uu))
            case RecordedBasal(uu_per_h=rate):
                track.recorded_basal.append((entry.at, rate))
            case ExerciseBegan(span_ms=lasts):
                track.exercise.append((entry.at, entry.at + lasts))
            case _:
                pass
    return track


def value_at(readings: Sequence[Reading], at: Instant) -> float | None:
    """The value of a series at an instant, on a straight line between its neighbours; None outside, and in a gap."""
    place = bisect_left(readings, at, key=lambda reading: reading.at)
    if place < len(readings) and readings[place].at == at:
        return readings[place].mg_dl
    if not 0 < place < len(readings):
        return None
    before, after = readings[place - 1], readings[place]
    if after.at - before.at > LARGEST_GAP:
        return None
    return before.mg_dl + (after.mg_dl - before.mg_dl) * (at - before.at) / (after.at - before.at)
