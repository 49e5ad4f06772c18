"""A pump's memory as pages: records are appended until the next one does not fit, and the oldest page gives way in the end."""

from collections.abc import Sequence

from isletbench.protocols.medtronic import pages

MOST_PAGES = 36
"""Pages of history that a pump keeps."""


class Pages:
    """A ring of pages, the oldest first; each holds whole records."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most = most
        self._contents: list[bytearray] = [bytearray()]
        self._damaged: set[int] = set()
        self._first = 0  # the number of the oldest page among all that there have been

    def __len__(self) -> int:
        return len(self._contents)

    @property
    def newest(self) -> int:
        """The number of the newest page among all that there have been, from 0."""
        return self._first + len(self._contents) - 1

    @property
    def room(self) -> int:
        """Octets that still fit into the newest page."""
        return pages.CONTENT - len(self._contents[-1])

    def append(self, record: bytes) -> None:
        """Store a record."""
        if len(record) > self.room:
            self.turn()
        self._contents[-1] += record

    def damage(self, number: int) -> None:
        """The CRC of this page is wrong from now on."""
        self._damaged.add(number)

    def turn(self) -> None:
        """Begin a page."""
        self._contents.append(bytearray())
        if len(self._contents) > self._most:
            del self._contents[0]
            self._damaged.discard(self._first)
            self._first += 1

    def numbered(self, number: int) -> bytes | None:
        """The page of this number among all that there have been, with its CRC; None for one that is not there."""
        if not self._first <= number <= self.newest:
            return None
        page = pages.sealed(bytes(self._contents[number - self._first]))
        return page[:-1] + bytes([page[-1] ^ 0xFF]) if number in self._damaged else page

    def back(self, number: int) -> bytes | None:
        """The page so far back, 0 the newest, with its CRC; None for one that is not there."""
        return self.numbered(self.newest - number)

    # State file

    def snapshot(self) -> dict[str, object]:
        """All of it as plain data."""
        return {
            "first": self._first,
            "pages": [bytes(content).hex() for content in self._contents],
            "damaged": sorted(self._damaged),
        }

    def restore(self, first: int, contents: Sequence[str], damaged: Sequence[int]) -> None:
        """Take over what a snapshot holds."""
        self._first = first
        self._contents = [bytearray.fromhex(content) for content in contents] or [bytearray()]
        self._damaged = set(damaged)
