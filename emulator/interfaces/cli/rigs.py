"""`rigs`: the rigs there are, how one is brought up and wired, and what labgrid has to know of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import file_of
from isletbench.emulator.interfaces.cli.output import AsJson, console, line, print_json, print_table
from isletbench.emulator.interfaces.cli.outputs import LABGRID, WIRING, Force, optional, try_outputs, write_file

if TYPE_CHECKING:
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
    from isletbench.emulator.rigs.rig import Rig


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(rigs)


def rigs(
    name: Annotated[str | None, typer.Argument(metavar="[RIG]", help="A rig of the package by name, or a rig file.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the picture of its wiring to this file.")] = None,
    labgrid: Annotated[Path | None, typer.Option(help="Write a labgrid environment for it to this file.")] = None,
    flash: Annotated[bool, typer.Option("--flash", help="Build its firmware, and write it to its boards.")] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """List the rigs of the package, or show one: its devices, steps and wires. `up` brings it up, `doctor --rig` checks it."""
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any
    from isletbench.emulator.rigs.rig import rigs_of_the_package
    from isletbench.emulator.rigs.wiring_pictures import as_svg

    if name is None:
        if svg or labgrid or flash:
            raise CallError("--svg, --labgrid and --flash are for one rig: expected its name, or a rig file")
        _list([summary_of(load_any(known)) for known in rigs_of_the_package()], as_json)
        return
    rig = load_any(name)
    outputs = [*optional("picture", svg, WIRING), *optional("labgrid environment", labgrid, LABGRID)]
    try_outputs(outputs, reads={"rig": file_of(name)}, force=force)
    if svg:
        if rig.wiring is None:
            raise CallError(f"{name}: wiring: there is none to draw: no wires join its parts")
        write_file(svg, as_svg(rig.wiring, rig.about or rig.name))
    if labgrid:
        from isletbench.emulator.rigs.bring_up.labgrid import environment

        write_file(labgrid, environment(name, rig))
    if flash:
        from isletbench.emulator.interfaces.cli import up_firmware

        if not isinstance(rig, FirmwareRig):
            raise CallError(f"{name}: firmware: there is none to flash: its devices are virtual")
        up_firmware.flash(rig)
    if as_json:
        print_json({**summary_of(rig), **details(rig)})
    elif not (svg or labgrid or flash):
        _show(name, rig)


def summary_of(rig: "Rig | FirmwareRig") -> dict[str, Any]:
    """Return what a list of rigs shows of a rig."""
    devices = {name: device.kind for name, device in rig.devices.items()}
    return {"rig": rig.name, "runs": rig.runs, "devices": devices, "about": rig.about}


def details(rig: "Rig | FirmwareRig") -> dict[str, Any]:
    """Return what else there is to show of one rig: ports and recordings of its devices, what its steps do, and the wires."""
    from isletbench.emulator.endpoints.registry import KINDS
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, command_line
    from isletbench.emulator.rigs.rig import Rig

    ports = {name: _ports(device) for name, device in rig.devices.items()}
    if isinstance(rig, Rig):
        replayed = {name: KINDS[device.kind].replays(device) for name, device in rig.devices.items()}
        for name, recording in replayed.items():
            if recording is not None:
                ports[name]["trace"] = recording.trace
    steps = {"off": ["nothing runs"], "flashed": ["nothing to flash"], "running": ["the bench opens the ports"]}
    if isinstance(rig, FirmwareRig):
        firmware = rig.firmware
        steps["flashed"] = [command_line(command) for command in (firmware.build, firmware.flash) if command]
        steps["running"] = [command_line(firmware.run), "every device answers on its link"]
        if firmware.halt:
            steps["off"] = [command_line(firmware.halt)]
    point = [] if isinstance(rig, FirmwareRig) else list(rig.point)
    return {
        "ports": ports,
        "point": point,
        "steps": steps,
        "wiring": rig.wiring and rig.wiring.model_dump(mode="json", by_alias=True),
    }


def _ports(device: Any) -> dict[str, str]:
    found = {"serial": device.serial, "client": getattr(device, "client", None)}
    if ble := getattr(device, "ble", None):
        found |= {"ble": ble.name, "controller": ble.controller}
    return {what: place for what, place in found.items() if place}


def _list(found: list[dict[str, Any]], as_json: bool) -> None:
    from isletbench.emulator.rigs.rig import RUNS

    if as_json:
        print_json(found)
    else:
        rows = [(row["rig"], RUNS[row["runs"]], ", ".join(row["devices"]), row["about"]) for row in found]
        print_table(("rig", "its devices are", "devices", "what it is"), rows)


def _show(name: str, rig: "Rig | FirmwareRig") -> None:
    from isletbench.emulator.rigs.rig import RUNS
    from isletbench.emulator.rigs.wiring_pictures import as_text

    terminal = console()
    terminal.print(line((rig.name, "bold"), f": {rig.about}. Its devices are {RUNS[rig.runs]}."))
    shown = details(rig)
    terminal.print("\nDevices")
    for device, ports in shown["ports"].items():
        where = ", ".join(f"{what} {place}" for what, place in ports.items())
        terminal.print(f"  {device} ({rig.devices[device].kind}): {where}")
    for sentence in shown["point"]:
        terminal.print(f"  {sentence.format_map({name: name for name in rig.devices})}")
    terminal.print("\nSteps")
    for step, does in shown["steps"].items():
        for number, words in enumerate(does):
            terminal.print(f"  {step if number == 0 else '':8} {words}")
    if rig.wiring is not None:
        print(f"\nWires\n{as_text(rig.wiring)}")
    call = name if name == rig.name or name.endswith(".toml") else rig.name
    terminal.print(f"\nisletbench doctor --rig {call}   what it needs\nisletbench up {call}             brings it up")
    sys.stdout.flush()
