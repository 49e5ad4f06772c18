"""How fast a patient is, beside the patient of simglucose in the same run: simulated days for each second of CPU time.

python -m tests.benchmarks.patient

Three meals, three boluses, basal in pulses of 0.05 U, a glucose every five minutes. Needs NumPy and simglucose:
pip install --no-deps simglucose==0.2.11 && pip install numpy scipy pandas 'setuptools<81'
"""

import time
from collections.abc import Callable
from datetime import datetime

from isletbench.emulator.core.quantities import days, hours, minutes, seconds
from isletbench.emulator.patient.cohort import Cohort
from isletbench.emulator.patient.intake import Form
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.physiology import runge_kutta
from isletbench.emulator.patient.physiology.model import Drive, Model
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova
from isletbench.emulator.patient.population import uva_padova_sample
from isletbench.emulator.patient.subjects import subject_of
from tests.patient.physiology.test_simglucose import simglucose

EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001  # local
MEALS = {7: 45, 12: 70, 18: 80}
"""g, by hour."""
PULSE = 50_000
DAYS = 5


def pulses(patient: Patient, until: int) -> list[int]:
    """When the pump pushes in these days: the basal need, and a bolus of 4 U with each meal, a pulse every two seconds."""
    every = PULSE / patient.basal * hours(1)
    found = [round(number * every) for number in range(1, int(until / every))]
    for day in range(until // days(1)):
        found += [days(day) + hours(hour) + seconds(2) * pulse for hour in MEALS for pulse in range(80)]
    return sorted(found)


def coupled(model: Model) -> Callable[[], None]:
    """Days of a patient as on a bench: pulses at their instants, meals, a glucose every five minutes."""

    def run() -> None:
        patient = Patient(model, epoch=EPOCH, glucose=120)
        for day in range(DAYS):
            for hour, grams in MEALS.items():
                patient.consume(grams * 1000, 0, form=Form.MEAL, at=days(day) + hours(hour))
        due = pulses(patient, days(DAYS))
        place = 0
        for now in range(0, days(DAYS), minutes(5)):
            while place < len(due) and due[place] <= now:
                patient.receive(due[place], PULSE)
                place += 1
            patient.interstitial(now)

    return run


def readable(model: UvaPadova) -> Callable[[], None]:
    """Days of the same model by the readable derivatives."""

    def run() -> None:
        state, basal = model.at_rest(120)
        for _ in range(1440 * DAYS):
            state = runge_kutta.step(model.derivatives, state, 1.0, Drive(insulin=basal / 60, meal=60_000))

    return run


def independent(name: str) -> Callable[[], None]:
    """One day of simglucose's patient."""
    module = simglucose()

    def run() -> None:
        patient = module.T1DPatient.withName(name)
        basal = float(patient._params.u2ss * patient._params.BW / 6000)
        for minute in range(1440):
            hour, rest = divmod(minute, 60)
            grams = MEALS.get(hour, 0) if rest == 0 else 0
            patient.step(module.Action(CHO=grams, insulin=basal + (4.0 if grams else 0.0)))

    return run


def together(number: int) -> Callable[[], None]:
    """One day of so many persons at once."""
    cohort = Cohort([uva_padova_sample(one) for one in range(1, number + 1)])

    def run() -> None:
        for minute in range(1440):
            hour, rest = divmod(minute, 60)
            eaten = 5000.0 if hour in MEALS and rest < MEALS[hour] / 5 else 0.0
            cohort.advance(1.0, solid=eaten, meal=70_000.0, insulin=cohort.basal / 60)

    return run


def measured(run: Callable[[], None], simulated: float, times: int = 3) -> float:
    """Simulated days for each second of CPU time: the best of several."""
    best = 0.0
    for _ in range(times):
        begun = time.process_time()
        run()
        best = max(best, simulated / (time.process_time() - begun))
    return best


def main() -> None:
    """Print the table."""
    one_of_them = subject_of("uva_padova", "adult#001")
    assert isinstance(one_of_them, UvaPadova)
    theirs = measured(independent("adult#001"), 1, 2)
    rows = {
        "simglucose 0.2.11, patient only": theirs,
        "UVA/Padova, coupled": measured(coupled(one_of_them), DAYS),
        "UVA/Padova, readable derivatives, no pulses": measured(readable(one_of_them), DAYS),
        "Hovorka, coupled": measured(coupled(subject_of("hovorka", None)), DAYS),
        "activity curve, coupled": measured(coupled(subject_of("insulin_activity", None)), DAYS),
        "UVA/Padova, 30 at once": measured(together(30), 30),
        "UVA/Padova, 1000 at once": measured(together(1000), 1000),
    }
    print("| patient | subject-days per CPU second | times simglucose |\n|---|---|---|")
    for name, speed in rows.items():
        print(f"| {name} | {speed:.3g} | {speed / theirs:.0f} |")


if __name__ == "__main__":
    main()
