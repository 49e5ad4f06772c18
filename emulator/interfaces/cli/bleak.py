"""`bleak`: a program written against bleak, on the virtual radio of a running bench."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.control_client import running_bench
from isletbench.emulator.interfaces.cli.errors import CallError


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(bleak)


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
    from isletbench.emulator.collectors.bleak_backend import DEFAULT_PASSKEY, run_program

    words = list(arguments or ())
    hci = words.pop(0) if words and words[0].startswith(("tcp:", "unix:", "pty:", "vhci")) else os.environ.get("ISLETBENCH_HCI")
    if words and words[0] == "--":
        words.pop(0)
    if not words:
        raise CallError("expected a program to run: isletbench bleak [HCI] -- PROGRAM.py [ARG ...]")
    if not Path(words[0]).is_file():
        raise CallError(f"{words[0]}: there is no such program")
    if hci is None:
        offered = [spec for spec in running_bench().hci if spec.startswith(("tcp:", "unix:", "pty:"))]
        if not offered:
            raise CallError(
                "the running bench offers no HCI that a program can attach to: tcp:HOST:PORT, unix:PATH or pty:LINK"
            )
        hci = offered[0]
    sys.exit(run_program(hci, words, DEFAULT_PASSKEY if passkey is None else passkey))
