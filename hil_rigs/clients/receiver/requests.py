"""The client's end of a receiver: commands, answers, and the records on its pages."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort
from isletbench.emulator.core.clock import patience
from isletbench.protocols.dexcom import packets, records
from isletbench.protocols.dexcom.packets import Command, PacketFramer, Status
from isletbench.protocols.dexcom.pages import CRC_SIZE, EMPTY, PageHeader, parse_page
from isletbench.protocols.dexcom.records import Partition
from isletbench.protocols.errors import WireError
from isletbench.protocols.packet import decode, encode, size_of

PATIENCE_S = 2.0
"""How long an answer is waited for, s, and how many real ones at any pace."""
AT_LEAST_S = 0.5
ATTEMPTS = 3
"""How often a read is tried."""
LAYOUTS: dict[tuple[Partition, int], type[Any]] = {
    (Partition.EGV_DATA, 2): records.EgvG4,
    (Partition.EGV_DATA, 4): records.EgvG5,
    (Partition.EGV_DATA, 5): records.EgvG6,
    (Partition.BACKFILLED_EGV_DATA, 5): records.EgvG6,
    (Partition.INSERTION_TIME, 1): records.InsertionG4,
    (Partition.INSERTION_TIME, 2): records.InsertionG5,
}
"""The records that the client reads, by partition and revision."""
HEADER_SIZE = (size_of(PageHeader) or 0) + CRC_SIZE


class NoAnswer(ConnectionError):
    """Nothing has come, or nothing that could be understood."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A record, and its index over the partition's life."""

    index: int
    record: Any


class Receiver:
    """A receiver on a serial port that ``open_port`` opens."""

    def __init__(self, open_port: OpenPort) -> None:
        self.open_port = open_port
        self._port: ClientPort | None = None
        self._framer = PacketFramer()
        self._come = asyncio.Queue[bytes]()

    def _received(self, octets: bytes) -> None:
        for framed in self._framer.feed(octets):
            self._come.put_nowait(framed.octets)

    def _gone(self) -> None:
        self._port = None

    def close(self) -> None:
        """Close the port; the next request opens it anew."""
        if self._port is not None:
            self._port.close()
            self._port = None

    async def ask(self, command: Command, payload: bytes = b"") -> bytes:
        """What is acknowledged; it is asked for anew where the answer is damaged or does not come. Raises ``NoAnswer``,
        ``OSError`` for a port that cannot be opened."""
        for _ in range(ATTEMPTS):
            answer = await self._once(packets.build(command, payload))
            if answer is not None and answer.code == Status.ACK:
                return answer.payload
        raise NoAnswer(f"no answer to {command.name}")

    async def _once(self, request: bytes) -> packets.Packet | None:
        if self._port is None:
            self._port = self.open_port(self._received, self._gone)
        self._framer.expire()
        while not self._come.empty():
            self._come.get_nowait()
        self._port.write(request)
        try:
            async with asyncio.timeout(patience(PATIENCE_S, AT_LEAST_S)):
                return packets.parse(await self._come.get())
        except (TimeoutError, WireError):
            return None

    async def _asked_for(self, layout: type[Any], command: Command, payload: bytes = b"") -> Any:
        """What is acknowledged, decoded. Raises ``NoAnswer``, also for the late answer to another command."""
        try:
            return decode(layout, await self.ask(command, payload))
        except WireError as error:
            raise NoAnswer(f"{command.name}: {error}") from error

    async def time(self) -> int:
        """The receiver's own clock, s since 2009. Raises ``NoAnswer``."""
        return int((await self._asked_for(packets.Seconds, Command.READ_SYSTEM_TIME)).value)

    async def pages(self, partition: Partition) -> range:
        """The numbers of the pages that a partition has. Raises ``NoAnswer``."""
        found = await self._asked_for(packets.PageRange, Command.READ_DATABASE_PAGE_RANGE, bytes([partition]))
        return range(0) if found.first == EMPTY else range(found.first, found.last + 1)

    async def page(self, partition: Partition, number: int) -> list[Numbered]:
        """The records of a page. Raises ``NoAnswer``, also for a page that is damaged or of a layout that it does not know."""
        octets = await self.ask(Command.READ_DATABASE_PAGES, encode(packets.PageRequest(partition, number, 1)))
        try:
            return list(_records(partition, octets))
        except (WireError, KeyError) as error:
            raise NoAnswer(f"page {number} of {partition.name}: {error}") from error


def _records(partition: Partition, octets: bytes) -> Iterator[Numbered]:
    header = decode(PageHeader, octets[: HEADER_SIZE - CRC_SIZE], trailing=True)
    layout = LAYOUTS[partition, header.revision]
    _, found = parse_page(octets, (size_of(layout) or 0) + CRC_SIZE)
    for number, record in enumerate(found):
        yield Numbered(header.first + number, decode(layout, record))
