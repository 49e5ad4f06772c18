"""What a dosing algorithm is given and what it answers: plain values, so that any algorithm can be put behind them.

An algorithm never talks to a device. The client reads CGM and pump over the wires, hands over a ``Situation``, and carries
out the ``Decision``. Glucose is in mg/dL, insulin in U, rates are in U/h, carbohydrate is in g; every date and time is the
pump's own, without a zone.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

Schedule: TypeAlias = tuple[tuple[int, float], ...]
"""Values by time of day: from so many minutes after midnight on this value, ascending from 0."""


def value_at(schedule: Schedule, moment: datetime) -> float:
    """The value of a schedule at a moment."""
    minute = moment.hour * 60 + moment.minute
    return schedule[bisect_right([start for start, _ in schedule], minute) - 1][1]


def blocks(schedule: Schedule, begin: datetime, end: datetime) -> list[tuple[datetime, datetime, float]]:
    """The schedule between two moments: begin, end and value of each block."""
    found = []
    while begin < end:
        midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        after = (start for start, _ in (*schedule[1:], (1440, 0.0)) if midnight + timedelta(minutes=start) > begin)
        until = min(midnight + timedelta(minutes=next(after)), end)
        found.append((begin, until, value_at(schedule, begin)))
        begin = until
    return found


@dataclass(frozen=True, slots=True)
class GlucoseReading:
    """A usable reading of the sensor, when it was measured."""

    at: datetime
    mg_dl: float


@dataclass(frozen=True, slots=True)
class Bolus:
    """A bolus in the body: what was delivered of it, or what was asked for while nobody knows."""

    at: datetime
    units: float


@dataclass(frozen=True, slots=True)
class BasalDelivery:
    """A basal rate that the pump delivered, temp basals and stops included."""

    begin: datetime
    end: datetime
    rate: float
    """U/h."""


@dataclass(frozen=True, slots=True)
class Meal:
    """Carbohydrate that the user has announced."""

    at: datetime
    grams: float
    absorbed_in: int = 180
    """Minutes until all of it is absorbed."""


@dataclass(frozen=True, slots=True)
class TempBasal:
    """A temp basal: one that runs, with the minutes that remain, or one that is to be set."""

    rate: float
    """U/h."""
    minutes: int
    """0 in a decision: cancel the temp basal that runs, and follow the profile."""
    ran: int = 0
    """For how many minutes it has run."""


@dataclass(frozen=True, slots=True)
class Therapy:
    """A person's settings, as a clinician would set them, and the limits of automation."""

    basal: Schedule
    """U/h; the profile of the pump."""
    sensitivity: Schedule
    """By how many mg/dL 1 U lowers glucose."""
    carb_ratio: Schedule
    """How many g of carbohydrate 1 U covers."""
    target: tuple[float, float] = (100.0, 115.0)
    """mg/dL, lower and upper bound."""
    suspend_below: float = 75.0
    """No basal insulin while glucose is, or is forecast to be, below this, mg/dL."""
    max_basal: float = 3.0
    """U/h; no temp basal is higher."""
    max_bolus: float = 1.0
    """U; no automatic bolus is larger."""
    max_iob: float = 5.0
    """U above what the profile gives; above this, automation adds nothing."""
    duration: int = 360
    """Minutes for which insulin acts."""
    peak: int = 75
    """Minutes from a bolus to its strongest effect."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is known when a new reading has come."""

    now: datetime
    glucose: Sequence[GlucoseReading]
    """Oldest first, of the last 24 hours; the last one is new."""
    boluses: Sequence[Bolus]
    """Oldest first."""
    basal: Sequence[BasalDelivery]
    """Oldest first, without gaps where the pump's history has none; where it has, the profile was delivered."""
    meals: Sequence[Meal]
    therapy: Therapy
    temp: TempBasal | None = None
    """The temp basal that runs."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done, and why."""

    temp: TempBasal | None = None
    """None: leave basal insulin as it is."""
    bolus: float = 0.0
    """U, at once and by itself."""
    forecast: tuple[float, ...] = ()
    """Glucose every 5 minutes from now on, mg/dL, as the algorithm expects it if nothing more is done."""
    iob: float | None = None
    """Insulin on board above the profile's, U."""
    cob: float | None = None
    """Carbohydrate on board, g."""
    reason: str = ""


class AlgorithmError(Exception):
    """The algorithm gives no decision; one sentence. The pump is left to its profile."""


class Algorithm(Protocol):
    """A dosing algorithm."""

    def decide(self, situation: Situation) -> Decision:
        """The decision on a new reading. Raises ``AlgorithmError``.

        It is called once for each reading, and may take real time: on a bench in jump pace no virtual time passes meanwhile."""

    def close(self) -> None:
        """End what was started for it."""
