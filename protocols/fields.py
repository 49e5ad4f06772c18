"""The number formats fields are made of, each an exact inverse: what is decoded encodes to the same meaning.

A medical float is a plain ``float`` or a ``Special``: NaN, NRes, the infinities and the reserved code are values of their
own, so they survive a round trip and cannot be mistaken for glucose. Reading and writing refuse what a format cannot carry.

Source: IEEE 11073-20601 (SFLOAT-Type, FLOAT-Type); Bluetooth GATT Specification Supplement, sections 2.3 (medfloat16,
medfloat32), 3.79 (Date Time), 3.86 (DST Offset) and 3.255 (Time Zone).
"""

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum, IntEnum, IntFlag
from typing import Any, TypeAlias, TypeVar, cast

from construct import Int8sl, Int8ul, Int16ul, Int24ul, Int32ul
from construct_typed import Adapter, Construct

from isletbench.protocols.errors import ReservedValue, Truncated, Unencodable
from isletbench.protocols.undefined import undefined, wanted

K = TypeVar("K")
E = TypeVar("E", bound=IntEnum)
G = TypeVar("G", bound=IntEnum)
F = TypeVar("F", bound=IntFlag)


class Special(Enum):
    """What a medical float can say instead of a number. GATT Specification Supplement, 2.3."""

    NAN = "NaN"
    """Not a number: the result is invalid or missing."""
    NRES = "NRes"
    """Not at this resolution."""
    POSITIVE_INFINITY = "+INF"
    NEGATIVE_INFINITY = "-INF"
    RESERVED = "reserved"

    def __repr__(self) -> str:
        return self.value


class Scaled(float):
    """A number that is sent as ``mantissa`` times ten to this ``exponent``, where the mantissa fits.

    Devices do so that count in one unit: 100 mg/dL are 100e-5 kg/L, and not 1e-3. What is received is a plain number; a scaled
    one is equal to no plain number, so that no two numbers with different octets are equal.
    """

    mantissa: int
    exponent: int

    def __new__(cls, mantissa: int, exponent: int) -> "Scaled":
        made = super().__new__(cls, mantissa / 10**-exponent if exponent < 0 else mantissa * 10**exponent)
        made.mantissa, made.exponent = mantissa, exponent
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scaled) and (self.mantissa, self.exponent) == (other.mantissa, other.exponent)

    def __hash__(self) -> int:
        return hash((self.mantissa, self.exponent))


Number: TypeAlias = float | Special
"""The value of an SFLOAT or FLOAT."""


def path_of(construct_path: str) -> str:
    """construct's ``(parsing) -> status -> flags`` as our ``status.flags``."""
    return ".".join(step for step in construct_path.split(" -> ")[1:] if not step.startswith("_"))


class MedicalFloat(Adapter[int, int, Number, Number]):
    """A decimal float in one integer: a signed exponent in the high bits, a signed mantissa in the low ones.

    The five mantissas next to the ends are special codes at exponent 0 and plain numbers at every other exponent (IEEE
    11073-20601: 204.7 is 2047 at exponent -1). Encoding takes the exponent closest to zero that keeps every digit, and rounds
    half to even where the mantissa is too short for them (SFLOAT holds 3 to 4 digits, FLOAT 6 to 7). Raises ``Unencodable``
    for what is too large, and for a number other than zero that would become zero.
    """

    def __init__(self, subcon: Construct[int, int], mantissa_bits: int, exponent_bits: int) -> None:
        super().__init__(subcon)
        self.mantissa_bits = mantissa_bits
        self.min_exponent = -(1 << (exponent_bits - 1))
        self.max_exponent = -self.min_exponent - 1
        top = 1 << (mantissa_bits - 1)
        self._top = top
        self.exponent_mask = (1 << exponent_bits) - 1
        self.mantissa_mask = (1 << mantissa_bits) - 1
        self._special_of = {
            top - 1: Special.NAN,
            top: Special.NRES,
            top - 2: Special.POSITIVE_INFINITY,
            top + 2: Special.NEGATIVE_INFINITY,
            top + 1: Special.RESERVED,
        }
        self._code_of = {special: code for code, special in self._special_of.items()}

    def _decode(self, obj: int, context: Any, path: str) -> Number:
        if special := self._special_of.get(obj):  # only with exponent 0, which is how the table's keys look
            return special
        mantissa = _signed(obj & self.mantissa_mask, self.mantissa_bits)
        exponent = _signed(obj >> self.mantissa_bits, self.exponent_mask.bit_length())
        # A division of two exact integers is rounded once, so 1435e-1 is the float 143.5 and no neighbour of it.
        return mantissa / 10**-exponent if exponent < 0 else float(mantissa * 10**exponent)

    def _encode(self, obj: Number, context: Any, path: str) -> int:
        if isinstance(obj, Special):
            return self._code_of[obj]
        if isinstance(obj, bool) or not isinstance(obj, int | float | Decimal):
            raise Unencodable(f"expected a number or a Special, got {obj!r}", field=path_of(path))
        if isinstance(obj, Scaled) and self._fits(obj.mantissa, obj.exponent):
            return (obj.exponent & self.exponent_mask) << self.mantissa_bits | (obj.mantissa & self.mantissa_mask)
        number = Decimal(repr(obj)) if isinstance(obj, float) else Decimal(obj)
        if not number.is_finite():
            raise Unencodable(f"{obj} is not a number; say Special.NAN or an infinity", field=path_of(path))
        mantissa, exponent = self._decimal(number, obj, path)
        return (exponent & self.exponent_mask) << self.mantissa_bits | (mantissa & self.mantissa_mask)

    def _decimal(self, number: Decimal, given: Number, path: str) -> tuple[int, int]:
        """The mantissa and exponent that tell ``number`` best."""
        if not number:
            return 0, 0
        number = number.normalize()
        exponent = max(int(number.as_tuple().exponent), self.min_exponent)
        while not self._fits(mantissa := self._scaled(number, exponent), exponent):
            exponent += 1
        while exponent > 0 and self._fits(mantissa * 10, exponent - 1):
            mantissa, exponent = mantissa * 10, exponent - 1
        while exponent < 0 and mantissa and mantissa % 10 == 0:  # rounding left trailing zeros
            mantissa, exponent = mantissa // 10, exponent + 1
        if exponent > self.max_exponent:
            raise Unencodable(f"{given} is too large for this format", field=path_of(path))
        if not mantissa:
            raise Unencodable(f"{given} is too small for this format and would become 0", field=path_of(path))
        return mantissa, exponent

    def _fits(self, mantissa: int, exponent: int) -> bool:
        """Whether this mantissa is a number at this exponent."""
        if exponent == 0:
            return abs(mantissa) < self._top - 2
        return -self._top <= mantissa < self._top

    @staticmethod
    def _scaled(number: Decimal, exponent: int) -> int:
        return int(number.scaleb(-exponent).to_integral_value(ROUND_HALF_EVEN))


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


SFLOAT = MedicalFloat(Int16ul, mantissa_bits=12, exponent_bits=4)
"""medfloat16: two octets, mantissa -2048..2047 (-2045..2045 at exponent 0), exponent -8..7."""
FLOAT = MedicalFloat(Int32ul, mantissa_bits=24, exponent_bits=8)
"""medfloat32: four octets, mantissa -8388608..8388607 (-8388605..8388605 at exponent 0), exponent -128..127."""


class Enumerated(Adapter[int, int, E, E]):
    """A code from a closed list; any other value is reserved or prohibited and raises ``ReservedValue``."""

    def __init__(self, subcon: Construct[int, int], enum: type[E]) -> None:
        super().__init__(subcon)
        self.enum = enum

    def _decode(self, obj: int, context: Any, path: str) -> E:
        try:
            return self.enum(obj)
        except ValueError:
            if wanted(context):
                return undefined(self.enum, obj)
            known = ", ".join(f"0x{member:02X} {member.name}" for member in self.enum)
            raise ReservedValue(f"0x{obj:02X} is no {self.enum.__name__}; defined are {known}", field=path_of(path)) from None

    def _encode(self, obj: E, context: Any, path: str) -> int:
        try:
            return int(obj if isinstance(obj, self.enum) else self.enum(obj))
        except ValueError:
            raise Unencodable(f"{obj!r} is no {self.enum.__name__}", field=path_of(path)) from None


class Coded(Adapter[int, int, K, K]):
    """A code from a table. Raises ``ReservedValue`` for a code that is not in it, ``Unencodable`` for what has no code.

    With ``received``, only these may be received; the others can be sent, as by a client that tries them.
    """

    def __init__(self, subcon: Construct[int, int], codes: Mapping[K, int], received: Collection[K] | None = None) -> None:
        super().__init__(subcon)
        self.codes = codes
        self._meanings = {code: key for key, code in codes.items() if received is None or key in received}

    def _decode(self, obj: int, context: Any, path: str) -> K:
        if obj not in self._meanings:
            raise ReservedValue(f"0x{obj:02X} is not defined", field=path_of(path))
        return self._meanings[obj]

    def _encode(self, obj: K, context: Any, path: str) -> int:
        if obj not in self.codes:
            raise Unencodable(f"{obj} has no code here", field=path_of(path))
        return self.codes[obj]


class Listed(Adapter[int, int, int, int]):
    """A code as a plain number, because what it means depends on something else; ``known`` are the numbers that are defined.

    ``what`` it is for messages; ``named`` is an enumeration of the codes that mean the same everywhere.
    """

    def __init__(self, subcon: Construct[int, int], known: frozenset[int], what: str, named: type[IntEnum]) -> None:
        super().__init__(subcon)
        self.known, self.what, self.named = known, what, named

    def _decode(self, obj: int, context: Any, path: str) -> int:
        if obj not in self.known and not wanted(context):
            raise ReservedValue(f"0x{obj:02X} is no {self.what}", field=path_of(path))
        return obj

    def _encode(self, obj: int, context: Any, path: str) -> int:
        if obj not in self.known:
            raise Unencodable(f"{obj!r} is no {self.what}", field=path_of(path))
        return obj


class Flagged(Adapter[int, int, F, F]):
    """A bit field. Bits reserved for future use are sent as 0 and ignored when received, as the specifications ask."""

    def __init__(self, subcon: Construct[int, int], flag: type[F]) -> None:
        super().__init__(subcon)
        self.flag = flag
        self._defined = 0
        for member in flag:
            self._defined |= int(member)

    def _decode(self, obj: int, context: Any, path: str) -> F:
        return self.flag(obj & self._defined)

    def _encode(self, obj: F, context: Any, path: str) -> int:
        if int(obj) & ~self._defined:
            raise Unencodable(f"0x{int(obj):X} has bits that {self.flag.__name__} does not", field=path_of(path))
        return int(obj)


class Extensible(Flagged[F]):
    """A bit field whose highest bit announces another octet, and the highest bit of that one a further one, and so on.

    The octets of an extension are reserved: they are ignored when received and never sent. Raises ``Truncated`` where an
    announced one is missing. IDS 1.0.2, table 4.12, bit 23.
    """

    def _parse(self, stream: Any, context: Any, path: str) -> F:
        raw = last = self.subcon._parsereport(stream, context, path)
        announces = 1 << 8 * self.subcon.sizeof() - 1
        while last & announces:
            octet = stream.read(1)
            if not octet:
                raise Truncated("its highest bit announces an extension octet, and there is none", field=path_of(path))
            last, announces = octet[0], 1 << 7
        return self._decode(raw, context, path)


class TwoCodes(Adapter[int, int, tuple[E, G] | None, tuple[E, G] | None]):
    """Two codes from closed lists in one octet, ``low`` in its low nibble; with ``optional`` the octet 0 is None."""

    def __init__(self, low: type[E], high: type[G], *, optional: bool = False) -> None:
        super().__init__(Int8ul)
        self.low, self.high, self.optional = low, high, optional

    def _decode(self, obj: int, context: Any, path: str) -> tuple[E, G] | None:
        if self.optional and obj == 0:
            return None
        try:
            return self.low(obj & 0x0F), self.high(obj >> 4)
        except ValueError as error:
            if wanted(context):
                return _member(self.low, obj & 0x0F), _member(self.high, obj >> 4)
            raise ReservedValue(f"0x{obj:02X}: {error}", field=path_of(path)) from None

    def _encode(self, obj: tuple[E, G] | None, context: Any, path: str) -> int:
        if self.optional and obj is None:
            return 0
        try:
            low, high = cast("tuple[E, G]", obj)
            low_code = low if isinstance(low, self.low) else self.low(low)
            high_code = high if isinstance(high, self.high) else self.high(high)
            return int(low_code) | int(high_code) << 4
        except (TypeError, ValueError):
            problem = f"{obj!r} is no pair of {self.low.__name__} and {self.high.__name__}"
            raise Unencodable(problem, field=path_of(path)) from None


def _member(enum: type[E], code: int) -> E:
    """The member of this code, defined or not."""
    return enum(code) if code in set(enum) else undefined(enum, code)


class DstOffset(IntEnum):
    """Daylight saving time offset. GATT Specification Supplement, 3.86."""

    STANDARD = 0
    HALF_AN_HOUR = 2
    ONE_HOUR = 4
    TWO_HOURS = 8
    UNKNOWN = 255


class TimeZone(Adapter[int, int, int | None, int | None]):
    """Time zone in quarter hours from UTC without daylight saving, -48..56; None is unknown (-128). Supplement 3.255."""

    WEST, EAST, UNKNOWN = -48, 56, -128

    def _decode(self, obj: int, context: Any, path: str) -> int | None:
        if obj == self.UNKNOWN:
            return None
        if not self.WEST <= obj <= self.EAST and not wanted(context):
            raise ReservedValue(f"{obj} is outside -48..56 quarter hours and not -128", field=path_of(path))
        return obj

    def _encode(self, obj: int | None, context: Any, path: str) -> int:
        if obj is None:
            return self.UNKNOWN
        if not self.WEST <= obj <= self.EAST:
            raise Unencodable(f"{obj} is outside -48..56 quarter hours", field=path_of(path))
        return obj


TIME_ZONE = TimeZone(Int8sl)

__all__ = [
    "FLOAT",
    "SFLOAT",
    "TIME_ZONE",
    "Coded",
    "DstOffset",
    "Enumerated",
    "Extensible",
    "Flagged",
    "Int24ul",
    "Listed",
    "MedicalFloat",
    "Number",
    "Special",
    "TimeZone",
    "TwoCodes",
    "path_of",
]
