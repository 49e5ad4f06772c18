"""The workers of a Dask scheduler play the same cells as those of this computer."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from isletbench.emulator.campaigns.cell import CellError
from isletbench.emulator.campaigns.conduct import conduct, plan
from isletbench.emulator.campaigns.executors import cluster, processes
from isletbench.emulator.campaigns.store import Store
from tests.harness.campaigns import campaign
from tests.harness.command_line import called
from tests.harness.conformance import ROOT

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="isletbench[campaign] is not installed")


@contextmanager
def dask(tmp_path: Path) -> Iterator[str]:
    """A scheduler with one worker of two threads, on loopback."""
    place = tmp_path / "scheduler.json"
    words = [[sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]]
    words += [[sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "2", "--no-dashboard", "--host", "127.0.0.1"]]
    running = [
        subprocess.Popen(
            [*command, "--scheduler-file", str(place)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in words
    ]
    try:
        while not place.exists():
            assert running[0].poll() is None
        yield json.loads(place.read_text(encoding="utf-8"))["address"]
    finally:
        for one in reversed(running):
            one.terminate()
        for one in running:
            one.wait(30)


@pytest.mark.slow
def test_a_cluster_finds_the_same_journals(tmp_path: Path) -> None:
    made = campaign(scenarios=["DLV-01", "CGM-03"], seeds=[1, 2])
    found = []
    with dask(tmp_path) as scheduler:
        for name, together in (("there", cluster(scheduler)), ("here", processes(2))):
            with Store(tmp_path / f"{name}.db") as store, together as crew:
                conduct(made, plan(made, crew), store, crew)
                found.append({(result.key, result.journal, result.outcome) for result in store.results()})
    assert len(found[0]) == 8
    assert found[0] == found[1]


def test_a_scheduler_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isletbench.emulator.campaigns.executors.CONNECT_S", 1)
    with (
        pytest.raises(CellError, match=r"--scheduler tcp://127\.0\.0\.1:1: expected a scheduler of Dask there"),
        cluster("tcp://127.0.0.1:1"),
    ):
        pass


@pytest.mark.parametrize(
    "place", ["nonsense", "tcp://", "tcp://host", "tcp://host:port", "http://host:8786", "host:8786", "tcp:host:1"]
)
def test_a_scheduler_is_at_a_place(place: str) -> None:
    with pytest.raises(CellError, match=f"^--scheduler {place}: expected tcp://HOST:PORT$"), cluster(place):
        pass


def test_a_scheduler_has_its_own_workers(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('schema = 1\nscenarios = ["DLV-01"]\n', encoding="utf-8")
    made = called("campaign", str(file), "--workers", "2", "--scheduler", "tcp://127.0.0.1:1", "--", "a.b:c")
    assert made.returncode == 2
    assert "expected --workers or --scheduler, and not both" in made.stderr
