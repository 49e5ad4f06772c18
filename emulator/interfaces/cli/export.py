"""`export`: the traffic of a journal in files that other tools read; `dissector`: what one of them needs to read it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import journal_of
from isletbench.emulator.interfaces.cli.outputs import (
    CAPTURE,
    DISSECTOR,
    RECORDED,
    RECORDED_LINE,
    Force,
    optional,
    try_outputs,
    write_file,
)

if TYPE_CHECKING:
    from isletbench.emulator.journal.entries import Entry


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(export)
    app.command()(dissector)


def export(
    journal: Annotated[Path, typer.Argument(help="A journal that a bench has written.")],
    btsnoop: Annotated[
        Path | None, typer.Option(help="Write what was said over Bluetooth LE, for Wireshark and btmon.", metavar="FILE")
    ] = None,
    pcapng: Annotated[
        Path | None, typer.Option(help="Write what was said over serial lines, for Wireshark.", metavar="FILE")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="Write a scenario: the faults, outages and boluses of the journal, played again.", metavar="ID.toml"),
    ] = None,
    force: Force = False,
) -> None:
    """Write the traffic of a journal as a capture: --btsnoop for Bluetooth LE, --pcapng for serial lines; or what happened as a
    scenario."""
    from io import BytesIO

    from isletbench.emulator.journal.export import NothingToExport, export_bluetooth, export_serial

    if btsnoop is None and pcapng is None and scenario is None:
        raise CallError("nothing to write: expected --btsnoop FILE, --pcapng FILE or --scenario FILE")
    outputs = [*optional("btsnoop capture", btsnoop, CAPTURE), *optional("pcapng capture", pcapng, CAPTURE)]
    outputs += optional("scenario", scenario, RECORDED)
    try_outputs(outputs, reads={"journal": journal}, force=force)
    entries = journal_of(journal)
    made: list[tuple[Path, bytes, int]] = []
    for file, write in ((btsnoop, export_bluetooth), (pcapng, export_serial)):
        if file is None:
            continue
        octets = BytesIO()
        try:
            count = write(entries, octets)
        except NothingToExport as error:
            raise CallError(f"{journal}: {error}") from None
        made.append((file, octets.getvalue(), count))
    text = None if scenario is None else _scenario(journal, scenario, entries)
    for file, content, count in made:
        write_file(file, content)
        print(f"{file}: {count} packets")
    if scenario is not None and text is not None:
        write_file(scenario, text)
        print(scenario)


def _scenario(journal: Path, file: Path, entries: "list[Entry]") -> str:
    """The scenario that a journal becomes, as the text of its file; its identifier is the file's name."""
    from isletbench.emulator.campaigns.plain import from_toml, to_toml
    from isletbench.emulator.scenarios.recorded import NoScenario, scenario_of
    from isletbench.emulator.scenarios.scenario import validated

    try:
        plain = scenario_of(entries, file.stem)
    except NoScenario as error:
        raise CallError(f"{journal}: {error}") from None
    validated(plain, str(file))
    return f"{RECORDED_LINE}\n{to_toml(from_toml(plain))}"


def dissector(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The Lua file; printed when left out.", metavar="FILE.lua")
    ] = None,
    force: Force = False,
) -> None:
    """Write a dissector for Wireshark: the Insulin Delivery Service, and the serial link of isletbench."""
    from isletbench.emulator.codegen.dissector import dissector as made

    if output is None:
        print(made(), end="")
        return
    try_outputs([*optional("dissector", output, DISSECTOR)], force=force)
    write_file(output, made())
    print(output)
