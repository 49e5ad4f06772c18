"""For each row that an audit examines a device that violates it fails it: the mutants of the product, as devices."""

import subprocess
import sys

import pytest

from tests.harness.audit_mutants import DOCUMENT, UNSEEN, examined
from tests.harness.conformance import ROOT


def test_the_page_has_every_row_that_is_examined_and_every_excuse() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert [row.id for row in examined() if f"| {row.id} | " not in text] == []
    assert set(UNSEEN) <= {row.id for row in examined()}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="each mutant is audited in a process that is forked")
def test_an_audit_fails_the_row_of_a_mutant() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.harness.audit_mutants", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
