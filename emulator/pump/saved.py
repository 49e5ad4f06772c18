"""A pump as a state file holds it: taken apart into rows and put together again, octet for octet as it was.

The memory goes as JSON, history and ledger row by row, so that what a turn costs does not grow with the pump's age.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from pydantic import TypeAdapter

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.memory import Memory
from isletbench.protocols.ids import HISTORY


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
    """One record of the history, and from when on it can be read."""

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
    """The records of the history from this number on, those that cannot be read yet included."""
    history = pump.history
    readable = [(0, record) for record in history.records if record.sequence_number >= since]
    pending = [(at, record) for at, record in history.pending if record.sequence_number >= since]
    return [Row(record.sequence_number, at, HISTORY.encode(record)) for at, record in readable + pending]


def restore(pump: Pump, octets: bytes, history: Iterable[Row], ledger: Iterable[Occurrence]) -> None:
    """Make a new pump of the same profile the one that was saved. Raises ``ValueError`` for what is no saved pump."""
    saved = _SAVED.validate_json(octets)
    for field in fields(Memory):
        setattr(pump, field.name, getattr(saved.memory, field.name))
    pump.history.restore(
        [(row.readable_at, HISTORY.decode(row.octets)) for row in history],
        next_number=saved.next_number,
        reference=saved.reference,
        corrupted=saved.corrupted,
    )
    pump.ledger.restore(ledger)
    pump.path.restore(saved.path)
    pump.take_up(saved.now)
