"""Files are never lost: what isletbench has not written is not replaced, and no file serves two purposes."""

import stat
from contextlib import suppress
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli.check.written import Written
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.outputs import PAGE, PICTURE, Output, try_outputs, write_file
from isletbench.emulator.journal.files import JournalFile
from isletbench.emulator.reports import png
from isletbench.emulator.reports.charts.svg import Picture
from isletbench.hil_rigs import __path__ as hil_rigs
from tests.harness.command_line import Ended, called

HEADER = '{"journal":2,"rig":"mine"}\n'
NEW = "expected a new file for the"


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    """A rig file of a user."""
    file = tmp_path / "bad.toml"
    file.write_text((Path(hil_rigs[0]) / "default.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return file


def up(place: Path, *words: str | Path) -> Ended:
    """A bench for a moment of its time, in a directory of running benches of its own."""
    options = ("--pace", "jump", "--for", "1s", "--json")
    return called("up", *map(str, words), *options, environment={"ISLETBENCH_DIR": str(place / "run")})


def test_a_rig_is_not_emptied_by_its_journal(rig: Path) -> None:
    before = rig.read_bytes()
    ended = up(rig.parent, rig, "--journal", rig)
    assert (ended.returncode, "than that of the rig, for the journal" in ended.stderr) == (2, True)
    assert up(rig.parent, rig, "--journal", rig, "--force").returncode == 2, "one file for two purposes is never meant"
    assert rig.read_bytes() == before


def test_the_program_of_the_client_is_not_replaced_by_a_report_about_it(tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text("pass\n")
    for place in (program, tmp_path / "." / "link.py"):
        with suppress(FileExistsError):
            place.symlink_to(program)
        ended = called("check", "LNK-03", "--junit", str(place), "--force", "--", "python", "-c", "x" * 9_000, str(program))
        assert (ended.returncode, f"than that of the client's {program}, for the JUnit" in ended.stderr) == (2, True), ended
    assert program.read_text() == "pass\n"


def test_what_is_no_journal_is_replaced_only_with_force(tmp_path: Path, rig: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("my notes\n")
    ended = up(tmp_path, rig, "--journal", notes)
    assert ended.returncode == 2
    assert f"{notes}: {NEW} journal, or one that isletbench has written" in ended.stderr
    assert notes.read_text() == "my notes\n"
    assert up(tmp_path, rig, "--journal", notes, "--force").returncode == 0
    assert notes.read_text().startswith('{"journal":')
    assert up(tmp_path, rig, "--journal", notes).returncode == 0, "a journal of ours"


@pytest.mark.parametrize("name", ["run.jsonl", "run.part-0001.jsonl", "run.jsonl.zst"])
def test_the_names_that_a_journal_takes_besides_its_own_are_looked_at_too(tmp_path: Path, rig: Path, name: str) -> None:
    (tmp_path / name).write_text("not a journal\n")
    ended = up(tmp_path, rig, "--journal", tmp_path / "run.jsonl.zst")
    assert (ended.returncode, NEW in ended.stderr) == (2, True), ended
    assert (tmp_path / name).read_text() == "not a journal\n"


def test_a_bench_that_does_not_start_leaves_the_former_journal_and_no_new_one(tmp_path: Path) -> None:
    former, new = tmp_path / "former.jsonl", tmp_path / "new.jsonl"
    former.write_text(HEADER)
    broken = tmp_path / "broken.toml"
    broken.write_text('schema = 1\nname = "b"\n[devices.cgm]\nkind = "cgm"\nserial = "pty:/nowhere/at/all"\n')
    for journal in (former, new):
        ended = called("up", str(broken), "--journal", str(journal), environment={"ISLETBENCH_DIR": str(tmp_path / "run")})
        assert ended.returncode == 2
    assert former.read_text() == HEADER
    assert not new.exists()


def test_a_journal_that_another_bench_writes_is_left_to_it(tmp_path: Path, rig: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with JournalFile(journal) as written:
        written.write(HEADER)
        written.flush()
        ended = up(tmp_path, rig, "--journal", journal)
        assert "another bench is writing this journal" in ended.stderr.lower(), ended
        assert ended.returncode == 2
    assert journal.read_text() == HEADER


@pytest.mark.parametrize(
    "words",
    [
        ["report", "{journal}", "-o", "{mine}"],
        ["report", "{journal}", "--png", "{mine}"],
        ["demo", "-o", "{mine}"],
        ["rigs", "native", "--svg", "{mine}"],
        ["rigs", "default", "--labgrid", "{mine}"],
    ],
    ids=" ".join,
)
def test_every_command_that_writes_a_file_asks_first(tmp_path: Path, words: list[str]) -> None:
    journal, mine = tmp_path / "run.jsonl", tmp_path / "mine.html"
    journal.write_text(HEADER)
    mine.write_text("<!DOCTYPE html><title>my own page</title>")
    ended = called(*(word.format(journal=journal, mine=mine) for word in words))
    assert (ended.returncode, NEW in ended.stderr) == (2, True), ended
    assert "my own page" in mine.read_text()


def test_what_a_command_has_written_it_may_write_again(tmp_path: Path) -> None:
    journal, page = tmp_path / "run.jsonl", tmp_path / "run.html"
    journal.write_text(HEADER)
    for _ in range(2):
        assert called("report", str(journal)).returncode == 0
        assert called("rigs", "usb_pair", "--svg", str(tmp_path / "w.svg")).returncode == 0
        assert called("rigs", "default", "--labgrid", str(tmp_path / "lab.yaml")).returncode == 0
    assert PAGE(page)


@pytest.mark.skipif(not png.is_available(), reason=f"resvg-py is not installed: {png.INSTALL}")
def test_a_picture_of_ours_is_told_from_a_photograph(tmp_path: Path) -> None:
    photograph, picture = tmp_path / "photograph.png", tmp_path / "picture.png"
    octets = png.png(Picture(10, 10, "", "nothing"))
    picture.write_bytes(octets)
    photograph.write_bytes(octets.replace(b"isletbench", b"a camera.."))
    assert (PICTURE(picture), PICTURE(photograph)) == (True, False)


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text("before")
    link.symlink_to(page)
    write_file(link, "after")
    assert link.is_symlink()
    assert page.read_text() == "after"
    assert sorted(tmp_path.iterdir()) == [link, page]


def test_a_place_where_nothing_can_be_written_is_found_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"nowhere.page\.html: cannot be written: no such file or directory"):
        try_outputs([Output("report", tmp_path / "nowhere" / "page.html", PAGE)], force=False)
    with pytest.raises(CallError, match="expected a file for the report, and it is a directory"):
        try_outputs([Output("report", tmp_path, PAGE)], force=False)
    try_outputs([Output("report", Path("/dev/null"), PAGE), Output("journal", Path("/dev/null"), PAGE)], force=False)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert list(tmp_path.iterdir()) == []


def test_links_that_go_in_a_circle_are_refused_before_the_work(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    with pytest.raises(CallError, match="circle: cannot be written: too many levels of symbolic links"):
        try_outputs([Output("report", circle, PAGE)], force=False)
    assert circle.is_symlink()


def test_no_directory_takes_the_place_of_a_report(tmp_path: Path) -> None:
    place = tmp_path / "results"
    with pytest.raises(CallError, match="another place than that of the JUnit report"):
        Written([], place, None, place).prepare({}, force=False)
    assert not place.exists()
