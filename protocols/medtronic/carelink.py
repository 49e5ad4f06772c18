"""The frames of the CareLink USB stick. It does the whole exchange with the pump, and the host asks for the result.

Each command but Read Radio is answered with 64 octets: 01, 55 (or 66 with a reason), 00, the body, zeros.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import TypeAlias

from construct import Bytes, Int8ub, Int16ub, Int32ub, PaddedString

from isletbench.protocols.errors import BadCrc, ReservedValue, Truncated, Unencodable
from isletbench.protocols.fields import Flagged
from isletbench.protocols.medtronic.checks import crc8
from isletbench.protocols.medtronic.incremental import Incremental
from isletbench.protocols.medtronic.radio import serial_octets
from isletbench.protocols.packet import encode, packet, wire

REPLY = 64
"""Octets of every answer but that to Read Radio."""
CHUNK_OVERHEAD = 14
"""Octets of an answer to Read Radio beside its data."""
SEND_OVERHEAD = 16
"""Octets of a Send beside its parameters."""
MOST_PARAMETERS = 64 * 3
"""The most parameters a Send can have: a basal profile."""
BODY = 3
"""Where the body of an answer of 64 octets begins."""
NAME = b"ComLink II"
"""What the stick calls itself, in its answer to Product."""
WAKES = 0x55
"""The octet ``kind`` of the command that keeps the radio awake."""
COUNTED = 0x80
"""Bit of the high octet of a Send's count."""
LAST_CHUNK = 0x80
"""Bit of an answer to Read Radio: nothing follows."""
STRENGTH = 0xA6
"""A signal strength that clients take for good: they wait until it is at least 50."""


class LinkFlag(IntFlag):
    """What the stick is doing."""

    DATA_READY = 0x01
    RECEIVING = 0x02
    TRANSMITTING = 0x04
    INTERFACE_ERROR = 0x08
    RECEIVE_OVERFLOW = 0x10
    TRANSMIT_OVERFLOW = 0x20


@dataclass(frozen=True)
class Product:
    """Which stick is it?"""


@dataclass(frozen=True)
class Counters:
    """What one of its interfaces has counted: 0 the radio, 1 USB."""

    interface: int


@dataclass(frozen=True)
class Strength:
    """How strong is the signal?"""


@dataclass(frozen=True)
class LinkStatus:
    """Is there anything to read?"""


@dataclass(frozen=True)
class ReadRadio:
    """Read so many octets."""

    size: int


@dataclass(frozen=True)
class Send:
    """Send a message to a pump."""

    serial: str
    opcode: int
    parameters: bytes = b""
    retries: int = 2
    frames: int = 1
    """0 no data are expected, 1 one record, 2 several."""


@dataclass(frozen=True)
class Malformed:
    """A request that the stick refuses, and why."""

    why: str


Command: TypeAlias = Product | Counters | Strength | LinkStatus | ReadRadio | Send | Malformed
_SIMPLE: dict[int, type[LinkStatus | Product | Strength]] = {0x03: LinkStatus, 0x04: Product, 0x06: Strength}
_READ, _SEND, _COUNTERS = 0x0C, 0x01, 0x05
_ANSWERS = (b"\x01\x55", b"\x01\x66")
"""How an answer of 64 octets begins: of what is done, and of what is not."""
_CHUNK = b"\x02\x00\x03"
"""How an answer to Read Radio begins."""


@packet
class ProductInfo:
    """What the stick is."""

    serial: bytes = wire(Bytes(3), "its serial number")
    product: bytes = wire(Bytes(2), "its version")
    radio: int = wire(Int8ub, "0 916.5 MHz, 1 868.35 MHz")
    name: str = wire(PaddedString(10, "ascii"), "ComLink II")
    software: bytes = wire(Bytes(2), "1.16 is 01 10")
    interfaces: bytes = wire(Bytes(5), "their number, then pairs of number and kind: 1 radio, 3 USB")


@packet
class InterfaceCounters:
    """What an interface has counted."""

    crc_errors: int = wire(Int8ub, "count")
    sequence_errors: int = wire(Int8ub, "count")
    naks: int = wire(Int8ub, "count")
    timeouts: int = wire(Int8ub, "count")
    received: int = wire(Int32ub, "packets")
    transmitted: int = wire(Int32ub, "packets")


@packet
class Link:
    """Whether there is anything to read, and how much."""

    error: int = wire(Int8ub, "0 none")
    unknown: int = wire(Int8ub, "2 with data")
    flags: LinkFlag = wire(Flagged(Int8ub, LinkFlag), "bit field")
    size: int = wire(Int16ub, "octets of the answer to Read Radio")


NOTHING = Link(0, 0, LinkFlag(0), 0)
"""There is nothing to read."""


def ready(octets: int) -> Link:
    """A chunk of so many octets of data can be read."""
    return Link(0, 2, LinkFlag.DATA_READY, CHUNK_OVERHEAD + octets)


def commands() -> Incremental[Command]:
    """A parser of what a client sends. An octet with which no command begins is left out."""
    return Incremental(_take)


def _take(octets: bytearray, at: int) -> tuple[Command | None, int]:
    code = octets[at]
    if code == _SEND:
        return _send(octets, at)
    if code == _READ:
        return _of_length(octets, at, 5, _read_radio)
    if code == _COUNTERS:
        return _of_length(octets, at, 3, lambda three: Counters(three[1]))
    if code in _SIMPLE:
        return _of_length(octets, at, 3, lambda three: _SIMPLE[three[0]]())
    return None, at + 1


def _of_length(octets: bytearray, at: int, length: int, made: Callable[[bytes], Command]) -> tuple[Command | None, int]:
    end = at + length
    return (None, at) if end > len(octets) else (made(bytes(octets[at:end])), end)


def _read_radio(five: bytes) -> Command:
    if crc8(five[:4]) != five[4]:
        return Malformed("the CRC of Read Radio is wrong")
    return ReadRadio(five[2] << 8 | five[3])


def _send(octets: bytearray, at: int) -> tuple[Command | None, int]:
    head = bytes(octets[at : at + SEND_OVERHEAD - 1])
    if not bytes([_SEND, 0, 0xA7, 1]).startswith(head[:4]):
        return None, at + 1
    if len(head) < SEND_OVERHEAD - 1:
        return None, at
    count = (head[7] & ~COUNTED) << 8 | head[8]
    if count > MOST_PARAMETERS:
        return Malformed(f"{count} parameters are too many"), at + len(head)
    end = at + SEND_OVERHEAD + count
    if end > len(octets):
        return None, at
    parameters, crc = bytes(octets[at + len(head) : end - 1]), octets[end - 1]
    serial = head[4:7].hex()
    if crc8(head[:-1]) != head[-1] or crc8(parameters) != crc:
        return Malformed("a CRC of Send is wrong"), end
    if not serial.isdigit():
        return Malformed(f"{serial} is no serial number"), end
    return Send(serial, head[13], parameters, head[10], head[11]), end


def request(command: Command) -> bytes:
    """A command as a client sends it. Raises ``Unencodable``."""
    match command:
        case Send():
            return _send_octets(command)
        case ReadRadio(size):
            octets = bytes([_READ, 0]) + size.to_bytes(2, "big")
            return octets + bytes([crc8(octets)])
        case Counters(interface):
            return bytes([_COUNTERS, interface, 0])
        case Malformed():
            raise Unencodable("a malformed request has no octets", layout="Command")
        case _:
            code = next(code for code, kind in _SIMPLE.items() if isinstance(command, kind))
            return bytes([code, 0, 0])


def _send_octets(command: Send) -> bytes:
    count = len(command.parameters)
    if count > MOST_PARAMETERS:
        raise Unencodable(f"{count} parameters are more than {MOST_PARAMETERS}", layout="Send", field="parameters")
    kind = WAKES if command.opcode == 0x5D else 0
    head = bytes([_SEND, 0, 0xA7, 1]) + serial_octets(command.serial)
    head += bytes([COUNTED | count >> 8, count & 0xFF, kind, command.retries, command.frames, 0, command.opcode])
    return head + bytes([crc8(head)]) + command.parameters + bytes([crc8(command.parameters)])


def answers() -> Incremental[bytes]:
    """A parser of what the stick sends: answers of 64 octets, and chunks. An octet with which neither begins is left out."""
    return Incremental(_take_answer)


def _take_answer(octets: bytearray, at: int) -> tuple[bytes | None, int]:
    head = bytes(octets[at : at + CHUNK_OVERHEAD - 1])
    if any(begin.startswith(head[:2]) for begin in _ANSWERS):
        end = at + REPLY
    elif not _CHUNK.startswith(head[:3]):
        return None, at + 1
    elif len(head) < CHUNK_OVERHEAD - 1:
        return None, at
    elif crc8(head[:-1]) != head[-1]:
        return None, at + 1
    else:
        end = at + CHUNK_OVERHEAD + _size(head)
    return (None, at) if end > len(octets) else (bytes(octets[at:end]), end)


def is_refused(answer: bytes) -> bool:
    """Whether it is the answer to a request that the stick does not carry out."""
    return answer[:2] == _ANSWERS[1]


def is_chunk(answer: bytes) -> bool:
    """Whether it is an answer to Read Radio."""
    return answer.startswith(_CHUNK)


def acknowledged(body: bytes = b"") -> bytes:
    """An answer of 64 octets."""
    return _answer(_ANSWERS[0], 0, body)


def refused(error: int = 0) -> bytes:
    """An answer of 64 octets to a request that the stick does not carry out."""
    return _answer(_ANSWERS[1], error, b"")


def _answer(begin: bytes, error: int, body: bytes) -> bytes:
    return (begin + bytes([error]) + body).ljust(REPLY, b"\x00")


def status(link: Link) -> bytes:
    """The answer to Link Status."""
    return acknowledged(encode(link))


def chunk(serial: str, data: bytes, *, last: bool, strength: int = 0xD6) -> bytes:
    """The answer to Read Radio."""
    size = len(data)
    head = _CHUNK + bytes([0, strength, (LAST_CHUNK if last else 0) | size >> 8, size & 0xFF, 0xA7, 1])
    head += serial_octets(serial)
    return head + bytes([crc8(head)]) + data + bytes([crc8(data)])


def chunk_of(octets: bytes) -> tuple[bytes, bool]:
    """The data of an answer to Read Radio, and whether nothing follows. Raises ``WireError``."""
    if len(octets) < CHUNK_OVERHEAD:
        raise Truncated(f"expected at least {CHUNK_OVERHEAD} octets", octets=octets, layout="Chunk")
    size = _size(octets)
    if len(octets) != CHUNK_OVERHEAD + size:
        raise ReservedValue(
            f"{size} octets are announced and {len(octets) - CHUNK_OVERHEAD} came", octets=octets, layout="Chunk"
        )
    data = octets[13:-1]
    if crc8(octets[:12]) != octets[12] or crc8(data) != octets[-1]:
        raise BadCrc("a CRC of the chunk is wrong", octets=octets, layout="Chunk", field="crc")
    return data, bool(octets[5] & LAST_CHUNK)


def serial_of(chunk: bytes) -> str:
    """The serial number of the pump in an answer to Read Radio."""
    return chunk[9:12].hex()


def _size(chunk: bytes) -> int:
    return (chunk[5] & ~LAST_CHUNK) << 8 | chunk[6]
