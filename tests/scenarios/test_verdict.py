"""What a verdict says of clients that do not live to see the end, and how a conversation is read from a journal."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.gatt import Write
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import FaultEntry, Header, RequestEntry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.journal.writer import to_line
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.in_process import Client as ClientUnderTest
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, Verdict, verdict_on
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.protocols import ids
from tests.faults.conversation import Client, converse
from tests.interfaces.cli.test_up import environment_of, isletbench


def played(client: ClientUnderTest) -> Verdict:
    return run(play(load_scenario("LNK-12"), client, "serial"), Pace(None))


def test_a_client_that_crashes_is_a_verdict() -> None:
    async def crashes(bench: Bench, over: str) -> None:
        await LinkCollector(bench.memory["pump"].connect).connect()
        await asyncio.sleep(100)
        raise RuntimeError("out of cheese")

    verdict = played(crashes)
    assert verdict.outcome is Outcome.CRASHED
    assert verdict.sentences()[0] == "the client crashed with RuntimeError: out of cheese 100 s after the start"
    last = verdict.entries[-1]
    assert not isinstance(last, Header)
    assert last.at >= 3 * 3_600_000, "the scenario is played to its end"


def test_a_client_that_ends_or_never_comes_is_a_verdict() -> None:
    async def ends(bench: Bench, over: str) -> None:
        await LinkCollector(bench.memory["pump"].connect).connect()

    async def sleeps(bench: Bench, over: str) -> None:
        await asyncio.Event().wait()

    ended, slept = played(ends), played(sleeps)
    assert ended.outcome is Outcome.CRASHED
    assert ended.sentences()[0] == "the client ended by itself 0 s after the start"
    assert slept.outcome is Outcome.ABSENT
    assert slept.sentences()[0] == "the client never connected to any device"


@pytest.mark.parametrize("over", ["serial", "ble"])
def test_a_conversation_tells_who_knew_what(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.read(ids.STATUS)
        with pytest.raises(TimeoutError):
            await client.bolus(0.5)
        await client.active_boluses()
        with pytest.raises(TimeoutError):
            await client.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())

    ran = converse(
        talk,
        {"fault": "lose_reply", "on": "SetBolus"},
        {"fault": "ignore_request", "on": "GetDeliveredInsulin"},
        {"fault": "delay_request", "on": "GetActiveBolusIds", "by": "2500ms"},
        over=over,
    )
    told = conversation_of(ran.entries)
    (status,) = told.requested("ids.Status")
    assert (status.stage, status.is_resolved) == (Stage.REPLY_SENT, True)
    (bolus,) = told.requested("SetBolus")
    assert bolus.committed
    assert bolus.acknowledged is not None
    assert not bolus.is_resolved
    assert bolus.request.type == "ids.CommandControlPoint"
    (active,) = told.requested("GetActiveBolusIds")
    assert active.is_resolved
    assert active.answer is not None
    assert active.answer.at - active.request.at >= 2_500
    (totals,) = told.requested("GetDeliveredInsulin")
    assert (totals.stage, totals.request.arrived) == (Stage.ON_THE_WIRE, False)
    assert not totals.committed
    assert not totals.is_resolved
    assert {c.device for c in told.connections} == {"pump"}
    assert any(told.events(Pulse))
    line = ran.entries[bolus.request.line]
    assert isinstance(line, RequestEntry)
    assert isinstance(line.request, Write)


def test_a_journal_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a journal of version 1 or 2, got version 3"):
        reader.read(['{"journal":3}'])


def test_a_run_in_another_process_is_judged_from_its_journal(tmp_path: Path) -> None:
    environment = environment_of(tmp_path)
    journal = tmp_path / "run.jsonl"
    played = isletbench(
        "up", "--scenario", "LNK-12", "--pace", "jump", "--journal", str(journal), "--json", environment=environment
    )
    assert played.returncode == 0, played.stderr
    entries = reader.load(journal)
    assert not isinstance(entries[-1], Header)
    assert entries[-1].at == 3 * 3_600_000
    life = [entry.what for entry in entries if isinstance(entry, FaultEntry) and entry.fault == "vanish"]
    assert life == ["injected", "armed", "struck", "over"]
    ended = isletbench("judge", "LNK-12", str(journal), environment=environment)
    assert ended.returncode == 1
    assert "LNK-12: absent\n  the client never connected to any device\n" in ended.stdout
    told = verdict_on(load_scenario("LNK-12"), "", entries).to_dict()
    assert told["findings"][0]["words"] == "nobody ever connected to pump"
    for wrong in (
        "",
        "no journal\n",
        "[]\n",
        '{"t":1}\n',
        '{"journal":1}\nno\n',
        '{"journal":9}\n',
        '{"journal":1}\n[]\n',
        '{"journal":1}\n{}\n',
    ):
        with pytest.raises(ValueError, match="journal"):
            reader.read(wrong.splitlines())
    both = isletbench("up", "weak_radio", "--scenario", "LNK-12", environment=environment)
    assert both.returncode == 2
    assert "--scenario plays on its own rig: leave weak_radio out" in both.stderr


def test_a_scenario_that_is_played_to_its_end_on_a_bench_gives_a_verdict(tmp_path: Path) -> None:
    words = ("up", "--scenario", "LNK-12", "--for", "1s")
    ended = isletbench(*words, "--json", environment=environment_of(tmp_path))
    assert ended.returncode == 1, ended.stderr
    _, line = ended.stdout.splitlines()
    assert json.loads(line)["verdict"]["outcome"] == "absent"
    ended = isletbench(*words, environment=environment_of(tmp_path))
    assert ended.returncode == 1
    assert "LNK-12: absent\n  the client never connected to any device\n" in ended.stdout


def test_a_finding_names_the_line_that_shows_it_and_the_time_of_that_line() -> None:
    async def nothing(bench: Bench, over: str) -> None:
        await asyncio.sleep(3_600)

    entries = played(nothing).entries
    at = [0 if isinstance(entry, Header) else entry.at for entry in entries]
    findings = (("late", Finding(at[-1], 5, "shown by an earlier line")), ("dose", Finding(at[-1], 0, "without a line")))
    told = replace(played(nothing), findings=findings).to_dict()["findings"]
    assert [(one["at"], one["line"], one["line_at"]) for one in told] == [
        (at[-1], 5, at[5]),
        (at[-1], at.index(at[-1]), at[-1]),
    ]
    for one in told:
        (marked,) = [line for line in one["excerpt"] if line.startswith("> ")]
        assert marked == f"> {to_line(entries[one['line']])}"


def test_a_client_is_killed_and_started_anew() -> None:
    lives: list[int] = []

    async def lives_again(bench: Bench, over: str) -> None:
        lives.append(bench.clock.now())
        collector = LinkCollector(bench.memory["pump"].connect)
        try:
            await collector.connect()
            await asyncio.Event().wait()
        finally:
            await collector.disconnect()

    scenario = load_scenario("LNK-12").model_copy(update={"restarts": (60_000, 90_000)})
    verdict = run(play(scenario, lives_again, "serial"), Pace(None))
    assert lives == [0, 60_000, 90_000]
    assert verdict.outcome is Outcome.FAILED, "it lives, and does nothing"
