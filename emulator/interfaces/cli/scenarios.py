"""`scenarios`, `judge`: what can be played, and what a journal says of how a client did."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import journal_of
from isletbench.emulator.interfaces.cli.output import AsJson, console, line, print_json, print_table, print_verdict

if TYPE_CHECKING:
    from isletbench.emulator.scenarios.scenario import Scenario


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(scenarios)
    app.command()(judge)


def scenarios(
    scenario: Annotated[str | None, typer.Argument(help="Show this one: an identifier, or a file of your own.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the scenarios, or what one of them plays and demands."""
    from isletbench.emulator.core.models import summary
    from isletbench.emulator.core.quantities import shown
    from isletbench.emulator.scenarios.scenario import load_scenario
    from isletbench.emulator.scenarios.scenario import scenarios as of_the_package

    if scenario is None:
        known = [load_scenario(name) for name in of_the_package()]
        if as_json:
            print_json([_plain(one) for one in known])
        else:
            rows = [(one.id, one.title, shown(one.lasts), ", ".join(one.ways)) for one in known]
            print_table(("scenario", "title", "lasts", "over"), rows)
        return
    one = load_scenario(scenario)
    if as_json:
        print_json(_plain(one))
        return
    terminal = console(wraps=True)
    terminal.print(line((one.id, "bold"), f" {one.title} ({shown(one.lasts)} over {', '.join(one.ways)})"))
    terminal.print(" ".join(one.story.split()))
    for fault in one.faults():
        settings = fault.model_dump(mode="json", exclude_defaults=True, exclude={"name", "device"})
        words = " ".join(f"{key}={value}" for key, value in settings.items())
        terminal.print(f"  {fault.kind()} on {fault.device} {words}")
    for check in one.expect:
        terminal.print(f"  {check.kind()}: {summary(type(check))}")
    if one.seen:
        terminal.print(f"Seen: {', '.join(one.seen)}")


def _plain(scenario: "Scenario") -> dict[str, Any]:
    """All of a scenario, as its file would have it, with what is left out there, and its tags."""
    return scenario.model_dump(mode="json", by_alias=True) | {"tags": sorted(scenario.all_tags)}


def judge(
    scenario: Annotated[str, typer.Argument(help="What was played: an identifier, or a file of your own.")],
    journal: Annotated[Path, typer.Argument(help="The journal of the run (`isletbench up --scenario NAME --journal FILE`).")],
    allow_unjudged: Annotated[
        bool, typer.Option("--allow-unjudged", help="A scenario that was not judged does not make the exit code 1.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Whether a client did what a scenario demands, from a journal. Ends with 1 when it did not, or when nothing shows it."""
    from isletbench.emulator.scenarios.judge import verdict_on
    from isletbench.emulator.scenarios.preconditions import not_of
    from isletbench.emulator.scenarios.scenario import load_scenario

    played = load_scenario(scenario)
    entries = journal_of(journal)
    if why := not_of(played, entries):
        raise CallError(f"{journal}: {why}")
    verdict = verdict_on(played, "", entries)
    if as_json:
        print_json(verdict.to_dict())
    else:
        print_verdict(verdict)
    if not verdict.passed and not (allow_unjudged and verdict.outcome == "not judged"):
        sys.exit(1)
