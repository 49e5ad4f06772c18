"""`isletbench rigs`: the rigs there are, one rig for people and for scripts, and the files it writes."""

import json
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.rigs import rigs
from isletbench.emulator.rigs.rig import RigError, rigs_of_the_package


def shown(capsys: pytest.CaptureFixture[str], name: str | None = None, *, as_json: bool = False) -> str:
    rigs(name, None, None, flash=False, as_json=as_json)
    return capsys.readouterr().out


def test_every_rig_of_the_package_is_listed_with_what_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = json.loads(shown(capsys, as_json=True))
    assert [row["rig"] for row in told] == rigs_of_the_package()
    assert {row["runs"] for row in told} == {"virtual", "host", "qemu", "board"}
    assert all(row["about"] and row["devices"] for row in told)
    listed = shown(capsys)
    assert all(row["rig"] in listed and row["about"] in listed for row in told)


@pytest.mark.parametrize("name", rigs_of_the_package())
def test_one_rig_is_shown_with_its_devices_steps_and_wires(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(shown(capsys, name, as_json=True))
    said = shown(capsys, name)
    assert set(told["steps"]) == {"off", "flashed", "running"}
    for device in told["devices"]:
        assert f"  {device} (" in said
        for place in told["ports"][device].values():
            assert place in said
    for step, does in told["steps"].items():
        assert f"  {step}" in said
        assert all(line in said for line in does)
    assert ("Wires" in said) == (told["wiring"] is not None)
    assert f"isletbench up {name}" in said


def test_the_picture_is_written_where_there_are_wires(tmp_path: Path) -> None:
    rigs("usb_pair", tmp_path / "wires.svg", None, flash=False, as_json=False)
    assert (tmp_path / "wires.svg").read_text().startswith("<svg ")
    with pytest.raises(CallError, match="default: wiring: there is none to draw"):
        rigs("default", tmp_path / "none.svg", None, flash=False, as_json=False)
    assert not (tmp_path / "none.svg").exists()


def test_what_is_asked_of_no_rig_or_of_one_without_firmware_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="for one rig: expected its name"):
        rigs(None, tmp_path / "x.svg", None, flash=False, as_json=False)
    with pytest.raises(CallError, match="default: firmware: there is none to flash"):
        rigs("default", None, None, flash=True, as_json=False)
    with pytest.raises(RigError, match="nowhere: there is no such file"):
        rigs("nowhere", None, None, flash=False, as_json=False)
