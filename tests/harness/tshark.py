"""Debian's tshark, where it is installed: what the tool that people have makes of our captures."""

import shutil
import subprocess
from pathlib import Path

import pytest

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed: apt-get install tshark")


def shown(capture: Path, *options: str) -> str:
    """What tshark prints of a capture; an error of a script of ours fails the test."""
    ended = subprocess.run(
        [str(shutil.which("tshark")), "-r", str(capture), *options],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        encoding="utf-8",
    )
    assert "Lua Error" not in ended.stdout + ended.stderr
    return ended.stdout
