"""A recorded device: the device's side of a journal, replayed to a live client.

While requests match the recording, recorded responses are replayed with their timing. The first request that does not match is
the divergence that is reported.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import field, replace

from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import (
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    GattDevice,
    Link,
    Outgoing,
    Peer,
    Read,
    Request,
    Secured,
    Write,
)
from isletbench.emulator.journal.entries import Entry, Header, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.messages import name_of
from isletbench.protocols.att import AttCode


class RecordingError(ValueError):
    """A journal that cannot be replayed; one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that the device sent, so long after the client's turn."""

    after: Span
    outgoing: Outgoing

    def again(self, link: Link) -> Outgoing:
        """The same to another client."""
        return replace(self.outgoing, link=link)


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
    return f"{name_of(kind)}{where}" + (f" {octets.hex(' ').upper()}" if octets else "")


def turns_of(entries: Iterable[Entry], device: str) -> list[Turn]:
    """What one device and its clients sent, turn by turn. Raises ``RecordingError`` for a journal without any of it."""
    turns: list[Turn] = []
    begun: tuple[int, Instant, Request] | None = None
    sent: list[Sent] = []

    def close() -> None:
        if begun is not None:
            turns.append(Turn(begun[0], begun[2], tuple(sent)))
        sent.clear()

    for line, entry in enumerate(entries):
        if isinstance(entry, RequestEntry) and entry.device == device and entry.stage is Stage.RECEIVED:
            if isinstance(entry.request, Connected | Read | Write):
                close()
                begun = line, entry.at, entry.request
        elif begun is None or not isinstance(entry, OutgoingEntry) or not isinstance(entry.outgoing, Outgoing):
            continue
        elif entry.device == device and entry.stage is Stage.REPLY_SENT:
            sent.append(Sent(max(0, entry.at - begun[1]), entry.outgoing))
    close()
    if not turns:
        raise RecordingError(f"the journal has nothing that a client said to {device}")
    return turns


@dataclass
class _Due:
    at: Instant
    outgoing: Outgoing


class RecordedDevice(GattDevice):
    """Stands in for ``device``: its attributes, its name on the air, and the messages of a recording."""

    def __init__(self, device: GattDevice, turns: Iterable[Turn]) -> None:
        super().__init__(device.name, device.machine, device.services, device.advertisement)
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
        return self._due[0].at if self._due else None

    def advance(self, now: Instant) -> list[Effect]:
        due: list[Effect] = []
        while self._due and self._due[0].at <= now:
            due.append(self._due.popleft().outgoing)
        self.on_turn()
        return due

    def receive(self, request: Request, now: Instant) -> list[Effect]:
        effects = self.advance(now)
        match request:
            case Connected():
                self.peers[request.link] = Peer(request.link, self.table, request.mtu, request.security, request.bonded)
                self._turn(request, now)
            case Secured() if request.link in self.peers:
                self.peers[request.link].security = request.security
            case Disconnected():
                self.peers.pop(request.link, None)
                self._due.clear()
            case Read(handle=handle) | Write(handle=handle):
                # what was sent before this turn in the recording is sent now: this client is faster than the recorded one
                effects += [due.outgoing for due in self._due]
                self._due.clear()
                if not self._turn(request, now) and getattr(request, "response", True):
                    effects.append(ErrorResponse(request.link, handle, AttCode.UNLIKELY_ERROR))
            case _:
                pass
        return effects + self.advance(now)

    def _turn(self, request: Request, now: Instant) -> bool:
        """Whether the request matches the recording; if so, what the recorded device sent is on its way."""
        if self.divergence is not None:
            return False
        if not self.turns:
            if not isinstance(request, Connected):
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
        self.divergence = Divergence(self.name, now, line, expected, _words(got))
        self._due.clear()


@dataclass
class Recording:
    """A journal to be replayed: what every device has to send."""

    entries: list[Entry]
    devices: dict[str, RecordedDevice] = field(default_factory=dict)

    @property
    def header(self) -> Header:
        """What run it is a journal of."""
        first = self.entries[0]
        assert isinstance(first, Header), "every journal begins with its header"
        return first

    def stand_in(self, device: GattDevice) -> GattDevice:
        """The recorded device in place of the one that would be there; one without any client in the journal stays as it is."""
        try:
            turns = turns_of(self.entries, device.name)
        except RecordingError:
            return device
        self.devices[device.name] = RecordedDevice(device, turns)
        return self.devices[device.name]

    def listen(self, on_turn: Callable[[], None]) -> None:
        """Call this whenever something was sent."""
        for device in self.devices.values():
            device.on_turn = on_turn

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be replayed to anyone, or a client has diverged from it."""
        return bool(self.divergences) or all(device.is_over for device in self.devices.values())

    @property
    def divergences(self) -> list[Divergence]:
        """Where clients have diverged from it, the first one first."""
        found = [device.divergence for device in self.devices.values() if device.divergence is not None]
        return sorted(found, key=lambda divergence: divergence.at)
