"""Faults of one field of a reply: another value than the device sent, and all else is right, its CRC and counter included."""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator
from enum import IntEnum
from functools import partial
from random import Random
from typing import Any, ClassVar, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.faults.messages import (
    CHARACTERISTIC_OF,
    Exchanged,
    Message,
    OutwardFault,
    Selector,
    passed,
    with_octets,
)
from isletbench.emulator.gatt import Attribute
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols import cgms
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import ControlPoint, fields_of, is_packet
from isletbench.protocols.plain import from_plain

Number: TypeAlias = int | float
Path: TypeAlias = tuple[str, ...]
"""The names of the fields that lead from a value to one inside it."""


class AlterReply(OutwardFault):
    """One field of an answer, or of a record, holds another value than the device sent, and all else is right, its CRC
    included: a wrong time base, a sentinel, a zero, a code that no specification has (CGM-04, CGM-14, CGM-15).

    A value that has no such field passes as it is, and does not count.
    """

    of_services: ClassVar = True

    on: Selector
    """A type, or an operation and its answers."""
    field: str = Field(min_length=1, max_length=80)
    """As ``isletbench types TYPE`` lists them, ``time_offset``; of a field inside another one, its own name or the way to it:
    ``annunciation.type``."""
    to: Number | str | None = None
    """What it holds instead: a number, or a word such as ``NaN``. A code may be one that is not defined."""
    by: Number | None = None
    """How much more it holds than the device sent; less if negative."""

    @model_validator(mode="after")
    def _possible(self) -> "AlterReply":
        if (self.to is None) == (self.by is None):
            raise ValueError("expected to or by, and not both")
        packets = [
            packet
            for selector in SELECTORS.get(self.on, ())
            for packet in _packets_of(CHARACTERISTIC_OF[selector.service, selector.uuid])
        ]
        found = [(packet, path) for packet in packets for path in _paths(packet) if self._names(path)]
        if not found:
            known = sorted({".".join(path) for packet in packets for path in _paths(packet)})
            raise ValueError(f"field {self.field!r}: expected one that {self.on} has: {', '.join(known) or 'it has none'}")
        if self.to is not None:
            self._check_value(found)
        return self

    def _check_value(self, found: "list[tuple[type[Any], Path]]") -> None:
        """Raises ``ValueError`` for a value that the field can never hold, in whatever packet it is."""
        problem: ValueError | None = None
        for packet, path in found:
            try:
                return _check(packet, path, self.to)
            except ValueError as error:
                problem = error
        raise ValueError(f"to: {self.field} of {self.on}: {problem}")

    def _names(self, path: Path) -> bool:
        """Whether the field is the one at this path."""
        return self.field in {path[-1], ".".join(path)}

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Change a field of the message."""
        characteristic = _characteristic(exchanged.attribute)
        if characteristic is None:
            return passed(by, exchanged.message)
        return passed(by, with_octets(exchanged.message, partial(self._altered, characteristic)))

    def _altered(self, characteristic: Characteristic, octets: bytes) -> bytes:
        """The value with another content, protected as it was."""
        try:
            if characteristic is cgms.MEASUREMENT:
                return b"".join(_resealed(characteristic, record, self._changed) for record in split_records(octets))
            return _resealed(characteristic, octets, self._changed)
        except WireError:
            return octets

    def _changed(self, value: Any) -> Any:
        """The decoded value with the other one in its place."""
        for path in _paths(type(value)):
            if self._names(path):
                return _replaced(value, path, self._other)
        return value

    def _other(self, hint: Any, held: Any) -> Any:
        """What the field holds instead of what it held."""
        if self.by is None:
            return _value_of(hint, self.to)
        return held + self.by if isinstance(held, int | float) else held


def _characteristic(attribute: Attribute | None) -> Characteristic | None:
    if attribute is None:
        return None
    return CHARACTERISTIC_OF.get((attribute.service.uuid, attribute.spec.uuid))


def _packets_of(characteristic: Characteristic) -> list[type[Any]]:
    """The packets that its values can be."""
    match characteristic.layout:
        case ControlPoint() as point:
            return list(point.operations.values())
        case type() as packet if dataclasses.is_dataclass(packet):
            return [packet]
        case _:
            return []


def _paths(packet: type[Any]) -> Iterator[Path]:
    """The way to every field of a packet, and to every field of the packets inside it."""
    if not dataclasses.is_dataclass(packet):
        return
    hints = typing.get_type_hints(packet)
    for each in dataclasses.fields(packet):
        yield (each.name,)
        inner = _required(hints[each.name])
        if is_packet(inner):
            yield from ((each.name, *path) for path in _paths(inner))


def _required(hint: Any) -> Any:
    """What a field holds when it is there."""
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        return rest[0] if len(rest) == 1 else hint
    return hint


def _replaced(value: Any, path: Path, other: Callable[[Any, Any], Any]) -> Any:
    """A value with another one at this path; as it is where that is missing."""
    name, *inner = path
    held = getattr(value, name)
    if inner:
        return value if held is None else dataclasses.replace(value, **{name: _replaced(held, tuple(inner), other)})
    return dataclasses.replace(value, **{name: other(typing.get_type_hints(type(value))[name], held)})


def _value_of(hint: Any, to: Number | str | None) -> Any:
    """What a field of this type holds when plain data says ``to``. Raises ``Unencodable``.

    The number of a code that is not defined is taken as it is: devices of later firmware send such codes.
    """
    kind = _required(hint)
    if isinstance(kind, type) and issubclass(kind, IntEnum) and isinstance(to, int):
        return kind(to) if to in set(kind) else _undefined(kind, to)
    return from_plain(hint, to)


def _undefined(kind: type[IntEnum], code: int) -> IntEnum:
    """A member that an enumeration does not have."""
    member = int.__new__(kind, code)
    member._name_, member._value_ = f"0x{code:02X}", code
    return member


def _check(packet: type[Any], path: Path, to: Number | str | None) -> None:
    """Raises ``ValueError`` for a value that cannot be encoded at this path of a packet."""
    for name in path[:-1]:
        packet = _required(typing.get_type_hints(packet)[name])
    hint = typing.get_type_hints(packet)[path[-1]]
    layout = next(info.wire.layout for info in fields_of(packet) if info.name == path[-1])
    try:
        value = _value_of(hint, to)
        if layout is not None:
            layout.build(value)
    except Unencodable as error:
        raise ValueError(error.problem) from None
    except Exception:  # whatever construct says of a value that does not fit
        raise ValueError(f"{to!r} does not fit into the octets of this field") from None


def _resealed(characteristic: Characteristic, value: bytes, change: Callable[[Any], Any]) -> bytes:
    """A value whose content is changed, with the protection it came with. Raises ``WireError`` for one that makes no sense."""
    try:
        protected, (payload, counter) = True, characteristic.envelope.open(value, protected=True)
    except WireError:
        protected, (payload, counter) = False, characteristic.envelope.open(value, protected=False)
    try:
        content = change(characteristic.decode_payload(payload))
        return characteristic.encode(content, protected=protected, counter=counter or 0)
    except Unencodable:
        return value
