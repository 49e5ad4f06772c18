"""Many persons at once: each of them as alone."""

from collections.abc import Sequence

import pytest

from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.model import Drive, Model
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova
from isletbench.emulator.patient.population import hovorka_sample, uva_padova_sample

pytest.importorskip("numpy", reason="a cohort needs NumPy: pip install 'isletbench[cohort]'")

from isletbench.emulator.patient.cohort import Cohort  # where NumPy is there

PERSONS: dict[str, Sequence[Hovorka] | Sequence[UvaPadova]] = {
    "hovorka": [hovorka_sample(number) for number in range(1, 6)],
    "uva_padova": [uva_padova_sample(number) for number in range(1, 6)],
}


def acting(minute: int) -> dict[str, float]:
    """What acts in a minute."""
    return {"solid": 5000.0 * (minute < 8), "meal": 40_000.0 * (minute > 0), "sensitivity": 1.1, "clearance": 0.001}


@pytest.mark.parametrize("model", PERSONS)
def test_everybody_of_a_cohort_does_what_they_do_alone(model: str) -> None:
    cohort = Cohort(PERSONS[model], 110)
    cohort.inject(20e6)
    for minute in range(240):
        cohort.advance(1.0, insulin=cohort.basal / 60, **acting(minute))
    persons: Sequence[Model] = PERSONS[model]
    for number, person in enumerate(persons):
        rest, basal = person.at_rest(110)
        step, state = person.stepper(), person.inject(rest, 20e6)
        for minute in range(240):
            state = step(state, 1.0, Drive(insulin=basal / 60, **acting(minute)))
        assert cohort.basal[number] == basal
        assert cohort.plasma[number] == pytest.approx(person.plasma(state), abs=1e-9)
        assert cohort.interstitial[number] == pytest.approx(person.interstitial(state), abs=1e-9)
        assert cohort.stomach[number] == pytest.approx(person.stomach(state), abs=1e-6)
    assert cohort.plasma.min() == pytest.approx(10.8, abs=0.1) or model == "uva_padova", "the floor was met"


def test_a_cohort_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="persons: expected at least one"):
        Cohort([])
