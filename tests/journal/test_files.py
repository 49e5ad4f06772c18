"""A journal as a file: what a killed bench leaves, parts of a limited size, compression, and what is wrong with a file."""

import gzip
import io
import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, Header, LedgerEntry
from isletbench.emulator.journal.files import JournalFile, files_of
from isletbench.emulator.journal.writer import Journal, to_line, to_text
from isletbench.emulator.pump.events import BasalRate, FluidPathChanged, Pulse
from tests.harness.conformance import ROOT

HEADER = Header("default", 1, "jump", "2026-01-01T08:00:00", {"pump": "pump"})


def turns(count: int) -> Iterator[list[Occurrence]]:
    """What happens in turns of one to three pulses."""
    for turn in range(count):
        yield [Occurrence(1_000 * turn + n, Pulse(50_000, "basal", 1_000_000 - turn)) for n in range(turn % 3 + 1)]


def written(path: Path, count: int, limit: int | None = None) -> str:
    """Write a journal of so many turns; its text."""
    with JournalFile(path, limit) as file:
        plain = io.StringIO()
        for journal in (Journal(file), Journal(plain)):
            journal.open(HEADER)
            for turn in turns(count):
                for occurrence in turn:
                    journal.occurred("pump", occurrence)
                journal.flush()
    return plain.getvalue()


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_a_journal_is_read_back_whether_it_is_compressed_or_not(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"run.jsonl{ending}"
    text = written(path, 50)
    assert to_text(reader.load(path)) == text
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert (path.stat().st_size < len(text) / 3) is bool(ending)


@pytest.mark.parametrize("ending", ["", ".gz", ".zst"])
def test_parts_are_limited_and_together_are_the_journal(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"run.jsonl{ending}"
    text = written(path, 200, limit=5_000)
    files = files_of(path)
    assert [file.name for file in files[:2]] == [f"run.part-0001.jsonl{ending}", f"run.part-0002.jsonl{ending}"]
    assert files[-1] == path
    assert sorted(files) == sorted(tmp_path.iterdir())
    assert len(files) > 4
    assert to_text(reader.load(path)) == text
    if not ending:
        parts = [file.read_text(encoding="utf-8") for file in files]
        assert "".join(parts) == text
        assert all(len(part) <= 5_000 and part.endswith("\n") for part in parts)


def test_a_turn_is_never_divided(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with JournalFile(path, 4_096) as file:
        for size in (3_000, 3_000, 9_000, 10, 10):
            file.write("x" * (size - 1) + "\n")
            file.flush()
    assert [one.stat().st_size for one in files_of(path)] == [3_000, 3_000, 9_000, 20]


def test_compressed_journals_are_the_same_octets_each_time(tmp_path: Path) -> None:
    for ending in (".gz", ".zst"):
        paths = [tmp_path / f"{name}.jsonl{ending}" for name in ("one", "two")]
        for path in paths:
            written(path, 20)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_new_journal_replaces_every_file_of_the_former_one_and_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "run.part-other.jsonl"
    other.write_text("not ours", encoding="utf-8")
    written(tmp_path / "run.jsonl.gz", 200, limit=5_000)
    text = written(tmp_path / "run.jsonl.gz", 3)
    assert to_text(reader.load(tmp_path / "run.jsonl.gz")) == text
    assert sorted(file.name for file in tmp_path.iterdir()) == ["run.jsonl.gz", "run.part-other.jsonl"]


KILLED = """
import os, signal, sys
from pathlib import Path
from isletbench.emulator.journal.files import JournalFile
from isletbench.emulator.journal.writer import Journal
from tests.journal.test_files import HEADER, turns
file = JournalFile(Path(sys.argv[1]), int(sys.argv[2]) or None)
journal = Journal(file)
journal.open(HEADER)
for number, turn in enumerate(turns(60)):
    for occurrence in turn:
        journal.occurred("pump", occurrence)
    if number == 59:
        os.kill(os.getpid(), signal.SIGKILL)
    journal.flush()
"""


@pytest.mark.parametrize(("ending", "limit"), [("", 0), (".zst", 0), ("", 4_096)])
def test_a_killed_bench_leaves_every_turn_that_has_ended(tmp_path: Path, ending: str, limit: int) -> None:
    path = tmp_path / f"run.jsonl{ending}"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), str(limit)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    entries: list[Entry] = [HEADER]
    entries += [LedgerEntry(one.at, "pump", one.event) for turn in [*turns(60)][:59] for one in turn]
    assert to_text(reader.load(path)) == to_text(entries)
    assert (len(files_of(path)) > 1) is bool(limit)


def test_a_bench_killed_between_two_parts_leaves_the_parts(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    text = written(path, 200, limit=5_000)
    last = path.read_text(encoding="utf-8")
    path.unlink()
    assert to_text(reader.load(path)) == text.removesuffix(last)


def test_text_that_cannot_be_compressed_stays_and_is_told_of(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "run.jsonl.gz")
    Journal(file).open(HEADER)
    (tmp_path / "run.jsonl.gz.unfinished").mkdir()
    with pytest.raises(IsADirectoryError):
        file.close()
    assert (tmp_path / "run.jsonl").read_text(encoding="utf-8") == to_text([HEADER])


def test_what_is_written_without_a_flush_does_not_pile_up(tmp_path: Path) -> None:
    with JournalFile(tmp_path / "run.jsonl") as file:
        for _ in range(5):
            file.write("x" * 999_999 + "\n")
        assert (tmp_path / "run.jsonl").stat().st_size >= 2_000_000


# What is wrong with a file


WHOLE = (to_text([HEADER]) + to_line(LedgerEntry(1, "pump", BasalRate(5))) + "\n").encode()
FILES = {
    "junk": (bytes(range(128, 160)) * 9, r"line 1: expected a journal, a JSON object a line: no text, .* octets 80 81 82"),
    "junk in line 2": (to_text([HEADER]).encode() + b"\xff\xfe\n", r"line 2: .* no text, it begins with the octets FF FE"),
    "torn": (WHOLE[:-9], r"line 2: it is cut off, as a killed bench may leave its last line; those before it are whole"),
    "nothing": (b"", r"^expected a journal, a JSON object a line; got nothing$"),
    "deep": (b"[" * 100_000 + b"\n", r"line 1: expected a journal, a JSON object a line: nested without an end"),
    "a table as version": (
        b'{"journal":{"cgm":"cgm"}}\n',
        r"line 1 of the journal: expected a journal of version 1 or 2, got version {",
    ),
    "digits": (b'{"journal":' + b"9" * 5_000 + b"}\n", r"line 1: expected a journal, a JSON object a line: "),
    "cut gzip": (gzip.compress(WHOLE)[:-9], r"line [123]: expected a whole compressed file: "),
    "altered gzip": (gzip.compress(WHOLE)[:20] + b"\0\0" + gzip.compress(WHOLE)[22:], r"line \d: "),
    "cut zstandard": (b"\x28\xb5\x2f\xfd\x04", r"line 1: expected a whole compressed file: "),
    "a part without a header": (WHOLE.split(b"\n")[1] + b"\n", r"line 1 of the journal: .* a line without the key journal"),
}


def test_a_last_line_that_is_cut_off_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(WHOLE[:-9])
    entries, torn = reader.load_whole(path)
    assert entries == [HEADER]
    assert torn.startswith("line 2: it is cut off")
    path.write_bytes(WHOLE)
    assert (len(reader.load_whole(path)[0]), reader.load_whole(path)[1]) == (2, "")
    path.write_bytes(WHOLE[:20])
    with pytest.raises(reader.JournalError, match="line 1: it is cut off"):
        reader.load_whole(path)


@pytest.mark.parametrize("what", FILES)
def test_what_is_wrong_with_a_file_is_one_sentence_with_the_number_of_the_line(tmp_path: Path, what: str) -> None:
    octets, sentence = FILES[what]
    path = tmp_path / "run.jsonl"
    path.write_bytes(octets)
    with pytest.raises(reader.JournalError, match=sentence) as error:
        reader.load(path)
    assert "\n" not in str(error.value)


def test_a_directory_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(reader.JournalError, match="expected a file, and it is a directory"):
        reader.load(tmp_path)


def test_a_missing_last_line_end_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(WHOLE.rstrip(b"\n"))
    assert len(reader.load(path)) == 2


# Lines


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_that_is_not_finite_is_no_null(number: float) -> None:
    line = to_line(LedgerEntry(1, "pump", FluidPathChanged({"block": number, "leak": None})))
    word = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(number)]
    assert line.endswith(f'"condition":{{"block":{word},"leak":null}}}}')
    read = reader.read([to_line(HEADER), line])[1]
    assert to_line(read) == line


def test_a_line_separator_of_unicode_divides_no_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    entry = Header(rig="a\u2028b\x85c")
    path.write_text(to_text([entry]), encoding="utf-8")
    assert reader.load(path) == [entry]


def test_lines_are_flushed_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = JournalFile(tmp_path / "run.jsonl")
    pieces: list[bytes] = []
    raw = file._file

    class Counting(io.RawIOBase):
        def write(self, octets: bytes) -> int:  # type: ignore[override]
            pieces.append(octets)
            return raw.write(octets[:7]) if len(pieces) == 1 else raw.write(octets)

    monkeypatch.setattr(file, "_file", Counting())
    journal = Journal(file)
    journal.open(HEADER)
    for occurrence in next(turns(1)):
        journal.occurred("pump", occurrence)
    assert pieces == []
    journal.flush()
    assert [len(pieces[0]) - 7, len(pieces)] == [len(pieces[1]), 2], "what the system did not take is offered again"
    raw.close()
    assert (tmp_path / "run.jsonl").stat().st_size == len(pieces[0])
