"""`doctor`: what this machine has of what the bench can use, what is missing, and the command that mends it.

``look`` collects facts and never raises; ``judge`` makes findings of them and looks at nothing.
"""

import importlib.metadata
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from serial.tools.list_ports import comports

from isletbench.emulator.core import running

LEAST_PYTHON = (3, 11)
BLUETOOTH_CLASS = "e0"
"""bDeviceClass of a USB device that is a Bluetooth controller."""


class Access(Enum):
    """Whether this user can use a file."""

    ABSENT = "absent"
    DENIED = "denied"
    OK = "ok"


class State(Enum):
    """How a finding is."""

    OK = "ok"
    OPTIONAL = "optional"
    """Missing, and only part of the bench needs it."""
    BROKEN = "broken"
    """Missing, and nothing works without it."""


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
    """Where running benches leave their traces; None when it cannot be written."""
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


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``fix`` is a command, or a sentence where no command helps."""

    what: str
    state: State
    found: str
    fix: str | None = None


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(doctor)


def doctor(
    rig: Annotated[
        str | None,
        typer.Option(metavar="RIG", help="Look for what this rig needs: one of the package by name, or a rig file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What this machine has for the bench, what is missing, and the command that mends it.

    Ends with 1 when something is missing that everything, or the rig, needs.
    """
    machine = look()
    findings = judge(machine) if rig is None else _for_rig(rig, machine)
    if as_json:
        print(json.dumps([{**asdict(finding), "state": finding.state.value} for finding in findings]))
    else:
        _print(findings)
    if any(finding.state is State.BROKEN for finding in findings):
        sys.exit(1)


def _for_rig(name: str, machine: Machine) -> list[Finding]:
    """What everything needs, and what the rig does."""
    from isletbench.emulator.interfaces.cli import rig_needs
    from isletbench.emulator.rigs.bring_up.firmware_rig import load_any

    rig = load_any(name)
    return [*basics(machine), *rig_needs.judge(rig, machine, rig_needs.look(rig))]


def _print(findings: list[Finding]) -> None:
    marks = {State.OK: "[green]ok[/]", State.OPTIONAL: "[yellow]optional[/]", State.BROKEN: "[red]broken[/]"}
    table = Table("", "what", "found", "to mend it")
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, finding.found, finding.fix or "")
    Console(highlight=False).print(table)


# Findings


def judge(machine: Machine) -> list[Finding]:
    """What the facts mean."""
    findings = [*basics(machine), *_serial(machine), _real_radio(machine)]
    if machine.system == "Linux":
        findings += [_kernel_bluetooth(machine), _vhci(machine)]
    return findings


def basics(machine: Machine) -> list[Finding]:
    """What every rig needs."""
    return [_python(machine), *_libraries(machine), _directory(machine), _ptys(machine)]


def _python(machine: Machine) -> Finding:
    version = ".".join(map(str, machine.python))
    if machine.python >= LEAST_PYTHON:
        return Finding("Python", State.OK, version)
    return Finding("Python", State.BROKEN, version, "python3.11 -m venv .venv && .venv/bin/pip install .")


def _libraries(machine: Machine) -> Iterator[Finding]:
    for name, wanted in sorted(machine.needed.items()):
        found = machine.installed.get(name)
        if found is None:
            yield Finding(name, State.BROKEN, "not installed", f"pip install '{name}{wanted}'")
        elif not _satisfies(found, wanted):
            yield Finding(name, State.BROKEN, f"{found}, where {wanted} is needed", f"pip install '{name}{wanted}'")
        else:
            yield Finding(name, State.OK, found)


def _satisfies(found: str, wanted: str) -> bool:
    ours, least = _numbers(found), _numbers(wanted)
    return ours == least if wanted.startswith("==") else ours >= least


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version.split("+", maxsplit=1)[0]))


def _directory(machine: Machine) -> Finding:
    if machine.directory is not None:
        return Finding("runtime directory", State.OK, machine.directory)
    return Finding("runtime directory", State.BROKEN, "cannot be written", "export ISLETBENCH_DIR=$(mktemp -d)")


def _ptys(machine: Machine) -> Finding:
    if machine.ptys:
        return Finding("virtual serial ports", State.OK, "pseudo-terminals")
    if machine.system == "Windows":
        return Finding("virtual serial ports", State.OPTIONAL, "no pseudo-terminals", 'serial = "tcp:HOST:PORT" in the rig')
    return Finding("virtual serial ports", State.BROKEN, "no pseudo-terminals", "sudo mount -t devpts devpts /dev/pts")


def _serial(machine: Machine) -> Iterator[Finding]:
    if not machine.serial_ports:
        yield Finding("serial ports", State.OPTIONAL, "none", "plug in an adapter; virtual ports need none")
    for port in machine.serial_ports:
        if port.access is Access.OK:
            yield Finding("serial port", State.OK, f"{port.device}: {port.description}")
        else:
            fix = f"sudo usermod -aG {port.group} $USER, then log in again"
            yield Finding("serial port", State.OPTIONAL, f"{port.device}: not yours to open", fix)


def _real_radio(machine: Machine) -> Finding:
    what = "real Bluetooth radio"
    if machine.adapters and machine.bluetoothd:
        number = machine.adapters[0].removeprefix("hci")
        fix = f"sudo systemctl stop bluetooth && sudo hciconfig hci{number} down, then up --radio hci-socket:{number}"
        return Finding(what, State.OPTIONAL, f"{', '.join(machine.adapters)}, held by the system (bluetoothd)", fix)
    found = [f"hci-socket:{name.removeprefix('hci')}" for name in machine.adapters] + list(machine.usb_dongles)
    if found:
        return Finding(what, State.OK, ", ".join(found))
    return Finding(what, State.OPTIONAL, "none", "plug in a controller (docs/ble.md); the virtual air needs none")


def _kernel_bluetooth(machine: Machine) -> Finding:
    if "bluetooth" in machine.modules_loaded:
        return Finding("kernel Bluetooth", State.OK, "loaded")
    if "bluetooth" in machine.modules_available:
        return Finding("kernel Bluetooth", State.OPTIONAL, "not loaded", "sudo modprobe bluetooth")
    return Finding("kernel Bluetooth", State.OPTIONAL, f"not in {machine.kernel}", _other_kernel(machine))


def _vhci(machine: Machine) -> Finding:
    match machine.vhci:
        case Access.OK:
            return Finding("vhci (up --hci vhci)", State.OK, "/dev/vhci")
        case Access.DENIED:
            fix = "sudo setfacl -m u:$USER:rw /dev/vhci"
            return Finding("vhci (up --hci vhci)", State.OPTIONAL, "/dev/vhci is not yours to open", fix)
        case Access.ABSENT if "hci_vhci" in machine.modules_available:
            return Finding("vhci (up --hci vhci)", State.OPTIONAL, "not loaded", "sudo modprobe hci_vhci")
        case Access.ABSENT:
            return Finding("vhci (up --hci vhci)", State.OPTIONAL, f"not in {machine.kernel}", _other_kernel(machine))


def _other_kernel(machine: Machine) -> str:
    return (
        f"install the kernel's further modules (Ubuntu: sudo apt install linux-modules-extra-{machine.kernel}), or other kernel"
    )


# Facts


def look(root: Path = Path("/")) -> Machine:
    """This machine's facts; ``root`` is where its files are."""
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


def access(path: Path) -> Access:
    """Whether this user may read and write a file."""
    try:
        if not path.exists():
            return Access.ABSENT
        return Access.OK if os.access(path, os.R_OK | os.W_OK) else Access.DENIED
    except OSError:
        return Access.DENIED


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


def group_of(path: Path) -> str:
    """The group that may use a port."""
    try:
        return path.group()
    except (OSError, KeyError, NotImplementedError):
        return "dialout"


def children(directory: Path) -> list[Path]:
    """What is in a directory; nothing when it cannot be read."""
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def text_of(path: Path) -> str:
    """What is in a file; nothing when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


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
