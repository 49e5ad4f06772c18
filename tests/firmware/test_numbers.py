"""Medical floats and the CRC in C are those of Python: every SFLOAT there is, and numbers of every size."""

import ctypes
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.e2e import Crc, next_counter
from isletbench.protocols.errors import Unencodable
from isletbench.protocols.fields import FLOAT, SFLOAT, MedicalFloat, Special
from tests.firmware.compiled import library, needs_compiler

pytestmark = needs_compiler
FINEST = -8
NAN = {"sfloat": 0x07FF, "float": 0x007FFFFF}
FORMATS: dict[str, MedicalFloat] = {"sfloat": SFLOAT, "float": FLOAT}
formats = pytest.mark.parametrize("name", list(FORMATS))


def number_of(name: str, code: int, exponent: int) -> int | None:
    """What C says a code is, in units of ten to the exponent; None for no number."""
    number = ctypes.c_int64()
    is_number = getattr(library(), f"ib_{name}_number")
    is_number.restype = ctypes.c_bool
    return number.value if is_number(code, exponent, ctypes.byref(number)) else None


def code_of(name: str, number: int, exponent: int) -> tuple[bool, int]:
    """The code C makes of a number, and whether it says that it could."""
    code = ctypes.c_uint32(0)
    made = getattr(library(), f"ib_{name}_of")
    made.restype = ctypes.c_bool
    return made(ctypes.c_int64(number), exponent, ctypes.byref(code)), code.value


def encoded(name: str, number: int, exponent: int) -> tuple[bool, int]:
    """The same, of Python."""
    try:
        return True, FORMATS[name]._encode(Decimal(number).scaleb(exponent), None, "")  # type: ignore[arg-type]
    except Unencodable:
        return False, NAN[name]


def test_every_sfloat_is_the_number_that_python_reads() -> None:
    for code in range(1 << 16):
        value = SFLOAT._decode(code, None, "")
        expected = None if isinstance(value, Special) else int(Decimal(repr(value)).scaleb(-FINEST))
        assert number_of("sfloat", code, FINEST) == expected, f"0x{code:04X}"


def test_every_sfloat_is_written_as_python_writes_it() -> None:
    for code in range(1 << 16):
        if (number := number_of("sfloat", code, FINEST)) is not None:
            assert code_of("sfloat", number, FINEST) == encoded("sfloat", number, FINEST), f"0x{code:04X}"


@formats
@given(number=st.integers(-(2**62), 2**62) | st.integers(-5000, 5000), exponent=st.integers(-12, 12))
def test_any_number_is_written_as_python_writes_it(name: str, number: int, exponent: int) -> None:
    assert code_of(name, number, exponent) == encoded(name, number, exponent)


@given(mantissa=st.integers(-0x7FFFFD, 0x7FFFFD), power=st.integers(-9, 9), exponent=st.integers(-9, 3))
def test_a_float_is_read_in_the_unit_that_is_asked_for(mantissa: int, power: int, exponent: int) -> None:
    exact = Decimal(mantissa).scaleb(power - exponent)
    if abs(exact) < 2**62:
        code = (power & 0xFF) << 24 | mantissa & 0xFFFFFF
        assert number_of("float", code, exponent) == int(exact.to_integral_value(ROUND_HALF_UP))


@formats
def test_what_is_no_number_is_none(name: str) -> None:
    layout = FORMATS[name]
    for special in Special:
        assert number_of(name, int.from_bytes(layout.build(special), "little"), FINEST) is None


@pytest.mark.parametrize(("name", "kind", "check"), [("", Crc.SPECIFIED, 0x6F91), ("_ccitt_false", Crc.CCITT_FALSE, 0x29B1)])
@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_crc_goes_on_where_it_left_off(name: str, kind: Crc, check: int, one: bytes, other: bytes) -> None:
    crc = getattr(library(), f"ib_crc16{name}")
    crc.restype = ctypes.c_uint16
    assert crc(crc(0xFFFF, one, len(one)), other, len(other)).to_bytes(2, "little") == kind.of(one + other)
    assert crc(0xFFFF, b"123456789", 9) == check


def test_a_counter_goes_from_255_to_1() -> None:
    following = library().ib_e2e_next_counter
    following.restype = ctypes.c_uint8
    assert [following(last) for last in range(256)] == [next_counter(last) for last in range(256)]


@given(code=st.integers(0, 0xFFFF), number=st.integers(-(10**9), 10**9), exponent=st.integers(-8, 0), nearby=st.booleans())
def test_an_sfloat_is_compared_exactly(code: int, number: int, exponent: int, nearby: bool) -> None:
    value = number_of("sfloat", code, FINEST)
    is_number, compare = library().ib_sfloat_is_number, library().ib_sfloat_compare
    is_number.restype = ctypes.c_bool
    assert is_number(code) == (value is not None)
    if value is not None:
        number = value // 10 ** (exponent - FINEST) if nearby else number
        expected = Decimal(value).scaleb(FINEST).compare(Decimal(number).scaleb(exponent))
        assert compare(code, ctypes.c_int64(number), exponent) == int(expected)
