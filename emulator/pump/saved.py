"""A pump as a state file holds it: taken apart into rows and put together again, octet for octet as it was.

The parts go as JSON, history and ledger row by row, so that what a turn costs does not grow with the pump's age.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, make_dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant, in_units
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.pump.history import Entry
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.records import RECORDS

GIVEN = "profile"
"""The field of a part that its make gives it; a field that ``__init__`` does not take is derived. Neither is saved."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the history, and from when on it can be read."""

    number: int
    readable_at: Instant
    octets: bytes


@cache
def _layouts() -> Mapping[str, Any]:
    """A class for each part, with the fields of it that are saved."""
    found = {}
    for name, part in get_type_hints(Parts).items():
        if is_dataclass(part) and name not in {GIVEN, "ledger"}:
            hints = get_type_hints(part)
            saved = [(field.name, hints[field.name]) for field in fields(part) if field.init and field.name != GIVEN]
            found[name] = make_dataclass(f"Saved_{name}", saved)
    return found


@cache
def _all_parts() -> Any:
    return make_dataclass("SavedParts", list(_layouts().items()))


@cache
def _saved() -> Any:
    """Everything but history and ledger. Of the history: its next number, its reference times and what of it is damaged."""
    history = [("next_number", int), ("reference", Instant), ("next_reference", Instant), ("corrupted", set[int])]
    return make_dataclass("Saved", [("now", Instant), ("parts", _all_parts()), *history, ("path", dict[str, Any])])


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(_saved())


def dump(pump: Pump) -> bytes:
    """The pump but for its rows."""
    parts, history = pump.parts, pump.parts.history
    found = {}
    for name, layout in _layouts().items():
        part = getattr(parts, name)
        found[name] = layout(*(getattr(part, field.name) for field in fields(layout)))
    numbers = history.next_number, history.reference, history.next_reference
    saved = _saved()(parts.now, _all_parts()(**found), *numbers, history.corrupted, parts.path.snapshot())
    return _adapter().dump_json(saved)


def rows(pump: Pump, since: int) -> list[Row]:
    """The entries of the history from this number on, those that cannot be read yet included."""
    readable = [(0, entry) for entry in pump.history.entries if entry.number >= since]
    pending = [(at, entry) for at, entry in pump.history.pending if entry.number >= since]
    return [Row(entry.number, at, _row(entry)) for at, entry in readable + pending]


def _row(entry: Entry) -> bytes:
    record = type(entry.record).__name__
    row = [entry.first, entry.offset, entry.part, record, _record(record).dump_python(entry.record, mode="json")]
    return json.dumps(row, separators=(",", ":")).encode()


def entry_of(row: Row) -> Entry:
    """The entry that a row holds. Raises ``ValueError`` for octets that are none."""
    first, offset, part, record, fields = json.loads(row.octets)
    return Entry(row.number, first, offset, _record(record).validate_python(fields), part)


@cache
def _record(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(RECORDS[name])


def _check_insulin(parts: Any, ledger: Iterable[Occurrence]) -> None:
    """Raise ``ValueError`` when insulin came from nowhere or went nowhere, by the reservoir's own books and by the ledger."""
    reservoir = parts.reservoir
    out = reservoir.remaining + reservoir.delivered + reservoir.primed + reservoir.discarded
    if reservoir.filled != out:
        raise ValueError(f"{in_units(reservoir.filled)} U were put into the reservoir, and {in_units(out)} U are accounted for")
    pulses = [entry.event for entry in ledger if isinstance(entry.event, Pulse)]
    moved = sum(pulse.moved for pulse in pulses)
    if moved != reservoir.delivered + reservoir.primed:
        gone = in_units(reservoir.delivered + reservoir.primed)
        raise ValueError(f"the pulses of the ledger are {in_units(moved)} U, and {gone} U have left the reservoir")


def restore(pump: Pump, octets: bytes, history: Iterable[Row], ledger: Iterable[Occurrence]) -> None:
    """Make a new pump of the same profile the one that was saved. Raises ``ValueError`` for what is no saved pump."""
    saved, ledger = _adapter().validate_json(octets), list(ledger)
    _check_insulin(saved.parts, ledger)
    for name, layout in _layouts().items():
        for field in fields(layout):
            setattr(getattr(pump.parts, name), field.name, getattr(getattr(saved.parts, name), field.name))
    pump.history.restore(
        [(row.readable_at, entry_of(row)) for row in history],
        next_number=saved.next_number,
        reference=saved.reference,
        corrupted=saved.corrupted,
    )
    pump.history.next_reference = saved.next_reference
    pump.ledger.restore(ledger)
    pump.parts.path.restore(saved.path)
    pump.resume_at(saved.now)
