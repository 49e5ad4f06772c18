"""docs/rigs.md shows the rigs there are, and its pictures are their wires."""

import pytest

from tests.rigs.pages import DOCS, PAGE, parts, pictures, place


@pytest.mark.parametrize("name", parts())
def test_the_page_shows_what_there_is(name: str) -> None:
    assert place(name).findall(PAGE.read_text(encoding="utf-8")) == [f"{parts()[name]}\n"], "run: python -m tests.rigs.pages"


def test_the_pictures_are_the_wires_and_no_others() -> None:
    drawn = pictures()
    assert {path: path.read_text(encoding="utf-8") for path in drawn} == drawn, "run: python -m tests.rigs.pages"
    assert set((DOCS / "wiring").iterdir()) == set(drawn)
