"""Recorded human traces, read from files.

Rows are events, not a grid; a bolus row repeats the glucose, which counts once; a missing five-minute slot is a reading that
was lost and stays missing.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Instant, Span, minutes, seconds
from isletbench.emulator.patient.sources import recorded

CADENCE = minutes(5)
"""The cadence of the sensors that made these recordings."""
REPEAT = seconds(60)
"""Rows closer together than this with the same glucose are one reading that is repeated."""
COLUMNS = {"EventDateTime", "CGM"}


class TraceError(OSError):
    """A trace that cannot be replayed."""


def traces_of_the_package() -> list[str]:
    """The names of the traces that come with isletbench."""
    return sorted(
        e.name.removesuffix(".csv") for e in (files("isletbench.hil_rigs") / "traces").iterdir() if e.name.endswith(".csv")
    )


def open_trace(trace: str, start: datetime | None = None, *, tolerance: Span = CADENCE // 2) -> Source:
    """A source that replays the trace of this name, or in the file at this path, from ``start`` (its beginning by default).

    Raises ``TraceError`` that says what is wrong with the file, or that there is none.
    """
    readings = _of_the_package(trace) if trace in traces_of_the_package() else _of_a_file(trace)
    begin = start or readings[0][0]
    replayed = [(_instant(at - begin), level) for at, level in readings if at >= begin - timedelta(milliseconds=tolerance)]
    if not replayed:
        raise TraceError(f"trace {trace}: no reading at or after {begin}")
    return recorded(replayed, tolerance)


@cache  # a process that plays scenarios opens the same trace for each of them, and it does not change
def _of_the_package(name: str) -> list[tuple[datetime, float]]:
    return _parsed((files("isletbench.hil_rigs") / "traces" / f"{name}.csv").read_text(encoding="utf-8-sig"), name)


def _of_a_file(path: str) -> list[tuple[datetime, float]]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(traces_of_the_package())
        raise TraceError(f"trace {path}: expected a file that can be read, or one of {known}") from None
    return _parsed(text, path)


def _parsed(text: str, origin: str) -> list[tuple[datetime, float]]:
    readings = list(_readings(text.splitlines(), origin))
    if not readings:
        raise TraceError(f"trace {origin}: holds no reading")
    return readings


def _instant(span: timedelta) -> Instant:
    return round(span / timedelta(milliseconds=1))


def _readings(lines: Iterable[str], origin: str) -> Iterator[tuple[datetime, float]]:
    rows = csv.DictReader(lines)
    if missing := COLUMNS - set(rows.fieldnames or ()):
        raise TraceError(f"trace {origin}: expected a column {min(missing)}")
    last: tuple[datetime, float] | None = None
    for number, row in enumerate(rows, start=2):
        if not row["CGM"]:
            continue
        try:
            reading = datetime.fromisoformat(row["EventDateTime"]), float(row["CGM"])
        except ValueError as error:
            raise TraceError(f"trace {origin}, line {number}: {error}") from None
        if last is not None and reading[0] < last[0]:
            raise TraceError(f"trace {origin}, line {number}: goes back in time")
        if last is not None and reading[1] == last[1] and reading[0] - last[0] < timedelta(milliseconds=REPEAT):
            continue
        yield reading
        last = reading
