"""The documentation as a site: built without a warning, no link broken, nothing loaded from elsewhere."""

import tomllib
from pathlib import Path

import pytest

from tests.harness.architecture import ROOT
from tests.harness.site import broken, build, put_together


def test_what_is_broken_is_found(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<h2 id="there">There</h2>', encoding="utf-8")
    (tmp_path / "index.html").write_text(
        """<a href="other/#there">good</a> <a href="other/#nowhere">no anchor</a> <a href="missing/">no page</a>
        <a href="https://example.org/">not ours</a> <img src="https://example.org/x.png"> <script src="gone.js"></script>""",
        encoding="utf-8",
    )
    assert list(broken(tmp_path)) == [
        "index.html: loads https://example.org/x.png from elsewhere",
        "index.html: other/#nowhere: no such anchor",
        "index.html: missing/: no such page",
        "index.html: gone.js: no such page",
    ]


def test_every_page_has_its_place_in_the_navigation(tmp_path: Path) -> None:
    def pages(nav: object) -> set[str]:
        match nav:
            case str(page):
                return {page}
            case list(inner):
                return set().union(*map(pages, inner))
            case dict(inner):
                return set().union(*map(pages, inner.values()))
        raise AssertionError(nav)

    put_together(tmp_path)
    there = {path.relative_to(tmp_path / "docs").as_posix() for path in (tmp_path / "docs").rglob("*.md")}
    named = pages(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"])
    assert named == {page for page in there if not page.startswith(("decisions/", "source/"))}


@pytest.mark.slow
def test_no_link_of_the_site_is_broken(tmp_path: Path) -> None:
    pytest.importorskip("zensical")
    assert build(tmp_path / "site") == []
    text = (tmp_path / "site" / "tutorial" / "index.html").read_text(encoding="utf-8")
    assert "fonts.googleapis" not in text
