"""`isletbench report`: files where they were asked for, numbers for scripts, one sentence for what is wrong."""

import json
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.journal.writer import to_text
from isletbench.emulator.reports import png
from isletbench.emulator.scenarios.scenario import ScenarioError
from tests.reports.runs import run


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal in a directory of its own."""
    file = tmp_path / "day.jsonl"
    file.write_text(to_text(run()), encoding="utf-8")
    return file


def call(*words: object) -> None:
    """The command, in this process."""
    app(["report", *map(str, words)], standalone_mode=False)


def test_the_page_is_written_beside_the_journal(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(journal)
    page = journal.with_suffix(".html")
    assert capsys.readouterr().out == f"{page}\n"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_with_json_the_numbers_are_printed_and_no_file_is_written(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(journal, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["glucose"]["truth"]["time_in_range_percent"] == pytest.approx(87.5433)
    assert found["verdict"] is None
    assert list(journal.parent.iterdir()) == [journal]


def test_the_verdict_of_a_scenario_is_part_of_it(journal: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(
        'schema = 1\nid = "MY-01"\ntitle = "A day"\nstory = "True glucose must not be low."\nlasts = "1d"\n'
        '[[expect]]\ncheck = "time_below"\nat_most = 4\n'
    )
    call(journal, "--json", "--scenario", scenario, "-o", tmp_path / "page.html")
    assert json.loads(capsys.readouterr().out)["verdict"]["outcome"] == "failed"
    assert "time_below" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.skipif(not png.is_available(), reason=f"resvg-py is not installed: {png.INSTALL}")
def test_a_picture_is_a_png(journal: Path, tmp_path: Path) -> None:
    call(journal, "--png", tmp_path / "day.png")
    octets = (tmp_path / "day.png").read_bytes()
    assert octets.startswith(b"\x89PNG")
    assert int.from_bytes(octets[16:20], "big") == 2400


def test_a_picture_without_its_library_is_one_sentence(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "is_available", lambda: False)
    with pytest.raises(
        CallError, match=r"--png: a PNG needs resvg-py, which is not installed: pip install 'isletbench\[png\]'"
    ):
        call(journal, "--png", "day.png")
    assert list(journal.parent.iterdir()) == [journal]


def test_what_is_wrong_is_said_in_a_sentence(journal: Path, tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"nowhere\.jsonl: there is no such file; expected a journal"):
        call(tmp_path / "nowhere.jsonl")
    (tmp_path / "other").write_text("nonsense\n")
    with pytest.raises(CallError, match="other: line 1: expected a journal, a JSON object a line"):
        call(tmp_path / "other")
    with pytest.raises(CallError, match=r"page\.html: cannot be written: no such file or directory"):
        call(journal, "-o", tmp_path / "nowhere" / "page.html")
    with pytest.raises(ScenarioError, match="NO-99: there is no such file; expected a scenario file or one of"):
        call(journal, "--scenario", "NO-99")


def test_a_journal_is_never_overwritten(journal: Path, tmp_path: Path) -> None:
    before = journal.read_bytes()
    (tmp_path / "link.html").symlink_to(journal)
    page = tmp_path / "page.html"
    for words in (("-o", journal), ("-o", tmp_path / "link.html"), ("--json", "-o", journal), ("--png", journal)):
        with pytest.raises(CallError, match="expected another file than that of the journal"):
            call(journal, *words)
    with pytest.raises(CallError, match="expected another file than that of the report, for the picture"):
        call(journal, "-o", page, "--png", page)
    assert journal.read_bytes() == before
    assert not page.exists()


def test_a_journal_with_nothing_but_its_header_is_said_to_be_empty(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text(journal.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    call(empty)
    printed = capsys.readouterr()
    assert printed.err == f"isletbench: {empty} has its header and nothing else: nothing has happened on this bench\n"
    assert printed.out == f"{tmp_path / 'empty.html'}\n"
