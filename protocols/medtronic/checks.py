"""The two CRCs: one octet on radio packets and adapter frames, two octets on pages."""

from fastcrc import crc8 as _crc8
from fastcrc import crc16 as _crc16


def crc8(octets: bytes) -> int:
    """CRC-8/LTE: polynomial 0x9B, preset 0, not reflected; ``b"123456789"`` gives 0xEA."""
    return _crc8.lte(octets)


def crc16(octets: bytes) -> int:
    """CRC-16/IBM-3740: polynomial 0x1021, preset 0xFFFF, not reflected; ``b"123456789"`` gives 0x29B1."""
    return _crc16.ibm_3740(octets)
