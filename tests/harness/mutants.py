"""Mutants: the product with one requirement broken, which the tests of that requirement have to notice.

A mutant is declared in tests/mutants/NAME.toml: the ``row`` of the checklist, ``what`` is broken, the ``file``, and the text
``before`` and ``after``. ``before`` occurs in the file exactly once, so a mutant cannot outlive the code that it changes. The
tests of the row run on a copy of the checkout; ``python -m tests.harness.mutants ROW ...`` tries them by hand.
"""

import importlib
import os
import shutil
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.harness.conformance import ROOT, claims

DECLARED = ROOT / "tests" / "mutants"
COPIED = ("emulator", "protocols", "hil_rigs", "src", "tests", "pyproject.toml")
"""What the tests of a row need of the checkout."""
PRELOADED = ("hypothesis", "pydantic", "construct", "construct_typed", "fastcrc", "bumble.hci", "bleak")
"""Libraries that take longer to load than the tests of a row to run."""


CANNOT_RUN = 70
"""The exit code of a process that could not even begin with its tests."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the product that violates one row."""

    row: str
    what: str
    file: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.row}: {self.what}"


def mutants() -> list[Mutant]:
    """Every mutant that is declared."""
    return [
        Mutant(**each) for path in sorted(DECLARED.glob("*.toml")) for each in tomllib.loads(path.read_text("utf-8"))["mutant"]
    ]


def proofs_of(row: str) -> list[str]:
    """The tests that claim a row, as pytest names them."""
    return [f"{path.as_posix()}::{test}" for path, test in claims().get(row, [])]


def copied(directory: Path) -> Path:
    """A copy of the checkout to apply mutants to."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, directory / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, directory / name)
    return directory


def is_noticed(mutant: Mutant, checkout: Path) -> bool:
    """Whether a test of the row fails once the mutant is applied to this copy, which is as before afterwards."""
    file = checkout / mutant.file
    whole = file.read_text("utf-8")
    assert whole.count(mutant.before) == 1, f"{mutant}: expected its text once in {mutant.file}"
    file.write_text(whole.replace(mutant.before, mutant.after), "utf-8")
    try:
        return not passes(mutant.row, checkout)
    finally:
        file.write_text(whole, "utf-8")


def passes(row: str, checkout: Path) -> bool:
    """Whether the tests of a row pass on this copy, in a process of their own. Raises ``RuntimeError`` if they cannot run."""
    tests = proofs_of(row)
    child = os.fork()
    if child == 0:
        _end_as_pytest(tests, checkout)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in {0, 1}:
        raise RuntimeError(f"{row}: the tests could not be run: pytest ended with {code}")
    return code == 0


def _end_as_pytest(tests: list[str], checkout: Path) -> NoReturn:
    """Be pytest on the copy, in a process that has loaded nothing of the product yet, and end as it does."""
    code = CANNOT_RUN
    try:
        os.chdir(checkout)
        sys.path[:0] = [str(checkout / "src"), str(checkout)]
        for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "isletbench"}]:
            del sys.modules[name]
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        options = ["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*options, *tests]))
    finally:
        os._exit(code)


def main(rows: list[str]) -> int:
    """Try the mutants of these rows, or all, and print which are noticed; 1 when one is not."""
    sys.dont_write_bytecode = True
    claimed = claims()
    for name in PRELOADED:  # so that each process of tests loads the product alone
        importlib.import_module(name)
    survived = 0
    with tempfile.TemporaryDirectory() as directory:
        checkout = copied(Path(directory))
        for mutant in mutants():
            if mutant.row in (rows or claimed):
                noticed = is_noticed(mutant, checkout)
                survived += not noticed
                sys.stdout.write(f"{'noticed ' if noticed else 'SURVIVES'} {mutant}\n")
                sys.stdout.flush()
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
