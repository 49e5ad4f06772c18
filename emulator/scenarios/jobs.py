"""What is to be played to a program: one scenario over one carrier each."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.scenarios.scenario import load_scenario


@dataclass(frozen=True, slots=True)
class Job:
    """One scenario over one carrier, for one program."""

    scenario: str
    """An identifier or a file."""
    over: str
    command: tuple[str, ...]
    pace: Pace
    controlled: Callable[[Bench], AbstractAsyncContextManager[str]]
    """Offers the control API of a bench while its context lasts; yields its URL."""
    seed: int | None = None
    fake_clock: bool = False
    """Whether the program's clock runs at the bench's pace."""
    only: Span | None = None
    """Play no more than this of it."""


def jobs_of(names: Sequence[str], over: Sequence[str], model: Job) -> list[Job]:
    """A job like ``model`` for every scenario, on each of these carriers that it makes sense on. Raises ``ScenarioError``."""
    found = []
    for name in names:
        found += [replace(model, scenario=name, over=carrier) for carrier in load_scenario(name).over if carrier in over]
    return found
