"""Tables: a header line somewhere near the beginning, a separator, and columns that a format knows by name."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from isletbench.emulator.patient.traces import numbers, times
from isletbench.emulator.patient.traces.observations import Found, Observation

HEADER_WITHIN = 60
"""Lines among which the header is looked for: exports begin with titles and settings."""
SEPARATORS = ";\t,|"
_UNITS = re.compile(r"\s*(\([^)]*\)|\[[^\]]*\]|mg/dl|mmol/l)\s*$")


def plain_name(header: str) -> str:
    """A column's name in lower case, without the unit behind it."""
    found = " ".join(header.strip().strip('"').lower().split())
    while (shorter := _UNITS.sub("", found)) != found:
        found = shorter
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFormat:
    """One format of table. Columns are named as files have them; case and units make no difference.

    Of several columns the first that a row has a value in counts.
    """

    name: str
    needs: frozenset[str]
    """The columns by which it is recognised."""
    time: tuple[str, ...]
    """The column with date and time, or one with the date and one with the time."""
    glucose: tuple[str, ...]
    bolus: tuple[str, ...] = ()
    """Added up: U."""
    basal: tuple[str, ...] = ()
    carbs: tuple[str, ...] = ()
    kind: str | None = None
    """A column that says what a row is."""
    readings: frozenset[str] = frozenset()
    """The kinds of row, in lower case, whose glucose is a reading; the glucose of others is left out."""
    unit: str | None = None
    """The unit of glucose, where the format has only one."""
    scale: Mapping[str, float] = field(default_factory=dict)
    """What a column's values are multiplied with, by its name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", frozenset(map(plain_name, self.needs)))
        for name in ("time", "glucose", "bolus", "basal", "carbs"):
            object.__setattr__(self, name, tuple(map(plain_name, getattr(self, name))))
        object.__setattr__(self, "kind", self.kind and plain_name(self.kind))
        object.__setattr__(self, "scale", {plain_name(column): factor for column, factor in self.scale.items()})

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a line of these plain names is its header."""
        return self.needs <= set(columns)


@dataclass(slots=True)
class _Rows:
    """The rows of a table behind its header, whose columns may be named again further down."""

    format: TableFormat
    columns: dict[str, int]
    found: Found

    def value(self, row: Sequence[str], column: str) -> str:
        place = self.columns.get(column)
        return row[place].strip() if place is not None and place < len(row) else ""

    def time(self, row: Sequence[str]) -> str:
        return " ".join(filter(None, (self.value(row, column) for column in self.format.time)))


def read(text: str, formats: Sequence[TableFormat]) -> Found | None:
    """What a table of one of these formats says; None for a text that is none of them."""
    lines = text.splitlines()
    header = _header(lines, formats)
    if header is None:
        return None
    number, separator, layout = header
    rows = list(_split(lines[number:], separator))
    found = Found(layout.name, unit=layout.unit, unit_from="the format" if layout.unit else "")
    table = _Rows(layout, {}, found)
    _name_columns(table, rows[0])
    order = times.order_of(table.time(row) for row in rows[1:])
    if order.why:
        found.notes.append(order.why)
    for offset, row in enumerate(rows[1:], start=number + 2):
        if layout.fits([plain_name(column) for column in row]):
            _name_columns(table, row)
            continue
        observation = _observation(table, row, f"line {offset}", lambda text: times.moment(text, day_first=order.day_first))
        if observation is not None:
            found.observations.append(observation)
    return found


def _header(lines: Sequence[str], formats: Sequence[TableFormat]) -> tuple[int, str, TableFormat] | None:
    for layout in formats:
        for number, line in enumerate(lines[:HEADER_WITHIN]):
            for separator in SEPARATORS:
                if separator in line and layout.fits([plain_name(c) for c in next(_split([line], separator), [])]):
                    return number, separator, layout
    return None


def _split(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The fields of each line. A quote that is never closed ends with its line."""
    for line in lines:
        try:
            yield next(csv.reader([line.lstrip("\ufeff")], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            yield line.split(separator)


def _name_columns(table: _Rows, row: Sequence[str]) -> None:
    table.columns = {}
    for place, column in enumerate(row):
        table.columns.setdefault(plain_name(column), place)
        unit = numbers.unit_in(column)
        if unit and plain_name(column) in table.format.glucose and table.found.unit is None:
            table.found.unit, table.found.unit_from = unit, "the header"


def _observation(table: _Rows, row: Sequence[str], where: str, moment: Callable[[str], datetime]) -> Observation | None:
    layout, found = table.format, table.found
    shown = next((text for column in layout.glucose if (text := table.value(row, column))), "")
    bolus = sum(_amount(table, row, column) or 0 for column in layout.bolus) or None
    carbs = next((v for column in layout.carbs if (v := _amount(table, row, column)) is not None), None)
    basal = next((_rate(table, row, column) for column in layout.basal if table.value(row, column)), None)
    kind = table.value(row, layout.kind) if layout.kind else ""
    if shown and layout.readings and kind.lower() not in layout.readings:
        if table.time(row):
            found.leave_out(f"glucose of a row of the kind {kind or 'without a name'}", where)
        shown = ""
    if not shown and bolus is None and carbs is None and basal is None:
        return None
    try:
        return Observation(moment(table.time(row)), where, numbers.glucose(shown), None, bolus, basal, carbs)
    except ValueError as error:
        found.leave_out(_reason(error, shown), where)
        return None


def _amount(table: _Rows, row: Sequence[str], column: str) -> float | None:
    found = numbers.amount(table.value(row, column))
    return None if found is None else found * table.format.scale.get(column, 1.0)


def _rate(table: _Rows, row: Sequence[str], column: str) -> float | None:
    try:
        found = numbers.number(table.value(row, column))
    except ValueError:
        return None
    return None if found is None or not 0 <= found < 1_000 else found * table.format.scale.get(column, 1.0)


def _reason(error: ValueError, shown: str) -> str:
    text = str(error)
    return text if "date and time" in text or "12-hour" in text else f"{shown!r} is no glucose value"
