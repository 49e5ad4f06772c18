"""The findings about what one rig needs: `doctor --rig`. What is missing is broken, since the rig needs it."""

from collections.abc import Iterator, Sequence

from isletbench.emulator.interfaces.cli.doctor.files import Access
from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.interfaces.cli.doctor.machine import Machine
from isletbench.emulator.interfaces.cli.doctor.rig_facts import INTERFERING_SERVICES, RigFacts, controllers, ttys
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.rig import Rig

FROM_A_CHECKOUT = "git clone isletbench, then pip install --editable . in it"


def findings_of(rig: Rig | FirmwareRig, machine: Machine, facts: RigFacts) -> list[Finding]:
    """Every finding about what a rig needs."""
    findings = [*_firmware(rig, facts), *_ports(rig, facts), *_controllers(rig, machine)]
    findings += [
        Finding(f"trace of {name}", State.BROKEN if problem else State.OK, problem or "can be replayed", _look(problem))
        for name, problem in facts.traces.items()
    ]
    if facts.patient is not None:
        state = State.BROKEN if facts.patient else State.OK
        findings.append(Finding("patient", state, facts.patient or "can be on a bench that begins now", _plan(facts.patient)))
    findings += [
        Finding(spec, State.BROKEN, "something else has it", "another port in the rig, or end that program")
        for spec in sorted(facts.sockets_taken)
    ]
    return findings


def _look(problem: str) -> str:
    return "name another recording in the rig; `isletbench traces FILE` shows what one holds" if problem else ""


def _plan(problem: str) -> str:
    return "a time of day for every day, a later date and time, or an earlier `start` of the rig" if problem else ""


def _firmware(rig: Rig | FirmwareRig, facts: RigFacts) -> Iterator[Finding]:
    if not isinstance(rig, FirmwareRig):
        return
    firmware = rig.firmware
    if facts.source:
        yield Finding("firmware sources", State.OK, str(firmware.source))
    else:
        yield Finding("firmware sources", State.BROKEN, f"{firmware.source} is not there", FROM_A_CHECKOUT)
    for program, package in firmware.needs.items():
        if where := facts.programs.get(program):
            yield Finding(program, State.OK, where)
        else:
            yield Finding(program, State.BROKEN, "not installed", f"sudo apt install {package}")
    if firmware.usb:
        yield _probe(firmware.usb, facts)


def _probe(known: Sequence[str], facts: RigFacts) -> Finding:
    there = next((usb for usb in known if usb in facts.usb), None)
    if there is None:
        fix = "plug the board in, with a cable that carries data; `lsusb` shows it"
        return Finding("debug probe", State.BROKEN, f"no USB device {' or '.join(known)}", fix)
    if facts.usb[there] is Access.DENIED:
        fix = "sudo usermod -aG plugdev $USER, then log in again; the package openocd has the udev rules"
        return Finding("debug probe", State.BROKEN, f"USB {there} is not yours to open", fix)
    return Finding("debug probe", State.OK, f"USB {there}")


def _ports(rig: Rig | FirmwareRig, facts: RigFacts) -> Iterator[Finding]:
    wanted = ttys(rig)
    for path, what in wanted.items():
        port = facts.ports.get(path)
        if port is None or port.access is Access.ABSENT:
            fix = (
                "plug it in, or name another in a copy of the rig; `ls -l /dev/serial/by-id` and `isletbench ports` show names"
            )
            yield Finding(what, State.BROKEN, f"{path} is not there", fix)
        elif port.access is Access.DENIED:
            fix = f"sudo usermod -aG {port.group} $USER, then log in again"
            yield Finding(what, State.BROKEN, f"{path} is not yours to open", fix)
        elif holder := facts.holders.get(path):
            pid = holder.rpartition("(")[2].rstrip(")")
            yield Finding(what, State.BROKEN, f"{path} is held by {holder}", f"end it: kill {pid}")
        else:
            yield Finding(what, State.OK, path)
    if wanted:
        for name in sorted(facts.interfering_services):
            does, fix = INTERFERING_SERVICES[name]
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
