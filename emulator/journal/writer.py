"""The journal: everything that happened on the bench, one JSON object a line, append-only, readable by anything.

It holds no wall-clock time and no path of this machine, so the same rig, scenario and seed give the same journal, octet for
octet. ``docs/journal.md`` lists every key.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec

from isletbench.emulator.core.endpoint import Outgoing, Place, Request
from isletbench.emulator.core.events import Event, Occurrence, UnknownEvent
from isletbench.emulator.core.notes import Note, Stage, UnknownNote
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.beliefs import Belief, as_written, plain
from isletbench.emulator.journal.bench_events import BenchEvent
from isletbench.emulator.journal.entries import (
    VERSION,
    BeliefEntry,
    BenchEntry,
    Direction,
    Entry,
    FaultEntry,
    FaultState,
    FrameEntry,
    Header,
    LedgerEntry,
    NoteEntry,
    OutgoingEntry,
    RequestEntry,
)
from isletbench.emulator.journal.messages import name_of
from isletbench.emulator.journal.sinks import Sink, WaitingSink
from isletbench.protocols.plain import to_plain

CCCD = "2902"
"""The UUID of the descriptor that switches notifications on."""

Listener: TypeAlias = Callable[[Entry], None]


class Journal:
    """Writes entries to ``sink`` (a text file, a ``JournalFile``, or None) and hands each one to whoever listens."""

    def __init__(self, sink: Sink | None = None) -> None:
        self._sink = sink
        self._listeners: list[Listener] = []
        self.failed: OSError | None = None
        """Why nothing is written to the sink any more; who runs the bench ends it."""
        self.on_failure: Callable[[], None] = lambda: None

    @property
    def is_idle(self) -> bool:
        """Whether nobody would see an entry: then none is made."""
        return self._sink is None and not self._listeners

    def outlast_failures(
        self, now: Callable[[], float], began: Callable[[OSError], None], ended: Callable[[int], None]
    ) -> None:
        """From now on keep lines in memory while the sink cannot be written; see ``WaitingSink``."""
        if self._sink is not None:
            self._sink = WaitingSink(self._sink, now, began, ended)

    def finish(self) -> None:
        """Write everything, the last time. Raises ``OSError`` that says how many lines are lost."""
        if not isinstance(self._sink, WaitingSink):
            self.flush()
            return
        try:
            self._sink.write_now()
        except OSError as error:
            lines = self._sink.waiting + self._sink.lost
            error.strerror = f"{error.strerror or error} (its last turns, at least {lines} lines, are lost)"
            raise

    def open(self, header: Header) -> None:
        """The first line: what run this is a journal of."""
        self._write(header)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every coming entry to ``listener``, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def request(
        self,
        at: Instant,
        device: str,
        request: Request,
        place: Place | None,
        stage: Stage = Stage.RECEIVED,
        *,
        faults: Sequence[str] = (),
    ) -> None:
        """A request has been received, or has come only as far as ``stage``; ``faults`` act on it."""
        if not self.is_idle:
            self._write(RequestEntry(at, device, request, stage, place, tuple(faults)))

    def outgoing(
        self, at: Instant, device: str, outgoing: Outgoing, place: Place | None, stage: Stage, *, faults: Sequence[str] = ()
    ) -> None:
        """Something was to be sent, and how far it came; ``faults`` act on it."""
        if not self.is_idle:
            self._write(OutgoingEntry(at, device, outgoing, stage, place, tuple(faults)))

    def fault(
        self,
        at: Instant,
        fault: str,
        what: str,
        *,
        declared: Mapping[str, Any] | None = None,
        why: str | None = None,
        saw: str | None = None,
    ) -> None:
        """A fault's state has changed: ``what`` is the value of a ``FaultState``."""
        if not self.is_idle:
            self._write(FaultEntry(at, fault, FaultState(what), declared, why, saw))

    def note(self, device: str, note: Note) -> None:
        """A device's note: a stage an exchange has reached."""
        if not self.is_idle:
            self._write(NoteEntry(device, note))

    def occurred(self, device: str, occurrence: Occurrence) -> None:
        """Ground truth: what has happened in a device."""
        if not self.is_idle:
            self._write(LedgerEntry(occurrence.at, device, occurrence.event))

    def belief(self, at: Instant, belief: Belief) -> None:
        """What a client reports of what it believes."""
        if not self.is_idle:
            self._write(BeliefEntry(at, as_written(belief)))

    def frame(self, at: Instant, carrier: str, direction: str, octets: bytes) -> None:
        """Raw octets on a wire: ``direction`` is ``in`` or ``out`` as the device sees it."""
        if not self.is_idle:
            self._write(FrameEntry(at, carrier, Direction(direction), octets))

    def bench(self, at: Instant, event: BenchEvent) -> None:
        """Something the bench did, or that happened on its links."""
        if not self.is_idle:
            self._write(BenchEntry(at, event))

    def _write(self, entry: Entry) -> None:
        if self._sink is not None:
            self._to_sink(self._sink.write, to_line(entry) + "\n")
        for listener in tuple(self._listeners):
            listener(entry)

    def flush(self) -> None:
        """Hand what is written to the operating system: a killed bench leaves every turn that has ended."""
        if self._sink is not None:
            self._to_sink(self._sink.flush)

    def _to_sink(self, act: Callable[..., object], *lines: str) -> None:
        """Write or flush. A sink that cannot be written is left: no device in the middle of a turn can mend it."""
        try:
            act(*lines)
        except OSError as error:
            self._sink, self.failed = None, error
            self.on_failure()


def recorded(entries: list[Entry]) -> Journal:
    """A journal that appends its entries to a list, and writes nothing."""
    journal = Journal()
    journal.listen(entries.append)
    return journal


# Entries as JSON


def to_text(entries: Iterable[Entry]) -> str:
    """A whole journal as text."""
    return "".join(to_line(entry) + "\n" for entry in entries)


_ENCODER = msgspec.json.Encoder()


def to_line(entry: Entry) -> str:
    """An entry as its line of the journal, without the line's end."""
    data = to_dict(entry)
    line = _ENCODER.encode(data).decode()
    # A number that is not finite would become a null: Python's own encoder has a word for it.
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False) if "null" in line else line


def to_dict(entry: Entry) -> dict[str, Any]:
    """An entry as JSON-able data."""
    match entry:
        case Header():
            return {"journal": VERSION, **_fields(entry)}
        case RequestEntry():
            return {"t": entry.at, "device": entry.device, "in": name_of(type(entry.request)), **_message(entry, entry.request)}
        case OutgoingEntry():
            kind = name_of(type(entry.outgoing))
            return {"t": entry.at, "device": entry.device, "out": kind, **_message(entry, entry.outgoing)}
        case NoteEntry():
            return {"t": entry.at, "device": entry.device, **_note(entry.note)}
        case LedgerEntry():
            return {"t": entry.at, "device": entry.device, "ledger": _name(entry.event), **to_plain(entry.event.fields())}
        case BeliefEntry():
            return {"t": entry.at, **plain(entry.belief)}
        case FaultEntry():
            found = {"t": entry.at, "fault": entry.fault, "what": entry.what.value}
            return found | _fields(entry, "at", "fault", "what")
        case FrameEntry():
            octets = entry.octets.hex()
            return {"t": entry.at, "carrier": entry.carrier, "frame": entry.direction.value, "octets": octets}
        case BenchEntry():
            return {"t": entry.at, "bench": _name(entry.event), **to_plain(entry.event.fields())}


def _name(event: Event) -> str:
    return event.called if isinstance(event, UnknownEvent) else event.name


def _fields(value: Any, *left_out: str) -> dict[str, Any]:
    """The fields of a dataclass as plain data, without those that are None."""
    found = {}
    for name in _names(type(value)):  # type: ignore[arg-type]  # every class can be hashed
        given = getattr(value, name)
        if given is not None and name not in left_out:
            found[name] = to_plain(given)
    return found


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _message(entry: RequestEntry | OutgoingEntry, message: Request | Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = {"stage": entry.stage.value}
    if entry.faults:
        found["faults"] = list(entry.faults)
    names: tuple[str, ...] = message.__slots__
    for name in names:
        value = getattr(message, name)
        if name == "handle":
            found |= _place(entry.place)
            found["handle"] = value
        elif name == "value":
            found["octets"] = value.hex()
        elif not (name == "response" and value):
            found[name] = to_plain(value)
    return found


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {}
    return {"characteristic": f"{place.characteristic:04X}", **({"descriptor": CCCD} if place.is_descriptor else {})}


def _note(note: Note) -> dict[str, Any]:
    operation = getattr(note, "operation", None)
    values = dict(note.values) if isinstance(note, UnknownNote) else _fields(note, "at", "operation")
    return {"note": operation or note.name, **({"stage": note.stage.value} if note.stage else {}), **values}
