"""How late a machine is, is measured; what it is late for is played again at a slower pace, and accuses nobody."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.interfaces.control import controlled
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import MachineLate
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios import lateness, process, program
from isletbench.emulator.scenarios.checks import CHECKS, Finding
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.jobs import Job
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.emulator.scenarios.lateness import LOOK_EVERY_S, Watch, excuses, waited_s
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.hil_rigs.clients.controller.in_process import client_of
from tests.harness.library import shipped


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
    verdict = program.play_to_program(Job("LNK-03", "LNK-03", "serial", ("true",), Pace(60.0), controlled))
    assert played == paces
    assert verdict.pace == ("" if late == 0 else paces[-1])
    assert verdict.outcome is (Outcome.NOT_JUDGED if late > 2 else Outcome.PASSED)


MINUTE = 60_000
HOUR = 60 * MINUTE
BOLUS = [
    {"t": 10 * MINUTE, "device": "pump", "ledger": "pulse", "uu": 1_000_000, "cause": "bolus", "reservoir_uu": 1, "bolus_id": 1}
]
SAMPLE = [{"t": 10 * MINUTE, "device": "cgm", "ledger": "sample", "time_offset": 10, "true_mg_dl": 100.0, "mg_dl": 100.0}]


def read(age: float, mg_dl: float = 100.0) -> list[dict[str, Any]]:
    """A client stores the sample, ten minutes after it was made."""
    return [*SAMPLE, {"t": 20 * MINUTE, "belief": "reading", "time_offset": 10, "mg_dl": mg_dl, "age": age}]


def late(by_s: int, *minutes: float, who: str = "client") -> list[dict[str, Any]]:
    """The machine was late by so much at each of these times."""
    return [{"t": round(at * MINUTE), "bench": "machine_late", "who": who, "by_ms": by_s * 1_000} for at in minutes]


def journal(*lines: dict[str, Any]) -> Conversation:
    """The conversation of a run of an hour."""
    head = {"journal": 2, "devices": {"cgm": "cgm", "pump": "pump"}, "start": "2026-01-01T08:00:00"}
    ordered = [head, *sorted(lines, key=lambda line: int(line["t"])), {"t": HOUR, "bench": "stopped"}]
    return conversation_of(list(reader.read(json.dumps(line) for line in ordered)))


TIMES: list[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]] = [
    # what is demanded, what has happened, lateness that may be why, and lateness that cannot be why
    ({"check": "gives", "units": 2}, BOLUS, late(16, *range(1, 60)), late(16, 30)),
    ({"check": "primes", "units": 2}, [], late(50, *range(1, 60, 3)), late(50, 1, 30)),
    ({"check": "sets_clock", "times": 1}, [], late(300, 10, 20, 30), late(300, 10)),
    ({"check": "carries_out", "of": "SetBolus", "after": "10m", "within": "5m"}, [], late(40, 11, 13), late(40, 12, 20, 30)),
    ({"check": "carries_out", "of": "SetBolus", "after": "10m", "within": "30s"}, [], late(6, 10.2), late(6, 8, 12)),
    ({"check": "hears", "of": "cgms.Measurement", "after": "20m"}, [], late(250, 30), late(200, 30) + late(99, 5, 50)),
    ({"check": "tells_user", "about": ["occlusion"], "after": "20m"}, [], late(250, 30), late(200, 30) + late(99, 5, 50)),
    (
        {"check": "stays_quiet", "about": ["unreachable"]},
        [{"t": 30 * MINUTE, "belief": "alert", "about": "unreachable", "active": True}],
        late(80, 29),
        late(60, 29) + late(80, 10, 40),
    ),
    (
        {"check": "settles", "modes": ["closed_loop"], "at": "20m"},
        [{"t": 1, "belief": "mode", "mode": "open_loop"}],
        late(301, 10),
        late(200, 10) + late(200, 30),
    ),
    ({"check": "halts", "at": "9m"}, BOLUS, late(60, 9), late(50, 9) + late(60, 30)),
    ({"check": "believes_readings"}, read(age=480), late(30, 20), late(29, 20) + late(30, 40)),
    ({"check": "believes_readings", "complete": True}, SAMPLE, late(760, 30), late(700, 30)),
]


@pytest.mark.parametrize(("check", "happened", "why", "other"), TIMES)
def test_a_machine_that_was_late_excuses_what_it_may_have_caused_and_nothing_else(
    check: dict[str, Any], happened: list[dict[str, Any]], why: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    declared = CHECKS[str(check["check"])].model_validate(check)
    for lateness_, excused in ((why, True), (other, False), ([], False)):
        conversation = journal(*happened, *lateness_)
        findings = list(declared.findings(conversation))
        assert len(findings) == 1
        assert excuses(conversation, findings).startswith("the machine was late: ") is excused


@pytest.mark.parametrize(
    ("check", "happened"),
    [
        ({"check": "gives", "units": 0.5}, BOLUS),
        ({"check": "doses_once", "boluses": 0}, BOLUS),
        ({"check": "believes_readings"}, read(age=600, mg_dl=5.6)),
        ({"check": "believes_readings"}, [*read(age=600), *read(age=600)[1:]]),
        ({"check": "believes_readings"}, read(age=600)[1:]),
    ],
    ids=["too much", "twice", "mmol/L for mg/dL", "stored twice", "never measured"],
)
def test_what_no_late_machine_makes_a_client_do_is_never_excused(check: dict[str, Any], happened: list[dict[str, Any]]) -> None:
    declared = CHECKS[str(check["check"])].model_validate(check)
    conversation = journal(*happened, *late(60, *range(1, 60)))
    findings = list(declared.findings(conversation))
    assert findings
    assert excuses(conversation, findings) == ""


@pytest.mark.parametrize(("wanted", "excused"), [((), False), ((50 * MINUTE,), True), ((HOUR,), False)])
def test_what_has_no_end_of_its_own_counts_from_when_it_was_last_wanted(wanted: tuple[int, ...], *, excused: bool) -> None:
    """Somebody wants a bolus ten minutes before the end, and the machine is late for a third of that."""
    conversation = journal(*late(200, 58))
    findings = list(CHECKS["gives"].model_validate({"check": "gives", "units": 2}).findings(conversation))
    assert bool(excuses(conversation, findings, wanted)) is excused


def test_a_client_that_is_late_for_one_thing_is_accused_of_another() -> None:
    """One lateness excuses what did not happen in time, and not the reading in mmol/L of the same run."""
    conversation = journal(*read(age=600, mg_dl=5.6), *late(250, 30))
    checks = ({"check": "tells_user", "about": ["occlusion"], "after": "20m"}, {"check": "believes_readings"})
    findings = [one for each in checks for one in CHECKS[str(each["check"])].model_validate(each).findings(conversation)]
    assert excuses(conversation, findings[:1])
    assert excuses(conversation, findings) == ""


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


def ahead_by(seconds: int, name: str) -> Verdict:
    """The verdict on the careful client, whose clock is so far ahead that its user's wishes come early."""
    one = shipped(name)
    early = tuple(intent.model_copy(update={"at": intent.at - seconds * 1_000}) for intent in one.intent)
    client = client_of(one.model_copy(update={"intent": early}))
    return run(play(one, client, one.over[0]), Pace(None))


@pytest.mark.parametrize("name", ["CLK-04", "CLK-07", "DLV-18"])
def test_a_client_that_is_early_with_what_its_user_wants_is_not_accused_within_the_slack(name: str) -> None:
    verdict = ahead_by(50, name)
    assert verdict.outcome is Outcome.PASSED, verdict.sentences()
    assert ahead_by(90, name).outcome is Outcome.FAILED
