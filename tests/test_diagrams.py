"""The drawings in the manual are the tables in the code."""

import pytest

from tests.harness.diagrams import DRAWN, mermaid, place


@pytest.mark.parametrize("name", DRAWN)
def test_the_drawing_is_the_table(name: str) -> None:
    page, table = DRAWN[name]
    drawn = place(name).findall(page.read_text(encoding="utf-8"))
    assert drawn == [mermaid(table)], "run: python -m tests.harness.diagrams"
