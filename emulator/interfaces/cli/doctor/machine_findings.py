"""The findings about a machine, derived from its facts."""

import re
from collections.abc import Iterator

from isletbench.emulator.interfaces.cli.doctor.files import Access
from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.interfaces.cli.doctor.machine import Machine

LEAST_PYTHON = (3, 11)


def findings_of(machine: Machine) -> list[Finding]:
    """Every finding about a machine."""
    findings = [*basics(machine), *_serial(machine), _real_radio(machine)]
    if machine.system == "Linux":
        findings += [_kernel_bluetooth(machine), _vhci(machine)]
    return findings


def basics(machine: Machine) -> list[Finding]:
    """The findings about what every rig needs."""
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
