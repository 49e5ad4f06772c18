"""A device that says again what one said before: the device's side of a journal, played against a live client.

As long as the client says what was said then, it hears what was heard then, in the same time. Where it says something else, or
says it elsewhere, the two part; the first such place is what one wants to know.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.gatt import (
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    GattDevice,
    Indicate,
    Link,
    Notify,
    Outgoing,
    Peer,
    Read,
    ReadResponse,
    Request,
    Secured,
    Write,
    WriteResponse,
)
from isletbench.protocols.att import AttCode
from isletbench.protocols.error_codes import error_code_named


class RecordingError(ValueError):
    """A journal that cannot be played; one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something the device said."""

    after: Span
    """So long after the client's turn."""
    kind: str
    handle: int
    octets: bytes
    code: str
    """Of an error."""

    def again(self, link: Link, service: int | None) -> Outgoing:
        """The same to another client. Raises ``RecordingError`` for what no device says."""
        match self.kind:
            case "read_response":
                return ReadResponse(link, self.handle, self.octets)
            case "write_response":
                return WriteResponse(link, self.handle)
            case "notify":
                return Notify(link, self.handle, self.octets)
            case "indicate":
                return Indicate(link, self.handle, self.octets)
            case "error_response":
                return ErrorResponse(link, self.handle, error_code_named(self.code, service))
            case _:
                raise RecordingError(f"the journal says {self.kind!r}, which no device says")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something a client said, and what it and everybody heard from the device until the client's next turn."""

    line: int
    """Of the journal."""
    kind: str
    """``read``, ``write``, ``connected``."""
    handle: int
    octets: bytes
    response: bool
    heard: tuple[Heard, ...]

    def __str__(self) -> str:
        return _words(self.kind, self.handle, self.octets)


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a client parted from the recording."""

    device: str
    at: Instant
    line: int
    """Of the journal: what was said there then."""
    expected: str
    got: str


def _words(kind: str, handle: int, octets: bytes) -> str:
    where = f" of attribute 0x{handle:04X}" if handle else ""
    return f"{kind}{where}" + (f" {octets.hex(' ').upper()}" if octets else "")


def turns_of(entries: Iterable[Mapping[str, Any]], device: str) -> list[Turn]:
    """What one device and its clients said, turn by turn. Raises ``RecordingError`` for a journal without any of it."""
    turns: list[Turn] = []
    begun: tuple[int, Mapping[str, Any]] | None = None
    heard: list[Heard] = []

    def close() -> None:
        if begun is not None:
            line, entry = begun
            octets = bytes.fromhex(entry.get("octets", ""))
            response = bool(entry.get("response", True))
            turns.append(Turn(line, entry["in"], entry.get("handle", 0), octets, response, tuple(heard)))
        heard.clear()

    for line, entry in enumerate(entries):
        if entry.get("device") != device:
            continue
        if entry.get("in") in {"connected", "read", "write"} and entry.get("stage") == "received":
            close()
            begun = line, entry
        elif "out" in entry and entry.get("stage") == "reply_sent" and begun is not None:
            after = max(0, entry["t"] - begun[1]["t"])
            octets = bytes.fromhex(entry.get("octets", ""))
            heard.append(Heard(after, entry["out"], entry["handle"], octets, entry.get("code", "")))
    close()
    if not turns:
        raise RecordingError(f"the journal has nothing that a client said to {device}")
    return turns


@dataclass
class _Due:
    at: Instant
    outgoing: Outgoing


class RecordedDevice(GattDevice):
    """Stands in for ``device``: its attributes, its name on the air, and the words of a recording."""

    def __init__(self, device: GattDevice, turns: Iterable[Turn]) -> None:
        super().__init__(device.name, device.machine, device.services, device.advertisement)
        self.turns: deque[Turn] = deque(turns)
        self.divergence: Divergence | None = None
        self.on_turn: Callable[[], None] = lambda: None
        """Called whenever something has been said."""
        self.played = 0
        """How many turns the client has taken as they were taken then."""
        self._due: deque[_Due] = deque()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to be said, or the client has parted from the recording."""
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
                self._turn(request.link, "connected", 0, b"", now)
            case Secured() if request.link in self.peers:
                self.peers[request.link].security = request.security
            case Disconnected():
                self.peers.pop(request.link, None)
                self._due.clear()
            case Read(handle=handle) | Write(handle=handle):
                # what was still to come before this turn comes now: this client is faster than the one then
                effects += [due.outgoing for due in self._due]
                self._due.clear()
                octets = request.value if isinstance(request, Write) else b""
                kind = "write" if isinstance(request, Write) else "read"
                if not self._turn(request.link, kind, handle, octets, now) and getattr(request, "response", True):
                    effects.append(ErrorResponse(request.link, handle, AttCode.UNLIKELY_ERROR))
            case _:
                pass
        return effects + self.advance(now)

    def _turn(self, link: Link, kind: str, handle: int, octets: bytes, now: Instant) -> bool:
        """Whether the client says what was said then; if so, what was heard then is on its way."""
        if self.divergence is not None:
            return False
        if not self.turns:
            if kind != "connected":
                self._part(now, "nothing more", _words(kind, handle, octets), 0)
            return False
        turn = self.turns[0]
        if (turn.kind, turn.handle, turn.octets) != (kind, handle, octets):
            self._part(now, str(turn), _words(kind, handle, octets), turn.line)
            return False
        self.turns.popleft()
        self.played += 1
        attribute = self.table.by_handle.get(handle)
        service = attribute.service.uuid if attribute else None
        self._due.extend(_Due(now + heard.after, heard.again(link, service)) for heard in turn.heard)
        return True

    def _part(self, now: Instant, expected: str, got: str, line: int) -> None:
        self.divergence = Divergence(self.name, now, line, expected, got)
        self._due.clear()


@dataclass
class Recording:
    """A journal to be played: what every device has to say."""

    entries: list[dict[str, Any]]
    devices: dict[str, RecordedDevice] = field(default_factory=dict)

    @property
    def header(self) -> dict[str, Any]:
        return self.entries[0]

    def stand_in(self, device: GattDevice) -> GattDevice:
        """The recorded device in place of the one that would be there; one that nobody spoke to stays as it is."""
        try:
            turns = turns_of(self.entries, device.name)
        except RecordingError:
            return device
        self.devices[device.name] = RecordedDevice(device, turns)
        return self.devices[device.name]

    def listen(self, on_turn: Callable[[], None]) -> None:
        """Call this whenever something has been said."""
        for device in self.devices.values():
            device.on_turn = on_turn

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be said by anyone, or somebody has parted from it."""
        return bool(self.divergences) or all(device.is_over for device in self.devices.values())

    @property
    def divergences(self) -> list[Divergence]:
        """Where clients have parted from it, the first one first."""
        found = [device.divergence for device in self.devices.values() if device.divergence is not None]
        return sorted(found, key=lambda divergence: divergence.at)
