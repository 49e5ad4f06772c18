"""Killed at many points, a bench goes on from its state file: no pulse lost or given twice, no promise forgotten."""

import json
import signal
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from isletbench.emulator.bench.state_file import StateError, StateFile
from isletbench.emulator.bench.store import StateStore
from isletbench.emulator.endpoints.ids.history import rendered
from isletbench.emulator.journal import reader
from isletbench.emulator.pump import saved
from isletbench.emulator.pump.events import BolusEnded, BolusProgrammed, Pulse
from tests.harness.conformance import ROOT
from tests.harness.journals import ledger

COUNT = 30
FILLED = 300_000_000


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.bench.killed", str(place), str(COUNT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return place


def pulses(place: Path) -> list[tuple[int, int]]:
    """When, and what was left after it, by the file."""
    with StateFile(place / "state") as file:
        ledger = file.ledger("pump", "pump")
    return [(entry.at, entry.event.reservoir_uu) for entry in ledger if isinstance(entry.event, Pulse)]


def test_no_pulse_is_lost_and_none_is_there_twice(killed: Path) -> None:
    told = pulses(killed)
    assert len(told) > 2 * COUNT
    assert [left for _, left in told] == [FILLED - 50_000 * number for number in range(1, len(told) + 1)]
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(told))
    with StateFile(killed / "state") as file:
        memory = json.loads(file.memory("pump") or b"")
    reservoir = memory["parts"]["reservoir"]
    assert reservoir["remaining"] == told[-1][1]
    assert reservoir["filled"] == reservoir["remaining"] + reservoir["delivered"]
    assert memory["parts"]["totals"]["bolus"] + memory["parts"]["totals"]["basal"] == reservoir["delivered"]


def test_what_the_world_saw_is_in_the_file(killed: Path) -> None:
    lines = (killed / "left").read_text(encoding="utf-8").splitlines()
    seen = Counter(tuple(map(int, line.split())) for line in lines)
    assert len(seen) > 2 * COUNT
    assert seen <= Counter(pulses(killed))


def test_a_bolus_that_a_client_heard_of_is_remembered(killed: Path) -> None:
    heard = [int(line) for line in (killed / "heard").read_text(encoding="utf-8").split()]
    assert len(heard) > 10
    assert len(set(heard)) == len(heard)
    with StateFile(killed / "state") as file:
        ledger = file.ledger("pump", "pump")
    programmed = [entry.event.bolus_id for entry in ledger if isinstance(entry.event, BolusProgrammed)]
    assert set(heard) <= set(programmed)
    assert len(set(programmed)) == len(programmed)
    ended = [entry.event.bolus_id for entry in ledger if isinstance(entry.event, BolusEnded)]
    assert set(programmed) - set(ended) <= {programmed[-1]}
    assert len(set(ended)) == len(ended)


def test_history_goes_on_counting(killed: Path) -> None:
    with StateFile(killed / "state") as file:
        rows = file.records("pump")
    numbers = [row.number for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    entries = [saved.entry_of(saved.Row(row.number, row.at, row.octets)) for row in rows]
    assert [rendered(entry).sequence_number for entry in entries] == numbers
    assert len(rows) > 5 * COUNT


def test_a_file_of_another_bench_is_refused_and_left_alone(killed: Path) -> None:
    before = pulses(killed)
    with pytest.raises(StateError, match="its rig is 'killed', expected 'other'"):
        StateStore(killed / "state", {"rig": "other"}, "2026-01-01T08:00:00")
    assert pulses(killed) == before


def test_a_bench_killed_between_state_and_journal_has_a_pulse_more_and_books_that_agree(
    tmp_path: Path,
) -> None:
    """What looks like lost insulin to who compares a pump with the journal of the bench before: one stroke, here of 43 mU."""
    state, journal = tmp_path / "state", tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "tests.bench.killed_before_journal", str(state), str(journal)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with StateFile(state) as file:
        stored = [entry.event for entry in file.ledger("pump", "pump") if isinstance(entry.event, Pulse)]
        memory = json.loads(file.memory("pump") or b"")["parts"]["reservoir"]
    told = [event for _, event in ledger(reader.load(journal), Pulse)]
    assert stored[:-1] == told
    assert stored[-1].moved != stored[-1].uu == 50_000
    assert memory["delivered"] == sum(pulse.moved for pulse in stored)
    assert memory["delivered"] - sum(pulse.moved for pulse in told) == stored[-1].moved


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one" * 3, b"SQLite format 3\0"])
def test_a_file_that_is_no_state_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"notes\.txt: expected a state file"):
        StateFile(path)
    assert path.read_bytes() == content


def test_two_benches_cannot_have_one_file(tmp_path: Path) -> None:
    new = {"start": "2026-01-01T08:00:00", "now": 0, "wall": 0, "stored": []}
    with StateFile(tmp_path / "state", new) as first:
        first.write_from_now()
        with pytest.raises(OSError, match="locked"):
            StateFile(tmp_path / "state", new)
