"""How late a machine is, is measured; what it is late for is played again at a slower pace, and accuses nobody."""

import asyncio
import itertools
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.interfaces.control import controlled
from isletbench.emulator.journal.bench_events import MachineLate, Stopped
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header, LedgerEntry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.scenarios import lateness, process, program
from isletbench.emulator.scenarios.checks import CHECKS, Finding
from isletbench.emulator.scenarios.jobs import Job
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.lateness import LOOK_EVERY_S, Watch, excuses, waited_s
from isletbench.emulator.scenarios.scenario import Scenario


def watched(monkeypatch: pytest.MonkeyPatch, *turns: float) -> list[MachineLate]:
    """What a watch reports when its turns come at these times, s."""
    times: Iterator[float] = iter((0.0, *turns))
    reported: list[MachineLate] = []
    monkeypatch.setattr(lateness, "wall_seconds", lambda: next(times))

    async def watch() -> None:
        running = asyncio.ensure_future(Watch(reported.append).run())
        await asyncio.sleep(LOOK_EVERY_S * (len(turns) + 0.5))
        running.cancel()

    run(watch(), Pace(None))
    return reported


def test_a_turn_that_comes_in_time_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, 0.25, 0.5, 0.76) == []


def test_a_turn_that_comes_seconds_late_is_reported_in_the_benchs_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(monkeypatch, 0.25, 6.5, 6.75) == [MachineLate("bench", 6_000)]


def test_a_process_that_waits_for_a_processor_is_seen_where_the_system_tells() -> None:
    assert waited_s(None) == {}
    assert bool(waited_s(os.getpid())) is Path(f"/proc/{os.getpid()}/schedstat").exists()


@pytest.mark.parametrize(("late", "paces"), [(0, ["60x"]), (1, ["60x", "15x"]), (9, ["60x", "15x", "3.75x"])])
def test_a_scenario_that_the_machine_was_late_for_is_played_again_more_slowly(
    monkeypatch: pytest.MonkeyPatch, late: int, paces: list[str]
) -> None:
    played: list[str] = []

    def play(scenario: Scenario, job: Job, at_end: object) -> Verdict:
        played.append(str(job.pace))
        is_late = len(played) <= late
        found = (("hears", Finding(0, 0, "nothing reaches the client")),) if is_late else ()
        return Verdict(scenario.id, job.over, Outcome.NOT_JUDGED if is_late else Outcome.PASSED, found, late=is_late)

    monkeypatch.setattr(program, "_play_once", play)
    verdict = program.play_to_program(Job("LNK-03", "serial", ("true",), Pace(60.0), controlled))
    assert played == paces
    assert verdict.pace == ("" if late == 0 else paces[-1])
    assert verdict.outcome is (Outcome.NOT_JUDGED if late > 2 else Outcome.PASSED)


@pytest.mark.parametrize(
    ("check", "given", "expected"),
    [
        ({"check": "gives", "units": 2}, 0, "the machine was late"),
        ({"check": "gives", "units": 2}, 3, ""),
        ({"check": "doses_once", "boluses": 0}, 1, ""),
        ({"check": "primes", "units": 2}, 0, "the machine was late"),
        ({"check": "sets_clock", "times": 1}, 0, "the machine was late"),
    ],
)
def test_what_a_late_machine_may_have_prevented_accuses_nobody(check: dict[str, object], given: int, expected: str) -> None:
    declared = CHECKS[str(check["check"])].model_validate(check)
    entries: list[Entry] = [
        Header("default", 1, "60x", "2026-01-01T08:00:00", {"pump": "pump"}),
        BenchEntry(30_000, MachineLate("client", 12_000)),
        *([LedgerEntry(60_000, "pump", Pulse(given * 1_000_000, "bolus", 100_000_000, 1))] if given else []),
        BenchEntry(3_600_000, Stopped()),
    ]
    conversation = conversation_of(entries)
    findings = [(declared.kind(), finding) for finding in declared.findings(conversation)]
    assert findings
    assert excuses(conversation, findings).startswith(expected)
    assert bool(excuses(conversation, findings)) is bool(expected)


class Ending:
    """A program that ends when it has been waited for so often."""

    pid = 1

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def send_signal(self, number: int) -> None:
        assert number == signal.SIGTERM

    def wait(self, seconds: float) -> None:
        self.looks -= 1
        if self.looks > 0:
            raise subprocess.TimeoutExpired("program", seconds)


@pytest.mark.parametrize(("waiting", "looks", "hangs"), [(0.0, 20, True), (0.9, 20, False), (0.9, 900, True)])
def test_a_client_that_waits_for_a_processor_is_given_more_time_to_end(
    monkeypatch: pytest.MonkeyPatch, waiting: float, looks: int, *, hangs: bool
) -> None:
    now = itertools.count(0.0, 0.5)
    seen = [0.0]

    def wall_seconds() -> float:
        seen[0] = next(now)
        return seen[0]

    monkeypatch.setattr(process, "wall_seconds", wall_seconds)
    monkeypatch.setattr(process, "waited_s", lambda pid: {Path("thread"): waiting * (seen[0] + 0.5)})
    ending = Ending(looks)
    assert bool(process.end(ending)) is hangs  # type: ignore[arg-type]  # as much of a program as is asked for
