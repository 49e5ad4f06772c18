"""The receiver's database: a log for each partition, cut into pages when somebody asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from isletbench.emulator.endpoints.dexcom_receiver.entries import DatabaseEntry
from isletbench.emulator.endpoints.dexcom_receiver.layouts import EMPTY_PARTITIONS, LAYOUTS, Layout
from isletbench.protocols.dexcom.packets import PageRange
from isletbench.protocols.dexcom.pages import EMPTY, HEADER_SIZE, PageHeader, page
from isletbench.protocols.dexcom.records import Partition

MOST_PAGES = 700
"""Of one partition: the oldest page goes when there is one more (choice: about ninety days of glucose in G4)."""


class Log:
    """The entries of one partition, oldest first. Pages are numbered upwards for ever, and so are entries."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._entries: list[Any] = []
        self._dropped = 0  # pages that have gone

    def append(self, entry: DatabaseEntry) -> None:
        """Keep an entry."""
        self._entries.append(entry)
        if len(self._entries) > MOST_PAGES * self.layout.per_page:
            del self._entries[: self.layout.per_page]
            self._dropped += 1

    @property
    def entries(self) -> tuple[Any, ...]:
        """What is kept."""
        return tuple(self._entries)

    @property
    def range(self) -> tuple[int, int] | None:
        """The numbers of the oldest and the newest page, if there is one."""
        if not self._entries:
            return None
        return self._dropped, self._dropped + (len(self._entries) - 1) // self.layout.per_page

    def page(self, partition: Partition, number: int) -> bytes:
        """A page as octets. Raises ``LookupError`` for one that there is not."""
        if self.range is None or not self.range[0] <= number <= self.range[1]:
            raise LookupError(f"page {number} of {partition.name} does not exist")
        found = self.on_page(number)
        header = PageHeader(number * self.layout.per_page, len(found), partition, self.layout.revision, number, 0, 0, 0)
        return page(header, [self.layout.record(entry) for entry in found])

    def on_page(self, number: int) -> Sequence[Any]:
        """The entries of a page that there is."""
        begin = (number - self._dropped) * self.layout.per_page
        return self._entries[max(0, begin) : max(0, begin + self.layout.per_page)]


class Database:
    """The partitions of one generation."""

    def __init__(self, generation: str) -> None:
        self._layouts = LAYOUTS[generation]
        self.logs: Mapping[Partition, Log] = {}
        self.erase()

    def erase(self) -> None:
        """Delete everything: pages begin at 0 again."""
        self.logs = {partition: Log(layout) for partition, layout in self._layouts.items()}

    def add(self, partition: Partition, entry: DatabaseEntry) -> None:
        """Keep an entry in a partition; one that this generation has not is left out."""
        if partition in self.logs:
            self.logs[partition].append(entry)

    def range(self, number: int) -> PageRange:
        """The pages that a partition has. Raises ``LookupError`` for one that this generation has not."""
        pages = self._log(number)
        found = None if pages is None else pages[1].range
        return PageRange(EMPTY, EMPTY) if found is None else PageRange(*found)

    def pages(self, number: int, first: int, count: int, *, headers: bool = False) -> bytes:
        """Pages of a partition, or their headers, back to back. Raises ``LookupError`` for what there is not."""
        if (pages := self._log(number)) is None:
            raise LookupError(f"partition {number} is empty")
        partition, log = pages
        length = HEADER_SIZE if headers else None
        return b"".join(log.page(partition, each)[:length] for each in range(first, first + count))

    def entries(self, number: int, first: int, count: int) -> Sequence[DatabaseEntry]:
        """What pages of a partition hold; nothing of pages that there are not."""
        pages = self._log(number)
        return [] if pages is None else [entry for each in range(first, first + count) for entry in pages[1].on_page(each)]

    def _log(self, number: int) -> tuple[Partition, Log] | None:
        known = {int(partition): (partition, log) for partition, log in self.logs.items()}
        if number in known:
            return known[number]
        if number in EMPTY_PARTITIONS:
            return None
        raise LookupError(f"there is no partition {number}")
