"""What tests ask of the entries of a journal."""

from collections.abc import Iterable
from typing import TypeVar

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.bench_events import BenchEvent
from isletbench.emulator.journal.entries import BenchEntry, Entry, FaultEntry, LedgerEntry, OutgoingEntry, RequestEntry

E = TypeVar("E", bound=Event)
R = TypeVar("R")
B = TypeVar("B", bound=BenchEvent)


def ledger(entries: Iterable[Entry], kind: type[E], device: str | None = None) -> list[tuple[Instant, E]]:
    """The events of one type in the ledger, each with its instant."""
    found = (entry for entry in entries if isinstance(entry, LedgerEntry) and device in {None, entry.device})
    return [(entry.at, entry.event) for entry in found if isinstance(entry.event, kind)]


def of_bench(entries: Iterable[Entry], *kinds: type[B]) -> list[tuple[Instant, B]]:
    """What the bench did of these types, each with its instant."""
    found = (entry for entry in entries if isinstance(entry, BenchEntry))
    return [(entry.at, entry.event) for entry in found if isinstance(entry.event, kinds)]


def faults(entries: Iterable[Entry], name: str | None = None) -> list[FaultEntry]:
    """The changes of state of one fault, or of all."""
    return [entry for entry in entries if isinstance(entry, FaultEntry) and name in {None, entry.fault}]


def requests(entries: Iterable[Entry], kind: type[R]) -> list[tuple[RequestEntry, R]]:
    """The requests of one type."""
    found = (entry for entry in entries if isinstance(entry, RequestEntry))
    return [(entry, entry.request) for entry in found if isinstance(entry.request, kind)]


def outgoing(entries: Iterable[Entry], kind: type[R]) -> list[tuple[OutgoingEntry, R]]:
    """The responses, notifications or indications of one type."""
    found = (entry for entry in entries if isinstance(entry, OutgoingEntry))
    return [(entry, entry.outgoing) for entry in found if isinstance(entry.outgoing, kind)]


def touched(entries: Iterable[Entry], fault: str) -> list[RequestEntry | OutgoingEntry]:
    """The messages that a fault acts on."""
    return [entry for entry in entries if isinstance(entry, RequestEntry | OutgoingEntry) and fault in entry.faults]
