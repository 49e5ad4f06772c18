"""What the tests of packaging share: distributions built from this checkout, and empty environments to install them into."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Self

import pytest

from tests.harness.architecture import ROOT
from tests.harness.built import built


def run(*words: str | Path, cwd: Path, ok: bool = True) -> str:
    """What a command prints. ``ok``: it has to succeed."""
    ended = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert not ok or ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="session")
def distributions() -> Path:
    """A folder with a wheel and an sdist, built by hatchling."""

    def build(place: Path) -> None:
        run(sys.executable, "-m", "hatchling", "build", "-d", place, cwd=ROOT)

    return built("distributions", build)


class Environment:
    """An empty virtual environment that sees the libraries isletbench depends on, and no isletbench."""

    def __init__(self, place: Path) -> None:
        self.python = place / "bin" / "python"

    @classmethod
    def new(cls, place: Path) -> Self:
        """Make one."""
        venv.create(place, symlinks=True)
        (packages,) = place.glob("lib/python*/site-packages")
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        return cls(place)

    def install(self, *what: str | Path, cwd: Path) -> None:
        """pip install, without asking anybody for dependencies."""
        offline = ("--no-deps", "--no-index", "--no-build-isolation", "--ignore-installed", "--no-compile", "--quiet")
        run(sys.executable, "-m", "pip", "--python", self.python, "install", *offline, *what, cwd=cwd)

    def run(self, *words: str | Path, cwd: Path) -> str:
        """What this environment's Python prints, run in a folder that is no checkout."""
        return run(self.python, *words, cwd=cwd)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An empty environment."""
    return Environment.new(tmp_path / "environment")


@pytest.fixture(scope="session")
def installed(distributions: Path) -> Environment:
    """An environment with the wheel in it, for tests that leave it as it is."""

    def build(place: Path) -> None:
        (wheel,) = distributions.glob("*.whl")
        Environment.new(place / "environment").install(wheel, cwd=place)

    return Environment(built("installed", build) / "environment")
