"""End-to-end protection: the CRC and counter that travel inside a value, and where each kind of value carries them.

A characteristic names its ``Envelope``; ``seal`` puts a payload into it and ``open`` takes it out, both told whether the
device has E2E-protection switched on. One CRC serves CGMS, IDS and the serial link; a make may have another (``Crc``).

Source: CGMS 1.0.1, sections 1.8 and 3.11; IDS 1.0.2, sections 3.1.1, 3.5.1, 3.15 and 3.16.
"""

from enum import Enum
from typing import Protocol, TypeAlias

from fastcrc import crc16

from isletbench.protocols.errors import BadCrc, MissingCounter, MissingCrc, TrailingOctets, Truncated, WireError

CRC_SIZE = 2
COUNTER_SIZE = 1


def crc16_mcrf4xx(octets: bytes) -> int:
    """CRC-16/MCRF4XX: polynomial 0x1021 reflected, preset 0xFFFF, no final XOR; ``b"123456789"`` gives 0x6F91.

    Sent least significant octet first; run over octets that end in their own CRC it leaves 0.
    """
    return crc16.mcrf4xx(octets)


class Crc(Enum):
    """Which CRC protects the values of a device."""

    SPECIFIED = "specified"
    """That of the specifications, CRC-16/MCRF4XX. CGMS 1.0.1, section 3.11."""
    CCITT_FALSE = "ccitt_false"
    """CRC-16/CCITT-FALSE: polynomial 0x1021, not reflected, preset 0xFFFF; ``b"123456789"`` gives 0x29B1. So are the values of
    the CGM service of a 780G-class pump, as a public client of it checks them (``docs/cgm.md``)."""

    def of(self, octets: bytes) -> bytes:
        """Return the CRC of these octets as it is sent, least significant octet first."""
        number = crc16.mcrf4xx(octets) if self is Crc.SPECIFIED else crc16.ibm_3740(octets)
        return number.to_bytes(CRC_SIZE, "little")


Protected: TypeAlias = Crc | bool
"""Whether a value is protected, and by which CRC; True is the specified one."""
PROTECTIONS: tuple[Protected, ...] = (Crc.SPECIFIED, Crc.CCITT_FALSE, False)
"""How a value may be protected, for who reads it without knowing its device: a right CRC is no accident."""


def _by(protected: Protected) -> Crc:
    return protected if isinstance(protected, Crc) else Crc.SPECIFIED


def crc_of(octets: bytes, crc: Crc = Crc.SPECIFIED) -> bytes:
    """The CRC of these octets as it is sent."""
    return crc.of(octets)


def with_crc(octets: bytes, crc: Crc = Crc.SPECIFIED) -> bytes:
    """The octets followed by their CRC."""
    return octets + crc.of(octets)


def without_crc(octets: bytes, crc: Crc = Crc.SPECIFIED) -> bytes:
    """The octets before a trailing CRC. Raises ``MissingCrc`` when there is no room for one, ``BadCrc`` when it is wrong."""
    check_crc(octets, crc)
    return octets[:-CRC_SIZE]


def check_crc(octets: bytes, crc: Crc = Crc.SPECIFIED) -> None:
    """Raise what ``without_crc`` raises; nothing is copied when the specified CRC is right."""
    if len(octets) <= CRC_SIZE:
        raise MissingCrc(f"expected a value and a CRC of {CRC_SIZE} octets, got {len(octets)} octets", octets=octets)
    if crc is not Crc.SPECIFIED or crc16.mcrf4xx(octets):  # over octets and their CRC it leaves 0
        _compare(octets[:-CRC_SIZE], octets[-CRC_SIZE:], octets, crc)


def _compare(covered: bytes, sent: bytes, octets: bytes, crc: Crc = Crc.SPECIFIED) -> None:
    if (right := crc.of(covered)) != sent:
        words = (f"0x{int.from_bytes(found, 'little'):04X}" for found in (sent, right))
        raise BadCrc("the CRC is {} where the octets make {}".format(*words), octets=octets, field="crc")


class Envelope(Protocol):
    """Where a characteristic's value carries its protection."""

    counted: bool
    """Whether the value carries an E2E-counter when protected."""

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        """The value to send. ``counter`` (1..255) matters only to protected values that carry one."""

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        """The payload and the counter (None where there is none). Raises ``MissingCrc``, ``MissingCounter`` or ``BadCrc``."""


class _Bare:
    """No protection ever: the generic record access control point."""

    counted = False

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        return payload

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        return value, None


class _CrcTrailer:
    """``payload | crc``: CGMS and the IDS history."""

    counted = False

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        return with_crc(payload, _by(protected)) if protected else payload

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        return (without_crc(value, _by(protected)) if protected else value), None


class _CgmFeature:
    """``payload | crc``, the CRC always there: FF FF without protection. CGMS 1.0.1, section 3.2."""

    counted = False

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        return with_crc(payload, _by(protected)) if protected else payload + b"\xff\xff"

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        if protected:
            return without_crc(value, _by(protected)), None
        if len(value) <= CRC_SIZE:
            raise MissingCrc(f"expected a value and FF FF, got {len(value)} octets", octets=value)
        if value[-CRC_SIZE:] != b"\xff\xff":
            raise BadCrc("without E2E-protection the CRC field is FF FF", octets=value, field="crc")
        return value[:-CRC_SIZE], None


class _CgmRecord:
    """``size | payload | crc``, the size counting the whole record. CGMS 1.0.1, section 3.1."""

    counted = False

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        size = bytes((1 + len(payload) + (CRC_SIZE if protected else 0),))
        return with_crc(size + payload, _by(protected)) if protected else size + payload

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        if not value or value[0] > len(value):
            raise Truncated(f"expected a record as long as its size octet says, got {len(value)} octets", octets=value)
        if value[0] < len(value):
            raise TrailingOctets(f"the size octet says {value[0]}, got {len(value)} octets", octets=value, field="size")
        return (without_crc(value, _by(protected)) if protected else value)[1:], None


class _CounterTrailer:
    """``payload | counter | crc``: every IDS characteristic but Features and History Data. IDS 1.0.2, section 3.1."""

    counted = True

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        return with_crc(payload + bytes((counter,)), _by(protected)) if protected else payload

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        if not protected:
            return value, None
        if len(value) <= COUNTER_SIZE + CRC_SIZE:
            raise MissingCounter(f"expected a value, a counter and a CRC, got {len(value)} octets", octets=value)
        counted = without_crc(value, _by(protected))
        return counted[:-COUNTER_SIZE], counted[-1]


class _IdsFeatures:
    """``crc | counter | payload``, always there: FF FF 00 without protection. IDS 1.0.2, section 3.5.1."""

    counted = True

    def seal(self, payload: bytes, *, protected: Protected, counter: int = 0) -> bytes:
        if not protected:
            return b"\xff\xff\x00" + payload
        counted = bytes((counter,)) + payload
        return crc_of(counted, _by(protected)) + counted

    def open(self, value: bytes, *, protected: Protected) -> tuple[bytes, int | None]:
        if len(value) <= COUNTER_SIZE + CRC_SIZE:
            raise MissingCounter(f"expected a CRC, a counter and a value, got {len(value)} octets", octets=value)
        payload = value[CRC_SIZE + COUNTER_SIZE :]
        if protected:
            _compare(value[CRC_SIZE:], value[:CRC_SIZE], value, _by(protected))
            return payload, value[CRC_SIZE]
        if value[: CRC_SIZE + COUNTER_SIZE] != b"\xff\xff\x00":
            raise BadCrc("without E2E-protection the value begins FF FF 00", octets=value, field="crc")
        return payload, None


BARE: Envelope = _Bare()
CRC_TRAILER: Envelope = _CrcTrailer()
CGM_FEATURE: Envelope = _CgmFeature()
CGM_RECORD: Envelope = _CgmRecord()
COUNTER_TRAILER: Envelope = _CounterTrailer()
IDS_FEATURES: Envelope = _IdsFeatures()


def opened_somehow(envelope: Envelope, value: bytes) -> tuple[Protected, tuple[bytes, int | None]]:
    """How a value is protected, its payload and its counter, for who does not know its device.

    Raises ``WireError`` for one that makes no sense in any way.
    """
    for protected in PROTECTIONS[:-1] if envelope is not BARE else ():
        try:
            return protected, envelope.open(value, protected=protected)
        except WireError:
            continue
    return False, envelope.open(value, protected=False)


def split_records(octets: bytes) -> list[bytes]:
    """The records glued together in one CGM Measurement value, each with its size octet. CGMS 1.0.1, section 3.1.

    Raises ``WireError`` when a size octet cannot be true.
    """
    records = []
    while octets:
        size = octets[0]
        if not 0 < size <= len(octets):
            raise WireError(f"a record's size octet says {size}, {len(octets)} octets are left", octets=octets, field="size")
        records.append(octets[:size])
        octets = octets[size:]
    return records


def next_counter(last: int) -> int:
    """The E2E-counter after ``last``: 1 at first (``last`` 0), 255 is followed by 1. IDS 1.0.2, section 3.1.1."""
    return last % 255 + 1
