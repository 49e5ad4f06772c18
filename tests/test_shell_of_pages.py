"""Every command of every page is run, in the order of the page, or listed with the reason why not."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.harness.architecture import ROOT
from tests.harness.page_blocks import Block, blocks_of
from tests.harness.page_excuses import ELSEWHERE, found_in
from tests.harness.page_lines import BEFORE, INSTEAD, MAY_FAIL, NOT_RUN, entry, furnish, here, replaced
from tests.harness.page_shell import CHOICE, STAYS, PageShell, lines_of, shortened

SHELL = [block for block in blocks_of("sh") if not found_in(ELSEWHERE, block.at)]
PAGES = sorted({block.at[0] for block in SHELL})


def every_line(page: str) -> list[str]:
    """The commands of a page, in its order."""
    return [line for block in SHELL if block.at[0] == page for line in lines_of(block.text)]


def test_the_tables_name_lines_of_their_pages() -> None:
    lines = {(page, line) for page in PAGES for line in every_line(page)}
    used = {key for page, line in lines for table in (MAY_FAIL, NOT_RUN) if (key := entry(table, page, line))}
    assert {*MAY_FAIL, *NOT_RUN} - used == set()
    shown = {page: "\n".join(every_line(page)) for page in PAGES}
    assert [key for key in INSTEAD if key[1] not in shown[key[0]]] == []
    assert set(BEFORE) <= set(PAGES)


def test_most_commands_are_run() -> None:
    lines = [(page, line) for page in PAGES for line in every_line(page)]
    assert len([at for at in lines if not entry(NOT_RUN, *at)]) > 4 * len(NOT_RUN)


def play(page: str, blocks: list[list[str]], place: Path) -> None:
    """Run the lines of a page; raises ``AssertionError`` at the first that fails."""
    furnish(place, page)
    taken, shell = PageShell(place), PageShell(place)
    try:
        for line in BEFORE.get(page, []):
            if STAYS.search(line):
                taken.start(here(line, place), beside=True)
                shell.ready = taken.ready
            else:
                taken.run(line, may_fail=False)
        for lines in blocks:
            for whole in lines:
                if entry(NOT_RUN, page, whole):
                    continue
                may_fail = entry(MAY_FAIL, page, whole) is not None
                for line in [part for new in replaced(page, here(whole, place)) for part in shortened(new)]:
                    if line.startswith("isletbench replay"):
                        shell.stop()  # it takes the place of what was recorded
                    if STAYS.match(line):
                        shell.start(line, beside=page == "docs/integrated.md" and "sensor.toml" not in line)
                    else:
                        shell.run(line, may_fail=may_fail)
    finally:
        shell.stop()
        taken.stop()


def play_all(page: str, place: Path) -> None:
    """Run every line of a page."""
    play(page, [lines_of(block.text) for block in SHELL if block.at[0] == page], place)


SHORT = [
    "docs/audit.md",
    "docs/ble.md",
    "docs/control.md",
    "docs/install.md",
    "docs/personalities.md",
    "docs/report.md",
    "docs/rigs.md",
    "docs/your-language.md",
]
"""Pages that are run before a merge: together about a minute of processor time. The others are run every night."""


def test_short_pages_are_pages() -> None:
    assert set(SHORT) < set(PAGES)


@pytest.mark.slow
@pytest.mark.parametrize("page", SHORT)
def test_every_command_of_a_short_page_runs(page: str, tmp_path: Path) -> None:
    play_all(page, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page not in SHORT])
def test_every_command_of_a_long_page_runs(page: str, tmp_path: Path) -> None:
    play_all(page, tmp_path)


@pytest.mark.slow
def test_a_command_that_fails_is_seen(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing_such"):
        play("docs/ci.md", [["isletbench schema nothing_such"]], tmp_path)


# Where many scenarios are chosen, one is played


def test_a_choice_is_listed_and_a_short_scenario_is_played() -> None:
    listed, played = shortened("isletbench check --tag dlv --over ble --junit a.xml -- python my_client.py")
    assert listed == "isletbench check --list --tag dlv --over ble"
    assert played == "isletbench check SHORT-01.toml --over ble --junit a.xml -- python my_client.py"
    assert CHOICE.findall("DLV-01 CLP-02") == ["DLV-01", "CLP-02"]


# C


def c_program(block: Block) -> str:
    """A function around statements of a page, with the headers of the stubs."""
    head = '#include "isletbench/wire.h"\n#include "packets/cgms.h"\n'
    return f"{head}void page(struct ib_octets value);\nvoid page(struct ib_octets value) {{\n{block.text}}}\n"


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks_of("c"), ids=str)
def test_c_is_compiled(block: Block, tmp_path: Path) -> None:
    source = tmp_path / "page.c"
    source.write_text(c_program(block), encoding="utf-8")
    folders = [f"-I{ROOT / 'firmware_stubs' / name}" for name in ("include", "generated")]
    words = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", *folders, str(source), "-o", str(tmp_path / "page.o")]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, re.sub(r"\x1b\[[\d;]*m", "", ended.stderr)
