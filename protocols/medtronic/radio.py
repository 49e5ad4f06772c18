"""A pump message as a packet on the air, before the line code: A7, the pump's serial number, op code, payload, CRC-8.

A payload is *short*, one octet, or *long*, a lead octet and 64 octets of data. The lead octet is the number of data octets that
count; in messages of several frames it is the number of the frame, from 1, with bit 7 set in the last one.
"""

from dataclasses import dataclass

from isletbench.protocols.errors import BadCrc, ReservedValue, TrailingOctets, Truncated, Unencodable, WireError
from isletbench.protocols.medtronic.checks import crc8

PUMP = 0xA7
"""The first octet of every packet to and from a pump."""
DATA = 64
"""Octets of data in a long payload."""
LONG = 1 + DATA
"""Octets of a long payload."""
LAST = 0x80
"""Bit of the lead octet: this is the last frame."""
OVERHEAD = 6
"""Octets of a packet beside its payload."""
MOST_FRAMES = 0x7F
"""Frames that seven bits can number."""


@dataclass(frozen=True, slots=True)
class RadioPacket:
    """A packet to or from the pump with this serial number, six decimal digits."""

    serial: str
    opcode: int
    payload: bytes = b"\x00"


@dataclass(frozen=True, slots=True)
class LongPayload:
    """A long payload: its lead octet, and its 64 octets of data."""

    lead: int
    data: bytes

    @property
    def meant(self) -> bytes:
        """The octets that count, where the lead octet is their number. Raises ``ReservedValue`` for more than there are."""
        if self.lead > DATA:
            raise ReservedValue(f"{self.lead} octets of data are announced and there is room for {DATA}", layout="LongPayload")
        return self.data[: self.lead]

    @property
    def frame(self) -> int:
        """The number of the frame, from 1."""
        return self.lead & ~LAST

    @property
    def is_last(self) -> bool:
        """Whether no frame follows."""
        return bool(self.lead & LAST)


def serial_octets(serial: str) -> bytes:
    """A serial number as it is on the air: two digits in each octet. Raises ``Unencodable`` for what is none."""
    if len(serial) != 6 or not serial.isascii() or not serial.isdigit():
        raise Unencodable(f"{serial!r}: expected six decimal digits", layout="RadioPacket", field="serial")
    return bytes.fromhex(serial)


def encode(packet: RadioPacket) -> bytes:
    """The octets of a packet, its CRC included. Raises ``Unencodable``."""
    if len(packet.payload) not in {1, LONG}:
        raise Unencodable(f"a payload has 1 or {LONG} octets, not {len(packet.payload)}", layout="RadioPacket", field="payload")
    octets = bytes([PUMP]) + serial_octets(packet.serial) + bytes([packet.opcode]) + packet.payload
    return octets + bytes([crc8(octets)])


def decode(octets: bytes) -> RadioPacket:
    """The packet that these octets are. What follows the packet is left out: the air adds noise. Raises ``WireError``."""
    if len(octets) < OVERHEAD + 1:
        raise Truncated(f"expected at least {OVERHEAD + 1} octets", octets=octets, layout="RadioPacket")
    if octets[0] != PUMP:
        raise ReservedValue(f"0x{octets[0]:02X} is no packet of a pump, which begins with 0xA7", octets=octets, field="type")
    serial = octets[1:4].hex()
    if not serial.isdigit():
        raise ReservedValue(f"{serial} is no serial number of decimal digits", octets=octets, field="serial")
    for payload in (LONG, 1):
        whole = OVERHEAD + payload
        if len(octets) >= whole and crc8(octets[: whole - 1]) == octets[whole - 1]:
            return RadioPacket(serial, octets[4], octets[5 : 5 + payload])
    raise BadCrc("the CRC is not that of a short or of a long packet", octets=octets, layout="RadioPacket", field="crc")


def long_payload(lead: int, data: bytes) -> bytes:
    """A long payload, filled up with zeros. Raises ``Unencodable`` for more data than fits."""
    if len(data) > DATA:
        raise Unencodable(f"{len(data)} octets of data do not fit into {DATA}", layout="LongPayload", field="data")
    return bytes([lead]) + data.ljust(DATA, b"\x00")


def counted(data: bytes) -> bytes:
    """A long payload whose lead octet says how many octets of data count. Raises ``Unencodable`` for more than fit."""
    return long_payload(len(data), data)


def frames(data: bytes) -> tuple[bytes, ...]:
    """Data as the long payloads of a message of several frames. Raises ``Unencodable`` for more frames than can be numbered."""
    parts = [data[at : at + DATA] for at in range(0, len(data), DATA)]
    if not 0 < len(parts) <= MOST_FRAMES:
        raise Unencodable(f"{len(data)} octets do not make 1 to {MOST_FRAMES} frames", layout="LongPayload", field="lead")
    return tuple(long_payload(n | LAST if n == len(parts) else n, part) for n, part in enumerate(parts, start=1))


def opened(payload: bytes) -> LongPayload:
    """A long payload taken apart. Raises ``WireError`` for a payload that is not long."""
    if len(payload) != LONG:
        kind: type[WireError] = Truncated if len(payload) < LONG else TrailingOctets
        raise kind(f"expected {LONG} octets, got {len(payload)}", octets=payload, layout="LongPayload")
    return LongPayload(payload[0], payload[1:])
