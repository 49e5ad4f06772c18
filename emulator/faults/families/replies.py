"""Faults of replies: the device has done what it was asked to do."""

from dataclasses import dataclass, field
from random import Random
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.octets import Answer, Octets
from isletbench.emulator.faults.exchanges import (
    NEWS,
    REPLIES,
    REQUESTS,
    SUBSCRIBE,
    Exchanged,
    Message,
    MessagePart,
    PartWord,
    Target,
    can_subscribe,
    parts_named,
    selects,
)
from isletbench.emulator.faults.messages import (
    Intercept,
    MessageFault,
    OutwardFault,
    RefusalCode,
    acknowledged,
    drawn_delay,
    passed,
    without,
)
from isletbench.emulator.faults.words import Count, Often
from isletbench.emulator.gatt import ErrorResponse, Indicate, LinkAnswer, LinkIndication, Notify, ReadResponse, WriteResponse
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.protocols.att import AttCode


class LoseReply(MessageFault):
    """The client asks and receives nothing; the device has done it (DLV-01).

    The link lives, and the device believes that it has answered. Repeats of the same frame on a serial link stay unanswered,
    too; a new request is answered.
    """

    acts_on: ClassVar = REPLIES
    part: PartWord = "reply"
    """What is lost: the answer, the write response that comes before it, the records of a report, or what the device sends
    unasked (``live``); ``news`` is both of these, and meant for what nobody can ask for."""

    def parts(self) -> frozenset[MessagePart]:
        """The parts of a conversation that ``part`` selects."""
        return parts_named(self.part, self.on)

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the message, or the record that is meant."""
        return passed(by, *without(exchanged.message, exchanged, self.record))


class CutAfter(MessageFault):
    """The connection ends while the client waits for its answer; the device has done it (DLV-01 with a disconnection)."""

    acts_on: ClassVar = REPLIES

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the message and end the connection."""
        return Intercepted(faults=by, hangs_up=True)


class DenyReply(MessageFault):
    """An ATT error says that the client was refused; the device has done it."""

    acts_on: ClassVar = frozenset({MessagePart.REPLY, MessagePart.ACKNOWLEDGEMENT})
    of_services: ClassVar = True
    code: RefusalCode = AttCode.UNLIKELY_ERROR

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Replace the reply by an ATT error."""
        message = exchanged.message
        if isinstance(message, WriteResponse | ReadResponse):
            return passed(by, ErrorResponse(message.link, message.handle, self.code))
        if isinstance(message, LinkAnswer):
            return passed(by, ErrorResponse(message.link, 0, self.code))
        return passed(by, message)


class NoResponse(MessageFault):
    """The link is up and nothing is answered any more (LNK-03).

    The device takes and sends nothing, while what drives its radio or its port lives on.
    """

    acts_on: ClassVar = REQUESTS | REPLIES | NEWS
    acknowledges: bool = True
    """Whether writes of values are still acknowledged by the link; subscriptions never are."""
    count: Count = None

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Drop the message without any response."""
        acknowledges = self.acknowledges and exchanged.operation is None
        return Intercepted(faults=by, answer=acknowledged(exchanged.message) if acknowledges else None)


class DelayReply(OutwardFault):
    """The answer comes late, perhaps after the client has given up on it; the device has done it in time (LNK-11)."""

    by: Lasting = 5_000
    jitter: Duration = 0
    """Up to so much more, evenly drawn: with it, messages may overtake one another."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Delay the message."""
        return Intercepted(faults=by, go=((drawn_delay(self.by, self.jitter, chance), exchanged.message),))


class RepeatReply(OutwardFault):
    """The same notification, indication or answer of a byte stream arrives twice (LNK-17)."""

    gap: Duration = 0
    """From the first to the second."""

    def intercept(self, by: tuple[str, ...], chance: Random, exchanged: Exchanged) -> Intercepted[Message]:
        """Send the message twice, ``gap`` ms apart; a read or write response cannot be repeated."""
        message = exchanged.message
        twice = isinstance(message, Notify | Indicate | LinkIndication | Octets | Answer)
        return Intercepted(faults=by, go=((0, message), (self.gap, message)) if twice else ((0, message),))


class NotifyBeforeAnswer(MessageFault):
    """The first notification comes before the answer to the subscription: the device has subscribed the client, and tells it so
    only then (LNK-23).

    The answer waits for as long as nothing is notified.
    """

    acts_on: ClassVar = REPLIES | NEWS
    on: Target
    """What is subscribed to: ``cgms.Measurement``."""
    count: Count = None

    @model_validator(mode="after")
    def _notifies(self) -> "NotifyBeforeAnswer":
        if not can_subscribe(self.on):
            raise ValueError(f"on: {self.on!r}: expected a type that can be subscribed to, such as cgms.Measurement")
        return self

    def matches(self, exchanged: Exchanged) -> bool:
        """Whether it is the answer to the subscription, or a notification of what is subscribed to."""
        answers = exchanged.part is MessagePart.REPLY and selects(f"{self.on}.{SUBSCRIBE}", self.over, exchanged)
        return answers or (exchanged.part in NEWS and exchanged.operation is None and selects(self.on, self.over, exchanged))

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to hold answers back."""
        return _NotifyingFirst(by)


@dataclass(slots=True)
class _NotifyingFirst:
    """Holds the answer to a subscription back until something has been notified."""

    by: tuple[str, ...]
    held: dict[str, Message] = field(default_factory=dict)

    def __call__(self, exchanged: Exchanged) -> Intercepted[Message]:
        message = exchanged.message
        if exchanged.part is MessagePart.REPLY:
            self.held[message.link] = message
            return Intercepted(faults=self.by, withheld=True)
        answer = self.held.pop(message.link, None)
        return passed(self.by, message, *(() if answer is None else (answer,)))


class ReorderReplies(OutwardFault):
    """What the device sends arrives in another order: one message comes after those that should follow it (LNK-17)."""

    part: PartWord | Literal["any"] = "news"
    depth: Annotated[Often, Field(le=100)] = 1
    """How many later messages overtake the one that is held back."""
    count: Count = None

    def begin(self, by: tuple[str, ...], chance: Random) -> Intercept:
        """Begin to hold back messages and send them in another order."""
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
            return passed(self.by, message)
        del self.held[message.link]
        return passed(self.by, message, first)
