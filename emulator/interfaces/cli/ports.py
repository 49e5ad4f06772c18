"""`ports`: the serial ports that a client can open."""

from pathlib import Path
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.control_client import ask
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(ports)


def ports(
    as_json: AsJson = False,
    usb_tree: Annotated[
        Path | None, typer.Option("--usb-tree", help="Write a tree here in which programs find our ports by USB id.")
    ] = None,
) -> None:
    """List the serial ports of this machine and of the running rigs.

    With --usb-tree DIRECTORY it writes files instead, and prints the command that starts a program which looks for its device
    by USB id: the program finds our port as that device. Nothing else on the machine changes.
    """
    from serial.tools.list_ports import comports

    from isletbench.emulator.core import running

    if usb_tree is not None:
        _write_usb_tree(usb_tree)
        return
    found = [
        {"port": device["serial"], "what": f"virtual {device['kind']} {name} of the running rig {status['rig']}"}
        for status in (ask(bench, "/v1/status") for bench in running.benches())
        for name, device in status["devices"].items()
        if device["serial"]
    ]
    found += [
        {"port": device["serial"], "what": f"firmware {device['kind']} {name} of the running rig {status['rig']}"}
        for status in running.rigs_without_bench()
        for name, device in status["devices"].items()
    ]
    found += [{"port": port.device, "what": port.description} for port in sorted(comports())]
    if as_json:
        print_json(found)
    elif not found:
        print("no serial port here, virtual or real; `isletbench up` makes virtual ones")
    else:
        print_table(("port", "what"), ((row["port"], row["what"]) for row in found))


def _write_usb_tree(directory: Path) -> None:
    """Write the tree for every port of a running rig whose device programs look for by USB id."""
    from isletbench.emulator.core import running
    from isletbench.emulator.endpoints.personalities import PERSONALITIES
    from isletbench.emulator.interfaces.cli.usb_tree import UsbPort, write_tree

    found = [
        UsbPort(device["serial"], usb_id, PERSONALITIES[device["speaks"]].about)
        for status in (ask(bench, "/v1/status") for bench in running.benches())
        for device in status["devices"].values()
        if device.get("speaks") in PERSONALITIES and (usb_id := PERSONALITIES[device["speaks"]].usb_id) is not None
    ]
    if not found:
        raise CallError("no running rig has a device that is found by its USB id; try `isletbench up cgm_receiver`")
    try:
        script = write_tree(directory, found)
    except OSError as error:
        raise CallError(f"{directory}: {error.strerror or error}") from None
    for number, port in enumerate(found):
        print(f"/dev/ttyACM{number} is {port.path}, USB id {port.usb_id}: {port.product}")
    print(f"start the program with: {script} PROGRAM")
