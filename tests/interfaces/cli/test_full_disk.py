"""A disk that is full: one sentence that names the file, and what is in it is whole. Here a limit of file sizes is the disk."""

from pathlib import Path

import pytest

from isletbench.emulator.bench.state_file import StateFile
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.outputs import make_directory, write_file
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.files import JournalFile
from tests.harness.command_line import Ended, called
from tests.harness.full_disk import room_for


def up(directory: Path, *words: str) -> Ended:
    options = ("--pace", "jump", "--for", "12h", "--json")
    return called("up", "closed_loop", *options, *words, environment={"ISLETBENCH_DIR": str(directory)})


def test_a_bench_whose_journal_cannot_be_written_ends_and_leaves_whole_turns(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    assert up(tmp_path, "--journal", str(whole)).returncode == 0
    with room_for(20_000):
        ended = up(tmp_path, "--journal", str(cut))
    assert ended.returncode == 2
    assert ended.stderr.strip() == f"isletbench: the journal cannot be written: file too large: '{cut}'"
    assert 10_000 < cut.stat().st_size <= 20_000
    assert whole.read_bytes().startswith(cut.read_bytes())
    lines = cut.read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines[-1].endswith("\n")
    assert len(reader.load(cut)) == len(lines)


def test_no_turn_is_divided_by_a_full_disk_and_with_room_again_it_is_written(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "run.jsonl")
    with room_for(100):
        file.write("a turn\n")
        file.flush()
        file.write("x" * 60 + "\n")
        file.write("y" * 60 + "\n")
        with pytest.raises(OSError, match=r"the journal cannot be written: file too large: '.*run\.jsonl'"):
            file.flush()
        assert (tmp_path / "run.jsonl").read_text(encoding="utf-8") == "a turn\n"
    file.close()
    assert (tmp_path / "run.jsonl").read_text(encoding="utf-8") == "a turn\n" + "x" * 60 + "\n" + "y" * 60 + "\n"


def test_a_bench_whose_state_cannot_be_written_ends_and_goes_on_from_there_later(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with room_for(400_000):
        ended = up(tmp_path, "--state", str(state))
    assert ended.returncode == 2
    assert ended.stderr.startswith("isletbench: the state cannot be written: ")
    assert ended.stderr.strip().endswith(f"'{state}'")
    with StateFile(state) as stored:
        assert int(stored.bench["now"]) > 0
    assert up(tmp_path, "--state", str(state)).returncode == 0


def test_a_file_that_cannot_be_written_is_not_there_by_half(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    with room_for(100), pytest.raises(CallError, match=r"page\.html: cannot be written: file too large"):
        write_file(page, "x" * 1_000)
    assert not page.exists()
    with pytest.raises(CallError, match=r"nowhere.page: cannot be written: no such file or directory"):
        write_file(tmp_path / "nowhere" / "page", b"")
    page.write_text("a file")
    with pytest.raises(CallError, match=r"page\.html.below: cannot be made: not a directory"):
        make_directory(page / "below")
