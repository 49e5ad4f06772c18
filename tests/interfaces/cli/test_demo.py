"""`isletbench demo`: a day in closed loop, its report, and the numbers a person would ask for."""

import json
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.interfaces.cli.errors import CallError


def test_a_directory_that_is_not_there_is_said_before_the_day_begins(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"--output: .*nowhere: there is no such directory"):
        app(["demo", "-o", str(tmp_path / "nowhere" / "demo.html")], standalone_mode=False)


@pytest.mark.parametrize(
    ("name", "words"), [("", "expected a file for the report, and it is a directory"), ("demo.jsonl", "expected another file")]
)
def test_where_no_report_can_be_is_said_before_the_day_begins(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(CallError, match=words):
        app(["demo", "-o", str(tmp_path / name)], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []
    assert not tmp_path.with_suffix(".jsonl").exists()


@pytest.mark.slow
def test_a_day_in_closed_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "demo.html"
    app(["demo", "-o", str(page), "--json"], standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"]["outcome"] == "passed"
    assert found["carbohydrate_grams"] == 195
    assert found["insulin"]["pump"]["boluses"] >= 3
    assert found["undelivered_units"] > 0
    assert found["glucose"]["truth"]["readings"] == 289
    assert page.read_text(encoding="utf-8").count('class="finding"') == 0
    first = page.with_suffix(".jsonl").read_text(encoding="utf-8")
    app(["demo", "-o", str(page)], standalone_mode=False)
    assert page.with_suffix(".jsonl").read_text(encoding="utf-8") == first
    words = capsys.readouterr().out
    assert "time in range (70 to 180 mg/dL; goal over 70 %)" in words
    assert "The infusion set was blocked at 12:25; the pump alarmed" in words
    assert str(page) in words
