"""What a check prints: verdict by verdict on standard error, or as JSON on standard output; in the end, what is wrong."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from isletbench.emulator.core.quantities import shown
from isletbench.emulator.interfaces.cli.check.written import Written
from isletbench.emulator.interfaces.cli.output import console, line, print_json, print_table
from isletbench.emulator.scenarios import junit
from isletbench.emulator.scenarios.jobs import Job, Result
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import Scenario

COLOURS = {"passed": "green", "failed": "red", "crashed": "magenta", "absent": "yellow", "not judged": "blue"}


class Printed:
    """Takes every result as it comes, has it written, and says so."""

    def __init__(self, written: Written, terminal: Console, progress: Progress, *, as_json: bool) -> None:
        self._written, self._terminal, self._progress, self._as_json = written, terminal, progress, as_json
        self._task = progress.add_task("playing", total=len(written.jobs))

    def fallen(self, result: Result) -> None:
        """Write and print a result."""
        kept = self._written.add(result)
        verdict, number = kept.verdict, len(self._written.results)
        if self._as_json:
            print(("" if number == 1 else ",") + json.dumps(kept.plain), flush=True)
        why = f": {verdict.sentences()[0]}" if not verdict.passed and verdict.sentences() else ""
        words = f"{number}/{len(self._written.jobs)} {verdict.scenario} over {verdict.over}: {verdict.outcome}"
        self._terminal.print(f"{words} ({kept.seconds:.0f} s){why}", soft_wrap=True)
        self._progress.update(self._task, advance=1)

    def nothing_new(self) -> None:
        """Say where there is no bar that it goes on: CI ends what is silent."""
        if not self._terminal.is_terminal:
            written = self._written
            self._terminal.print(f"{len(written.results)}/{len(written.jobs)} after {written.seconds:.0f} s")


@contextmanager
def printed(written: Written, how: str, *, as_json: bool) -> Iterator[Printed]:
    """Print what comes while the context lasts, and all of it at the end, however that comes.

    With ``as_json`` standard output is one JSON document, a line for each verdict as it falls.
    """
    terminal = console(wraps=True, stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    if as_json:
        print('{"verdicts":[', flush=True)
    try:
        with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
            total = len(written.jobs)
            terminal.print(f"playing {total} {'run' if total == 1 else 'runs'}, {how}")
            yield Printed(written, terminal, progress, as_json=as_json)
    finally:
        if as_json:
            rest = json.dumps(junit.summary(written.results, written.missing, written.seconds))
            print(f"],{rest[1:]}", flush=True)
        else:
            _print(sorted(written.results, key=lambda result: written.jobs.index(result.job)), len(written.missing))


def list_jobs(jobs: Sequence[Job], scenarios: Mapping[str, Scenario], *, as_json: bool) -> None:
    """Print what would be played."""
    found = [(scenarios[job.scenario], job.over) for job in jobs]
    if as_json:
        print_json(
            [
                {"scenario": one.id, "over": over, "lasts_ms": one.lasts, "title": one.title, "tags": sorted(one.all_tags)}
                for one, over in found
            ]
        )
        return
    rows = [(one.id, over, shown(one.lasts), ", ".join(sorted(one.all_tags)), one.title) for one, over in found]
    print_table(("scenario", "over", "lasts", "tags", "title"), rows)
    print(f"{len(jobs)} {'run' if len(jobs) == 1 else 'runs'}")


def _print(results: Sequence[Result], missing: int) -> None:
    terminal = console(wraps=True)
    for result in results:
        verdict = result.verdict
        if not verdict.passed:
            terminal.print(line(("\n" + f"{verdict.scenario} over {verdict.over}", "bold")))
            for words in result.story:
                terminal.print(words, soft_wrap=True)
            if verdict.output:
                terminal.print(f"the client's last output:\n{verdict.output}", soft_wrap=True)
    print_table(("scenario", "over", "verdict", "what is wrong"), (_row(result.verdict) for result in results))
    good = sum(result.verdict.passed for result in results)
    open_ = sum(result.verdict.outcome == "not judged" for result in results)
    left = (f", {open_} not judged" if open_ else "") + (f", {missing} not played" if missing else "")
    terminal.print(f"{good} of {len(results)} passed{left}")
    sys.stdout.flush()


def _row(verdict: Verdict) -> tuple[str | Text, ...]:
    outcome = line((verdict.outcome.value, COLOURS[verdict.outcome.value]))
    return verdict.scenario, verdict.over, outcome, "\n".join(verdict.sentences() + verdict.left_open())
