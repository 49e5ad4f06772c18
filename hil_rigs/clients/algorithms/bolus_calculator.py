"""The bolus for a meal, as the calculator of a pump recommends it and the user takes it."""

import math

from isletbench.hil_rigs.clients.algorithms import insulin
from isletbench.hil_rigs.clients.algorithms.contract import Situation, value_at

STEP = 0.05
"""U."""


def meal_bolus(situation: Situation, grams: float) -> float:
    """The bolus for so much carbohydrate, U: what covers it, and what corrects the present glucose, less insulin on board; the
    latter only lowers a correction upwards. At least 0, in steps of ``STEP``."""
    therapy, now = situation.therapy, situation.now
    correction = 0.0
    if situation.glucose:
        above = situation.glucose[-1].mg_dl - sum(therapy.target) / 2
        correction = above / value_at(therapy.sensitivity, now)
    if correction > 0:
        correction = max(correction - max(insulin.on_board(situation), 0.0), 0.0)
    units = max(grams / value_at(therapy.carb_ratio, now) + correction, 0.0)
    return round(math.floor(units / STEP + 1e-6) * STEP, 6)
