"""Readings that never arrive: a chain of three states per reading, good, blip and outage.

The numbers reproduce 1061 person-days of a real 5-minute sensor and its pump (AZT1D, CC BY 4.0): 9.6 single losses and 0.21
longer ones a day, mean 1.04 and 6.1 readings, about 4 % of all. An outage begins more easily by day than by night.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Annotated

from isletbench.emulator.core.ranges import PROBABILITY
from isletbench.emulator.core.values import dataclass

DAYTIME = range(8, 22)
"""Hours of the day in which an outage begins more easily."""
BY_DAY, BY_NIGHT = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class Losses:
    """How likely a reading is lost, and a loss ends. Probabilities per reading."""

    into_blip: Annotated[float, PROBABILITY] = 0.0
    out_of_blip: Annotated[float, PROBABILITY] = 1.0
    into_outage: Annotated[float, PROBABILITY] = 0.0
    out_of_outage: Annotated[float, PROBABILITY] = 1.0


TYPICAL = Losses(into_blip=0.0351, out_of_blip=0.96, into_outage=7.8e-4, out_of_outage=0.164)
PERFECT = Losses()
PRESETS: Mapping[str, Losses] = {
    "perfect": PERFECT,
    "good": replace(TYPICAL, into_blip=TYPICAL.into_blip / 4, into_outage=TYPICAL.into_outage / 4),
    "typical": TYPICAL,
    # A room full of other radios; a phone in the wrong pocket (choices).
    "crowded_2_4GHz": replace(TYPICAL, into_blip=0.10, into_outage=0.003),
    "pocket": replace(TYPICAL, into_outage=0.004, out_of_outage=0.08),
}


@dataclass(slots=True)
class Chain:
    """The losses of one device, reading by reading."""

    losses: Losses
    chance: Random
    state: str = "good"
    readings: int = 0
    """How many readings it has decided about."""

    def restore(self, readings: int, state: str) -> None:
        """Take a new chain to where another one was after ``readings`` readings."""
        for _ in range(readings):
            self.chance.random()
        self.readings, self.state = readings, state

    def loses(self, hour: int) -> bool:
        """Whether the next reading is lost; ``hour`` is the local hour, 0..23. Draws once per call, whatever happens."""
        drawn, model = self.chance.random(), self.losses
        self.readings += 1
        outage = model.into_outage * (BY_DAY if hour in DAYTIME else BY_NIGHT)
        match self.state:
            case "good" if drawn < outage:
                self.state = "outage"
            case "good" if drawn < outage + model.into_blip:
                self.state = "blip"
            case "blip" if drawn < model.out_of_blip:
                self.state = "good"
            case "outage" if drawn < model.out_of_outage:
                self.state = "good"
            case _:
                pass
        return self.state != "good"
