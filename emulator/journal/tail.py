"""The journal as a stream: what comes, and the last of what came, numbered so that a client can go on where it was."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import Journal, to_line

KEPT = 10_000
"""Entries kept for who comes late."""


class Tail:
    """The end of a journal, from the moment it is made until it is closed."""

    def __init__(self, journal: Journal) -> None:
        self.last = 0
        """The number of the newest entry; the first one has 1."""
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._closed = False
        self._silence = journal.listen(self._written)

    def _written(self, entry: Entry) -> None:
        self.last += 1
        self._entries.append((self.last, entry))
        self._news.set()

    def close(self) -> None:
        """No more will come: every stream ends."""
        self._silence()
        self._closed = True
        self._news.set()

    async def events(self, after: int, limit: int | None) -> AsyncIterator[str]:
        """Server-sent events of the entries after number ``after``, as many as ``limit``, or until the bench ends."""
        left = limit
        while True:
            fresh = [(number, entry) for number, entry in self._entries if number > after]
            for number, entry in fresh if left is None else fresh[:left]:
                yield f"id: {number}\ndata: {to_line(entry)}\n\n"
                after = number
            if left is not None:
                left -= len(fresh)
            if self._closed or (left is not None and left <= 0):
                return
            self._news.clear()
            await self._news.wait()
