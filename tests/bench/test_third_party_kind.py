"""A kind of device that another distribution brings: it runs like those of the package, and nothing of the package names it."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.bench.state_file import StateFile
from isletbench.emulator.endpoints.kind import Kind
from isletbench.emulator.endpoints.registry import BUILT_IN, ENTRY_POINTS, KINDS, registered
from tests.harness.conformance import ROOT
from tests.harness.kinds.thermometer import THERMOMETER, Measured, ThermometerProfile

RIG = """
schema = 1
name = "ward"
[devices.thermo]
kind = "thermometer"
profile = "fast"
serial = "pty:"
celsius = 21.5
tuning = { decimals = 2 }
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a rig, and with the metadata of a distribution that brings the kind."""
    info = tmp_path / "isletbench_thermometer-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: isletbench-thermometer\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nthermometer = tests.harness.kinds.thermometer:THERMOMETER\n")
    (tmp_path / "rig.toml").write_text(RIG)
    return tmp_path


def python(place: Path, *words: str) -> str:
    """What a Python in which the distribution is installed prints."""
    environment = {**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{ROOT}", "ISLETBENCH_DIR": str(place / "run")}
    done = subprocess.run(
        [sys.executable, *words], cwd=place, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_runs_on_a_bench_and_is_seen_in_status_journal_and_state(place: Path) -> None:
    first = json.loads(python(place, "-m", "tests.harness.kinds.session", str(place)))
    assert first["heard"] == "21.50\n36.60\n36.60\n"
    assert first["line"] == "36.6 °C | clients: thermo.serial#1"
    assert first["status"]["kind"] == "thermometer"
    entries = [json.loads(line) for line in (place / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [entry["celsius"] for entry in entries if entry.get("ledger") == "measured"] == [21.5, 21.5, *[36.6] * 6]
    assert [(entry.get("in") or entry.get("out"), entry["octets"]) for entry in entries if "octets" in entry] == [
        ("received", b"?".hex()),
        ("octets", b"21.50\n".hex()),
        ("received", b"??".hex()),
        ("octets", b"36.60\n".hex()),
        ("octets", b"36.60\n".hex()),
    ]
    second = json.loads(python(place, "-m", "tests.harness.kinds.session", str(place)))
    assert second["heard"].startswith("36.60\n"), "a bench that goes on has lost the thermometer's memory"
    with StateFile(place / "state") as file:
        measured = [entry.event for entry in file.ledger("thermo", "thermometer")]
    assert len(measured) == 15
    assert all(isinstance(event, Measured) for event in measured)


def test_the_command_line_lists_its_actions_and_profiles(place: Path) -> None:
    actions: list[dict[str, Any]] = json.loads(python(place, "-m", "isletbench", "actions", "--json"))
    assert {"action": "warm", "kind": "thermometer", "doc": "Hold it into something of another temperature."} in actions
    profiles: list[dict[str, Any]] = json.loads(python(place, "-m", "isletbench", "profiles", "--json"))
    assert {"profile": "fast", "kind": "thermometer", "values": {"cadence": 1_000, "decimals": 1}} in profiles


def test_the_command_line_puts_it_on_a_port_of_its_own(place: Path) -> None:
    told = python(place, "-m", "isletbench", "up", "rig.toml", "--json", "--for", "100ms").splitlines()[0]
    device = json.loads(told)["devices"]["thermo"]
    assert device["kind"] == "thermometer"
    assert device["serial"].endswith("thermo")
    assert device["ble"] is None


def test_a_byte_stream_cannot_be_carried_by_bluetooth(place: Path) -> None:
    (place / "rig.toml").write_text(RIG + 'ble = { name = "Thermo" }\n')
    code = (
        "from isletbench.emulator.bench.assembly import Ports; from isletbench.emulator.bench.bench import Bench\n"
        "from isletbench.emulator.core.clock import Pace, run; from isletbench.emulator.rigs.rig import RigError, load_rig\n"
        "async def main():\n"
        "    async with Bench(load_rig('rig.toml'), ports=Ports.MEMORY): pass\n"
        "try: run(main(), Pace(None))\n"
        "except RigError as error: print(error)\n"
    )
    expected = "rig.toml: devices.thermo.ble: a thermometer has no GATT services; expected serial only\n"
    assert python(place, "-c", code) == expected


def entry_point(value: str) -> EntryPoint:
    return EntryPoint("thermometer", value, ENTRY_POINTS)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("tests.harness.kinds.nowhere:THERMOMETER", "ModuleNotFoundError: No module named 'tests.harness.kinds.nowhere'"),
        ("tests.harness.kinds.thermometer:NOT_A_KIND", "expected a Kind, found str"),
        ("isletbench.emulator.endpoints.ids.kind:PUMP", "there is a kind 'pump' already"),
    ],
)
def test_one_that_cannot_be_used_is_left_out_with_a_warning(value: str, why: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"the kind of device 'thermometer' .* is left out: {why}"):
        kinds = registered(BUILT_IN, [entry_point(value)])
    assert list(kinds) == ["cgm", "pump", "meter"]


def test_one_that_can_be_used_comes_after_those_of_the_package() -> None:
    kinds = registered(BUILT_IN, [entry_point("tests.harness.kinds.thermometer:THERMOMETER")])
    assert list(kinds) == ["cgm", "pump", "meter", "thermometer"]
    assert kinds["thermometer"] is THERMOMETER
    assert set(THERMOMETER.profiles) == {"generic", "fast"}
    assert isinstance(THERMOMETER.profiles["fast"], ThermometerProfile)


def test_a_kind_whose_events_are_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind thermostat: its events are of kind thermometer"):
        Kind(**{field: getattr(THERMOMETER, field) for field in Kind.__dataclass_fields__} | {"name": "thermostat"})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_the_package_has_the_profile_that_a_rig_takes_by_default(kind: Kind[Any, Any]) -> None:
    assert kind.table.model_fields["profile"].default in kind.profiles
