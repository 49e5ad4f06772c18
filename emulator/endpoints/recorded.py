"""What stands in a device's place while a journal is replayed: its attributes or its protocol, and recorded messages."""

from collections.abc import Iterator
from typing import TypeVar

from isletbench.emulator.core.endpoint import Endpoint, Link
from isletbench.emulator.core.octets import Command, Opened
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.personality import Face
from isletbench.emulator.endpoints.speaking import SpeakingDevice
from isletbench.emulator.gatt import (
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    GattDevice,
    Peer,
    Read,
    Request,
    Secured,
    Write,
)
from isletbench.emulator.journal.replay import ATTRIBUTES, COMMANDS, Playback, Recording
from isletbench.protocols.att import AttCode

E = TypeVar("E", bound=Endpoint)


def stand_in(recording: Recording, endpoint: E) -> E:
    """A recorded device in place of the one that would be there; one without any client in the journal stays as it is."""
    match endpoint:
        case SpeakingDevice(device=device, face=face, personality=personality):
            playback = recording.playback(endpoint.name, COMMANDS)
            shown = face if playback is None else RecordedFace(playback)
            return SpeakingDevice(stand_in(recording, device), shown, personality)  # type: ignore[return-value]  # E is this
        case GattDevice():
            playback = recording.playback(endpoint.name, ATTRIBUTES)
            return endpoint if playback is None else RecordedDevice(endpoint, playback)  # type: ignore[return-value]  # likewise
        case _:
            return endpoint


class RecordedDevice(GattDevice):
    """Stands in for ``device``: its attributes, its name on the air, and the messages of a recording."""

    def __init__(self, device: GattDevice, playback: Playback) -> None:
        super().__init__(device.name, device.machine, device.services, device.advertisement)
        self._playback = playback

    @property
    def next_deadline(self) -> Instant | None:
        return self._playback.next_deadline

    def advance(self, now: Instant) -> list[Effect]:
        return list(self._playback.due_by(now))  # type: ignore[arg-type]  # what was recorded of GATT

    def receive(self, request: Request, now: Instant) -> list[Effect]:
        effects = self.advance(now)
        match request:
            case Connected():
                self.peers[request.link] = Peer(request.link, self.table, request.mtu, request.security, request.bonded)
                self._playback.take(request, now)
            case Secured() if request.link in self.peers:
                self.peers[request.link].security = request.security
            case Disconnected():
                self.peers.pop(request.link, None)
                self._playback.drop()
            case Read(handle=handle) | Write(handle=handle):
                effects += self._playback.rest()  # type: ignore[arg-type]  # likewise
                if not self._playback.take(request, now) and getattr(request, "response", True):
                    effects.append(ErrorResponse(request.link, handle, AttCode.UNLIKELY_ERROR))
            case _:
                pass
        return effects + self.advance(now)


class RecordedFace(Face):
    """Stands in for the face of a device: whatever it has answered then it answers now. Other requests it does not answer."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    @property
    def next_deadline(self) -> Instant | None:
        """When the next message of the recording is due."""
        return self._playback.next_deadline

    def opened(self, link: Link, now: Instant) -> None:
        """A client has opened the port."""
        self._playback.take(Opened(link), now)

    def closed(self, link: Link, now: Instant) -> None:
        """The client has closed the port."""
        self._playback.drop()

    def receive(self, command: Command, now: Instant) -> Iterator[object]:  # type: ignore[override]  # octets are answers, too
        """Take one request."""
        yield from self._playback.rest()
        self._playback.take(command, now)
        yield from self._playback.due_by(now)

    def advance(self, now: Instant) -> list[object]:  # type: ignore[override]  # likewise
        """Send what is due."""
        return list(self._playback.due_by(now))
