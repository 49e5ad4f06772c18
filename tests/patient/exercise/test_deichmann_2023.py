"""Exercise by activity counts: the equations of its publication, its qualitative results, and a study that others have made."""

import statistics

import pytest

from isletbench.emulator.patient.exercise import deichmann_2023 as model
from isletbench.emulator.patient.exercise.deichmann_2023 import Deichmann2023, counts
from isletbench.emulator.patient.physiology.model import Drive
from isletbench.emulator.patient.subjects import subject_of


def reserve(oxygen: float) -> float:
    """Heart rate reserve (%) at so much of the greatest oxygen uptake (%)."""
    return model.RESERVE_SLOPE * oxygen + model.RESERVE_INTERCEPT


def after(minutes: int, intensity: float, rest: int = 0) -> Deichmann2023:
    """What a session has left so many minutes after it."""
    effect = Deichmann2023()
    for minute in range(minutes + rest):
        effect.passes(1, intensity if minute < minutes else 0.0)
    return effect


# Its equations


@pytest.mark.parametrize(("oxygen", "expected"), [(30, 2095), (60, 4317), (90, 6539)])
def test_intensities_are_the_counts_of_the_authors(oxygen: float, expected: float) -> None:
    assert counts(reserve(oxygen)) == pytest.approx(expected, abs=1)
    assert counts(0.0) == 0.0


@pytest.mark.parametrize(("intensity", "minutes"), [(40.0, 60), (20.0, 200), (85.0, 20)])
def test_the_eight_states_follow_the_equations_of_the_publication(intensity: float, minutes: int) -> None:
    """The equations as the authors write them, in steps of a second beside ours of a minute, with two hours of rest."""

    def hill(value: float, at: float, power: int) -> float:
        ratio = (value / at) ** power
        return ratio / (1 + ratio)

    ours, h = Deichmann2023(), 1 / 60
    y = z = gu = gp = t = integral = depleted = th = 0.0
    for second in range((minutes + 120) * 60):
        ac = counts(intensity) if second < minutes * 60 else 0.0
        f_y, f_ac, f_hi, f_p = hill(y, 1500, 20), hill(ac, 1000, 100), hill(ac, 5600, 100), hill(th, 2, 100)
        f_t = hill(t, 180.6 - 0.0108 * integral / t if t > 1e-6 else 180.6, 20)
        q3, q4 = (1 - f_p) * 4.46e-7 + f_p * 1.17e-6, 0.0705
        r_m = model.GLYCOGEN_SHARE * (q3 / q4 * y + model.RESTING_PRODUCTION)
        y, z, gu, gp, t, integral, depleted, th = (
            y + h * (ac - y) / 5,
            z + h * (3.64e-6 * f_y * y - (1 - f_y) / 600 * z),
            gu + h * (6.46e-7 * f_y * y - 0.0617 * gu),
            gp + h * (q3 * f_y * y - q4 * gp),
            t + h * (f_ac - (1 - f_ac) * t),
            integral + h * (f_ac * ac - (1 - f_ac) * integral),
            depleted + h * model.DEPLETION_RATE * (f_t * r_m - depleted),
            th + h * (f_hi - (1 - f_hi) * 0.03 * th),
        )
        if second % 60 == 59:
            ours.passes(1, intensity if second < minutes * 60 else 0.0)
            assert ours.modulation().clearance == pytest.approx(gu - (gp - depleted), abs=1e-3), second // 60
            assert ours.sensitivity == pytest.approx(z, abs=0.01), second // 60
            assert ours.missing == pytest.approx(depleted, abs=5e-4), second // 60


def test_it_is_over_in_the_end_and_two_sessions_are_more_than_one() -> None:
    rested = after(45, 40.0, rest=60 * 90)
    assert rested.is_over
    assert not after(45, 40.0, rest=60 * 24).is_over
    again = after(45, 40.0, rest=60 * 23)
    for _ in range(45):
        again.passes(1, 40.0)
    assert again.sensitivity > after(45, 40.0).sensitivity * 1.02


# Its results


def test_insulin_acts_more_for_two_days_and_fades_with_ten_hours() -> None:
    at_the_end = after(60, 54.0).sensitivity
    assert 0.7 < at_the_end < 1.0
    for hours in (10, 24, 48):
        assert after(60, 54.0, rest=60 * hours).sensitivity / at_the_end == pytest.approx(
            2.718281828 ** (-hours / 10), abs=0.03
        )


@pytest.mark.parametrize("oxygen", [30, 60, 90])
def test_glycogen_lasts_the_shorter_the_more_intense_exercise_is(oxygen: float) -> None:
    """As the authors have it: 180.6 min less 0.0108 for each count: 158, 134 and 110 min at their three intensities."""
    effect, lasts = Deichmann2023(), round(180.6 - 0.0108 * counts(reserve(oxygen)))
    missing = []
    for _ in range(lasts + 60):
        effect.passes(1, reserve(oxygen))
        missing.append(effect.missing)
    full = model.GLYCOGEN_SHARE * (effect.production + model.RESTING_PRODUCTION)
    assert missing[lasts - 40] < full / 50
    assert full / 8 < missing[lasts] < full / 2
    assert missing[-1] == pytest.approx(full, rel=0.05)


def test_moderate_exercise_lowers_and_intense_exercise_raises() -> None:
    assert after(20, reserve(60)).modulation().clearance > 0.005
    assert after(20, reserve(90)).modulation().clearance < -0.005


# A study that its making did not use


def test_it_needs_as_much_glucose_as_people_did_under_a_clamp() -> None:
    """V. B. Shetty et al., J Clin Endocrinol Metab 106 (2021) e83: nine young adults with type 1 diabetes and much insulin kept
    at 5 to 6 mmol/L needed 4.4 mg/kg/min before exercise, and 1.8, 3.0, 4.2 and 3.5 (sem 0.4 to 0.7) more during 40 min at
    35, 50, 65 and 80 % of the greatest oxygen uptake. At 80 % the model makes glucose instead, more than people did."""
    more = {oxygen: _needed(oxygen) for oxygen in (35, 50, 65, 80)}
    for oxygen, theirs in ((35, 1.8), (50, 3.0), (65, 4.2)):
        average, at_the_end = more[oxygen]
        assert average < theirs
        assert at_the_end == pytest.approx(theirs, abs=0.7)
    assert more[80] < more[65], "intense exercise needs less"


def _needed(oxygen: float) -> tuple[float, float]:
    """Glucose (mg/kg/min) that keeps the adult of ``uva_padova`` at 99 mg/dL, beyond what did before: the average of 40 min of
    exercise, and its last minute."""
    adult = subject_of("uva_padova", None)
    state, basal = adult.at_rest(99.0)
    step, effect, gave = adult.stepper(), Deichmann2023(), []
    for minute in range(400):
        effect.passes(1, reserve(oxygen) if minute >= 360 else 0.0)
        acts = {"insulin": 3.6 * basal / 60, "uptake": effect.modulation().uptake}
        clears = effect.modulation().clearance
        falls = 99.0 - adult.plasma(step(state, 1.0, Drive(**acts, clearance=clears)))
        state = step(state, 1.0, Drive(**acts, clearance=clears - falls / 99.0))
        gave.append(falls * 1.88)
    before = gave[359]
    assert before == pytest.approx(4.4, abs=0.1), "as in the study"
    return statistics.fmean(gave[360:]) - before, gave[-1] - before
