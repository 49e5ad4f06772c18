"""`firmware headers`: packets and profiles in C, for the stubs under `firmware_stubs`."""

from pathlib import Path
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.outputs import HEADER, Force, Output, make_directory, try_outputs, write_file
from isletbench.emulator.interfaces.cli.usage import Program

HOME = Path("firmware_stubs/generated")


def files() -> dict[str, str]:
    """Every generated file's text, by its path under ``HOME``."""
    # imported here, so that the other commands do not wait for every packet there is
    from isletbench.emulator.codegen import headers as packets
    from isletbench.emulator.codegen import profiles

    return packets.files() | profiles.files()


group = Program(name="firmware", help="The firmware stubs: devices in C.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group.command()(headers)
    app.add_typer(group)


@group.callback()
def firmware() -> None:
    """The firmware stubs: devices in C."""


def headers(
    into: Annotated[Path, typer.Option(metavar="DIR", help="Where the files stand.")] = HOME,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 when a file is not up to date.")] = False,
    force: Force = False,
) -> None:
    """Write the packets of `protocols` as C structs with their functions, and the numbers of the stubs' profiles."""
    if not into.is_dir():
        raise CallError(f"{into}: there is no such directory; run this in a checkout, or say where with --into DIR")
    made = files()
    stale = [name for name, text in made.items() if not _is(into / name, text)]
    foreign = sorted({str(path.relative_to(into)) for path in into.rglob("*.[ch]")} - made.keys())
    if check:
        for name in stale:
            print(f"{into / name}: not up to date; run `isletbench firmware headers`")
        for name in foreign:
            print(f"{into / name}: nothing makes this file any more; remove it")
        raise typer.Exit(1 if stale or foreign else 0)
    try_outputs([Output("C file", into / name, HEADER) for name in stale if (into / name).exists()], force=force)
    for name in stale:
        make_directory((into / name).parent)
        write_file(into / name, made[name])
        print(f"wrote {into / name}")


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
