"""Every model against its publication, and against what any model of glucose has to do."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from isletbench.emulator.patient.physiology import runge_kutta, unrolled
from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.insulin_activity import CURVES, ActivityCurve, InsulinActivity
from isletbench.emulator.patient.physiology.model import MG_DL_PER_MMOL_L, Drive, Model, State
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova
from isletbench.emulator.patient.subjects import FAMILIES

UNIT = 1e6
ADULTS = [pytest.param(family.personas["adult"], id=name) for name, family in FAMILIES.items()]
PERSONAS = [
    pytest.param(person, id=f"{model}-{name}") for model, family in FAMILIES.items() for name, person in family.personas.items()
]
EQUATIONS = [Hovorka(sensitivity=0.6), FAMILIES["uva_padova"].personas["adult"]]


def course(model: Model, glucose: float, *, units: float = 0, grams: float = 0, hours: float = 12) -> Iterator[float]:
    """Plasma glucose minute by minute: a bolus and a meal at 5 g/min at once, on the basal need."""
    state, basal = model.at_rest(glucose)
    step, state, meal = model.stepper(), model.inject(state, units * UNIT), 0.0
    for minute in range(round(hours * 60)):
        eaten = 5_000.0 if minute * 5 < grams else 0.0
        meal += eaten
        state = step(state, 1.0, Drive(solid=eaten, meal=meal, insulin=basal / 60))
        yield model.plasma(state)


@pytest.mark.parametrize("model", PERSONAS)
def test_a_person_at_rest_stays_there(model: Model) -> None:
    levels = list(course(model, 120, hours=24))
    assert min(levels) == pytest.approx(120, abs=0.05)
    assert max(levels) == pytest.approx(120, abs=0.05)


@pytest.mark.parametrize("model", ADULTS)
@pytest.mark.parametrize(
    ("drive", "sign"),
    [
        (Drive(sensitivity=1.5), -1),
        (Drive(sensitivity=0.7), 1),
        (Drive(uptake=1.5), -1),
        (Drive(production=0.5), 1),
        (Drive(clearance=0.003), -1),
        (Drive(clearance=-0.003), 1),
    ],
)
def test_what_modulates_a_person_moves_glucose_the_right_way_in_every_model(model: Model, drive: Drive, sign: int) -> None:
    state, basal = model.at_rest(150)
    step = model.stepper()
    for _ in range(120):
        state = step(state, 1.0, drive._replace(insulin=basal / 60))
    assert sign * (model.plasma(state) - 150) > 2


@pytest.mark.parametrize("model", ADULTS)
def test_a_drink_comes_before_a_meal(model: Model) -> None:
    state, basal = model.at_rest(100)
    step = model.stepper()
    ate = drank = state
    for minute in range(45):
        rate = 5_000.0 if minute < 4 else 0.0
        ate = step(ate, 1.0, Drive(solid=rate, meal=20_000, insulin=basal / 60))
        drank = step(drank, 1.0, Drive(liquid=rate, meal=20_000, insulin=basal / 60))
    assert model.plasma(drank) > model.plasma(ate) + 5


@pytest.mark.parametrize("model", ADULTS)
def test_shorter_steps_change_nothing_that_a_sensor_could_show(model: Model) -> None:
    state, basal = model.at_rest(120)
    step = model.stepper()
    whole = halves = model.inject(state, 4 * UNIT)
    for minute in range(360):
        drive = Drive(solid=5_000.0 if minute < 10 else 0.0, meal=50_000, insulin=basal / 60)
        whole = step(whole, 1.0, drive)
        halves = step(step(halves, 0.5, drive), 0.5, drive)
        assert model.plasma(whole) == pytest.approx(model.plasma(halves), abs=0.1)


# Hovorka


@pytest.mark.parametrize(
    ("sensitivity", "basal", "fall", "highest", "lowest"),
    [(1.0, 0.386, 2.69, 9.1, 3.3), (0.8, 0.482, 2.35, 9.7, 4.3), (0.6, 0.643, 2.00, 10.5, 6.0), (0.5, 0.771, 1.81, 11.1, 6.0)],
)
def test_the_personas_of_hovorka_need_and_do_what_is_published_of_them(
    sensitivity: float, basal: float, fall: float, highest: float, lowest: float
) -> None:
    """The basal rate that keeps 6.0 mmol/L (U/h), the fall from 1 U, and the extremes after 50 g with 3 U (mmol/L)."""
    model, six = Hovorka(sensitivity=sensitivity), 6 * MG_DL_PER_MMOL_L
    assert model.at_rest(six)[1] / UNIT == pytest.approx(basal, abs=0.0005)
    assert (six - min(course(model, six, units=1))) / MG_DL_PER_MMOL_L == pytest.approx(fall, abs=0.006)
    meal = [glucose / MG_DL_PER_MMOL_L for glucose in course(model, six, units=3, grams=50)]
    assert max(meal) == pytest.approx(highest, abs=0.05)
    assert min(meal) == pytest.approx(lowest, abs=0.05)


def test_renal_loss_and_production_of_hovorka_are_not_the_two_known_mistakes() -> None:
    """Excretion is multiplied by the volume of glucose, and the liver never takes glucose up."""
    model = Hovorka()
    state = list(model.at_rest(120)[0])
    volume = model.vg * model.weight
    state[8] = 15 * volume
    high = model.derivatives(state, Drive())[8]
    state[8] = 15 * volume * (1 + 1e-6)
    slope = (model.derivatives(state, Drive())[8] - high) / (15 * volume * 1e-6)
    assert slope == pytest.approx(-0.003 - state[5], rel=1e-3)
    state[7] = 1.0
    none = model.derivatives(state, Drive())[8]
    state[7] = 5.0
    assert model.derivatives(state, Drive())[8] == none


# UVA/Padova


def test_the_averages_of_uva_padova_are_those_that_are_published() -> None:
    """IEEE TBME 54 (2007) 1740, table of the people without diabetes; subcutaneous insulin: JDST 1 (2007) 323."""
    model = UvaPadova()
    published = {"vg": 1.88, "k1": 0.065, "k2": 0.079, "vi": 0.05, "m1": 0.190, "m2": 0.484, "m4": 0.194, "kmax": 0.0558}
    published |= {"kmin": 0.0080, "kabs": 0.057, "f": 0.90, "kp1": 2.70, "kp2": 0.0021, "kp3": 0.009, "ki": 0.0079, "fcns": 1}
    published |= {"vm0": 2.50, "vmx": 0.047, "km0": 225.59, "p2u": 0.0331, "ke1": 0.0005, "ke2": 339, "kd": 0.0164}
    published |= {"ka1": 0.0018, "ka2": 0.0182, "b": 0.69, "d": 0.17, "ksc": 0.1}
    assert {name: getattr(model, name) for name in published} == published
    assert model.m30 == pytest.approx(0.6 * model.m1 / (1 - 0.6))


def test_a_person_with_diabetes_is_at_rest_at_the_basal_insulin() -> None:
    model = UvaPadova().with_diabetes(ib=70, kp3=0.012, vmx=0.05)
    state, _ = model.at_rest(120)
    assert state[6] == pytest.approx(0, abs=1e-6)
    assert state[7] == pytest.approx(70)
    assert model.kp1 - model.kp2 * state[3] - model.kp3 * state[8] == pytest.approx(2.4)


def test_the_stomach_empties_slowest_in_the_middle_of_a_meal() -> None:
    model = UvaPadova()

    def emptying(share: float) -> float:
        state = [0.0] * 13
        state[1], state[4] = share * 60_000, 100.0
        return -model.derivatives(state, Drive(meal=60_000))[1] / state[1]

    assert emptying(0.99) == pytest.approx(model.kmax, rel=0.03)
    assert emptying(0.43) == pytest.approx(model.kmin, rel=0.35)
    assert emptying(model.b) == pytest.approx((model.kmax + model.kmin) / 2, rel=0.05)
    assert emptying(0.01) == pytest.approx(model.kmax, rel=0.05)


# The activity curve


def test_the_activity_of_a_dose_adds_up_to_the_dose_and_peaks_when_it_should() -> None:
    for curve in CURVES.values():
        per_second = [curve.activity(second / 60) for second in range(round((curve.duration + curve.delay) * 60))]
        assert sum(per_second) / 60 == pytest.approx(1, abs=1e-4)
        assert per_second.index(max(per_second)) / 60 == pytest.approx(curve.peak + curve.delay, abs=0.1)


def test_what_is_on_board_is_what_has_not_acted() -> None:
    curve = CURVES["rapid_adult"]
    for minutes in (0, 5, 10, 60, 90, 200, 369, 371):
        acted = sum(curve.activity(second / 60) for second in range(minutes * 60)) / 60
        assert curve.on_board(minutes) == pytest.approx(1 - acted, abs=2e-4)
    assert ActivityCurve(360, 75).on_board(108) == pytest.approx(0.5110493617156, abs=1e-9), "LoopKit's InsulinMathTests"


def test_a_peak_behind_the_middle_is_refused() -> None:
    with pytest.raises(ValueError, match="peak 160 min: expected one before the middle of 300 min"):
        ActivityCurve(300, 160)


def test_the_light_person_falls_by_the_sensitivity_and_rises_by_the_ratio() -> None:
    model = InsulinActivity(sensitivity=40, ratio=8)
    assert list(course(model, 200, units=2))[-1] == pytest.approx(200 - 80, abs=0.1)
    assert list(course(model, 100, grams=40))[-1] == pytest.approx(100 + 200, abs=0.1)


def test_many_doses_act_as_the_curve_says_of_each() -> None:
    model = InsulinActivity(basal=0)
    step = model.stepper()
    state = model.at_rest(2000)[0]
    given: list[int] = []
    for minute in range(500):
        if minute % 7 == 0:
            state = model.inject(state, 0.1 * UNIT)
            given.append(minute)
        state = step(state, 1.0, Drive())
        acted = sum(0.1 * (1 - model.curve.on_board(minute + 1 - at)) for at in given)
        assert model.plasma(state) == pytest.approx(2000 - model.sensitivity * acted, abs=1e-6)
    assert len(state[4].doses) + len(state[4].waiting) < len(given), "what has acted to the end is forgotten"


# Steps written out


@pytest.mark.parametrize("model", EQUATIONS, ids=lambda model: type(model).__name__)
def test_a_step_that_is_written_out_gives_the_same_bits_as_the_readable_one(model: Hovorka | UvaPadova) -> None:
    state: State = model.at_rest(150)[0]
    written, readable = unrolled.stepper(model), model.inject(state, 3 * UNIT)
    quick = readable
    for minute in range(300):
        sensitivity = 1 + 0.1 * math.sin(minute)
        drive = Drive(5000.0 * (minute < 8), 2000.0 * (minute % 50 == 3), 45e3, 9e3, sensitivity, 1.2, 0.3, 0.001)
        length = 1.0 if minute % 3 else 0.37
        quick = written(quick, length, drive)
        readable = runge_kutta.step(model.derivatives, readable, length, drive)
        assert quick == readable


def test_what_cannot_be_written_out_is_refused() -> None:
    @dataclass(frozen=True)
    class Branches:
        def derivatives(self, state: tuple[float], drive: Drive) -> tuple[float]:
            """Not a simple assignment."""
            (glucose,) = state
            if glucose > 1:
                return (0.0,)
            return (1.0,)

    with pytest.raises(TypeError, match=r"Branches.derivatives, line \d+: expected a simple assignment"):
        unrolled.written_out(Branches)


def test_a_person_of_another_weight_is_another_person() -> None:
    heavier = replace(Hovorka(), weight=100)
    assert heavier.at_rest(120)[1] > Hovorka().at_rest(120)[1]
