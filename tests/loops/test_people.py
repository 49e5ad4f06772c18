"""Settings found on a model are those that the model needs; and the page has the tables that the command makes."""

import pytest

from isletbench import closed_loop
from isletbench.emulator.core.quantities import UU_PER_UNIT
from isletbench.emulator.patient.subjects import subject_of
from tests.loops.people import AFTER_MEAL_MIN, FASTING_MG_DL, MEAL_G, glucose, person_of
from tests.loops.table import COHORTS, PAGE, START_MG_DL, Subject, put_in_order, table_of, without_insulin

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
def test_the_days_are_in_the_order_of_the_cohort(cohort: str) -> None:
    subjects = [f"{model} {name}" for model, name in COHORTS[cohort]]
    rows = [tuple(line.split(" | ")[:2]) for line in table_of(f"{cohort} days").splitlines()[2:]]
    assert rows == [(f"| {subject}", algorithm) for algorithm in ("hybrid", "oref0") for subject in subjects]


def test_rows_played_again_are_put_in_their_place_and_must_be_the_same() -> None:
    head, rows = (
        ["| subject | algorithm | mean |", "|---|---|--:|"],
        [f"| x {n} | {of} | {n} |" for of in "hl" for n in range(3)],
    )
    mixed = "\n".join([*head, *(rows[n] for n in (2, 0, 1, 3, 5, 4))])
    again = "\n".join([*head, rows[4]])
    assert put_in_order(mixed, again, ["x 0", "x 1", "x 2"]) == "\n".join([*head, *rows])
    with pytest.raises(ValueError, match=r"^\| x 1 \| l \| 7 \|: not as in closed-loop.md: expected the same"):
        put_in_order(mixed, again.replace("| 1 |", "| 7 |"), ["x 0", "x 1", "x 2"])


@pytest.mark.parametrize("cohort", COHORTS)
def test_four_hours_without_insulin_raise_glucose_in_everybody(cohort: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    _, _, after = text.partition(f"<!-- table {cohort} occlusion -->\n")
    rows = [line.split(" | ") for line in after.partition("<!-- end -->")[0].splitlines() if "#" in line]
    assert len(rows) == 30
    assert all(int(expected) > 0 and int(rise) > 0 for _, expected, rise, _ in rows)
