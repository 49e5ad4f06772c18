"""The packets on their way from one radio to another."""

import asyncio
from collections import deque
from collections.abc import Callable

MICROSECONDS = 1_000_000


def now_us() -> int:
    """The event loop time, us."""
    return round(asyncio.get_running_loop().time() * MICROSECONDS)


class PacketQueue:
    """The packets from one controller to another, in the order in which they were sent."""

    def __init__(self) -> None:
        self._queue: deque[tuple[int, Callable[[], None]]] = deque()
        self._timer: asyncio.Handle | None = None
        self._held = False

    def put(self, at_us: int | None, arrive: Callable[[], None]) -> None:
        """Queue a delivery for a loop time, us, never before an earlier entry; None is at once, after the last entry."""
        latest = self._queue[-1][0] if self._queue else 0
        self._queue.append((max(latest, at_us or 0), arrive))
        if self._timer is None:
            self._arm()

    def hold(self, held: bool) -> None:
        """Suspend deliveries, or resume them."""
        if held != self._held:
            self._held = held
            self._arm()

    def clear(self) -> None:
        """Discard every queued packet."""
        self._queue.clear()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._queue or self._held:
            return
        loop = asyncio.get_running_loop()
        at_us = self._queue[0][0]
        if not at_us or at_us <= now_us():
            self._timer = loop.call_soon(self._arrived)
        else:
            self._timer = loop.call_at(at_us / MICROSECONDS, self._arrived)

    def _arrived(self) -> None:
        self._timer = None
        head = self._queue[0][0]
        due = len(self._queue) if self._queue[-1][0] <= head else sum(at_us <= head for at_us, _ in self._queue)
        while due and self._queue and not self._held:
            due -= 1
            self._queue.popleft()[1]()
        self._arm()
