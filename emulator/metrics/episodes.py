"""Episodes: how often glucose was low or high, from when to when, and how far it went.

An episode begins with the first of readings that stay beyond a limit for at least 15 minutes, and ends with the first of
readings that stay within it for at least 15 minutes; until then it is one episode (Battelino et al. 2023, Lancet Diabetes
Endocrinol 11:42). A reading stands for the time until the next one. Readings that are more than 45 minutes apart belong to
different episodes: nobody knows what was between them.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.metrics.glucose import HIGH, LOW, VERY_HIGH, VERY_LOW

LONG_ENOUGH: Span = minutes(15)
"""How long readings must stay beyond a limit for an episode to begin, and within it for it to end."""
EXTENDED: Span = minutes(120)
"""An episode below 70 that lasts longer than this is an extended one."""
LARGEST_GAP: Span = minutes(45)
"""Readings further apart are not one episode."""


class Reading(NamedTuple):
    """A glucose value and when it was measured."""

    at: Instant
    mg_dl: float


class Level(Enum):
    """What counts as an episode."""

    LOW = "low"
    """Below 70 mg/dL (level 1 and below)."""
    VERY_LOW = "very_low"
    """Below 54 mg/dL (level 2): serious, whatever the person feels."""
    HIGH = "high"
    """Above 180 mg/dL."""
    VERY_HIGH = "very_high"
    """Above 250 mg/dL."""

    @property
    def is_low(self) -> bool:
        """Whether values below its limit belong to it."""
        return self in {Level.LOW, Level.VERY_LOW}

    @property
    def limit(self) -> float:
        """Its limit, mg/dL."""
        return {Level.LOW: LOW, Level.VERY_LOW: VERY_LOW, Level.HIGH: HIGH, Level.VERY_HIGH: VERY_HIGH}[self]


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode."""

    level: Level
    began: Instant
    ended: Instant
    """When it was over: the first reading within the limit, or the end of the readings."""
    extreme: float
    """The lowest value of a low one, the highest of a high one, mg/dL."""

    @property
    def lasted(self) -> Span:
        """Its length, ms."""
        return self.ended - self.began

    @property
    def is_extended(self) -> bool:
        """Whether it is a low one of more than two hours."""
        return self.level is Level.LOW and self.lasted > EXTENDED


def interval_of(instants: Sequence[Instant]) -> Span:
    """The usual time from one reading to the next, ms: the median; 5 minutes where there is only one."""
    gaps = sorted(later - sooner for sooner, later in pairwise(instants))
    return gaps[len(gaps) // 2] if gaps else minutes(5)


def episodes(readings: Sequence[Reading], level: Level) -> list[Episode]:
    """The episodes of a level in readings, which are in the order of time."""

    def beyond(mg_dl: float) -> bool:
        return mg_dl < level.limit if level.is_low else mg_dl > level.limit

    interval = interval_of([reading.at for reading in readings])
    found = []
    for piece in _without_gaps(readings):
        end = piece[-1].at + interval
        found += [_episode(level, piece, began, ended) for began, ended in _spans(piece, beyond, end)]
    return found


def _without_gaps(readings: Sequence[Reading]) -> Iterator[Sequence[Reading]]:
    first = 0
    for number in range(1, len(readings) + 1):
        if number == len(readings) or readings[number].at - readings[number - 1].at > LARGEST_GAP:
            yield readings[first:number]
            first = number


def _spans(readings: Sequence[Reading], beyond: Callable[[float], bool], end: Instant) -> Iterator[tuple[Instant, Instant]]:
    """Begin and end of every episode: runs beyond the limit, joined over runs within it that are too short to end one."""
    began: Instant | None = None
    for is_beyond, start, stop in _runs(readings, beyond, end):
        long_enough = stop - start >= LONG_ENOUGH
        if is_beyond and began is None and long_enough:
            began = start
        elif not is_beyond and began is not None and long_enough:
            yield began, start
            began = None
    if began is not None:
        yield began, end


def _runs(
    readings: Sequence[Reading], beyond: Callable[[float], bool], end: Instant
) -> Iterator[tuple[bool, Instant, Instant]]:
    """Runs of readings on the same side of a limit: whether beyond it, from, until."""
    state, start = beyond(readings[0].mg_dl), readings[0].at
    for reading in readings[1:]:
        if beyond(reading.mg_dl) != state:
            yield state, start, reading.at
            state, start = not state, reading.at
    yield state, start, end


def _episode(level: Level, readings: Sequence[Reading], began: Instant, ended: Instant) -> Episode:
    values = [reading.mg_dl for reading in readings if began <= reading.at < ended]
    return Episode(level, began, ended, min(values) if level.is_low else max(values))
