"""`scenarios`: what can be played, and what a file of one's own would play."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from emulator.arguments import shown, summary


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(scenarios)


def scenarios(
    scenario: Annotated[str | None, typer.Argument(help="Show this one: an identifier, or a file of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The scenarios there are, or what one of them plays and demands."""
    from emulator.scenario import load
    from emulator.scenario import scenarios as of_the_package

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
