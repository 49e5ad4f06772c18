"""What passes between a client and a device, the words that select it, and the part it has in a conversation."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from isletbench.emulator.core.octets import Answer, Command, Octets, Received
from isletbench.emulator.faults.words import CarrierName
from isletbench.emulator.gatt import Attribute, Outgoing, Request
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.protocols.att import Property
from isletbench.protocols.catalogue import SERVICES, TYPES


class MessagePart(Enum):
    """The part that a message has in a conversation."""

    REQUEST = "request"
    """A read or a write by the client. Subscriptions are not among them: they belong to the link."""
    ACKNOWLEDGEMENT = "acknowledgement"
    """The write response of a control point: the operation has arrived; the reply follows as an indication."""
    REPLY = "reply"
    """What the request was made for: the value read, a refusal, the answer that a control point indicates, or the write
    response where there is no other answer."""
    RECORDS = "records"
    """Stored records that a report sends, before its answer."""
    LIVE = "live"
    """What the device sends unasked: a notification, or an indication that answers nothing."""


REQUESTS = frozenset({MessagePart.REQUEST})
REPLIES = frozenset({MessagePart.REPLY})
NEWS = frozenset({MessagePart.RECORDS, MessagePart.LIVE})
"""What is notified, asked for or not."""
CHARACTERISTIC_OF = {(SERVICES[name.partition(".")[0]], known.uuid): known for name, known in TYPES.items()}
"""Every characteristic by the UUIDs of its service and its own."""
ASKED = Property.READ | Property.WRITE | Property.WRITE_WITHOUT_RESPONSE
"""What a client can do with a characteristic by a request, subscriptions apart."""
OUTWARD = frozenset(MessagePart) - REQUESTS
PartWord: TypeAlias = Literal["reply", "acknowledgement", "news", "records", "live"]


def parts_named(word: PartWord) -> frozenset[MessagePart]:
    """Return the parts of a conversation that a word selects."""
    return NEWS if word == "news" else frozenset({MessagePart(word)})


OF_A_PERSONALITY = re.compile(r"[a-z][a-z0-9_]*\.[A-Z][A-Za-z0-9]*")
"""An operation of a personality: ``dexcom_receiver.ReadSystemTime``. Which ones there are, the device's table says."""


def _known_selector(word: str) -> str:
    service = word.partition(".")[0]
    if word not in SELECTORS and (service in SERVICES or not OF_A_PERSONALITY.fullmatch(word)):
        raise ValueError(
            f"{word!r}: expected a type such as ids.Status (`isletbench types` lists them)"
            f" or an operation such as SetBolus, REPORT or ids.RecordAccessControlPoint.REPORT,"
            f" or one of a personality such as dexcom_receiver.ReadSystemTime"
        )
    return word


Selector: TypeAlias = Annotated[str, Field(max_length=80), AfterValidator(_known_selector)]
"""A word that selects messages: a key of ``catalogue.SELECTORS``, or an operation of a personality."""

Message: TypeAlias = Request | Outgoing | Received | Command | Octets | Answer


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One message that passes, with what is known of it."""

    message: Message
    part: MessagePart
    attribute: Attribute | None
    """None for a message of a byte stream."""
    asked: bytes | None
    """The value of the request it belongs to, if it belongs to one that is a write."""
    operation: str | None = None
    """Of a byte stream, what is asked for, where its protocol is known."""

    @property
    def place(self) -> int | str | None:
        """What tells messages of one meaning from those of another: the handle, or the operation."""
        return self.operation if self.attribute is None else self.attribute.handle


def selects(on: str, over: CarrierName | None, exchanged: Exchanged) -> bool:
    """Whether a message is one of a type or operation, or of ``any``, on a carrier, or on any."""
    if over is not None and f".{over}#" not in exchanged.message.link:
        return False
    attribute = exchanged.attribute
    if on == "any":
        return True
    if attribute is None:
        return on.rpartition(".")[2] == exchanged.operation
    value = getattr(exchanged.message, "value", b"") if exchanged.part in NEWS else exchanged.asked
    return any(selector.matches(attribute, value or b"") for selector in SELECTORS.get(on, ()))
