"""Sessions of exercise of a person, whatever their effect is computed by."""

from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.patient.events import ExerciseBegan, ExerciseEnded
from isletbench.emulator.patient.exercise.effect import EFFECTS
from isletbench.emulator.patient.exercise.sessions import Bout, Exercise
from isletbench.emulator.patient.intake import Refused
from isletbench.emulator.patient.modulators import NONE
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.subjects import FAMILIES, subject_of

EVENING = datetime(2026, 1, 1, 20, 0)  # noqa: DTZ001  # local


@pytest.mark.parametrize("model", EFFECTS)
def test_exercise_fades_and_then_costs_nothing(model: str) -> None:
    exercise = Exercise(model)
    assert exercise.modulation() is NONE
    exercise.plan([Bout(0, minutes(30), 60)])
    exercise.change(0)
    exercise.passes(30)
    exercise.change(minutes(30))
    assert exercise.modulation().uptake > 1.3
    for _ in range(24 * 10):
        exercise.passes(60)
    assert exercise.modulation() is NONE


@pytest.mark.parametrize("exercise", EFFECTS)
@pytest.mark.parametrize("model", FAMILIES)
def test_moderate_exercise_lowers_glucose_by_tens_of_milligrams_in_every_model(model: str, exercise: str) -> None:
    bouts = [Bout(minutes(5), minutes(45), 40)]
    patient = Patient(subject_of(model, None), epoch=EVENING, glucose=160, bouts=bouts, exercise_model=exercise)
    still = Patient(subject_of(model, None), epoch=EVENING, glucose=160)
    fall = still.plasma(minutes(50)) - patient.plasma(minutes(50))
    assert 25 < fall < 90


@pytest.mark.parametrize("model", FAMILIES)
def test_a_quarter_of_an_hour_of_intense_exercise_raises_glucose_and_the_night_is_lower(model: str) -> None:
    patient = Patient(subject_of(model, None), epoch=EVENING, glucose=140, bouts=[Bout(minutes(5), minutes(15), 89)])
    still = Patient(subject_of(model, None), epoch=EVENING, glucose=140)
    assert 10 < patient.plasma(minutes(20)) - still.plasma(minutes(20)) < 40
    for one in (patient, still):
        one.receive(minutes(21), round(one.basal * 8))
    assert patient.plasma(hours(10)) < still.plasma(hours(10))


def test_exercise_is_in_the_ledger_and_new_exercise_ends_what_runs() -> None:
    patient = Patient(subject_of("hovorka", None), epoch=EVENING, glucose=160)
    patient.move(minutes(1), span=minutes(60), intensity=40)
    patient.move(minutes(10), span=minutes(20), intensity=70)
    patient.move(minutes(10), span=minutes(20), intensity=30, at=hours(2))
    patient.advance(hours(3))
    assert [(at, event.intensity) for at, event in patient.ledger.of(ExerciseBegan)] == [
        (minutes(1), 40),
        (minutes(10), 70),
        (hours(2), 30),
    ]
    assert [at for at, _ in patient.ledger.of(ExerciseEnded)] == [minutes(10), minutes(30), hours(2) + minutes(20)]
    with pytest.raises(Refused, match="at 60 s: exercise in the past, it is 10800 s since the bench began"):
        patient.move(hours(3), span=minutes(20), intensity=70, at=minutes(1))
