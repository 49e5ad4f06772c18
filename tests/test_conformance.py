"""The conformance tables: nothing claimed that is not listed, nothing listed without a proof or a reason, nothing stale."""

from pathlib import Path

import pytest

from tests.harness.conformance import CHECKLISTS, checklist, claims, document, table

LISTED = {row["id"] for path in CHECKLISTS for row in checklist(path)["row"]}


def test_every_claim_is_on_a_checklist() -> None:
    assert set(claims()) <= LISTED


@pytest.mark.parametrize("path", CHECKLISTS, ids=lambda path: path.stem)
def test_every_row_has_a_test_or_a_reason(path: Path) -> None:
    claimed = claims()
    rows = checklist(path)["row"]
    assert len({row["id"] for row in rows}) == len(rows)
    assert [row["id"] for row in rows if row["id"] not in claimed and not row.get("because")] == []
    assert [row["id"] for row in rows if row["id"] in claimed and row.get("because")] == [], "a proof needs no excuse"


@pytest.mark.parametrize("path", CHECKLISTS, ids=lambda path: path.stem)
def test_the_page_is_what_the_tests_say(path: Path) -> None:
    assert document(path).read_text(encoding="utf-8") == table(path), "run: python -m tests.harness.conformance"
