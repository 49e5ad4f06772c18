"""The JSON Schema of a journal's lines, made from the types of its entries."""

import dataclasses
from collections.abc import Container, Iterator
from enum import Enum
from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from isletbench.emulator.core.events import EVENTS
from isletbench.emulator.core.models import summary
from isletbench.emulator.core.notes import NOTES, Note, Stage, UnknownNote
from isletbench.emulator.journal.beliefs import BELIEFS
from isletbench.emulator.journal.entries import VERSION, Direction, FaultEntry, FrameEntry, Header
from isletbench.emulator.journal.messages import outgoing, requests
from isletbench.emulator.journal.reader import STAGES
from isletbench.emulator.journal.writer import CCCD
from isletbench.protocols.fields import Special

Schema: TypeAlias = dict[str, Any]
TEXT: Schema = {"type": "string"}
INSTANT: Schema = {"type": "integer"}
OCTETS: Schema = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}


def schema(kinds: Container[str]) -> Schema:
    """The schema of one line; ``$defs`` has one for every kind of line, named after the key that tells the kind.

    ``kinds`` of device are those whose ledger entries are described.
    """
    defs = dict(_lines(kinds))
    return {
        "title": f"A line of a journal of version {VERSION}",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in defs],
        "$defs": defs,
    }


def _lines(kinds: Container[str]) -> Iterator[tuple[str, Schema]]:
    yield "journal", _object(summary(Header), {"journal": {"const": VERSION}, **_fields(Header)}, _optional(Header))
    for key, messages in (("in", requests()), ("out", outgoing())):
        for name, kind in messages.items():
            yield f"{key}.{name}", _message(key, name, kind)
    for name, note in NOTES.items():
        if note.__module__.partition(".")[0] != __name__.partition(".")[0]:
            continue  # a note of an endpoint from elsewhere is described by the open one below
        yield f"note.{name}", _note({"const": name}, note)
    for stage, note in STAGES.items():
        yield f"note.*.{stage.value}", _note(TEXT, note)
    yield "note.*", _object(summary(UnknownNote), {"t": INSTANT, "device": TEXT, "note": TEXT}, open_=True)
    for (device, name), event in sorted(EVENTS.items()):
        if device in kinds:
            own = {"t": INSTANT, "device": TEXT, "ledger": {"const": name}}
            yield f"ledger.{device}.{name}", _object(summary(event), {**own, **_fields(event)}, _optional(event))
    for name, belief in BELIEFS.items():
        known = belief.model_json_schema()
        needed = ["t", *known.get("required", []), "belief"]
        yield f"belief.{name}", {**known, "properties": {"t": INSTANT, **known["properties"]}, "required": needed}
    yield "fault", _object(summary(FaultEntry), {"t": INSTANT, **_fields(FaultEntry, "at")}, _optional(FaultEntry))
    frame = {"t": INSTANT, "carrier": TEXT, "frame": _type(Direction), "octets": OCTETS}
    yield "frame", _object(summary(FrameEntry), frame)
    for (device, name), event in sorted(EVENTS.items()):
        if device == "bench":
            own = {"t": INSTANT, "bench": {"const": name}}
            yield f"bench.{name}", _object(summary(event), {**own, **_fields(event)}, _optional(event))


def _object(description: str, properties: Schema, optional: frozenset[str] = frozenset(), *, open_: bool = False) -> Schema:
    return {
        "description": description,
        "type": "object",
        "properties": properties,
        "required": [key for key in properties if key not in optional],
        "additionalProperties": open_,
    }


def _message(key: str, name: str, kind: type[Any]) -> Schema:
    properties: Schema = {
        "t": INSTANT,
        "device": TEXT,
        key: {"const": name},
        "stage": _type(Stage),
        "faults": {"type": "array", "items": TEXT},
    }
    optional = {"faults", "response"}
    for field, declared in _fields(kind).items():
        if field == "handle":
            properties |= {"characteristic": {"type": "string", "pattern": "^[0-9A-F]{4,}$"}, "descriptor": {"const": CCCD}}
            optional |= {"characteristic", "descriptor"}
        properties["octets" if field == "value" else field] = declared
    return _object(summary(kind), properties, frozenset(optional))


def _note(name: Schema, kind: type[Note]) -> Schema:
    stage = {} if kind.stage is None else {"stage": {"const": kind.stage.value}}
    own: Schema = {"t": INSTANT, "device": TEXT, "note": name, **stage}
    return _object(summary(kind), {**own, **_fields(kind, "at", "operation")}, _optional(kind))


def _fields(kind: type[Any], *left_out: str) -> Schema:
    """The fields of a dataclass, each with the schema of its type as ``to_plain`` writes it."""
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.name not in left_out]
    return {name: _type(hints[name]) for name in names}


def _optional(kind: type[Any]) -> frozenset[str]:
    """The fields that may be left out of a line."""
    missing = dataclasses.MISSING
    declared = dataclasses.fields(kind)
    return frozenset(f.name for f in declared if f.default is not missing or f.default_factory is not missing)


def _type(hint: Any) -> Schema:
    if get_origin(hint) in (Union, UnionType):
        return {"anyOf": [_type(one) for one in get_args(hint)]}
    if hint in (Any, object):
        return {}
    if hint is bytes:
        return OCTETS
    if hint is Special:
        return {"enum": [special.value for special in Special]}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [_word(member) for member in hint]} if len(hint) else TEXT
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return {"type": "object"}
    adapter: TypeAdapter[Any] = TypeAdapter(hint)
    return adapter.json_schema()


def _word(member: Enum) -> str:
    return member.value if isinstance(member, str) else member.name
