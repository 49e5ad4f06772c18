"""`isletbench doctor --rig`: each thing that a rig needs and that can be missing is found, with what mends it."""

import json
import os
import platform
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.interfaces.cli.doctor.command import doctor
from isletbench.emulator.interfaces.cli.doctor.files import Access
from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.interfaces.cli.doctor.machine import Machine, SerialPort
from isletbench.emulator.interfaces.cli.doctor.rig_facts import INTERFERING_SERVICES, RigFacts, examine, ttys
from isletbench.emulator.interfaces.cli.doctor.rig_findings import findings_of
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any
from isletbench.emulator.rigs.rig import Rig, parse, rigs_of_the_package

MACHINE = Machine(system="Linux", kernel="6.1.0-test", python=(3, 12, 1), usb_dongles=("usb:0a12:0001", "usb:0a12:0002"))
QEMU, BOARD, PAIR, DONGLE = (load_any(name) for name in ("qemu", "nucleo_pump", "usb_pair", "dongle"))


def whole(rig: Rig | FirmwareRig) -> RigFacts:
    """A machine that has all that the rig needs."""
    firmware = rig.firmware if isinstance(rig, FirmwareRig) else None
    return RigFacts(
        programs={program: f"/usr/bin/{program}" for program in firmware.needs} if firmware else {},
        ports={path: SerialPort(path, "", Access.OK) for path in ttys(rig)},
        usb=dict.fromkeys(firmware.usb[:1], Access.OK) if firmware else {},
    )


def broken(rig: Rig | FirmwareRig, around: RigFacts, machine: Machine = MACHINE) -> list[Finding]:
    return [finding for finding in findings_of(rig, machine, around) if finding.state is not State.OK]


@pytest.mark.parametrize("name", rigs_of_the_package())
def test_a_machine_that_has_everything_is_all_well(name: str) -> None:
    rig = load_any(name)
    assert broken(rig, whole(rig)) == []


def port(path: str, access: Access, group: str = "dialout") -> dict[str, SerialPort]:
    return {path: SerialPort(path, "", access, group)}


@pytest.mark.parametrize(
    ("rig", "lacking", "what", "found", "fix"),
    [
        (QEMU, {"programs": {}}, "make", "not installed", "sudo apt install make"),
        (
            QEMU,
            {"programs": {"make": "/usr/bin/make", "arm-none-eabi-gcc": None, "qemu-system-arm": "/usr/bin/qemu-system-arm"}},
            "arm-none-eabi-gcc",
            "not installed",
            "sudo apt install gcc-arm-none-eabi libnewlib-arm-none-eabi",
        ),
        (QEMU, {"source": False}, "firmware sources", "is not there", "git clone"),
        (BOARD, {"usb": {"0a12:0001": Access.OK}}, "debug probe", "no USB device 0483:374b or 0483:3752", "plug the board in"),
        (BOARD, {"usb": {"0483:374b": Access.DENIED}}, "debug probe", "not yours to open", "sudo usermod -aG plugdev $USER"),
        (BOARD, {"ports": {}}, "port of pump", "/dev/ttyACM0 is not there", "ls -l /dev/serial/by-id"),
        (
            BOARD,
            {"ports": port("/dev/ttyACM0", Access.DENIED, "uucp")},
            "port of pump",
            "/dev/ttyACM0 is not yours to open",
            "sudo usermod -aG uucp $USER, then log in again",
        ),
        (
            BOARD,
            {"holders": {"/dev/ttyACM0": "screen (4711)"}},
            "port of pump",
            "/dev/ttyACM0 is held by screen (4711)",
            "kill 4711",
        ),
        (
            PAIR,
            {"ports": port("/dev/ttyUSB1", Access.OK)},
            "client's port of cgm",
            "/dev/ttyUSB0 is not there",
            "plug it in, or name another",
        ),
    ],
)
def test_what_is_missing_is_found_with_what_mends_it(
    rig: Rig | FirmwareRig, lacking: dict[str, Any], what: str, found: str, fix: str
) -> None:
    told = broken(rig, replace(whole(rig), **lacking))
    first = next(finding for finding in told if finding.what == what)
    assert first.state is State.BROKEN
    assert found in first.found
    assert fix in (first.fix or "")


@pytest.mark.parametrize("name", INTERFERING_SERVICES)
def test_programs_that_take_ports_are_told_where_there_are_ports(name: str) -> None:
    around = RigFacts(interfering_services=frozenset({name}))
    (finding,) = broken(PAIR, replace(whole(PAIR), interfering_services=around.interfering_services))
    assert (finding.what, finding.state) == (name, State.OPTIONAL)
    assert "sudo systemctl stop" in (finding.fix or "")
    assert broken(QEMU, replace(whole(QEMU), interfering_services=around.interfering_services)) == []


def made(line: str) -> Rig:
    """A rig of one CGM, with this line in its table."""
    table = f'[devices.cgm]\nkind = "cgm"\nglucose = {{ mg_dl = 100 }}\n{line}\n'
    return parse(f'schema = 1\nname = "made"\n{table}', "made.toml")


@pytest.mark.parametrize(
    ("controller", "machine", "found", "fix"),
    [
        ("usb:0", {"usb_dongles": ()}, "usb:0: no Bluetooth controller on USB", "plug a controller in"),
        ("usb:2", {}, "usb:2: only 2 on USB", "one controller for each device"),
        (
            "usb:0",
            {"adapters": ("hci1",), "bluetoothd": True},
            "usb:0: held by the system (bluetoothd)",
            "sudo systemctl stop bluetooth && sudo hciconfig hci1 down",
        ),
        ("hci-socket:0", {}, "hci-socket:0: the system has no hci0", "hciconfig -a"),
        (
            "hci-socket:0",
            {"adapters": ("hci0",), "bluetoothd": True},
            "hci-socket:0: held by the system (bluetoothd)",
            "sudo hciconfig hci0 down",
        ),
        ("serial:/dev/ttyACM7,1000000", {}, "/dev/ttyACM7 is not there", "plug it in"),
    ],
)
def test_a_controller_that_cannot_be_had_is_told(controller: str, machine: dict[str, Any], found: str, fix: str) -> None:
    rig = made(f'ble = {{ name = "IB-CGM", controller = "{controller}" }}')
    (finding,) = broken(rig, RigFacts(), replace(MACHINE, **machine))
    assert (finding.what, finding.state, finding.found) == ("controller of cgm", State.BROKEN, found)
    assert fix in (finding.fix or "")


# Looking


def test_a_patient_whom_up_would_refuse_is_found_with_the_same_sentence() -> None:
    pump = '{ kind = "pump", serial = "pty:", basal = [{ at = 00:00:00, rate = 0.6 }] }'
    meals = "[{ at = 2026-01-01T07:30:00, grams = 45 }]"
    text = f'schema = 1\nname = "p"\npatient.meals = {meals}\ndevices.pump = {pump}\n'
    (finding,) = broken(rig := parse(text, "made"), examine(rig))
    assert finding.what == "patient"
    assert finding.found.startswith("patient.meals.0.at: 2026-01-01 07:30:00: a meal in the past, the bench begins at ")
    earlier = parse(text.replace('"p"\n', '"p"\nstart = 2026-01-01T07:00:00\n'), "made")
    assert [one.found for one in findings_of(earlier, MACHINE, examine(earlier))] == ["can be on a bench that begins now"]


def write(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_facts_are_read_where_linux_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "bin/make")
    (tmp_path / "bin/make").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    write(tmp_path, "sys/bus/usb/devices/1-1/idVendor", "0483\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/idProduct", "374b\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/busnum", "1\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/devnum", "12\n")
    write(tmp_path, "dev/bus/usb/001/012")
    write(tmp_path, "sys/bus/usb/devices/usb1/bDeviceClass", "09\n")
    write(tmp_path, "proc/12/comm", "ModemManager\n")
    write(tmp_path, "proc/13/comm", "screen\n")
    (tmp_path / "proc/13/fd").mkdir()
    (tmp_path / "proc/13/fd/3").symlink_to("/dev/ttyACM0")
    around = examine(BOARD, tmp_path)
    assert around.programs == {"make": str(tmp_path / "bin/make"), "arm-none-eabi-gcc": None, "openocd": None}
    assert around.usb == {"0483:374b": Access.OK}
    assert around.interfering_services == {"ModemManager"}
    assert around.holders == {"/dev/ttyACM0": "screen (13)"}
    assert around.source
    assert set(around.ports) == {"/dev/ttyACM0"}


def test_a_socket_that_something_else_has_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        spec = f"tcp:127.0.0.1:{taken.getsockname()[1]}"
        rig = made(f'serial = "{spec}"')
        (finding,) = broken(rig, examine(rig))
        assert (finding.what, finding.found) == (spec, "something else has it")
    assert broken(rig, examine(rig)) == []


def test_a_port_that_this_process_holds_is_found(tmp_path: Path) -> None:
    master, slave = os.openpty()
    path = os.ttyname(slave)
    (tmp_path / "tty").symlink_to(path)
    rig = made(f'serial = "serial:{tmp_path}/tty,115200"')
    if platform.system() == "Linux":
        assert f"({os.getpid()})" in examine(rig).holders[str(tmp_path / "tty")]
    os.close(slave)
    os.close(master)


def test_doctor_ends_with_1_when_the_rig_lacks_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path))
    rig = tmp_path / "made.toml"
    rig.write_text(
        f'schema = 1\nname = "made"\n[devices.cgm]\nkind = "cgm"\nserial = "serial:{tmp_path}/tty"\n'
        "glucose = { mg_dl = 99 }\n"
    )
    with pytest.raises(SystemExit) as ended:
        doctor(rig=str(rig), as_json=True)
    assert ended.value.code == 1
    findings = {row["what"]: row for row in json.loads(capsys.readouterr().out)}
    assert [what for what, row in findings.items() if row["state"] == "broken"] == ["port of cgm"]
    assert "Python" in findings
    assert "kernel Bluetooth" not in findings, "what the rig does not need is not looked for"
    doctor(rig="default", as_json=False)
    assert "virtual serial ports" in capsys.readouterr().out
