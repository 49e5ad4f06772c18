"""The pcapng file, little endian: a section, an interface for every link, and one block a packet.

Source: IETF draft-ietf-opsawg-pcapng, sections 4.1 to 4.3; link types: the registry of LINKTYPE_ values of tcpdump.
"""

from enum import IntEnum
from typing import IO

from construct import Const, Int16ul, Int32ul, Int64sl, Struct

from isletbench.protocols.captures import MAKER

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 0x00000001, 0x00000006
SHB_USER_APPLICATION, IF_NAME, EPB_FLAGS, END_OF_OPTIONS = 4, 2, 2, 0
SECTION_HEADER = Struct(
    "order" / Const(0x1A2B3C4D, Int32ul),
    "major" / Const(1, Int16ul),
    "minor" / Const(0, Int16ul),
    "length" / Const(-1, Int64sl),
)
INTERFACE_DESCRIPTION = Struct("link_type" / Int16ul, "reserved" / Const(0, Int16ul), "snap_length" / Const(0, Int32ul))
ENHANCED_PACKET = Struct(
    "interface" / Int32ul,
    "time_high" / Int32ul,
    "time_low" / Int32ul,
    "captured_length" / Int32ul,
    "original_length" / Int32ul,
)


class LinkType(IntEnum):
    """What the packets of an interface are."""

    FRAMES = 147
    """LINKTYPE_USER0: octets between two 00 of the serial link of isletbench."""
    OCTETS = 148
    """LINKTYPE_USER1: octets of another protocol over a serial port."""


class Direction(IntEnum):
    """Which way a packet went, as the device sees it: option ``epb_flags``, section 4.3.1."""

    INBOUND = 1
    OUTBOUND = 2


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _option(code: int, octets: bytes) -> bytes:
    return Int16ul.build(code) + Int16ul.build(len(octets)) + _padded(octets)


class PcapngFile:
    """A file to write to, which has its section header from the beginning."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._interfaces = 0
        options = _option(SHB_USER_APPLICATION, MAKER.encode()) + _option(END_OF_OPTIONS, b"")
        self._block(SECTION, SECTION_HEADER.build({}) + options)

    def interface(self, name: str, link_type: LinkType) -> int:
        """Add an interface; returns its number."""
        options = _option(IF_NAME, name.encode()) + _option(END_OF_OPTIONS, b"")
        self._block(INTERFACE, INTERFACE_DESCRIPTION.build({"link_type": link_type}) + options)
        self._interfaces += 1
        return self._interfaces - 1

    def write(self, microseconds: int, interface: int, direction: Direction, octets: bytes) -> None:
        """Add a packet; ``microseconds`` since 1970."""
        high, low = divmod(microseconds, 1 << 32)
        length = len(octets)
        sizes = {"captured_length": length, "original_length": length}
        header = ENHANCED_PACKET.build({"interface": interface, "time_high": high, "time_low": low, **sizes})
        options = _option(EPB_FLAGS, Int32ul.build(direction)) + _option(END_OF_OPTIONS, b"")
        self._block(PACKET, header + _padded(octets) + options)

    def _block(self, kind: int, body: bytes) -> None:
        length = Int32ul.build(len(body) + 12)
        self._file.write(Int32ul.build(kind) + length + body + length)
