"""Where the lines of a journal go, and how they outlast a full disk."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

RETRY_S = 1.0
"""How long it waits before it tries again, s."""
MOST_KEPT = 1 << 25
"""Characters that are kept at most; further lines are lost."""


class Sink(Protocol):
    """Where the lines of a journal go: a text file, or a ``JournalFile``."""

    def write(self, text: str, /) -> object:
        """Take whole lines."""

    def flush(self) -> object:
        """Hand what was taken to the operating system."""


class WaitingSink:
    """Lines for ``sink``, which may fail for a while. ``now`` is a clock of the world, s, that nobody sets.

    ``began`` is called with the reason when the sink fails, and ``ended`` with the number of lines that are lost when it can be
    written again.
    """

    def __init__(
        self, sink: Sink, now: Callable[[], float], began: Callable[[OSError], None], ended: Callable[[int], None]
    ) -> None:
        self._sink, self._now, self._began, self._ended = sink, now, began, ended
        self._kept: deque[str] = deque()
        self._size = 0
        self._failed_at: float | None = None
        self.lost = 0
        """The lines that were lost since the sink has failed."""

    @property
    def waiting(self) -> int:
        """How many texts are kept in memory now."""
        return len(self._kept)

    def write(self, text: str, /) -> None:
        """Take whole lines."""
        if self._failed_at is None:
            try:
                self._sink.write(text)
            except OSError as error:
                self._fail(error)
        elif self._size + len(text) > MOST_KEPT or self.lost:
            self.lost += text.count("\n")
        else:
            self._kept.append(text)
            self._size += len(text)

    def flush(self) -> None:
        """Hand what was taken to the operating system, or what is kept when it is time to try again."""
        if self._failed_at is not None and self._now() < self._failed_at + RETRY_S:
            return
        try:
            self.write_now()
        except OSError as error:
            self._fail(error)

    def write_now(self) -> None:
        """Write everything. Raises ``OSError``."""
        self._sink.flush()
        if self._kept:
            while self._kept:
                self._sink.write(self._kept[0])
                self._size -= len(self._kept.popleft())
            self._sink.flush()
        if self._failed_at is not None:
            lost, self.lost, self._failed_at = self.lost, 0, None
            self._ended(lost)

    def _fail(self, error: OSError) -> None:
        first, self._failed_at = self._failed_at is None, self._now()
        if first:
            self._began(error)
