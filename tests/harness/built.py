"""What tests build: made once in a run of the suite, by whichever of its processes needs it first."""

import atexit
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from filelock import FileLock

PLACE = "ISLETBENCH_TESTS_BUILT"
"""The variable that names the folder to the workers of a run."""


@cache
def _place() -> Path:
    if given := os.environ.get(PLACE):
        return Path(given)
    kept = tempfile.TemporaryDirectory(prefix="isletbench-built-")
    atexit.register(kept.cleanup)
    return Path(kept.name)


def shared() -> None:
    """Let the processes that this one starts find what has been built; it is removed when this one ends."""
    os.environ[PLACE] = str(_place())


def built(name: str, build: Callable[[Path], object]) -> Path:
    """The folder of this name with what ``build`` has put there. Raises what ``build`` raises, to everybody who asks."""
    place = _place() / name
    with FileLock(f"{place}.lock"):
        if not (done := place.with_name(f"{name}.done")).exists():
            place.mkdir(exist_ok=True)
            build(place)
            done.touch()
    return place
