"""A journal read back: every line as an entry. Reads version 2, and version 1 by translation.

What is wrong with a line is said with its number, the key and what was expected.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError

from isletbench.emulator.cgm.events import SensorEvent
from isletbench.emulator.core.endpoint import Outgoing, Place, Request
from isletbench.emulator.core.events import EVENTS, Event, UnknownEvent
from isletbench.emulator.core.notes import NOTES, Accepted, Committed, Decoded, Note, Stage, UnknownNote
from isletbench.emulator.core.problems import first_problem, not_parsed
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import ErrorResponse
from isletbench.emulator.journal import beliefs, messages, version_1
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
from isletbench.emulator.journal.files import DAMAGES, lines_of
from isletbench.emulator.meter.events import MeterEvent
from isletbench.emulator.patient.events import PatientEvent
from isletbench.emulator.pump.events import PumpEvent
from isletbench.protocols.error_codes import error_code_named
from isletbench.protocols.errors import Unencodable
from isletbench.protocols.plain import from_plain

KINDS: tuple[type[Event], ...] = (SensorEvent, PumpEvent, MeterEvent, PatientEvent, BenchEvent)
"""Whose events are known here without more; those of other kinds of device, once their module is imported."""
STAGES: Mapping[Stage, type[Note]] = {Stage.DECODED: Decoded, Stage.ACCEPTED: Accepted, Stage.COMMITTED: Committed}
"""Notes that have the name of an operation, by the stage that they mark."""
TRANSLATIONS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: version_1.translate, VERSION: dict}
"""Every version that can be read, and what makes version 2 of a line of it."""


class JournalError(ValueError):
    """A file that is no journal; one sentence with the line, the key and what was expected."""


def load(path: Path) -> list[Entry]:
    """The entries of a journal's file, or of all its files; compressed or not. Raises ``JournalError``, ``OSError``."""
    return list(entries_of(path))


def load_whole(path: Path) -> tuple[list[Entry], str]:
    """The same, up to the last whole line; and what is said of the one behind it that is cut off, empty where none is.

    Raises ``JournalError``, also where nothing but a cut-off header is there, ``OSError``.
    """
    found: list[Entry] = []
    try:
        found.extend(entries_of(path))  # what has come before an error stays
    except Torn as error:
        if not found:
            raise
        return found, str(error)
    return found, ""


def entries_of(path: Path) -> Iterator[Entry]:
    """The same one after another, for a journal that is too long to be kept. Raises ``JournalError``, ``OSError``."""
    reader = Reader()
    try:
        for line in lines_of(path):
            yield reader.entry(line)
    except DAMAGES as error:
        raise JournalError(f"line {reader.number + 1}: expected a whole compressed file: {error}") from None
    except IsADirectoryError:
        raise JournalError("expected a file, and it is a directory") from None
    if not reader.number:
        raise JournalError(NOTHING)


def read(lines: Iterable[str]) -> list[Entry]:
    """The entries of a journal's lines, the header first. Raises ``JournalError``."""
    reader = Reader()
    found = [reader.entry(line) for line in lines]
    if not found:
        raise JournalError(NOTHING)
    return found


NOTHING = "expected a journal, a JSON object a line; got nothing"


class Torn(JournalError):
    """The last line of a journal is cut off, as a killed bench may leave it: what is before it is whole."""


class Reader:
    """Reads one line after another; the first one is the header, which says how to read the others."""

    def __init__(self) -> None:
        self.number = 0
        """How many lines it has read."""
        self._header: Header | None = None
        self._translate: Callable[[Mapping[str, Any]], dict[str, Any]] = dict

    def entry(self, line: str | bytes) -> Entry:
        """The next line as an entry. Raises ``JournalError``."""
        self.number += 1
        told = self._parsed(line)
        if not isinstance(told, dict):
            raise JournalError(f"line {self.number}: expected a journal, a JSON object a line, got {_shown(line)}")
        try:
            if self._header is None:
                self._header = self._first(told)
                return self._header
            return self._timed(_Line(self._translate(told)))
        except JournalError as error:
            raise JournalError(f"line {self.number} of the journal: {error}") from None

    def _parsed(self, line: str | bytes) -> Any:
        try:
            return _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            pass  # Python's own parser takes more, numbers that are not finite, and says where it ends to be JSON
        try:
            return json.loads(line)
        except UnicodeDecodeError:
            why = f"no text, {_shown(line)}"
        except RecursionError:
            why = "nested without an end"
        except ValueError as error:
            if isinstance(line, bytes) and not line.endswith(b"\n"):
                raise Torn(
                    f"line {self.number}: it is cut off, as a killed bench may leave its last line; those before it are whole"
                ) from None
            why = not_parsed("JSON", error)
        raise JournalError(f"line {self.number}: expected a journal, a JSON object a line: {why}")

    def _first(self, told: dict[str, Any]) -> Header:
        version = told.pop("journal", None)
        if type(version) is not int or version not in TRANSLATIONS:
            got = "a line without the key journal" if version is None else f"version {str(version)[:40]}"
            raise JournalError(f"expected a journal of version {' or '.join(map(str, TRANSLATIONS))}, got {got}")
        self._translate = TRANSLATIONS[version]
        header: Header = _made(Header, told)
        return header

    def _timed(self, line: "_Line") -> Entry:
        for kind, make in _KINDS.items():
            if kind in line.values:
                entry = make(line, self._header or Header())
                line.end()
                return entry
        raise JournalError(f"expected one of the keys {', '.join(_KINDS)}")


_DECODER = msgspec.json.Decoder()


def _shown(line: str | bytes) -> str:
    """The beginning of a line, octets in hexadecimal where they are no text."""
    if isinstance(line, str):
        return repr(line[:40])
    try:
        return repr(line.decode().rstrip("\r\n")[:40])
    except UnicodeDecodeError:
        return f"it begins with the octets {line[:16].hex(' ').upper()}"


class _Line:
    """The keys of a line, taken out one after another."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def take(self, key: str, kind: type[Any] = str) -> Any:
        """The value of a key that has to be there."""
        if key not in self.values:
            raise JournalError(f"{key}: expected a value of type {kind.__name__}, and the key is missing")
        value = self.values.pop(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise JournalError(f"{key}: expected a value of type {kind.__name__}, got {value!r}")
        return value

    def at(self) -> Instant:
        """When it happened."""
        at: Instant = self.take("t", int)
        return at

    def octets(self, key: str) -> bytes:
        """Octets in hexadecimal."""
        text = self.take(key)
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise JournalError(f"{key}: expected pairs of hexadecimal digits, got {text!r}") from None

    def one_of(self, key: str, known: Mapping[str, Any]) -> Any:
        """What a word means."""
        word = self.take(key)
        if word not in known:
            raise JournalError(f"{key}: expected one of {', '.join(known)}, got {word!r}")
        return known[word]

    def rest(self) -> dict[str, Any]:
        """All that is left."""
        rest, self.values = self.values, {}
        return rest

    def end(self) -> None:
        """Nothing may be left."""
        if self.values:
            raise JournalError(f"{next(iter(self.values))}: expected no such key")


def _request(line: _Line, header: Header) -> Entry:
    at, device, kind = line.at(), line.take("device"), line.one_of("in", messages.requests())
    stage, place, faults = _way(line)
    request: Request = _message(kind, line.rest())
    return RequestEntry(at, device, request, stage, place, faults)


def _outgoing(line: _Line, header: Header) -> Entry:
    at, device, kind = line.at(), line.take("device"), line.one_of("out", messages.outgoing())
    stage, place, faults = _way(line)
    outgoing: Outgoing = _message(kind, line.rest())
    return OutgoingEntry(at, device, outgoing, stage, place, faults)


def _way(line: _Line) -> tuple[Stage, Place | None, tuple[str, ...]]:
    """What a line says of a message besides the message."""
    stage = line.one_of("stage", _STAGES)
    faults = tuple(line.take("faults", list)) if "faults" in line.values else ()
    uuid = line.octets("characteristic") if "characteristic" in line.values else None
    is_descriptor = line.values.pop("descriptor", None) is not None
    return stage, None if uuid is None else Place(int.from_bytes(uuid), is_descriptor), faults


def _message(kind: type[Any], values: dict[str, Any]) -> Any:
    if "octets" in values:
        values["value"] = values.pop("octets")
    if kind is ErrorResponse:
        return _error_response(**values)
    try:
        return from_plain(kind, values)
    except Unencodable as error:
        raise JournalError(str(error)) from None


def _error_response(link: str = "", handle: int = 0, code: str = "") -> ErrorResponse:
    try:
        return ErrorResponse(link, handle, error_code_named(code))
    except KeyError:
        raise JournalError(f"code: expected the name of an ATT error code, got {code!r}") from None


def _note(line: _Line, header: Header) -> Entry:
    at, device, name = line.at(), line.take("device"), line.take("note")
    stage = line.one_of("stage", _STAGES) if "stage" in line.values else None
    kind, values = NOTES.get(name), line.rest()
    if kind is not None and kind.stage is stage:
        return NoteEntry(device, _made(kind, {"at": at, **values}))
    kind = STAGES.get(stage) if stage else None
    if kind is not None and values.keys() <= kind.__dataclass_fields__.keys():
        return NoteEntry(device, _made(kind, {"at": at, "operation": name, **values}))
    return NoteEntry(device, UnknownNote(at, name, values, stage=stage))


def _ledger(line: _Line, header: Header) -> Entry:
    at, device, name = line.at(), line.take("device"), line.take("ledger")
    return LedgerEntry(at, device, _event(header.devices.get(device, ""), name, line.rest()))


def _bench(line: _Line, header: Header) -> Entry:
    at, name = line.at(), line.take("bench")
    event = _event("bench", name, line.rest())
    if not isinstance(event, BenchEvent):
        raise JournalError(f"bench: expected one of {', '.join(n for k, n in EVENTS if k == 'bench')}, got {name!r}")
    return BenchEntry(at, event)


def _event(kind: str, name: str, values: dict[str, Any]) -> Event:
    declared = EVENTS.get((kind, name))
    return UnknownEvent(name, values) if declared is None else _made(declared, values)


def _belief(line: _Line, header: Header) -> Entry:
    at = line.at()
    try:
        return BeliefEntry(at, beliefs.parse(line.rest()))
    except beliefs.BeliefError as error:
        raise JournalError(str(error)) from None


def _fault(line: _Line, header: Header) -> Entry:
    at, fault, what = line.at(), line.take("fault"), line.one_of("what", _FAULT_STATES)
    entry: FaultEntry = _made(FaultEntry, {"at": at, "fault": fault, "what": what, **line.rest()})
    return entry


def _frame(line: _Line, header: Header) -> Entry:
    return FrameEntry(line.at(), line.take("carrier"), line.one_of("frame", _DIRECTIONS), line.octets("octets"))


_STAGES = {stage.value: stage for stage in Stage}
_FAULT_STATES = {state.value: state for state in FaultState}
_DIRECTIONS = {direction.value: direction for direction in Direction}
_KINDS: Mapping[str, Callable[[_Line, Header], Entry]] = {
    "in": _request,
    "out": _outgoing,
    "note": _note,
    "ledger": _ledger,
    "belief": _belief,
    "fault": _fault,
    "frame": _frame,
    "bench": _bench,
}
"""What makes an entry of a line, by the key that says what the line is."""


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _made(kind: type[Any], values: Mapping[str, Any]) -> Any:
    """A dataclass of these values, checked against its fields. Raises ``JournalError``."""
    if unknown := [key for key in values if key not in kind.__dataclass_fields__]:
        raise JournalError(f"{unknown[0]}: expected no such key")
    try:
        adapter: TypeAdapter[Any] = _adapter(kind)  # type: ignore[arg-type]  # every class can be hashed
        return adapter.validate_python(values)
    except ValidationError as error:
        raise JournalError(first_problem(error, kind)) from None
