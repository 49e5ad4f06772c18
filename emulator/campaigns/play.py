"""Playing one cell in this process: a client that is a function in jump pace, a program at a pace that it can keep."""

import hashlib
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.campaigns.cell import Cell, CellError, ClientUnderTest, compose, composed
from isletbench.emulator.campaigns.plain import hash_of
from isletbench.emulator.campaigns.result import Found, Outcome, Result, metrics_of
from isletbench.emulator.campaigns.strikes import strikes_of
from isletbench.emulator.campaigns.versions import client_version, code_version, rig_hash, versions
from isletbench.emulator.core.clock import run, wall_seconds
from isletbench.emulator.scenarios.in_process import Client, play
from isletbench.emulator.scenarios.jobs import Job
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.program import play_scenario
from isletbench.emulator.scenarios.scenario import Scenario

CUT_OFF = 70
"""The exit code of the process of a cell that was ended from outside."""
Controlled = Callable[[Bench], AbstractAsyncContextManager[str]]
"""Offers the control API of a bench while its context lasts; yields its URL."""


@dataclass(frozen=True, slots=True)
class Played:
    """A cell that was played."""

    result: Result
    journal: str = ""
    """The journal as text; empty where there is none."""
    matched: Mapping[str, int] | None = None
    """How many messages each fault of the run has matched, by the name of the fault."""


def situation_of(cell: Cell) -> str:
    """What stands for a cell, whatever the version of client and bench. Raises ``ScenarioError``."""
    client = cell.client.model_copy(update={"version": ""})
    return hash_of(composed(cell), cell.over, str(cell.pace_of), list(client.command))


def key_of(cell: Cell) -> str:
    """What stands for everything that a run of this cell depends on. Raises ``ScenarioError``."""
    return hash_of(situation_of(cell), rig_hash(cell), code_version(), client_version(cell.client))


def function_of(client: ClientUnderTest) -> Callable[..., Client]:
    """The function that a client's command names. Raises ``CellError``."""
    module, _, name = client.command[0].partition(":")
    try:
        found: Any = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise CellError(f"client {client.command[0]!r}: expected package.module:function ({error})") from None
    if not callable(found):
        raise CellError(f"client {client.command[0]!r}: expected a function, and it is of type {type(found).__name__}")
    return cast("Callable[..., Client]", found)


def play_cell(cell: Cell, controlled: Controlled) -> Played:
    """Play a cell to its end. Raises ``ScenarioError``, ``CellError``, ``OSError`` for a client that cannot be started."""
    began, before = wall_seconds(), _processor_s()
    matched: dict[str, int] = {}

    def at_end(bench: Bench) -> None:
        matched.update({injected.id: injected.matched for injected in bench.steering.faults.injected})

    scenario = compose(cell)
    verdict = _verdict(cell, scenario, controlled, at_end)
    journal = verdict.journal
    result = _result(cell, scenario, verdict, journal)
    spent = {"took_s": round(wall_seconds() - began, 3), "processor_s": round(_processor_s() - before, 3)}
    return Played(result.model_copy(update=spent), journal, matched)


def _verdict(cell: Cell, scenario: Scenario, controlled: Controlled, at_end: Callable[[Bench], None]) -> Verdict:
    if cell.client.in_process:
        client = function_of(cell.client)(scenario, *cell.client.command[1:])
        verdict = run(play(scenario, client, cell.over, at_end=at_end), cell.pace_of)
        return replace(verdict, pace=str(cell.pace_of))
    job = Job(
        scenario.id, scenario.id, cell.over, cell.client.command, cell.pace_of, controlled, scenario.seed, cut_off=_print_on
    )
    return play_scenario(scenario, job, at_end=at_end)


def _print_on(printed: str) -> None:
    """Hand on what a program has printed that is ended with this process: who waits for the process reads it there. Where we
    waited for the program says nothing more, so that nothing else is printed. Raises ``SystemExit``."""
    sys.stdout.write(printed)
    sys.exit(CUT_OFF)


def _result(cell: Cell, scenario: Scenario, verdict: Verdict, journal: str) -> Result:
    found: list[dict[str, Any]] = verdict.to_dict()["findings"]
    return Result(
        key=key_of(cell),
        situation=situation_of(cell),
        cell=cell.to_dict(),
        scenario=scenario.id,
        outcome=Outcome(verdict.outcome.value),
        why=verdict.why,
        findings=tuple(Found(check=one["check"], at=one["at"], line=one["line"], words=one["words"]) for one in found),
        open=verdict.open,
        unjudged=verdict.unjudged,
        strikes=strikes_of(verdict.entries),
        output="" if verdict.passed else verdict.output,
        metrics=metrics_of(verdict.entries),
        lasted=max((getattr(entry, "at", 0) for entry in verdict.entries[-1:]), default=0),
        pace=verdict.pace or str(cell.pace_of),
        journal=hashlib.sha256(journal.encode()).hexdigest(),
        lines=len(verdict.entries),
        versions=versions(cell.client),
    )


def without_a_run(cell: Cell, outcome: Outcome, why: str, output: str = "") -> Result:
    """The result of a cell whose run did not come to an end. Raises ``ScenarioError``."""
    return Result(
        key=key_of(cell),
        situation=situation_of(cell),
        cell=cell.to_dict(),
        scenario=compose(cell).id,
        outcome=outcome,
        why=why,
        output=output,
        pace=str(cell.pace_of),
        versions=versions(cell.client),
    )


def _processor_s() -> float:
    """Processor time of this process and of those that it has waited for, s."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)
