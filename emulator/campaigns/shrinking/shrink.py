"""Shrinking: a scenario is made simpler step by step, and each step is played; only what fails in the same way is kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from isletbench.emulator.campaigns.cell import Cell, ClientUnderTest, composed, origin_of
from isletbench.emulator.campaigns.executors import Crew
from isletbench.emulator.campaigns.plain import hash_of, to_toml
from isletbench.emulator.campaigns.result import Result
from isletbench.emulator.campaigns.shrinking.failure import Failure, failures_of
from isletbench.emulator.campaigns.shrinking.reductions import Plain, reductions
from isletbench.emulator.campaigns.worker import CannotPlay, Order, report_of
from isletbench.emulator.rigs.rig import RigError

REFERENCE = "isletbench.hil_rigs.clients.controller.in_process:client_of"
"""The client that does what is right: the careful controller."""
MOST_RUNS = 400
"""How many runs shrinking may take when nothing else is said."""


class CannotShrink(RigError):
    """A cell that cannot be shrunk; one sentence."""


Player = Callable[[Sequence[Plain]], Sequence[Result | None]]
"""Plays scenarios, as many at a time as it is given; None for one that cannot be played."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The simplest scenario that was found."""

    plain: Plain
    result: Result
    failure: Failure
    """The way in which it fails: the first scenario failed in this way, too."""
    runs: int
    """How many runs it took."""
    is_fair: bool | None = None
    """Whether the reference does not fail it; None where no reference was asked."""


def shrink(
    plain: Plain,
    play: Player,
    *,
    reference: Player | None = None,
    check: str = "",
    at_once: int = 1,
    most: int = MOST_RUNS,
    notice: Callable[[int, Plain], None] = lambda runs, plain: None,
) -> Shrunk:
    """Reduce a scenario as long as it fails in the same way. ``check`` is the check that has to go on failing, the first that
    fails when it is empty. ``notice`` is called with each simpler scenario. Raises ``CannotShrink``.

    No step may bring a failure that the first run did not have: shrinking does not turn one failure into another. Nor may one
    take away what a check demands something for, an alarm for a fault that is left out: ``reference`` plays to a client that
    does what is right, and must not fail what is kept. Where that fails the whole scenario, it is not asked any more.
    """
    (first,) = play([plain])
    ways = () if first is None else failures_of(first)
    wanted = [way for way in ways if not check or way.check == check]
    if first is None or not wanted:
        found = ", ".join(dict.fromkeys(way.check or way.outcome for way in ways)) or "it does not fail"
        raise CannotShrink(f"nothing to shrink: expected a cell that fails {check or 'a check'}: {found}")
    is_fair = None if reference is None else _does_not_fail(reference, plain)
    search = _Search(play, reference if is_fair else None, wanted[0], frozenset(ways), at_once, most, {hash_of(plain)})
    best, result = plain, first
    while (step := search.simpler(best, result)) is not None:
        best, result = step
        notice(search.runs, best)
    return Shrunk(best, result, search.failure, search.runs, is_fair)


def _does_not_fail(reference: Player, plain: Plain) -> bool:
    (result,) = reference([plain])
    return result is not None and not result.is_bad


@dataclass(slots=True)
class _Search:
    """The search for simpler scenarios that fail in one way."""

    play: Player
    reference: Player | None
    failure: Failure
    allowed: frozenset[Failure]
    """The ways in which the first scenario failed."""
    at_once: int
    most: int
    tried: set[str]
    """What stands for each scenario that was played."""
    runs: int = 1

    def simpler(self, plain: Plain, result: Result) -> tuple[Plain, Result] | None:
        """The first reduction of a scenario that fails in the same way, with its result; None where there is none."""
        failed_at = _failed_at(result, self.failure)
        untried = self._untried(reductions(plain, check=self.failure.check, failed_at=failed_at, strikes=result.strikes))
        while batch := list(islice(untried, min(self.at_once, max(0, self.most - self.runs)))):
            self.runs += len(batch)
            for candidate, played in zip(batch, self.play(batch), strict=True):
                if played is not None and self._fails_alike(played) and self._is_fair(candidate):
                    return candidate, played
        return None

    def _is_fair(self, plain: Plain) -> bool:
        if self.reference is None:
            return True
        self.runs += 1
        return _does_not_fail(self.reference, plain)

    def _fails_alike(self, result: Result) -> bool:
        ways = set(failures_of(result))
        return self.failure in ways and ways <= self.allowed

    def _untried(self, candidates: Iterator[Plain]) -> Iterator[Plain]:
        for candidate in candidates:
            if (name := hash_of(candidate)) not in self.tried:
                self.tried.add(name)
                yield candidate


def _failed_at(result: Result, failure: Failure) -> int:
    """The instant of the finding, ms; the end of the run where there is none."""
    return next((found.at for found in result.findings if found.check == failure.check), result.lasted)


# Cells


def player_of(cell: Cell, crew: Crew, limit_s: float | None = None) -> Player:
    """Plays scenarios as a cell is played: to the same client, over the same carrier."""

    def play(candidates: Sequence[Plain]) -> list[Result | None]:
        cells = [bare(cell, candidate) for candidate in candidates]
        return [_result(future.result()) for future in [crew.submit(Order(one, limit_s).to_line()) for one in cells]]

    return play


def reference_of(cell: Cell, crew: Crew) -> Player:
    """Plays scenarios to the careful controller, over the carrier of a cell."""
    return player_of(cell.model_copy(update={"client": ClientUnderTest(command=(REFERENCE,)), "pace": None}), crew)


def _result(line: str) -> Result | None:
    try:
        return report_of(line).result
    except CannotPlay:
        return None


def bare(cell: Cell, scenario: Plain) -> Cell:
    """A cell that plays a scenario as it is, to the same client, over the same carrier."""
    return Cell.model_validate(
        {"scenario": scenario, "client": cell.client.model_dump(mode="json"), "over": cell.over, "pace": cell.pace}
    )


def scenario_of(cell: Cell) -> Plain:
    """The whole scenario of a cell, over its carrier only, its seed in it. Raises ``ScenarioError``."""
    return {**composed(cell), "over": [cell.over]}


def to_file(cell: Cell, shrunk: Shrunk, command: str) -> str:
    """A shrunk scenario as the text of a scenario file that can be committed; ``command`` is what plays it."""
    origin, plain = origin_of(cell), shrunk.plain
    what = shrunk.failure.check or shrunk.failure.outcome.value
    words: dict[str, Any] = {
        "schema": 1,
        "id": f"SHRUNK-{hash_of(plain)[:6].upper()}",
        "title": f"Shrunk from {origin}: {what}"[:100],
        "story": f"The simplest run that was found in which {cell.client.name} fails as it does in {origin}:"
        f" {'; '.join(shrunk.result.sentences())}. {command}",
    }
    kept = {key: value for key, value in plain.items() if key not in words and key not in ("seen", "title", "story")}
    return to_toml(words | kept)
