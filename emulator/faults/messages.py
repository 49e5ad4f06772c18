"""What happens to one message between a device and its wire. The link lives on, unless the fault says otherwise.

The stage at which a message is lost decides over the patient: a request that is lost was never *received*, a reply that is
lost comes after *committed*. The client sees the same silence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from isletbench.emulator.core.models import Duration, Octets
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.declared import (
    NEWS,
    Bend,
    Count,
    Exchanged,
    Message,
    MessageFault,
    MessagePart,
    Often,
    PartWord,
    parts_called,
)
from isletbench.emulator.gatt import ErrorResponse, Indicate, Notify, Read, ReadResponse, Write, WriteResponse
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols.att import AttCode, ErrorCode
from isletbench.protocols.error_codes import error_code_named, every_code

REQUESTS = frozenset({MessagePart.REQUEST})
REPLIES = frozenset({MessagePart.REPLY})
OUTWARD = frozenset(MessagePart) - REQUESTS


def _att_code(given: object) -> object:
    try:
        return error_code_named(given.upper()) if isinstance(given, str) else given
    except KeyError:
        raise ValueError(f"code {given!r}: expected one of {', '.join(_REFUSALS)}") from None


_REFUSALS = tuple(dict.fromkeys(code.name.lower() for code in every_code() if code))
RefusalCode: TypeAlias = Annotated[
    ErrorCode,
    BeforeValidator(_att_code),
    PlainSerializer(lambda code: code.name.lower()),
    WithJsonSchema({"type": "string", "enum": list(_REFUSALS)}),
]
"""An ATT error by its name, for example ``procedure_already_in_progress``."""


class Stateless(MessageFault):
    """A fault that needs to know nothing but the message."""

    def begin(self, by: tuple[str, ...], chance: Random) -> Bend:
        return partial(self.bend, by, chance)

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """What becomes of one message."""
        raise NotImplementedError


def _lasting(delay: Span, jitter: Span, chance: Random) -> Span:
    return delay + (round(chance.random() * jitter) if jitter else 0)


# Requests: the device has not decided anything yet


class LoseRequest(Stateless):
    """The client asks and hears nothing; nothing has happened, and nothing will (DLV-02).

    It is lost before the device has received it: no pulse, no record, no change. Repeats of the same frame on a serial link
    are lost with it; a new request is a new chance.
    """

    fault: Literal["lose_request"] = "lose_request"
    acts_on: ClassVar = REQUESTS

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by)


class IgnoreRequest(Stateless):
    """The write is acknowledged by the link, and the device never acts on it: no answer follows (LNK-03).

    A read cannot be acknowledged without a value: it goes unanswered.
    """

    fault: Literal["ignore_request"] = "ignore_request"
    acts_on: ClassVar = REQUESTS

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, answer=_acknowledged(exchanged.message))


def _acknowledged(message: Message) -> WriteResponse | None:
    match message:
        case Write(response=True):
            return WriteResponse(message.link, message.handle)
        case _:
            return None


class CutBefore(Stateless):
    """The connection ends while the client waits for its answer; nothing has happened (DLV-02 with a disconnection)."""

    fault: Literal["cut_before"] = "cut_before"
    acts_on: ClassVar = REQUESTS

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, hangs_up=True)


class RefuseRequest(Stateless):
    """The client is refused with an ATT error, and nothing has happened."""

    fault: Literal["refuse_request"] = "refuse_request"
    acts_on: ClassVar = REQUESTS
    code: RefusalCode = AttCode.UNLIKELY_ERROR

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        asked = isinstance(message, Read) or (isinstance(message, Write) and message.response)
        return Intercepted(
            faults=by, answer=ErrorResponse(message.link, exchanged.attribute.handle, self.code) if asked else None
        )


class DelayRequest(Stateless):
    """The answer comes late, and so does what was asked for: the device is slow to take requests."""

    fault: Literal["delay_request"] = "delay_request"
    acts_on: ClassVar = REQUESTS
    by: Duration = 2_000
    jitter: Duration = 0
    """Up to so much more, evenly drawn."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((_lasting(self.by, self.jitter, chance), exchanged.message),))


class RepeatRequest(Stateless):
    """The device receives one request twice, as from a client that sends again: what it does then its profile says (DLV-03).

    The second answer of a read or write finds nobody waiting; a control point indicates twice if it acts twice.
    """

    fault: Literal["repeat_request"] = "repeat_request"
    acts_on: ClassVar = REQUESTS
    gap: Duration = 50
    """From the first to the second."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((0, exchanged.message), (self.gap, exchanged.message)))


class CorruptRequest(Stateless):
    """The client is refused for octets it did not send: with E2E-protection the device finds a bad CRC, without it a wrong
    value may be taken."""

    fault: Literal["corrupt_request"] = "corrupt_request"
    acts_on: ClassVar = REQUESTS
    bits: Annotated[Often, Field(le=4_096)] = 1
    """How many bits are flipped."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((0, with_octets(exchanged.message, partial(_flipped, self.bits, chance))),))


# Replies: the device has done what it was asked


class LoseReply(Stateless):
    """The client asks and hears nothing; the device has done it (DLV-01).

    The link lives, and the device believes that it has answered. Repeats of the same frame on a serial link go unanswered,
    too; a new request is answered.
    """

    fault: Literal["lose_reply"] = "lose_reply"
    acts_on: ClassVar = REPLIES
    part: PartWord = "reply"
    """What is lost: the answer, the write response that comes before it, or what the device tells besides: the records of a
    report, or what it tells by itself (``live``); ``news`` is both."""

    def parts(self) -> frozenset[MessagePart]:
        return parts_called(self.part)

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by)


class CutAfter(Stateless):
    """The connection ends while the client waits for its answer; the device has done it (DLV-01 with a disconnection)."""

    fault: Literal["cut_after"] = "cut_after"
    acts_on: ClassVar = REPLIES

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, hangs_up=True)


class DenyReply(Stateless):
    """The client is told by an ATT error that it was refused; the device has done it."""

    fault: Literal["deny_reply"] = "deny_reply"
    acts_on: ClassVar = frozenset({MessagePart.REPLY, MessagePart.ACKNOWLEDGEMENT})
    code: RefusalCode = AttCode.UNLIKELY_ERROR

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        if isinstance(message, WriteResponse | ReadResponse):
            return Intercepted(faults=by, go=((0, ErrorResponse(message.link, message.handle, self.code)),))
        return Intercepted(faults=by, go=((0, message),))


class Outward(Stateless):
    """A fault of anything the device sends."""

    acts_on: ClassVar = OUTWARD
    part: PartWord | Literal["any"] = "reply"
    """Which messages: answers, write responses that come before an answer, the records of a report, what the device tells by
    itself (``live``), both of these (``news``), or all."""

    def parts(self) -> frozenset[MessagePart]:
        return OUTWARD if self.part == "any" else parts_called(self.part)


class DelayReply(Outward):
    """The answer comes late, perhaps after the client has given up on it; the device has done it in time (LNK-11)."""

    fault: Literal["delay_reply"] = "delay_reply"
    by: Duration = 5_000
    jitter: Duration = 0
    """Up to so much more, evenly drawn: with it, messages may overtake one another."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((_lasting(self.by, self.jitter, chance), exchanged.message),))


class RepeatReply(Outward):
    """The same notification or indication arrives twice (LNK-17)."""

    fault: Literal["repeat_reply"] = "repeat_reply"
    gap: Duration = 0
    """From the first to the second."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        twice = isinstance(message, Notify | Indicate)
        return Intercepted(faults=by, go=((0, message), (self.gap, message)) if twice else ((0, message),))


class TruncateReply(Outward):
    """The answer ends too early: what follows the first octets is missing, though frame and link are whole (LNK-08)."""

    fault: Literal["truncate_reply"] = "truncate_reply"
    octets: int = Field(ge=0, le=512)
    """How many are left."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((0, with_octets(exchanged.message, lambda octets: octets[: self.octets])),))


class CorruptReply(Outward):
    """The answer holds octets that the device did not mean, though frame and link are whole: with E2E-protection the client
    finds a bad CRC."""

    fault: Literal["corrupt_reply"] = "corrupt_reply"
    bits: Annotated[Often, Field(le=4_096)] = 1
    """How many bits are flipped."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((0, with_octets(exchanged.message, partial(_flipped, self.bits, chance))),))


class SubstituteReply(Outward):
    """Another answer arrives in the place of the device's own (LNK-11, LNK-13)."""

    fault: Literal["substitute_reply"] = "substitute_reply"
    octets: Octets
    """The value it carries."""

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, go=((0, with_octets(exchanged.message, lambda _: self.octets)),))


def with_octets(message: Message, change: Callable[[bytes], bytes]) -> Message:
    """The message with another value; one that carries none stays as it is."""
    if isinstance(message, Write | ReadResponse | Notify | Indicate):
        return replace(message, value=change(message.value))
    return message


def _flipped(bits: int, chance: Random, octets: bytes) -> bytes:
    bent = bytearray(octets)
    for place in chance.sample(range(8 * len(bent)), min(bits, 8 * len(bent))):
        bent[place // 8] ^= 1 << place % 8
    return bytes(bent)


class ReorderReplies(Outward):
    """What the device tells arrives in another order: one message comes after those that should follow it (LNK-17)."""

    fault: Literal["reorder_replies"] = "reorder_replies"
    part: PartWord | Literal["any"] = "news"
    depth: Annotated[Often, Field(le=100)] = 1
    """How many later messages overtake the one that is held back."""
    count: Count = None

    def begin(self, by: tuple[str, ...], chance: Random) -> Bend:
        return _Reordering(by, self.depth)


@dataclass(slots=True)
class _Reordering:
    """Holds one message back until ``depth`` others of its link have left."""

    by: tuple[str, ...]
    depth: int
    held: dict[str, tuple[Message, list[Message]]] = field(default_factory=dict)

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        if message.link not in self.held:
            self.held[message.link] = message, []
            return Intercepted(faults=self.by, confirms=False)
        first, overtaking = self.held[message.link]
        overtaking.append(message)
        if len(overtaking) < self.depth:
            return Intercepted(faults=self.by, go=((0, message),))
        del self.held[message.link]
        return Intercepted(faults=self.by, go=((0, message), (0, first)))


class StaleReply(Outward):
    """The answer to an earlier request arrives in the place of this one (LNK-11).

    Where there was no earlier answer of the same type, the answer is as it should be.
    """

    fault: Literal["stale_reply"] = "stale_reply"
    nth: Often = 2
    count: Count = 1

    def begin(self, by: tuple[str, ...], chance: Random) -> Bend:
        return _Stale(by)


@dataclass(slots=True)
class _Stale:
    """Remembers the last value of every characteristic."""

    by: tuple[str, ...]
    last: dict[tuple[str, int, type], bytes] = field(default_factory=dict)

    def watch(self, exchanged: Exchanged) -> None:
        """A message passes as it is."""
        message = exchanged.message
        if isinstance(message, ReadResponse | Notify | Indicate):
            self.last[message.link, message.handle, type(message)] = message.value

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        earlier = self.last.get((message.link, exchanged.attribute.handle, type(message)))
        self.watch(exchanged)
        return Intercepted(faults=self.by, go=((0, message if earlier is None else with_octets(message, lambda _: earlier)),))


class Mute(Stateless):
    """The link is up and nothing is answered any more (LNK-03).

    The device takes nothing and tells nothing, while what drives its radio or its port lives on.
    """

    fault: Literal["mute"] = "mute"
    acts_on: ClassVar = REQUESTS | REPLIES | NEWS
    acknowledges: bool = True
    """Whether writes are still acknowledged by the link."""
    count: Count = None

    def bend(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        return Intercepted(faults=by, answer=_acknowledged(exchanged.message) if self.acknowledges else None)
