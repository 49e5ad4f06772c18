"""What a layout looks like as plain data, for whoever writes it down in another language."""

from typing import ClassVar

import pytest
from construct import (
    Bytes,
    Float32l,
    GreedyBytes,
    GreedyRange,
    GreedyString,
    Int8ul,
    Int16sl,
    Int16ub,
    Int16ul,
    Int24ub,
    Int32ul,
    PascalString,
    PrefixedArray,
)

from isletbench.protocols.cgms import CALIBRATION_ORIGIN, ORIGIN, Annunciation, Measurement, SampleLocation, SampleType, Status
from isletbench.protocols.errors import ReservedValue, Unencodable
from isletbench.protocols.fields import FLOAT, SFLOAT, TIME_ZONE, DstOffset, Enumerated, Extensible, Flagged, Int24ul
from isletbench.protocols.ids import BolusType, SetBolus
from isletbench.protocols.packet import FieldInfo, Flags, bit, flags, packet, parts_of, size_of, struct_of, wire
from isletbench.protocols.shapes import (
    Bits,
    Code,
    CodePair,
    Counted,
    Decimal,
    Integer,
    Nested,
    Octets,
    Repeated,
    Rest,
    Zone,
    shape_of,
)


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        (Int8ul, Integer(1, signed=False)),
        (Int16sl, Integer(2, signed=True)),
        (Int24ul, Integer(3, signed=False)),
        (Int32ul, Integer(4, signed=False)),
        (SFLOAT, Decimal(2)),
        (FLOAT, Decimal(4)),
        (Enumerated(Int8ul, DstOffset), Code(1, DstOffset)),
        (Flagged(Int24ul, Annunciation), Bits(3, Annunciation)),
        (Extensible(Int24ul, Annunciation), Bits(3, Annunciation, extensible=True)),
        (ORIGIN, CodePair(SampleType, SampleLocation)),
        (CALIBRATION_ORIGIN, CodePair(SampleType, SampleLocation, optional=True)),
        (TIME_ZONE, Zone((-48, 56), -128)),
        (struct_of(Status), Nested(Status)),
        (PrefixedArray(Int8ul, Int16ul), Counted(Integer(1, signed=False), Integer(2, signed=False))),
        (GreedyRange(struct_of(Status)), Repeated(Status)),
        (Bytes(8), Octets(8)),
        (GreedyBytes, Rest(text=False)),
        (GreedyString("utf8"), Rest(text=True)),
    ],
)
def test_a_layout_has_its_shape(layout: object, shape: object) -> None:
    assert shape_of(layout) == shape


@pytest.mark.parametrize(
    "layout", [Float32l, Int16ub, Int24ub, PascalString(Int8ul, "ascii"), PrefixedArray(Int8ul, SFLOAT), GreedyRange(Int8ul)]
)
def test_a_layout_that_no_packet_uses_has_none(layout: object) -> None:
    with pytest.raises(TypeError, match=r"has no shape|is no integer"):
        shape_of(layout)


def test_the_size_of_a_packet_is_known_where_it_is_always_the_same() -> None:
    assert size_of(Status) == 5
    assert size_of(Measurement) is None
    assert size_of(SetBolus) is None


def test_a_packet_tells_its_parts_in_the_order_of_the_wire() -> None:
    @packet
    class Some:
        kind: BolusType = wire(Enumerated(Int8ul, BolusType), "first")
        presence: ClassVar[Flags] = flags(Int8ul)
        delay: int | None = wire(Int16ul, "min", flag=0, default=None)
        urgent: bool = bit(1, "soon", default=False)

    told = [part.name if isinstance(part, FieldInfo) else "flags" for part in parts_of(Some)]
    assert told == ["kind", "flags", "delay", "urgent"]
    assert shape_of(struct_of(Some)) == Nested(Some)


def test_two_codes_share_an_octet_and_neither_may_be_reserved() -> None:
    both = (SampleType.INTERSTITIAL_FLUID, SampleLocation.SUBCUTANEOUS_TISSUE)
    assert ORIGIN.build(both) == b"\x59"
    assert ORIGIN.parse(b"\x59") == both
    for octet in (b"\x50", b"\x5b", b"\x09", b"\x69"):
        with pytest.raises(ReservedValue):
            ORIGIN.parse(octet)
    with pytest.raises(Unencodable, match="is no pair of SampleType and SampleLocation"):
        ORIGIN.build((SampleType.INTERSTITIAL_FLUID, 7))  # type: ignore[arg-type]
