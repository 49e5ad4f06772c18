"""What happened in the patient, where the rig has one: carbohydrate, insulin that arrived."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import Instant, Insulin, Span
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.metrics.episodes import LARGEST_GAP, Reading
from isletbench.emulator.patient.events import Ate, Drank, Glucose


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
