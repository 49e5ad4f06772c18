"""What is to be played to a program: one scenario over one carrier or personality each; which of them, and what became."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import Scenario, ScenarioError, load_scenario

RETRIES = 2
"""How often a scenario is played again that the machine was too slow for, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Job:
    """One scenario over one carrier or personality, for one program."""

    scenario: str
    """An identifier or a file."""
    id: str
    """The scenario's identifier: what verdicts and reports call it."""
    over: str
    """A carrier, or a personality."""
    command: tuple[str, ...]
    pace: Pace
    controlled: Callable[[Bench], AbstractAsyncContextManager[str]]
    """Offers the control API of a bench while its context lasts; yields its URL."""
    seed: int | None = None
    fake_clock: bool = False
    """Whether the program's clock runs at the bench's pace."""
    only: Span | None = None
    """Play no more than this of it."""
    retries: int = RETRIES
    """How often it is played again, more slowly, where the machine was too slow for it."""
    cut_off: Callable[[str], None] | None = None
    """Is given what the program has printed when the playing is ended from outside, for nobody gets a verdict then."""

    @property
    def name(self) -> str:
        """What it is called for people: ``DLV-01 over serial``."""
        return f"{self.id} over {self.over}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job."""

    job: Job
    verdict: Verdict
    seconds: float
    """How long it has taken, s of the world's time."""
    story: tuple[str, ...] = ()
    """What went wrong, moment by moment, in lines; kept when the journal of the run is not."""
    plain: Mapping[str, Any] = field(default_factory=dict)
    """It as JSON-able data; likewise."""


def chosen(names: Sequence[str], tags: Collection[str] = ()) -> dict[str, Scenario]:
    """The scenarios of these names, once each, that have any of these tags: all of them where no tag is given.

    Raises ``ScenarioError``, also for a tag that none of them has, and for two files whose scenarios have one identifier.
    """
    loaded = {name: load_scenario(name) for name in names}
    known = sorted(frozenset().union(*(one.all_tags for one in loaded.values())))
    if unknown := sorted(set(tags) - set(known)):
        raise ScenarioError(f"tag {unknown[0]!r}: expected one of {', '.join(known)}")
    found = {name: one for name, one in loaded.items() if not tags or one.all_tags & set(tags)}
    by_id: dict[str, str] = {}
    for name, one in found.items():
        if (other := by_id.setdefault(one.id, name)) != name:
            raise ScenarioError(f"{name}: id: {one.id} is the identifier of {other}, too: expected another one")
    return found


def jobs_of(scenarios: Mapping[str, Scenario], over: Sequence[str], model: Job) -> list[Job]:
    """A job like ``model`` for every scenario, on each of these carriers or personalities that it makes sense on."""
    pairs = ((name, one.id, way) for name, one in scenarios.items() for way in one.ways if way in over)
    return [replace(model, scenario=name, id=identifier, over=way) for name, identifier, way in pairs]


def shard_of(jobs: Sequence[Job], scenarios: Mapping[str, Scenario], number: int, count: int) -> list[Job]:
    """The jobs of machine ``number`` (from 1) of ``count``, each of which is busy for about as long; together they have all."""
    busy = [0] * count
    found = []
    for job in sorted(jobs, key=lambda one: (-scenarios[one.scenario].lasts, one.scenario, one.over)):
        least = busy.index(min(busy))
        busy[least] += scenarios[job.scenario].lasts
        if least == number - 1:
            found.append(job)
    return sorted(found, key=jobs.index)


class PlayingEnded(Exception):
    """A process that played jobs has been ended from outside: by somebody, or for lack of memory. The others end with it."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("the end of a process that played one of them: somebody has killed it, or memory ran out")
