"""A pump as a state file holds it: taken apart into rows and put together again, octet for octet as it was.

The parts go as JSON, history and ledger row by row, so that what a turn costs does not grow with the pump's age.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.pump.history import Entry
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.records import RECORDS

GIVEN = "profile"
"""The field of a part that its make gives it; a field that ``__init__`` does not take is derived. Neither is saved."""


@dataclass
class Saved:
    """Everything but history and ledger. Of the history: its next number, its reference times and what of it is damaged."""

    now: Instant
    parts: Mapping[str, Mapping[str, Any]]
    next_number: int
    reference: Instant
    next_reference: Instant
    corrupted: set[int]
    path: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the history, and from when on it can be read."""

    number: int
    readable_at: Instant
    octets: bytes


_SAVED = TypeAdapter(Saved)


@cache
def _adapters() -> Mapping[str, Mapping[str, TypeAdapter[Any]]]:
    """The fields that are saved, by part and name."""
    found = {}
    for name, part in get_type_hints(Parts).items():
        if is_dataclass(part) and name not in {GIVEN, "ledger"}:
            hints = get_type_hints(part)
            found[name] = {f.name: TypeAdapter(hints[f.name]) for f in fields(part) if f.init and f.name != GIVEN}
    return found


def dump(pump: Pump) -> bytes:
    """The pump but for its rows."""
    parts, history = pump.parts, pump.parts.history
    found = {
        name: {key: adapter.dump_python(getattr(getattr(parts, name), key), mode="json") for key, adapter in adapters.items()}
        for name, adapters in _adapters().items()
    }
    numbers = history.next_number, history.reference, history.next_reference
    return _SAVED.dump_json(Saved(parts.now, found, *numbers, history.corrupted, parts.path.snapshot()))


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


def restore(pump: Pump, octets: bytes, history: Iterable[Row], ledger: Iterable[Occurrence]) -> None:
    """Make a new pump of the same profile the one that was saved. Raises ``ValueError`` for what is no saved pump."""
    saved = _SAVED.validate_json(octets)
    for name, adapters in _adapters().items():
        for key, adapter in adapters.items():
            if name not in saved.parts or key not in saved.parts[name]:
                raise ValueError(f"Saved: expected {name}.{key}")
            setattr(getattr(pump.parts, name), key, adapter.validate_json(json.dumps(saved.parts[name][key])))
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
