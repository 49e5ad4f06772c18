"""A recording is looked for beside the rig that names it, and checked before anything starts."""

import json
from pathlib import Path

import pytest

from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.cgms.kind import CgmDevice
from isletbench.emulator.endpoints.glucose_table import Trace, source_of
from isletbench.emulator.interfaces.cli.doctor.findings import State
from isletbench.emulator.interfaces.cli.doctor.machine import examine as examine_machine
from isletbench.emulator.interfaces.cli.doctor.rig_facts import examine
from isletbench.emulator.interfaces.cli.doctor.rig_findings import findings_of
from isletbench.emulator.interfaces.cli.rigs import details
from isletbench.emulator.interfaces.cli.traces import summary_of
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.rigs.rig import Rig, RigError, load_rig
from tests.interfaces.cli.test_cli import isletbench

RIG = """schema = 1
name = "beside"
[devices.cgm]
kind = "cgm"
serial = "pty:"
glucose = { trace = "data/mine.csv" }
"""


def trace_of(rig: Rig) -> Trace:
    device = rig.devices["cgm"]
    assert isinstance(device, CgmDevice)
    assert isinstance(device.glucose, Trace)
    return device.glucose


TRACE = "time,glucose\n2026-03-03 22:02:14,6.7\n2026-03-03 22:07:14,6.9\n"


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text(TRACE)
    (tmp_path / "beside.toml").write_text(RIG)
    return tmp_path / "beside.toml"


def test_a_trace_is_looked_for_beside_its_rig(rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for path in (str(rig), "../beside.toml"):
        found = load_any(path)
        assert isinstance(found, Rig)
        assert source_of(trace_of(found))(minutes(5)) == pytest.approx(124.3)


def test_a_name_is_a_trace_of_the_package_wherever_the_rig_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RIG.replace("data/mine.csv", "azt1d_subject07"))
    assert trace_of(load_rig(str(file))).trace == "azt1d_subject07"


def test_a_rig_may_say_the_unit(rig: Path) -> None:
    trace = rig.parent / "data" / "mine.csv"
    trace.write_text("time,glucose\n2026-03-03 22:02:14,30\n2026-03-03 22:07:14,31\n")
    rig.write_text(RIG.replace('mine.csv"', 'mine.csv", unit = "mg/dL"'))
    assert source_of(trace_of(load_rig(str(rig))))(0) == 30
    rig.write_text(RIG.replace('mine.csv"', 'mine.csv", unit = "mmol/L"'))
    assert source_of(trace_of(load_rig(str(rig))))(0) == 540.5
    rig.write_text(RIG.replace('mine.csv"', 'mine.csv", unit = "mg"'))
    with pytest.raises(RigError, match=r"devices\.cgm\.glucose\.unit"):
        load_rig(str(rig))


@pytest.mark.parametrize(
    ("content", "state", "says"),
    [
        (TRACE, State.OK, "can be replayed"),
        (None, State.BROKEN, "expected a file that can be read"),
        ("nothing", State.BROKEN, "expected an export of Dexcom Clarity"),
    ],
)
def test_doctor_says_whether_a_trace_can_be_replayed(rig: Path, content: str | None, state: State, says: str) -> None:
    trace = rig.parent / "data" / "mine.csv"
    trace.unlink()
    if content is not None:
        trace.write_text(content)
    loaded = load_rig(str(rig))
    finding = next(f for f in findings_of(loaded, examine_machine(), examine(loaded)) if f.what == "trace of cgm")
    assert finding.state is state
    assert says in finding.found
    assert bool(finding.fix) is (state is State.BROKEN)
    assert details(loaded)["ports"]["cgm"]["trace"] == str(trace)


def test_the_command_says_what_was_understood(rig: Path) -> None:
    file = rig.parent / "data" / "mine.csv"
    file.write_text(TRACE + "2026-03-03 22:12:14,nan\n2026-03-03 22:40:00,7.0\n")
    as_json = isletbench("traces", str(file), "--json", directory=rig.parent)
    found = json.loads(as_json.stdout)
    assert found == summary_of(open_recording(str(file)))
    assert (found["readings"], found["unit"], found["cadence_min"]) == (3, "mmol/L", 5.0)
    assert found["gaps"] == [{"after": "2026-03-03 22:07:14", "minutes": 32.8}]
    assert found["left_out"] == {"nan is no glucose value (first: line 4)": 1}
    shown = isletbench("traces", str(file), directory=rig.parent).stdout
    assert "left out      1: nan is no glucose value (first: line 4)" in shown
    assert "note          taken for mmol/L" in shown
