"""The readings of a CGM's session as its receiver counts them: each of them once, and dated by its time offset.

A receiver knows when a session began from how old the sensor says that it is, and from what has come when: nothing can have
been measured after it came. Another session begins its offsets anew.
"""

from dataclasses import field

from isletbench.emulator.core.quantities import Instant, Span, minutes, seconds
from isletbench.emulator.core.values import dataclass

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


@dataclass(slots=True)
class _Session:
    """What is known of one session."""

    began: Instant | None = None
    """The latest instant at which it can have begun."""
    known: set[int] = field(default_factory=set)
    """The time offsets that were received, min."""
    step: int | None = None
    """The smallest difference of two of them."""
    first: int = 0
    """The first time offset that is of interest."""
    asked: dict[int, int] = field(default_factory=dict)
    """How often each missing reading was asked for."""


class SessionLog:
    """What was received of the session that runs."""

    def __init__(self) -> None:
        self._session = _Session()

    def check(self, time_offset: int, now: Instant) -> None:
        """The sensor says how many whole minutes its session is old: another session is followed from its begin."""
        latest = now - minutes(time_offset)
        if self._session.began is not None and latest > self._session.began + SLACK:
            self._session = _Session()
        self._session.began = latest if self._session.began is None else min(self._session.began, latest)

    def expects(self, time_offset: int, now: Instant) -> bool:
        """Whether a reading can be a new one of this session."""
        if time_offset in self._session.known:
            return False
        return self._session.began is None or now - minutes(time_offset) >= self._session.began - AHEAD

    def accept(self, time_offset: int, now: Instant) -> Instant | None:
        """When a reading was measured; None for one that is not expected."""
        if not self.expects(time_offset, now):
            return None
        session, latest = self._session, now - minutes(time_offset)
        session.began = latest if session.began is None else min(session.began, latest)
        if session.known:
            difference = abs(time_offset - max(session.known))
            if difference < (session.step or USUAL_STEP + 1):
                session.step = difference
        session.known.add(time_offset)
        return session.began + minutes(time_offset)

    def to_fetch(self, age: int) -> int:
        """The first time offset to fetch of a session that is so old, min: after the newest one that was received."""
        if not self._session.known:
            self._session.first = max(0, age - FIRST_BACKFILL)
            return self._session.first
        return max(self._session.known) + 1

    def to_fetch_again(self) -> tuple[int, int] | None:
        """The first and the last time offset that should have come and have not, and that were not asked for too often.

        What is returned counts as asked for. A sensor may never have measured it; after ``TRIES`` it is given up.
        """
        if not self._session.known:
            return None
        newest, step = max(self._session.known), self._session.step or USUAL_STEP
        due = range(newest, max(self._session.first, newest - LONGEST_BACKFILL) - 1, -step)
        missing = [offset for offset in due if offset not in self._session.known and self._session.asked.get(offset, 0) < TRIES]
        for offset in missing:
            self._session.asked[offset] = self._session.asked.get(offset, 0) + 1
        return (min(missing), max(missing)) if missing else None

    @property
    def step(self) -> Span:
        """From one reading to the next."""
        return minutes(self._session.step or USUAL_STEP)
