"""The command line: it only translates words into calls. One module per group of commands.

A module imports what its commands need when one is called, so that ``isletbench --help`` and ``isletbench decode`` do not wait
for a Bluetooth stack or a web server.
"""

import sys
from typing import Annotated, NoReturn

import typer

from isletbench.emulator.interfaces.cli import (
    audit,
    bleak,
    campaign,
    catalogue,
    demo,
    export,
    firmware,
    init,
    man,
    packets,
    page,
    ports,
    proxy,
    replay,
    report,
    rigs,
    run,
    scenarios,
    schema,
    steer,
    traces,
    up,
)
from isletbench.emulator.interfaces.cli.check import command as check
from isletbench.emulator.interfaces.cli.doctor import command as doctor
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.usage import Commands, Program

app = Program(
    name="isletbench",
    cls=Commands,
    help="A bench with a virtual insulin pump and a virtual CGM on virtual serial ports and virtual Bluetooth LE."
    " For tests only: never near a therapy device.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_GROUPS = (
    *(up, proxy, page, demo, bleak, ports, steer, catalogue, scenarios, check, run, campaign, audit, replay, report),
    *(export, packets, firmware, rigs, schema, init, traces, doctor, man),
)
for _group in _GROUPS:
    _group.register(app)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"isletbench {version('isletbench')}")
        raise typer.Exit


@app.callback()
def isletbench(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A bench with a virtual insulin pump and a virtual CGM on virtual serial ports and virtual Bluetooth LE.
    For tests only: never near a therapy device."""


_USER_ERRORS = (
    ("isletbench.emulator.bench.state_schema", "StateError"),
    ("isletbench.emulator.rigs.rig", "RigError"),
    ("isletbench.protocols.errors", "WireError"),
    ("isletbench.protocols.errors", "Unencodable"),
)


def main() -> NoReturn:
    """The entry point. What a user can do wrong ends with one sentence and exit code 2, never with a traceback."""
    try:
        app()
    except (ValueError, OSError) as error:
        if not _is_of_the_user(error):
            raise
        print(f"isletbench: {_sentence(error)}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)


def _sentence(error: Exception) -> str:
    """An error in one line; one of the operating system without its number."""
    if isinstance(error, OSError) and error.strerror:
        named = "" if error.filename is None else f": {error.filename!r}"
        return " ".join(f"{error.strerror}{named}".split())
    return " ".join(str(error).split())


def _is_of_the_user(error: Exception) -> bool:
    """Whether an error means that the call, a file or the machine is wrong, and not the bench."""
    if isinstance(error, CallError | OSError):
        return True
    # an error of a module that is not imported cannot have been raised, and none is imported for this question
    modules = ((sys.modules.get(place), name) for place, name in _USER_ERRORS)
    return any(isinstance(error, getattr(module, name)) for module, name in modules if module is not None)
