"""`campaign`: many cells, stored, shown, exported, and shrunk when they fail."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isletbench.emulator.interfaces.cli import campaign_results
from isletbench.emulator.interfaces.cli.client_words import parted
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json
from isletbench.emulator.interfaces.cli.signals import Interrupted, interrupted_by_signals
from isletbench.emulator.interfaces.cli.usage import Commands, Program

if TYPE_CHECKING:
    from isletbench.emulator.campaigns.campaign import Campaign
    from isletbench.emulator.campaigns.conduct import Tally
    from isletbench.emulator.campaigns.executors import Crew
    from isletbench.emulator.campaigns.result import Result

MOST_WORKERS = 1_024
COLOURS = {
    "passed": "green",
    "failed": "red",
    "crashed": "magenta",
    "absent": "yellow",
    "not judged": "blue",
    "lost": "bold red",
}
STORE = Annotated[Path, typer.Argument(metavar="FILE.db", help="The store of a campaign.")]


class _Campaigns(Commands):
    """A group whose first word may be a file: then it is played."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Read the words; those that begin with no command of the group are those of ``play``."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["play", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = Program(cls=_Campaigns, no_args_is_help=True, rich_markup_mode=None)
    group.command(context_settings={"ignore_unknown_options": True})(play)
    campaign_results.register(group)
    group.command(hidden=True)(worker)
    app.add_typer(
        group, name="campaign", help="Play many cells (campaign FILE.toml -- CLIENT), and see what they found (campaign show)."
    )


def play(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE.toml [-- CLIENT ...]", help="The campaign, and the client where the file names none."),
    ] = None,
    store: Annotated[Path | None, typer.Option(help="Where the results are kept; FILE.db when left out.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="So many processes; the number of cores when left out.", min=1, max=MOST_WORKERS)
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="A scheduler of Dask in their place: tcp://HOST:PORT.")] = None,
    version: Annotated[str, typer.Option("--client-version", help="Which version of the client it is.")] = "",
    dry_run: Annotated[bool, typer.Option("--plan", help="Say how many cells there are, and play none.")] = False,
    as_json: AsJson = False,
) -> None:
    """Play a campaign. What is in the store already is not played again: the same call goes on where one has ended.

    Exit code 1 when a cell failed, was lost or was not judged, now or before.
    """
    from isletbench.emulator.campaigns.campaign import load
    from isletbench.emulator.campaigns.claim import claimed
    from isletbench.emulator.campaigns.conduct import chosen, conduct, plan
    from isletbench.emulator.campaigns.executors import cluster, processes
    from isletbench.emulator.campaigns.store import Store

    names, command = parted(words or [])
    if len(names) != 1:
        raise CallError(f"campaign: expected one campaign file, got {len(names)}")
    file = Path(names[0])
    campaign = load(file)
    if version and not command:
        raise CallError("--client-version: the file says the versions of its clients: expected it with a client behind --")
    campaign = campaign.with_client(command, version) if command else campaign
    if not campaign.client:
        raise CallError(f"expected the client's command behind --: isletbench campaign {file} -- python my_client.py")
    place = store or file.with_suffix(".db")
    if scheduler is not None and workers is not None:
        raise CallError("--workers: a scheduler has its own workers: expected --workers or --scheduler, and not both")
    together = cluster(scheduler) if scheduler else processes(workers or os.cpu_count() or 1)
    tally: Tally | None = None
    stopped: Interrupted | None = None
    try:
        with interrupted_by_signals(), together as crew:
            with _counting(campaign, crew):
                space = plan(campaign, crew)
            cells = chosen(campaign, space)
            if dry_run:
                _print_plan(len(space), len(cells), campaign.repeat, as_json=as_json)
                return
            with claimed(place), Store(place) as opened, _progress(len(cells) * campaign.repeat, crew) as notice:
                tally = conduct(campaign, cells, opened, crew, notice)
    except Interrupted as signal:
        stopped = signal
    if stopped is not None:
        print(f"isletbench: stopped by {stopped}: what is finished is in {place}; the same call goes on", file=sys.stderr)
        raise typer.Exit(stopped.exit_code)
    assert tally is not None
    _print_tally(tally, place, as_json=as_json)
    if tally.known_not_passed or any(outcome != "passed" for outcome in tally.outcomes):
        raise typer.Exit(1)


@contextmanager
def _counting(campaign: "Campaign", crew: "Crew") -> Iterator[None]:
    """Say that the messages of the runs are counted, where they are."""
    if campaign.every_exchange:
        console(stderr=True).print(f"counting the messages of each run, {crew.at_once} at a time")
    yield


def _print_plan(cells: int, drawn: int, repeat: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"cells": cells, "chosen": drawn, "repeat": repeat, "runs": drawn * repeat})
    else:
        chosen = "" if drawn == cells else f", {drawn} of them drawn"
        print(f"{cells} cells{chosen}{f', each played {repeat} times' if repeat > 1 else ''}")


@contextmanager
def _progress(runs: int, crew: "Crew") -> "Iterator[Callable[[Tally, Result | None], None]]":
    """Say on standard error how far a campaign is: a bar with rate and time left on a terminal, else a line now and then.

    Yields what is called with every result.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from isletbench.emulator.core.clock import wall_seconds

    terminal = console(wraps=True, stderr=True)
    began = last = wall_seconds()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[words]}"), TimeRemainingColumn())
    with Progress(*columns, console=terminal, disable=not terminal.is_terminal) as progress:
        task = progress.add_task("cells", total=runs, words="")
        terminal.print(f"playing {runs} cells, {crew.at_once} at a time")

        def notice(tally: "Tally", result: "Result | None") -> None:
            nonlocal last
            now = wall_seconds()
            done, rate = tally.known + tally.played, tally.played / max(now - began, 1e-9)
            counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(tally.outcomes.items()))
            words = f"{rate:.1f}/s  {counts}"
            progress.update(task, completed=done, words=words)
            if not terminal.is_terminal and now - last >= 10:
                last = now
                left = f", {(runs - done) / rate:.0f} s left" if rate else ""
                terminal.print(f"{done}/{runs} {words}{left}")

        yield notice


def _print_tally(tally: "Tally", place: Path, *, as_json: bool) -> None:
    if as_json:
        outcomes = {outcome.value: number for outcome, number in sorted(tally.outcomes.items())}
        known = {"known": tally.known, "known_not_passed": tally.known_not_passed}
        print_json({"planned": tally.planned, **known, "played": tally.played, "outcomes": outcomes, "store": str(place)})
        return
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(tally.outcomes.items())) or "none"
    before = f" ({tally.known_not_passed} did not pass)" if tally.known_not_passed else ""
    print(f"{tally.planned} cells: {tally.known} were known{before}, {tally.played} were played: {counts}")
    if tally.ended_by:
        print(f"ended by the budget of {tally.ended_by}; the same call goes on")
    print(f"isletbench campaign show {place}")


def worker() -> None:
    """Carry out the orders of standard input: what a campaign starts."""
    from isletbench.emulator.campaigns.worker import serve_standard_streams
    from isletbench.emulator.interfaces.control import controlled

    serve_standard_streams(controlled)
