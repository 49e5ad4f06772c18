"""The pages under ``docs/reference`` are what the code says: ``python -m tests.harness.reference`` writes them anew."""

import pytest

from tests.harness.reference import MADE, PAGES


@pytest.mark.parametrize(
    "page", [pytest.param(name, marks=pytest.mark.slow if name in {"api", "faults", "scenario"} else ()) for name in MADE]
)
def test_a_page_is_what_the_code_says(page: str) -> None:
    assert (PAGES / f"{page}.md").read_text(encoding="utf-8") == MADE[page]()


def test_every_page_of_the_reference_is_made() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(MADE)
