"""Pages of the receiver's database: a header of 28 octets, then records back to back in 500, the rest FF."""

from collections.abc import Sequence

from construct import Int8ul, Int32ul

from isletbench.protocols.dexcom.packets import PAGE_SIZE, intact, with_crc
from isletbench.protocols.dexcom.records import Timed
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import decode, encode, packet, wire

HEADER_SIZE = 28
BODY_SIZE = PAGE_SIZE - HEADER_SIZE
CRC_SIZE = 2
EMPTY = 0xFFFF_FFFF
"""The first and last page of a partition without pages."""
_TEXT = BODY_SIZE - 8 - CRC_SIZE
"""The text of an XML record, octets."""


@packet
class PageHeader:
    """How a page begins; its CRC follows."""

    first: int = wire(Int32ul, "index of the first record, counted over the partition's life")
    count: int = wire(Int32ul, "records on this page")
    partition: int = wire(Int8ul, "id of the partition")
    revision: int = wire(Int8ul, "layout of the records")
    number: int = wire(Int32ul, "of the page")
    reserved_1: int = wire(Int32ul, "0")
    reserved_2: int = wire(Int32ul, "0")
    reserved_3: int = wire(Int32ul, "0")


def page(header: PageHeader, records: Sequence[bytes]) -> bytes:
    """The octets of a page. Raises ``Unencodable`` for records that do not fit."""
    body = b"".join(records)
    if len(body) > BODY_SIZE:
        raise Unencodable(f"records of {len(body)} octets: expected at most {BODY_SIZE}", layout="page")
    return with_crc(encode(header)) + body.ljust(BODY_SIZE, b"\xff")


def parse_page(octets: bytes, record_size: int) -> tuple[PageHeader, list[bytes]]:
    """The header of a page and its records, each without its CRC. Raises ``WireError``."""
    if len(octets) != PAGE_SIZE or not intact(octets[:HEADER_SIZE]):
        raise WireError("expected a page of 528 octets with the right CRC", octets=octets, layout="page")
    header = decode(PageHeader, octets[: HEADER_SIZE - CRC_SIZE])
    found = []
    for number in range(header.count):
        begin = HEADER_SIZE + number * record_size
        record = octets[begin : begin + record_size]
        if len(record) != record_size or not intact(record):
            raise WireError(f"record {number}: expected {record_size} octets with the right CRC", octets=octets, layout="page")
        found.append(record[:-CRC_SIZE])
    return header, found


def sealed(record: object, *, size: int | None = None, tail: bytes = b"") -> bytes:
    """A record with what follows its layout, filled with zeros up to ``size`` where it has a fixed one, and its CRC."""
    octets = encode(record) + tail
    if size is not None:
        if len(octets) > size - CRC_SIZE:
            raise Unencodable(f"a record of {len(octets)} octets: expected {size - CRC_SIZE}", layout=type(record).__name__)
        octets = octets.ljust(size - CRC_SIZE, b"\0")
    return with_crc(octets)


def text_record(times: Timed, text: str) -> bytes:
    """An XML record, which fills a page. Raises ``Unencodable`` for a text that is too long."""
    octets = text.encode("ascii")
    if len(octets) > _TEXT:
        raise Unencodable(f"a text of {len(octets)} octets: expected at most {_TEXT}", layout="text record")
    return sealed(times, size=BODY_SIZE, tail=octets)
