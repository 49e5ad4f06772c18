"""The readings of a CGM's session as its receiver counts them: each of them once, and dated by its time offset.

A receiver knows when a session began from how old the sensor says that it is, and from what has come when: nothing can have
been measured after it came. Another session begins its offsets anew.
"""

from isletbench.emulator.core.quantities import Instant, Span, minutes, seconds

SLACK = seconds(90)
"""A time offset counts whole minutes: two clocks that agree may differ by this."""
AHEAD = minutes(10)
"""A reading that would have been measured so much after it came is one of another session."""
FIRST_BACKFILL, LONGEST_BACKFILL = 180, 24 * 60
"""So many minutes are fetched of a session that was not followed before, and of one that was."""
TRIES = 6
"""How often a missing reading is asked for."""
USUAL_STEP = 5
"""From one reading to the next, min, until two have come."""


class SessionLog:
    """What was received of the session that runs."""

    def __init__(self) -> None:
        self._began: Instant | None = None
        """The latest instant at which it can have begun."""
        self._known: set[int] = set()
        """The time offsets that were received, min."""
        self._step: int | None = None
        """The smallest difference of two of them."""
        self._first = 0
        """The first time offset that is of interest."""
        self._asked: dict[int, int] = {}
        """How often each missing reading was asked for."""

    def check(self, time_offset: int, now: Instant) -> None:
        """The sensor says how many whole minutes its session is old: another session is followed from its begin."""
        latest = now - minutes(time_offset)
        if self._began is not None and latest > self._began + SLACK:
            self.__init__()  # type: ignore[misc]  # as new
        self._began = latest if self._began is None else min(self._began, latest)

    def expects(self, time_offset: int, now: Instant) -> bool:
        """Whether a reading can be a new one of this session."""
        if time_offset in self._known:
            return False
        return self._began is None or now - minutes(time_offset) >= self._began - AHEAD

    def accept(self, time_offset: int, now: Instant) -> Instant | None:
        """When a reading was measured; None for one that is not expected."""
        if not self.expects(time_offset, now):
            return None
        latest = now - minutes(time_offset)
        self._began = latest if self._began is None else min(self._began, latest)
        if self._known and (difference := abs(time_offset - max(self._known))) < (self._step or USUAL_STEP + 1):
            self._step = difference
        self._known.add(time_offset)
        return self._began + minutes(time_offset)

    def to_fetch(self, age: int) -> int:
        """The first time offset to fetch of a session that is so old, min: after the newest one that was received."""
        if not self._known:
            self._first = max(0, age - FIRST_BACKFILL)
            return self._first
        return max(self._known) + 1

    def to_fetch_again(self) -> tuple[int, int] | None:
        """The first and the last time offset that should have come and have not, and that were not asked for too often.

        What is returned counts as asked for. A sensor may never have measured it; after ``TRIES`` it is given up.
        """
        if not self._known:
            return None
        newest, step = max(self._known), self._step or USUAL_STEP
        due = range(newest, max(self._first, newest - LONGEST_BACKFILL) - 1, -step)
        missing = [offset for offset in due if offset not in self._known and self._asked.get(offset, 0) < TRIES]
        for offset in missing:
            self._asked[offset] = self._asked.get(offset, 0) + 1
        return (min(missing), max(missing)) if missing else None

    @property
    def step(self) -> Span:
        """From one reading to the next."""
        return minutes(self._step or USUAL_STEP)
