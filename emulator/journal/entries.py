"""The lines of a journal as frozen types. ``writer`` makes JSON of them, ``reader`` makes them of JSON; nobody else does.

Every entry but the header has ``at``, ms since the bench began.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from isletbench.emulator.core.endpoint import Outgoing, Place, Request
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.journal.beliefs import Belief
from isletbench.emulator.journal.bench_events import BenchEvent

VERSION = 2
"""Of the format."""

E_co = TypeVar("E_co", bound=Event, covariant=True)


class Direction(StrEnum):
    """Which way octets go, as the device sees it."""

    IN = "in"
    OUT = "out"


class FaultState(StrEnum):
    """What has become of a fault."""

    INJECTED = "injected"
    """It is there, and waits for its trigger."""
    ARMED = "armed"
    """It strikes what comes."""
    STRUCK = "struck"
    """It has changed something once."""
    FAILED = "failed"
    """It could not do what it is declared to do."""
    OVER = "over"
    """It will not strike any more."""
    CLEARED = "cleared"
    """It was removed."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what run it is."""

    rig: str | None = None
    seed: int | None = None
    pace: str | None = None
    """``real``, ``60x``, ``jump``."""
    start: str | None = None
    """The local date and time at the devices when the bench began, ISO 8601."""
    devices: Mapping[str, str] = field(default_factory=dict)
    """The kind of every device, by its name."""
    resumed_at: Instant | None = None
    """The instant at which a bench goes on whose state was restored from a file."""


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """A request of a client."""

    at: Instant
    device: str
    request: Request
    stage: Stage = Stage.RECEIVED
    """``received``, or ``on_the_wire`` where a fault intercepts it."""
    place: Place | None = None
    """The attribute that is meant; None where there is none."""
    faults: tuple[str, ...] = ()
    """The names of the faults that act on it."""


@dataclass(frozen=True, slots=True)
class OutgoingEntry:
    """A response, notification or indication of a device."""

    at: Instant
    device: str
    outgoing: Outgoing
    stage: Stage = Stage.REPLY_SENT
    """``reply_sent`` when it was handed to the wire, else ``reply_queued``."""
    place: Place | None = None
    """The attribute that is meant; None where there is none."""
    faults: tuple[str, ...] = ()
    """The names of the faults that act on it."""


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """What a device notes of an exchange."""

    device: str
    note: Note

    @property
    def at(self) -> Instant:
        """When it became true."""
        return self.note.at


@dataclass(frozen=True, slots=True)
class LedgerEntry(Generic[E_co]):
    """Ground truth: what happened in a device."""

    at: Instant
    device: str
    event: E_co


@dataclass(frozen=True, slots=True)
class BeliefEntry:
    """What a client reports of what it believes."""

    at: Instant
    belief: Belief


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """A change of a fault's state."""

    at: Instant
    fault: str
    """Its name."""
    what: FaultState
    declared: Mapping[str, Any] | None = None
    """Of an injected one: what it is, as a scenario file has it."""
    why: str | None = None
    """Of a failed one."""
    saw: str | None = None
    """Of one that is armed because its condition has come true: what that was, in words."""


@dataclass(frozen=True, slots=True)
class FrameEntry:
    """Raw octets on a serial link."""

    at: Instant
    carrier: str
    direction: Direction
    octets: bytes


@dataclass(frozen=True, slots=True)
class BenchEntry:
    """What the bench did."""

    at: Instant
    event: BenchEvent


TimedEntry: TypeAlias = (
    RequestEntry | OutgoingEntry | NoteEntry | LedgerEntry[Event] | BeliefEntry | FaultEntry | FrameEntry | BenchEntry
)
"""Any line but the first one."""
Entry: TypeAlias = Header | TimedEntry
