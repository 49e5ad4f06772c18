"""The blocks of the pages: everything that is set as code, fenced or indented, with its page and its kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.harness.architecture import ROOT
from tests.test_pages import PAGES

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LIST = re.compile(r"^ *([-*]|\d+\.) ")
PROGRAMS = ("isletbench", "python", "python3", "pip", "pytest", "parallel", "echo", "wireshark", "tshark")
"""What an indented line begins with that is a command."""


@dataclass(frozen=True)
class Block:
    """One block of a page."""

    page: Path
    kind: str
    """The word behind the fence; ``sh`` of indented commands, nothing of other indented lines."""
    text: str

    @property
    def at(self) -> tuple[str, str]:
        """Its page and its first line that is not empty: what tables name it by."""
        return self.page.relative_to(ROOT).as_posix(), self.text.strip().splitlines()[0].strip()

    def __str__(self) -> str:
        page, first = self.at
        return f"{page}: {first}"


def _indented(page: Path, text: str) -> Iterator[Block]:
    """The blocks of indented lines: after an empty line, and deeper than the text of a list that they stand in."""
    for found in re.finditer(r"(?<=\n\n)(?: {4,}\S.*\n)+", text):
        block = found[0]
        listed = [line for line in text[: found.start()].splitlines() if line][-1:]
        inside = bool(listed) and (listed[0].startswith(" ") or bool(LIST.match(listed[0])))
        if LIST.match(block) or (inside and not block.startswith(" " * 7)):
            continue
        yield Block(page, "sh" if block.split()[0] in PROGRAMS else "", block)


def blocks() -> list[Block]:
    """Every block of every page but those under ``docs/reference``, which are made from the code."""
    found = []
    for page in PAGES:
        if "reference" in page.parts:
            continue
        text = page.read_text(encoding="utf-8")
        found += [Block(page, kind, block) for _, kind, block in FENCE.findall(text)]
        found += _indented(page, FENCE.sub("", text))
    return found


BLOCKS = blocks()


def blocks_of(kind: str) -> list[Block]:
    """The blocks of one kind."""
    return [block for block in BLOCKS if block.kind == kind]
