"""What clients and devices sent to each other, taken from the entries of a journal: what verdicts rest on.

The journal has everything in the order in which it happened. Here it is taken apart by who knew what: what a client sent
(though the device may never have got it), how far the device came with it, and which of the responses reached the client.
Beside it is the truth: the ledger.
"""

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from typing import Any, Generic, TypeVar

from isletbench.emulator.core.endpoint import Link, Outgoing, Request
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import ErrorResponse
from isletbench.emulator.journal.beliefs import Reports
from isletbench.emulator.journal.bench_events import ActionDone, MachineLate, MachineSlept
from isletbench.emulator.journal.entries import FaultEntry, LedgerEntry


@dataclass(slots=True)
class Message:
    """One message on a wire."""

    at: Instant
    line: int
    """Of the journal, from 0, which is its header."""
    device: str
    content: Request | Outgoing
    type: str | None
    """``ids.Status``; None for a characteristic that no type is known of."""
    operation: str | None
    """``SetBolus``, for a control point."""
    faults: tuple[str, ...] = ()
    """The names of the faults that act on it."""
    arrived: bool = True
    """Whether it reached the other side as it is."""

    @property
    def link(self) -> Link:
        """The connection that it was sent on."""
        return self.content.link

    @property
    def octets(self) -> bytes:
        """The value that it carries, if any."""
        value: bytes = getattr(self.content, "value", b"")
        return value


@dataclass(slots=True)
class Exchange:
    """A request of a client's, how far the device came with it, and which responses reached the client."""

    request: Message
    stage: Stage = Stage.ON_THE_WIRE
    """The last stage that the device reached."""
    notes: list[Note] = field(default_factory=list)
    """What the device noted meanwhile."""
    acknowledged: Message | None = None
    """The write response, read response or error that reached the client."""
    answer: Message | None = None
    """What a control point indicated, and reached the client."""
    prepared: bytes | None = None
    """The answer as the device has made it, where a fault has acted on it."""

    @property
    def committed(self) -> bool:
        """Whether it has changed anything: therapy, settings, records."""
        return any(note.stage is Stage.COMMITTED for note in self.notes)

    @property
    def is_resolved(self) -> bool:
        """Whether the client can know what has become of it, from the answer alone."""
        if self.acknowledged is not None and isinstance(self.acknowledged.content, ErrorResponse):
            return True
        return self.answer is not None if self.request.operation else self.acknowledged is not None


@dataclass(slots=True)
class Connection:
    """One connection, from its begin to its end."""

    link: Link
    device: str
    began: Instant
    line: int
    ended: Instant | None = None


B = TypeVar("B", bound=Part)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Believed(Generic[B]):
    """A belief that a client has reported."""

    at: Instant
    line: int
    belief: B


@dataclass(frozen=True, slots=True)
class Done:
    """A manual action that was performed on a device."""

    at: Instant
    event: ActionDone


@dataclass(slots=True)
class Conversation:
    """Everything sent in one run, and what was true meanwhile."""

    exchanges: list[Exchange] = field(default_factory=list)
    """In the order in which clients sent the requests."""
    notifications: list[Message] = field(default_factory=list)
    """What devices notified or indicated by themselves, whether it arrived or not."""
    connections: list[Connection] = field(default_factory=list)
    ledger: list[LedgerEntry[Event]] = field(default_factory=list)
    """Ground truth; the boluses of a pump that replaces another are numbered on (``unique_bolus_id``)."""
    faults: list[FaultEntry] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    """The manual actions that were performed on devices."""
    beliefs: list[Believed[Any]] = field(default_factory=list)
    """What a client has reported of what it believes, in that order."""
    acting: set[str] = field(default_factory=set)
    """The names of the faults that have acted on a message."""
    refused_beliefs: list[tuple[Instant, str]] = field(default_factory=list)
    """What a client has reported that is no belief, as the sentence that refused it."""
    late: list[tuple[Instant, MachineLate]] = field(default_factory=list)
    """When the machine could not keep up."""
    slept: list[tuple[Instant, MachineSlept]] = field(default_factory=list)
    """When the machine woke up after it had slept."""
    absences: dict[str, list[tuple[Instant, Instant | None]]] = field(default_factory=dict)
    """When a carrier could not be reached, by its name."""
    start: datetime | None = None
    """The local date and time when the bench began."""
    ended: Instant = 0
    """When the run ended."""

    def of(self, device: str) -> list[Exchange]:
        """The exchanges with one device."""
        return [exchange for exchange in self.exchanges if exchange.request.device == device]

    def requested(self, *operations: str) -> list[Exchange]:
        """The exchanges of these operations (``SetBolus``), or reads and writes of these types (``ids.Status``)."""
        return [e for e in self.exchanges if e.request.operation in operations or e.request.type in operations]

    def events(self, kind: type[E], device: str | None = None) -> Iterator[LedgerEntry[E]]:
        """The ledger's entries of one type of event, of one device or of all."""
        for entry in self.ledger:
            if isinstance(entry.event, kind) and device in {None, entry.device}:
                yield LedgerEntry(entry.at, entry.device, entry.event)

    def reported(self, kind: type[B]) -> Iterator[Believed[B]]:
        """Every belief of one kind that a client has reported, those that a later one replaces included."""
        return (one for one in self.beliefs if isinstance(one.belief, kind))

    def beliefs_of(self, kind: type[B]) -> Iterator[Believed[B]]:
        """The beliefs of one kind that a client has in the end: a program that starts anew begins without any."""
        began = max((one.line for one in self.reported(Reports)), default=-1)
        return (one for one in self.reported(kind) if one.line > began)

    @property
    def belief_kinds(self) -> set[str]:
        """The kinds of belief that the client reports."""
        declared = {kind for one in self.reported(Reports) for kind in one.belief.kinds}
        return declared | {one.belief.belief for one in self.beliefs}
