"""Records as they follow each other in a page."""

from collections.abc import Iterator
from typing import Any

from isletbench.protocols.errors import Truncated, Unencodable, UnknownOpcode, WireError
from isletbench.protocols.medtronic.opcodes import Generation
from isletbench.protocols.medtronic.records import days, events, insulin, meals
from isletbench.protocols.medtronic.records.declared import code_of, kinds_of
from isletbench.protocols.medtronic.records.meals import UnabsorbedDose, UnabsorbedInsulin
from isletbench.protocols.packet import decode, encode, size_of

DECLARED_IN = (insulin, meals, days, events)
"""Where the kinds of record are declared."""
UNABSORBED = 0x5C
"""The op code of the one record whose length is in the record."""


def octets_of(entry: Any) -> bytes:
    """A record as it is in a page. Raises ``Unencodable``."""
    if isinstance(entry, UnabsorbedInsulin):
        length = 2 + 3 * len(entry.doses)
        if length > 0xFF:
            raise Unencodable(f"{len(entry.doses)} doses do not fit", layout="UnabsorbedInsulin", field="doses")
        return bytes([UNABSORBED, length]) + b"".join(encode(dose) for dose in entry.doses)
    return bytes([code_of(type(entry))]) + encode(entry)


def records_of(content: bytes, generation: Generation) -> Iterator[Any]:
    """The records of a page's content, oldest first, up to the zeros that fill it up.

    Raises ``UnknownOpcode`` for a record that this generation does not write, and what its packet raises; the rest is not read.
    """
    at = 0
    while at < len(content) and content[at]:
        entry, at = _record_at(content, at, generation)
        yield entry


def _record_at(content: bytes, at: int, generation: Generation) -> tuple[Any, int]:
    code = content[at]
    if code == UNABSORBED:
        return _unabsorbed(content, at)
    cls = kinds_of(generation).get(code)
    if cls is None:
        raise UnknownOpcode(f"0x{code:02X} is no record of {generation.value}", opcode=code, octets=content[at : at + 8])
    size = size_of(cls)
    assert size is not None
    end = at + 1 + size
    try:
        return decode(cls, content[at + 1 : end]), end
    except WireError as error:
        raise error.within(cls.__name__, content[at:end]) from None


def _unabsorbed(content: bytes, at: int) -> tuple[UnabsorbedInsulin, int]:
    length = content[at + 1] if at + 1 < len(content) else 0
    end = at + length
    if length < 2 or (length - 2) % 3 or end > len(content):
        problem = f"a length of {length} octets is not 2 and a multiple of 3, or runs over the end"
        raise Truncated(problem, octets=content[at : at + 8], layout="UnabsorbedInsulin", field="length")
    doses = tuple(decode(UnabsorbedDose, content[begin : begin + 3]) for begin in range(at + 2, end, 3))
    return UnabsorbedInsulin(doses), end
