"""`check`: scenarios played to a program, and what the bench found."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import client_pace_of, span_of
from isletbench.emulator.interfaces.cli.output import AsJson, console, print_json

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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

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
    with Progress(
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
        console=console(wraps=True, stderr=True),
    ) as progress:
        task = progress.add_task("playing", total=len(jobs))
        for job, verdict in play_all(jobs, at_once or os.cpu_count() or 1):
            results.append((job, verdict))
            progress.update(task, advance=1, description=f"{verdict.scenario} over {verdict.over}: {verdict.outcome}")
    results.sort(key=lambda result: jobs.index(result[0]))
    if journals is not None:
        journals.mkdir(parents=True, exist_ok=True)
        for _, verdict in results:
            (journals / f"{verdict.scenario}-{verdict.over}.jsonl").write_text(verdict.journal, encoding="utf-8")
    if reports is not None:
        _report(reports, [verdict for _, verdict in results])
    if junit_file is not None:
        junit_file.write_text(junit.junit(results, time.monotonic() - began), encoding="utf-8")
    if as_json:
        print_json(junit.plain(results))
    else:
        _print(results)
    if not all(verdict.passed or (allow_unjudged and verdict.outcome == "not judged") for _, verdict in results):
        raise typer.Exit(1)


def _parted(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Scenarios, and the client's command: what stands behind the first ``--``."""
    if "--" not in sys.argv:
        raise CallError("expected the client's command behind --: isletbench check DLV-01 -- python my_client.py")
    command = sys.argv[sys.argv.index("--") + 1 :]
    if not command:
        raise CallError("expected the client's command behind --, and there is none")
    return words[: len(words) - len(command)], tuple(command)


def _report(directory: Path, verdicts: "list[Verdict]") -> None:
    """Write a page about every run, and one that leads to them."""
    from isletbench.emulator.reports.page.index_page import index_of, name_of
    from isletbench.emulator.reports.report import report_of

    directory.mkdir(parents=True, exist_ok=True)
    for verdict in verdicts:
        (directory / name_of(verdict)).write_text(report_of(verdict.entries, verdict).html(), encoding="utf-8")
    (directory / "index.html").write_text(index_of(verdicts), encoding="utf-8")


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
