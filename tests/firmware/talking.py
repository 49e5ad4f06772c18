"""A client of a subject, and two subjects as one of which the same is demanded."""

from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_client import UNSOLICITED, LinkClient
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.protocols import frames
from isletbench.protocols.att import AttError, Cccd
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameReader, FrameType, encode_frame
from isletbench.protocols.packet import encode
from tests.firmware.subjects import Subject


class Disagreement(AssertionError):
    """Firmware that says something else than the emulator."""


class Compared:
    """A subject beside the emulator: both are told the same and must say the same, octet for octet: else ``Disagreement``."""

    def __init__(self, reference: Subject, subject: Subject) -> None:
        self._reference, self._subject = reference, subject
        self.turns = 0
        """How often what both said has been compared."""

    @property
    def now(self) -> int:
        return self._reference.now

    def exchange(self, octets: bytes) -> bytes:
        said = self._reference.exchange(octets)
        self._same(f"to {octets.hex(' ')} ({_shown(octets)})", said, self._subject.exchange(octets))
        return said

    def advance(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> bytes:
        since = self.now
        said = self._reference.advance(now, mg_dl=mg_dl, occluded=occluded)
        heard = self._subject.advance(now, mg_dl=mg_dl, occluded=occluded)
        self._same(f"from {since} to {now} ms at {mg_dl} mg/dL{', occluded' if occluded else ''}", said, heard)
        return said

    def _same(self, when: str, said: bytes, heard: bytes) -> None:
        self.turns += 1
        if said != heard:
            raise Disagreement(
                f"{when}\n  the emulator says: {_shown(said)}\n  the firmware says: {_shown(heard)}\n"
                f"  in octets: {said.hex(' ')}\n  and:       {heard.hex(' ')}"
            )

    def close(self) -> None:
        self._reference.close()
        self._subject.close()


def _shown(octets: bytes) -> str:
    """Octets of the wire, for people."""
    reader = FrameReader()
    said = [_named(frame) for frame, _ in reader.feed(octets)]
    return "; ".join(said + ["something damaged"] * reader.damaged) or "nothing"


def _named(frame: Frame) -> str:
    known = frame.type in set(FrameType)
    name = FrameType(frame.type).name if known else f"type {frame.type:02X}"
    return f"{name} seq {frame.seq} handle {frame.handle} {frame.content.hex(' ')}".rstrip()


@dataclass
class Client:
    """One connection over the serial link. What the device tells is put into ``told`` as (characteristic, octets), and
    indications are confirmed at once unless ``confirms`` is false: then they wait in ``unconfirmed``."""

    subject: Subject
    service: int
    protected: bool = True
    confirms: bool = True
    told: list[tuple[Key, bytes]] = field(default_factory=list)
    unconfirmed: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        """Begin anew: HELLO, then the whole table."""
        self.link = LinkClient()
        self.e2e = E2eProtection(protected=self.protected)
        self.told.clear()
        self.unconfirmed.clear()
        self.hello = self.exchange(self.link.hello())
        handle: int | None = 1
        while handle is not None:
            handle = self.link.learn(self.exchange(self.link.request(FrameType.TABLE, handle)))

    def handle(self, characteristic: Characteristic, service: int | None = None) -> int:
        return self.link.entry(Key(service or self.service, characteristic.uuid)).handle

    # One request, one answer

    def exchange(self, frame: Frame) -> Frame:
        """The answer to a request. Raises ``AssertionError`` where there is not exactly one."""
        answers = [answer for answer in self.send(encode_frame(frame)) if self.link.answers(answer, frame)]
        assert len(answers) == 1, f"{len(answers)} answers to {_named(frame)}"
        return answers[0]

    def send(self, octets: bytes) -> list[Frame]:
        """Everything the device answers to these octets; what it tells goes to ``told``."""
        return self._take(self.subject.exchange(octets))

    def _take(self, octets: bytes) -> list[Frame]:
        answers = []
        for frame in self.link.receive(octets):
            if frame.type in UNSOLICITED:
                key = self.link.key_of(frame.handle)
                assert key is not None, f"news of handle {frame.handle}, which is not in the table"
                self.told.append((key, frame.content))
            else:
                answers.append(frame)
            if confirmation := self.link.confirmation(frame):
                if self.confirms:
                    answers += self.send(encode_frame(confirmation))
                else:
                    self.unconfirmed.append(confirmation)
        return answers

    def confirm(self) -> None:
        """Confirm the oldest indication that waits for it."""
        self.send(encode_frame(self.unconfirmed.pop(0)))

    # Values

    def read_octets(self, characteristic: Characteristic, service: int | None = None) -> bytes:
        """The value. Raises ``AttError``."""
        return self.link.result(self.exchange(self.link.request(FrameType.READ, self.handle(characteristic, service))))

    def read(self, characteristic: Characteristic, service: int | None = None) -> Any:
        """What the value means. Raises ``AttError``, ``WireError``."""
        return self.e2e.open(characteristic, self.read_octets(characteristic, service))

    def write_octets(self, characteristic: Characteristic, value: bytes, service: int | None = None) -> None:
        """Raises ``AttError``."""
        self.link.result(self.exchange(self.link.request(FrameType.WRITE, self.handle(characteristic, service), value)))

    def write(self, characteristic: Characteristic, content: Any, service: int | None = None) -> None:
        """Raises ``AttError``."""
        self.write_octets(characteristic, self.e2e.seal(characteristic, content), service)

    def subscribe(self, *characteristics: Characteristic, cccd: Cccd | None = None) -> None:
        """Ask to be told. Raises ``AttError``."""
        for characteristic in characteristics:
            entry = self.link.entry(Key(self.service, characteristic.uuid))
            request = self.link.subscribe(entry.handle, entry.properties)
            if cccd is not None:
                request = self.link.request(FrameType.SUBSCRIBE, entry.handle, encode(frames.Subscribe(cccd)))
            self.link.result(self.exchange(request))

    # Procedures

    def ask(self, point: Characteristic, operation: Any) -> Any:
        """Write an operation; what the device indicates at once. Raises ``AttError``."""
        return self.e2e.open(point, self.ask_octets(point, self.e2e.seal(point, operation)))

    def ask_octets(self, point: Characteristic, value: bytes) -> bytes:
        before = len(self.told)
        self.write_octets(point, value)
        answers = [index for index in range(before, len(self.told)) if self.told[index][0].uuid == point.uuid]
        assert len(answers) == 1, f"{len(answers)} answers to {value.hex(' ')} through {point.name}"
        return self.told.pop(answers[0])[1]

    def heard(self, characteristic: Characteristic) -> list[bytes]:
        """What was told of one characteristic, taken out of ``told``."""
        values = [value for key, value in self.told if key.uuid == characteristic.uuid]
        self.told = [(key, value) for key, value in self.told if key.uuid != characteristic.uuid]
        return values

    # Time

    def pass_to(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> None:
        """Let time pass; what is indicated meanwhile is confirmed at its end."""
        answers = self._take(self.subject.advance(now, mg_dl=mg_dl, occluded=occluded))
        assert answers == [], f"answers to nothing: {'; '.join(map(_named, answers))}"

    def wait(self, span: int, *, mg_dl: int = 100, occluded: bool = False) -> None:
        self.pass_to(self.subject.now + span, mg_dl=mg_dl, occluded=occluded)


def attempt(act: Any, *arguments: Any, **named: Any) -> Any:
    """What comes of an act: its result, or the refusal's code."""
    try:
        return act(*arguments, **named)
    except AttError as refused:
        return refused.code
    except WireError as error:
        return str(error)
