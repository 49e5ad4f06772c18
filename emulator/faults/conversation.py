"""Which part a message has in the conversation on its link."""

from functools import partial

from isletbench.emulator.faults.exchanges import SUBSCRIBE, UNSUBSCRIBE, Exchanged, MessagePart
from isletbench.emulator.gatt import (
    Attribute,
    GattDevice,
    Indicate,
    Link,
    Notify,
    Outgoing,
    Read,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt.catalogue import SELECTORS
from isletbench.protocols.att import Property

CCCD_READ = "READ"
"""What a client asks for when it reads a CCCD: no word selects it, but it passes with everything else."""


def _subscription(request: Read | Write) -> str:
    """What is asked of a CCCD."""
    if isinstance(request, Read):
        return CCCD_READ
    return SUBSCRIBE if any(request.value) else UNSUBSCRIBE


class Conversations:
    """What has been asked on each link and not been answered yet."""

    def __init__(self) -> None:
        self._open: dict[Link, dict[int, bytes | None]] = {}
        """By handle, the value written, or None for a read."""
        self._subscribing: dict[tuple[Link, int], str] = {}
        """What was asked of a CCCD, by link and handle."""

    def request(self, device: GattDevice, request: Read | Write) -> Exchanged | None:
        """A request on its way to the device; None for one that names no attribute."""
        value = request.value if isinstance(request, Write) else None
        if (attribute := device.table.by_cccd.get(request.handle)) is not None:
            return Exchanged(request, MessagePart.REQUEST, attribute, value, _subscription(request))
        if (attribute := device.table.by_handle.get(request.handle)) is None:
            return None
        reports = partial(device.reported_by, attribute, value or b"")
        return Exchanged(request, MessagePart.REQUEST, attribute, value, reports=reports)

    def asked(self, request: Exchanged) -> None:
        """The request goes on to the device: an answer is expected."""
        message = request.message
        if request.operation is not None and isinstance(message, Read | Write):
            self._subscribing[message.link, message.handle] = request.operation
        elif request.attribute is not None:
            self._open.setdefault(message.link, {})[request.attribute.handle] = request.asked

    def ended(self, link: Link) -> None:
        """Discard the open requests of a link that has ended."""
        self._open.pop(link, None)
        self._subscribing = {key: word for key, word in self._subscribing.items() if key[0] != link}

    def outgoing(self, device: GattDevice, outgoing: Outgoing) -> Exchanged | None:
        """What the device sends: an answer closes the request it belongs to; None for one that names no attribute."""
        if (attribute := device.table.by_cccd.get(outgoing.handle)) is not None:
            word = self._subscribing.pop((outgoing.link, outgoing.handle), CCCD_READ)
            return Exchanged(outgoing, MessagePart.REPLY, attribute, None, word)
        attribute = device.table.by_handle.get(outgoing.handle)
        return None if attribute is None else self._of_value(device, outgoing, attribute)

    def _of_value(self, device: GattDevice, outgoing: Outgoing, attribute: Attribute) -> Exchanged:
        open_requests = self._open.setdefault(outgoing.link, {})
        reports = isinstance(outgoing, Notify) and any(
            selector.matches(device.table.by_handle[handle], octets or b"")
            for handle, octets in open_requests.items()
            for selector in SELECTORS["REPORT"]
        )
        part = MessagePart.RECORDS if reports else MessagePart.LIVE
        asked = open_requests.get(outgoing.handle)
        if outgoing.handle in open_requests and not isinstance(outgoing, Notify):
            part = MessagePart.REPLY
            if isinstance(outgoing, WriteResponse) and attribute.spec.properties & Property.INDICATE:
                part = MessagePart.ACKNOWLEDGEMENT
            else:
                del open_requests[outgoing.handle]
        elif not isinstance(outgoing, Notify | Indicate):
            part = MessagePart.REPLY
        return Exchanged(outgoing, part, attribute, asked)
