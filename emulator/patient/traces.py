"""Recorded human traces, read from files: glucose, and where it is there the insulin and the carbohydrate of those days.

Rows are events, not a grid; a bolus row repeats the glucose, which counts once; a missing five-minute slot is a reading that
was lost and stays missing. Two layouts are read, each told by its columns: that of AZT1D, and the export of Dexcom Clarity.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant, Insulin, Rate, Span, minutes, seconds
from isletbench.emulator.patient.sources import recorded

CADENCE = minutes(5)
"""The cadence of the sensors that made these recordings."""
REPEAT = seconds(60)
"""Rows closer together than this with the same glucose are one reading that is repeated."""
EXPORT_TIME = "Timestamp (YYYY-MM-DDThh:mm:ss)"
"""The column that tells an export of Clarity."""
WORDS = {"Low": "39", "High": "401"}
"""What an export writes for glucose beyond the range of the sensor, and what its makers take for it."""


class TraceError(OSError):
    """A trace that cannot be replayed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind of file."""

    when: str
    glucose: str
    bolus: str
    carbohydrate: str
    basal: str | None = None
    of_rows: str | None = None
    """The column that says what a row is; rows without a time are passed over where there is one."""


AZT1D = Layout("EventDateTime", "CGM", "TotalBolusInsulinDelivered", "CarbSize", "Basal")
CLARITY = Layout(EXPORT_TIME, "Glucose Value (mg/dL)", "Insulin Value (u)", "Carb Value (grams)", of_rows="Event Type")


@dataclass(frozen=True, slots=True)
class Recording:
    """Days of a person as recorded, each entry with its local date and time, in ascending order."""

    readings: tuple[tuple[datetime, float], ...]
    """Glucose, mg/dL."""
    boluses: tuple[tuple[datetime, Insulin], ...]
    """uU."""
    carbohydrates: tuple[tuple[datetime, int], ...]
    """mg."""
    basal: tuple[tuple[datetime, Rate], ...]
    """Every other rate from then on, uU/h; nothing where it was not recorded."""


def traces_of_the_package() -> list[str]:
    """The names of the traces that come with isletbench."""
    return sorted(
        e.name.removesuffix(".csv") for e in (files("isletbench.hil_rigs") / "traces").iterdir() if e.name.endswith(".csv")
    )


def open_trace(trace: str, start: datetime | None = None, *, tolerance: Span = CADENCE // 2) -> Source:
    """A source that replays the trace of this name, or in the file at this path, from ``start`` (its beginning by default).

    Raises ``TraceError`` that says what is wrong with the file, or that there is none.
    """
    readings = open_recording(trace).readings
    begin = start or readings[0][0]
    replayed = [(_instant(at - begin), level) for at, level in readings if at >= begin - timedelta(milliseconds=tolerance)]
    if not replayed:
        raise TraceError(f"trace {trace}: no reading at or after {begin}")
    return recorded(replayed, tolerance)


def open_recording(trace: str) -> Recording:
    """The recording of this name, or in the file at this path. Raises ``TraceError``."""
    return _of_the_package(trace) if trace in traces_of_the_package() else _of_a_file(trace)


@cache  # a process that plays scenarios opens the same trace for each of them, and it does not change
def _of_the_package(name: str) -> Recording:
    return _parsed((files("isletbench.hil_rigs") / "traces" / f"{name}.csv").read_text(encoding="utf-8-sig"), name)


def _of_a_file(path: str) -> Recording:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(traces_of_the_package())
        raise TraceError(f"trace {path}: expected a file that can be read, or one of {known}") from None
    return _parsed(text, path)


def _parsed(text: str, origin: str) -> Recording:
    rows = csv.DictReader(text.splitlines())
    columns = rows.fieldnames or ()
    layout = CLARITY if EXPORT_TIME in columns else AZT1D
    if missing := {layout.when, layout.glucose} - set(columns):
        raise TraceError(f"trace {origin}: expected a column {min(missing)}")
    taken = _Taken()
    for number, row in enumerate(rows, start=2):
        try:
            _take(row, layout, taken)
        except ValueError as error:
            raise TraceError(f"trace {origin}, line {number}: {error}") from None
    if not taken.readings:
        raise TraceError(f"trace {origin}: holds no reading")
    return Recording(tuple(taken.readings), tuple(taken.boluses), tuple(taken.carbohydrates), tuple(taken.basal))


def _instant(span: timedelta) -> Instant:
    return round(span / timedelta(milliseconds=1))


@dataclass(slots=True)
class _Taken:
    """What has been read so far."""

    readings: list[tuple[datetime, float]] = field(default_factory=list)
    boluses: list[tuple[datetime, Insulin]] = field(default_factory=list)
    carbohydrates: list[tuple[datetime, int]] = field(default_factory=list)
    basal: list[tuple[datetime, Rate]] = field(default_factory=list)


def _take(row: Mapping[str, str], layout: Layout, taken: _Taken) -> None:
    """Take what one row says. Raises ``ValueError``."""
    if layout.of_rows is not None and not row[layout.when]:
        return  # a setting
    glucose, bolus, eaten = (row.get(column) or "" for column in (layout.glucose, layout.bolus, layout.carbohydrate))
    basal = row.get(layout.basal) or "" if layout.basal else ""
    if not (glucose or bolus or eaten or basal):
        return
    at = datetime.fromisoformat(row[layout.when])
    if glucose:
        _take_reading(at, float(WORDS.get(glucose, glucose)), taken.readings)
    if bolus and float(bolus) > 0:
        taken.boluses.append((at, round(float(bolus) * UU_PER_UNIT)))
    if eaten and float(eaten) > 0:
        taken.carbohydrates.append((at, round(float(eaten) * 1000)))
    if basal and (rate := round(float(basal) * UU_PER_UNIT)) != (taken.basal[-1][1] if taken.basal else None):
        taken.basal.append((at, rate))


def _take_reading(at: datetime, level: float, readings: list[tuple[datetime, float]]) -> None:
    last = readings[-1] if readings else None
    if last is not None and at < last[0]:
        raise ValueError("goes back in time")
    if last is None or level != last[1] or at - last[0] >= timedelta(milliseconds=REPEAT):
        readings.append((at, level))
