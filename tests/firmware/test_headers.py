"""The C under ``firmware_stubs/generated`` is made of ``protocols`` and the rig ``stubs``."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isletbench.emulator.codegen.profiles import pump
from isletbench.emulator.codegen.sensors import cgm
from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.emulator.endpoints.ids.kind import PumpDevice
from isletbench.emulator.interfaces.cli import app
from isletbench.emulator.interfaces.cli.firmware import files
from isletbench.emulator.rigs.rig import load_rig
from tests.harness.command_line import called

GENERATED = Path(__file__).parents[2] / "firmware_stubs" / "generated"


def test_the_files_in_the_tree_are_what_the_declarations_make() -> None:
    kept = {str(path.relative_to(GENERATED)): path.read_text(encoding="utf-8") for path in GENERATED.rglob("*.[ch]")}
    assert kept == files(), "run `isletbench firmware headers`"


def test_a_changed_a_missing_and_a_foreign_file_are_found_and_mended(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["firmware", "headers", "--into", str(tmp_path)]).exit_code == 0
    assert run(app, ["firmware", "headers", "--into", str(tmp_path), "--check"]).exit_code == 0
    changed, missing = tmp_path / "packets" / "cgms.h", tmp_path / "packets" / "ids.c"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0x2AA7", "0x2AA8"), encoding="utf-8")
    missing.unlink()
    (tmp_path / "packets" / "old.h").write_text("", encoding="utf-8")
    checked = run(app, ["firmware", "headers", "--into", str(tmp_path), "--check"])
    assert checked.exit_code == 1
    for name in ("cgms.h: not up to date", "ids.c: not up to date", "old.h: nothing makes this file any more"):
        assert name in checked.output
    assert run(app, ["firmware", "headers", "--into", str(tmp_path)]).exit_code == 0
    assert "0x2AA7" in changed.read_text(encoding="utf-8")
    assert missing.is_file()


def test_a_file_of_somebody_else_is_replaced_only_with_force(tmp_path: Path) -> None:
    mine = tmp_path / "profiles" / "pump.h"
    mine.parent.mkdir()
    mine.write_text("my own pump\n", encoding="utf-8")
    refused = called("firmware", "headers", "--into", str(tmp_path))
    assert (refused.returncode, "--force replaces it" in refused.stderr) == (2, True), refused
    assert mine.read_text(encoding="utf-8") == "my own pump\n"
    assert not (tmp_path / "packets").exists()
    assert called("firmware", "headers", "--into", str(tmp_path), "--force").returncode == 0
    assert "my own pump" not in mine.read_text(encoding="utf-8")


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["firmware", "headers", "--into", str(tmp_path / "nowhere")])
    assert result.exception is not None
    assert "there is no such directory" in str(result.exception)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"without": "BOLUS_DELAY_TIME"}, "the features that it has"),
        ({"habits": {"interleaves": False}}, "no habits of its own"),
        ({"basal_cadence": "3m"}, "pulses as they fall due"),
        ({"hidden_margin": "3U"}, "what is in the reservoir to be told as it is"),
        ({"history": {"lag": "2m"}}, "history that tells at once, to the second"),
        ({"limits": {"rate_steps": [["0U", "0.01U"], ["1U", "0.05U"]]}}, "one step for all amounts, and one for all rates"),
        ({"pulse": "0.03U"}, "boluses in whole pulses"),
        ({"limits": {"bolus_per_hour": "20U"}}, "no limits but for each bolus, rate and TBR"),
        ({"primes": True}, "no priming"),
        ({"stops_after": "80h"}, "no life of its own"),
        ({"counters": {}}, "all four counters"),
    ],
)
def test_a_pump_that_the_firmware_cannot_be_is_refused(changes: dict[str, Any], expected: str) -> None:
    device = load_rig("stubs").devices["pump"]
    assert isinstance(device, PumpDevice)
    changed = device.model_copy(update={"tuning": {**device.tuning, **changes}})
    with pytest.raises(ValueError, match=f"the pump stub cannot be this: expected {expected}"):
        pump(changed)


def test_the_numbers_of_a_tuned_pump_reach_the_firmware() -> None:
    device = load_rig("stubs").devices["pump"]
    assert isinstance(device, PumpDevice)
    text = pump(device.model_copy(update={"reservoir": 120, "tuning": {**device.tuning, "snooze": "5m", "pulse": "0.025U"}}))
    for line in ("FILL INT64_C(120000000)", "SNOOZE INT64_C(300000)", "PULSE INT64_C(25000)"):
        assert f"#define IB_PUMP_{line}" in text


def sensor(**tuning: Any) -> CgmDevice:
    device = load_rig("stubs").devices["cgm"]
    assert isinstance(device, CgmDevice)
    return device.model_copy(update={"tuning": {**device.tuning, **tuning}})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"without": "TREND"}, "all features"),
        ({"warm_up": "30m"}, "a session that begins by itself, without warm-up"),
        ({"stored_every": "10m"}, "every result stored"),
        ({"sending": {"late": 0.1}}, "results told at once"),
        ({"clock_drift": 20}, "a clock that is right"),
        ({"lag": "5m"}, "no error of its own"),
        ({"early_failures": 0.1}, "no artefacts, losses or failures"),
        ({"choices": {"too_low": 39.0}}, "the plain choices"),
        ({"quality": 95.5}, "whole mg/dL"),
        ({"levels": {"hypo": 54.5}}, "every alert level, whole"),
        ({"calibration": {"required": True}}, "calibration that may be done, not must"),
    ],
)
def test_a_cgm_that_the_firmware_cannot_be_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=f"the CGM stub cannot be this: expected {expected}"):
        cgm(sensor(**changes))


def test_the_numbers_of_a_tuned_cgm_reach_the_firmware() -> None:
    text = cgm(sensor(cadence="1m", life="10d", capacity=100, levels={"hyper": 240}, choices={"crc": "ccitt_false"}))
    for line in (
        "CRC IB_CRC_CCITT_FALSE",
        "CADENCE_MIN 1U",
        "LIFE_HOURS 240U",
        "RECORDS 100U",
        "ALERT_LEVELS {{180, 20, 500}, {70, 20, 500}, {54, 20, 500}, {240,",
    ):
        assert f"#define IB_CGM_{line}" in text
