"""Settings found on a model are those that the model needs; and the page has the tables that the command makes."""

import pytest

from isletbench import closed_loop
from isletbench.emulator.core.quantities import UU_PER_UNIT
from isletbench.emulator.patient.subjects import subject_of
from tests.loops.people import AFTER_MEAL_MIN, FASTING_MG_DL, MEAL_G, glucose, person_of
from tests.loops.table import COHORTS, PAGE, START_MG_DL, Subject, without_insulin

ADULT = ("hovorka", "adult")
SUBJECTS = [ADULT, ("hovorka", "sample#3"), ("uva_padova", "sample#3")]


@pytest.mark.parametrize(("model", "name"), SUBJECTS)
def test_a_meal_with_its_bolus_ends_where_it_began(model: str, name: str) -> None:
    subject = subject_of(model, name)
    person = person_of(subject)
    state, rate = subject.at_rest(FASTING_MG_DL)
    covered = subject.inject(state, MEAL_G / person.carb_ratio * UU_PER_UNIT)
    assert glucose(subject, covered, rate, AFTER_MEAL_MIN, MEAL_G)[-1] == pytest.approx(FASTING_MG_DL, abs=0.5)
    assert max(glucose(subject, state, rate, AFTER_MEAL_MIN, MEAL_G)) > FASTING_MG_DL + 50


@pytest.mark.parametrize(("model", "name"), SUBJECTS)
def test_the_basal_rate_keeps_fasting_glucose(model: str, name: str) -> None:
    subject = subject_of(model, name)
    _, rate = subject.at_rest(FASTING_MG_DL)
    assert person_of(subject).basal == pytest.approx(rate / UU_PER_UNIT, abs=0.026)


@pytest.mark.parametrize(("model", "name"), SUBJECTS)
def test_without_insulin_glucose_rises(model: str, name: str) -> None:
    assert 30 < without_insulin(Subject(model, name, 1)) < 150
    assert START_MG_DL == 120


def test_the_settings_of_the_package_are_those_of_its_patient() -> None:
    shipped, found = closed_loop.settings("adult"), person_of(subject_of(*ADULT)).settings
    assert (shipped.sensitivity, shipped.carb_ratio, shipped.max_iob) == (found.sensitivity, found.carb_ratio, found.max_iob)


@pytest.mark.parametrize("cohort", COHORTS)
def test_the_page_has_a_row_for_every_subject_and_algorithm(cohort: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(COHORTS[cohort]) == 30
    for model, name in COHORTS[cohort]:
        for algorithm in ("hybrid", "oref0"):
            assert f"| {model} {name} | {algorithm} |" in text
        assert text.count(f"| {model} {name} |") == 3


@pytest.mark.parametrize("cohort", COHORTS)
def test_four_hours_without_insulin_raise_glucose_in_everybody(cohort: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    _, _, after = text.partition(f"<!-- table {cohort} occlusion -->\n")
    rows = [line.split(" | ") for line in after.partition("<!-- end -->")[0].splitlines() if "#" in line]
    assert len(rows) == 30
    assert all(int(expected) > 0 and int(rise) > 0 for _, expected, rise, _ in rows)
