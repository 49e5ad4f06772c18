"""The figures of subjects, where they are listed."""

import json
import math

import pytest
from typer.testing import CliRunner

from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.patient.figures import figures_of
from isletbench.emulator.patient.subjects import FAMILIES
from tests.patient.pages import PAGE, with_tables


def test_the_page_has_the_figures_that_the_models_have() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), "python -m tests.patient.pages"


@pytest.mark.parametrize("model", FAMILIES)
def test_four_hours_without_insulin_raise_glucose_in_everybody(model: str) -> None:
    family = FAMILIES[model]
    for person in (*family.personas.values(), *(family.sample(number) for number in range(1, 11))):
        figures = figures_of(person)
        assert figures.without_insulin_mg_dl > 125, person
        assert figures.unit_lowers_mg_dl > 3
        assert figures.meal_reaches_mg_dl > 150
        assert math.isfinite(figures.basal_u_per_h)


def test_subjects_are_listed_with_persons_of_the_population() -> None:
    listed = CliRunner().invoke(app, ["subjects", "hovorka", "--sample", "2", "--json"])
    assert listed.exit_code == 0, listed.output
    found = json.loads(listed.stdout)
    assert [one["subject"] for one in found] == [*FAMILIES["hovorka"].personas, "sample#1", "sample#2"]
    assert found[0]["basal_u_per_h"] == pytest.approx(0.628, abs=0.001)
