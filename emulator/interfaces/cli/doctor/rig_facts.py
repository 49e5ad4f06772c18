"""The facts about this machine that matter to one rig."""

import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from isletbench.emulator.endpoints.patient.participant import PATIENT_NAME, patient_of
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.interfaces.cli.doctor.files import Access, access, children, group_of, text_of
from isletbench.emulator.interfaces.cli.doctor.machine import SerialPort
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.rig import Rig
from isletbench.emulator.transports.ports import settings

INTERFERING_SERVICES = {
    "ModemManager": ("talks to a new port as if it were a modem", "sudo systemctl stop ModemManager"),
    "brltty": ("takes CH340 and CP210x adapters for Braille displays", "sudo systemctl stop brltty-udev brltty"),
}
"""Programs that are known to open serial ports by themselves: what each does, and the command that stops it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RigFacts:
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
    interfering_services: frozenset[str] = frozenset()
    traces: Mapping[str, str] = field(default_factory=dict)
    """Why a recording cannot be replayed, by the device that measures it; empty where it can."""
    patient: str | None = None
    """Why the patient of a model cannot be on a bench that begins now, as `up` says it; empty where they can."""
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


def _traces(rig: Rig | FirmwareRig) -> Iterator[tuple[str, str]]:
    if isinstance(rig, Rig) and rig.patient is not None and rig.patient.recording is not None:
        try:
            open_recording(rig.patient.recording)
        except OSError as error:
            yield "the patient", str(error)
        else:
            yield "the patient", ""
    for name, device in rig.devices.items() if isinstance(rig, Rig) else ():
        replayed = KINDS[device.kind].replays(device)
        if replayed is not None:
            try:
                replayed.check()
            except OSError as error:
                yield name, str(error)
            else:
                yield name, ""


def _patient(rig: Rig | FirmwareRig) -> str | None:
    if not isinstance(rig, Rig) or rig.patient is None or rig.patient.recording is not None:
        return None
    now = datetime.now().replace(microsecond=0)  # noqa: DTZ005  # local time, as a device is set
    try:
        patient_of(rig.patient, rig.start or now, rig.seed)
    except ValueError as error:
        return f"{PATIENT_NAME}.{error}"
    return ""


def _sockets(rig: Rig | FirmwareRig) -> list[str]:
    specs = [device.serial or "" for device in rig.devices.values()]
    return [spec for spec in specs if re.fullmatch(r"(tcp|rfc2217):.*:\d+", spec) and not spec.endswith(":0")]


def examine(rig: Rig | FirmwareRig, root: Path = Path("/")) -> RigFacts:
    """Collect the facts that matter to a rig; ``root`` is the root of the machine's file system. Never raises."""
    firmware = rig.firmware if isinstance(rig, FirmwareRig) else None
    paths = ttys(rig)
    processes = {text_of(process / "comm") for process in children(root / "proc")}
    return RigFacts(
        programs={program: shutil.which(program) for program in firmware.needs} if firmware else {},
        source=firmware is None or firmware.source.is_dir(),
        ports={path: SerialPort(path, "", access(Path(path)), group_of(Path(path))) for path in paths},
        holders=dict(_holders(root, set(paths))),
        usb=dict(_usb(root)),
        interfering_services=frozenset(processes & set(INTERFERING_SERVICES)),
        traces=dict(_traces(rig)),
        patient=_patient(rig),
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
