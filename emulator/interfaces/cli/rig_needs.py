"""What a rig needs of a machine, and what of it is there: `doctor --rig`.

``look`` collects facts and never raises; ``judge`` makes findings of them and looks at nothing.
"""

import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isletbench.emulator.interfaces.cli.doctor import (
    Access,
    Finding,
    Machine,
    SerialPort,
    State,
    access,
    children,
    group_of,
    text_of,
)
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.rig import Rig
from isletbench.emulator.transports.ports import settings

MEDDLERS = {
    "ModemManager": ("talks to a new port as if it were a modem", "sudo systemctl stop ModemManager"),
    "brltty": ("takes CH340 and CP210x adapters for Braille displays", "sudo systemctl stop brltty-udev brltty"),
}
"""Programs that are known to use serial ports nobody gave them: what they do, and what ends it."""
FROM_A_CHECKOUT = "git clone isletbench, then pip install --editable . in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Facts about a machine that matter to one rig."""

    programs: Mapping[str, str | None] = field(default_factory=dict)
    """Where a program is, by its name; None when it is not there."""
    source: bool = True
    """Whether the firmware's sources are there."""
    ports: Mapping[str, SerialPort] = field(default_factory=dict)
    """The ttys that the rig names."""
    holders: Mapping[str, str] = field(default_factory=dict)
    """What has a tty open: ``screen (1234)``."""
    usb: Mapping[str, Access] = field(default_factory=dict)
    """The USB devices that are plugged in, ``vendor:product``, and whether this user can use them."""
    meddlers: frozenset[str] = frozenset()
    sockets_taken: frozenset[str] = frozenset()
    """Of the sockets the rig wants to open, those that something else has: ``tcp:127.0.0.1:4000``."""


def ttys(rig: Rig | FirmwareRig) -> dict[str, str]:
    """The real serial ports that a rig names, with what each is for."""
    found: dict[str, str] = {}
    for name, device in rig.devices.items():
        kind, _, place = (device.serial or "").partition(":")
        if kind == "serial":
            found[settings.parse(place)[0]] = f"port of {name}"
        if client := getattr(device, "client", None):
            found[client] = f"client's port of {name}"
    for name, spec in controllers(rig).items():
        kind, _, place = spec.partition(":")
        if kind == "serial":
            found[place.partition(",")[0]] = f"controller of {name}"
    return found


def controllers(rig: Rig | FirmwareRig) -> dict[str, str]:
    """The real Bluetooth controllers that a rig names, by device."""
    if isinstance(rig, FirmwareRig):
        return {}
    return {name: device.ble.controller for name, device in rig.devices.items() if device.ble and device.ble.controller}


def _sockets(rig: Rig | FirmwareRig) -> list[str]:
    specs = [device.serial or "" for device in rig.devices.values()]
    return [spec for spec in specs if re.fullmatch(r"(tcp|rfc2217):.*:\d+", spec) and not spec.endswith(":0")]


# Facts


def look(rig: Rig | FirmwareRig, root: Path = Path("/")) -> Surroundings:
    """The facts that matter to a rig; ``root`` is where the machine's files are."""
    firmware = rig.firmware if isinstance(rig, FirmwareRig) else None
    paths = ttys(rig)
    processes = {text_of(process / "comm") for process in children(root / "proc")}
    return Surroundings(
        programs={program: shutil.which(program) for program in firmware.needs} if firmware else {},
        source=firmware is None or firmware.source.is_dir(),
        ports={path: SerialPort(path, "", access(Path(path)), group_of(Path(path))) for path in paths},
        holders=dict(_holders(root, set(paths))),
        usb=dict(_usb(root)),
        meddlers=frozenset(processes & set(MEDDLERS)),
        sockets_taken=frozenset(spec for spec in _sockets(rig) if _is_taken(spec)),
    )


def _usb(root: Path) -> Iterator[tuple[str, Access]]:
    for device in children(root / "sys/bus/usb/devices"):
        if vendor := text_of(device / "idVendor"):
            file = f"{text_of(device / 'busnum'):0>3}/{text_of(device / 'devnum'):0>3}"
            yield f"{vendor}:{text_of(device / 'idProduct')}", access(root / "dev/bus/usb" / file)


def _holders(root: Path, paths: set[str]) -> Iterator[tuple[str, str]]:
    """Which processes have these ttys open, as far as this user may see."""
    targets = {str(Path(path).resolve()): path for path in paths}
    for process in children(root / "proc"):
        for descriptor in children(process / "fd") if targets and process.name.isdigit() else ():
            try:
                target = str(descriptor.readlink())
            except OSError:
                continue
            if target in targets:
                yield targets[target], f"{text_of(process / 'comm')} ({process.name})"


def _is_taken(spec: str) -> bool:
    host, _, port = spec.partition(":")[2].rpartition(":")
    try:
        with socket.create_server((host, int(port))):
            return False
    except OSError:
        return True


# Findings


def judge(rig: Rig | FirmwareRig, machine: Machine, around: Surroundings) -> list[Finding]:
    """What the facts mean for a rig: what is missing is broken, for it was asked for."""
    findings = [*_firmware(rig, around), *_ports(rig, around), *_controllers(rig, machine)]
    findings += [
        Finding(spec, State.BROKEN, "something else has it", "another port in the rig, or end that program")
        for spec in sorted(around.sockets_taken)
    ]
    return findings


def _firmware(rig: Rig | FirmwareRig, around: Surroundings) -> Iterator[Finding]:
    if not isinstance(rig, FirmwareRig):
        return
    firmware = rig.firmware
    if around.source:
        yield Finding("firmware sources", State.OK, str(firmware.source))
    else:
        yield Finding("firmware sources", State.BROKEN, f"{firmware.source} is not there", FROM_A_CHECKOUT)
    for program, package in firmware.needs.items():
        if where := around.programs.get(program):
            yield Finding(program, State.OK, where)
        else:
            yield Finding(program, State.BROKEN, "not installed", f"sudo apt install {package}")
    if firmware.usb:
        yield _probe(firmware.usb, around)


def _probe(known: Sequence[str], around: Surroundings) -> Finding:
    there = next((usb for usb in known if usb in around.usb), None)
    if there is None:
        fix = "plug the board in, with a cable that carries data; `lsusb` shows it"
        return Finding("debug probe", State.BROKEN, f"no USB device {' or '.join(known)}", fix)
    if around.usb[there] is Access.DENIED:
        fix = "sudo usermod -aG plugdev $USER, then log in again; the package openocd has the udev rules"
        return Finding("debug probe", State.BROKEN, f"USB {there} is not yours to open", fix)
    return Finding("debug probe", State.OK, f"USB {there}")


def _ports(rig: Rig | FirmwareRig, around: Surroundings) -> Iterator[Finding]:
    wanted = ttys(rig)
    for path, what in wanted.items():
        port = around.ports.get(path)
        if port is None or port.access is Access.ABSENT:
            fix = (
                "plug it in, or name another in a copy of the rig; `ls -l /dev/serial/by-id` and `isletbench ports` show names"
            )
            yield Finding(what, State.BROKEN, f"{path} is not there", fix)
        elif port.access is Access.DENIED:
            fix = f"sudo usermod -aG {port.group} $USER, then log in again"
            yield Finding(what, State.BROKEN, f"{path} is not yours to open", fix)
        elif holder := around.holders.get(path):
            pid = holder.rpartition("(")[2].rstrip(")")
            yield Finding(what, State.BROKEN, f"{path} is held by {holder}", f"end it: kill {pid}")
        else:
            yield Finding(what, State.OK, path)
    if wanted:
        for name in sorted(around.meddlers):
            does, fix = MEDDLERS[name]
            yield Finding(name, State.OPTIONAL, does, fix)


def _controllers(rig: Rig | FirmwareRig, machine: Machine) -> Iterator[Finding]:
    for name, spec in controllers(rig).items():
        what, (kind, _, place) = f"controller of {name}", spec.partition(":")
        match kind:
            case "serial":
                continue  # it is among the ports
            case "usb" if not machine.usb_dongles:
                fix = "plug a controller in, or write another one into a copy of the rig (docs/ble.md)"
                yield Finding(what, State.BROKEN, f"{spec}: no Bluetooth controller on USB", fix)
            case "usb" if place.isdigit() and int(place) >= len(machine.usb_dongles):
                fix = "plug another one in: it takes one controller for each device"
                yield Finding(what, State.BROKEN, f"{spec}: only {len(machine.usb_dongles)} on USB", fix)
            case "usb" if machine.bluetoothd and machine.adapters:
                number = machine.adapters[0].removeprefix("hci")
                fix = f"sudo systemctl stop bluetooth && sudo hciconfig hci{number} down"
                yield Finding(what, State.BROKEN, f"{spec}: held by the system (bluetoothd)", fix)
            case "hci-socket" if f"hci{place}" not in machine.adapters:
                yield Finding(what, State.BROKEN, f"{spec}: the system has no hci{place}", "hciconfig -a shows those it has")
            case "hci-socket" if machine.bluetoothd:
                fix = f"sudo systemctl stop bluetooth && sudo hciconfig hci{place} down"
                yield Finding(what, State.BROKEN, f"{spec}: held by the system (bluetoothd)", fix)
            case _:
                yield Finding(what, State.OK, spec)
