"""A run that shows nothing is no success: exit code 1, unless its user says that this will do."""

from pathlib import Path

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.scenario import parse
from isletbench.hil_rigs.clients.controller.in_process import client_of
from tests.harness.command_line import called
from tests.interfaces.pytest.test_plugin import run_pytest
from tests.scenarios.test_check import READS, SCENARIO, check

STRIKES_NOTHING = SCENARIO + '\n[[fault]]\nfault = "lose_reply"\ndevice = "pump"\non = "StartPriming"\n'
WHY = "the fault lose_reply was armed at 0:00:00 and changed nothing"


@pytest.mark.parametrize(("options", "code"), [((), 1), pytest.param(("--allow-unjudged",), 0, marks=pytest.mark.slow)])
def test_a_check_that_shows_nothing_is_counted_and_ends_with_1(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    made = check(tmp_path, READS, "--over", "serial", "--json", *options, scenario=STRIKES_NOTHING)
    (verdict,) = made.plain["verdicts"]
    assert verdict["outcome"] == "not judged"
    assert WHY in verdict["unjudged"], verdict["unjudged"]
    assert (made.plain["passed"], made.plain["not_judged"], made.plain["failed"]) == (0, 1, 0)
    assert made.process.returncode == code


def test_a_journal_that_shows_nothing_ends_judge_with_1(tmp_path: Path) -> None:
    file, journal = tmp_path / "MY-01.toml", tmp_path / "run.jsonl"
    file.write_text(STRIKES_NOTHING, encoding="utf-8")
    scenario = parse(STRIKES_NOTHING, str(file))
    journal.write_text(run(play(scenario, client_of(scenario), "serial"), Pace(None)).journal, encoding="utf-8")
    ended = called("judge", str(file), str(journal))
    assert (ended.returncode, f"not judged: {WHY}" in ended.stdout) == (1, True)
    assert called("judge", str(file), str(journal), "--allow-unjudged").returncode == 0
    file.write_text(
        STRIKES_NOTHING + '[[intent]]\nat = "0s"\ndo = "activate"\nunits = 1\n[[expect]]\ncheck = "gives"\nunits = 3\n'
    )
    assert called("judge", str(file), str(journal), "--allow-unjudged").returncode == 1, "what fails is not let off"


@pytest.mark.parametrize(("marker", "code"), [("", 1), pytest.param(", allow_unjudged=True", 0, marks=pytest.mark.slow)])
def test_a_test_that_shows_nothing_fails(tmp_path: Path, marker: str, code: int) -> None:
    (tmp_path / "MY-01.toml").write_text(STRIKES_NOTHING, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import asyncio\nimport pytest\n"
        "from isletbench.hil_rigs.clients.controller.in_process import client_of\n\n"
        f"@pytest.mark.pace('jump')\n@pytest.mark.scenario({str(tmp_path / 'MY-01.toml')!r}{marker})\n@pytest.mark.asyncio\n"
        "async def test_it(bench, scenario):\n    client = asyncio.ensure_future(client_of(scenario)(bench, 'serial'))\n"
        "    await bench.run(scenario.lasts)\n    client.cancel()\n"
    )
    ended = run_pytest(tmp_path)
    assert ended.returncode == code, ended.stdout
    assert (f"not judged: {WHY}" in ended.stdout) == bool(code)
