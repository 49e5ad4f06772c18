"""Whose glucose it is: personas, the population, and the persons of simglucose where it is installed."""

import statistics
import subprocess
import sys

import pytest

from isletbench.emulator.core.chance import stream
from isletbench.emulator.endpoints.patient.participant import PatientTable
from isletbench.emulator.patient import thirty
from isletbench.emulator.patient.population import LEAST_BASAL, MOST_BASAL, Variation
from isletbench.emulator.patient.subjects import DEFAULT_MODEL, FAMILIES, subject_of, values_of


def test_a_model_or_a_subject_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^model: 'bergman': expected one of hovorka, uva_padova, insulin_activity$"):
        subject_of("bergman", None)
    for name in ("bob", "sample#0", "sample#", "sample#x", "adult#011", "adult#001"):
        with pytest.raises(ValueError, match=rf"^subject: '{name}': expected one of adult, .*, with the model hovorka$"):
            subject_of("hovorka", name)


def test_the_default_of_a_rig_is_the_default_model() -> None:
    assert PatientTable().model == DEFAULT_MODEL == next(iter(FAMILIES))


@pytest.mark.parametrize("model", FAMILIES)
def test_a_person_of_the_population_is_the_same_in_every_run_and_nobody_else(model: str) -> None:
    persons = [subject_of(model, f"sample#{number}") for number in range(1, 31)]
    assert persons == [FAMILIES[model].sample(number) for number in range(1, 31)]
    assert len(set(map(repr, persons))) == 30
    basals = [person.at_rest(120)[1] for person in persons]
    assert LEAST_BASAL <= min(basals) < max(basals) <= MOST_BASAL
    assert statistics.stdev(basals) > 0.2e6


def test_the_population_varies_as_documented() -> None:
    drawn = [Variation.drawn(stream(1, "test", number)) for number in range(3000)]
    assert statistics.mean(one.weight for one in drawn) == pytest.approx(75, abs=1)
    assert statistics.median(one.sensitivity for one in drawn) == pytest.approx(1, abs=0.05)
    assert all(45 <= one.weight <= 120 for one in drawn)


def test_the_persons_of_simglucose_are_asked_for_by_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thirty, "TABLE", "simglucose/params/no_such_table.csv")
    thirty.table.cache_clear()
    with pytest.raises(ValueError, match=r"^subject: expected simglucose to be installed .*: pip install --no-deps simglucose"):
        subject_of("uva_padova", "adult#001")
    thirty.table.cache_clear()


def test_the_values_of_a_subject_have_names() -> None:
    assert values_of(subject_of("hovorka", None))["sensitivity"] == 0.6


def test_a_rig_without_a_patient_does_not_import_the_models() -> None:
    program = (
        "import sys; from isletbench.emulator.rigs.rig import load_rig; load_rig();"
        "print(sorted(name for name in sys.modules if 'physiology.' in name or name.endswith('.subjects') or name == 'numpy'))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "['isletbench.emulator.patient.physiology.model']"
