"""`ports`: the serial ports that a client can open."""

import typer

from isletbench.emulator.interfaces.cli.control_client import ask
from isletbench.emulator.interfaces.cli.output import AsJson, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(ports)


def ports(as_json: AsJson = False) -> None:
    """List the serial ports of this machine and of the running rigs."""
    from serial.tools.list_ports import comports

    from isletbench.emulator.core import running

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
