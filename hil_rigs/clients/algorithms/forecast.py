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
from itertools import pairwise
from operator import mul

from isletbench.hil_rigs.clients.algorithms import carbohydrates, insulin
from isletbench.hil_rigs.clients.algorithms.contract import GlucoseReading, Situation, value_at
from isletbench.hil_rigs.clients.algorithms.insulin import STEP

MOMENTUM_MIN = 20
LOOK_BACK_MIN = 30
LOOK_BACK = LOOK_BACK_MIN // STEP
BEFORE = 60
"""Steps of the past in which a meal is followed: five hours."""
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
    carbs_on_board: float
    """What is still to be absorbed, g."""

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


def insulin_changes(situation: Situation, before: int, steps: int) -> list[float]:
    """By how much insulin changes glucose in each step, mg/dL: first the ``before`` steps until now, then ``steps`` from now
    on. Insulin is what is known now, of every age."""
    therapy = situation.therapy
    units = insulin.doses_by_age(situation)
    acting = insulin.acting(therapy.duration, therapy.peak, before, len(units) + steps)
    sensitivity = value_at(therapy.sensitivity, situation.now)
    return [-sensitivity * sum(map(mul, units, acting[place : place + len(units)])) for place in range(before + steps)]


def observed_changes(situation: Situation, before: int) -> list[float | None]:
    """By how much glucose changed in each of the ``before`` steps until the newest reading, mg/dL; None where unknown."""
    newest = situation.glucose[-1].at
    by_step = {round((newest - one.at).total_seconds() / 60 / STEP): one.mg_dl for one in situation.glucose}
    values = [by_step.get(step) for step in range(before, -1, -1)]
    return [None if one is None or after is None else after - one for one, after in pairwise(values)]


@dataclass(frozen=True, slots=True)
class Explained:
    """What insulin and carbohydrate do to glucose, mg/dL in each step."""

    past: list[float]
    """Of the steps until now."""
    observed: list[float | None]
    """What glucose did in them."""
    ahead: list[float]
    carbs_on_board: float
    """g."""

    def unexplained(self, steps: int) -> float:
        """What the last steps brought and nothing explains, mg/dL; 0 where a reading is missing at one of the ends."""
        observed = self.observed[-steps:]
        if observed[0] is None or observed[-1] is None:
            return 0.0
        pairs = zip(observed, self.past[-steps:], strict=True)
        return sum(change - explained for change, explained in pairs if change is not None)


def explained(situation: Situation, steps: int = 0) -> Explained:
    """What explains glucose until now, and what it will do in the next ``steps``."""
    therapy = situation.therapy
    rise = value_at(therapy.sensitivity, situation.now) / value_at(therapy.carb_ratio, situation.now)
    by_insulin = insulin_changes(situation, BEFORE, steps)
    observed = observed_changes(situation, BEFORE)
    stomach = carbohydrates.Stomach(situation.meals, situation.now, BEFORE)
    past = []
    for place, (change, lowered) in enumerate(zip(observed, by_insulin[:BEFORE], strict=True)):
        grams = None if change is None else (change - lowered) / rise
        past.append(lowered + rise * stomach.digest(BEFORE - 1 - place, grams))
    on_board = stomach.on_board
    ahead = [lowered + rise * eaten for lowered, eaten in zip(by_insulin[BEFORE:], stomach.ahead(steps), strict=True)]
    return Explained(past, observed, ahead, on_board)


def forecast(situation: Situation) -> Forecast:
    """The forecast until all insulin has acted."""
    known = explained(situation, (situation.therapy.duration + insulin.DELAY) // STEP)
    slope, rest = trend(situation.glucose), known.unexplained(LOOK_BACK)
    glucose, found = situation.glucose[-1].mg_dl, []
    for step, change in enumerate(known.ahead):
        found.append(glucose)
        middle = STEP * (step + 0.5)
        fading = rest / LOOK_BACK_MIN * max(0.0, 1 - middle / FADES_MIN) * STEP
        weight = max(0.0, 1 - middle / MOMENTUM_MIN)
        glucose += weight * slope * STEP + (1 - weight) * (change + fading)
    return Forecast((*found, glucose), slope, rest, known.carbs_on_board)
