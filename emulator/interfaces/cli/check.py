"""`check`: scenarios played to a program, and what the bench found."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.interfaces.cli.client_words import parted
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import client_pace_of, span_of
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json
from isletbench.emulator.interfaces.cli.outputs import make_directory, write_file
from isletbench.emulator.interfaces.cli.signals import Interrupted, interrupted_by_signals

if TYPE_CHECKING:
    from isletbench.emulator.scenarios.judge import Verdict
    from isletbench.emulator.scenarios.junit import Result

COLOURS = {"passed": "green", "failed": "red", "crashed": "magenta", "absent": "yellow", "not judged": "blue"}
MOST_JOBS = 64


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(context_settings={"ignore_unknown_options": True})(check)


def check(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO ...] -- COMMAND [ARG ...]", help="What to play, and the client to run."),
    ] = None,
    over: Annotated[str, typer.Option(help="serial, ble or both.")] = "both",
    pace: Annotated[str, typer.Option(help="real, or a factor such as 60x. The client's own clock runs at real pace.")] = "60x",
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random; the scenario's own when left out.", min=0, max=2**63 - 1)
    ] = None,
    fake_clock: Annotated[bool, typer.Option(help="Scale the client's clock, too (needs libfaketime).")] = False,
    duration: Annotated[str | None, typer.Option("--for", help="Play no more than this of each scenario: 10m, 2h.")] = None,
    at_once: Annotated[
        int | None,
        typer.Option("--jobs", "-j", help="So many at a time; the number of cores when left out.", min=1, max=MOST_JOBS),
    ] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write a JUnit XML report to this file.")] = None,
    reports: Annotated[Path | None, typer.Option("--report", help="Write a page about every run into this directory.")] = None,
    journals: Annotated[Path | None, typer.Option(help="Keep the journal of every run in this directory.")] = None,
    allow_unjudged: Annotated[
        bool, typer.Option("--allow-unjudged", help="Scenarios that were not judged do not make the exit code 1.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a client under scenarios, and say whether it keeps its user safe. Exit code 1 when one was failed or not judged.

    The client finds its devices in its environment: ISLETBENCH_<NAME>_SERIAL, ISLETBENCH_<NAME>_BLE, ISLETBENCH_HCI,
    ISLETBENCH_CONTROL, ISLETBENCH_OVER. A bleak program is run as: isletbench check -- isletbench bleak -- app.py
    """
    from isletbench.emulator.interfaces.control import controlled
    from isletbench.emulator.scenarios import junit
    from isletbench.emulator.scenarios.jobs import Job, jobs_of
    from isletbench.emulator.scenarios.program import play_all
    from isletbench.emulator.scenarios.scenario import scenarios

    names, command = _parted(words or [])
    chosen = client_pace_of(pace)
    carriers = {"both": ("serial", "ble"), "serial": ("serial",), "ble": ("ble",)}.get(over)
    if carriers is None:
        raise CallError(f"--over {over}: expected serial, ble or both")
    only = None if duration is None else span_of(duration)
    jobs = jobs_of(names or scenarios(), carriers, Job("", "", command, chosen, controlled, seed, fake_clock, only))
    if not jobs:
        raise CallError(f"nothing to play over {over}: see `isletbench scenarios`")
    began = time.monotonic()
    results: list[Result] = []
    together = min(len(jobs), at_once or os.cpu_count() or 1)
    stopped: Interrupted | None = None
    with _progress(len(jobs), f"{together} at a time, pace {chosen}") as (fallen, still):
        try:
            with interrupted_by_signals():
                for job, verdict in play_all(jobs, together, still):
                    results.append((job, verdict))
                    fallen(verdict)
        except Interrupted as signal:
            stopped = signal
    results.sort(key=lambda result: jobs.index(result[0]))
    if journals is not None:
        make_directory(journals)
        for _, verdict in results:
            write_file(journals / f"{verdict.scenario}-{verdict.over}.jsonl", verdict.journal)
    if reports is not None:
        _report(reports, [verdict for _, verdict in results])
    if junit_file is not None:
        write_file(junit_file, junit.junit(results, time.monotonic() - began))
    if as_json:
        print_json(junit.plain(results))
    else:
        _print(results)
    if stopped is not None:
        print(f"isletbench: stopped by {stopped}: {len(results)} of {len(jobs)} were played", file=sys.stderr)
        raise typer.Exit(stopped.exit_code)
    if not all(verdict.passed or (allow_unjudged and verdict.outcome == "not judged") for _, verdict in results):
        raise typer.Exit(1)


@contextmanager
def _progress(total: int, how: str) -> "Iterator[tuple[Callable[[Verdict], None], Callable[[], None]]]":
    """Say on standard error how far a check is: a line for each verdict, and a bar on a terminal or a line now and then.

    Yields what is called with each verdict, and what is called while none comes.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    began, number = time.monotonic(), 0
    terminal = console(wraps=True, stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task("playing", total=total)
        terminal.print(f"playing {total} {'run' if total == 1 else 'runs'}, {how}", markup=False)

        def fallen(verdict: "Verdict") -> None:
            nonlocal number
            number += 1
            terminal.print(f"{number}/{total} {verdict.scenario} over {verdict.over}: {verdict.outcome}", markup=False)
            progress.update(task, advance=1)

        def still() -> None:
            if not terminal.is_terminal:
                terminal.print(f"{number}/{total} after {time.monotonic() - began:.0f} s", markup=False)

        yield fallen, still


def _parted(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Scenarios, and the client's command. Raises ``CallError`` where there is none."""
    names, command = parted(words)
    if not command:
        raise CallError("expected the client's command behind --: isletbench check DLV-01 -- python my_client.py")
    return names, command


def _report(directory: Path, verdicts: "list[Verdict]") -> None:
    """Write a page about every run, and one that leads to them."""
    from isletbench.emulator.reports.page.index_page import index_of, name_of
    from isletbench.emulator.reports.report import report_of

    make_directory(directory)
    for verdict in verdicts:
        write_file(directory / name_of(verdict), report_of(verdict.entries, verdict).html())
    write_file(directory / "index.html", index_of(verdicts))


def _print(results: "list[Result]") -> None:
    from rich.table import Table

    from isletbench.emulator.scenarios import junit

    terminal = console(wraps=True)
    table = Table("scenario", "over", "verdict", "what is wrong")
    for _, verdict in results:
        colour = COLOURS[verdict.outcome.value]
        table.add_row(
            verdict.scenario,
            verdict.over,
            f"[{colour}]{verdict.outcome}[/]",
            "\n".join(verdict.sentences() + verdict.left_open()),
        )
    for job, verdict in results:
        if not verdict.passed:
            terminal.print(f"\n[bold]{verdict.scenario} over {verdict.over}[/]")
            for line in junit.story(job, verdict):
                terminal.print(line, markup=False, soft_wrap=True)
            if verdict.output:
                terminal.print(f"the client's last words:\n{verdict.output}", markup=False, soft_wrap=True)
    terminal.print(table)
    good = sum(verdict.passed for _, verdict in results)
    open_ = sum(verdict.outcome == "not judged" for _, verdict in results)
    terminal.print(f"{good} of {len(results)} passed" + (f", {open_} not judged" if open_ else ""))
