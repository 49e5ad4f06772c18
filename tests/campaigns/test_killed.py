"""A campaign that is killed goes on where it was: nothing that was finished is lost, and nothing is played twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.harness.campaigns import CAREFUL, ROGUES
from tests.harness.conformance import ROOT

MINUTE = """
schema = 1
id = "MY-03"
title = "A minute with a pump"
story = "The pump is there, and nothing happens to it: a minute that costs next to nothing."
clients = ["pump"]
lasts = "1m"

[[expect]]
check = "doses_once"
boluses = 0
"""
CELLS = 2_000


def started(file: Path, **options: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "isletbench", "campaign", str(file), "--workers", "2", "--", CAREFUL]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **options}
    )


def finished(store: Path) -> list[str]:
    if not store.exists():
        return []
    with closing(sqlite3.connect(store)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'result'").fetchall():
            return []  # the store is being made
        return [key for (key,) in database.execute("SELECT key FROM result ORDER BY number").fetchall()]


@pytest.mark.slow
def test_two_thousand_cells_survive_kill_9(tmp_path: Path) -> None:
    (tmp_path / "minute.toml").write_text(MINUTE, encoding="utf-8")
    file, store = tmp_path / "many.toml", tmp_path / "many.db"
    file.write_text(
        f'schema = 1\nscenarios = ["minute.toml"]\nover = ["serial"]\nseeds = {list(range(1, CELLS + 1))}\n', encoding="utf-8"
    )
    before: list[str] = []
    for least in (300, 1_100):
        running = started(file)
        while len(finished(store)) < least:
            assert running.poll() is None
            time.sleep(0.5)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        there = finished(store)
        assert there[: len(before)] == before
        assert least <= len(there) < CELLS
        before = there
    output, _ = started(file).communicate()
    there = finished(store)
    assert there[: len(before)] == before, "what was finished is there, and was not played again"
    assert len(set(there)) == len(there) == CELLS
    assert f"{CELLS} cells: {len(before)} were known, {CELLS - len(before)} were played: {CELLS - len(before)} passed" in output


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_a_signal_keeps_what_is_finished_and_the_same_call_plays_the_rest(tmp_path: Path, number: signal.Signals) -> None:
    """The signal goes to the whole process group, as a terminal sends it: the workers get it, too."""
    cells = 60
    (tmp_path / "minute.toml").write_text(MINUTE, encoding="utf-8")
    file, store = tmp_path / "many.toml", tmp_path / "many.db"
    file.write_text(
        f'schema = 1\nscenarios = ["minute.toml"]\nover = ["serial"]\nseeds = {list(range(1, cells + 1))}\n', encoding="utf-8"
    )
    running = started(file, stderr=subprocess.PIPE, start_new_session=True)
    while len(finished(store)) < 10:
        assert running.poll() is None
        time.sleep(0.1)  # between two looks at another process, whatever the machine takes for it
    os.killpg(running.pid, number)
    _, printed = running.communicate()
    assert running.returncode == 128 + number
    assert f"stopped by {number.name}: what is finished is in {store}; the same call goes on" in printed
    assert "Traceback" not in printed
    before = finished(store)
    assert 10 <= len(before) < cells
    output, _ = started(file).communicate()
    assert finished(store)[: len(before)] == before
    assert f"{cells} cells: {len(before)} were known, {cells - len(before)} were played: {cells - len(before)} passed" in output


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_cell_played_again(tmp_path: Path) -> None:
    (tmp_path / "minute.toml").write_text(MINUTE, encoding="utf-8")
    file, store = tmp_path / "many.toml", tmp_path / "many.db"
    file.write_text(
        f'schema = 1\nscenarios = ["minute.toml"]\nover = ["serial"]\nseeds = {list(range(1, 201))}\n', encoding="utf-8"
    )
    running = started(file)
    killed = 0
    while running.poll() is None:
        if len(finished(store)) >= 30 * (killed + 1) and killed < 3:
            for worker in workers_of(running.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
            killed += 1
        time.sleep(0.3)
    output, _ = running.communicate()
    assert killed
    assert "200 cells: 0 were known, 200 were played: 200 passed" in output


def workers_of(process: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*"):
        with suppress(OSError):  # it has ended
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def test_what_a_worker_plays_ends_with_the_worker(tmp_path: Path) -> None:
    """A client that never returns would stay there for ever."""
    (tmp_path / "minute.toml").write_text(MINUTE, encoding="utf-8")
    file = tmp_path / "hang.toml"
    file.write_text('schema = 1\nscenarios = ["minute.toml"]\nover = ["serial"]\n', encoding="utf-8")
    command = [sys.executable, "-m", "isletbench", "campaign", str(file), "--workers", "1", "--", ROGUES, "hang"]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while not (playing := [cell for worker in workers_of(running.pid) for cell in workers_of(worker)]):
        assert running.poll() is None
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, printed = running.communicate()
    assert running.returncode == 130
    assert f"stopped by SIGINT: what is finished is in {tmp_path / 'hang.db'}; the same call goes on" in printed
    while any(Path(f"/proc/{cell}/stat").exists() for cell in playing):
        time.sleep(0.05)
