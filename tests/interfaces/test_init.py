"""`isletbench init`: each skeleton is a working file with a test that passes, in a copy of this checkout."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.init import SKELETONS, write
from tests.harness.conformance import ROOT

NAMES = {"packet": "step_count", "fault": "shorten_reply", "check": "asks_often", "scenario": "ZZZ-01", "kind": "scale"}
COPIED = ("emulator", "protocols", "hil_rigs", "tests", "src")
CACHES = shutil.ignore_patterns(".mypy_cache")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """A copy of this checkout with every skeleton in it, and the files that were written."""
    copy = tmp_path_factory.mktemp("checkout")
    for directory in COPIED:
        shutil.copytree(ROOT / directory, copy / directory, symlinks=True, ignore=CACHES)
    shutil.copy(ROOT / "pyproject.toml", copy)
    yield copy, [str(path) for what, name in NAMES.items() for path in write(what, name, copy)]
    shutil.rmtree(copy)


def call(copy: Path, *words: str) -> None:
    """Run a Python module in the copy. Its output is shown when it fails."""
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    ended = subprocess.run(
        [sys.executable, "-m", *words], cwd=copy, env=environment, capture_output=True, text=True, timeout=1_200, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_skeleton_is_tried() -> None:
    assert NAMES.keys() == SKELETONS.keys()


def test_the_tests_of_the_skeletons_pass(made: tuple[Path, list[str]]) -> None:
    copy, written = made
    tests = [path for path in written if Path(path).name.startswith("test_")]
    assert len(tests) == len(NAMES)
    call(copy, "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_the_skeletons_are_in_the_style_of_the_rest(made: tuple[Path, list[str]]) -> None:
    copy, written = made
    python = [path for path in written if path.endswith(".py")]
    call(copy, "ruff", "check", "--no-cache", *python)
    call(copy, "ruff", "format", "--no-cache", "--check", *python)


@pytest.mark.slow
def test_the_skeletons_have_right_types(made: tuple[Path, list[str]]) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed: pip install --editable '.[dev]'")
    call(made[0], "mypy")


def test_what_is_there_already_is_not_overwritten(made: tuple[Path, list[str]]) -> None:
    before = (made[0] / "protocols/step_count.py").read_text(encoding="utf-8")
    with pytest.raises(CallError, match=r"protocols/step_count\.py: there is such a file already"):
        write("packet", "step_count", made[0])
    assert (made[0] / "protocols/step_count.py").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("what", "name", "sentence"),
    [
        ("fault", "lose_it", "this directory is no checkout of isletbench"),
        ("fault", "../lose", "NAME '../lose': expected lower_case_words"),
        ("scenario", "mine", "NAME 'mine': expected MY-01"),
        ("page", "mine", "init 'page': expected one of packet, fault, check, scenario, kind"),
    ],
)
def test_a_wrong_call_is_refused_and_writes_nothing(what: str, name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match=sentence):
        write(what, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("what", "name", "sentence"),
    [
        ("fault", "lose_reply", "there is a fault of this name already"),
        ("check", "hears", "there is a check of this name already"),
        ("kind", "pump", "there is a kind of this name already"),
        ("fault", "class", "a keyword of Python"),
    ],
)
def test_a_name_that_is_taken_or_no_name_writes_nothing(tmp_path: Path, what: str, name: str, sentence: str) -> None:
    (tmp_path / "pyproject.toml").write_text('name = "isletbench"')
    with pytest.raises(CallError, match=sentence):
        write(what, name, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["pyproject.toml"]
