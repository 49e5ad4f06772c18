"""Faults of what a reply contains: damaged octets, values of another time, another value in one field."""

import dataclasses
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Octets
from isletbench.emulator.faults.fault import Count, Often
from isletbench.emulator.faults.messages import (
    Exchanged,
    Intercept,
    Message,
    OutwardFault,
    PartWord,
    Selector,
    flipped,
    passed,
    with_octets,
    with_value,
)
from isletbench.emulator.gatt import Attribute, Indicate, Notify, ReadResponse
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols import cgms
from isletbench.protocols.catalogue import SERVICES, TYPES
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import Unencodable, WireError
from isletbench.protocols.packet import ControlPoint

Number: TypeAlias = int | float
_BY_UUID = {(SERVICES[name.partition(".")[0]], known.uuid): known for name, known in TYPES.items()}
"""Every characteristic by the UUIDs of its service and its own."""


class TruncateReply(OutwardFault):
    """The answer ends too early: what follows the first octets is missing, though frame and link are intact (LNK-08)."""

    octets: int = Field(ge=0, le=512)
    """How many are left."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Shorten the value of the message."""
        return passed(by, with_octets(exchanged.message, lambda octets: octets[: self.octets]))


class CorruptReply(OutwardFault):
    """The answer holds octets that the device did not send, though frame and link are intact: with E2E-protection the client
    finds a bad CRC."""

    bits: Annotated[Often, Field(le=4_096)] = 1
    """How many bits are inverted."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Invert bits in the value of the message."""
        return passed(by, with_octets(exchanged.message, partial(flipped, self.bits, chance)))


class SubstituteReply(OutwardFault):
    """Another answer arrives in the place of the device's own (LNK-11, LNK-13)."""

    octets: Octets
    """The value it carries."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Replace the value of the message."""
        return passed(by, with_value(exchanged.message, self.octets))


class StaleReply(OutwardFault):
    """The answer to an earlier request arrives in the place of this one (LNK-11).

    Where there was no earlier answer of the same type, the answer is as it should be.
    """

    nth: Often = 2
    count: Count = 1

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to replace each value by an earlier one of the same characteristic."""
        return _Stale(by)


@dataclass(slots=True)
class _Stale:
    """Remembers the last value of every characteristic."""

    by: tuple[str, ...]
    last: dict[tuple[str, int, type], bytes] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """Remember the value of a message that the fault does not strike."""
        message = exchanged.message
        if isinstance(message, ReadResponse | Notify | Indicate):
            self.last[message.link, message.handle, type(message)] = message.value

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        earlier = self.last.get((message.link, exchanged.attribute.handle, type(message)))
        self.watch(exchanged)
        return passed(self.by, message if earlier is None else with_value(message, earlier))


class ReplayOldValues(OutwardFault):
    """Earlier values are sent again, ahead of what is new, to whoever is connected now: an overlapping backfill, or the last
    packets of another session out of a cache (CGM-03, CGM-05).

    Counted from when it is armed; the values of every link are replayed on every other.
    """

    part: PartWord | Literal["any"] = "live"
    depth: int = Field(default=1, ge=1, le=100)
    """How many messages are sent again."""

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to replace notifications by earlier ones."""
        return _Replaying(by, self.depth)


@dataclass(slots=True)
class _Replaying:
    """Remembers the last values of every characteristic, on whatever link they were sent."""

    by: tuple[str, ...]
    depth: int
    sent: dict[int, deque[bytes]] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """Remember the value of a message that the fault does not strike."""
        message = exchanged.message
        if isinstance(message, Notify | Indicate):
            self.sent.setdefault(message.handle, deque(maxlen=self.depth)).append(message.value)

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        again = tuple(self.sent.get(exchanged.attribute.handle, ()))
        self.watch(exchanged)
        return passed(self.by, *(with_value(message, octets) for octets in again), message)


class AlterReply(OutwardFault):
    """One field of an answer, or of a record, holds another value than the device sent, and all else is right, its CRC
    included: a wrong time base, a sentinel, a zero (CGM-04, CGM-14, CGM-15).

    A value that has no such field, or that cannot be encoded with the other value, arrives as it is.
    """

    on: Selector
    """A type, or an operation and its answers."""
    field: str = Field(min_length=1, max_length=40)
    """As ``isletbench types TYPE`` lists them: ``time_offset``."""
    to: Number | str | None = None
    """What it holds instead: a number, or a word such as ``NaN``."""
    by: Number | None = None
    """How much more it holds than the device sent; less if negative."""

    @model_validator(mode="after")
    def _possible(self) -> "AlterReply":
        if (self.to is None) == (self.by is None):
            raise ValueError("expected to or by, and not both")
        characteristics = [_BY_UUID[selector.service, selector.uuid] for selector in SELECTORS[self.on]]
        known = {each for characteristic in characteristics for each in _fields_of(characteristic)}
        if self.field not in known:
            raise ValueError(
                f"field {self.field!r}: expected one that {self.on} has: {', '.join(sorted(known)) or 'it has none'}"
            )
        return self

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


def _characteristic(attribute: Attribute) -> Characteristic | None:
    return _BY_UUID.get((attribute.service.uuid, attribute.spec.uuid))


def _fields_of(characteristic: Characteristic) -> set[str]:
    """The fields of its values, whatever operation they are."""
    match characteristic.layout:
        case ControlPoint() as point:
            return {each.name for cls in point.operations.values() for each in dataclasses.fields(cls)}
        case type() as packet if dataclasses.is_dataclass(packet):
            return {each.name for each in dataclasses.fields(packet)}
        case _:
            return set()


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
