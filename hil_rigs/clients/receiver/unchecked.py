"""A receiver's port as a client sees it that checks no CRC of pages: each wrong one is replaced by the right one."""

from collections.abc import Callable

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort
from isletbench.hil_rigs.clients.receiver.requests import HEADER_SIZE, LAYOUTS
from isletbench.protocols.dexcom.packets import PAGE_SIZE, PacketFramer, with_crc
from isletbench.protocols.dexcom.pages import CRC_SIZE, PageHeader
from isletbench.protocols.packet import decode, size_of

_HEAD = 4
"""Start, length and code of a packet."""


def unchecked(open_port: OpenPort) -> OpenPort:
    """Opens the same port; pages and their records that are damaged on the line arrive as if they were whole. Other packets do
    not: a range of pages that nobody has would keep the client busy for ever."""

    def opened(received: Callable[[bytes], None], closed: Callable[[], None]) -> ClientPort:
        framer = PacketFramer()

        def take(octets: bytes) -> None:
            for framed in framer.feed(octets):
                head, payload = framed.octets[:_HEAD], framed.octets[_HEAD:-CRC_SIZE]
                received(with_crc(head + _believed_page(payload)) if len(payload) == PAGE_SIZE else framed.octets)

        return open_port(take, closed)

    return opened


def _believed_page(page: bytes) -> bytes:
    """A page with CRCs that are right: that of its header, and those of the records that its header says it has."""
    header = decode(PageHeader, page[: HEADER_SIZE - CRC_SIZE])
    known = {(int(partition), revision): layout for (partition, revision), layout in LAYOUTS.items()}
    layout = known.get((header.partition, header.revision))
    body = page[HEADER_SIZE:]
    if layout is not None:
        size = (size_of(layout) or 0) + CRC_SIZE
        records = [body[begin : begin + size] for begin in range(0, min(header.count * size, len(body)), size)]
        believed = b"".join(with_crc(record[:-CRC_SIZE]) for record in records)
        body = believed + body[len(believed) :]
    return with_crc(page[: HEADER_SIZE - CRC_SIZE]) + body
