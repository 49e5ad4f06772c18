"""Recorded human traces as glucose sources: those of the package by name, others by the path of a file.

A slot in which nothing was recorded stays without a reading: nothing is filled in.
"""

from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.problems import unreadable
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.patient.sources import recorded
from isletbench.emulator.patient.traces.content import texts_of
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.recognise import recognised
from isletbench.emulator.patient.traces.recording import Recording, recording_of


@cache
def traces_of_the_package() -> list[str]:
    """The names of the traces that come with isletbench."""
    return sorted(
        e.name.removesuffix(".csv") for e in (files("isletbench.hil_rigs") / "traces").iterdir() if e.name.endswith(".csv")
    )


def open_trace(trace: str, start: datetime | None = None, *, unit: str | None = None, tolerance: Span | None = None) -> Source:
    """A source that replays the trace of this name, or in the file at this path, from ``start`` (its beginning by default).

    ``unit`` is for files that do not say theirs. Raises ``TraceError`` that says what is wrong, or that there is no file.
    """
    if trace in traces_of_the_package():
        return _source_of_the_package(trace, start, tolerance)
    return _source(trace, open_recording(trace, unit), start, tolerance)


@cache  # like the recording: a source is a function without a state
def _source_of_the_package(trace: str, start: datetime | None, tolerance: Span | None) -> Source:
    return _source(trace, _of_the_package(trace), start, tolerance)


def _source(trace: str, recording: Recording, start: datetime | None, tolerance: Span | None) -> Source:
    if tolerance is None:
        tolerance = recording.tolerance
    try:
        begin = 0 if start is None else recording.instant_of(start)
    except TraceError as error:
        raise TraceError(f"trace {trace}: {error}") from None
    return recorded([(r.at - begin, r.mg_dl) for r in recording.readings if r.at >= begin - tolerance], tolerance)


def open_recording(trace: str, unit: str | None = None) -> Recording:
    """The recording of this name, or in the file at this path. Raises ``TraceError``."""
    return _of_the_package(trace) if trace in traces_of_the_package() else _of_a_file(trace, unit)


@cache  # a process that plays scenarios opens the same trace for each of them, and it does not change
def _of_the_package(name: str) -> Recording:
    with as_file(files("isletbench.hil_rigs") / "traces" / f"{name}.csv") as path:
        return _of_a_file(str(path), None)


def _of_a_file(trace: str, unit: str | None) -> Recording:
    """Of the texts in a zip archive the one with the most readings; those that are no recordings are passed over."""
    found: list[Recording] = []
    problems: list[TraceError] = []
    try:
        for name, text in texts_of(Path(trace)):
            try:
                found.append(recording_of(recognised(text), name, unit))
            except TraceError as error:
                problems.append(error)
    except TraceError:
        raise
    except OSError as error:
        known = ", ".join(traces_of_the_package())
        raise TraceError(f"trace {trace}: {unreadable(error)}; or one of {known}") from None
    if not found:
        problem = str(problems[0]) if problems else "an empty archive"
        raise TraceError(problem if problem.startswith("trace ") else f"trace {trace}: {problem}")
    best = max(found, key=lambda recording: len(recording.readings))
    if len(found) + len(problems) > 1:
        best.notes.append(f"{best.origin} of {len(found) + len(problems)} files in the archive: it has the most readings")
    return best
