"""What a store says: pass rates by axis, what fails that did not, and cells that do not end the same way twice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from isletbench.emulator.campaigns.result import Outcome
from isletbench.emulator.campaigns.store import AXES, Store, Stored
from isletbench.emulator.core.quantities import clock
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import BeliefEntry, Entry, Header, RequestEntry
from isletbench.emulator.scenarios.lateness import LATE_WORDS, SLEPT_WORDS


@dataclass(frozen=True, slots=True)
class Rate:
    """How cells ended that have the same value on an axis."""

    value: str
    outcomes: Mapping[Outcome, int]

    @property
    def cells(self) -> int:
        """How many there are."""
        return sum(self.outcomes.values())

    @property
    def judged(self) -> int:
        """How many of them passed or accuse the client."""
        return self.cells - self.outcomes.get(Outcome.NOT_JUDGED, 0) - self.outcomes.get(Outcome.LOST, 0)

    @property
    def passed_percent(self) -> float | None:
        """The share of the judged that passed; None where none was judged."""
        return 100 * self.outcomes.get(Outcome.PASSED, 0) / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Flaky:
    """A cell that did not end the same way twice though nothing that it depends on has changed."""

    result: Stored
    other: Stored
    whose: str
    """Whose bug it is: ``client``, ``bench`` or ``machine``; ``unknown`` where the journals are not there."""
    why: str
    """How that is known."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a store says of the newest version of each client."""

    cells: Sequence[Stored]
    """The newest result of each cell."""
    rates: Mapping[str, Sequence[Rate]]
    """By axis, of those that have more than one value."""
    newly_failing: Sequence[tuple[Stored, Stored]]
    """What fails, and passed with the version before: the result now, and the one before."""
    flaky: Sequence[Flaky]
    runs: int
    """How many results there are, of all versions and repetitions."""

    @property
    def failing(self) -> list[Stored]:
        """The cells that accuse the client."""
        return [result for result in self.cells if result.is_bad]

    @property
    def total(self) -> Rate:
        """All cells."""
        return rate("", self.cells)


def summary_of(store: Store) -> Summary:
    """What a store says."""
    results = list(store.results())
    newest: dict[str, list[Stored]] = {}
    for result in results:
        newest.setdefault(result.situation, []).append(result)
    cells = [found[-1] for found in newest.values() if found[-1].version == _version_of(found[-1], results)]
    return Summary(
        cells=cells,
        rates={axis: found for axis in AXES if len(found := rates(axis, cells)) > 1},
        newly_failing=[(now, before) for now in cells if now.is_bad and (before := _before(now, newest)) is not None],
        flaky=[one for found in _by_key(results).values() if (one := _flaky(store, found)) is not None],
        runs=len(results),
    )


def _version_of(result: Stored, results: Sequence[Stored]) -> str:
    """The newest version of the client of a result."""
    return next(one.version for one in reversed(results) if one.axes["client"] == result.axes["client"])


def _before(now: Stored, found: Mapping[str, Sequence[Stored]]) -> Stored | None:
    """The newest result of the same cell with another version of the client; None where it did not pass."""
    others = [one for one in found[now.situation] if one.version != now.version]
    return others[-1] if others and others[-1].outcome is Outcome.PASSED else None


def rates(axis: str, cells: Iterable[Stored]) -> list[Rate]:
    """How cells ended, by their value on an axis."""
    groups: dict[str, list[Stored]] = {}
    for cell in cells:
        groups.setdefault(cell.axes[axis], []).append(cell)
    return [rate(value, groups[value]) for value in sorted(groups, key=_in_order)]


def rate(value: str, cells: Iterable[Stored]) -> Rate:
    """How these cells ended."""
    return Rate(value, Counter(cell.outcome for cell in cells))


def _in_order(value: str) -> tuple[int, int, str]:
    """Numbers by their size, before words."""
    return (0, int(value), "") if value.isdecimal() else (1, 0, value)


# Cells that do not end the same way twice


def _by_key(results: Iterable[Stored]) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for result in results:
        if result.outcome is not Outcome.LOST:
            found.setdefault(result.key, []).append(result)
    return found


def _flaky(store: Store, runs: Sequence[Stored]) -> Flaky | None:
    """The first run of a key that did not go as the one before it; None where all went alike."""
    for other, result in pairwise(runs):
        if _went(result) != _went(other):
            return _blamed(store, other, result)
    return None


def _went(result: Stored) -> object:
    """What has to be the same in every run of a key: in jump pace all of it, else, where clocks are those of the world, the
    verdict."""
    return result.journal if result.pace == "jump" else (result.outcome, result.failing)


def _blamed(store: Store, other: Stored, result: Stored) -> Flaky:
    """Whose bug it is that two runs differ."""
    first, second = store.journal(other), store.journal(result)
    if result.pace != "jump":
        blame = next((words for words in (SLEPT_WORDS, LATE_WORDS) for one in (other, result) if words in one.why), None)
        why = blame or "the bench and its faults are the same by seed, and the machine was in time"
        return Flaky(result, other, "machine" if blame else "client", f"{why}: {other.outcome} then {result.outcome}")
    if first is None or second is None:
        return Flaky(result, other, "unknown", "the journals are not in the store; play it with repeat = 2")
    return Flaky(result, other, *first_difference(reader.read(first.splitlines()), reader.read(second.splitlines())))


def first_difference(first: Sequence[Entry], second: Sequence[Entry]) -> tuple[str, str]:
    """Who has done something else first in the second of two runs, and what, in words: what the client asks or reports is the
    client's, all else the bench's."""
    for line, (one, two) in enumerate(zip_longest(first, second)):
        if one == two:
            continue
        shown = two if two is not None else one
        assert shown is not None
        acts = any(isinstance(entry, RequestEntry | BeliefEntry) for entry in (one, two))
        at = 0 if isinstance(shown, Header) else shown.at
        return "client" if acts else "bench", f"the journals differ from line {line} on, at {clock(at)}"
    return "bench", "the journals have the same entries, and other octets"
