"""The facts about this machine that matter to every rig."""

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from serial.tools.list_ports import comports

from isletbench.emulator.core import running
from isletbench.emulator.interfaces.cli.doctor.files import Access, access, children, group_of, text_of

BLUETOOTH_CLASS = "e0"
"""bDeviceClass of a USB device that is a Bluetooth controller."""


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port of the machine, and the group its file belongs to."""

    device: str
    description: str
    access: Access
    group: str = "dialout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Facts about a machine."""

    system: str
    kernel: str
    python: tuple[int, int, int]
    needed: Mapping[str, str] = field(default_factory=dict)
    """Library to the version that is asked for: ``==1.2``, ``>=1.2``, or nothing."""
    installed: Mapping[str, str] = field(default_factory=dict)
    directory: str | None = None
    """The directory in which running benches announce themselves; None when it cannot be written."""
    ptys: bool = True
    serial_ports: tuple[SerialPort, ...] = ()
    adapters: tuple[str, ...] = ()
    """Bluetooth controllers that the system has (``hci0``)."""
    usb_dongles: tuple[str, ...] = ()
    """Bluetooth controllers on USB, as bumble names them (``usb:0a12:0001``)."""
    bluetoothd: bool = False
    vhci: Access = Access.ABSENT
    modules_available: frozenset[str] = frozenset()
    """Of ``bluetooth`` and ``hci_vhci``, those that the kernel has or could load."""
    modules_loaded: frozenset[str] = frozenset()


def examine(root: Path = Path("/")) -> Machine:
    """Collect the facts about this machine; ``root`` is the root of its file system. Never raises."""
    kernel = platform.release()
    loaded = _loaded_modules(root)
    return Machine(
        system=platform.system(),
        kernel=kernel,
        python=sys.version_info[:3],
        needed=_needed(),
        installed=_installed(),
        directory=_runtime_directory(),
        ptys=hasattr(os, "openpty") and _can_open_pty(),
        serial_ports=tuple(_serial_ports()),
        adapters=tuple(sorted(path.name for path in children(root / "sys/class/bluetooth") if ":" not in path.name)),
        usb_dongles=tuple(sorted(_usb_dongles(root))),
        bluetoothd=any(text_of(process / "comm") == "bluetoothd" for process in children(root / "proc")),
        vhci=access(root / "dev/vhci"),
        modules_available=frozenset(name for name in ("bluetooth", "hci_vhci") if _is_available(root, kernel, name)) | loaded,
        modules_loaded=loaded,
    )


def _needed() -> dict[str, str]:
    try:
        lines = importlib.metadata.requires("isletbench") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    needed = {}
    for line in lines:
        requirement, _, condition = line.partition(";")
        if match := re.fullmatch(r"([A-Za-z0-9._-]+)((?:==|>=)[\d.]+)?", requirement.strip()):
            other_system = re.search(r"sys_platform == ['\"](\w+)['\"]", condition)
            if "extra" not in condition and (other_system is None or other_system[1] == sys.platform):
                needed[match[1]] = match[2] or ""
    return needed


def _installed() -> dict[str, str]:
    found = {}
    for name in _needed():
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _runtime_directory() -> str | None:
    try:
        path = running.directory()
    except (OSError, AttributeError):  # no user ids on Windows
        return None
    return str(path) if os.access(path, os.W_OK) else None


def _can_open_pty() -> bool:
    try:
        ends = os.openpty()
    except OSError:
        return False
    for end in ends:
        os.close(end)
    return True


def _serial_ports() -> Iterator[SerialPort]:
    for port in sorted(comports()):
        yield SerialPort(port.device, port.description, access(Path(port.device)), group_of(Path(port.device)))


def _usb_dongles(root: Path) -> Iterator[str]:
    for device in children(root / "sys/bus/usb/devices"):
        if text_of(device / "bDeviceClass").lower() == BLUETOOTH_CLASS:
            yield f"usb:{text_of(device / 'idVendor')}:{text_of(device / 'idProduct')}"


def _loaded_modules(root: Path) -> frozenset[str]:
    loaded = {line.split()[0] for line in text_of(root / "proc/modules").splitlines() if line}
    loaded |= {name for name in ("bluetooth",) if (root / "sys/class" / name).is_dir()}  # built in
    return frozenset(loaded & {"bluetooth", "hci_vhci"})


def _is_available(root: Path, kernel: str, module: str) -> bool:
    modules = root / "lib/modules" / kernel
    if re.search(rf"/{module}\.ko$", text_of(modules / "modules.builtin"), re.MULTILINE):
        return True
    return any(
        line.partition(":")[0].endswith(f"/{module}.ko{packed}")
        for line in text_of(modules / "modules.dep").splitlines()
        for packed in ("", ".xz", ".zst", ".gz")
    )
