"""One field of a packet in C: how it is declared, read from octets and written to them.

Each kind of layout is one class. ``place`` is a C expression for the field, such as ``value->glucose``; the lines call the
reader and writer of ``isletbench/wire.h``, which remember the first thing that went wrong.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from isletbench.protocols import shapes
from isletbench.protocols.packet import Wire, size_of


def snake(name: str) -> str:
    """``BolusDelivered1Of2`` as ``bolus_delivered_1_of_2``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return re.sub(r"(?<=[a-z]{2})(?=[0-9])", "_", words)


def c_name(cls: type[object]) -> str:
    """The C name of a packet or an enumeration: ``ib_``, the module of ``protocols`` that declares it, its own.

    A name that begins with its module's is said once: ``ib_att_code``.
    """
    module, own = module_of(cls), snake(cls.__name__)
    return f"ib_{own}" if own.startswith(f"{module}_") else f"ib_{module}_{own}"


def module_of(cls: type[object]) -> str:
    """``isletbench.protocols.ids.status`` is ``ids``: the modules of one service are one in C."""
    return cls.__module__.split(".")[2]


def hexadecimal(value: int) -> str:
    """A number as C likes to have bits and codes."""
    return f"0x{value:02X}U"


def initializer(texts: Sequence[str], octets: bytes) -> str:
    """A struct of strings and, last, a struct of octets: ``{"a", "b", {{0x01}}}``."""
    quoted = ", ".join(json.dumps(text) for text in texts)
    return f"{{{quoted}, {{{{{', '.join(f'0x{octet:02X}' for octet in octets)}}}}}}}"


class Field(Protocol):
    """What C has to know of one field."""

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""

    def read(self, place: str) -> list[str]:
        """Statements that take it from ``from``."""

    def write(self, place: str) -> list[str]:
        """Statements that put it into ``to``."""


@dataclass(frozen=True, slots=True)
class IntegerField:
    """An integer of 1 to 4 octets."""

    shape: shapes.Integer

    @property
    def type(self) -> str:
        """The C type of the field."""
        bits = 8 * (4 if self.shape.octets == 3 else self.shape.octets)
        return f"{'' if self.shape.signed else 'u'}int{bits}_t"

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"{self.type} {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        kind = "int" if self.shape.signed else "uint"
        return [f"{place} = ({self.type})ib_read_{kind}(from, {self.shape.octets});"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_uint(to, (uint32_t){place}, {self.shape.octets});"]


@dataclass(frozen=True, slots=True)
class DecimalField:
    """A medical float, as its code on the wire."""

    shape: shapes.Decimal

    @property
    def type(self) -> str:
        """The C type of the field."""
        return "ib_sfloat" if self.shape.octets == 2 else "ib_float"

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"{self.type} {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        return [f"{place} = ({self.type})ib_read_uint(from, {self.shape.octets});"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_uint(to, {place}, {self.shape.octets});"]


@dataclass(frozen=True, slots=True)
class CodeField:
    """A code of an enumeration."""

    shape: shapes.Code

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"enum {c_name(self.shape.enum)} {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        name = c_name(self.shape.enum)
        return [f"{place} = (enum {name})ib_read_code(from, {self.shape.octets}, {name}_is);"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_code(to, (uint32_t){place}, {self.shape.octets}, {c_name(self.shape.enum)}_is);"]


@dataclass(frozen=True, slots=True)
class BitsField:
    """A bit field."""

    shape: shapes.Bits
    octet_flags: Sequence[int] = ()
    """The presence bits of its octets, lowest octet first, where each is there only when it is not 0."""

    @property
    def defined(self) -> str:
        """The name of the mask of all defined bits."""
        return f"{c_name(self.shape.flag)}_ALL".upper()

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        bits = 8 * (4 if self.shape.octets == 3 else self.shape.octets)
        return f"uint{bits}_t {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        kind = self.declare("").strip()
        if not self.octet_flags:
            read = "ib_read_extensible_bits" if self.shape.extensible else "ib_read_uint"
            return [f"{place} = ({kind})({read}(from, {self.shape.octets}) & {self.defined});"]
        lines = [f"{place} = 0;"]
        for index, flag in enumerate(self.octet_flags):
            shifted = f"ib_read_uint(from, 1) << {8 * index}" if index else "ib_read_uint(from, 1)"
            lines += [f"if (flags & {hexadecimal(1 << flag)}) {{", f"    {place} |= {shifted};", "}"]
        return [*lines, f"{place} &= {self.defined};"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        if not self.octet_flags:
            return [f"ib_write_bits(to, {place}, {self.shape.octets}, {self.defined});"]
        lines = [f"ib_write_bits(to, {place}, 0, {self.defined});"]
        for index in range(len(self.octet_flags)):
            octet = f"({place} >> {8 * index}) & 0xFFU"
            lines += [f"if ({octet}) {{", f"    ib_write_uint(to, {octet}, 1);", "}"]
        return lines


@dataclass(frozen=True, slots=True)
class CodePairField:
    """Two codes in one octet."""

    shape: shapes.CodePair

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        low, high = c_name(self.shape.low), c_name(self.shape.high)
        return f"struct {{ enum {low} low; enum {high} high; }} {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        low, high = c_name(self.shape.low), c_name(self.shape.high)
        checks = [
            f"    {place}.low = (enum {low})ib_check_code(from, octet & 0x0FU, {low}_is);",
            f"    {place}.high = (enum {high})ib_check_code(from, octet >> 4, {high}_is);",
        ]
        if self.shape.optional:
            checks = ["    if (octet != 0) {", *(f"    {line}" for line in checks), "    }"]
        return ["{", "    uint32_t octet = ib_read_uint(from, 1);", *checks, "}"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        low, high = c_name(self.shape.low), c_name(self.shape.high)
        checks = [
            f"ib_write_code(to, (uint32_t){place}.low, 0, {low}_is);",
            f"ib_write_code(to, (uint32_t){place}.high, 0, {high}_is);",
        ]
        if self.shape.optional:
            none = f"(uint32_t){place}.low == 0 && (uint32_t){place}.high == 0"
            checks = [f"if (!({none})) {{", *(f"    {line}" for line in checks), "}"]
        return [
            *checks,
            f"ib_write_uint(to, (uint32_t){place}.low | (uint32_t){place}.high << 4, 1);",
        ]


@dataclass(frozen=True, slots=True)
class ZoneField:
    """A time zone."""

    shape: shapes.Zone

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"int8_t {name}"

    def _undefined(self, place: str) -> str:
        west, east = self.shape.within
        return f"{place} != IB_TIME_ZONE_UNKNOWN && ({place} < {west} || {place} > {east})"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        taken = f"{place} = (int8_t)ib_read_int(from, 1);"
        return [taken, f"if ({self._undefined(place)}) {{", "    ib_reader_fail(from, IB_RESERVED);", "}"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        refusal = [f"if ({self._undefined(place)}) {{", "    ib_writer_fail(to, IB_UNENCODABLE);", "}"]
        return [*refusal, f"ib_write_uint(to, (uint32_t){place}, 1);"]


@dataclass(frozen=True, slots=True)
class NestedField:
    """Another packet."""

    shape: shapes.Nested

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"struct {c_name(self.shape.cls)} {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        return [f"{c_name(self.shape.cls)}_read(from, &{place});"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"{c_name(self.shape.cls)}_write(to, &{place});"]


@dataclass(frozen=True, slots=True)
class CountedField:
    """A count, then as many integers."""

    shape: shapes.Counted

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"struct ib_octets {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        count, width = self.shape.count.octets, self.shape.element.octets
        return [f"{place} = ib_read_octets(from, (size_t){width} * ib_read_uint(from, {count}));"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        width = self.shape.element.octets
        return [
            f"ib_write_count(to, {place}, {width}, {self.shape.count.octets});",
            f"ib_write_octets(to, {place});",
        ]


@dataclass(frozen=True, slots=True)
class RepeatedField:
    """A packet as often as it fits."""

    shape: shapes.Repeated

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"struct ib_octets {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        size = size_of(self.shape.cls)
        return [f"{place} = ib_read_octets(from, from->left - from->left % {size}U);"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_octets(to, {place});"]


@dataclass(frozen=True, slots=True)
class OctetsField:
    """A fixed number of octets."""

    shape: shapes.Octets

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"uint8_t {name}[{self.shape.octets}]"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        return [f"ib_read_into(from, {place}, {self.shape.octets});"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_octets(to, (struct ib_octets){{{place}, {self.shape.octets}}});"]


@dataclass(frozen=True, slots=True)
class RestField:
    """The rest of the value."""

    shape: shapes.Rest

    def declare(self, name: str) -> str:
        """The member of the struct, without its semicolon."""
        return f"struct ib_octets {name}"

    def read(self, place: str) -> list[str]:
        """The statements that read the field."""
        return [f"{place} = ib_read_octets(from, from->left);"]

    def write(self, place: str) -> list[str]:
        """The statements that write the field."""
        return [f"ib_write_octets(to, {place});"]


def field_of(declared: Wire) -> Field:
    """The C field of a declared one."""
    match shapes.shape_of(declared.layout):
        case shapes.Integer() as shape:
            return IntegerField(shape)
        case shapes.Decimal() as shape:
            return DecimalField(shape)
        case shapes.Code() as shape:
            return CodeField(shape)
        case shapes.Bits() as shape:
            return BitsField(shape, declared.flag if isinstance(declared.flag, tuple) else ())
        case shapes.CodePair() as shape:
            return CodePairField(shape)
        case shapes.Zone() as shape:
            return ZoneField(shape)
        case shapes.Nested() as shape:
            return NestedField(shape)
        case shapes.Counted() as shape:
            return CountedField(shape)
        case shapes.Repeated() as shape:
            return RepeatedField(shape)
        case shapes.Octets() as shape:
            return OctetsField(shape)
        case shapes.Rest() as shape:
            return RestField(shape)
