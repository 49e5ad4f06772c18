"""What every fault has: a device, a trigger, a scope. And what a fault that acts on messages has besides.

A fault waits until everything its trigger names has come true, is then *armed*, *strikes* as often as its scope allows, and is
*over*; clearing it ends it wherever it stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from isletbench.emulator.core.actions import name_of
from isletbench.emulator.core.models import Duration, Part, Units, summary
from isletbench.emulator.gatt import Attribute, Outgoing, Request
from isletbench.emulator.gatt.catalogue import AIMS
from isletbench.emulator.gatt.interceptor import Intercepted


class FaultError(ValueError):
    """A fault that cannot be declared or injected; one sentence with the key and what was expected."""


Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Often: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000)]

Count: TypeAlias = Annotated[Often | None, BeforeValidator(lambda given: None if given == "all" else given)]
"""How many; ``all`` or null is no limit."""


class Where(Enum):
    """Whose fault it is. A radio that is weak and a device that is silent look alike to nobody who looks closely."""

    DEVICE = "device"
    """The device misbehaves while its link is alive."""
    LINK = "link"
    """The radio or the cable misbehaves; the device behind it runs on and knows of nothing but the lost connection."""
    CLOCK = "clock"
    """The device's own clock is wrong."""
    HAND = "hand"
    """Somebody does something to the device, or something happens to it: any of its verbs."""


class Fault(Part):
    """What every fault can be told."""

    where: ClassVar[Where]

    device: Name
    """The device of the rig that it befalls."""
    name: Name | None = None
    """What to call it, for ``clear`` and in the journal; it seeds its chances. Made from what it is when left out."""

    at: Duration | None = None
    """Not before the bench has run for so long."""
    after: Duration | None = None
    """Not before so long after it was injected."""
    connection: Often | None = None
    """Not before this many connections have begun since it was injected."""
    reading: Often | None = None
    """Not before this many readings have been measured since it was injected."""
    delivered: Units | None = None
    """Not before so much bolus insulin has been delivered since it was injected, U."""
    state: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """Not before the device enters this state, as its ledger calls it: ``running`` or ``failed`` for a sensor's session,
    ``STOP`` or ``RUN`` for a pump's therapy."""

    until_connected: bool = False
    """Whether it is over as soon as a new connection to the device begins."""
    lasts: Duration | None = None
    """How long it lasts from when it is armed; until it is cleared, or has struck often enough, when left out."""

    @classmethod
    def kind(cls) -> str:
        """What it is called: ``lose_reply``."""
        return name_of(cls)

    @classmethod
    def symptom(cls) -> str:
        """What the client sees: the first paragraph of the docstring."""
        return summary(cls)


# Messages


class MessagePart(Enum):
    """What a message is in a conversation."""

    REQUEST = "request"
    """A read or a write of the client's. Subscriptions are none: they are the link's business."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """The write response of a control point: "I have your operation"; the reply follows as an indication."""
    REPLY = "reply"
    """What the request was made for: the value read, a refusal, the answer that a control point indicates, or the write
    response where there is no other answer."""
    RECORDS = "records"
    """Stored records that a report brings, before its answer."""
    LIVE = "live"
    """What the device tells by itself: a notification, or an indication that answers nothing."""


NEWS = frozenset({MessagePart.RECORDS, MessagePart.LIVE})
"""What is notified, asked for or not."""
PartWord: TypeAlias = Literal["reply", "acknowledgement", "news", "records", "live"]


def parts_called(word: PartWord) -> frozenset[MessagePart]:
    """The parts of a conversation that people mean by a word."""
    return NEWS if word == "news" else frozenset({MessagePart(word)})


def _known_aim(word: str) -> str:
    if word not in AIMS:
        raise ValueError(
            f"{word!r}: expected a type such as ids.Status (`isletbench types` lists them)"
            f" or an operation such as SetBolus, REPORT or ids.RecordAccessControlPoint.REPORT"
        )
    return word


Aimed: TypeAlias = Annotated[str, Field(max_length=80), AfterValidator(_known_aim)]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One message that passes, with what is known of it."""

    message: "Message"
    part: MessagePart
    attribute: Attribute
    asked: bytes | None
    """The value of the request it belongs to, if it belongs to one that is a write."""


Message: TypeAlias = Request | Outgoing
Bend: TypeAlias = Callable[[Exchanged], Intercepted[Message]]
"""What a fault does to a message. One that has a method ``watch`` is shown those that pass unharmed."""


class MessageFault(Fault):
    """A fault that acts on messages between the device and its wire, the same on a serial link and on the air."""

    where: ClassVar[Where] = Where.DEVICE
    acts_on: ClassVar[frozenset[MessagePart]]

    on: Aimed | None = None
    """Only messages of this type (``ids.Status``) or of this operation (``SetBolus``) and the replies to it; any when left
    out."""
    over: Literal["serial", "ble"] | None = None
    """Only on this carrier."""
    nth: Often = 1
    """The first matching message that it strikes, counted from when it is armed."""
    probability: float = Field(default=1.0, ge=0, le=1)
    """How likely it strikes a message that matches."""
    count: Count = 1
    """How many messages it strikes; ``all`` is no limit."""

    def parts(self) -> frozenset[MessagePart]:
        """The parts of a conversation it acts on."""
        return self.acts_on

    def begin(self, by: tuple[str, ...], chance: Random) -> Bend:
        """What bends messages from now on, as ``by``. Its chances come from ``chance`` alone."""
        raise NotImplementedError
