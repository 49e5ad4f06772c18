"""The documentation as a site: pages of the checkout put together, built by zensical, and checked link by link.

``python -m tests.harness.site DIR`` writes it there. Links from a page into the code lead to copies of what they
name.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.harness.architecture import ROOT

BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "firmware_stubs/README.md": "firmware_stubs.md",
}
"""Pages that are not in ``docs``, and where they are on the site."""
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCE = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)


def place_of(file: Path) -> str | None:
    """Where a file of the checkout is on the site; None for what is not a page of it."""
    path = file.relative_to(ROOT).as_posix()
    if path in BESIDE:
        return BESIDE[path]
    return path.removeprefix("docs/") if path.startswith("docs/") and file.is_file() else None


def put_together(stage: Path) -> None:
    """Write the pages of the site into a directory, as zensical reads them."""
    docs = stage / "docs"
    shutil.copytree(ROOT / "docs", docs)
    shutil.copy(ROOT / "zensical.toml", stage)
    pages = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / page for page in BESIDE)]
    for page in pages:
        at = place_of(page)
        assert at is not None
        (docs / at).write_text(_with_links(page, docs / at, docs), encoding="utf-8")


def _with_links(page: Path, at: Path, docs: Path) -> str:
    """The text of a page with its links as they have to be on the site."""

    def relinked(link: re.Match[str]) -> str:
        target, _, anchor = link[2].partition("#")
        if not target or urlsplit(target).scheme:
            return link[0]
        file = (page.parent / target).resolve()
        there = place_of(file)
        if there is None and file.is_dir():
            index = file.relative_to(ROOT / "docs").as_posix() if file.is_relative_to(ROOT / "docs") else ""
            return link[0] if index and (docs / index / "index.md").exists() else f"{link[1]}{_copied(file, docs, at)}{link[3]}"
        to = _relative(docs / there, at) if there is not None else _copied(file, docs, at)
        return f"{link[1]}{to}{'#' + anchor if anchor else ''}{link[3]}"

    parts = FENCE.split(page.read_text(encoding="utf-8"))
    return "".join(part if FENCE.fullmatch(part) else LINK.sub(relinked, part) for part in parts)


def _copied(file: Path, docs: Path, at: Path) -> str:
    """A copy of a file of the checkout, for readers; of a directory a page that lists it."""
    inside = file.relative_to(ROOT)
    if file.is_dir():
        page = docs / "source" / inside / "index.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        names = sorted(one for one in file.iterdir() if one.is_file())
        rows = [f"* [{one.name}]({_relative(docs / (place_of(one) or ''), page)})" for one in names if place_of(one)]
        rows += [f"* [{one.name}]({_copied(one, docs, page)})" for one in names if not place_of(one)]
        page.write_text(f"# {inside.as_posix()}\n\n" + "\n".join(rows) + "\n", encoding="utf-8")
        return _relative(page, at)
    copy = docs / "source" / inside.with_name(f"{inside.name}.txt")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, copy)
    return _relative(copy, at)


def _relative(file: Path, page: Path) -> str:
    return Path(
        *[".."] * len(page.parent.relative_to(_common(file, page)).parts), file.relative_to(_common(file, page))
    ).as_posix()


def _common(file: Path, page: Path) -> Path:
    return next(one for one in page.parents if file.is_relative_to(one))


class _Links(HTMLParser):
    """What a page names: links, what it loads, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes that name something."""
        given = {key: value for key, value in attrs if value}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "preconnect", "preload", "icon"}:
            self.loads.append(given["href"])
        elif tag in {"img", "script", "source", "iframe"} and "src" in given:
            self.loads.append(given["src"])


def broken(site: Path) -> Iterator[str]:
    """Every link that leads nowhere, and everything that a page loads from elsewhere, a sentence each."""
    parsed: dict[Path, _Links] = {}
    for page in sorted(site.rglob("*.html")):
        parsed[page] = _Links()
        parsed[page].feed(page.read_text(encoding="utf-8"))
    for page, found in parsed.items():
        name = page.relative_to(site)
        yield from (f"{name}: loads {one} from elsewhere" for one in found.loads if urlsplit(one).netloc)
        for link in (*found.links, *found.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            start = site if parts.path.startswith("/") else page.parent
            to = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
            to = to / "index.html" if to.is_dir() else to
            if not to.is_file():
                yield f"{name}: {link}: no such page"
            elif parts.fragment and to in parsed and unquote(parts.fragment) not in parsed[to].anchors | {"__codelineno"}:
                yield f"{name}: {link}: no such anchor"


def build(into: Path) -> list[str]:
    """Build the site into a directory. What is broken in it."""
    with tempfile.TemporaryDirectory() as made:
        stage = Path(made)
        put_together(stage)
        subprocess.run([sys.executable, "-m", "zensical", "build", "--strict", "--clean"], cwd=stage, check=True)
        shutil.copytree(stage / "site", into, dirs_exist_ok=True)
    return list(broken(into))


if __name__ == "__main__":
    wrong = build(Path(sys.argv[1]))
    pages = len(list(Path(sys.argv[1]).rglob("*.html")))
    sys.stdout.write("".join(f"{one}\n" for one in wrong) + f"{pages} pages, {len(wrong)} broken links\n")
    sys.exit(1 if wrong else 0)
