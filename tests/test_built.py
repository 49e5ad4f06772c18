"""What tests build is built once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.built import built, shared

ROOT = Path(__file__).parents[1]


def test_what_has_been_built_is_there_for_every_process_of_a_run() -> None:
    shared()
    place = built("one", lambda place: (place / "made").write_text("here"))
    program = "from tests.harness.built import built; print(built('one', lambda place: 1 / 0))"
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(place)
    assert (place / "made").read_text() == "here"


def test_what_failed_is_built_again() -> None:
    with pytest.raises(ZeroDivisionError):
        built("two", lambda _: 1 / 0)
    assert (built("two", lambda place: (place / "made").touch()) / "made").exists()
