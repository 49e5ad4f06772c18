"""The serial link's frames: GATT operations over a byte stream. ``docs/serial-link.md`` is the device manual of the same.

    wire  = COBS( frame ) 00
    frame = type u8 | seq u8 | handle u16 | content 0..513 | crc u16 (CRC-16/MCRF4XX over all before it)

Everything is little endian. COBS (Cheshire and Baker, 1999) leaves no 00 inside a frame, so a receiver that lost its place
is back at the next 00; the CRC is the one that CGMS and IDS put inside their values.
"""

import struct
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

from cobs import cobs
from construct import GreedyBytes, GreedyRange, GreedyString, Int8ul, Int16ul, Struct

from isletbench.protocols.att import Property
from isletbench.protocols.e2e import CRC_SIZE, check_crc, with_crc
from isletbench.protocols.error_codes import ERROR_STATUS
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.fields import Enumerated, Flagged
from isletbench.protocols.packet import packet, struct_of, wire

VERSION = 1
"""Of the link."""
MAX_VALUE = 512
"""Core Vol 3, Part F, 3.2.9: the longest attribute value."""
MAX_CONTENT = 1 + MAX_VALUE
"""The longest content of a frame: a status octet and a value."""
MAX_WIRE = 4 + MAX_CONTENT + 2 + 3 + 1
"""The longest frame on the wire: header, content, CRC, the most COBS adds to 519 octets, 00."""


class FrameType(IntEnum):
    """What a frame is. A response's type is its request's plus one."""

    HELLO = 0x01
    HELLO_RSP = 0x02
    TABLE = 0x10
    TABLE_RSP = 0x11
    READ = 0x20
    READ_RSP = 0x21
    WRITE = 0x22
    WRITE_RSP = 0x23
    WRITE_CMD = 0x24
    SUBSCRIBE = 0x26
    SUBSCRIBE_RSP = 0x27
    NOTIFY = 0x30
    INDICATE = 0x31
    CONFIRM = 0x32
    ERROR = 0x7F


FROM_DEVICE = frozenset(
    {
        FrameType.HELLO_RSP,
        FrameType.TABLE_RSP,
        FrameType.READ_RSP,
        FrameType.WRITE_RSP,
        FrameType.SUBSCRIBE_RSP,
        FrameType.NOTIFY,
        FrameType.INDICATE,
        FrameType.ERROR,
    }
)
"""What only a device sends. A device that hears one hears itself (an echoing line) or a second device, and says nothing."""


class LinkError(IntEnum):
    """Why the device sends ERROR: the frame itself was fine, what it asks is not."""

    UNKNOWN_TYPE = 0x01
    """No request has this type."""
    NO_CONNECTION = 0x02
    """HELLO comes first."""
    MALFORMED = 0x03
    """The content does not have the layout of its type."""
    BUSY = 0x04
    """An earlier request is not answered yet, and this is another one."""


class Frame(NamedTuple):
    """One frame. ``type`` is the raw octet, for it may be an unknown one; ``seq`` 0..255; ``handle`` 0 where none is meant."""

    type: int
    seq: int
    handle: int = 0
    content: bytes = b""


@packet
class Hello:
    """A new connection: whatever an earlier one had subscribed or counted is forgotten."""

    version: int = wire(Int8ul, "version of the link the client speaks")


@packet
class HelloResponse:
    """Who answers. ``table_hash`` changes when the handle table does, so a client may keep what it has discovered."""

    version: int = wire(Int8ul, "version of the link the device speaks")
    max_value: int = wire(Int16ul, "octets, the longest value in either direction")
    table_hash: int = wire(Int16ul, "CRC-16/MCRF4XX over the whole handle table as TABLE_RSP sends it")
    name: str = wire(GreedyString("utf8"), "the device's name")


@packet
class TableEntry:
    """One characteristic of the device."""

    service: int = wire(Int16ul, "UUID of its service")
    uuid: int = wire(Int16ul, "UUID")
    properties: Property = wire(Flagged(Int8ul, Property), "what may be done with it")
    handle: int = wire(Int16ul, "of its value")
    cccd: int = wire(Int16ul, "handle of its client characteristic configuration, 0 when it has none")


ENTRY_SIZE = struct_of(TableEntry).sizeof()
ENTRIES_PER_FRAME = MAX_CONTENT // ENTRY_SIZE


@packet
class TableResponse:
    """The characteristics from the handle that was asked for on, in ascending order; none when there are no more."""

    entries: tuple[TableEntry, ...] = wire(GreedyRange(struct_of(TableEntry)), "characteristics")


@packet
class ReadResponse:
    """The value, or why not."""

    status: int = wire(ERROR_STATUS, "ATT error code, 0 for success")
    value: bytes = wire(GreedyBytes, "the value; empty unless successful")


@packet
class StatusResponse:
    """Answer to WRITE and SUBSCRIBE."""

    status: int = wire(ERROR_STATUS, "ATT error code, 0 for success")


@packet
class Subscribe:
    """What to be told of the characteristic whose value handle the frame names."""

    cccd: int = wire(Int16ul, "0 off, 1 notifications, 2 indications")


@packet
class Error:
    """The frame was intact, but the device cannot make sense of it."""

    code: LinkError = wire(Enumerated(Int8ul, LinkError), "why")
    offending: int = wire(Int8ul, "type of the frame at fault")


HEADER = Struct("type" / Int8ul, "seq" / Int8ul, "handle" / Int16ul)
"""What every frame begins with."""
_HEADER = struct.Struct("<" + "".join({1: "B", 2: "H"}[field.sizeof()] for field in HEADER.subcons))
"""The same, compiled from the declaration."""
_LEAST, _MOST = _HEADER.size + CRC_SIZE, _HEADER.size + MAX_CONTENT + CRC_SIZE
_END = b"\x00"


def encode_frame(frame: Frame) -> bytes:
    """The octets on the wire, the ending 00 included. Raises ``Unencodable`` for more content than fits."""
    kind, seq, handle, content = frame
    if len(content) > MAX_CONTENT:
        problem = f"{len(content)} octets are more than {MAX_CONTENT}"
        raise Unencodable(problem, layout="Frame", field="content")
    octets: bytes = cobs.encode(with_crc(_HEADER.pack(kind, seq, handle) + content))
    return octets + _END


def decode_frame(octets: bytes) -> Frame:
    """The frame between two 00 octets. Raises ``WireError`` when it is damaged."""
    try:
        plain: bytes = cobs.decode(octets)
    except cobs.DecodeError as error:
        raise WireError(f"not COBS: {error}", octets=octets, layout="Frame") from None
    try:
        check_crc(plain)
    except WireError as error:
        raise error.within("Frame", octets) from None
    if not _LEAST <= len(plain) <= _MOST:
        least, most, found = (size - CRC_SIZE for size in (_LEAST, _MOST, len(plain)))
        problem = f"expected {least} to {most} octets before the CRC, got {found}"
        raise WireError(problem, octets=octets, layout="Frame")
    kind, seq, handle = _HEADER.unpack_from(plain)
    return Frame(kind, seq, handle, plain[_HEADER.size : -CRC_SIZE])


class FrameReader:
    """Turns octets, in any chunking, into frames. Damaged ones are dropped and counted in ``damaged``, never answered.

    ``on_damaged`` receives the octets of each (as many as one frame can have), for the record.
    """

    def __init__(self, on_damaged: Callable[[bytes], None] = lambda octets: None) -> None:
        self.damaged = 0
        self._on_damaged = on_damaged
        self._rest = b""
        self._overlong = False

    def feed(self, octets: bytes) -> Iterator[tuple[Frame, bytes]]:
        """The frames that end in these octets, each with its octets on the wire."""
        start = 0
        while end := octets.find(0, start) + 1:
            self._collect(octets[start : end - 1])
            start = end
            ended, overlong = self._rest, self._overlong
            self.reset()
            if not ended:
                continue
            try:
                if overlong:
                    raise WireError("more octets than a frame can have", octets=ended, layout="Frame")
                frame = decode_frame(ended)
            except WireError:
                self.damaged += 1
                self._on_damaged(ended + _END)
            else:
                yield frame, ended + _END
        if start < len(octets):
            self._collect(octets[start:])

    def _collect(self, octets: bytes) -> None:
        """Keep what may still become a frame; a stream without any 00 must not fill the memory."""
        kept = self._rest + octets if self._rest else octets
        self._overlong |= len(kept) > MAX_WIRE
        self._rest = kept[:MAX_WIRE]

    def reset(self) -> None:
        """Discard a frame that has begun: the line has been opened again."""
        self._rest = b""
        self._overlong = False
