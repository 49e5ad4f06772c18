"""Days in the loop: the algorithm of the documentation, taken off its page, and the same octets twice."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from isletbench import closed_loop, load_rig
from isletbench.emulator.journal.entries import Header
from isletbench.emulator.journal.writer import to_text
from isletbench.emulator.patient.events import RecordedMeal
from isletbench.emulator.pump.events import BolusProgrammed, TbrStarted
from isletbench.emulator.rigs.rig import parse, read
from isletbench.hil_rigs.clients.algorithms.settings import load
from tests.harness.conformance import ROOT
from tests.harness.journals import ledger

PAGE = (ROOT / "docs" / "your-algorithm.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def mine() -> ModuleType:
    """The code of the page as a module."""
    module = ModuleType("my_algorithm")
    for code in CODE:
        exec(compile(code, "my_algorithm.py", "exec"), vars(module))  # noqa: S102  # it is the documentation's
    return module


def test_the_code_of_the_page_is_at_most_eighty_lines() -> None:
    assert 0 < sum(len(code.splitlines()) for code in CODE) <= 80


def test_the_algorithm_of_the_page_closes_the_loop(mine: ModuleType) -> None:
    day = closed_loop.play(load_rig("closed_loop"), mine.Mine(), closed_loop.settings("adult"), hours=6)
    assert len(day.decisions) > 35
    assert all("ahead" in decision.reason or "trend" in decision.reason for _, decision in day.decisions)
    assert ledger(day.journal, TbrStarted)
    ((_, meal),) = ledger(day.journal, BolusProgrammed)
    assert 2_500_000 <= meal.fast_uu <= 5_000_000  # for 60 g, at half past twelve
    assert min(mg_dl for _, mg_dl in day.glucose) > 54
    assert re.search(r"^\d+\.\d % in 70 to 180 mg/dL, .* bolus insulin$", day.summary())


@pytest.mark.slow
def test_the_page_s_program_plays_a_whole_day(tmp_path: Path) -> None:
    (tmp_path / "my_algorithm.py").write_text("\n".join(CODE), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "my_algorithm.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True
    )
    share = float(ended.stdout.split(" %")[0])
    assert share > 70


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- settings -->\n```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "adult.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path) == closed_loop.settings("adult")


def test_the_same_seed_gives_the_same_day_octet_for_octet() -> None:
    def text(seed: int) -> str:
        algorithm = closed_loop.algorithm_of("hybrid")
        day = closed_loop.play(load_rig("closed_loop"), algorithm, closed_loop.settings("adult"), hours=1, seed=seed)
        return to_text(day.journal)

    assert text(3) == text(3)
    assert text(3) != text(4)


def test_a_recorded_day_is_played_at_its_own_time_and_with_its_own_meals() -> None:
    text, origin = read("closed_loop")
    recorded = '[patient]\nrecording = "azt1d_subject07"\nrecording_start = 2024-01-10T06:00:00\n'
    rig = parse(text[: text.index("[patient]")] + recorded, origin)
    day = closed_loop.play(rig, closed_loop.algorithm_of("hybrid"), closed_loop.settings("adult"), hours=1)
    assert isinstance(day.journal[0], Header)
    assert day.journal[0].start == "2024-01-10T06:00:00"
    ((at, then),) = ledger(day.journal, RecordedMeal)
    ((asked, now),) = [one for one in ledger(day.journal, BolusProgrammed) if one[1].fast_uu > 500_000]
    assert at <= asked < at + 60_000
    assert now.fast_uu <= then.carbohydrate_mg * 1_000 / 16 < now.fast_uu + 50_000  # 16 g for 1 U, in whole pulses
    assert day.metrics().count == 12


def test_a_client_that_crashes_ends_the_day() -> None:
    class Crashes:
        def decide(self, _: closed_loop.Situation) -> closed_loop.Decision:
            raise ZeroDivisionError

        def close(self) -> None:
            self.closed = True

    algorithm = Crashes()
    with pytest.raises(ExceptionGroup):
        closed_loop.play(load_rig("closed_loop"), algorithm, closed_loop.settings("adult"), hours=2)
    assert algorithm.closed
