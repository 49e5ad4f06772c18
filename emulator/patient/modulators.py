"""What makes the same person answer differently at different times: multipliers on any model, all off by default.

Each is a function of the time of day and of the seed, so that nothing has to be remembered.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Instant, days, hours
from isletbench.emulator.core.values import dataclass

HIGH, LOW = 1.0, 0.4
"""Sensitivity of a high and of a low part of the day, as a multiple of the person's own."""
CLASSES = {"hhh": 0.10, "hhl": 0.05, "hlh": 0.05, "hll": 0.10, "lhh": 0.20, "lhl": 0.20, "llh": 0.30}
"""The seven classes, and the share of people in each: high or low from breakfast, lunch and dinner on. R. Visentin et al.,
"Circadian Variability of Insulin Sensitivity: Physiological Input for In Silico Artificial Pancreas", Diabetes Technol Ther 17
(2015) 1-7; R. Visentin et al., J Diabetes Sci Technol 12 (2018) 273-281."""
PARTS = (hours(4), hours(11), hours(17))
"""When the parts of the day begin, ms since midnight: breakfast, lunch, dinner, which lasts through the night."""
VARIATION = 0.2
"""Published sd of the factor by which sensitivity of one part differs from day to day."""
LEAST_FACTOR = 0.2
"""A factor that is drawn lower counts as this (choice): the normal law has no end."""
DAWN_BEGINS, DAWN_ENDS = hours(3), hours(7)
DAWN_PRODUCTION = 1.5
"""mg/kg/min: how far endogenous production has risen at the end of dawn. Visentin 2018, after A. Mallad et al. 2015."""


class Modulation(NamedTuple):
    """What acts on a person at an instant beside food and insulin."""

    sensitivity: float = 1.0
    """Multiplies what insulin does."""
    uptake: float = 1.0
    """Multiplies what of it is uptake of glucose."""
    production: float = 0.0
    """Glucose that the liver makes in addition, mg/kg/min."""
    clearance: float = 0.0
    """Share of plasma glucose that leaves in addition, a minute."""

    def with_(self, other: "Modulation") -> "Modulation":
        """Both together: factors multiplied, the rest added."""
        return Modulation(
            self.sensitivity * other.sensitivity,
            self.uptake * other.uptake,
            self.production + other.production,
            self.clearance + other.clearance,
        )


NONE = Modulation()
"""Nothing acts."""


class Modulator(Protocol):
    """A modulator that depends on the time only."""

    def __call__(self, now: Instant, /) -> Modulation:
        """What it does at this instant."""


@dataclass(frozen=True, slots=True)
class LocalDay:
    """The days of a person at whose instant 0 it is so many ms since midnight."""

    since_midnight: Instant

    @classmethod
    def of(cls, epoch: datetime) -> "LocalDay":
        """The days of a person whose instant 0 is this local date and time."""
        midnight = epoch.replace(hour=0, minute=0, second=0, microsecond=0)
        return cls((epoch - midnight) // timedelta(milliseconds=1))

    def at(self, now: Instant) -> tuple[int, Instant]:
        """The number of the day, 0 for the first, and ms since its midnight."""
        return divmod(now + self.since_midnight, days(1))

    def part(self, now: Instant) -> tuple[int, int]:
        """The number of the day whose part it is, and which: 0 from breakfast on, 1 from lunch on, 2 from dinner on."""
        day, since = self.at(now)
        if since < PARTS[0]:
            return day - 1, 2
        return day, 2 if since >= PARTS[2] else 1 if since >= PARTS[1] else 0


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Insulin sensitivity by time of day, in one of Visentin's classes."""

    day: LocalDay
    pattern: str

    def __call__(self, now: Instant) -> Modulation:
        """The sensitivity of this part of the day."""
        return Modulation(sensitivity=HIGH if self.pattern[self.day.part(now)[1]] == "h" else LOW)


@dataclass(frozen=True, slots=True)
class DayToDay:
    """Insulin sensitivity that differs from day to day: one factor for each part of each day, normal around 1."""

    day: LocalDay
    sd: float
    seed: int | str

    def __call__(self, now: Instant) -> Modulation:
        """The factor of this part of this day."""
        return Modulation(sensitivity=_factor(self.seed, self.sd, *self.day.part(now)))


@lru_cache(maxsize=1024)  # asked for every minute, and the same for hours
def _factor(seed: int | str, sd: float, day: int, part: int) -> float:
    return max(LEAST_FACTOR, stream(seed, "patient", "day to day", day, part).gauss(1.0, sd))


@dataclass(frozen=True, slots=True)
class Dawn:
    """The dawn phenomenon: production rises evenly from 03:00 to 07:00, and is back at once."""

    day: LocalDay
    rise: float = DAWN_PRODUCTION
    """mg/kg/min at 07:00."""

    def __call__(self, now: Instant) -> Modulation:
        """The production of this time of day."""
        _, since = self.day.at(now)
        if not DAWN_BEGINS <= since < DAWN_ENDS:
            return NONE
        return Modulation(production=self.rise * (since - DAWN_BEGINS) / (DAWN_ENDS - DAWN_BEGINS))


def class_of(seed: int | str) -> str:
    """The class of a person, drawn with the published shares."""
    (drawn,) = stream(seed, "patient", "class").choices(list(CLASSES), list(CLASSES.values()))
    return drawn


def together(modulators: Sequence[Modulator], now: Instant) -> Modulation:
    """All of them at one instant."""
    found = NONE
    for modulator in modulators:
        found = found.with_(modulator(now))
    return found
