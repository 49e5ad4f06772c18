"""What glucose is going to do if nothing more is done: insulin, carbohydrate, the trend, and what they leave unexplained.

The parts are those of the Loop community's documentation (loopkit.github.io/loopdocs, "Glucose Prediction"); the code is our
own:

* insulin: all that is on board above the profile's lowers glucose as it acts;
* carbohydrate: announced meals raise it as they are absorbed;
* momentum: the straight line through the last readings, which gives way to the model within ``MOMENTUM_MIN``;
* correction: what the last ``LOOK_BACK_MIN`` brought and the first two did not explain goes on, and fades within an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from operator import mul

from isletbench.hil_rigs.clients.algorithms import carbohydrates, insulin
from isletbench.hil_rigs.clients.algorithms.contract import GlucoseReading, Situation, value_at
from isletbench.hil_rigs.clients.algorithms.insulin import STEP

MOMENTUM_MIN = 20
LOOK_BACK_MIN = 30
LOOK_BACK = LOOK_BACK_MIN // STEP
FADES_MIN = 60
TREND_MIN = 15.5
"""Readings of so long make the trend: four of a sensor that measures every 5 min."""
STEEPEST = 4.0
"""mg/dL per min; a steeper trend is a sensor's error, not a person's glucose."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Glucose every ``STEP`` min from now on."""

    mg_dl: tuple[float, ...]
    slope: float
    """The present trend, mg/dL per min."""
    unexplained: float
    """What insulin and carbohydrate did not explain of the last ``LOOK_BACK_MIN``, mg/dL."""

    @property
    def lowest(self) -> float:
        """The lowest glucose of the forecast, mg/dL."""
        return min(self.mg_dl)

    @property
    def eventual(self) -> float:
        """Glucose at its end, mg/dL."""
        return self.mg_dl[-1]


def trend(glucose: Sequence[GlucoseReading]) -> float:
    """The slope of the straight line through the readings of the last ``TREND_MIN``, mg/dL per min; 0 of fewer than three."""
    last = glucose[-1].at
    points = [((one.at - last).total_seconds() / 60, one.mg_dl) for one in glucose]
    points = [(x, y) for x, y in points if x >= -TREND_MIN]
    if len(points) < 3:
        return 0.0
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
    return min(max(slope, -STEEPEST), STEEPEST)


def model_changes(situation: Situation, steps: int) -> list[float]:
    """By how much insulin and carbohydrate change glucose in each step, mg/dL: first the ``LOOK_BACK`` steps until now, then
    ``steps`` from now on. Insulin is what is known now, of every age."""
    therapy, now = situation.therapy, situation.now
    units = insulin.doses_by_age(situation)
    acting = insulin.acting(therapy.duration, therapy.peak, LOOK_BACK, len(units) + steps)
    sensitivity = value_at(therapy.sensitivity, now)
    rise = sensitivity / value_at(therapy.carb_ratio, now)
    points = [now + timedelta(minutes=STEP * step) for step in range(-LOOK_BACK, steps + 1)]
    eaten = [sum(carbohydrates.absorbed(meal, at) for meal in situation.meals) for at in points]
    return [
        rise * (after - before) - sensitivity * sum(map(mul, units, acting[place : place + len(units)]))
        for place, (before, after) in enumerate(pairwise(eaten))
    ]


def unexplained(situation: Situation, explained: float) -> float:
    """What is left of the change of the last ``LOOK_BACK_MIN`` when insulin and carbohydrate explain so much of it, mg/dL; 0
    where there is no reading of then."""
    newest = situation.glucose[-1]
    wanted = newest.at - timedelta(minutes=LOOK_BACK_MIN)
    before = min(situation.glucose, key=lambda one: abs(one.at - wanted))
    if abs(before.at - wanted) > timedelta(minutes=STEP):
        return 0.0
    return newest.mg_dl - before.mg_dl - explained


def forecast(situation: Situation) -> Forecast:
    """The forecast until all insulin has acted."""
    changes = model_changes(situation, (situation.therapy.duration + insulin.DELAY) // STEP)
    slope, rest = trend(situation.glucose), unexplained(situation, sum(changes[:LOOK_BACK]))
    glucose, found = situation.glucose[-1].mg_dl, []
    for step, change in enumerate(changes[LOOK_BACK:]):
        found.append(glucose)
        middle = STEP * (step + 0.5)
        fading = rest / LOOK_BACK_MIN * max(0.0, 1 - middle / FADES_MIN) * STEP
        weight = max(0.0, 1 - middle / MOMENTUM_MIN)
        glucose += weight * slope * STEP + (1 - weight) * (change + fading)
    return Forecast((*found, glucose), slope, rest)
