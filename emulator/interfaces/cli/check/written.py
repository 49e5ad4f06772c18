"""The files that a check writes, verdict by verdict: what ends early has left what is finished."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from isletbench.emulator.interfaces.cli.errors import CallError
from isletbench.emulator.interfaces.cli.outputs import (
    JUNIT,
    PAGE,
    Output,
    journal_output,
    make_directory,
    optional,
    try_outputs,
    write_file,
)
from isletbench.emulator.interfaces.cli.signals import Interrupted
from isletbench.emulator.reports.page.index_page import INDEX, index_of, name_of
from isletbench.emulator.reports.report import report_of
from isletbench.emulator.scenarios import junit
from isletbench.emulator.scenarios.jobs import Job, PlayingEnded, Result


class Written:
    """What has been played, and the files about it. ``junit_file``, ``reports`` and ``journals`` are written where named."""

    def __init__(
        self,
        jobs: Sequence[Job],
        junit_file: Path | None,
        reports: Path | None,
        journals: Path | None,
    ) -> None:
        self.jobs = list(jobs)
        self.results: list[Result] = []
        """In the order of their verdicts; without their journals."""
        self._names = {job: f"{job.id}-{job.over}" for job in jobs}
        self._junit, self._reports, self._journals = junit_file, reports, journals
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken until now, s."""
        return time.monotonic() - self._began

    @property
    def missing(self) -> list[Job]:
        """What has not been played to its end."""
        played = {result.job for result in self.results}
        return [job for job in self.jobs if job not in played]

    def prepare(self, reads: Mapping[str, Path | None], *, force: bool) -> None:
        """Look whether everything can be written, before anything is played; the files that say nothing yet are there then.

        Raises ``CallError``.
        """
        outputs = optional("JUnit report", self._junit, JUNIT)
        for directory in filter(None, (self._reports, self._journals)):
            if self._junit is not None and os.path.realpath(self._junit) == os.path.realpath(directory):
                raise CallError(f"{directory}: expected another place than that of the JUnit report, for a directory")
            make_directory(directory)
        if self._reports is not None:
            outputs += [Output("report", self._reports / f"{name}.html", PAGE) for name in self._names.values()]
            outputs.append(Output("index of reports", self._reports / INDEX, PAGE))
        if self._journals is not None:
            outputs += [one for name in self._names.values() for one in journal_output(self._journals / f"{name}.jsonl")]
        try_outputs(outputs, reads=reads, force=force)
        self._write_overviews("")

    def add(self, result: Result) -> Result:
        """Write what there is to say of a result; the same one without its journal, which may be large."""
        verdict = result.verdict
        if self._journals is not None:
            write_file(self._journals / f"{self._names[result.job]}.jsonl", verdict.journal)
        if self._reports is not None:
            write_file(self._reports / name_of(verdict), report_of(verdict.entries, verdict).html())
        told = replace(result, story=tuple(junit.story(result.job, verdict)), plain=junit.plain(result))
        kept = replace(told, verdict=replace(verdict, entries=()))
        self.results.append(kept)
        self._write_overviews("")
        return kept

    def end(self, why: str) -> None:
        """Say in the files why the rest is missing."""
        if self.missing:
            self._write_overviews(why)

    def _write_overviews(self, why: str) -> None:
        in_order = sorted(self.results, key=lambda result: self.jobs.index(result.job))
        if self._junit is not None:
            write_file(self._junit, junit.junit(in_order, self.seconds, self.missing, why))
        if self._reports is not None:
            verdicts = [result.verdict for result in in_order]
            write_file(self._reports / INDEX, index_of(verdicts, [self._names[job] for job in self.missing]))


Stopped: TypeAlias = Interrupted | PlayingEnded
"""What ends a check early: a signal to it, or one to a process that it has started."""


def why_stopped(written: Written, stopped: Stopped) -> str:
    """A sentence that says how far a check came that something has ended."""
    missing = ", ".join(job.name for job in written.missing[:MOST_NAMED])
    more = len(written.missing) - MOST_NAMED
    rest = f"; missing: {missing}{f' and {more} more' if more > 0 else ''}" if missing else ""
    return f"stopped by {stopped}: {len(written.results)} of {len(written.jobs)} were played{rest}"


MOST_NAMED = 12
"""So many of those that are missing are named."""
