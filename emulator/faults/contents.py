"""What becomes of the contents of a message: frame, link and CRC are right, and what it says is not."""

import dataclasses
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.faults.declared import Aimed, Bend, Exchanged, Message, PartWord
from isletbench.emulator.faults.messages import Outward, with_octets
from isletbench.emulator.gatt import Attribute, Indicate, Notify
from isletbench.emulator.gatt.catalogue import AIMS, SERVICES, TYPES
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols import cgms
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import ControlPoint

Number: TypeAlias = int | float
_OF = {(SERVICES[name.partition(".")[0]], known.uuid): known for name, known in TYPES.items()}
"""Every characteristic by the UUIDs of its service and its own."""


def _characteristic(attribute: Attribute) -> Characteristic | None:
    return _OF.get((attribute.service.uuid, attribute.spec.uuid))


def _fields_of(characteristic: Characteristic) -> set[str]:
    """The fields that its values have, whatever operation they are."""
    match characteristic.layout:
        case ControlPoint() as point:
            return {each.name for cls in point.operations.values() for each in dataclasses.fields(cls)}
        case type() as packet if dataclasses.is_dataclass(packet):
            return {each.name for each in dataclasses.fields(packet)}
        case _:
            return set()


class AlterReply(Outward):
    """One field of an answer, or of a record, holds another value than the device meant, and all else is right, its CRC
    included: a wrong time base, a sentinel, a zero (CGM-04, CGM-14, CGM-15).

    A value that has no such field, or that could not be written down with the other value, arrives as it is.
    """

    fault: Literal["alter_reply"] = "alter_reply"
    on: Aimed
    """A type, or an operation and its answers."""
    field: str = Field(min_length=1, max_length=40)
    """As ``isletbench types TYPE`` lists them: ``time_offset``."""
    to: Number | str | None = None
    """What it holds instead: a number, or a word such as ``NaN``."""
    by: Number | None = None
    """How much more it holds than the device meant; less if negative."""

    @model_validator(mode="after")
    def _possible(self) -> "AlterReply":
        if (self.to is None) == (self.by is None):
            raise ValueError("expected to or by, and not both")
        characteristics = [_OF[aim.service, aim.uuid] for aim in AIMS[self.on]]
        known = {each for characteristic in characteristics for each in _fields_of(characteristic)}
        if self.field not in known:
            raise ValueError(
                f"field {self.field!r}: expected one that {self.on} has: {', '.join(sorted(known)) or 'it has none'}"
            )
        return self

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        characteristic = _characteristic(exchanged.attribute)
        if characteristic is None:
            return Intercepted(faults=by, go=((0, exchanged.message),))
        return Intercepted(
            faults=by, go=((0, with_octets(exchanged.message, lambda octets: self._altered(characteristic, octets))),)
        )

    def _altered(self, characteristic: Characteristic, octets: bytes) -> bytes:
        """The value with another content, sealed as it was."""
        try:
            if characteristic is cgms.MEASUREMENT:
                return b"".join(_resealed(characteristic, record, self._change) for record in split_records(octets))
            return _resealed(characteristic, octets, self._change)
        except WireError:
            return octets

    def _change(self, plain: dict[str, Any]) -> None:
        """Put the other value in its place."""
        if self.by is None:
            plain[self.field] = self.to
        elif isinstance(plain[self.field], int | float):
            plain[self.field] += self.by


def _resealed(characteristic: Characteristic, value: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A value whose content is changed, with the protection it came with. Raises ``WireError`` for one that makes no sense."""
    try:
        protected, (payload, counter) = True, characteristic.envelope.open(value, protected=True)
    except WireError:
        protected, (payload, counter) = False, characteristic.envelope.open(value, protected=False)
    plain = characteristic.to_plain(characteristic.decode_payload(payload))
    try:
        change(plain)
        return characteristic.encode(characteristic.from_plain(plain), protected=protected, counter=counter or 0)
    except (KeyError, Unencodable):
        return value


class Retell(Outward):
    """What was told before is told again, ahead of what is new, to whoever is connected now: an overlapping backfill, or the
    last packets of another session out of a cache (CGM-03, CGM-05).

    Counted from when it is armed; every link has its part in what it remembers.
    """

    fault: Literal["retell"] = "retell"
    part: PartWord | Literal["any"] = "live"
    depth: int = Field(default=1, ge=1, le=100)
    """How many messages are told again."""

    def begin(self, by: tuple[str, ...], chance: Random) -> Bend:
        return _Retelling(by, self.depth)


@dataclass(slots=True)
class _Retelling:
    """Remembers the last values of every characteristic, whoever heard them."""

    by: tuple[str, ...]
    depth: int
    told: dict[int, deque[bytes]] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """A message passes as it is."""
        message = exchanged.message
        if isinstance(message, Notify | Indicate):
            self.told.setdefault(message.handle, deque(maxlen=self.depth)).append(message.value)

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        again = tuple(self.told.get(exchanged.attribute.handle, ()))
        self.watch(exchanged)
        return Intercepted(faults=self.by, go=(*((0, _holding(message, octets)) for octets in again), (0, message)))


def _holding(message: Message, octets: bytes) -> Message:
    return with_octets(message, lambda _: octets)
