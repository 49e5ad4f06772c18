"""The C packets under ``firmware_stubs/generated`` are those of ``protocols``, and `loopbench firmware headers` says so."""

from pathlib import Path

from typer.testing import CliRunner

from emulator.cli import app
from emulator.firmware import files

GENERATED = Path(__file__).parents[2] / "firmware_stubs" / "generated"


def test_the_files_in_the_tree_are_what_the_declarations_make() -> None:
    kept = {str(path.relative_to(GENERATED)): path.read_text(encoding="utf-8") for path in GENERATED.rglob("*.[ch]")}
    assert kept == files(), "run `loopbench firmware headers`"


def test_a_changed_a_missing_and_a_foreign_file_are_found_and_mended(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["firmware", "headers", "--into", str(tmp_path)]).exit_code == 0
    assert run(app, ["firmware", "headers", "--into", str(tmp_path), "--check"]).exit_code == 0
    changed, missing = tmp_path / "packets" / "cgms.h", tmp_path / "packets" / "ids.c"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0x2AA7", "0x2AA8"), encoding="utf-8")
    missing.unlink()
    (tmp_path / "packets" / "old.h").write_text("", encoding="utf-8")
    checked = run(app, ["firmware", "headers", "--into", str(tmp_path), "--check"])
    assert checked.exit_code == 1
    for name in ("cgms.h: not up to date", "ids.c: not up to date", "old.h: nothing makes this file any more"):
        assert name in checked.output
    assert run(app, ["firmware", "headers", "--into", str(tmp_path)]).exit_code == 0
    assert "0x2AA7" in changed.read_text(encoding="utf-8")
    assert missing.is_file()


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["firmware", "headers", "--into", str(tmp_path / "nowhere")])
    assert result.exception is not None
    assert "there is no such directory" in str(result.exception)
