"""Faults of one field of a reply: another value than the device sent, and all else is right, its CRC and counter included."""

import dataclasses
import typing
from collections.abc import Callable
from enum import IntEnum, IntFlag
from functools import partial
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from isletbench.emulator.core.problems import words_for
from isletbench.emulator.core.ranges import Number
from isletbench.emulator.faults.exchanges import Exchanged, Message, Selector
from isletbench.emulator.faults.messages import OutwardFault, passed, with_octets
from isletbench.emulator.faults.packet_fields import Path, Place, characteristic_of, names_of, places_of, required, way_to
from isletbench.emulator.faults.words import number_in
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols import cgms
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import opened_somehow, split_records
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.ids.history import EVENTS
from isletbench.protocols.plain import from_plain
from isletbench.protocols.undefined import Uninterpreted, undefined


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
    to: Annotated[Number | str | None, BeforeValidator(number_in)] = None
    """What it holds instead: a number, or a word such as ``NaN``; of a set of flags their names and of a list its numbers,
    separated by commas, with none of them ``none``. A code may be one that is not defined; that of a record's ``event`` keeps
    what stands behind it."""
    by: Annotated[Number | None, BeforeValidator(number_in)] = None
    """How much more it holds than the device sent; less if negative."""

    @model_validator(mode="after")
    def _possible(self) -> "AlterReply":
        if (self.to is None) == (self.by is None):
            raise ValueError("expected to or by, and not both")
        places = places_of(self.on)
        found = [place for place in places if place.is_called(self.field)]
        if not found:
            known = words_for(names_of(places), self.field) or "it has none"
            raise ValueError(f"field {self.field!r}: expected one that {self.on} has: {known}")
        if self.to is not None:
            self._check_value(found)
        elif not any(_is_a_number(place) for place in found):
            raise ValueError(f"by: {self.field} of {self.on} is no number: expected to with what it holds instead")
        elif not self.by:
            raise ValueError("by: expected another number than 0, which changes nothing")
        return self

    def _check_value(self, places: list[Place]) -> None:
        """Raises ``ValueError`` for a value that the field can never hold, in whatever packet it is."""
        problem: ValueError | None = None
        for place in places:
            try:
                return _check(place, self.to)
            except ValueError as error:
                problem = error
        raise ValueError(f"to: {self.field} of {self.on}: {problem}")

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Change a field of the message."""
        characteristic = characteristic_of(exchanged.attribute)
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
        path = way_to(value, self.field)
        return value if path is None else _replaced(value, path, self._other)

    def _other(self, hint: Any, held: Any) -> Any:
        """What the field holds instead of what it held."""
        if hint is Any:  # the event of a record
            return Uninterpreted(_event_code(self.to), EVENTS.encode(held)[EVENTS.opcode.sizeof() :])
        if self.by is None:
            return _value_of(hint, self.to)
        return held + self.by if isinstance(held, int | float) else held


def _replaced(value: Any, path: Path, other: Callable[[Any, Any], Any]) -> Any:
    """A value with another one at this path; as it is where that is missing."""
    name, *inner = path
    held = getattr(value, name)
    if inner:
        return value if held is None else dataclasses.replace(value, **{name: _replaced(held, tuple(inner), other)})
    return dataclasses.replace(value, **{name: other(typing.get_type_hints(type(value))[name], held)})


def _event_code(to: Number | str | None) -> int:
    """The code of an event. Raises ``Unencodable``."""
    if isinstance(to, int) and 0 <= to <= 0xFFFF:
        return to
    raise Unencodable(f"expected the code of an event, 0 to 65535, got {to!r}")


def _value_of(hint: Any, to: Number | str | None) -> Any:
    """What a field of this type holds when plain data says ``to``. Raises ``Unencodable``.

    The number of a code that is not defined is taken as it is: devices of later firmware send such codes.
    """
    kind = required(hint)
    if kind is str:
        return str(to)
    if kind is Uninterpreted:
        return Uninterpreted(_event_code(to), b"")
    if typing.get_origin(kind) is tuple:
        listed = [] if to == "none" else str(to).split(",")
        return from_plain(hint, [number_in(one.strip()) for one in listed])
    if isinstance(kind, type) and issubclass(kind, IntFlag) and isinstance(to, str):
        return from_plain(hint, [name.strip() for name in to.split(",")])
    if isinstance(kind, type) and isinstance(to, int):
        if issubclass(kind, IntEnum):
            return kind(to) if to in set(kind) else undefined(kind, to)
        if issubclass(kind, IntFlag):
            return kind(to)
    return from_plain(hint, to)


def _is_a_number(place: Place) -> bool:
    """Whether a field holds a number, to which another one can be added."""
    kind = required(place.hint)
    if not isinstance(kind, type):
        return typing.get_origin(kind) is not tuple
    return issubclass(kind, int | float) and not issubclass(kind, bool | IntFlag)


def _check(place: Place, to: Number | str | None) -> None:
    """Raises ``ValueError`` for a value that cannot be encoded at this place of a packet."""
    try:
        value = _value_of(place.hint, to)
        if place.layout is not None:
            place.layout.build(value)
    except Unencodable as error:
        raise ValueError(error.problem) from None
    except Exception:  # whatever construct says of a value that does not fit
        raise ValueError(f"{to!r} does not fit into the octets of this field") from None


def _resealed(characteristic: Characteristic, value: bytes, change: Callable[[Any], Any]) -> bytes:
    """A value whose content is changed, with the protection it came with. Raises ``WireError`` for one that makes no sense."""
    protected, (payload, counter) = opened_somehow(characteristic.envelope, value)
    try:
        content = change(characteristic.decode_payload(payload))
        return characteristic.encode(content, protected=protected, counter=counter or 0)
    except Unencodable:
        return value
