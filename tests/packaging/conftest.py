"""What the tests of packaging share: distributions built from this checkout, and empty environments to install them into."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.harness.architecture import ROOT


def run(*words: str | Path, cwd: Path, ok: bool = True) -> str:
    """What a command prints. ``ok``: it has to succeed."""
    ended = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert not ok or ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist, built by hatchling."""
    made = tmp_path_factory.mktemp("distributions")
    run(sys.executable, "-m", "hatchling", "build", "-d", made, cwd=ROOT)
    return made


class Environment:
    """An empty virtual environment that sees the libraries isletbench depends on, and no isletbench."""

    def __init__(self, place: Path) -> None:
        venv.create(place, symlinks=True)
        self.python = place / "bin" / "python"
        (packages,) = place.glob("lib/python*/site-packages")
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

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
    return Environment(tmp_path / "environment")


@pytest.fixture(scope="session")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel in it, for tests that leave it as it is."""
    place = tmp_path_factory.mktemp("installed")
    found = Environment(place / "environment")
    (wheel,) = distributions.glob("*.whl")
    found.install(wheel, cwd=place)
    return found
