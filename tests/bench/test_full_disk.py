"""A disk that is full for a while: said once, devices go on, and with room again nothing is missing."""

import asyncio
import logging
from pathlib import Path

import pytest

from isletbench.emulator.bench import store
from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.state_file import StateFile
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import CannotWrite, WritesAgain
from isletbench.emulator.journal.entries import BenchEntry, Entry
from isletbench.emulator.journal.files import JournalFile
from isletbench.emulator.journal.writer import Journal, recorded, to_text
from isletbench.emulator.rigs import rig
from tests.bench.killed import RIG
from tests.harness.full_disk import room_for


def seconds_of_the_loop() -> float:
    return asyncio.get_running_loop().time()


def of_bench(entries: list[Entry]) -> list[object]:
    return [e.event for e in entries if isinstance(e, BenchEntry) and isinstance(e.event, CannotWrite | WritesAgain)]


def test_a_full_disk_under_the_state_is_said_once_and_with_room_again_all_of_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "wall_seconds", seconds_of_the_loop)
    path, entries = tmp_path / "state", list[Entry]()
    problems: list[list[str]] = []

    async def main() -> int:
        async with Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=path, journal=recorded(entries)) as bench:
            assert bench._store is not None
            bench._store._outlives_failures = True
            await bench.run(minutes(2))
            with room_for(200_000):
                await bench.run(minutes(20))
                problems.append(bench.status()["problems"])
            await bench.run(minutes(2))
            problems.append(bench.status()["problems"])
            return len(bench.hosts["pump"].endpoint.machine.ledger.entries)

    with caplog.at_level(logging.WARNING, logger="isletbench"):
        happened = run(main(), Pace(None))
    assert [len(found) for found in problems] == [1, 0]
    assert problems[0][0].startswith("the state cannot be written: ")
    assert problems[0][0].endswith(f"{path}: devices go on, and what happens now is lost with this process")
    assert of_bench(entries) == [CannotWrite("state", problems[0][0]), WritesAgain("state", 0)]
    assert [record.getMessage() for record in caplog.records] == [
        f"isletbench: {problems[0][0]}",
        "isletbench: the state is written again",
    ]
    with StateFile(path) as file:
        assert len(file.ledger("pump", "pump")) == happened > 20


def test_a_bench_that_ends_while_its_disk_is_full_says_what_is_lost(tmp_path: Path) -> None:
    async def main() -> None:
        async with Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=tmp_path / "state") as bench:
            assert bench._store is not None
            bench._store._outlives_failures = True
            await bench.run(minutes(20))

    with room_for(200_000), pytest.raises(OSError, match="the state cannot be written: "):
        run(main(), Pace(None))


def test_a_full_disk_under_the_journal_is_said_once_and_with_room_again_no_line_is_missing(tmp_path: Path) -> None:
    path, entries = tmp_path / "run.jsonl", list[Entry]()

    async def main() -> None:
        with JournalFile(path) as file:
            journal = Journal(file)
            journal.listen(entries.append)
            bench = Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, journal=journal)
            journal.outlast_failures(seconds_of_the_loop, bench.problems.journal_failed, bench.problems.journal_written)
            async with bench:
                with room_for(2_000):
                    await bench.run(minutes(20))
                    assert len(bench.problems.sentences()) == 1
                    assert path.stat().st_size <= 2_000
                await bench.run(minutes(2))
                assert bench.problems.sentences() == []

    run(main(), Pace(None))
    written = reader.load(path)
    assert sorted(to_text(written).splitlines()) == sorted(to_text(entries).splitlines())
    failed, again = of_bench(written)
    assert isinstance(failed, CannotWrite)
    assert failed.why.startswith("the journal cannot be written: file too large")
    assert again == WritesAgain("journal", 0)


def test_a_journal_that_never_gets_room_again_ends_with_what_is_lost(tmp_path: Path) -> None:
    async def main() -> None:
        with JournalFile(tmp_path / "run.jsonl") as file:
            journal = Journal(file)
            bench = Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, journal=journal)
            journal.outlast_failures(seconds_of_the_loop, bench.problems.journal_failed, bench.problems.journal_written)
            async with bench:
                await bench.run(minutes(20))

    with room_for(2_000), pytest.raises(OSError, match=r"file too large \(its last turns, at least \d+ lines, are lost\)"):
        run(main(), Pace(None))
