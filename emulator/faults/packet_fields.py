"""The fields of what passes: which there are, by which names faults and triggers call them, and what they hold in a value.

A field is called by its own name, or by the way to it where it lies inside another one: ``annunciation.type``.
"""

import dataclasses
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from isletbench.emulator.core.problems import words_for
from isletbench.emulator.faults.exchanges import CHARACTERISTIC_OF, Exchanged
from isletbench.emulator.faults.words import number_in
from isletbench.emulator.gatt import Attribute
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.protocols import cgms, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import PROTECTIONS, split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids.history import EVENTS, HistoryLayout, HistoryRecord
from isletbench.protocols.packet import ControlPoint, fields_of, is_packet
from isletbench.protocols.plain import to_plain
from isletbench.protocols.undefined import Uninterpreted

Path: TypeAlias = tuple[str, ...]
"""The names of the fields that lead from a value to one inside it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field that values of a characteristic can have."""

    path: Path
    hint: Any
    """The type of what it holds."""
    layout: Any
    """How it is written, a construct; None where that is not a matter of the field alone."""

    def is_called(self, name: str) -> bool:
        """Whether people call it so."""
        return name in {self.path[-1], ".".join(self.path)}


def characteristic_of(attribute: Attribute | None) -> Characteristic | None:
    """The characteristic that an attribute holds; None for one without a type, and for a byte stream."""
    if attribute is None:
        return None
    return CHARACTERISTIC_OF.get((attribute.service.uuid, attribute.spec.uuid))


def places_of(on: str) -> list[Place]:
    """The fields that values of a type, or of an operation and its answers, can have."""
    found: list[Place] = []
    for selector in SELECTORS.get(on, ()):
        found += _places(CHARACTERISTIC_OF[selector.service, selector.uuid])
    return found


def names_of(places: list[Place]) -> list[str]:
    """What these fields are called, in order."""
    return sorted({".".join(place.path) for place in places})


def _places(characteristic: Characteristic) -> Iterator[Place]:
    match characteristic.layout:
        case ControlPoint() as point:
            for packet in point.operations.values():
                yield from _inside(packet)
        case racp.Dialect() as dialect:
            yield Place(("count",), int, dialect.count)
            yield Place(("outcome",), racp.Outcome, None)
        case HistoryLayout():
            yield Place(("sequence_number",), int, HistoryLayout.number)
            yield Place(("relative_offset",), int, HistoryLayout.offset)
            yield Place(("event",), Uninterpreted, None)
            for packet in EVENTS.operations.values():
                yield from _inside(packet, ("event",))
        case type() as packet:
            yield from _inside(packet)
        case _:
            pass


def _inside(packet: type[Any], outer: Path = ()) -> Iterator[Place]:
    """Every field of a packet, and every field of the packets inside it."""
    hints = typing.get_type_hints(packet)
    layouts = {info.name: info.wire.layout for info in fields_of(packet)}
    for each in dataclasses.fields(packet):
        yield Place((*outer, each.name), hints[each.name], layouts.get(each.name))
        inner = required(hints[each.name])
        if is_packet(inner):
            yield from _inside(inner, (*outer, each.name))


def required(hint: Any) -> Any:
    """What a field holds when it is there."""
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        return rest[0] if len(rest) == 1 else hint
    return hint


def way_to(value: Any, name: str, outer: Path = ()) -> Path | None:
    """Where in a value a field of this name is; None where there is none."""
    for each in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        path = (*outer, each.name)
        if name in {each.name, ".".join(path)}:
            return path
        if (inner := way_to(getattr(value, each.name), name, path)) is not None:
            return inner
    return None


def held_at(value: Any, path: Path) -> Any:
    """What a value holds at a path, as plain data; of a packet its name, as of the event of a record."""
    for name in path:
        value = None if value is None else getattr(value, name)
    if is_packet(type(value)):
        return type(value).__name__
    return value.name if isinstance(value, racp.Outcome) else to_plain(value)


def values_in(exchanged: Exchanged) -> list[Any]:
    """What a message says, decoded; nothing where it carries no value, or one that makes no sense.

    A notification of a CGM may hold several measurements.
    """
    characteristic = characteristic_of(exchanged.attribute)
    octets = getattr(exchanged.message, "value", None)
    if characteristic is None or octets is None:
        return []
    records = [octets]
    if characteristic is cgms.MEASUREMENT:
        try:
            records = split_records(octets)
        except WireError:
            return []
    return [value for record in records if (value := _decoded(characteristic, record)) is not None]


def request_of(exchanged: Exchanged) -> Any:
    """What the request says, decoded, to which a message is an answer; None where there is none, or it makes no sense."""
    characteristic = characteristic_of(exchanged.attribute)
    return None if characteristic is None or exchanged.asked is None else _decoded(characteristic, exchanged.asked)


def _decoded(characteristic: Characteristic, octets: bytes) -> Any:
    for protected in PROTECTIONS:
        try:
            return characteristic.decode(octets, protected=protected, undefined=True)
        except WireError:
            continue
    return None


def number_of(value: Any) -> int | None:
    """The number of a stored record: its sequence number, or its time offset."""
    if isinstance(value, HistoryRecord):
        return value.sequence_number
    offset = getattr(value, "time_offset", None)
    return offset if isinstance(offset, int) and not isinstance(offset, IntFlag) else None


def event_of(value: Any) -> str | None:
    """What a stored record is about: the name of its event; None for one that has none."""
    return type(value.event).__name__ if isinstance(value, HistoryRecord) else None


def _is_known_event(word: int | str) -> int | str:
    known = sorted(packet.__name__ for packet in EVENTS.operations.values())
    if isinstance(word, str) and word not in known:
        raise ValueError(f"{word!r}: expected the number of a record, or one of {words_for(known, word)}")
    return word


RecordWord: TypeAlias = Annotated[
    Annotated[int, Field(ge=0, le=0xFFFFFFFF)] | Annotated[str, Field(min_length=1, max_length=60)],
    BeforeValidator(number_in),
    AfterValidator(_is_known_event),
]
"""A stored record by its number (sequence number, time offset), or by the name of its event."""


def is_record(value: Any, record: int | str) -> bool:
    """Whether a decoded value is the record with this number, or one with this event."""
    return record in {number_of(value), event_of(value)}


def octets_without(exchanged: Exchanged, record: int | str) -> bytes | None:
    """The octets of a message of several measurements without those of one; None for a message that carries one record."""
    characteristic, octets = characteristic_of(exchanged.attribute), getattr(exchanged.message, "value", b"")
    if characteristic is not cgms.MEASUREMENT:
        return None
    return b"".join(one for one in split_records(octets) if not is_record(_decoded(characteristic, one), record))
