"""Packets of the receiver: 01, length u16, command or status u8, payload, CRC-16/XMODEM over all before it.

Nothing is escaped: the 01 of a start may be anywhere inside a packet. A receiver of octets relies on length and CRC.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

from construct import Bytes, Int8ul, Int16ul, Int32sl, Int32ul
from fastcrc import crc16

from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import packet, wire
from isletbench.protocols.streams import Framed

START = 0x01
SHORTEST, LONGEST = 6, 1_590
"""Octets of a packet: without payload, and with three pages."""
PAGE_SIZE = 528
SILENCE = 500
"""ms without octets after which the receiver gives up on a packet (choice; clients wait 1 s or for ever)."""
_HEAD = struct.Struct("<BHB")


class Command(IntEnum):
    """What a host can ask for."""

    PING = 10
    READ_FIRMWARE_HEADER = 11
    READ_DATABASE_PARTITION_INFO = 15
    READ_DATABASE_PAGE_RANGE = 16
    READ_DATABASE_PAGES = 17
    READ_DATABASE_PAGE_HEADER = 18
    READ_TRANSMITTER_ID = 25
    WRITE_TRANSMITTER_ID = 26
    READ_LANGUAGE = 27
    WRITE_LANGUAGE = 28
    READ_DISPLAY_TIME_OFFSET = 29
    WRITE_DISPLAY_TIME_OFFSET = 30
    READ_RTC = 31
    RESET_RECEIVER = 32
    READ_BATTERY_LEVEL = 33
    READ_SYSTEM_TIME = 34
    READ_SYSTEM_TIME_OFFSET = 35
    WRITE_SYSTEM_TIME = 36
    READ_GLUCOSE_UNIT = 37
    WRITE_GLUCOSE_UNIT = 38
    READ_BLINDED_MODE = 39
    WRITE_BLINDED_MODE = 40
    READ_CLOCK_MODE = 41
    WRITE_CLOCK_MODE = 42
    READ_DEVICE_MODE = 43
    ERASE_DATABASE = 45
    SHUTDOWN_RECEIVER = 46
    WRITE_PC_PARAMETERS = 47
    READ_BATTERY_STATE = 48
    READ_HARDWARE_BOARD_ID = 49
    READ_FIRMWARE_SETTINGS = 54
    READ_ENABLE_SETUP_WIZARD_FLAG = 55
    READ_SETUP_WIZARD_STATE = 57
    READ_CHARGER_CURRENT_SETTING = 59
    WRITE_CHARGER_CURRENT_SETTING = 60

    @property
    def operation(self) -> str:
        """Its name in journals and faults: ``ReadSystemTime``."""
        return "".join(word.capitalize() for word in self.name.split("_"))


UNKNOWN, DAMAGED, INCOMPLETE = "UnknownCommand", "DamagedPacket", "IncompletePacket"
"""The operations of packets that are no command: with a code that is none, with a wrong CRC, or cut off."""


class Status(IntEnum):
    """What the receiver answers."""

    ACK = 1
    NAK = 2
    """The request's CRC is wrong."""
    INVALID_COMMAND = 3
    INVALID_PARAM = 4
    INCOMPLETE_PACKET_RECEIVED = 5
    """The length promises more octets than have come."""
    RECEIVER_ERROR = 6
    INVALID_MODE = 7


class Packet(NamedTuple):
    """One packet. ``code`` is the raw octet of a command or a status, for it may be an unknown one."""

    code: int
    payload: bytes = b""


@packet
class Octet:
    """A payload of one octet: an enumeration, a flag, an index."""

    value: int = wire(Int8ul, "")


@packet
class Word:
    """A payload of 16 bits: language (Windows LCID), hardware board."""

    value: int = wire(Int16ul, "")


@packet
class Seconds:
    """A time: seconds since 2009-01-01, or a battery level, %."""

    value: int = wire(Int32ul, "s, or %")


@packet
class Offset:
    """A difference of clocks."""

    value: int = wire(Int32sl, "s")


@packet
class PartitionRequest:
    """Which partition is meant."""

    partition: int = wire(Int8ul, "id of the partition")


@packet
class PageRequest:
    """Which pages are meant."""

    partition: int = wire(Int8ul, "id of the partition")
    first: int = wire(Int32ul, "number of the first page")
    count: int = wire(Int8ul, "how many pages")


@packet
class PageRange:
    """The pages that a partition has; both are FFFFFFFF where it has none."""

    first: int = wire(Int32ul, "number of the oldest page")
    last: int = wire(Int32ul, "number of the newest page")


@packet
class TransmitterId:
    """The id of a transmitter of G5 and G6; one of G4 has five characters."""

    text: bytes = wire(Bytes(6), "ASCII")


def build(code: int, payload: bytes = b"") -> bytes:
    """The octets of a packet. Raises ``Unencodable`` for a payload that is too long."""
    length = SHORTEST + len(payload)
    if length > LONGEST:
        raise Unencodable(f"a payload of {len(payload)} octets: expected at most {LONGEST - SHORTEST}", layout="Packet")
    return with_crc(_HEAD.pack(START, length, code) + payload)


def parse(octets: bytes) -> Packet:
    """The packet that these octets are. Raises ``WireError``."""
    if not SHORTEST <= len(octets) <= LONGEST:
        raise WireError(f"{len(octets)} octets: expected {SHORTEST} to {LONGEST}", octets=octets, layout="Packet")
    start, length, code = _HEAD.unpack_from(octets)
    if start != START or length != len(octets):
        raise WireError("expected 01 and the number of octets", octets=octets, layout="Packet", field="length")
    if not intact(octets):
        raise WireError("the CRC is wrong", octets=octets, layout="Packet", field="crc")
    return Packet(code, octets[4:-2])


def with_crc(octets: bytes) -> bytes:
    """The octets with their CRC-16/XMODEM at the end."""
    return octets + crc16.xmodem(octets).to_bytes(2, "little")


def intact(octets: bytes) -> bool:
    """Whether the last two octets are the CRC of those before them."""
    return crc16.xmodem(octets[:-2]) == int.from_bytes(octets[-2:], "little")


class PacketFramer:
    """Finds packets in a stream.

    A start with an impossible length is passed over. A packet whose CRC is wrong is a request, too: the receiver answers it.
    What is cut off is given up after ``SILENCE``, and answered as incomplete.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def silence(self) -> int | None:
        """``SILENCE`` while a packet is incomplete."""
        return SILENCE if self._rest else None

    def feed(self, octets: bytes) -> list[Framed]:
        """The packets that end in these octets."""
        found = []
        self._rest += octets
        while (framed := self._next()) is not None:
            found.append(framed)
        return found

    def expire(self) -> list[Framed]:
        """Give up the packet that is incomplete."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [Framed(INCOMPLETE, rest)] if rest else []

    def _next(self) -> Framed | None:
        rest, begin = self._rest, 0
        while True:
            begin = rest.find(START, begin)
            if begin < 0:
                rest.clear()
                return None
            if len(rest) < begin + 3:
                break
            length = int.from_bytes(rest[begin + 1 : begin + 3], "little")
            if SHORTEST <= length <= LONGEST:
                break
            begin += 1
        del rest[:begin]
        if len(rest) < 3 or len(rest) < (length := int.from_bytes(rest[1:3], "little")):
            return None
        octets = bytes(rest[:length])
        del rest[:length]
        return Framed(operation_of(octets), octets)


def operation_of(octets: bytes) -> str:
    """What a packet of a host asks for, as journals and faults name it."""
    if not intact(octets):
        return DAMAGED
    try:
        return Command(octets[3]).operation
    except ValueError:
        return UNKNOWN
