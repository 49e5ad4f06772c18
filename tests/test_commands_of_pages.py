"""The calls that pages show are made: those that ask for something and need no bench, no file of a reader and no hardware."""

import re
import shlex
from pathlib import Path

import pytest

from tests.harness.command_line import called
from tests.test_pages import PAGES, calls

ASKS = frozenset(
    (
        "types",
        "decode",
        "encode",
        "faults",
        "actions",
        "profiles",
        "personalities",
        "subjects",
        "scenarios",
        "schema",
        "rigs",
        "dissector",
    )
)
"""The commands that print something that is known without a bench."""
FOR_A_READER = re.compile(r"[\[\]<>{}|;$]|\.\.\.|\b[A-Z]{3,}\b(?!-\d)|\.toml|\.svg|--into|--flash|--labgrid|-o ")
"""What is to be filled in by the reader, or writes a file."""


def asked(page: Path) -> list[str]:
    """The calls of a page that can be made as they are written."""
    found = [re.split(r"\s{2,}#|\s#\s", call)[0].strip() for call in calls(page)]
    listed = [call for call in found if call.split()[0] in ASKS or call.startswith("check --list")]
    listed = [call for call in listed if call not in {"decode", "encode", "schema"}]  # a page names the command alone
    return [call for call in dict.fromkeys(listed) if not FOR_A_READER.search(call)]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if "reference" not in page.parts], ids=lambda page: page.name)
def test_what_a_page_asks_for_is_answered(page: Path) -> None:
    for call in asked(page):
        ended = called(*shlex.split(call))
        assert ended.returncode == 0, f"{call}: {ended.stderr}"
        assert ended.stdout, call


def test_pages_show_many_such_calls() -> None:
    assert sum(len(asked(page)) for page in PAGES) > 20
