"""Whole C files from the modules of ``protocols``: a struct and two functions a packet, enumerations, op codes, UUIDs.

``files`` returns every file's name and text; nothing is written here. Integers keep their width, a medical float stays the
code it is on the wire (``ib_sfloat``), and what is optional has a ``has_`` beside it. A packet without fields has no
struct: its op code is all there is to say.
"""

import types
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from itertools import groupby
from typing import Any, TypeVar

from isletbench.emulator.codegen.fields import c_name, field_of, hexadecimal, snake
from isletbench.protocols import att, cgms, companions, date_time, e2e, error_codes, fields, frames, ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.ids import codes, command, history, profile_templates, status
from isletbench.protocols.packet import ControlPoint, FieldInfo, Flags, is_packet, parts_of, size_of
from isletbench.protocols.shapes import Integer, shape_of

T = TypeVar("T")

MODULES: Mapping[str, tuple[types.ModuleType, ...]] = {
    "fields": (fields,),
    "att": (att,),
    "date_time": (date_time,),
    "racp": (racp,),
    "frames": (frames,),
    "companions": (companions,),
    "cgms": (cgms,),
    "ids": (codes, status, profile_templates, command, history, ids),
}
"""The files to write, each with the Python modules it is made of; a file includes those before it."""
SERVICES: Mapping[str, Mapping[str, tuple[int, tuple[Characteristic, ...]]]] = {
    "cgms": {"cgms": (cgms.SERVICE, cgms.CHARACTERISTICS)},
    "ids": {"ids": (ids.SERVICE, ids.CHARACTERISTICS)},
    "companions": {
        snake(name): (uuid, companions.SERVICES[uuid])
        for name, uuid in vars(companions).items()
        if isinstance(uuid, int) and not isinstance(uuid, IntFlag) and uuid in companions.SERVICES
    },
}
DIALECTS: Mapping[str, Mapping[str, racp.Dialect]] = {"racp": {"generic": racp.GENERIC, "ids": racp.IDS}}
ENVELOPES = {
    id(e2e.BARE): "IB_BARE",
    id(e2e.CRC_TRAILER): "IB_CRC_TRAILER",
    id(e2e.CGM_FEATURE): "IB_CGM_FEATURE",
    id(e2e.CGM_RECORD): "IB_CGM_RECORD",
    id(e2e.COUNTER_TRAILER): "IB_COUNTER_TRAILER",
    id(e2e.IDS_FEATURES): "IB_IDS_FEATURES",
}
BANNER = "/* Written by `isletbench firmware headers` from protocols/. Change it there. */"


def files() -> dict[str, str]:
    """Every generated file's text, by its path under ``firmware_stubs/generated``."""
    found: dict[str, str] = {}
    for name, modules in MODULES.items():
        unit = _Unit(name, modules)
        found[f"packets/{name}.h"] = unit.header()
        if body := unit.body():
            found[f"packets/{name}.c"] = body
    return found


def _own(module: types.ModuleType, kind: type[T] | tuple[type[T], ...]) -> Iterator[tuple[str, T]]:
    """The values of a type that a module has, by name; of classes only those that it declares itself.

    Private names are layouts that several packets share: each of those has the fields itself in C.
    """
    for name, thing in vars(module).items():
        if (
            isinstance(thing, kind)
            and not name.startswith("_")
            and (not isinstance(thing, type) or thing.__module__ == module.__name__)
        ):
            yield name, thing


def _sentence(cls: type[Any]) -> str:
    doc = (cls.__doc__ or "").strip()
    return "" if not doc or doc.startswith(cls.__name__ + "(") else " ".join(doc.split("\n\n")[0].split())


def _comment(text: str, indent: str = "") -> list[str]:
    """A comment of at most 120 columns a line."""
    words, lines, line = text.split(), [], f"{indent}/*"
    for word in words:
        if len(line) + len(word) > 116:
            lines.append(line)
            line = f"{indent} *"
        line += f" {word}"
    return [*lines, f"{line} */"]


@dataclass(frozen=True)
class _Unit:
    """One header and its C file."""

    name: str
    modules: Sequence[types.ModuleType]

    @property
    def enums(self) -> list[type[IntEnum] | type[IntFlag]]:
        """Application error codes are no enumeration of their own in C: ``enum ib_att_code`` has them all."""
        found = (thing for module in self.modules for _, thing in _own(module, type) if issubclass(thing, IntEnum | IntFlag))
        return [thing for thing in found if not issubclass(thing, att.ApplicationErrorCode)]

    @property
    def packets(self) -> list["_Packet"]:
        found = (_Packet(thing) for module in self.modules for _, thing in _own(module, type) if is_packet(thing))
        return [packet for packet in found if packet.fields]

    @property
    def points(self) -> list[tuple[str, ControlPoint]]:
        """Control points by the name of their op codes in C; each once, where it is declared."""
        found = {id(point): (name, point) for module in reversed(self.modules) for name, point in _own(module, ControlPoint)}
        return [(f"ib_{self.name}_{snake(name)}", point) for name, point in reversed(found.values())]

    @property
    def characteristics(self) -> list[tuple[str, Characteristic]]:
        found = [pair for module in self.modules for pair in _own(module, Characteristic)]
        return [(f"IB_{self.name}_{name}".upper(), characteristic) for name, characteristic in found]

    def header(self) -> str:
        guard = f"ISLETBENCH_PACKETS_{self.name}_H".upper()
        before = list(MODULES)[: list(MODULES).index(self.name)]
        lines = [BANNER, f"#ifndef {guard}", f"#define {guard}", ""]
        lines += ['#include "isletbench/sfloat.h"', '#include "isletbench/service.h"', '#include "isletbench/wire.h"']
        lines += [f'#include "packets/{other}.h"' for other in before]
        lines += ["", "#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
        for enum in self.enums:
            lines += [*_enum(enum), ""]
        for name, point in self.points:
            lines += [*_opcodes(name, point), ""]
        for packet in self.packets:
            lines += [*packet.declaration(), ""]
        for name, characteristic in self.characteristics:
            lines += [f"#define {name}_UUID 0x{characteristic.uuid:04X}U /* {characteristic.name} */"]
        end = ["#ifdef __cplusplus", "}", "#endif", "", "#endif", ""]
        return "\n".join([*lines, *self._extras(), *end])

    def _extras(self) -> list[str]:
        """The declarations that are no packets: services, and the codes of each dialect of record access."""
        lines = [f"extern const struct ib_service ib_service_{name};" for name in SERVICES.get(self.name, {})]
        if dialects := DIALECTS.get(self.name):
            for words in (racp.Operation, racp.Operator, racp.Outcome):
                lines += [*_comment(_sentence(words)), f"enum ib_racp_{snake(words.__name__)} {{"]
                lines += [f"    IB_RACP_{member.name}, /* {member.value} */" for member in words]
                lines += ["};", f"#define IB_RACP_{words.__name__.upper()}S {len(words)}", ""]
            lines += ["struct ib_racp_dialect; /* isletbench/racp.h */"]
            lines += [f"extern const struct ib_racp_dialect ib_racp_{name};" for name in dialects]
        if self.name == "fields":
            lines += [f"#define IB_TIME_ZONE_UNKNOWN ({fields.TimeZone.UNKNOWN})"]
        return [*lines, ""] if lines or self.characteristics else []

    def body(self) -> str:
        lines: list[str] = []
        for enum in self.enums:
            if issubclass(enum, IntEnum):
                lines += [*_enum_check(enum), ""]
        for name, point in self.points:
            lines += [*_opcode_sizes(name, point), ""]
        for packet in self.packets:
            lines += [*packet.reader(), "", *packet.writer(), ""]
        for name, (uuid, characteristics) in SERVICES.get(self.name, {}).items():
            lines += [*_service(name, uuid, characteristics), ""]
        for name, dialect in DIALECTS.get(self.name, {}).items():
            lines += [*_dialect(name, dialect), ""]
        included = [f'#include "packets/{self.name}.h"', *(['#include "isletbench/racp.h"'] if self.name in DIALECTS else [])]
        return "\n".join([BANNER, *included, "", *lines]) if lines else ""


# Enumerations


def _members(enum: type[IntEnum] | type[IntFlag]) -> dict[str, int]:
    """Names and values. The ATT error codes in C are those of every service; a value may have a name in each of several."""
    if enum is not att.AttCode:
        return {called: member.value for called, member in enum.__members__.items()}
    codes = {code.name: code.value for code in error_codes.every_code()}
    return dict(sorted(codes.items(), key=lambda code: bisect((att.FIRST_APPLICATION_CODE, att.FIRST_PROFILE_CODE), code[1])))


def _enum(enum: type[IntEnum] | type[IntFlag]) -> list[str]:
    name = c_name(enum)
    prefix = name.upper()
    lines = _comment(_sentence(enum)) if _sentence(enum) else []
    lines += [f"enum {name} {{"]
    lines += [f"    {prefix}_{called} = 0x{value:02X}," for called, value in _members(enum).items()]
    if issubclass(enum, IntFlag):
        everything = 0
        for member in enum:
            everything |= member.value
        return [*lines, "};", f"#define {prefix}_ALL {hexadecimal(everything)}"]
    return [*lines, "};", f"bool {name}_is(uint32_t code);"]


def _enum_check(enum: type[IntEnum]) -> list[str]:
    name = c_name(enum)
    named = {value: called for called, value in reversed(_members(enum).items())}  # C takes each value once
    cases = [f"    case {name.upper()}_{called}:" for called in reversed(named.values())]
    return [
        f"bool {name}_is(uint32_t code)",
        "{",
        "    switch (code) {",
        *cases,
        "        return true;",
        "    default:",
        "        return false;",
        "    }",
        "}",
    ]


def _opcodes(name: str, point: ControlPoint) -> list[str]:
    width = 2 * point.opcode.sizeof()
    lines = [*_comment(f"Operations of the {point.name}: {width // 2} octet{'s' if width > 2 else ''} before the packet.")]
    lines += [f"enum {name}_opcode {{"]
    lines += [f"    {name}_{snake(cls.__name__)}".upper() + f" = 0x{code:0{width}X}," for code, cls in point.operations.items()]
    return [
        *lines,
        "};",
        *_comment("How many octets an operation has, its op code included; 0 when there is no such one or it varies."),
        f"size_t {name}_size(uint32_t opcode);",
    ]


def _opcode_sizes(name: str, point: ControlPoint) -> list[str]:
    lines = [f"size_t {name}_size(uint32_t opcode)", "{", "    switch (opcode) {"]
    sized = {code: size for code, cls in point.operations.items() if (size := size_of(cls)) is not None}
    width = point.opcode.sizeof()
    for size, same in groupby(sorted(sized, key=lambda code: (sized[code], code)), key=lambda code: sized[code]):
        lines += [f"    case 0x{code:0{2 * width}X}:" for code in same]
        lines += [f"        return {width + size};"]
    return [*lines, "    default:", "        return 0;", "    }", "}"]


# Packets


class _Packet:
    """One packet class in C."""

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.name = c_name(cls)
        self.parts = parts_of(cls)
        self.fields = [part for part in self.parts if isinstance(part, FieldInfo)]
        self.first_with: dict[int, str] = {}
        """The name of the first field of each presence bit: several fields may come and go together."""
        for info in self.fields:
            if info.wire.layout is not None and isinstance(info.wire.flag, int):
                self.first_with.setdefault(info.wire.flag, info.name)

    def declaration(self) -> list[str]:
        lines = _comment(_sentence(self.cls)) if _sentence(self.cls) else []
        lines += [f"struct {self.name} {{"]
        for info in self.fields:
            if info.wire.layout is None:
                lines += self._member(f"bool {info.name}", info.wire.unit)
                continue
            if isinstance(info.wire.flag, int) and self.first_with[info.wire.flag] == info.name:
                together = [i.name for i in self.fields if i.wire.flag == info.wire.flag and i.name != info.name]
                lines += self._member(f"bool has_{info.name}", f"and {', '.join(together)}" if together else "")
            lines += self._member(field_of(info.wire).declare(info.name), self._meaning(info))
        lines += ["};"]
        if (size := size_of(self.cls)) is not None:
            lines += [f"#define {self.name.upper()}_SIZE {size}U"]
        arguments = f"struct ib_reader *from, struct {self.name} *value"
        lines += [f"void {self.name}_read({arguments});"]
        return [*lines, f"void {self.name}_write(struct ib_writer *to, const struct {self.name} *value);"]

    @staticmethod
    def _meaning(info: FieldInfo) -> str:
        shape = shape_of(info.wire.layout)
        if hasattr(shape, "flag"):
            return f"{info.wire.unit}; enum {c_name(shape.flag)}"
        return info.wire.unit.replace("None is unknown", "IB_TIME_ZONE_UNKNOWN")

    @staticmethod
    def _member(declared: str, meaning: str) -> list[str]:
        return [f"    {declared};" + (f" /* {meaning} */" if meaning else "")]

    def _guarded(self, info: FieldInfo, lines: list[str]) -> list[str]:
        """What is done only when the field is there."""
        if info.wire.layout is None or not isinstance(info.wire.flag, int):
            return [f"    {line}" for line in lines]
        guard = f"value->has_{self.first_with[info.wire.flag]}"
        return [f"    if ({guard}) {{", *(f"        {line}" for line in lines), "    }"]

    def _checks(self, call: str) -> list[str]:
        lines = []
        for info in self.fields:
            if info.wire.within is not None:
                low, high = (int(bound) for bound in info.wire.within)
                lines += self._guarded(info, [f"{call}, value->{info.name}, {low}, {high});"])
        return lines

    def reader(self) -> list[str]:
        lines = [f"void {self.name}_read(struct ib_reader *from, struct {self.name} *value)", "{"]
        lines += [f"    *value = (struct {self.name}){{0}};"]
        for part in self.parts:
            if isinstance(part, Flags):
                shape = shape_of(part.layout)
                assert isinstance(shape, Integer)
                lines += [f"    uint32_t flags = ib_read_uint(from, {shape.octets});"]
                for flag, name in self.first_with.items():
                    lines += [f"    value->has_{name} = (flags & {hexadecimal(1 << flag)}) != 0;"]
                for info in self.fields:
                    if info.wire.layout is None:
                        assert isinstance(info.wire.flag, int)
                        lines += [f"    value->{info.name} = (flags & {hexadecimal(1 << info.wire.flag)}) != 0;"]
            elif part.wire.layout is not None:
                lines += self._guarded(part, field_of(part.wire).read(f"value->{part.name}"))
        return [*lines, *self._checks("ib_check_within(from"), "}"]

    def writer(self) -> list[str]:
        lines = [f"void {self.name}_write(struct ib_writer *to, const struct {self.name} *value)", "{"]
        lines += self._checks("ib_require_within(to")
        for part in self.parts:
            if isinstance(part, Flags):
                shape = shape_of(part.layout)
                assert isinstance(shape, Integer)
                lines += ["    uint32_t flags = 0;", *(f"    {line}" for line in self._flags())]
                lines += [f"    ib_write_uint(to, flags, {shape.octets});"]
            elif part.wire.layout is not None:
                lines += self._guarded(part, field_of(part.wire).write(f"value->{part.name}"))
        return [*lines, "}"]

    def _flags(self) -> list[str]:
        """The presence bits, each made from what it announces."""
        lines = [f"flags |= value->has_{name} ? {hexadecimal(1 << flag)} : 0U;" for flag, name in self.first_with.items()]
        for info in self.fields:
            if isinstance(info.wire.flag, tuple):
                for index, flag in enumerate(info.wire.flag):
                    octet = f"(value->{info.name} >> {8 * index}) & 0xFFU"
                    lines += [f"flags |= ({octet}) ? {hexadecimal(1 << flag)} : 0U;"]
            elif info.wire.layout is None:
                assert isinstance(info.wire.flag, int)
                lines += [f"flags |= value->{info.name} ? {hexadecimal(1 << info.wire.flag)} : 0U;"]
        return lines


# Services and record access


def _service(name: str, uuid: int, characteristics: Sequence[Characteristic]) -> list[str]:
    lines = [f"static const struct ib_characteristic {name}_characteristics[] = {{"]
    for c in characteristics:
        lines += [f"    {{0x{c.uuid:04X}, {hexadecimal(c.properties)}, {ENVELOPES[id(c.envelope)]}}}, /* {c.name} */"]
    lines += ["};", f"const struct ib_service ib_service_{name} = {{"]
    return [*lines, f"    0x{uuid:04X}, {name}_characteristics, {len(characteristics)}", "};"]


def _dialect(name: str, dialect: racp.Dialect) -> list[str]:
    lines = [f"const struct ib_racp_dialect ib_racp_{name} = {{"]
    for member, codes_of in (("opcodes", dialect.opcodes), ("operators", dialect.operators), ("outcomes", dialect.outcomes)):
        lines += [f"    .{member} = {{"]
        lines += [f"        [IB_RACP_{key.name}] = 0x{code:02X}," for key, code in codes_of.items()]
        lines += ["    },"]
    filters = ", ".join(f"0x{code:02X}" for code in dialect.filters)
    bare, code_words = ("true" if flag else "false" for flag in (dialect.bare_filter, dialect.code_words))
    return [
        *lines,
        f"    .number_size = {dialect.number.sizeof()},",
        f"    .count_size = {dialect.count.sizeof()},",
        f"    .filters = {{{filters}}},",
        f"    .filter_count = {len(dialect.filters)},",
        f"    .default_filter = 0x{dialect.default_filter:02X},",
        f"    .bare_filter = {bare},",
        f"    .code_words = {code_words},",
        "};",
    ]
