"""A profile with some things changed: what people write in a rig."""

import re
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.losses import PRESETS as LOSSES
from isletbench.emulator.cgm.profile import PROFILES as SENSORS
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import minutes, seconds, units
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.pump.fluid_path import PATHS
from isletbench.emulator.pump.profile import PROFILES as PUMPS
from isletbench.emulator.rigs.rig import RigError, parse
from isletbench.emulator.rigs.tuning import tuned
from isletbench.protocols import cgms, ids

SENSOR, PUMP = SENSORS["generic"], PUMPS["generic"]
PRESETS = {type_: named for kind in KINDS.values() for type_, named in kind.presets.items()}


def test_what_is_not_named_stays() -> None:
    assert tuned(SENSOR, {}, PRESETS) == SENSOR
    changed = tuned(SENSOR, {"cadence": "1m"}, PRESETS)
    assert changed.cadence == minutes(1)
    assert (changed.life, changed.features) == (SENSOR.life, SENSOR.features)


def test_tables_go_into_what_has_fields_and_names_stand_for_presets() -> None:
    wanted = {
        "sending": {"losses": "pocket", "delay": ["1s", "30s"], "late": 0.2},
        "choices": {"too_low": 39.0},
        "error_model": "flat",
        "without": ["E2E_CRC", "TREND"],
    }
    changed = tuned(SENSOR, wanted, PRESETS)
    assert changed.sending.losses == LOSSES["pocket"]
    assert (changed.sending.delay, changed.sending.late) == ((seconds(1), seconds(30)), 0.2)
    assert changed.choices.unresolved is SENSOR.choices.unresolved
    assert changed.features == SENSOR.features & ~(cgms.Feature.E2E_CRC | cgms.Feature.TREND)


def test_insulin_has_its_unit() -> None:
    wanted = {
        "pulse": "0.1U",
        "basal_cadence": "4m",
        "limits": {"rate": "5U/h"},
        "habits": {"interleaves": False},
        "history": {"lag": "2m", "grain": "1m"},
        "path": "omnipod",
    }
    changed = tuned(PUMP, wanted, PRESETS)
    assert (changed.pulse, changed.basal_cadence, changed.limits.rate) == (units("0.1"), minutes(4), units(5))
    assert (changed.habits.interleaves, changed.habits.makes_up_pause) == (False, True)
    assert (changed.history.lag, changed.history.capacity) == (minutes(2), PUMP.history.capacity)
    assert changed.path is PATHS["omnipod"]


@pytest.mark.parametrize(
    ("profile", "wrong", "said"),
    [
        (SENSOR, {"cadens": "1m"}, "tuning.cadens: not known; expected one of artefacts"),
        (SENSOR, {"cadence": "90s"}, "tuning: cadence: expected whole minutes"),
        (SENSOR, {"cadence": "1 fortnight"}, "tuning.cadence: duration '1 fortnight': expected"),
        (SENSOR, {"cadence": True}, "tuning.cadence: expected an amount, got true"),
        (SENSOR, {"cadence": [1]}, "tuning.cadence: "),
        (SENSOR, {"sending": {"losses": "awful"}}, "tuning.sending.losses: 'awful' is not known; expected one of perfect"),
        (SENSOR, {"sending": 5}, "tuning.sending"),
        (SENSOR, {"error_model": "ours"}, "tuning: error_model: expected one of exact"),
        (SENSOR, {"without": ["WINGS"]}, "tuning.without: 'WINGS' is no feature; expected some of"),
        (SENSOR, {"features": 7}, "tuning.features: not known"),
        (PUMP, {"habits": {"interleaves": "perhaps"}}, "tuning.habits.interleaves"),
        (PUMP, {"pulse": "0.0000001U"}, "not a whole number of micro-units"),
        (PUMP, {"pulse": "lots"}, "tuning.pulse"),
        (PUMP, {"pulse": "0U"}, "tuning.pulse: expected 0.001U to 10U, got 0U"),
        (PUMP, {"pulse_spacing": "0s"}, "tuning.pulse_spacing: expected 10ms to 1h, got 0ms"),
        (PUMP, {"basal_cadence": "0s"}, "tuning.basal_cadence: expected 1s to 1d, got 0ms"),
        (PUMP, {"battery_life": "0s"}, "tuning.battery_life: expected 1m to 3650d, got 0ms"),
        (PUMP, {"reservoir": "99999999U"}, "tuning.reservoir: expected 1U to 1000U, got 99999999U"),
        (PUMP, {"reservoir": 99999999}, "tuning.reservoir: expected insulin in quotes, such as 1U, got 99999999"),
        (PUMP, {"history": {"capacity": -1}}, "tuning.history.capacity: expected 1 to 1000000, got -1"),
        (PUMP, {"limits": {"rate": "2000U/h"}}, "tuning.limits.rate: expected 0U/h to 1000U/h, got 2000U/h"),
        (
            PUMP,
            {"limits": {"bolus_steps": [["0U", "0U"]]}},
            "tuning.limits.bolus_steps.0.1: expected 0.000001U to",
        ),
        (PUMP, {"limits": {"bolus_steps": []}}, "tuning.limits.bolus_steps: expected pairs of an amount and a step"),
        (PUMP, {"strokes": {"gain": -0.1}}, "tuning.strokes.gain: expected 0 to 0.5, got -0.1"),
        (PUMP, {"strokes": {"memory": float("nan")}}, "tuning.strokes.memory: expected 0 to 1, got nan"),
        (PUMP, {"strokes": {"wheel": "0U"}}, "tuning.strokes.wheel: expected 0.001U to 1000U, got 0U"),
        (PUMP, {"action": {"peak": "4h"}}, "tuning.action: peak: expected less than half of duration"),
        (PUMP, {"path": {"withheld": ["3U", "2U", "1U"]}}, "tuning.path.withheld: expected numbers that do not become smaller"),
        (PUMP, {"factory": {"1": {}}}, "tuning.factory: expected {}, for none"),
        (PUMP, {"templates": []}, "tuning: templates: expected some for basal rates"),
        (
            PUMP,
            {"templates": [{"type": 0x33, "first": 1, "count": 4}, {"type": 0x3C, "first": 4, "count": 1}]},
            "tuning: templates: expected each number once",
        ),
        (PUMP, {"templates": [{"type": 0x33, "first": 0, "count": 4}]}, "tuning.templates.0.first: expected 1 to 255, got 0"),
        (PUMP, {"pulse": "5m"}, "tuning.pulse: insulin '5m': expected a number with U, such as 1U"),
        (PUMP, {"pulse_spacing": "2U"}, "tuning.pulse_spacing: duration '2U': expected a number with ms, s, m, h or d"),
        (SENSOR, {"cadence": "0s"}, "tuning.cadence: expected 1m to 1d, got 0ms"),
        (SENSOR, {"capacity": -1}, "tuning.capacity: expected 1 to 100000, got -1"),
        (SENSOR, {"sending": {"late": 7}}, "tuning.sending.late: expected 0 to 1, got 7"),
        (SENSOR, {"sending": {"delay": ["2s", "1s"]}}, "tuning.sending.delay: expected numbers that do not become smaller"),
        (SENSOR, {"sending": {"delay": ["2s"]}}, "tuning.sending.delay.1: expected a value, it is missing"),
        (SENSOR, {"artefacts": {"outliers_per_day": -1}}, "tuning.artefacts.outliers_per_day: expected 0 to 288, got -1"),
        (SENSOR, {"low": 500}, "tuning: low: expected less than high"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(profile: Any, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="tuning") as error:
        tuned(profile, wrong, PRESETS)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


RIG = """
schema = 1
name = "tuned"
[devices.cgm]
kind = "cgm"
serial = "pty:"
glucose = { mg_dl = 100 }
tuning = { cadence = "15m", without = ["E2E_CRC"] }
[devices.pump]
kind = "pump"
serial = "pty:"
basal = [{ at = 00:00:00, rate = 1.0 }]
tuning = { habits = { interleaves = false }, without = ["TBR_RELATIVE"] }
"""


def test_a_rig_tunes_its_devices() -> None:
    async def main() -> None:
        async with Bench(parse(RIG, "tuned"), ports=Ports.MEMORY) as bench:
            sensor, pump = (bench.hosts[name].endpoint.machine for name in ("cgm", "pump"))
            assert sensor.profile.cadence == minutes(15)
            assert ids.Feature.TBR_RELATIVE not in pump.profile.features
            assert not pump.profile.habits.interleaves

    run(main(), Pace(None))


def test_a_rig_that_tunes_wrongly_says_whose_key_it_is() -> None:
    async def main() -> None:
        async with Bench(parse(RIG.replace('"15m"', '"15"'), "tuned"), ports=Ports.MEMORY):
            raise AssertionError

    with pytest.raises(RigError, match=r"devices\.cgm\.tuning\.cadence: duration '15': expected a number with"):
        run(main(), Pace(None))


DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in sorted(DOCS.glob("*.md"))
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    # a rig of firmware runs no bench, and that personality is of another distribution
    if "kind = " in block and "[firmware]" not in block and "sugar_stick" not in block
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_manual_run(example: str) -> None:
    async def main() -> None:
        whole = example if "schema" in example else f'schema = 1\nname = "example"\n{example}'
        async with Bench(parse(whole, "example"), ports=Ports.MEMORY) as bench:
            await bench.run(minutes(30))

    run(main(), Pace(None))
