"""Scripts of what a client may do to a device, drawn at random: sensible, nearly sensible, and senseless.

A step is a plain value, so that a failing script can be read, and pasted into a test.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum, IntFlag
from typing import Any, Protocol

from hypothesis import strategies as st

from emulator.quantities import days, hours, minutes
from protocols import cgms, companions, ids, racp
from protocols.att import AttError, Cccd, Property
from protocols.characteristic import Characteristic
from protocols.errors import Unencodable
from protocols.fields import Number, Special
from protocols.frames import Frame, FrameType, encode_frame
from protocols.packet import ControlPoint
from tests.firmware.talking import Client


class Step(Protocol):
    """Something a client does."""

    def play(self, client: Client) -> None:
        """Do it."""


@dataclass(frozen=True)
class Octets:
    """Whatever may be on a wire."""

    octets: bytes

    def play(self, client: Client) -> None:
        client.send(self.octets)


@dataclass(frozen=True)
class Send:
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


@dataclass(frozen=True)
class Hello:
    """Begin anew."""

    def play(self, client: Client) -> None:
        client.connect()


@dataclass(frozen=True)
class Listen:
    """Ask to be told of everything, or of nothing any more."""

    on: bool = True

    def play(self, client: Client) -> None:
        for key, entry in client.link.table.items():
            if entry.cccd and key.service == client.service:
                wanted = Cccd.NOTIFY if entry.properties & Property.NOTIFY else Cccd.INDICATE
                content = (wanted if self.on else Cccd.OFF).to_bytes(2, "little")
                client.exchange(client.link.request(FrameType.SUBSCRIBE, entry.handle, content))


@dataclass(frozen=True)
class Operate:
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

    def play(self, client: Client) -> None:
        point = _POINTS[self.uuid]
        value = self.payload
        if self.again:
            client.seals._sent[self.uuid] = (client.seals._sent.get(self.uuid, 0) + 254) % 255
        if not self.bare:
            value = client.seals.seal_octets(point, value)
        if self.spoil is not None and value:
            place, bit = self.spoil // 8 % len(value), self.spoil % 8
            value = value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]
        handle = next(entry.handle for key, entry in client.link.table.items() if key.uuid == self.uuid)
        kind = FrameType.WRITE if self.response else FrameType.WRITE_CMD
        client.send(encode_frame(client.link.request(kind, handle, value)))


@dataclass(frozen=True)
class Confirm:
    """Confirm an indication, if one waits; with the wrong number, or for the wrong handle."""

    seq: int = 0
    handle: int = 0

    def play(self, client: Client) -> None:
        if client.unconfirmed:
            right = client.unconfirmed[0]
            if not (self.seq or self.handle):
                client.unconfirmed.pop(0)
            client.send(encode_frame(Frame(right.type, (right.seq + self.seq) % 256, right.handle + self.handle)))


@dataclass(frozen=True)
class Wait:
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
            try:
                client.exchange(client.link.request(FrameType.READ, entry.handle))
            except AttError:
                continue


# --- values, drawn by their types ----------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.sampled_from(
        [0.0, 0.05, 0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 20.0, 30.0, 70.0, 100.0, 180.0, 250.0, 500.0, -1.0, -3.0, 0.01, 31.0]
    ),
    st.integers(0, 600).map(lambda n: n / 20),
    st.sampled_from(list(Special)),
)
INTEGERS = st.one_of(
    st.integers(0, 5), st.sampled_from([10, 15, 30, 59, 60, 61, 120, 254, 255, 256, 1439, 1440, 1441, 0xFFFE, 0xFFFF])
)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of ``protocols``: an operation, an enumeration, a number."""
    if kind == Number:
        return NUMBERS
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return st.one_of(*map(values, typing.get_args(kind)))
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)
        return st.lists(values(inner[0]), max_size=4).map(tuple) if inner[-1] is ... else st.tuples(*map(values, inner))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})
    if issubclass(kind, IntFlag):
        return st.integers(0, (1 << max(member.bit_length() for member in kind)) - 1).map(kind)
    if issubclass(kind, IntEnum):
        return st.sampled_from(list(kind))
    return {
        int: INTEGERS,
        bool: st.booleans(),
        float: st.just(1.0),
        bytes: st.binary(max_size=3),
        Special: st.sampled_from(list(Special)),
        type(None): st.none(),
    }[kind]


def _octets_of(point: Characteristic) -> Callable[[Any], bytes]:
    def octets(content: Any) -> bytes:
        try:
            return point.encode_payload(content)
        except Unencodable:
            return b"\0"

    return octets


def _requests(dialect: racp.Dialect) -> st.SearchStrategy[racp.Request]:
    numbers = st.one_of(st.none(), st.integers(0, 40), st.sampled_from([0xFFFF]))
    filters = st.one_of(st.none(), st.sampled_from([int(kind) for kind in dialect.filters]))
    selection = st.builds(racp.Selection, st.sampled_from(list(racp.Operator)), filters, numbers, numbers)
    return st.builds(racp.Request, st.sampled_from([o for o in racp.Operation if o in dialect.opcodes]), selection)


OFTEN: Mapping[int, tuple[type, ...]] = {
    cgms.SPECIFIC_OPS_POINT.uuid: (cgms.StartSession, cgms.StopSession, cgms.SetCommunicationInterval),
    ids.STATUS_READER_POINT.uuid: (ids.GetActiveBolusDelivery, ids.GetActiveBolusIds, ids.ResetStatus),
    ids.COMMAND_POINT.uuid: (
        ids.SetBolus,
        ids.CancelBolus,
        ids.SetTbrAdjustment,
        ids.CancelTbrAdjustment,
        ids.SetTherapyControlState,
        ids.ConfirmAnnunciation,
    ),
}
"""Operations that change most."""


def payloads(point: Characteristic) -> st.SearchStrategy[bytes]:
    """What may be written to a characteristic: right, bent, cut, and anything."""
    if isinstance(point.layout, ControlPoint):
        every = list(point.layout.operations.values())
        contents: st.SearchStrategy[Any] = st.sampled_from([*every, *OFTEN.get(point.uuid, ()) * 8]).flatmap(values)
    elif isinstance(point.layout, racp.Dialect):
        contents = _requests(point.layout)
    else:
        contents = values(point.layout)
    right = contents.map(_octets_of(point))
    return st.one_of(
        right,
        right,
        right,
        st.builds(lambda octets, end: octets[:-end], right, st.integers(1, 4)),
        st.builds(lambda octets, more: octets + more, right, st.binary(min_size=1, max_size=4)),
        st.builds(_bent, right, st.integers(0, 400)),
        st.binary(max_size=24),
    )


def _bent(octets: bytes, bit: int) -> bytes:
    if not octets:
        return octets
    place = bit // 8 % len(octets)
    return octets[:place] + bytes([octets[place] ^ 1 << bit % 8]) + octets[place + 1 :]


# --- steps ---------------------------------------------------------------------------------------------------------

WRITABLE: Mapping[str, tuple[Characteristic, ...]] = {
    "cgm": (
        *(cgms.SPECIFIC_OPS_POINT,) * 4,
        *(cgms.RECORD_ACCESS,) * 3,
        cgms.SESSION_START_TIME,
        companions.TIME,
        companions.LOCAL_TIME,
        companions.BOND_POINT,
    ),
    "pump": (
        *(ids.COMMAND_POINT,) * 6,
        *(ids.STATUS_READER_POINT,) * 2,
        *(ids.RECORD_ACCESS,) * 2,
        companions.TIME,
        companions.LOCAL_TIME,
        companions.ALERT_LEVEL,
        companions.BOND_POINT,
    ),
}
_POINTS = {point.uuid: point for points in WRITABLE.values() for point in points}
PINS = {"cgm": st.just(False), "pump": st.sampled_from([False, False, False, True])}
SPANS = st.one_of(
    st.sampled_from([0, 1, 7, 8, 9, 100, 2_000, minutes(1), minutes(5), minutes(15), hours(1), hours(6)]),
    st.integers(0, minutes(10)),
    st.sampled_from([days(1)]),
)
HANDLES = st.one_of(st.integers(0, 62), st.sampled_from([0xFFFF, 0x0100]))
FLIPS = st.one_of(st.none(), st.none(), st.none(), st.integers(0, 4_000))


def steps(device: str) -> st.SearchStrategy[Step]:
    """One thing a client may do to this device."""
    points = WRITABLE[device]
    mostly_no = st.sampled_from([False] * 9 + [True])
    operate = st.sampled_from(points).flatmap(
        lambda point: st.builds(
            Operate,
            st.just(point.uuid),
            payloads(point),
            bare=mostly_no,
            again=mostly_no,
            spoil=st.one_of(*[st.none()] * 9, st.integers(0, 300)),
            response=st.sampled_from([True] * 9 + [False]),
        )
    )
    kinds = st.one_of(st.sampled_from([int(kind) for kind in FrameType]), st.integers(0, 255))
    contents = st.one_of(st.just(b""), st.binary(max_size=4), st.binary(max_size=520))
    return st.one_of(
        operate,
        operate,
        operate,
        st.builds(Confirm),
        st.builds(Confirm),
        st.builds(Confirm, st.integers(0, 2), st.integers(0, 1)),
        st.builds(Wait, SPANS, st.integers(20, 450), PINS[device]),
        st.builds(Wait, SPANS, st.just(100), st.just(False)),
        st.builds(Send, kinds, HANDLES, contents, st.sampled_from([0, 0, 0, -1, -1, 5]), FLIPS),
        st.builds(Send, st.just(int(FrameType.READ)), HANDLES),
        st.builds(Octets, st.binary(max_size=40)),
        st.builds(Listen, st.sampled_from([True, True, False])),
        st.builds(Hello),
    )


def scripts(device: str, longest: int = 30) -> st.SearchStrategy[list[Step]]:
    """What a client may do, from power-up on; most begin by listening."""
    begin: st.SearchStrategy[list[Step]] = st.sampled_from([[Listen()], [Listen()], [Listen()], []])
    return st.builds(lambda first, rest: first + rest, begin, st.lists(steps(device), max_size=longest))
