"""The command line: it only translates words into calls. One file per group of commands."""

import sys
from typing import NoReturn

import typer

from isletbench.emulator.interfaces.cli import (
    checking,
    firmware,
    playing,
    replaying,
    rigs,
    run,
    schema,
    steer,
    wire,
)
from isletbench.emulator.interfaces.cli.doctor import command as doctor
from isletbench.emulator.interfaces.cli.errors import USER_ERRORS

app = typer.Typer(
    name="isletbench",
    help="A bench with a virtual insulin pump and a virtual CGM on virtual serial ports and virtual Bluetooth LE."
    " For tests only: never near a therapy device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run.register(app)
steer.register(app)
playing.register(app)
checking.register(app)
replaying.register(app)
wire.register(app)
firmware.register(app)
rigs.register(app)
schema.register(app)
doctor.register(app)


def main() -> NoReturn:
    """The entry point. What a user can do wrong ends with one sentence and exit code 2, never with a traceback."""
    try:
        app()
    except USER_ERRORS as error:
        sentence = " ".join(str(error).split())
        print(f"isletbench: {sentence}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)
