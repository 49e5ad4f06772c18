"""What the layouts of packets look like, as plain data: for whoever writes the same layouts down in another language.

``shape_of`` takes a layout as a packet declares it apart, so that nobody outside ``protocols`` has to know construct.
"""

from enum import IntEnum, IntFlag
from typing import Any, TypeAlias

from construct import (
    Array,
    Bytes,
    BytesInteger,
    FocusedSeq,
    FormatField,
    GreedyBytes,
    GreedyRange,
    Renamed,
    StringEncoded,
    Subconstruct,
)

from isletbench.protocols.fields import Enumerated, Extensible, Flagged, Listed, MedicalFloat, TimeZone, TwoCodes
from isletbench.protocols.layouts import Nested as NestedLayout
from isletbench.protocols.values import dataclass


@dataclass(frozen=True, slots=True)
class Integer:
    """A little-endian integer."""

    octets: int
    signed: bool


@dataclass(frozen=True, slots=True)
class Decimal:
    """A medical float: 2 octets (SFLOAT) or 4 (FLOAT)."""

    octets: int


@dataclass(frozen=True, slots=True)
class Code:
    """One of the values of an enumeration; others are refused."""

    octets: int
    enum: type[IntEnum]
    plain: frozenset[int] | None = None
    """The codes that are allowed where a value is the plain number and no member of ``enum``."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A bit field; bits that are not defined are sent as 0 and ignored when received."""

    octets: int
    flag: type[IntFlag]
    extensible: bool = False
    """Whether its highest bit announces further octets, which are ignored."""


@dataclass(frozen=True, slots=True)
class CodePair:
    """Two codes in one octet, ``low`` in its low nibble."""

    low: type[IntEnum]
    high: type[IntEnum]
    optional: bool = False
    """Whether the octet may be 0, which is neither code."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: one signed octet of quarter hours within ``within``, or ``unknown``."""

    within: tuple[int, int]
    unknown: int


@dataclass(frozen=True, slots=True)
class Nested:
    """Another packet."""

    cls: type[Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """A count, then as many integers."""

    count: Integer
    element: Integer


@dataclass(frozen=True, slots=True)
class Repeated:
    """A packet as often as it fits into the rest of the value."""

    cls: type[Any]


@dataclass(frozen=True, slots=True)
class Octets:
    """This many octets as they are."""

    octets: int


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of the value as it is; ``text`` when it is UTF-8."""

    text: bool


Shape: TypeAlias = Integer | Decimal | Code | Bits | CodePair | Zone | Nested | Counted | Repeated | Octets | Rest


def shape_of(layout: Any) -> Shape:
    """The shape of one field's layout. Raises ``TypeError`` for a layout that no packet of ours uses."""
    shape = _of_value(layout) or _of_several(layout)
    if shape is None:
        raise TypeError(f"{layout!r} has no shape: teach protocols.shapes about it")
    return shape


def _of_value(layout: Any) -> Shape | None:
    """The shape of what stands for one value."""
    match layout:
        case BytesInteger(signed=signed, swapped=True):
            return Integer(layout.sizeof(), signed=signed)
        case FormatField(fmtstr=code) if code[0] == "<" and code[-1] in "BHLQbhlq":
            return Integer(layout.sizeof(), signed=code[-1].islower())
        case MedicalFloat(subcon=subcon):
            return Decimal(subcon.sizeof())
        case Enumerated(subcon=subcon, enum=enum):
            return Code(subcon.sizeof(), enum)
        case Listed(subcon=subcon, known=known, named=enum):
            return Code(subcon.sizeof(), enum, known)
        case Flagged(subcon=subcon, flag=flag):
            return Bits(subcon.sizeof(), flag, extensible=isinstance(layout, Extensible))
        case TwoCodes(low=low, high=high, optional=optional):
            return CodePair(low, high, optional)
        case TimeZone():
            return Zone((TimeZone.WEST, TimeZone.EAST), TimeZone.UNKNOWN)
        case _:
            return None


def _of_several(layout: Any) -> Shape | None:
    """The shape of what holds other values, or octets."""
    if isinstance(layout, NestedLayout):
        return Nested(layout.cls)
    if layout is GreedyBytes:
        return Rest(text=False)
    match layout:
        case FocusedSeq(subcons=[Renamed(subcon=Subconstruct(subcon=count)), Renamed(subcon=Array(subcon=element))]):
            return Counted(_integer(count), _integer(element))
        case GreedyRange(subcon=NestedLayout(cls=cls)):
            return Repeated(cls)
        case Bytes():
            return Octets(layout.sizeof())
        case Subconstruct(subcon=subcon) if subcon is GreedyBytes and isinstance(layout, StringEncoded):
            return Rest(text=True)
        case _:
            return None


def _integer(layout: Any) -> Integer:
    shape = shape_of(layout)
    if not isinstance(shape, Integer):
        raise TypeError(f"{layout!r} is no integer")
    return shape
