"""The rows of a journal as server-sent events: many rows an event, resumable by the journal's line.

Rows are made when a browser is there to see them, some at a time, so that devices and other clients have their turns meanwhile.
They are made once, however many browsers look on.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Protocol

import msgspec

from isletbench.emulator.interfaces.web.rows import Rows
from isletbench.emulator.journal.tail import KEPT, Numbered

AT_ONCE = 250
"""The most rows in one event, and the most entries that are translated in one turn."""
RETRY_MS = 1_000
"""How long a browser waits before it connects again."""
_ENCODE = msgspec.json.Encoder().encode


class Entries(Protocol):
    """Numbered entries of a journal: a ``Tail``, or a finished one."""

    closed: bool
    """Whether no more will come."""
    last: int
    """The number of the newest one."""

    def newer(self, after: int) -> list[Numbered]:
        """The stored entries after number ``after``, the oldest first."""

    async def wait(self, after: int) -> None:
        """Wait until there is an entry after number ``after``, or no more will come."""


class Feed:
    """Rows of the entries of a journal; ``kinds`` are those of its devices, ``kept`` is how many rows it keeps (None: all)."""

    def __init__(self, entries: Entries, kinds: Mapping[str, str], kept: int | None = 2 * KEPT) -> None:
        self._entries = entries
        self._rows = Rows(kinds)
        self._made: deque[tuple[int, bytes]] = deque(maxlen=kept)
        self._taken = 0
        self._turn = asyncio.Lock()

    async def events(self, after: int) -> AsyncIterator[bytes]:
        """Server-sent events of the rows after line ``after``: ``id`` is the last line they are about, ``data`` a JSON list.

        An event ``end`` comes when the journal is complete.
        """
        yield f"retry: {RETRY_MS}\n\n".encode()
        while True:
            await self._catch_up()
            for part in _parts(self._after(after)):
                after = part[-1][0]
                yield b"id: %d\ndata: [%b]\n\n" % (after, b",".join(row for _, row in part))
                await asyncio.sleep(0)
            if self._taken < self._entries.last:
                continue
            if self._entries.closed:
                yield b"event: end\ndata: {}\n\n"
                return
            await self._entries.wait(self._taken)

    async def _catch_up(self) -> None:
        """Make rows of what has come meanwhile."""
        async with self._turn:
            for place, (number, entry) in enumerate(self._entries.newer(self._taken), 1):
                row = self._rows.row(number, entry)
                if row is not None:
                    self._made.append((number, _ENCODE(row)))
                self._taken = number
                if place % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _after(self, after: int) -> list[tuple[int, bytes]]:
        found = []
        for made in reversed(self._made):
            if made[0] <= after:
                break
            found.append(made)
        found.reverse()
        return found


def _parts(rows: list[tuple[int, bytes]]) -> Iterable[list[tuple[int, bytes]]]:
    return (rows[begin : begin + AT_ONCE] for begin in range(0, len(rows), AT_ONCE))
