"""`check`: its options, and the run."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isletbench.emulator.interfaces.cli.client_words import files_of, parted
from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.options import client_pace_of, file_of, span_of
from isletbench.emulator.interfaces.cli.output import AsJson
from isletbench.emulator.interfaces.cli.outputs import Force
from isletbench.emulator.interfaces.cli.signals import Interrupted, interrupted_by_signals

if TYPE_CHECKING:
    from isletbench.emulator.interfaces.cli.check.shown import Printed
    from isletbench.emulator.interfaces.cli.check.written import Stopped
    from isletbench.emulator.scenarios.jobs import Job, Result

MOST_JOBS = 64
FOR_EACH_CORE = 3
"""Runs at once for each core: a client waits most of the time. At 60x a run needs about a seventh of a core."""
BOTH = ("serial", "ble")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(context_settings={"ignore_unknown_options": True})(check)


def check(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SCENARIO ...] -- COMMAND [ARG ...]", help="What to play, and the client to run."),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Only scenarios with this tag: dlv, pump; several: with any of them."),
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="N/COUNT", help="Play the part of machine N of COUNT: --shard 2/5.")
    ] = None,
    lists: Annotated[bool, typer.Option("--list", help="List what would be played, and play nothing.")] = False,
    over: Annotated[str, typer.Option(help="serial, ble or both; or a personality (see `isletbench personalities`).")] = "both",
    pace: Annotated[str, typer.Option(help="real, or a factor such as 60x. The client's own clock runs at real pace.")] = "60x",
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything random; the scenario's own when left out.", min=0, max=2**63 - 1)
    ] = None,
    fake_clock: Annotated[bool, typer.Option(help="Scale the client's clock, too (needs libfaketime).")] = False,
    duration: Annotated[str | None, typer.Option("--for", help="Play no more than this of each scenario: 10m, 2h.")] = None,
    at_once: Annotated[
        int | None,
        typer.Option("--jobs", "-j", help="So many at a time; three for each core when left out.", min=1, max=MOST_JOBS),
    ] = None,
    retries: Annotated[
        int,
        typer.Option(
            "--retry-late",
            help="Play so often again, more slowly, what the machine was too slow for.",
            min=0,
            max=9,
        ),
    ] = 2,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first that makes the exit code 1.")] = False,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write a JUnit XML report to this file.")] = None,
    reports: Annotated[Path | None, typer.Option("--report", help="Write a page about every run into this directory.")] = None,
    journals: Annotated[Path | None, typer.Option(help="Keep the journal of every run in this directory.")] = None,
    allow_unjudged: Annotated[
        bool, typer.Option("--allow-unjudged", help="Scenarios that were not judged do not make the exit code 1.")
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Run a client under scenarios, and say whether it keeps its user safe. Exit code 1 when one was failed or not judged.

    The client finds its devices in its environment: ISLETBENCH_<NAME>_SERIAL, ISLETBENCH_<NAME>_BLE, ISLETBENCH_HCI,
    ISLETBENCH_CONTROL, ISLETBENCH_OVER. A bleak program is run as: isletbench check -- isletbench bleak -- app.py
    Files and --json are written verdict by verdict: what ends early has left what is finished.
    """
    from isletbench.emulator.endpoints.personalities import PERSONALITIES
    from isletbench.emulator.interfaces.cli.check import shown
    from isletbench.emulator.interfaces.cli.check.written import Written, why_stopped
    from isletbench.emulator.interfaces.control import controlled
    from isletbench.emulator.scenarios.jobs import Job, chosen, jobs_of, shard_of
    from isletbench.emulator.scenarios.scenario import scenarios

    names, command = _parted(words or [], needed=not lists)
    if over not in {"both", *BOTH, *PERSONALITIES}:
        raise CallError(f"--over {over}: expected serial, ble, both or a personality: {', '.join(PERSONALITIES)}")
    part = None if shard is None else _shard(shard)
    only = None if duration is None else span_of(duration)
    played = chosen(names or scenarios(), tags or ())
    model = Job("", "", "", command, client_pace_of(pace), controlled, seed, fake_clock, only, retries)
    jobs = jobs_of(played, BOTH if over == "both" else (over,), model)
    if part is not None:
        jobs = shard_of(jobs, played, *part)
    elif not jobs:
        raise CallError(f"nothing to play over {over}: see `isletbench scenarios`")
    if lists:
        shown.list_jobs(jobs, played, as_json=as_json)
        return
    written = Written(jobs, junit_file, reports, journals)
    written.prepare({f"scenario {name}": file_of(name) for name in names} | files_of(command), force=force)
    together = max(1, min(len(jobs), at_once or FOR_EACH_CORE * (os.cpu_count() or 1), MOST_JOBS))
    with shown.printed(written, f"{together} at a time, pace {pace}", as_json=as_json) as printed:
        try:
            stopped = _play(jobs, together, printed, lambda one: fail_fast and not _is_well(one, allow_unjudged))
        except BrokenPipeError:
            written.end("nobody reads the output any more")
            raise
        written.end("the first one that was not passed ends the run" if stopped is None else f"stopped by {stopped}")
    if stopped is not None:
        print(f"isletbench: {why_stopped(written, stopped)}", file=sys.stderr)
        raise typer.Exit(stopped.exit_code)
    if not all(_is_well(result, allow_unjudged) for result in written.results):
        raise typer.Exit(1)


def _play(jobs: "list[Job]", together: int, printed: "Printed", ends: "Callable[[Result], bool]") -> "Stopped | None":
    """Play all, until ``ends`` says that a result is the last one; what has ended it before, if something has."""
    from isletbench.emulator.scenarios.jobs import PlayingEnded
    from isletbench.emulator.scenarios.program import play_all

    try:
        with interrupted_by_signals(), closing(play_all(jobs, together, printed.nothing_new)) as results:
            for result in results:
                printed.fallen(result)
                if ends(result):
                    break
    except (Interrupted, PlayingEnded) as stopped:
        return stopped
    return None


def _is_well(result: "Result", allow_unjudged: bool) -> bool:
    return result.verdict.passed or (allow_unjudged and result.verdict.outcome == "not judged")


def _shard(text: str) -> tuple[int, int]:
    """The number of a machine, and how many there are. Raises ``CallError``."""
    match = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise CallError(f"--shard {text}: expected N/COUNT with N from 1 to COUNT, such as 2/5")
    return int(match[1]), int(match[2])


def _parted(words: list[str], *, needed: bool) -> tuple[list[str], tuple[str, ...]]:
    """Scenarios, and the client's command. Raises ``CallError`` where it is needed and there is none."""
    names, command = parted(words)
    if not command and needed:
        raise CallError("expected the client's command behind --: isletbench check DLV-01 -- python my_client.py")
    return names, command
