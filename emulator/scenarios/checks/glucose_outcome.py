"""What must have become of glucose: the consequence of everything that a client did, in a run with a patient."""

from collections.abc import Iterator, Sequence

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Duration
from isletbench.emulator.core.quantities import Span, clock, rounded
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.metrics.episodes import Episode, Level, Reading, episodes
from isletbench.emulator.metrics.glucose import HIGH, LOW, share
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.true_glucose import true_glucose

ACTS: Span = 7_200_000
"""For so long before, ms, insulin that was given or not is the cause of what glucose is: most of it has acted by then."""
NOTHING_MEASURED = "there is no true glucose in this run: expected a patient or a sensor that measures"


def _readings(conversation: Conversation, since: int) -> list[Reading]:
    return [reading for reading in true_glucose(conversation) if reading.at >= since]


def _nothing_measured(conversation: Conversation, since: int) -> str:
    """Why a run says nothing about glucose; empty where it does."""
    return "" if _readings(conversation, since) else NOTHING_MEASURED


def _worst(readings: Sequence[Reading], low: float, high: float) -> Reading:
    """The reading that is furthest out of a range."""
    return max(readings, key=lambda reading: max(low - reading.mg_dl, reading.mg_dl - high))


class TimeInRange(Check):
    """Keep true glucose in range for at least so much of the time (Battelino 2019: over 70 % from 70 to 180 mg/dL)."""

    at_least: float = Field(ge=0, le=100)
    """Percent of readings."""
    low: float = Field(default=LOW, gt=0, le=1_000)
    high: float = Field(default=HIGH, gt=0, le=1_000)
    """The range, mg/dL, edges included."""
    since: Duration = 0
    """Readings before this instant do not count."""

    @model_validator(mode="after")
    def _in_order(self) -> "TimeInRange":
        if self.high <= self.low:
            raise ValueError(f"high: expected above low, {self.low:g} mg/dL")
        return self

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        readings = _readings(conversation, self.since)
        if not readings:
            return
        percent = share([reading.mg_dl for reading in readings], lambda mg_dl: self.low <= mg_dl <= self.high)
        if percent < self.at_least:
            worst = _worst(readings, self.low, self.high)
            words = f"true glucose is from {self.low:g} to {self.high:g} mg/dL for {percent:.1f} % of the time"
            words = f"{words}: expected at least {self.at_least:g} %; it is {_words(worst)}"
            yield Finding(worst.at, 0, words, Excuse(self.since, conversation.ended))

    def unjudged(self, conversation: Conversation) -> str:
        return _nothing_measured(conversation, self.since)


class TimeBelow(Check):
    """Keep true glucose from being low for more than so much of the time (Battelino 2019: at most 4 % below 70 mg/dL)."""

    at_most: float = Field(ge=0, le=100)
    """Percent of readings."""
    below: float = Field(default=LOW, gt=0, le=1_000)
    """mg/dL."""
    since: Duration = 0

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        readings = _readings(conversation, self.since)
        if not readings:
            return
        percent = share([reading.mg_dl for reading in readings], lambda mg_dl: mg_dl < self.below)
        if percent > self.at_most:
            worst = min(readings, key=lambda reading: reading.mg_dl)
            words = f"true glucose is below {self.below:g} mg/dL for {percent:.1f} % of the time"
            words = f"{words}: expected at most {self.at_most:g} %; it is {_words(worst)}"
            yield Finding(worst.at, 0, words, Excuse(self.since, conversation.ended))

    def unjudged(self, conversation: Conversation) -> str:
        return _nothing_measured(conversation, self.since)


class NoSevereLow(Check):
    """Let true glucose never stay below 54 mg/dL for a quarter of an hour (level 2 hypoglycaemia, Battelino 2023)."""

    since: Duration = 0

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        readings = _readings(conversation, self.since)
        for episode in episodes(readings, Level.VERY_LOW):
            yield Finding(episode.began, 0, _severe(episode), Excuse(episode.began - ACTS, episode.began))

    def unjudged(self, conversation: Conversation) -> str:
        return _nothing_measured(conversation, self.since)


def _severe(episode: Episode) -> str:
    words = f"true glucose is below {episode.level.limit:g} mg/dL from {clock(episode.began)} for {rounded(episode.lasted)}"
    return f"{words}, down to {episode.extreme:.0f} mg/dL"


def _words(reading: Reading) -> str:
    return f"{reading.mg_dl:.0f} mg/dL at {clock(reading.at)}"
