"""Tables: a header line somewhere near the beginning, a separator, and columns that a format knows by name."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.traces import numbers, times
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.observations import Found, Observation

HEADER_WITHIN = 60
"""Lines among which the header is looked for: exports begin with titles and settings."""
SEPARATORS = ";\t,|"
_UNITS = re.compile(r"\s*(\([^)]*\)|\[[^\]]*\]|mg/dl|mmol/l|_mg_?dl|_mmol_?l)\s*$")


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
    insulin: str | None = None
    """A column that says which insulin a row has."""
    long_acting: tuple[str, ...] = ()
    """How it begins, in lower case, for insulin that is no bolus."""
    unit: str | None = None
    """The unit of glucose, where the format has only one."""
    scale: Mapping[str, float] = field(default_factory=dict)
    """What a column's values are multiplied with, by its name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", frozenset(map(plain_name, self.needs)))
        for name in ("time", "glucose", "bolus", "basal", "carbs"):
            object.__setattr__(self, name, tuple(map(plain_name, getattr(self, name))))
        object.__setattr__(self, "kind", self.kind and plain_name(self.kind))
        object.__setattr__(self, "insulin", self.insulin and plain_name(self.insulin))
        object.__setattr__(self, "scale", {plain_name(column): factor for column, factor in self.scale.items()})

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether a line of these plain names is its header."""
        return self.needs <= set(columns)

    @property
    def mark(self) -> str:
        """A word that every header of this format has, in lower case: a line without it need not be looked at closely."""
        return max((word for column in self.needs for word in column.split()), key=lambda word: (len(word), word))


_Place: TypeAlias = tuple[int, float]
"""Where in a row a column is, and what its values are multiplied with."""


@dataclass(slots=True)
class _Rows:
    """The rows of a table behind its header, whose columns may be named again further down.

    The places of columns are looked up once for each header: a recording has many rows.
    """

    format: TableFormat
    found: Found
    times: list[_Place] = field(default_factory=list)
    glucose: list[_Place] = field(default_factory=list)
    bolus: list[_Place] = field(default_factory=list)
    basal: list[_Place] = field(default_factory=list)
    carbs: list[_Place] = field(default_factory=list)
    kind: list[_Place] = field(default_factory=list)
    insulin: list[_Place] = field(default_factory=list)
    doses: list[_Place] = field(default_factory=list)
    """All of insulin and carbohydrates: most rows of a sensor have nothing there, and are not asked for each."""

    def name(self, row: Sequence[str]) -> None:
        """Take this row for the header of those that follow."""
        places: dict[str, int] = {}
        for place, column in enumerate(row):
            name = plain_name(column)
            places.setdefault(name, place)
            unit = numbers.unit_in(column)
            if unit and name in self.format.glucose and self.found.unit is None:
                self.found.unit, self.found.unit_from = unit, "the header"
            if name in self.format.glucose and (other := numbers.other_unit_in(column)):
                raise TraceError(f"unit: {other} in the header: expected glucose in mg/dL or mmol/L")

        def of(columns: Sequence[str]) -> list[_Place]:
            return [(places[column], self.format.scale.get(column, 1.0)) for column in columns if column in places]

        self.times, self.glucose = of(self.format.time), of(self.format.glucose)
        self.bolus, self.basal, self.carbs = of(self.format.bolus), of(self.format.basal), of(self.format.carbs)
        self.kind = of((self.format.kind,) if self.format.kind else ())
        self.insulin = of((self.format.insulin,) if self.format.insulin else ())
        self.doses = [*self.bolus, *self.basal, *self.carbs]

    def time(self, row: Sequence[str]) -> str:
        return " ".join([row[place] for place, _ in self.times if place < len(row) and row[place]])


def _texts(row: Sequence[str], places: Sequence[_Place]) -> list[tuple[str, float]]:
    """What a row has at these places, with what it is multiplied with; nothing for an empty field."""
    return [(row[place], scale) for place, scale in places if place < len(row) and row[place]]


def _text(row: Sequence[str], places: Sequence[_Place]) -> str:
    """The first of them."""
    for place, _ in places:
        if place < len(row) and row[place]:
            return row[place]
    return ""


def read(text: str, formats: Sequence[TableFormat]) -> Found | None:
    """What a table of one of these formats says; None for a text that is none of them."""
    lines = text.splitlines()
    header = _header(lines, formats)
    if header is None:
        return None
    number, separator, layout = header
    rows = list(_split(lines[number:], separator))
    found = Found(layout.name, unit=layout.unit, unit_from="the format" if layout.unit else "")
    table = _Rows(layout, found)
    table.name(rows[0])
    order = times.order_of(table.time(row) for row in rows[1:])
    if order.why:
        found.notes.append(order.why)
    mark = layout.mark
    for offset, row in enumerate(rows[1:], start=number + 1):
        if mark in lines[offset].lower() and layout.fits([plain_name(column) for column in row]):
            table.name(row)
            continue
        observation = _observation(table, row, f"line {offset + 1}", order.day_first)
        if observation is not None:
            found.observations.append(observation)
    return found


def _header(lines: Sequence[str], formats: Sequence[TableFormat]) -> tuple[int, str, TableFormat] | None:
    candidates = [
        (number, separator, [plain_name(column) for column in next(_split([line], separator))])
        for number, line in enumerate(lines[:HEADER_WITHIN])
        for separator in SEPARATORS
        if separator in line
    ]
    for layout in formats:
        for number, separator, columns in candidates:
            if layout.fits(columns):
                return number, separator, layout
    return None


def _split(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The fields of each line without spaces around them. A quote that is never closed ends with its line."""
    for line in lines:
        if '"' not in line:
            fields = line.lstrip("\ufeff").split(separator)
        else:
            try:
                fields = next(csv.reader([line.lstrip("\ufeff")], delimiter=separator, skipinitialspace=True), [])
            except csv.Error:
                fields = line.split(separator)
        yield list(map(str.strip, fields))


def _observation(table: _Rows, row: Sequence[str], where: str, day_first: bool) -> Observation | None:
    layout, found = table.format, table.found
    shown = _text(row, table.glucose)
    bolus = carbs = basal = None
    if _text(row, table.doses):
        for text, _ in _texts(row, table.doses):
            if numbers.is_no_amount(text):
                found.leave_out(f"{text} is no amount of insulin or carbohydrate", where)
        bolus = sum(_amounts(row, table.bolus)) or None
        if bolus is not None and _text(row, table.insulin).lower().startswith(layout.long_acting):
            found.leave_out("long-acting insulin: it is no bolus", where)
            bolus = None
        carbs = next(iter(_amounts(row, table.carbs)), None)
        basal = next((numbers.rate(text, scale) for text, scale in _texts(row, table.basal)), None)
    if shown and layout.readings:
        kind = _text(row, table.kind)
        if kind.lower() not in layout.readings:
            if table.time(row):
                found.leave_out(f"glucose of a row of the kind {kind or 'without a name'}", where)
            shown = ""
    if not shown and bolus is None and carbs is None and basal is None:
        return None
    try:
        at = times.moment(table.time(row), day_first=day_first)
        return Observation(at, where, numbers.glucose(shown), None, bolus, basal, carbs=carbs)
    except ValueError as error:
        found.leave_out(_reason(error, shown), where)
        return None


def _amounts(row: Sequence[str], places: Sequence[_Place]) -> list[float]:
    """The amounts at these places."""
    found = [(numbers.amount(text), scale) for text, scale in _texts(row, places)]
    return [amount * scale for amount, scale in found if amount is not None]


def _reason(error: ValueError, shown: str) -> str:
    text = str(error)
    return text if "date and time" in text or "12-hour" in text else f"{shown!r} is no glucose value"
