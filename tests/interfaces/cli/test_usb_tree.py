"""`ports --usb-tree`: programs that look for a USB id find our port under it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from isletbench.emulator.endpoints.personalities import PERSONALITIES
from isletbench.emulator.interfaces.cli.usb_tree import UsbPort, write_tree
from tests.interfaces.cli.test_cli import isletbench

RECEIVER = UsbPort("/tmp/isletbench/a port", "22a3:0047", "the receiver")  # noqa: S108  # nothing is opened
STICK = UsbPort("/dev/pts/77", "0a21:8001", "the stick")


def cannot_have_a_namespace() -> str | None:
    """Why a program cannot be started in a namespace here, if it cannot."""
    if (unshare := shutil.which("unshare")) is None:
        return "there is no unshare on this machine"
    tried = subprocess.run([unshare, "--map-root-user", "--mount", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"the kernel does not let this user have a namespace: {tried.stderr.strip()}"


def test_the_tree_has_a_usb_device_and_a_terminal_for_each_port(tmp_path: Path) -> None:
    script = write_tree(tmp_path, [RECEIVER, STICK])
    devices = tmp_path / "sys" / "bus" / "usb" / "devices"
    ids = {place.name: ((place / "idVendor").read_text(), (place / "idProduct").read_text()) for place in devices.iterdir()}
    assert ids == {"1-1": ("22a3\n", "0047\n"), "1-2": ("0a21\n", "8001\n")}
    assert (devices / "1-1" / "1-1:1.0" / "tty" / "ttyACM0").is_dir()
    assert str((tmp_path / "sys" / "class" / "tty" / "ttyACM1" / "device").readlink()) == "/sys/bus/usb/devices/1-2/1-2:1.0"
    assert "ln -sfn '/tmp/isletbench/a port' \"$here/dev/ttyACM0\"" in script.read_text()
    assert os.access(script, os.X_OK)


def test_it_can_be_written_again_in_the_same_place(tmp_path: Path) -> None:
    write_tree(tmp_path, [RECEIVER])
    write_tree(tmp_path, [STICK])
    assert (tmp_path / "sys" / "bus" / "usb" / "devices" / "1-1" / "idVendor").read_text() == "0a21\n"


@pytest.mark.skipif((why := cannot_have_a_namespace()) is not None, reason=why or "")
def test_a_program_in_the_tree_finds_the_port_by_its_id_and_nobody_else_does(tmp_path: Path) -> None:
    script = write_tree(tmp_path, [RECEIVER])
    code = "from serial.tools.list_ports import comports; print([p.hwid for p in comports() if p.device == '/dev/ttyACM0'])"
    found = subprocess.run([str(script), sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "VID:PID=22A3:0047" in found.stdout
    links = subprocess.run([str(script), "ls", "/dev/serial/by-id"], capture_output=True, text=True, timeout=60, check=True)
    assert links.stdout.split() == ["usb-22a3_0047-if00-port0"]
    assert "virtual-0" not in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_without_a_running_rig_it_says_what_to_start(tmp_path: Path) -> None:
    ended = isletbench("ports", "--usb-tree", str(tmp_path / "usb"), directory=tmp_path)
    assert ended.returncode == 2
    assert "no running rig has a device that is found by its USB id; try `isletbench up cgm_receiver`" in ended.stderr
    assert not (tmp_path / "usb").exists()


def test_usb_ids_are_written_as_the_kernel_writes_them() -> None:
    ids = [one.usb_id for one in PERSONALITIES.values() if one.usb_id is not None]
    assert "22a3:0047" in ids
    assert all(one == one.lower() and len(one) == 9 for one in ids)
