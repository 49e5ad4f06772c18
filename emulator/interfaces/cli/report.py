"""`report`: a journal as a page, as a picture, as numbers, as a FHIR bundle."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import file_of, journal_of
from isletbench.emulator.interfaces.cli.output import AsJson, print_json
from isletbench.emulator.interfaces.cli.outputs import FHIR, PAGE, PICTURE, Force, optional, try_outputs, write_file


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(report)


def report(
    journal: Annotated[Path, typer.Argument(help="A journal that a bench has written.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The HTML file; beside the journal when left out.", metavar="FILE.html"),
    ] = None,
    picture: Annotated[Path | None, typer.Option("--png", help="Write a picture, too (needs the extra png).")] = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--fhir", metavar="FILE.json", help="Write the glucose as an HL7 FHIR bundle (CGM guide 1.0.0), too."),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="What was played: the report has the verdict on the client, too.")
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Make a report of a run: glucose, insulin, faults and alarms on one time axis, and the numbers that matter.

    The HTML file needs no network. With --json, and with --fhir, it is written only where it is named.
    """
    import json

    from isletbench.emulator.reports import fhir, png
    from isletbench.emulator.reports.report import report_of
    from isletbench.emulator.scenarios.judge import verdict_on
    from isletbench.emulator.scenarios.scenario import load_scenario

    played = None if scenario is None else load_scenario(scenario)
    page = output or (None if as_json or bundle else journal.with_suffix(".html"))
    outputs = [*optional("report", page, PAGE), *optional("picture", picture, PICTURE), *optional("bundle", bundle, FHIR)]
    try_outputs(outputs, reads={"journal": journal, "scenario": file_of(scenario)}, force=force)
    entries = journal_of(journal)
    found = report_of(entries, None if played is None else verdict_on(played, "", entries))
    try:
        submitted = found.fhir() if bundle is not None else None
    except fhir.NothingToSubmit as error:
        raise CallError(f"--fhir: {error}") from None
    if picture is not None:
        try:
            drawn = found.png()
        except png.CannotDraw as error:
            raise CallError(f"--png: {error}") from None
        write_file(picture, drawn)
    if bundle is not None:
        write_file(bundle, json.dumps(submitted, indent=1) + "\n")
    if page is not None:
        write_file(page, found.html())
    if len(entries) < 2:
        print(f"isletbench: {journal} has its header and nothing else: nothing has happened on this bench", file=sys.stderr)
    if as_json:
        print_json(found.to_dict())
    else:
        for file in filter(None, (page, picture, bundle)):
            print(file)
