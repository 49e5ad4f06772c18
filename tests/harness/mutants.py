"""Mutants: the product with one requirement broken, which the tests of that requirement have to notice.

A mutant is declared in tests/mutants/NAME.toml: the ``row`` of the checklist, ``what`` is broken, the ``file``, and the text
``before`` and ``after``. ``before`` occurs in the file exactly once, so a mutant cannot outlive the code that it changes.

``python -m tests.harness.mutants [ROW ...]`` tries them on a private copy of the checkout: the tests of each row pass there on
the product as it is, and fail on each of its mutants.
"""

import compileall
import importlib
import os
import py_compile
import shutil
import signal
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.harness.built import PLACE
from tests.harness.conformance import ROOT, claims

DECLARED = ROOT / "tests" / "mutants"
COPIED = ("emulator", "protocols", "hil_rigs", "src", "tests", "pyproject.toml")
"""What the tests of a row need of the checkout."""
PRELOADED = (
    *("hypothesis", "pydantic", "construct", "construct_typed", "fastcrc", "bumble.device", "bumble.hci", "bleak"),
    *("pytest_asyncio.plugin", "_hypothesis_pytestplugin", "_pytest.assertion.rewrite"),
)
"""Libraries that take longer to load than the tests of a row to run."""
OPTIONS = (
    *("-q", "-x", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin", "-p", "_hypothesis_pytestplugin"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
CANNOT_RUN = 70
"""The exit code of a process that could not even begin with its tests."""
OUTPUT = "pytest.txt"
"""Where in the copy pytest writes its words."""
PATIENCE_S = 120
"""A mutant may keep a test from ever ending: then its process is ended, and the mutant is noticed."""


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
    """A copy of the checkout to apply mutants to, compiled so that a module is compiled again exactly when it has changed."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, directory / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, directory / name)
    by_content = py_compile.PycInvalidationMode.CHECKED_HASH
    for name in ("emulator", "protocols", "hil_rigs", "src"):
        compileall.compile_dir(directory / name, quiet=1, invalidation_mode=by_content)
    return directory


def noticed_by(mutant: Mutant, checkout: Path) -> str | None:
    """How the first test of the row fails once the mutant is applied to this copy, which is as before afterwards."""
    file = checkout / mutant.file
    whole = file.read_text("utf-8")
    assert whole.count(mutant.before) == 1, f"{mutant}: expected its text once in {mutant.file}"
    file.write_text(whole.replace(mutant.before, mutant.after), "utf-8")
    try:
        return failure_of([mutant.row], checkout)
    finally:
        file.write_text(whole, "utf-8")


def failure_of(rows: Sequence[str], checkout: Path, *, patience_s: int = PATIENCE_S) -> str | None:
    """How the first test of these rows fails on this copy, in a process of its own; None where all of them pass.

    Raises ``RuntimeError`` when they cannot be run.
    """
    tests = list(dict.fromkeys(test for row in rows for test in proofs_of(row)))
    sys.stdout.flush()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        _end_as_pytest(tests, checkout, patience_s, tell)
    os.close(tell)
    with os.fdopen(told, encoding="utf-8") as pipe:
        failure = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGALRM:
        return f"no end within {patience_s} s"
    if code not in {0, 1}:
        words = (checkout / OUTPUT).read_text("utf-8", errors="replace")
        raise RuntimeError(f"{', '.join(rows)}: the tests could not be run: pytest ended with {code}\n{words}")
    return failure if code else None


def _end_as_pytest(tests: list[str], checkout: Path, patience_s: int, tell: int) -> NoReturn:
    """Be pytest on the copy, in a process that has loaded nothing of the product yet, and end as it does."""
    code = CANNOT_RUN
    try:
        os.chdir(checkout)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        os.environ.pop(PLACE, None)  # what was built from the checkout is no program of a mutant
        sys.path[:0] = [str(checkout / "src"), str(checkout)]
        for name in [name for name in sys.modules if name.partition(".")[0] in {"tests", "isletbench"}]:
            del sys.modules[name]
        output = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        signal.alarm(patience_s)
        code = int(pytest.main([*OPTIONS, *tests], plugins=[_Failures(tell)]))
    finally:
        os._exit(code)


class _Failures:
    """A plugin of pytest that writes how a test fails: its name, and the first line of what is wrong."""

    def __init__(self, tell: int) -> None:
        self._tell = tell

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            why = crash.message.partition("\n")[0] if crash is not None else str(report.longrepr)[-200:]
            os.write(self._tell, f"{report.nodeid.partition('::')[2]}: {why}".encode())


def main(rows: Sequence[str]) -> int:
    """Try the mutants of these rows, or of all, and print which are noticed; 1 when one is not, or a test fails without one."""
    for name in PRELOADED:  # so that each process of tests loads the product alone
        importlib.import_module(name)
    tried = [mutant for mutant in mutants() if not rows or mutant.row in rows]
    proven = list(dict.fromkeys(mutant.row for mutant in tried))
    survived = 0
    with tempfile.TemporaryDirectory() as directory:
        checkout = copied(Path(directory))
        if failure := failure_of(proven, checkout, patience_s=PATIENCE_S + 2 * len(proven)):
            sys.stdout.write(f"FAILS    without a mutant: {failure}\n")
            return 1
        sys.dont_write_bytecode = True  # the tests are compiled now, and a mutant is not to be kept
        for mutant in tried:
            failure = noticed_by(mutant, checkout)
            survived += failure is None
            sys.stdout.write(f"SURVIVES {mutant}\n" if failure is None else f"noticed  {mutant} ({failure})\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(proven)} rows, {len(tried)} mutants, {len(tried) - survived} noticed, {survived} not\n")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
