"""`scenarios`, `judge`: what can be played, and what a journal says of how a client did."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from isletbench.emulator.core.models import shown, summary
from isletbench.emulator.interfaces.cli.errors import CallError


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(scenarios)
    app.command()(judge)


def scenarios(
    scenario: Annotated[str | None, typer.Argument(help="Show this one: an identifier, or a file of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The scenarios there are, or what one of them plays and demands."""
    from isletbench.emulator.scenarios.scenario import load
    from isletbench.emulator.scenarios.scenario import scenarios as of_the_package

    if scenario is None:
        known = [load(name) for name in of_the_package()]
        if as_json:
            print(json.dumps([{"id": one.id, "title": one.title, "clients": one.clients, "over": one.over} for one in known]))
            return
        table = Table("scenario", "title", "lasts", "over")
        for one in known:
            table.add_row(one.id, one.title, shown(one.lasts), ", ".join(one.over))
        Console().print(table)
        return
    one = load(scenario)
    if as_json:
        print(json.dumps(one.model_dump(mode="json", by_alias=True, exclude_defaults=True)))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{one.id}[/] {one.title} ({shown(one.lasts)} over {' and '.join(one.over)})")
    console.print(" ".join(one.story.split()))
    for fault in one.faults():
        settings = fault.model_dump(mode="json", exclude_defaults=True, exclude={"name", "device"})
        words = " ".join(f"{key}={value}" for key, value in settings.items())
        console.print(f"  {fault.kind()} on {fault.device} {words}", markup=False)
    for check in one.expect:
        console.print(f"  {check.kind()}: {summary(type(check))}", markup=False)
    if one.seen:
        console.print(f"Seen: {', '.join(one.seen)}", markup=False)


def judge(
    scenario: Annotated[str, typer.Argument(help="What was played: an identifier, or a file of your own.")],
    journal: Annotated[Path, typer.Argument(help="The journal of the run (`isletbench up --scenario NAME --journal FILE`).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Whether a client did what a scenario demands, from a journal. Ends with 1 when it did not."""
    from isletbench.emulator.scenarios.judge import judged
    from isletbench.emulator.scenarios.scenario import load

    played = load(scenario)
    try:
        verdict = judged(played, journal.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise CallError(f"{journal}: not a journal: {error}") from None
    except ValueError as error:
        raise CallError(f"{journal}: {error}") from None
    if as_json:
        print(json.dumps(verdict.told()))
    else:
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{verdict.scenario}: {verdict.outcome}", markup=False)
        for sentence in verdict.sentences():
            console.print(f"  {sentence}", markup=False)
        for _, finding in verdict.findings:
            console.print("\n" + "\n".join(verdict.excerpt(finding)), markup=False)
    if not verdict.passed:
        sys.exit(1)
