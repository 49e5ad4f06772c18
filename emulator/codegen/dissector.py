"""A Wireshark dissector in Lua from the declarations of ``protocols``: tables of packets, before a reader of such tables.

Wireshark knows the fields of CGMS and GLS by itself, and of IDS only the names of its characteristics: those are dissected on
Bluetooth. On the serial link, which Wireshark does not know, every value is. ``dissector.lua`` is the reader.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum, IntFlag
from importlib.resources import files
from typing import Any

from isletbench.emulator.codegen.fields import module_of, snake
from isletbench.protocols import att, cgms, companions, error_codes, frames, gls, ids, racp
from isletbench.protocols.captures import MAKER
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import BARE, CGM_FEATURE, CGM_RECORD, COUNTER_TRAILER, CRC_TRAILER, IDS_FEATURES
from isletbench.protocols.ids.history import EVENTS, HistoryLayout
from isletbench.protocols.packet import ControlPoint, FieldInfo, Flags, parts_of
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

ENVELOPES = {
    id(BARE): "BARE",
    id(CRC_TRAILER): "CRC_TRAILER",
    id(CGM_FEATURE): "CGM_FEATURE",
    id(CGM_RECORD): "CGM_RECORD",
    id(COUNTER_TRAILER): "COUNTER_TRAILER",
    id(IDS_FEATURES): "IDS_FEATURES",
}
FRAMES = {
    frames.FrameType.HELLO: frames.Hello,
    frames.FrameType.HELLO_RSP: frames.HelloResponse,
    frames.FrameType.TABLE_RSP: frames.TableResponse,
    frames.FrameType.SUBSCRIBE: frames.Subscribe,
    frames.FrameType.ERROR: frames.Error,
}
"""The packet that is the content of a frame; the content of the others is a value, or a status and a value."""
SHOWN_UNITS = frozenset({"%", "mg/dL", "mg/dL/min", "min", "s", "IU", "IU/h", "IU/mL", "kg", "octets"})
"""Units that are shown behind a number; every other meaning is in the description of the field."""
BANNER = f"""-- Written by `{MAKER} dissector`: Insulin Delivery Service on Bluetooth LE, and the serial link of {MAKER}.
-- Put it into Wireshark's directory of personal Lua plugins (Help, About, Folders), or name it: tshark -X lua_script:FILE
"""


def dissector() -> str:
    """The whole Lua file."""
    declared = _Declared()
    known = (*cgms.CHARACTERISTICS, *gls.CHARACTERISTICS, *ids.CHARACTERISTICS)
    beside = (one for uuid in companions.SERVICES for one in companions.SERVICES[uuid])
    characteristics = {one.uuid: declared.characteristic(one) for one in (*beside, *known)}
    contents = {kind.name: declared.packet(cls) for kind, cls in FRAMES.items()}
    declared.enums["frames.FrameType"] = {kind.value: kind.name for kind in frames.FrameType}
    declared.enums["att.status"] = {code.value: code.name for code in (*att.AttCode, *error_codes.every_code())}
    entry = {"size": frames.ENTRY_SIZE, **dict(_offsets(frames.TableEntry))}
    tables = {
        "ENUMS": declared.enums,
        "FLAGS": declared.flags,
        "PACKETS": declared.packets,
        "POINTS": declared.points,
        "DIALECTS": declared.dialects,
        "BOUNDS": {operator.name: list(bounds) for operator, bounds in racp.BOUNDS.items()},
        "CHARACTERISTICS": characteristics,
        "FRAMES": contents,
        "ENTRY": entry,
    }
    written = [f"local {name} = {_lua(table)}\n" for name, table in tables.items()]
    reader = files("isletbench.emulator.codegen").joinpath("dissector.lua").read_text(encoding="utf-8")
    return "\n".join([BANNER, *written, reader])


def _offsets(cls: type[Any]) -> Iterator[tuple[str, int]]:
    """Where each field of a packet of fixed layout begins."""
    at = 0
    for part in parts_of(cls):
        assert isinstance(part, FieldInfo)
        assert part.wire.layout is not None, "such a packet has no bits"
        yield part.name, at
        at += int(part.wire.layout.sizeof())


class _Declared:
    """The tables, filled with what the characteristics need."""

    def __init__(self) -> None:
        self.enums: dict[str, dict[int, str]] = {}
        self.flags: dict[str, list[list[Any]]] = {}
        self.packets: dict[str, list[dict[str, Any]]] = {}
        self.points: dict[str, dict[str, Any]] = {}
        self.dialects: dict[str, dict[str, Any]] = {}

    def characteristic(self, known: Characteristic) -> dict[str, Any]:
        """A characteristic: its name, its envelope, its layout."""
        on_air = known in ids.CHARACTERISTICS
        said = {"name": known.name, "envelope": ENVELOPES[id(known.envelope)], "on_air": on_air}
        match known.layout:
            case ControlPoint() as point:
                return {
                    **said,
                    "layout": "point",
                    "point": self._point(f"{_service_of(known)}.{snake(point.name)}", point, "op_code"),
                }
            case HistoryLayout():
                return {**said, "layout": "history", "point": self._point("history", EVENTS, "event_type")}
            case racp.Dialect() as dialect:
                return {**said, "layout": "racp", "dialect": self._dialect(dialect)}
            case type() as cls:
                return {**said, "layout": "packet", "packet": self.packet(cls)}
            case other:
                raise TypeError(f"{other!r}: teach the dissector about this layout")

    def packet(self, cls: type[Any]) -> str:
        """The name of a packet, which has its table from now on."""
        name = f"{module_of(cls)}.{snake(cls.__name__)}"
        if name not in self.packets:
            self.packets[name] = []
            self.packets[name] += [self._part(part) for part in parts_of(cls)]
        return name

    def _part(self, part: FieldInfo | Flags) -> dict[str, Any]:
        if isinstance(part, Flags):
            return {"name": "flags", "kind": "flags", "size": part.layout.sizeof()}
        said: dict[str, Any] = {"name": part.name, "unit": part.wire.unit or None}
        unit = part.wire.unit.partition(";")[0].partition(",")[0]
        if unit in SHOWN_UNITS:
            said["shown"] = unit
        if part.wire.layout is None:
            return {**said, "kind": "bit", "flag": part.wire.flag}
        if isinstance(part.wire.flag, int):
            said["flag"] = part.wire.flag
        elif part.wire.flag is not None:
            said["octet_flags"] = list(part.wire.flag)
        return {**said, **self._shape(part)}

    def _shape(self, part: FieldInfo) -> dict[str, Any]:
        match shape_of(part.wire.layout):
            case Integer(size, signed):
                return {"kind": "integer", "size": size, "signed": signed}
            case Decimal(size):
                return {"kind": "decimal", "size": size}
            case Code(size, enum):
                return {"kind": "code", "size": size, "enum": self._enum(enum)}
            case Bits(size, flag, extensible):
                return {"kind": "bits", "size": size, "flags": self._flag(flag), "extensible": extensible}
            case CodePair(low, high):
                return {"kind": "pair", "low": self._enum(low), "high": self._enum(high)}
            case Zone(unknown=unknown):
                return {"kind": "zone", "size": 1, "unknown": unknown}
            case Nested(cls):
                return {"kind": "nested", "packet": self.packet(cls)}
            case Repeated(cls):
                return {"kind": "repeated", "packet": self.packet(cls)}
            case Counted(count, element):
                return {"kind": "counted", "count": count.octets, "size": element.octets}
            case Octets(size):
                return {"kind": "octets", "size": size}
            case Rest(text):
                return {"kind": "rest", "text": text}

    def _enum(self, enum: type[IntEnum]) -> str:
        name = f"{module_of(enum)}.{enum.__name__}"
        self.enums[name] = {member.value: member.name for member in enum}
        return name

    def _flag(self, flag: type[IntFlag]) -> str:
        name = f"{module_of(flag)}.{flag.__name__}"
        self.flags[name] = [[member.value, member.name] for member in flag]
        return name

    def _point(self, name: str, point: ControlPoint, code: str) -> str:
        name = name.replace(" ", "_")
        self.enums[name] = {number: cls.__name__ for number, cls in point.operations.items()}
        operations = {number: self.packet(cls) for number, cls in point.operations.items()}
        self.points[name] = {"size": point.opcode.sizeof(), "code": code, "operations": operations}
        return name

    def _dialect(self, dialect: racp.Dialect) -> str:
        name = snake(dialect.name).replace(" ", "_")
        self.enums[f"{name}.op_code"] = {code: operation.name for operation, code in dialect.opcodes.items()}
        self.enums[f"{name}.operator"] = {code: operator.name for operator, code in dialect.operators.items()}
        self.enums[f"{name}.outcome"] = {code: outcome.name for outcome, code in dialect.outcomes.items()}
        self.enums[f"{name}.filter"] = {member.value: member.name for member in dialect.filters}
        wider = {code: layout.sizeof() for code, layout in dialect.wider.items()}
        self.dialects[name] = {"number": dialect.number.sizeof(), "count": dialect.count.sizeof(), "wider": wider}
        return name


def _service_of(known: Characteristic) -> str:
    services: Mapping[str, tuple[Characteristic, ...]] = {"cgms": cgms.CHARACTERISTICS, "ids": ids.CHARACTERISTICS}
    return next((name for name, characteristics in services.items() if known in characteristics), "companions")


# Lua


def _lua(value: Any, depth: int = 0) -> str:
    """A value as a Lua literal; a key without a value is left out."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
            return f'"{escaped}"'
        case list():
            return "{" + ", ".join(_lua(item, depth + 1) for item in value) + "}"
        case dict():
            items = [f"{_key(key)} = {_lua(item, depth + 1)}" for key, item in value.items() if item is not None]
            if depth > 1:
                return "{" + ", ".join(items) + "}"
            indent = "  " * (depth + 1)
            return "\n".join(["{", *(f"{indent}{item}," for item in items), "  " * depth + "}"])
        case other:
            raise TypeError(f"{other!r} has no literal in Lua")


def _key(key: int | str) -> str:
    return f"[{key}]" if isinstance(key, int) else f'["{key}"]'
