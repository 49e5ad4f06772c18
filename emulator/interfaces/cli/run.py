"""`up`, `bleak`, `ports`: running a bench and reaching it.

What a command needs beyond the standard library is imported when it is called: `decode` must not wait for a Bluetooth stack.
"""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from serial.tools.list_ports import comports

from isletbench.emulator.core import running
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import Span, parse_span
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.reaching import ask, the_bench

DEFAULT_PASSKEY = 123456
"""Of the default rig's devices."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(up)
    app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(bleak)
    app.command()(ports)


def up(
    rig_name: Annotated[str, typer.Argument(metavar="[RIG]", help="A rig of the package by name, or a rig file.")] = "default",
    pace: Annotated[str, typer.Option(help="real, a factor such as 60x, or jump (opens no port; needs --for).")] = "real",
    seed: Annotated[int | None, typer.Option(help="Seed of everything random; the rig's own when left out.")] = None,
    journal: Annotated[Path | None, typer.Option(help="Write the journal (JSON lines) to this file.")] = None,
    state: Annotated[
        Path | None,
        typer.Option(help="Keep pumps and bonds in this file, and go on from it: what a pump would remember without power."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Play this scenario on its own rig, to its end: an identifier, or a file of your own.")
    ] = None,
    duration: Annotated[str | None, typer.Option("--for", help="Stop after this much bench time: 90s, 5m, 1.5h, 14d.")] = None,
    hci: Annotated[
        list[str] | None,
        typer.Option(
            help="Offer HCI here: tcp:HOST:PORT, unix:PATH, pty:LINK or vhci; may be repeated. A free TCP port when left out."
        ),
    ] = None,
    radio: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[DEVICE=]SPEC",
            help="Put a device on a real Bluetooth controller: usb:0, serial:/dev/ttyACM0,1000000 or hci-socket:0;"
            " once for each device. Everyone within reach can connect to it.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once every port is open.")] = False,
) -> None:
    """Put a rig on the bench and run it until stopped (Ctrl-C)."""
    from isletbench.emulator.interfaces.cli import bringing_up, serving
    from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any

    chosen_pace = _pace(pace)
    span = _span(duration)
    if scenario is not None and rig_name != "default":
        raise CallError(f"--scenario plays on its own rig: leave {rig_name} out")
    if isinstance(firmware := load_any(rig_name), FirmwareRig):
        given = {
            "pace": pace != "real",
            "seed": seed is not None,
            "journal": journal,
            "state": state,
            "hci": hci,
            "radio": radio,
        }
        if unfit := [f"--{option}" for option, is_given in given.items() if is_given]:
            raise CallError(f"{rig_name} runs firmware, which is what it is: leave {', '.join(unfit)} out")
        bringing_up.serve(firmware, span, as_json=as_json)
        return
    if chosen_pace.jumps and span is None and scenario is None:
        raise CallError("--pace jump runs as fast as it can, so it needs an end: give --for DURATION")
    if chosen_pace.jumps and radio:
        raise CallError("--pace jump has no time for a real radio: leave --radio out, or use --pace real")
    if chosen_pace.jumps and hci:
        raise CallError("--pace jump opens no ports, since no other program could keep up: leave --hci out")
    with journal.open("w", encoding="utf-8") if journal else nullcontext() as sink:
        serving.serve(
            rig_name,
            chosen_pace,
            span,
            scenario=scenario,
            seed=seed,
            hci=hci,
            radio=radio or (),
            sink=sink,
            state=state,
            as_json=as_json,
        )


def _pace(text: str) -> Pace:
    try:
        return Pace.parse(text)
    except ValueError as error:
        raise CallError(f"--pace: {error}") from None


def _span(text: str | None) -> Span | None:
    try:
        return None if text is None else parse_span(text)
    except ValueError as error:
        raise CallError(f"--for: {error}") from None


def bleak(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[HCI] -- PROGRAM.py [ARG ...]", help="The program and its arguments.")
    ] = None,
    passkey: Annotated[
        int | None, typer.Option(help="What to enter when a device asks for its passkey.", min=0, max=999_999)
    ] = None,
) -> None:
    """Run an unchanged bleak program on the virtual radio of a running bench.

    HCI is where to attach (tcp:HOST:PORT, unix:PATH or pty:LINK): ISLETBENCH_HCI, or the newest running bench, when left out.
    """
    from isletbench.emulator.collectors.bleak_backend import run_program

    words = list(arguments or ())
    hci = words.pop(0) if words and words[0].startswith(("tcp:", "unix:", "pty:", "vhci")) else os.environ.get("ISLETBENCH_HCI")
    if words and words[0] == "--":
        words.pop(0)
    if not words:
        raise CallError("expected a program to run: isletbench bleak [HCI] -- PROGRAM.py [ARG ...]")
    if not Path(words[0]).is_file():
        raise CallError(f"{words[0]}: there is no such program")
    if hci is None:
        offered = [spec for spec in the_bench().hci if spec.startswith(("tcp:", "unix:", "pty:"))]
        if not offered:
            raise CallError(
                "the running bench offers no HCI that a program can attach to: tcp:HOST:PORT, unix:PATH or pty:LINK"
            )
        hci = offered[0]
    sys.exit(run_program(hci, words, DEFAULT_PASSKEY if passkey is None else passkey))


def ports(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The serial ports of this machine and of the running rigs."""
    found = [
        {"port": device["serial"], "what": f"virtual {device['kind']} {name} of the running rig {told['rig']}"}
        for told in (ask(bench, "/v1/status") for bench in running.benches())
        for name, device in told["devices"].items()
        if device["serial"]
    ]
    found += [
        {"port": device["serial"], "what": f"firmware {device['kind']} {name} of the running rig {told['rig']}"}
        for told in running.rigs_without_bench()
        for name, device in told["devices"].items()
    ]
    found += [{"port": port.device, "what": port.description} for port in sorted(comports())]
    if as_json:
        print(json.dumps(found))
    elif not found:
        print("no serial port here, virtual or real; `isletbench up` makes virtual ones")
    else:
        table = Table("port", "what")
        for row in found:
            table.add_row(row["port"], row["what"])
        Console().print(table)
