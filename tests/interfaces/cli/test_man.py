"""Manual pages: one for each command, from its help, and groff takes them."""

import subprocess
from pathlib import Path
from shutil import which

import pytest
import typer

from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.interfaces.cli.man import Described, described, page_of
from tests.harness.command_line import called

COMMANDS = list(described(typer.main.get_command(app)))


def test_every_command_has_a_page_with_all_its_options(tmp_path: Path) -> None:
    ended = called("man", "--into", str(tmp_path / "man"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "man").iterdir()} == {f"{'-'.join(('isletbench', *c.words))}.1" for c in COMMANDS}
    up = (tmp_path / "man" / "isletbench-up.1").read_text(encoding="utf-8")
    (command,) = [one for one in COMMANDS if one.words == ("up",)]
    assert {"--pace VALUE", "--force"} <= {words for words, _ in command.options}
    assert up.count(".TP") == len(command.options) + len(command.arguments)
    assert called("man", "--into", str(tmp_path / "man")).returncode == 0  # ours are replaced
    (tmp_path / "man" / "isletbench.1").write_text("somebody's", encoding="utf-8")
    assert called("man", "--into", str(tmp_path / "man")).returncode == 2
    assert called("man", "--into", str(tmp_path / "man"), "--force").returncode == 0


def test_no_word_of_a_help_is_a_macro() -> None:
    page = page_of(Described(("x",), ".so /etc/passwd", (), (("--a", "'tis \\ a"),)))
    assert "\\&.so" in page
    assert "\\&'tis \\e a" in page


@pytest.mark.skipif(which("groff") is None, reason="needs groff")
def test_groff_takes_them_without_a_warning() -> None:
    pages = "".join(map(page_of, COMMANDS))
    groff = which("groff")
    assert groff is not None
    ended = subprocess.run([groff, "-man", "-Tutf8", "-ww"], input=pages, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "isletbench" in ended.stdout
