"""Which part a message has in the conversation on its link."""

from isletbench.emulator.faults.exchanges import Exchanged, MessagePart
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


class Conversations:
    """What has been asked on each link and not been answered yet."""

    def __init__(self) -> None:
        self._open: dict[Link, dict[int, bytes | None]] = {}
        """By handle, the value written, or None for a read."""

    def request(self, request: Read | Write, attribute: Attribute) -> Exchanged:
        """A request on its way to the device."""
        return Exchanged(request, MessagePart.REQUEST, attribute, request.value if isinstance(request, Write) else None)

    def asked(self, request: Exchanged) -> None:
        """The request goes on to the device: an answer is expected."""
        message = request.message
        if request.attribute is not None:
            self._open.setdefault(message.link, {})[request.attribute.handle] = request.asked

    def ended(self, link: Link) -> None:
        """Discard the open requests of a link that has ended."""
        self._open.pop(link, None)

    def outgoing(self, device: GattDevice, outgoing: Outgoing, attribute: Attribute) -> Exchanged:
        """What the device sends: an answer closes the request it belongs to."""
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
