"""The device's side of a journal, replayed to a live client.

While requests match the recording, recorded responses are replayed with their timing. The first request that does not match is
the divergence that is reported. What stands in a device's place meanwhile is in ``endpoints.recorded``.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass as mutable
from dataclasses import field, replace

from isletbench.emulator.core.endpoint import Link, Outgoing, Request
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.octets import Answer, Command, Octets, Opened
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import Connected, Read, Write
from isletbench.emulator.journal.entries import Entry, Header, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.messages import name_of

ATTRIBUTES = (Connected, Read, Write)
"""The requests that begin the turns of a client of GATT services."""
COMMANDS = (Opened, Command)
"""Those of a client of an existing protocol."""


class RecordingError(ValueError):
    """A journal that cannot be replayed; one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that the device sent, so long after the client's turn."""

    after: Span
    outgoing: Outgoing

    def again(self, link: Link) -> Outgoing:
        """The same to another client."""
        again: Outgoing = replace(self.outgoing, link=link)  # type: ignore[type-var]  # every message is a dataclass
        return again


@dataclass(frozen=True, slots=True)
class Turn:
    """A request of a client, and what the device sent until the client's next one."""

    line: int
    """Of the journal."""
    request: Request
    sent: tuple[Sent, ...]

    def __str__(self) -> str:
        return _words(self.request)

    def matches(self, request: Request) -> bool:
        """Whether a client sends the same, on whatever connection."""
        return _content(self.request) == _content(request)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first request of a client that does not match the recording."""

    device: str
    at: Instant
    line: int
    """Of the journal: what was sent there."""
    expected: str
    got: str


def _content(request: Request) -> tuple[type[Request], int, bytes]:
    return type(request), getattr(request, "handle", 0), getattr(request, "value", b"")


def _words(request: Request) -> str:
    kind, handle, octets = _content(request)
    where = f" of attribute 0x{handle:04X}" if handle else ""
    asked = f" {request.operation}" if isinstance(request, Command) else ""
    return f"{name_of(kind)}{where}{asked}" + (f" {octets.hex(' ').upper()}" if octets else "")


def _is_of(kinds: tuple[type[Request], ...], outgoing: Outgoing) -> bool:
    """Whether a message belongs to turns that begin with these requests: octets to commands, everything else to attributes."""
    return isinstance(outgoing, Answer | Octets) is (kinds == COMMANDS)


def turns_of(entries: Iterable[Entry], device: str, kinds: tuple[type[Request], ...] = ATTRIBUTES) -> list[Turn]:
    """What one device and its clients sent, turn by turn: a turn begins with a request of these kinds. Raises
    ``RecordingError`` for a journal without any of it."""
    turns: list[Turn] = []
    begun: tuple[int, Instant, Request] | None = None
    sent: list[Sent] = []

    def close() -> None:
        if begun is not None:
            turns.append(Turn(begun[0], begun[2], tuple(sent)))
        sent.clear()

    for line, entry in enumerate(entries):
        if isinstance(entry, RequestEntry) and entry.device == device and entry.stage is Stage.RECEIVED:
            if isinstance(entry.request, kinds):
                close()
                begun = line, entry.at, entry.request
        elif begun is None or not isinstance(entry, OutgoingEntry) or not isinstance(entry.outgoing, Outgoing):
            continue
        elif entry.device == device and entry.stage is Stage.REPLY_SENT and _is_of(kinds, entry.outgoing):
            sent.append(Sent(max(0, entry.at - begun[1]), entry.outgoing))
    close()
    if not turns:
        raise RecordingError(f"the journal has nothing that a client said to {device}")
    return turns


@mutable
class _Due:
    at: Instant
    outgoing: Outgoing


class Playback:
    """The turns of one device that are replayed, and how far a live client has come."""

    def __init__(self, device: str, turns: Iterable[Turn]) -> None:
        self.device = device
        self.turns: deque[Turn] = deque(turns)
        self.divergence: Divergence | None = None
        self.on_turn: Callable[[], None] = lambda: None
        """Called whenever something was sent."""
        self.played = 0
        """How many requests of the client have matched the recording."""
        self._due: deque[_Due] = deque()

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be replayed, or the client has diverged from the recording."""
        return self.divergence is not None or not (self.turns or self._due)

    @property
    def next_deadline(self) -> Instant | None:
        """When the next message is due."""
        return self._due[0].at if self._due else None

    def due_by(self, now: Instant) -> list[Outgoing]:
        """The messages that are due by now."""
        due = []
        while self._due and self._due[0].at <= now:
            due.append(self._due.popleft().outgoing)
        self.on_turn()
        return due

    def rest(self) -> list[Outgoing]:
        """What was sent before the next turn in the recording, and is sent now: this client is faster than the recorded one."""
        rest = [due.outgoing for due in self._due]
        self._due.clear()
        return rest

    def drop(self) -> None:
        """Send nothing more of this turn: the client has gone."""
        self._due.clear()

    def take(self, request: Request, now: Instant) -> bool:
        """Whether the request matches the recording; if so, what the recorded device sent is on its way."""
        if self.divergence is not None:
            return False
        if not self.turns:
            if not request.opens_link:
                self._diverge(now, "nothing more", request, 0)
            return False
        turn = self.turns[0]
        if not turn.matches(request):
            self._diverge(now, str(turn), request, turn.line)
            return False
        self.turns.popleft()
        self.played += 1
        self._due.extend(_Due(now + sent.after, sent.again(request.link)) for sent in turn.sent)
        return True

    def _diverge(self, now: Instant, expected: str, got: Request, line: int) -> None:
        self.divergence = Divergence(self.device, now, line, expected, _words(got))
        self._due.clear()


@mutable
class Recording:
    """A journal to be replayed: what every device has to send."""

    entries: list[Entry]
    playbacks: list[Playback] = field(default_factory=list)
    """Of every device that something is replayed of: one for its services, one for the protocol on its port."""

    @property
    def header(self) -> Header:
        """What run it is a journal of."""
        first = self.entries[0]
        assert isinstance(first, Header), "every journal begins with its header"
        return first

    def playback(self, device: str, kinds: tuple[type[Request], ...]) -> Playback | None:
        """What is replayed of a device, for clients whose turns begin with these requests; None where the journal has none."""
        try:
            turns = turns_of(self.entries, device, kinds)
        except RecordingError:
            return None
        self.playbacks.append(Playback(device, turns))
        return self.playbacks[-1]

    def listen(self, on_turn: Callable[[], None]) -> None:
        """Call this whenever something was sent."""
        for playback in self.playbacks:
            playback.on_turn = on_turn

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be replayed to anyone, or a client has diverged from it."""
        return bool(self.divergences) or all(playback.is_over for playback in self.playbacks)

    @property
    def divergences(self) -> list[Divergence]:
        """Where clients have diverged from it, the first one first."""
        found = [playback.divergence for playback in self.playbacks if playback.divergence is not None]
        return sorted(found, key=lambda divergence: divergence.at)
