"""Playing a scenario to a client, and judging it: what the wire and the ledger say of how it behaved.

``judge`` needs nothing but the entries of a journal. ``play`` runs a scenario in this process; a client that crashes or that
never connects is a verdict, not an accident.
"""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.conversation import read
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.scenario import Scenario

EXCERPT = 6
"""Lines of the journal shown before and after the moment in question."""


class Outcome(StrEnum):
    """How a scenario ended for a client."""

    PASSED = "passed"
    FAILED = "failed"
    """It did something it should not have done, or did not do what it should."""
    CRASHED = "crashed"
    """It ended by itself, or with an error."""
    ABSENT = "absent"
    """It never connected."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a conversation, check by check (nothing: it passes), and which checks were left open."""

    findings: tuple[tuple[str, Finding], ...]
    open: tuple[str, ...]
    """They need beliefs that the client does not tell."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the bench found."""

    scenario: str
    over: str
    outcome: Outcome
    findings: tuple[tuple[str, Finding], ...] = ()
    """Which check, and what it found."""
    why: str = ""
    """What happened to a client that crashed or never came."""
    open: tuple[str, ...] = ()
    """The checks that could not be judged: the client does not tell what it believes."""
    journal: str = field(default="", repr=False)
    said: str = field(default="", repr=False)
    """The last of what a program printed."""

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return self.outcome is Outcome.PASSED

    def told(self) -> dict[str, Any]:
        """It as plain data."""
        return {
            "scenario": self.scenario,
            "over": self.over,
            "outcome": self.outcome.value,
            "why": self.why,
            "open": list(self.open),
            "findings": [
                {
                    "check": check,
                    "at": finding.at,
                    "line": finding.line,
                    "words": finding.words,
                    "excerpt": self.excerpt(finding),
                }
                for check, finding in self.findings
            ],
        }

    def sentences(self) -> list[str]:
        """What is wrong, for people."""
        told = [f"{check}: {finding.words}" for check, finding in self.findings]
        return [self.why, *told] if self.why else told

    def left_open(self) -> list[str]:
        """What could not be judged, for people."""
        return [f"not judged, for the client does not tell what it believes: {', '.join(self.open)}"] if self.open else []

    def excerpt(self, finding: Finding) -> list[str]:
        """The journal around the moment in question, the line itself marked."""
        lines = self.journal.splitlines()
        middle = finding.line or _line_at(lines, finding.at)
        first = max(0, middle - EXCERPT)
        return [
            f"{'> ' if number == middle else '  '}{line}"
            for number, line in enumerate(lines[first : middle + EXCERPT + 1], first)
        ]


def _line_at(lines: list[str], at: int) -> int:
    """The first line at or after an instant."""
    for number, line in enumerate(lines):
        if json.loads(line).get("t", -1) >= at:
            return number
    return max(len(lines) - 1, 0)


def judge(scenario: Scenario, entries: Iterable[Mapping[str, Any]]) -> Judgement:
    """What a journal says of a client."""
    conversation = read(entries)
    told = conversation.tells
    checks = [check for check in scenario.expect if check.needs is None or check.needs in told]
    findings = tuple((check.kind(), finding) for check in checks for finding in check.findings(conversation))
    return Judgement(findings, tuple(check.kind() for check in scenario.expect if check not in checks))


def judged(scenario: Scenario, journal: str) -> Verdict:
    """The verdict on whoever talked to the devices in a journal. Raises ``ValueError`` for what is no journal of ours."""
    try:
        header = json.loads(journal.partition("\n")[0])
        if not isinstance(header, dict) or "journal" not in header:
            raise ValueError("not a journal: expected a first line with the key journal")
        return concluded(scenario, "", journal)
    except json.JSONDecodeError as error:
        raise ValueError(f"not a journal: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:  # lines that are JSON and no entries
        raise ValueError(f"not a whole journal: an entry lacks {error}") from None


def concluded(scenario: Scenario, over: str, journal: str, *, why: str = "", crashed: bool = False, said: str = "") -> Verdict:
    """The verdict on a run that is over: its journal, how the client ended if it did, and what it printed."""
    entries = [json.loads(line) for line in journal.splitlines()]
    found = judge(scenario, entries)
    outcome = Outcome.FAILED if found.findings else Outcome.PASSED
    if not any(entry.get("in") == "connected" for entry in entries):
        outcome, why = Outcome.ABSENT, why or "the client never connected to any device"
    elif crashed:
        outcome = Outcome.CRASHED
    return Verdict(scenario.id, over, outcome, found.findings, why, found.open, journal, said)


Client: TypeAlias = Callable[[Bench, str], Awaitable[None]]
"""Software under test in this process: it is given the bench and the carrier to use, and lives until it is cancelled."""


async def play(scenario: Scenario, client: Client, over: str) -> Verdict:
    """Play a scenario to a client on the loop that runs, and judge it."""
    sink = io.StringIO()
    why, crashed = "", False
    async with Bench(scenario.rig_of(), ports=Ports.MEMORY, seed=scenario.seed, journal=Journal(sink)) as bench:
        for fault in scenario.faults():
            bench.steering.inject(fault)
        with nullcontext() if bench.air is None else virtual_bluetooth(bench.air):
            living = asyncio.ensure_future(_lives(client, bench, over, scenario.restarts))
            playing = asyncio.ensure_future(bench.run(scenario.lasts))
            await asyncio.wait((living, playing), return_when=asyncio.FIRST_COMPLETED)
            if living.done() and not playing.done():
                crashed, why = True, _how_it_ended(living, bench.clock.now())
                await playing
            playing.result()
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
    return concluded(scenario, over, sink.getvalue(), why=why, crashed=crashed)


async def _lives(client: Client, bench: Bench, over: str, restarts: Sequence[Instant]) -> None:
    """Let a client live, killed and started anew at these instants."""
    for instant in restarts:
        living = asyncio.ensure_future(client(bench, over))
        try:
            await asyncio.wait((living,), timeout=(instant - bench.clock.now()) / 1_000)
            if living.done():
                living.result()
                return
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
    await client(bench, over)


def _how_it_ended(living: "asyncio.Future[None]", now: int) -> str:
    error = living.exception()
    how = "ended by itself" if error is None else f"crashed with {type(error).__name__}: {error}"
    return f"the client {how} {now / 1000:.0f} s after the start"
