"""Conditions on what happens: messages, events, records, connections, amounts. Each has come true once it has happened."""

import dataclasses
from collections.abc import Container, Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import AfterValidator, Field, model_validator

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.events import EVENTS, Event
from isletbench.emulator.core.models import Units
from isletbench.emulator.core.problems import words_for
from isletbench.emulator.core.quantities import Instant, units
from isletbench.emulator.faults.contents import Where, check_fields, content, holds
from isletbench.emulator.faults.exchanges import OUTWARD, MessagePart, PartWord, Target, parts_named, selects
from isletbench.emulator.faults.packet_fields import (
    RecordWord,
    event_of,
    is_record,
    number_of,
    values_in,
)
from isletbench.emulator.faults.triggers.condition import Condition
from isletbench.emulator.faults.triggers.seen import ConnectionBegan, EventHappened, FaultStruck, MessagePassed, Seen
from isletbench.emulator.faults.triggers.watch import Counting, Scope, Summing, Watch
from isletbench.emulator.faults.words import CarrierName, Name, Often
from isletbench.emulator.journal.bench_events import BenchEvent
from isletbench.emulator.pump.events import Pulse


def _in_words(values: Mapping[str, Any]) -> str:
    return "".join(f", {name} {value}" for name, value in values.items())


class OnMessage(Condition):
    """A message passes between the device and a client: of this type or operation, with this content."""

    key: ClassVar = "message"
    message: Target | Literal["any"]
    """A type (``ids.Status``), an operation and the replies to it (``SetBolus``), or ``any``."""
    part: PartWord | Literal["request", "any"] = "request"
    """Which part of the conversation: the client's ``request``, the ``reply``, the ``acknowledgement`` before it, ``records``,
    what is sent unasked (``live``), both of these (``news``), or ``any`` of them."""
    over: CarrierName | None = None
    """Only on this carrier."""
    where: Where = Field(default_factory=dict)
    """What its fields hold, as ``isletbench types TYPE`` lists them."""
    nth: Often = 1
    """The how many-th that is so."""

    @model_validator(mode="after")
    def _has_these_fields(self) -> "OnMessage":
        if self.where and self.message == "any":
            raise ValueError("where: expected with a type or an operation, not with any")
        check_fields(self.where, self.message)
        return self

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count the messages that are so."""
        return Counting(partial(self._matches, self.about(scope)), self.nth)

    def _parts(self) -> frozenset[MessagePart]:
        match self.part:
            case "any":
                return OUTWARD | {MessagePart.REQUEST}
            case "request":
                return frozenset({MessagePart.REQUEST})
            case word:
                return parts_named(word)

    def _matches(self, device: str, seen: Seen) -> str | None:
        if not isinstance(seen, MessagePassed) or seen.device != device:
            return None
        exchanged = seen.exchanged
        if exchanged.part not in self._parts() or not selects(self.message, self.over, exchanged):
            return None
        words = f"{exchanged.part.value} of {self.message}"
        if not self.where:
            return words
        contents = (content(self.where, value) for value in values_in(exchanged))
        return next((words + _in_words(content) for content in contents if holds(self.where, content)), None)


class OnEvent(Condition):
    """Something happens in the device, as its ledger calls it: ``bolus_programmed``, ``session``, ``annunciation``."""

    key: ClassVar = "event"
    event: str = Field(min_length=1, max_length=60)
    where: Where = Field(default_factory=dict)
    """What its fields hold, as the journal writes them."""
    nth: Often = 1
    """The how many-th that is so."""

    @model_validator(mode="after")
    def _is_known(self) -> "OnEvent":
        of_devices = [(name, declared) for (kind, name), declared in EVENTS.items() if kind != BenchEvent.kind]
        known = [declared for name, declared in of_devices if name == self.event]
        if not known:
            names = words_for(sorted({name for name, _ in of_devices}), self.event)
            raise ValueError(f"event: {self.event!r}: expected one of {names}")
        fields = {name for declared in known for name in _fields_of(declared)}
        if unknown := sorted(self.where.keys() - fields):
            there = words_for(sorted(fields), unknown[0]) or "it has none"
            raise ValueError(f"where: {unknown[0]!r}: expected a field that {self.event} has: {there}")
        return self

    def check(self, kind: str) -> None:
        """Check that this event happens in devices of this kind. Raises ``ValueError``."""
        if (kind, self.event) not in EVENTS:
            names = words_for(sorted(name for of, name in EVENTS if of == kind), self.event)
            raise ValueError(f"event: {self.event!r}: expected one that a {kind} has: {names or 'it has none'}")

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count the events that are so."""
        return Counting(partial(self._matches, self.about(scope)), self.nth)

    def _matches(self, device: str, seen: Seen) -> str | None:
        if not isinstance(seen, EventHappened) or seen.device != device or seen.event.name != self.event:
            return None
        values = {name: value for name, value in seen.event.fields().items() if name in self.where}
        return f"event {self.event}{_in_words(values)}" if holds(self.where, values) else None


class OnRecord(Condition):
    """A stored record is on its way to a client: with this number, or with this event."""

    key: ClassVar = "record"
    record: RecordWord
    """Its number (sequence number, time offset), or what it is about, as ``isletbench decode`` names it
    (``TherapyControlStateChanged``)."""
    nth: Often = 1
    """The how many-th."""

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count the records that are so."""
        return Counting(partial(self._matches, self.about(scope)), self.nth)

    def _matches(self, device: str, seen: Seen) -> str | None:
        if not isinstance(seen, MessagePassed) or seen.device != device or seen.exchanged.part is not MessagePart.RECORDS:
            return None
        found = (value for value in values_in(seen.exchanged) if is_record(value, self.record))
        return next((f"record {number_of(value)} {event_of(value) or ''}".rstrip() for value in found), None)


def _known_state(word: str) -> str:
    """A word that some device calls a state. Raises ``ValueError`` naming those that there are."""
    _demand_state(word, {kind for kind, _ in EVENTS if kind != BenchEvent.kind}, "one of")
    return word


def _demand_state(word: str, kinds: Container[str], expected: str) -> None:
    """Raises ``ValueError`` where no event of these kinds of device enters the state, unless one does not say which it has."""
    known = [event.states for (kind, _), event in EVENTS.items() if kind in kinds and "state" in _fields_of(event)]
    if all(known) and not any(word in states for states in known):
        there = ", ".join(sorted({state for states in known for state in states})) or "it has none"
        raise ValueError(f"{word!r}: expected {expected} {there}")


def _fields_of(event: type[Event]) -> set[str]:
    return {field.name for field in dataclasses.fields(cast("Any", event))}


StateWord: TypeAlias = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_known_state)]
"""A state of a device, as its ledger calls it."""


class OnState(Condition):
    """The device enters a state, as its ledger calls it: ``running`` or ``failed`` for a sensor's session, ``STOP`` or ``RUN``
    for a pump's therapy."""

    key: ClassVar = "state"
    state: StateWord

    def check(self, kind: str) -> None:
        """Check that devices of this kind have the state. Raises ``ValueError``."""
        try:
            _demand_state(self.state, (kind,), f"a state that a {kind} has:")
        except ValueError as error:
            raise ValueError(f"state: {error}") from None

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Wait until it is entered."""
        return Counting(partial(self._matches, self.about(scope)))

    def _matches(self, device: str, seen: Seen) -> str | None:
        entered = isinstance(seen, EventHappened) and seen.device == device and getattr(seen.event, "state", None) == self.state
        return f"state {self.state}" if entered else None


class OnConnection(Condition):
    """So many connections to the device have begun."""

    key: ClassVar = "connection"
    connection: Often

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count connections."""
        begun = ConnectionBegan(self.about(scope))
        return Counting(lambda seen: f"connection {self.connection}" if seen == begun else None, self.connection)


class OnReading(Condition):
    """So many readings have been measured."""

    key: ClassVar = "reading"
    reading: Often

    def check(self, kind: str) -> None:
        """Check that devices of this kind measure readings. Raises ``ValueError``."""
        if kind != Sample.kind:
            raise ValueError(f"reading: expected a device that measures readings, which a {kind} does not")

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count readings."""
        return Counting(partial(self._matches, self.about(scope)), self.reading)

    def _matches(self, device: str, seen: Seen) -> str | None:
        measured = isinstance(seen, EventHappened) and seen.device == device and isinstance(seen.event, Sample)
        return f"reading {self.reading}" if measured else None


class OnAmount(Condition):
    """So much insulin has left the pump since it is waited for."""

    key: ClassVar = "amount"
    amount: Literal["bolus", "basal", "priming", "insulin"]
    """What for; ``insulin`` is all of it."""
    at_least: Annotated[Units, Field(gt=0)]
    """How much, U."""

    def check(self, kind: str) -> None:
        """Check that devices of this kind deliver insulin. Raises ``ValueError``."""
        if kind != Pulse.kind:
            raise ValueError(f"amount: expected a device that delivers insulin, which a {kind} does not")

    def to_dict(self) -> dict[str, Any]:
        """It as plain data: what a file has."""
        return super().to_dict() | {"at_least": float(self.at_least)}

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Add up the pulses of this cause."""
        return Summing(partial(self._amount, self.about(scope)), units(self.at_least), f"{self.at_least} U of {self.amount}")

    def _amount(self, device: str, seen: Seen) -> int:
        if not isinstance(seen, EventHappened) or seen.device != device or not isinstance(seen.event, Pulse):
            return 0
        return seen.event.uu if self.amount in {"insulin", seen.event.cause} else 0


class OnStrike(Condition):
    """Another fault has changed something."""

    key: ClassVar = "struck"
    struck: Name
    """The name of that fault."""
    nth: Often = 1
    """The how many-th time."""

    def watch(self, scope: Scope, now: Instant) -> Watch:
        """Count what it changes."""
        struck = FaultStruck(self.struck)
        return Counting(lambda seen: f"{self.struck} struck" if seen == struck else None, self.nth)
