"""Any rig and any scenario either runs or gets one sentence: which file, which key, what was expected."""

import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.faults import Fault
from isletbench.emulator.rigs import rig as rigs
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.scenarios import scenario as scenarios
from isletbench.emulator.scenarios.scenario import Scenario
from tests.harness.odd_files import LIBRARY_WORDS, changed

PROFILES = {kind.name: type(next(iter(kind.profiles.values()))) for kind in KINDS.values()}
RIGS = ("default", "closed_loop", "integrated", "patient", "tubed_pump", "fingerstick_cgm", "two_cgms", "standalone")
SCENARIOS = ("CGM-09", "CLK-02", "CLP-01", "DLV-01", "DLV-09", "HIS-04", "LNK-02", "LNK-08", "LIF-05", "RUN-05")
FILE = "odd.toml"
IS_OURS = re.compile(rf"{re.escape(FILE)}: [^\n]+$")
"""It names the file, and is one line."""


def plays(rig: Rig, faults: Iterable[Fault] = ()) -> None:
    """Half an hour on the bench."""

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY) as bench:
            bench.steering.inject_all(faults)
            await bench.run(minutes(30))

    run(main(), Pace(None))


def rig_plays(data: dict[str, Any]) -> None:
    plays(rigs.validated(data, FILE))


def scenario_plays(data: dict[str, Any]) -> None:
    scenario = scenarios.validated(data, FILE)
    plays(scenario.rig_of(), scenario.faults())


def text_of_rig(name: str) -> dict[str, Any]:
    return rigs.tables(*rigs.read(name))


def text_of_scenario(name: str) -> dict[str, Any]:
    path = files("isletbench.hil_rigs") / "scenarios" / f"{name}.toml"
    return rigs.tables(path.read_text(encoding="utf-8"), name)


def runs_or_says_why(examples: int, model: type[Any], bases: list[dict[str, Any]], play: Callable[[Any], None]) -> None:
    ran: list[Any] = []
    refused: list[str] = []

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def one(draws: st.DataObject) -> None:
        data = draws.draw(changed(draws.draw(st.sampled_from(bases)), model, PROFILES))
        try:
            play(data)
            ran.append(data)
        except RigError as error:
            refused.append(str(error))

    one()
    assert ran
    assert refused
    assert [sentence for sentence in refused if not IS_OURS.match(sentence) or re.search(LIBRARY_WORDS, sentence)] == []


QUICK, MANY = 25, 1_500


def test_any_rig_runs_or_says_why_not() -> None:
    runs_or_says_why(QUICK, Rig, [text_of_rig(name) for name in RIGS], rig_plays)


def test_any_scenario_runs_or_says_why_not() -> None:
    runs_or_says_why(QUICK, Scenario, [text_of_scenario(name) for name in SCENARIOS], scenario_plays)


@pytest.mark.slow
def test_any_of_many_rigs_runs_or_says_why_not() -> None:
    runs_or_says_why(MANY, Rig, [text_of_rig(name) for name in RIGS], rig_plays)


@pytest.mark.slow
def test_any_of_many_scenarios_runs_or_says_why_not() -> None:
    runs_or_says_why(MANY, Scenario, [text_of_scenario(name) for name in scenarios.scenarios()], scenario_plays)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 5_000, f"{FILE}: "),
        (
            "schema = 1\nname = 'x'\nx = " + "[" * 5_000 + "]" * 5_000,
            f"{FILE}: expected lists and tables that are nested less deeply",
        ),
        ("[" + "x." * 5_000 + "x]", f"{FILE}: expected lists and tables that are nested less deeply"),
        ("schema = 1\n\0", f"{FILE}: not valid TOML at line "),
        ("schema = " + "9" * 5_000, f"{FILE}: expected whole numbers of fewer digits"),
    ],
)
def test_a_file_that_is_no_table_at_all_gets_one_sentence(text: str, sentence: str) -> None:
    for parse in (rigs.parse, scenarios.parse):
        with pytest.raises(RigError) as refused:
            parse(text, FILE)
        assert str(refused.value).startswith(sentence)
        assert "\n" not in str(refused.value)
