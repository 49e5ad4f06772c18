"""How insulin acts: the exponential model of the Loop and OpenAPS communities, and what is on board of a history.

The model has a duration ``td`` and a time of peak activity ``tp``, both min; t is the time since the dose. Source: Loop issue
388 (formulas), as in LoopKit ``ExponentialInsulinModel`` and oref0 ``lib/iob/calculate.js``.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from isletbench.hil_rigs.clients.algorithms.contract import BasalDelivery, Situation, Therapy, blocks

STEP = 5
"""Minutes between two points of every curve in this package."""
DELAY = 10
"""Minutes before a dose begins to act (LoopKit)."""


def remaining(t: float, td: float, tp: float) -> float:
    """The share of a dose that has still to act ``t`` min after it began to: 1 at first, 0 after ``td``. Expects tp < td/2."""
    if t <= 0:
        return 1.0
    if t >= td:
        return 0.0
    tau = tp * (1 - tp / td) / (1 - 2 * tp / td)
    a = 2 * tau / td
    s = 1 / (1 - a + (1 + a) * math.exp(-td / tau))
    return 1 - s * (1 - a) * ((t * t / (tau * td * (1 - a)) - t / tau - 1) * math.exp(-t / tau) + 1)


@cache
def acted(td: int, tp: int) -> tuple[float, ...]:
    """The share of a dose that has acted, every ``STEP`` min since it was delivered, ``DELAY`` included; the last one is 1."""
    return tuple(1 - remaining(age - DELAY, td, tp) for age in range(0, td + DELAY + STEP, STEP))


def share_acted(table: Sequence[float], step: int) -> float:
    """The share that has acted ``step`` steps after delivery, from a table of ``acted``."""
    return table[min(step, len(table) - 1)] if step > 0 else 0.0


@cache
def acting(td: int, tp: int, before: int, steps: int) -> tuple[float, ...]:
    """The share of a dose that acts in each step: ``before`` steps until its delivery, in which nothing does, and ``steps``
    from then on."""
    table = acted(td, tp)
    shares = (share_acted(table, step + 1) - share_acted(table, step) for step in range(steps))
    return (*(0.0 for _ in range(before)), *shares)


def net_basal(deliveries: Sequence[BasalDelivery], therapy: Therapy) -> list[tuple[datetime, float]]:
    """Basal insulin above (or, negative, below) the profile's, U, in pieces of at most ``STEP`` min, each at its middle."""
    found = []
    for delivery in deliveries:
        for begin, end, scheduled in blocks(therapy.basal, delivery.begin, delivery.end):
            if delivery.rate == scheduled:
                continue
            pieces = max(1, math.ceil((end - begin) / timedelta(minutes=STEP)))
            piece = (end - begin) / pieces
            units = (delivery.rate - scheduled) * piece.total_seconds() / 3_600
            found += [(begin + piece * (number + 0.5), units) for number in range(pieces)]
    return found


def doses_by_age(situation: Situation) -> list[float]:
    """Insulin above the profile's by its age in steps, U: ``[3]`` is what was delivered 15 min ago. A dose between two steps is
    shared between them; one that has acted completely is left out."""
    therapy = situation.therapy
    ages = [0.0] * (len(acted(therapy.duration, therapy.peak)) + 1)
    doses = [(bolus.at, bolus.units) for bolus in situation.boluses]
    for at, units in (*doses, *net_basal(situation.basal, therapy)):
        age = max((situation.now - at).total_seconds() / 60 / STEP, 0.0)
        step = int(age)
        if step + 1 < len(ages):
            ages[step] += units * (1 - (age - step))
            ages[step + 1] += units * (age - step)
    return ages


def on_board(situation: Situation) -> float:
    """Insulin on board above the profile's, U: what has still to act, before any delay."""
    table = acted(situation.therapy.duration, situation.therapy.peak)
    return sum(units * (1 - share_acted(table, age)) for age, units in enumerate(doses_by_age(situation)))
