"""For each requirement with a mutant: the product that violates it fails the tests that claim to prove it."""

import subprocess
import sys

import pytest

from tests.harness.conformance import CHECKLISTS, ROOT, checklist
from tests.harness.mutants import Mutant, mutants, proofs_of

LISTED = {row["id"] for path in CHECKLISTS for row in checklist(path)["row"]}


@pytest.mark.parametrize("mutant", mutants(), ids=str)
def test_a_mutant_changes_what_there_is_and_its_row_has_tests(mutant: Mutant) -> None:
    assert mutant.row in LISTED
    assert proofs_of(mutant.row)
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.before) == 1
    assert mutant.before != mutant.after


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="each mutant is tried in a process that is forked")
def test_the_tests_of_every_row_notice_its_mutants() -> None:
    command = [sys.executable, "-m", "tests.harness.mutants"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3600, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("noticed  ") == len(mutants())
