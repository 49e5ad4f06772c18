"""Medical floats and the other number formats are exact inverses, and refuse what they cannot carry."""

from decimal import Decimal

import pytest
from construct import Int8ul
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.att import Property
from isletbench.protocols.errors import ReservedValue, Unencodable
from isletbench.protocols.fields import (
    FLOAT,
    SFLOAT,
    TIME_ZONE,
    DstOffset,
    Enumerated,
    Flagged,
    MedicalFloat,
    Number,
    Scaled,
    Special,
)

# Octets and values from the worked examples of the Bluetooth services: the reservoir, rates and glucose of IDS 1.0.2 and
# CGMS 1.0.1 messages, and the special codes of the GATT Specification Supplement, 2.3.
SFLOATS: list[tuple[str, Number]] = [
    ("9B F5", 143.5),
    ("40 F0", 6.4),
    ("6E F1", 36.6),
    ("B9 E0", 1.85),
    ("41 E0", 0.65),
    ("E7 FF", -2.5),
    # IEEE 11073-20601: the five special mantissas are special at exponent 0 only.
    ("FF F7", 204.7),
    ("FE F7", 204.6),
    ("00 F8", -204.8),
    ("01 F8", -204.7),
    ("02 F8", -204.6),
    ("FF 17", 20470.0),
    ("78 00", 120.0),
    ("64 00", 100.0),
    ("00 00", 0.0),
    ("FF 07", Special.NAN),
    ("00 08", Special.NRES),
    ("FE 07", Special.POSITIVE_INFINITY),
    ("02 08", Special.NEGATIVE_INFINITY),
    ("01 08", Special.RESERVED),
]
FLOATS: list[tuple[str, Number]] = [
    ("40 E2 01 FE", 1234.56),
    ("CD 81 01 FE", 987.65),
    ("FF FF 7F FF", 838860.7),
    ("00 00 80 FF", -838860.8),
    ("FF FF 7F 00", Special.NAN),
    ("00 00 80 00", Special.NRES),
    ("FE FF 7F 00", Special.POSITIVE_INFINITY),
    ("02 00 80 00", Special.NEGATIVE_INFINITY),
    ("01 00 80 00", Special.RESERVED),
]
BOTH = [(SFLOAT, *row) for row in SFLOATS] + [(FLOAT, *row) for row in FLOATS]


@pytest.mark.parametrize(("layout", "octets", "value"), BOTH)
def test_value_and_octets_are_the_same_thing(layout: MedicalFloat, octets: str, value: Number) -> None:
    assert layout.parse(bytes.fromhex(octets)) == value
    assert layout.build(value).hex(" ").upper() == octets
    assert layout.sizeof() == len(bytes.fromhex(octets))


def test_every_sfloat_that_is_read_can_be_written_again() -> None:
    for code in range(1 << 16):
        value = SFLOAT._decode(code, None, "")
        assert SFLOAT._decode(SFLOAT._encode(value, None, ""), None, "") == value, f"0x{code:04X}"


@given(st.integers(-8_388_605, 8_388_605), st.integers(-20, 20))
def test_what_a_float_can_hold_it_holds_exactly(mantissa: int, exponent: int) -> None:
    value = float(Decimal(mantissa).scaleb(exponent))
    assert FLOAT.parse(FLOAT.build(value)) == value


ROUNDED = [(204.8, 205.0), (1234.56, 1235.0), (2046.0, 2050.0), (-2048.0, -2050.0), (0.33333, 0.333)]


@pytest.mark.parametrize(("given_value", "kept"), ROUNDED)
def test_digits_that_do_not_fit_are_rounded(given_value: float, kept: float) -> None:
    assert SFLOAT.parse(SFLOAT.build(given_value)) == kept


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3e10, 1e-12, "7", True])
def test_what_a_format_cannot_carry_raises_before_an_octet_leaves(value: float) -> None:
    with pytest.raises(Unencodable):
        SFLOAT.build(value)


@pytest.mark.parametrize(("octet", "quarters"), [("04", 4), ("D0", -48), ("38", 56), ("80", None)])
def test_a_time_zone_is_quarter_hours_or_unknown(octet: str, quarters: int | None) -> None:
    assert TIME_ZONE.parse(bytes.fromhex(octet)) == quarters
    assert TIME_ZONE.build(quarters) == bytes.fromhex(octet)


@pytest.mark.parametrize("octet", ["39", "CF", "7E"])
def test_a_time_zone_off_the_earth_is_reserved(octet: str) -> None:
    with pytest.raises(ReservedValue, match="quarter hours"):
        TIME_ZONE.parse(bytes.fromhex(octet))


def test_an_undefined_code_names_the_defined_ones() -> None:
    with pytest.raises(ReservedValue, match="0x03 is no DstOffset; defined are 0x00 STANDARD"):
        Enumerated(Int8ul, DstOffset).parse(b"\x03")


def test_reserved_bits_are_ignored_when_received_and_refused_when_sent() -> None:
    layout = Flagged(Int8ul, Property)
    assert layout.parse(b"\x82") == Property.READ
    with pytest.raises(Unencodable, match="0x80"):
        layout.build(Property(0x80))


def test_a_scaled_number_is_sent_with_its_exponent_where_its_mantissa_fits() -> None:
    assert SFLOAT.build(Scaled(100, -5)) == bytes.fromhex("64B0")
    assert SFLOAT.build(Scaled(1, -3)) == bytes.fromhex("01D0")
    assert SFLOAT.build(Scaled(100_000, -5)) == SFLOAT.build(1.0)
    assert SFLOAT.parse(SFLOAT.build(Scaled(100, -5))) == 0.001 == float(Scaled(100, -5))
    assert len({Scaled(100, -5), Scaled(1, -3), 0.001}) == 3, "different octets, so nothing may take one for another"
