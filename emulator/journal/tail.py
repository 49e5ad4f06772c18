"""The journal as a stream: what comes, and the last of what came, numbered so that a client can go on where it was."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from operator import itemgetter
from typing import TypeAlias

from isletbench.emulator.journal.entries import Entry, FrameEntry, NoteEntry, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.writer import Journal, to_line

KEPT = 10_000
"""Entries about messages that are kept for who comes late, and as many others: readings do not go because a client is busy."""

MOST_TEXTS = 1_000
"""Entries whose text is kept for the next one who listens."""

MESSAGES = (RequestEntry, OutgoingEntry, NoteEntry, FrameEntry)
"""What is an entry about a message."""

Numbered: TypeAlias = tuple[int, Entry]


class Tail:
    """The end of a journal, from the moment it is made until it is closed.

    Made before the journal is opened, its numbers are those of the journal's lines.
    """

    def __init__(self, journal: Journal) -> None:
        self.last = 0
        """The number of the newest entry; the first one has 1."""
        self.closed = False
        self._messages: deque[Numbered] = deque(maxlen=KEPT)
        self._others: deque[Numbered] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._texts: dict[int, str] = {}
        self._silence = journal.listen(self._written)

    def _written(self, entry: Entry) -> None:
        self.last += 1
        (self._messages if isinstance(entry, MESSAGES) else self._others).append((self.last, entry))
        self._news.set()

    def close(self) -> None:
        """No more will come: every stream ends."""
        if not self.closed:
            self._silence()
            self.closed = True
            self._news.set()

    def newer(self, after: int) -> list[Numbered]:
        """The stored entries after number ``after``, the oldest first."""
        return sorted([*_newer(self._messages, after), *_newer(self._others, after)], key=itemgetter(0))

    async def wait(self, after: int) -> None:
        """Wait until there is an entry after number ``after``, or the tail is closed."""
        while self.last <= after and not self.closed:
            self._news.clear()
            await self._news.wait()

    def _event(self, number: int, entry: Entry) -> str:
        """An entry as an event, made once for all who listen."""
        text = self._texts.get(number)
        if text is None:
            text = self._texts[number] = f"id: {number}\ndata: {to_line(entry)}\n\n"
            if len(self._texts) > MOST_TEXTS:
                del self._texts[next(iter(self._texts))]
        return text

    async def events(self, after: int, limit: int | None) -> AsyncIterator[str]:
        """Server-sent events of the entries after number ``after``, as many as ``limit``, or until the bench ends."""
        left = limit
        while True:
            fresh = self.newer(after)
            for number, entry in fresh if left is None else fresh[:left]:
                yield self._event(number, entry)
                after = number
            if left is not None:
                left -= len(fresh)
            if (self.closed and self.last <= after) or (left is not None and left <= 0):
                return
            await self.wait(after)


def _newer(kept: deque[Numbered], after: int) -> list[Numbered]:
    found = []
    for numbered in reversed(kept):
        if numbered[0] <= after:
            break
        found.append(numbered)
    found.reverse()
    return found
