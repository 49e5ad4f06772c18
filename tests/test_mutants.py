"""For each requirement with a test there are mutants, products that violate it, and each of them fails that test."""

import subprocess
import sys
from functools import cache

import pytest

from tests.harness.conformance import CHECKLISTS, ROOT, checklist
from tests.harness.mutants import mutants, proofs_of

ROWS = {row["id"]: row for path in CHECKLISTS for row in checklist(path)["row"]}


def test_every_row_that_a_test_proves_has_a_mutant_and_no_other_row_has_one() -> None:
    broken = {mutant.row for mutant in mutants()}
    assert broken == {row for row, each in ROWS.items() if "because" not in each}
    assert [row for row in broken if not proofs_of(row)] == []


def test_every_mutant_changes_what_stands_in_its_file_exactly_once() -> None:
    @cache
    def text(file: str) -> str:
        return (ROOT / file).read_text("utf-8")

    assert [str(mutant) for mutant in mutants() if text(mutant.file).count(mutant.before) != 1] == []
    assert [str(mutant) for mutant in mutants() if mutant.before == mutant.after] == []
    assert [str(mutant) for mutant in mutants() if not mutant.file.startswith(("emulator/", "protocols/"))] == []


def test_no_mutant_is_declared_twice() -> None:
    told = [str(mutant) for mutant in mutants()]
    changes = [(mutant.row, mutant.file, mutant.before, mutant.after) for mutant in mutants()]
    assert len(set(told)) == len(told)
    assert len(set(changes)) == len(changes)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="each mutant is tried in a process that is forked")
def test_the_tests_of_every_row_notice_its_mutants() -> None:
    command = [sys.executable, "-m", "tests.harness.mutants"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=7200, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("noticed  ") == len(mutants())
