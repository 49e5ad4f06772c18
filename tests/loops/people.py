"""Settings for a virtual person, found as a clinician would: by trying a basal rate, a correction and a meal on the model."""

import math
from dataclasses import dataclass

from isletbench.emulator.core.quantities import UU_PER_UNIT
from isletbench.emulator.patient.physiology.model import Drive, Model, State
from isletbench.hil_rigs.clients.algorithms.settings import Settings

FASTING_MG_DL = 110.0
CORRECTION_FROM_MG_DL = 160.0
MEAL_G = 50
EATEN_PER_MIN_MG = 5_000.0
AFTER_CORRECTION_MIN, AFTER_MEAL_MIN = 300, 300


@dataclass(frozen=True, slots=True)
class Person:
    """What a person needs."""

    basal: float
    """U/h that keep fasting glucose at ``FASTING_MG_DL``, in steps of 0.05."""
    sensitivity: float
    """mg/dL for 1 U, from ``CORRECTION_FROM_MG_DL``."""
    carb_ratio: float
    """g for 1 U: with it a meal of ``MEAL_G`` has brought glucose back after ``AFTER_MEAL_MIN``."""

    @property
    def settings(self) -> Settings:
        """The same as settings, with limits that grow with the need for insulin: a temp basal of four times the profile's rate;
        on board three hours of basal insulin and the bolus for a meal, as the OpenAPS documentation advises for ``max_iob``."""
        return Settings(
            sensitivity=round(self.sensitivity, 1),
            carb_ratio=round(self.carb_ratio, 1),
            max_basal=round(4 * self.basal, 2),
            max_bolus=round(max(self.basal, 0.2), 2),
            max_iob=round(3 * self.basal + MEAL_G / self.carb_ratio, 1),
        )


def person_of(model: Model) -> Person:
    """What a subject needs, by trial on its model."""
    _, rate = model.at_rest(FASTING_MG_DL)
    basal = max(round(rate / UU_PER_UNIT / 0.05) * 0.05, 0.05)
    return Person(round(basal, 2), fall(model), MEAL_G / covering(model))


def fall(model: Model) -> float:
    """By how much 1 U lowers glucose of ``CORRECTION_FROM_MG_DL``, mg/dL: a half of what 0.5 U do, for large falls saturate."""
    state, rate = model.at_rest(CORRECTION_FROM_MG_DL)
    low = min(glucose(model, model.inject(state, UU_PER_UNIT / 2), rate, AFTER_CORRECTION_MIN))
    return max(2 * (CORRECTION_FROM_MG_DL - low), 5.0)


def covering(model: Model) -> float:
    """The bolus (U) with which a meal of ``MEAL_G`` ends where it began."""
    state, rate = model.at_rest(FASTING_MG_DL)
    low, high = 0.0, 40.0
    for _ in range(24):
        middle = (low + high) / 2
        after = glucose(model, model.inject(state, middle * UU_PER_UNIT), rate, AFTER_MEAL_MIN, MEAL_G)[-1]
        low, high = (middle, high) if after > FASTING_MG_DL else (low, middle)
    return max(low, 0.1)


def glucose(model: Model, state: State, rate: float, minutes: int, grams: float = 0.0) -> list[float]:
    """Plasma glucose each minute, mg/dL, with basal insulin at ``rate`` (uU/h) and a meal from the start."""
    step, found, mg = model.stepper(), [], grams * 1_000
    eaten_in = math.ceil(mg / EATEN_PER_MIN_MG)
    for minute in range(minutes):
        solid = mg / eaten_in if minute < eaten_in else 0.0
        meal = min(EATEN_PER_MIN_MG * (minute + 1), mg)
        state = step(state, 1.0, Drive(solid=solid, meal=meal, insulin=rate / 60))
        found.append(model.plasma(state))
    return found
