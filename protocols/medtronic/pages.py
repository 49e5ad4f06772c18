"""Pages of memory: content filled up with zeros, then a CRC-16 over it."""

from isletbench.protocols.errors import BadCrc, Truncated, Unencodable
from isletbench.protocols.medtronic.checks import crc16

PAGE = 1024
"""Octets of a page of history or glucose, its CRC included."""
CONTENT = PAGE - 2
"""Octets of its content."""
ISIG_PAGE = 2048
"""Octets of a page of sensor current."""
ISIG_CONTENT = ISIG_PAGE - 4
"""Octets of its content; each octet of the CRC is followed by 00."""


def sealed(content: bytes) -> bytes:
    """A page with this content. Raises ``Unencodable`` for more than fits."""
    filled = _filled(content, CONTENT)
    return filled + crc16(filled).to_bytes(2, "big")


def opened(page: bytes) -> bytes:
    """The content of a page, with what fills it up. Raises ``Truncated``, ``BadCrc``."""
    _check_length(page, PAGE)
    _check(page[:CONTENT], page[CONTENT:])
    return page[:CONTENT]


def sealed_isig(content: bytes) -> bytes:
    """A page of sensor current with this content. Raises ``Unencodable`` for more than fits."""
    filled = _filled(content, ISIG_CONTENT)
    high, low = crc16(filled).to_bytes(2, "big")
    return filled + bytes([high, 0, low, 0])


def opened_isig(page: bytes) -> bytes:
    """The content of a page of sensor current. Raises ``Truncated``, ``BadCrc``."""
    _check_length(page, ISIG_PAGE)
    _check(page[:ISIG_CONTENT], page[ISIG_CONTENT::2])
    return page[:ISIG_CONTENT]


def _filled(content: bytes, size: int) -> bytes:
    if len(content) > size:
        raise Unencodable(f"{len(content)} octets do not fit into {size}", layout="Page")
    return content.ljust(size, b"\x00")


def _check_length(page: bytes, size: int) -> None:
    if len(page) != size:
        raise Truncated(f"expected {size} octets, got {len(page)}", layout="Page")


def _check(content: bytes, crc: bytes) -> None:
    if (right := crc16(content).to_bytes(2, "big")) != crc:
        raise BadCrc(f"the CRC is {crc.hex()} where the octets make {right.hex()}", octets=crc, layout="Page", field="crc")
