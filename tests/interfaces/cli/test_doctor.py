"""`isletbench doctor`: each thing that can be missing is found, with a command that mends it, and nothing is a traceback."""

import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from isletbench.emulator.interfaces.cli.doctor.files import Access
from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.interfaces.cli.doctor.machine import Machine, SerialPort, examine
from isletbench.emulator.interfaces.cli.doctor.machine_findings import findings_of
from tests.interfaces.cli.test_cli import isletbench

WHOLE = Machine(
    system="Linux",
    kernel="6.1.0-test",
    python=(3, 12, 1),
    needed={"bumble": "==0.0.236", "bleak": ">=3.1"},
    installed={"bumble": "0.0.236", "bleak": "3.10.0"},
    directory="/run/user/1000/isletbench",
    serial_ports=(SerialPort("/dev/ttyACM0", "nRF52840", Access.OK),),
    usb_dongles=("usb:0a12:0001",),
    vhci=Access.OK,
    modules_available=frozenset({"bluetooth", "hci_vhci"}),
    modules_loaded=frozenset({"bluetooth", "hci_vhci"}),
)
"""A machine that lacks nothing."""


def finding(machine: Machine, what: str) -> Finding:
    return next(finding for finding in findings_of(machine) if finding.what.startswith(what))


def test_a_machine_that_lacks_nothing_is_all_well() -> None:
    assert {finding.state for finding in findings_of(WHOLE)} == {State.OK}
    assert all(finding.fix is None for finding in findings_of(WHOLE))


@pytest.mark.parametrize(
    ("lacking", "what", "state", "found", "fix"),
    [
        ({"python": (3, 10, 4)}, "Python", State.BROKEN, "3.10.4", "python3.11 -m venv"),
        ({"installed": {"bleak": "3.1"}}, "bumble", State.BROKEN, "not installed", "pip install 'bumble==0.0.236'"),
        (
            {"installed": {"bleak": "3.1", "bumble": "0.0.237"}},
            "bumble",
            State.BROKEN,
            "0.0.237, where ==0.0.236 is needed",
            "pip install 'bumble==0.0.236'",
        ),
        (
            {"installed": {"bleak": "3.0.2", "bumble": "0.0.236"}},
            "bleak",
            State.BROKEN,
            "3.0.2, where >=3.1 is needed",
            "pip install 'bleak>=3.1'",
        ),
        ({"directory": None}, "runtime directory", State.BROKEN, "cannot be written", "export ISLETBENCH_DIR="),
        ({"ptys": False}, "virtual serial ports", State.BROKEN, "no pseudo-terminals", "sudo mount -t devpts"),
        ({"ptys": False, "system": "Windows"}, "virtual serial ports", State.OPTIONAL, "no pseudo-terminals", "tcp:HOST:PORT"),
        ({"serial_ports": ()}, "serial ports", State.OPTIONAL, "none", "plug in an adapter"),
        (
            {"serial_ports": (SerialPort("/dev/ttyUSB0", "FTDI", Access.DENIED, "uucp"),)},
            "serial port",
            State.OPTIONAL,
            "/dev/ttyUSB0: not yours to open",
            "sudo usermod -aG uucp $USER",
        ),
        ({"usb_dongles": ()}, "real Bluetooth", State.OPTIONAL, "none", "plug in a controller"),
        (
            {"adapters": ("hci1",), "bluetoothd": True},
            "real Bluetooth",
            State.OPTIONAL,
            "hci1, held by the system",
            "sudo systemctl stop bluetooth && sudo hciconfig hci1 down, then up --radio hci-socket:1",
        ),
        ({"modules_loaded": frozenset()}, "kernel Bluetooth", State.OPTIONAL, "not loaded", "sudo modprobe bluetooth"),
        (
            {"modules_loaded": frozenset(), "modules_available": frozenset()},
            "kernel Bluetooth",
            State.OPTIONAL,
            "not in 6.1.0-test",
            "linux-modules-extra-6.1.0-test",
        ),
        ({"vhci": Access.ABSENT}, "vhci", State.OPTIONAL, "not loaded", "sudo modprobe hci_vhci"),
        ({"vhci": Access.DENIED}, "vhci", State.OPTIONAL, "/dev/vhci is not yours", "sudo setfacl -m u:$USER:rw /dev/vhci"),
        (
            {"vhci": Access.ABSENT, "modules_available": frozenset()},
            "vhci",
            State.OPTIONAL,
            "not in 6.1.0-test",
            "linux-modules-extra",
        ),
    ],
)
def test_what_is_missing_is_found_with_what_mends_it(
    lacking: dict[str, object], what: str, state: State, found: str, fix: str
) -> None:
    told = finding(replace(WHOLE, **lacking), what)  # type: ignore[arg-type]  # by name
    assert told.state is state
    assert told.found.startswith(found)
    assert told.fix is not None
    assert fix in told.fix


def test_an_adapter_that_nobody_holds_is_ready() -> None:
    told = finding(replace(WHOLE, adapters=("hci0",)), "real Bluetooth")
    assert (told.state, told.found) == (State.OK, "hci-socket:0, usb:0a12:0001")


def test_other_systems_have_no_linux_kernel() -> None:
    assert not [
        finding for finding in findings_of(replace(WHOLE, system="Darwin")) if finding.what.startswith(("vhci", "kernel"))
    ]


# Looking: a file system that the test has made


def write(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_facts_are_read_where_linux_keeps_them(tmp_path: Path) -> None:
    kernel = platform.release()
    write(tmp_path, "dev/vhci")
    write(tmp_path, "proc/modules", "hci_vhci 20480 0 - Live 0x0\next4 1 1 - Live 0x0\n")
    write(tmp_path, "proc/123/comm", "bluetoothd\n")
    write(tmp_path, f"lib/modules/{kernel}/modules.builtin", "kernel/net/bluetooth/bluetooth.ko\n")
    write(tmp_path, f"lib/modules/{kernel}/modules.dep", "kernel/drivers/bluetooth/hci_vhci.ko.xz: kernel/net/x.ko\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/bDeviceClass", "e0\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/idVendor", "0a12\n")
    write(tmp_path, "sys/bus/usb/devices/1-1/idProduct", "0001\n")
    write(tmp_path, "sys/bus/usb/devices/1-2/bDeviceClass", "09\n")
    (tmp_path / "sys/class/bluetooth/hci0").mkdir(parents=True)
    (tmp_path / "sys/class/bluetooth/hci0:64").mkdir()
    machine = examine(tmp_path)
    assert machine.vhci is Access.OK
    assert machine.modules_loaded == {"bluetooth", "hci_vhci"}
    assert machine.modules_available == {"bluetooth", "hci_vhci"}
    assert machine.bluetoothd
    assert machine.adapters == ("hci0",), "hci0:64 is a connection"
    assert machine.usb_dongles == ("usb:0a12:0001",)
    assert machine.needed.items() >= {"bumble": "==0.0.236"}.items()
    assert machine.installed["bumble"] == "0.0.236"


def test_a_module_that_could_be_loaded_is_available(tmp_path: Path) -> None:
    write(tmp_path, f"lib/modules/{platform.release()}/modules.dep", "kernel/drivers/bluetooth/hci_vhci.ko.zst:\n")
    machine = examine(tmp_path)
    assert machine.modules_available == {"hci_vhci"}
    assert not machine.modules_loaded


def test_an_empty_machine_has_nothing_and_is_no_error(tmp_path: Path) -> None:
    machine = examine(tmp_path / "nowhere")
    assert machine.vhci is Access.ABSENT
    assert (machine.adapters, machine.usb_dongles, machine.bluetoothd) == ((), (), False)


# The command


def test_doctor_tells_people_and_scripts_the_same(tmp_path: Path) -> None:
    told = isletbench("doctor", "--json", directory=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    findings = json.loads(told.stdout)
    assert {"Python", "bumble", "bleak", "runtime directory", "virtual serial ports"} <= {row["what"] for row in findings}
    assert all(row["fix"] for row in findings if row["state"] != "ok")
    shown = isletbench("doctor", directory=tmp_path)
    assert shown.returncode == 0
    assert "real Bluetooth radio" in shown.stdout


def test_doctor_ends_with_1_when_nothing_can_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = isletbench("doctor", "--json", directory=tmp_path / "file")
    assert told.returncode == 1
    assert told.stderr == ""
    broken = [row for row in json.loads(told.stdout) if row["state"] == "broken"]
    assert [row["what"] for row in broken] == ["runtime directory"]
