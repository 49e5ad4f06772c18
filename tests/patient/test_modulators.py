"""What makes the same person answer differently at different times, against what is published of it."""

import json
import statistics
from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.patient.events import ExerciseBegan
from isletbench.emulator.patient.exercise.effect import EFFECTS
from isletbench.emulator.patient.exercise.sessions import Bout
from isletbench.emulator.patient.modulators import (
    CLASSES,
    Dawn,
    DayToDay,
    LocalDay,
    Modulator,
    TimeOfDay,
    class_of,
)
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.physiology.model import Drive
from isletbench.emulator.patient.subjects import subject_of

EVENING = datetime(2026, 1, 1, 20, 0)  # noqa: DTZ001  # local
DAY = LocalDay.of(EVENING)
MIDNIGHT = hours(4)
"""The instant of the first midnight."""


# Time of day


def test_the_shares_of_the_seven_classes_are_whole() -> None:
    assert sum(CLASSES.values()) == pytest.approx(1)
    assert len(CLASSES) == 7


def test_sensitivity_changes_at_four_eleven_and_seventeen() -> None:
    modulator = TimeOfDay(DAY, "lhl")
    by_hour = [modulator(MIDNIGHT + hours(hour)).sensitivity for hour in range(24)]
    assert by_hour == [0.4] * 4 + [0.4] * 7 + [1.0] * 6 + [0.4] * 7
    assert TimeOfDay(DAY, "llh")(MIDNIGHT + hours(2)).sensitivity == 1.0, "the night belongs to dinner"
    assert modulator(MIDNIGHT + days(3) + hours(11)) == modulator(MIDNIGHT + hours(11))


def test_classes_are_drawn_with_the_published_shares() -> None:
    drawn = [class_of(f"person {number}") for number in range(4000)]
    for name, share in CLASSES.items():
        assert drawn.count(name) / len(drawn) == pytest.approx(share, abs=0.02)
    assert class_of(7) == class_of(7)


def test_the_same_meal_and_bolus_raise_glucose_more_where_sensitivity_is_low() -> None:
    model = subject_of("uva_padova", None)

    def peak(sensitivity: float) -> float:
        state, basal = model.at_rest(120)
        step, state, highest = model.stepper(), model.inject(state, 4e6), 120.0
        for minute in range(180):
            rate = 5000.0 * (minute < 10)
            state = step(state, 1.0, Drive(solid=rate, meal=50_000, insulin=basal / 60, sensitivity=sensitivity))
            highest = max(highest, model.plasma(state))
        return highest

    assert peak(0.4) > peak(1.0) + 10


# Day to day


def test_days_differ_by_the_published_standard_deviation_and_only_by_the_seed() -> None:
    modulator = DayToDay(DAY, 0.2, 1)
    drawn = [modulator(MIDNIGHT + days(day) + hours(hour)).sensitivity for day in range(700) for hour in (5, 12, 18)]
    assert statistics.mean(drawn) == pytest.approx(1, abs=0.02)
    assert statistics.stdev(drawn) == pytest.approx(0.2, abs=0.02)
    assert len(set(drawn)) > 2000
    again = DayToDay(DAY, 0.2, 1)
    assert [again(MIDNIGHT + days(day) + hours(5)) for day in range(9)] == [
        modulator(MIDNIGHT + days(day) + hours(10)) for day in range(9)
    ], "one factor for a whole part"
    assert DayToDay(DAY, 0.2, 2)(hours(9)) != modulator(hours(9))


# Dawn


def test_dawn_rises_evenly_from_three_to_seven() -> None:
    dawn = Dawn(DAY)
    by_hour = [dawn(MIDNIGHT + hours(hour)).production for hour in range(9)]
    assert by_hour == [0, 0, 0, 0, 0.375, 0.75, 1.125, 0, 0]
    assert dawn(MIDNIGHT + hours(7) - 1).production == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("name", "production", "rise"),
    [
        *(("uva_padova", 1.5, 44), ("hovorka", 1.5, 73), ("insulin_activity", 1.5, 111)),
        *(("uva_padova", 1.0, 29), ("hovorka", 0.6, 30), ("insulin_activity", 0.4, 30)),
    ],
)
def test_glucose_rises_at_dawn_as_the_page_says(name: str, production: float, rise: float) -> None:
    """Visentin 2018 reports a rise of about 30 mg/dL between 3 and 7 on average; the page on the patient has these figures."""
    patient = Patient(subject_of(name, None), epoch=EVENING, glucose=120, modulators=[Dawn(DAY, production)])
    pulse = 50_000
    for number in range(1, round(12 * patient.basal / pulse)):
        patient.receive(round(number * pulse / patient.basal * hours(1)), pulse)
    before = patient.plasma(MIDNIGHT + hours(3))
    assert before == pytest.approx(120, abs=2)
    assert patient.plasma(MIDNIGHT + hours(7)) - before == pytest.approx(rise, abs=2)


# Everything


@pytest.mark.parametrize("exercise", EFFECTS)
def test_a_person_with_everything_on_is_restored_in_the_middle_of_exercise(exercise: str) -> None:
    def person() -> Patient:
        modulators: list[Modulator] = [TimeOfDay(DAY, "lhl"), Dawn(DAY), DayToDay(DAY, 0.2, 5)]
        bouts = [Bout(minutes(30), minutes(45), 50, daily=True)]
        return Patient(
            subject_of("uva_padova", None),
            epoch=EVENING,
            glucose=140,
            bouts=bouts,
            exercise_model=exercise,
            modulators=modulators,
        )

    whole, first, second = person(), person(), person()
    first.advance(minutes(50))
    second.restore(json.loads(json.dumps(first.snapshot())), first.ledger.entries)
    whole.advance(days(2))
    second.advance(days(2))
    assert second.snapshot() == whole.snapshot()
    assert second.ledger.entries == whole.ledger.entries
    assert len(whole.ledger.of(ExerciseBegan)) == 2
