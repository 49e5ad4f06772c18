"""A population to draw persons from: one number, one person, the same in every run.

What varies and how far is our choice (``docs/patient.md`` has the figures that come out): published averages of the model,
and around them weight, sensitivity to insulin, absorption of insulin, emptying of the stomach and glucose production, each on
its own. It is no description of any clinical population.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TypeVar

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology.hovorka import Hovorka
from isletbench.emulator.patient.physiology.insulin_activity import ActivityCurve, InsulinActivity
from isletbench.emulator.patient.physiology.model import Model
from isletbench.emulator.patient.physiology.uva_padova import BASAL_PRODUCTION, UvaPadova

M = TypeVar("M", bound=Model)
REFERENCE = 120.0
"""mg/dL: the level at which a person's basal need is looked at."""
LEAST_BASAL, MOST_BASAL = 0.2e6, 3.0e6
"""uU/h: a person who needs less or more is drawn again."""


@dataclass(frozen=True, slots=True)
class Variation:
    """What makes one person different from the average."""

    weight: float
    """kg: normal, mean 75, sd 12, from 45 to 120."""
    sensitivity: float
    """Multiplies the average person's: lognormal, median 1, sd of the logarithm 0.35."""
    insulin: float
    """Multiplies how fast insulin is absorbed: lognormal, 0.2."""
    stomach: float
    """Multiplies how fast meals are absorbed: lognormal, 0.25."""
    production: float
    """Multiplies endogenous production: lognormal, 0.1."""

    @classmethod
    def drawn(cls, chance: Random) -> "Variation":
        """One person's."""
        weight = min(120.0, max(45.0, chance.gauss(75.0, 12.0)))
        return cls(weight, *(chance.lognormvariate(0.0, sd) for sd in (0.35, 0.2, 0.25, 0.1)))


def hovorka_sample(number: int) -> Hovorka:
    """A person around the parameters of Hovorka 2004, at our adult's sensitivity."""
    average = Hovorka(sensitivity=0.6)

    def varied(by: Variation) -> Hovorka:
        return replace(
            average,
            weight=by.weight,
            sensitivity=average.sensitivity * by.sensitivity,
            tmax_i=average.tmax_i / by.insulin,
            tmax_g=average.tmax_g / by.stomach,
            egp0=average.egp0 * by.production,
        )

    return _drawn("hovorka", number, varied)


def uva_padova_sample(number: int) -> UvaPadova:
    """A person around our adult of UVA/Padova."""
    average = UvaPadova()

    def varied(by: Variation) -> UvaPadova:
        person = replace(
            average,
            weight=by.weight,
            kd=average.kd * by.insulin,
            ka1=average.ka1 * by.insulin,
            ka2=average.ka2 * by.insulin,
            kmax=average.kmax * by.stomach,
            kmin=average.kmin * by.stomach,
            kabs=average.kabs * by.stomach,
        )
        return person.with_diabetes(
            ib=55 / by.sensitivity,
            kp3=0.015 * by.sensitivity,
            vmx=0.07 * by.sensitivity,
            production=BASAL_PRODUCTION * by.production,
        )

    return _drawn("uva_padova", number, varied)


def insulin_activity_sample(number: int) -> InsulinActivity:
    """A person around our adult of the light model."""
    average = InsulinActivity()

    def varied(by: Variation) -> InsulinActivity:
        curve = average.curve
        return replace(
            average,
            basal=average.basal * by.weight / 75.0 * by.production / by.sensitivity,
            sensitivity=average.sensitivity * by.sensitivity * 75.0 / by.weight,
            ratio=average.ratio * by.sensitivity * 75.0 / by.weight,
            curve=ActivityCurve(curve.duration, min(curve.peak / by.insulin, 0.45 * curve.duration), curve.delay),
            meal=average.meal / by.stomach,
        )

    return _drawn("insulin_activity", number, varied)


def _drawn(model: str, number: int, varied: Callable[[Variation], M]) -> M:
    """The person of this number: drawn again until the basal need is one that a pump is set to."""
    chance = stream("population", model, number)
    while True:
        person = varied(Variation.drawn(chance))
        try:
            _, basal = person.at_rest(REFERENCE)
        except ValueError:
            continue
        if LEAST_BASAL <= basal <= MOST_BASAL:
            return person
