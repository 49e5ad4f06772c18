"""The btsnoop file: a header, then one record a packet, as Linux' Bluetooth monitor writes it (data link 2001).

Every record says to which adapter it belongs, so that several devices are in one file. Big endian; times in microseconds since
the year 0. Source: ``doc/btsnoop.txt`` of BlueZ 5.66.
"""

from enum import IntEnum
from typing import IO

from construct import Bytes, Const, Int8ul, Int16ub, Int32ub, Int64ub, PaddedString, Struct

from isletbench.protocols.captures import MAKER

DATA_LINK = 2001
"""Linux' Bluetooth monitor."""
NO_ADAPTER = 0xFFFF
"""Of a record that belongs to no adapter."""
MICROSECONDS_TO_1970 = 0x00DCDDB30F2F8000
"""Between the year 0 and 1970-01-01."""
HEADER = Struct("pattern" / Const(b"btsnoop\0"), "version" / Const(1, Int32ub), "data_link" / Const(DATA_LINK, Int32ub))
RECORD = Struct(
    "original_length" / Int32ub,
    "included_length" / Int32ub,
    "adapter" / Int16ub,
    "opcode" / Int16ub,
    "drops" / Const(0, Int32ub),
    "microseconds" / Int64ub,
)
NEW_INDEX = Struct("type" / Const(0, Int8ul), "bus" / Const(0, Int8ul), "address" / Bytes(6), "name" / PaddedString(8, "ascii"))
"""An adapter appears: of type primary, on a virtual bus."""


class MonitorOpcode(IntEnum):
    """What a record holds."""

    NEW_INDEX = 0
    DELETE_INDEX = 1
    COMMAND = 2
    EVENT = 3
    ACL_TX = 4
    """From the host to the controller."""
    ACL_RX = 5
    SYSTEM_NOTE = 12


def new_index(name: str, address: bytes) -> bytes:
    """The content of ``NEW_INDEX``; the name is cut after seven characters."""
    octets: bytes = NEW_INDEX.build({"address": address, "name": name.encode("ascii", "replace").decode()[:7]})
    return octets


class BtsnoopFile:
    """A file to write to. It begins with its header and a note that says what has made it."""

    def __init__(self, file: IO[bytes], began: int = 0) -> None:
        self._file = file
        file.write(HEADER.build({}))
        self.write(began, NO_ADAPTER, MonitorOpcode.SYSTEM_NOTE, MAKER.encode() + b"\0")

    def write(self, microseconds: int, adapter: int, opcode: MonitorOpcode, octets: bytes) -> None:
        """Add a packet; ``microseconds`` since 1970."""
        length = len(octets)
        record = {"original_length": length, "included_length": length, "adapter": adapter, "opcode": opcode}
        self._file.write(RECORD.build({**record, "microseconds": microseconds + MICROSECONDS_TO_1970}) + octets)
