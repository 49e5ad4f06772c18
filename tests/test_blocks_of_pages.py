"""Every block of TOML, JSON and Python of a page is run, read by its loader, or listed with the reason why not.

Commands and C are run by tests/test_shell_of_pages.py, line by line, and diagrams compared by tests/test_diagrams.py.
"""

import asyncio
import io
import json
import os
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from isletbench import Bench, Pace, Ports, load_rig, run
from isletbench.emulator.campaigns import campaign, cell
from isletbench.emulator.journal import beliefs, reader
from isletbench.emulator.rigs import rig as rigs
from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.scenarios import scenario as scenarios
from tests.harness.architecture import ROOT
from tests.harness.page_blocks import BLOCKS, Block, blocks_of
from tests.harness.page_excuses import ELSEWHERE, NOT_HERE, SHOWN, found_in
from tests.test_shell_of_pages import SHELL

LISTED = ELSEWHERE | SHOWN | NOT_HERE
"""What is not run by the tests here."""


def ours(kind: str) -> list[Block]:
    """The blocks of a kind that are run here."""
    return [block for block in blocks_of(kind) if not found_in(LISTED, block.at)]


def _other(at: tuple[str, str]) -> tuple[str, str] | None:
    """The key of ``OTHERS`` for the block that begins so."""
    return next((key for key in OTHERS if key[0] == at[0] and at[1].startswith(key[1])), None)


# That nothing is left out


def test_every_block_is_run_or_listed() -> None:
    run = {"toml", "json", "python", "mermaid"}
    shell = {*SHELL, *blocks_of("c")}
    left = [
        str(block)
        for block in BLOCKS
        if block.kind not in run and block not in shell and not (found_in(LISTED, block.at) or _other(block.at))
    ]
    tried = {block.at for kind in ("json", "python") for block in ours(kind)}
    left += [f"{page}: {first}" for page, first in tried if _other((page, first)) is None]
    assert left == []


def test_every_line_of_the_lists_names_a_block() -> None:
    named = {found_in(table, block.at) for table in (ELSEWHERE, SHOWN, NOT_HERE) for block in BLOCKS}
    named |= {_other(block.at) for block in BLOCKS}
    assert (set(LISTED) | set(OTHERS)) - named == set()


def test_tests_that_run_blocks_elsewhere_name_the_page() -> None:
    for (page, _), file in ELSEWHERE.items():
        assert Path(page).name in (ROOT / file).read_text(encoding="utf-8"), f"{file} does not read {page}"


# TOML


def _put_into(rig: dict[str, Any], fragment: dict[str, Any]) -> dict[str, Any]:
    """A rig with a fragment in it: a device that says its kind is a whole one, any other changes keys."""
    devices = dict(rig["devices"])
    for name, device in fragment.get("devices", {}).items():
        devices[name] = device if "kind" in device else {**devices[name], **device}
    return {**rig, **fragment, "devices": devices}


def read_toml(text: str, place: Path) -> None:
    """Read a block with the loader of what it is; raises that loader's error, and ``ValueError`` for what is nothing."""
    if text.startswith("when ="):  # one condition a line
        for line in text.splitlines():
            plain = tomllib.loads(line)
            scenarios.validated({**SCENARIO, "fault": [{"fault": "lose_reply", "device": "pump", **plain}]}, "page")
        return
    plain = rigs.tables(text, "page")
    if "id" in plain:
        scenarios.parse(text, "page")
    elif "scenarios" in plain:
        (place / "my.toml").write_text((ROOT / "hil_rigs/scenarios/DLV-01.toml").read_text(encoding="utf-8"), encoding="utf-8")
        (place / "campaign.toml").write_text(text, encoding="utf-8")
        campaign.load(place / "campaign.toml")
    elif "expect" in plain:
        scenarios.validated({**SCENARIO, **plain}, "page")
    elif "firmware" in plain:
        (place / "rig.toml").write_text(text, encoding="utf-8")
        load_any(str(place / "rig.toml"))
    elif "schema" in plain:
        rigs.validated(plain, "page")
    else:
        base = "patient" if "patient" in plain else "default"
        rigs.validated(_put_into(rigs.tables(*rigs.read(base)), plain), "page")


SCENARIO = {
    "schema": 1,
    "id": "PAGE-01",
    "title": "From a page",
    "story": "What a page shows, in a scenario.",
    "lasts": "1h",
    "clients": ["pump"],
    "rig": "patient",
    "expect": [{"check": "doses_once", "boluses": 0}],
}


@pytest.mark.slow
@pytest.mark.parametrize("block", ours("toml"), ids=str)
def test_toml_is_what_a_loader_accepts(block: Block, tmp_path: Path) -> None:
    read_toml(block.text, tmp_path)


@pytest.mark.parametrize("text", ["[devices.pump]\nreservoirs = 3\n", "when = { message = 3 }\n", "[[expect]]\ncheck = 'no'\n"])
def test_toml_that_a_loader_refuses_fails(text: str, tmp_path: Path) -> None:
    with pytest.raises((rigs.RigError, scenarios.ScenarioError)):
        read_toml(text, tmp_path)


# JSON


def _one_ready_line(block: Block, _place: Path) -> None:
    """It has the keys that `up --json` prints, all the way down."""

    async def ready() -> dict[str, Any]:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            return bench.ready()

    def keys(value: object) -> object:
        return {key: keys(inner) for key, inner in value.items()} if isinstance(value, dict) else None

    there = run(ready(), Pace.parse("jump"))
    assert keys(json.loads(block.text)["devices"]) == keys(there["devices"])


def _beliefs(block: Block, _place: Path) -> None:
    for line in block.text.splitlines():
        beliefs.parse(line)


def _a_cell(block: Block, _place: Path) -> None:
    cell.parse(block.text, str(block))


def _a_journal_s_head(block: Block, _place: Path) -> None:
    assert len(reader.read([block.text.strip()])) == 1


# Python


def _says_what_it_believes(block: Block, place: Path) -> None:
    with patch.dict(os.environ, {"ISLETBENCH_BELIEFS": str(place / "beliefs")}):
        executed(block)["beliefs"].close()
    beliefs.parse((place / "beliefs").read_text(encoding="utf-8"))


def _a_client(block: Block, _place: Path) -> None:
    assert asyncio.iscoroutinefunction(executed(block)["client_of"]("DLV-01"))


def _a_scenario_played(block: Block, _place: Path) -> None:
    said = io.StringIO()
    with redirect_stdout(said):
        executed(block)
    assert said.getvalue().startswith("absent"), "its client connects to nothing"


def executed(block: Block) -> dict[str, Any]:
    """The names that a block leaves."""
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102  # our own page
    return names


OTHERS: dict[tuple[str, str], Callable[[Block, Path], None]] = {
    ("README.md", '{"ready"'): _one_ready_line,
    ("docs/beliefs.md", '{"belief"'): _beliefs,
    ("docs/campaigns.md", "{"): _a_cell,
    ("docs/journal.md", '{"journal"'): _a_journal_s_head,
    ("docs/beliefs.md", "import json"): _says_what_it_believes,
    ("docs/campaigns.md", "def client_of"): _a_client,
    ("docs/scenarios.md", "import asyncio"): _a_scenario_played,
}
"""What is tried of JSON and Python, by page and beginning."""


@pytest.mark.slow
@pytest.mark.parametrize("block", [block for block in BLOCKS if _other(block.at)], ids=str)
def test_json_and_python_are_what_the_page_says(block: Block, tmp_path: Path) -> None:
    key = _other(block.at)
    assert key is not None
    OTHERS[key](block, tmp_path)


def test_python_and_yaml_have_no_wrong_syntax_where_they_cannot_run() -> None:
    for block in blocks_of("python"):
        compile(block.text, str(block), "exec")
    for block in blocks_of("yaml"):
        assert list(yaml.safe_load_all(block.text)), block
