"""What a client may do to a device, step by step: plain values, so that a failing script can be read and pasted into a test."""

from dataclasses import dataclass, fields

from isletbench.emulator.core.quantities import minutes
from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.att import Cccd, Property
from isletbench.protocols.frames import Frame, FrameType, encode_frame
from tests.firmware.talking import Client

WRITABLE = (
    cgms.SPECIFIC_OPS_POINT,
    cgms.RECORD_ACCESS,
    cgms.SESSION_START_TIME,
    ids.COMMAND_POINT,
    ids.STATUS_READER_POINT,
    ids.RECORD_ACCESS,
    companions.TIME,
    companions.LOCAL_TIME,
    companions.ALERT_LEVEL,
    companions.BOND_POINT,
)
_POINTS = {point.uuid: point for point in WRITABLE}


class Step:
    """Something a client does. It shows itself without what is as usual."""

    def play(self, client: Client) -> None:
        """Do it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        said = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value, usual in said if value != usual)})"


@dataclass(frozen=True, repr=False)
class Octets(Step):
    """Whatever may be on a wire."""

    octets: bytes

    def play(self, client: Client) -> None:
        client.send(self.octets)


@dataclass(frozen=True, repr=False)
class Send(Step):
    """A whole frame; ``step`` numbers are skipped before it, 0 is the next one, -1 the last one again."""

    type: int
    handle: int
    content: bytes = b""
    skip: int = 0
    flip: int | None = None
    """The bit of the octets on the wire that is turned over."""

    def play(self, client: Client) -> None:
        seq = (client.link.request(FrameType.READ).seq + self.skip) % 256
        wire = bytearray(encode_frame(Frame(self.type, seq, self.handle, self.content)))
        if self.flip is not None:
            wire[self.flip // 8 % len(wire)] ^= 1 << self.flip % 8
        client.send(bytes(wire))


@dataclass(frozen=True, repr=False)
class Hello(Step):
    """Begin anew."""

    def play(self, client: Client) -> None:
        client.connect()


@dataclass(frozen=True, repr=False)
class Listen(Step):
    """Ask to be told of everything, or of nothing any more."""

    on: bool = True

    def play(self, client: Client) -> None:
        for key, entry in client.link.table.items():
            if entry.cccd and key.service == client.service:
                wanted = Cccd.NOTIFY if entry.properties & Property.NOTIFY else Cccd.INDICATE
                content = (wanted if self.on else Cccd.OFF).to_bytes(2, "little")
                client.exchange(client.link.request(FrameType.SUBSCRIBE, entry.handle, content))


@dataclass(frozen=True, repr=False)
class Operate(Step):
    """Write octets to a characteristic, protected as it demands, or not quite."""

    uuid: int
    payload: bytes
    bare: bool = False
    """Without CRC and counter."""
    again: bool = False
    """With the counter of the last one."""
    spoil: int | None = None
    """The bit of the value that is turned over."""
    response: bool = True
    confirms: bool = True
    """Every indication that waits, afterwards."""

    def play(self, client: Client) -> None:
        point = _POINTS[self.uuid]
        value = self.payload
        if self.again:
            client.e2e._sent[self.uuid] = (client.e2e._sent.get(self.uuid, 0) + 254) % 255
        if not self.bare:
            value = client.e2e.seal_octets(point, value)
        if self.spoil is not None and value:
            place, bit = self.spoil // 8 % len(value), self.spoil % 8
            value = value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]
        handle = next(entry.handle for key, entry in client.link.table.items() if key.uuid == self.uuid)
        kind = FrameType.WRITE if self.response else FrameType.WRITE_CMD
        client.send(encode_frame(client.link.request(kind, handle, value)))
        while self.confirms and client.unconfirmed:
            client.confirm()


@dataclass(frozen=True, repr=False)
class Confirm(Step):
    """Confirm an indication, if one waits; with the wrong number, or for the wrong handle."""

    seq: int = 0
    handle: int = 0

    def play(self, client: Client) -> None:
        if client.unconfirmed:
            right = client.unconfirmed[0]
            if not (self.seq or self.handle):
                client.unconfirmed.pop(0)
            client.send(encode_frame(Frame(right.type, (right.seq + self.seq) % 256, right.handle + self.handle)))


@dataclass(frozen=True, repr=False)
class Wait(Step):
    """Let time pass, ms."""

    span: int
    mg_dl: int = 100
    occluded: bool = False

    def play(self, client: Client) -> None:
        client.wait(self.span, mg_dl=self.mg_dl, occluded=self.occluded)


def play(script: list[Step], client: Client) -> None:
    """A whole script. Raises ``Disagreement``."""
    client.confirms = False
    for step in script:
        step.play(client)
    client.confirms = True
    client.wait(minutes(1))
    for key, entry in client.link.table.items():
        if entry.properties & Property.READ and key.service == client.service:
            client.exchange(client.link.request(FrameType.READ, entry.handle))
