"""A pump as a state file holds it: taken apart into rows and put together again, octet for octet as it was.

The memory goes as JSON, history and ledger row by row, so that what a turn costs does not grow with the pump's age.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.pump.history import Entry
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.memory import Memory
from isletbench.emulator.pump.records import RECORDS


@dataclass
class Saved:
    """Everything but history and ledger. Of the history: its next number, its reference and what of it is damaged."""

    now: Instant
    memory: Memory
    next_number: int
    reference: Instant
    corrupted: set[int]
    path: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the history, and from when on it can be read."""

    number: int
    readable_at: Instant
    octets: bytes


_SAVED = TypeAdapter(Saved)


def dump(pump: Pump) -> bytes:
    """The pump but for its rows."""
    history = pump.history
    memory = Memory(**{field.name: getattr(pump, field.name) for field in fields(Memory)})
    saved = Saved(pump.now, memory, history.next_number, history.reference, history.corrupted, pump.path.snapshot())
    return _SAVED.dump_json(saved)


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
    for field in fields(Memory):
        setattr(pump, field.name, getattr(saved.memory, field.name))
    pump.history.restore(
        [(row.readable_at, entry_of(row)) for row in history],
        next_number=saved.next_number,
        reference=saved.reference,
        corrupted=saved.corrupted,
    )
    pump.ledger.restore(ledger)
    pump.path.restore(saved.path)
    pump.take_up(saved.now)
