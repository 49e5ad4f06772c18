"""What passes between a client and a device, the words that select it, and the part it has in a conversation."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from isletbench.emulator.core.octets import Answer, Command, Octets, Received
from isletbench.emulator.faults.words import CarrierName
from isletbench.emulator.gatt import Attribute, LinkAnswer, LinkIndication, LinkRequest, Outgoing, Request
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.protocols.att import Property
from isletbench.protocols.catalogue import COMPANION_TYPES, SERVICES, TYPES


class MessagePart(Enum):
    """The part that a message has in a conversation."""

    REQUEST = "request"
    """What the client asks for: a read, a write, a subscription, or something of the link itself."""
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
CHARACTERISTIC_OF = {
    (SERVICES[name.partition(".")[0]], known.uuid): known for name, known in {**TYPES, **COMPANION_TYPES}.items()
}
"""Every characteristic by the UUIDs of its service and its own."""
ASKED = Property.READ | Property.WRITE | Property.WRITE_WITHOUT_RESPONSE
"""What a client can do with a characteristic by a request, subscriptions apart."""
OUTWARD = frozenset(MessagePart) - REQUESTS
PartWord: TypeAlias = Literal["reply", "acknowledgement", "news", "records", "live"]


def parts_named(word: PartWord, on: str | None = None) -> frozenset[MessagePart]:
    """Return the parts of a conversation that a word selects; of what is only ever sent unasked there is no reply."""
    return NEWS if word == "news" or (word == "reply" and is_unasked(on)) else frozenset({MessagePart(word)})


def is_unasked(on: str | None) -> bool:
    """Whether a word means what nobody can ask for: a type that is only notified or indicated, or Service Changed."""
    kinds = [CHARACTERISTIC_OF[one.service, one.uuid] for one in SELECTORS.get(on or "", ())]
    return on == SERVICE_CHANGED or (bool(kinds) and not any(kind.properties & ASKED for kind in kinds))


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

SUBSCRIBE, UNSUBSCRIBE = "SUBSCRIBE", "UNSUBSCRIBE"
"""What a client asks for when it writes a CCCD. Core Vol 3, Part G, 3.3.3.3."""
OF_THE_LINK: Mapping[str, str] = {
    "HELLO": "the beginning of a connection on the serial link",
    "TABLE": "a part of the attribute table on the serial link",
    "DISCOVER": "a step of discovery: of services, characteristics or descriptors, or TABLE on the serial link",
    "MTU": "the exchange of the ATT_MTU",
    "SERVICE_CHANGED": "the indication over Bluetooth LE that the device's services have changed",
}
"""What clients ask the link for, and what it tells them, by the word for it: those who carry messages do, the device does not
know of it."""
SERVICE_CHANGED = "SERVICE_CHANGED"


def _known_target(word: str) -> str:
    of, _, last = word.rpartition(".")
    if word in OF_THE_LINK or (last in {SUBSCRIBE, UNSUBSCRIBE} and (not of or can_subscribe(of))):
        return word
    if last in {SUBSCRIBE, UNSUBSCRIBE}:
        raise ValueError(f"{word!r}: expected a type that can be subscribed to, such as cgms.Measurement, before {last}")
    return _known_selector(word)


def can_subscribe(of: str) -> bool:
    """Whether a word is a type with a CCCD."""
    selectors = SELECTORS.get(of, ()) if "." in of else ()
    return any(CHARACTERISTIC_OF[one.service, one.uuid].properties & NEWS_PROPERTIES for one in selectors)


NEWS_PROPERTIES = Property.NOTIFY | Property.INDICATE
Target: TypeAlias = Annotated[str, Field(max_length=80), AfterValidator(_known_target)]
"""A word that selects exchanges: a ``Selector``; a subscription (``SUBSCRIBE``, ``cgms.Measurement.UNSUBSCRIBE``); or what is
of the link (``HELLO``, ``TABLE``, ``DISCOVER``, ``MTU``, ``SERVICE_CHANGED``)."""

Message: TypeAlias = Request | Outgoing | Received | Command | Octets | Answer | LinkRequest | LinkAnswer | LinkIndication


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One message that passes, with what is known of it."""

    message: Message
    part: MessagePart
    attribute: Attribute | None
    """None for a message of a byte stream, or of the link itself."""
    asked: bytes | None
    """The value of the request it belongs to, if it belongs to one that is a write."""
    operation: str | None = None
    """Of a byte stream or of the link, what is asked for, where that is known; of a CCCD ``SUBSCRIBE`` or ``UNSUBSCRIBE``."""
    reports: Callable[[], Sequence[Any]] = tuple
    """The stored records that the device would report if this request reached it."""

    @property
    def place(self) -> int | str | None:
        """What tells messages of one meaning from those of another: the handle, or the operation."""
        return self.operation if self.attribute is None or self.operation is not None else self.attribute.handle

    @property
    def is_of_link(self) -> bool:
        """Whether it belongs to the link itself: the device does not know of it."""
        if isinstance(self.message, LinkRequest | LinkAnswer | LinkIndication):
            return True
        return self.attribute is None and self.operation in OF_THE_LINK


def is_common(on: str) -> bool:
    """Whether a word means an exchange of every device: a subscription, or one of the link."""
    return on in OF_THE_LINK or on.rpartition(".")[2] in {SUBSCRIBE, UNSUBSCRIBE}


def selects(on: str, over: CarrierName | None, exchanged: Exchanged) -> bool:
    """Whether a message is one of a type or operation, or of ``any``, on a carrier, or on any.

    ``any`` is everything that the device has a part in; what is of the link itself has to be named.
    """
    if over is not None and f".{over}#" not in exchanged.message.link:
        return False
    if on == "any":
        return not exchanged.is_of_link
    attribute, (of, _, last) = exchanged.attribute, on.rpartition(".")
    if attribute is None:
        return last == exchanged.operation or (on == "DISCOVER" and exchanged.operation == "TABLE")
    if exchanged.operation is not None:
        return last == exchanged.operation and (not of or any(one.matches(attribute, b"") for one in SELECTORS[of]))
    value = getattr(exchanged.message, "value", b"") if exchanged.part in NEWS else exchanged.asked
    return any(selector.matches(attribute, value or b"") for selector in SELECTORS.get(on, ()))
