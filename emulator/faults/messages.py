"""Faults of messages: which messages a fault selects, and what it makes of them.

What matters most is *when* a message is lost. A request passes the fault before the device has decided anything; a reply
passes it after the device has decided and acted. That difference is what decides over the patient: a request that is lost was
never *received*, a reply that is lost comes after *committed*. The client sees the same silence.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from isletbench.emulator.core.octets import Answer, Command, Octets, Received
from isletbench.emulator.core.problems import words_for
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.contents import Where, all_hold, check_fields, content
from isletbench.emulator.faults.exchanges import (
    ASKED,
    CHARACTERISTIC_OF,
    NEWS,
    OUTWARD,
    REQUESTS,
    SERVICE_CHANGED,
    SUBSCRIBE,
    Exchanged,
    Message,
    MessagePart,
    PartWord,
    Target,
    parts_named,
    selects,
)
from isletbench.emulator.faults.fault import Fault, Whose
from isletbench.emulator.faults.packet_fields import RecordWord, is_record, octets_without, request_of, values_in
from isletbench.emulator.faults.words import CarrierName, Count, Often
from isletbench.emulator.gatt import (
    Indicate,
    LinkAnswer,
    LinkIndication,
    LinkRequest,
    Notify,
    ReadResponse,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols.att import ErrorCode
from isletbench.protocols.catalogue import COMPANION_TYPES, TYPES
from isletbench.protocols.error_codes import error_code_named, every_code


def _att_code(given: object) -> object:
    try:
        return error_code_named(given.upper()) if isinstance(given, str) else given
    except KeyError:
        raise ValueError(f"code {given!r}: expected one of {words_for(_REFUSALS, str(given))}") from None


_REFUSALS = tuple(dict.fromkeys(code.name.lower() for code in every_code() if code))
RefusalCode: TypeAlias = Annotated[
    ErrorCode,
    BeforeValidator(_att_code),
    PlainSerializer(lambda code: code.name.lower()),
    WithJsonSchema({"type": "string", "enum": list(_REFUSALS)}),
]
"""An ATT error by its name, for example ``procedure_already_in_progress``."""

WITH_OCTETS = (
    *(LinkRequest, LinkAnswer, LinkIndication, Write, ReadResponse, Notify, Indicate),
    *(Received, Command, Octets, Answer),
)
"""The messages that carry a value."""
Intercept: TypeAlias = Callable[[Exchanged], Intercepted[Message]]
"""What a fault makes of a message. One that has a method ``watch`` also sees those that the fault does not strike."""


class MessageFault(Fault, abstract=True):
    """A fault of messages between the device and its transport, the same on a serial link, over Bluetooth LE and, unless it is
    one of GATT services only, in the protocol of a personality."""

    whose: ClassVar[Whose] = Whose.DEVICE
    acts_on: ClassVar[frozenset[MessagePart]] = frozenset()
    of_services: ClassVar[bool] = False
    """Whether it can only strike messages of GATT services: it answers with an ATT error, or knows their fields."""

    on: Target | None = None
    """Only messages of this type (``ids.Status``) or of this operation (``SetBolus``) and the replies to it; a subscription
    (``SUBSCRIBE``, ``cgms.Measurement.SUBSCRIBE``), or what is of the link (``HELLO``, ``TABLE``, ``DISCOVER``, ``MTU``,
    ``SERVICE_CHANGED``).
    When left out everything but the latter."""
    where: Where = Field(default_factory=dict)
    """Only messages with this content, and answers to requests with it: fields as ``isletbench types TYPE`` lists them, each
    a value or a comparison (``above``, ``below``, ``at_least``, ``at_most``, ``is``, ``is_not``)."""
    record: RecordWord | None = None
    """Only what has this record: the record itself on its way to the client, and a request whose report would hold it. Its
    number (sequence number, time offset), or the name of its event (``TherapyControlStateChanged``)."""
    over: CarrierName | None = None
    """Only on this carrier."""
    nth: Often = 1
    """The first matching message that it strikes, counted from when it is armed."""
    probability: float = Field(default=1.0, ge=0, le=1)
    """How likely it strikes a message that matches."""
    count: Count = 1
    """How many messages it strikes; ``all`` is no limit."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> "MessageFault":
        """A request needs a characteristic that a client can read or write."""
        selectors = SELECTORS.get(self.on, ()) if self.on else ()
        found = [CHARACTERISTIC_OF[one.service, one.uuid] for one in selectors]
        if self.acts_on == REQUESTS and self.on == SERVICE_CHANGED:
            raise ValueError(f"on: nobody asks for {self.on}: the device sends it")
        if self.acts_on == REQUESTS and found and not any(one.properties & ASKED for one in found):
            hint = f", or {self.on}.{SUBSCRIBE}" if self.on in {**TYPES, **COMPANION_TYPES} else ""
            raise ValueError(
                f"on: nobody can read or write {self.on}: expected a type or an operation that clients ask for{hint}"
            )
        if self.where:
            if self.on is None:
                raise ValueError("where: expected with on, a type or an operation")
            check_fields(self.where, self.on)
        return self

    def parts(self) -> frozenset[MessagePart]:
        """The parts of a conversation it acts on."""
        return self.acts_on

    def matches(self, exchanged: Exchanged) -> bool:
        """Whether this fault selects the message."""
        if exchanged.attribute is None and self.of_services and not exchanged.is_of_link:
            return False
        if exchanged.part not in self.parts() or not selects(self.on or "any", self.over, exchanged):
            return False
        return self._has_content(exchanged) and (self.record is None or self._has_record(exchanged, self.record))

    def _has_content(self, exchanged: Exchanged) -> bool:
        if not self.where or any(all_hold(self.where, value) for value in values_in(exchanged)):
            return True
        request = request_of(exchanged)  # an answer is meant by what it answers, too
        return request is not None and len(content(self.where, request)) == len(self.where) and all_hold(self.where, request)

    @staticmethod
    def _has_record(exchanged: Exchanged, record: int | str) -> bool:
        known = values_in(exchanged) if exchanged.part in NEWS else exchanged.reports()
        return any(is_record(value, record) for value in known)

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to intercept messages, for the faults named ``by``; every random draw comes from ``chance``."""
        return partial(self.intercept, by, chance)

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """What becomes of one message, where that depends on nothing but the message."""
        raise NotImplementedError


class OutwardFault(MessageFault, abstract=True):
    """A fault of anything that the device sends."""

    acts_on: ClassVar = OUTWARD
    part: PartWord | Literal["any"] = "reply"
    """Which messages: answers, write responses that come before an answer, the records of a report, what the device sends
    unasked (``live``), both of these (``news``), or all. What nobody can ask for has no answers: then ``news`` is meant."""

    def parts(self) -> frozenset[MessagePart]:
        """The parts of a conversation that ``part`` selects."""
        return OUTWARD if self.part == "any" else parts_named(self.part, self.on)


def with_octets(message: Message, change: Callable[[bytes], bytes]) -> Message:
    """The message with another value; one that carries none stays as it is."""
    if isinstance(message, WITH_OCTETS):
        return replace(message, value=change(message.value))
    return message


def with_value(message: Message, octets: bytes) -> Message:
    """The message with these octets as its value; one that carries none stays as it is."""
    return with_octets(message, lambda _: octets)


def without(message: Message, exchanged: Exchanged, record: int | str | None) -> tuple[Message, ...]:
    """What is left of a message that loses a record: the other records that it carries, if any."""
    kept = None if record is None else octets_without(exchanged, record)
    return (with_value(message, kept),) if kept else ()


def passed(by: tuple[str, ...], *messages: Message, **more: Any) -> Intercepted[Message]:
    """These messages go on in the place of the one intercepted, at once and in this order."""
    return Intercepted(faults=by, go=tuple((0, message) for message in messages), **more)


def acknowledged(message: Message) -> WriteResponse | None:
    """The write response with which a link acknowledges a message; None for a message that is not acknowledged."""
    match message:
        case Write(response=True):
            return WriteResponse(message.link, message.handle)
        case _:
            return None


def drawn_delay(delay: Span, jitter: Span, chance: Random) -> Span:
    """A delay of at least ``delay`` and at most ``jitter`` more, evenly drawn, ms. Without jitter nothing is drawn."""
    return delay + (round(chance.random() * jitter) if jitter else 0)


def flipped(bits: int, chance: Random, octets: bytes) -> bytes:
    """The octets with so many bits inverted, each at a random place of its own."""
    altered = bytearray(octets)
    for place in chance.sample(range(8 * len(altered)), min(bits, 8 * len(altered))):
        altered[place // 8] ^= 1 << place % 8
    return bytes(altered)
