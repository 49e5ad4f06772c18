"""When things happened to a pump: its records order themselves, its calendar does not.

A record says how long after the last reference time it was written, and a reference time how long after the one before. That
chain runs on through every change of the pump's date and time; its dates are needed only to date the chain by the client's own
clock. Where a link may be missing, because a record is damaged or gone, what follows has no time until the next reference. IDS
1.0.2, section 3.10.
"""

from dataclasses import dataclass
from datetime import datetime

from isletbench.protocols import ids
from isletbench.protocols.errors import ReservedValue
from isletbench.protocols.ids import HistoryRecord, RecordingReason

SLACK_S = 60.0
"""Two clocks that agree may differ by this: a pump may know whole minutes only."""
LONGEST_S = 0xFFFF
"""An offset that is this long may be longer."""
ZERO = datetime(2000, 1, 1)  # noqa: DTZ001  # a pump's calendar has no zone


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a record: so many seconds after the beginning of a chain of reference times."""

    chain: int
    seconds: float


class Timeline:
    """Takes a pump's records in the order of their numbers."""

    def __init__(self) -> None:
        self._next = 0
        self._chain = 0
        self._reference: float | None = None
        """The last reference time in its chain, s; None: a link is missing."""
        self._stamp: datetime | None = None
        """The date that it carries; None: a date that does not exist."""
        self._began: dict[int, float] = {}
        """When each chain began, by the client's clock."""

    def read(self, record: HistoryRecord) -> Place | None:
        """The place of the next record; None where nobody can say, and for one that is damaged or was read before."""
        if record.sequence_number == ids.CORRUPTED:
            self._miss()
            return None
        if record.sequence_number < self._next:
            return None
        if record.sequence_number > self._next:
            self._miss()
        self._next = record.sequence_number + 1
        if isinstance(record.event, ids.ReferenceTime):
            self._refer(record.relative_offset, record.event)
            return None
        if self._reference is None or record.relative_offset >= LONGEST_S:
            return None
        return self.place(self._reference, record.relative_offset)

    def _miss(self) -> None:
        """A record is missing: perhaps it was a reference time."""
        self._reference = None

    def _refer(self, offset: int, event: ids.ReferenceTime) -> None:
        broken = self._reference is None or event.reason is RecordingReason.DATE_TIME_LOSS or offset >= LONGEST_S
        self._chain += broken
        self._reference = 0.0 if broken or self._reference is None else self._reference + offset
        try:
            self._stamp = event.time.to_datetime()
        except ReservedValue:
            self._stamp = None

    def place(self, reference: float, offset: float) -> Place | None:
        """The place so long after the last reference time."""
        return Place(self._chain, reference + offset)

    def date_chain(self, shown: datetime, now: float) -> None:
        """Date the last chain by the client's clock: the pump shows this, now.

        A date that does not fit what was known is ignored: then the pump's date was changed, and no record says so yet.
        """
        if self._reference is None or self._stamp is None:
            return
        began = now - (shown - self._stamp).total_seconds() - self._reference
        if abs(began - self._began.get(self._chain, began)) <= SLACK_S:
            self._began[self._chain] = began

    def when(self, place: Place | None, now: float) -> float | None:
        """When that was, s by the client's clock, and not later than now; None when nobody can say."""
        found = self._found(place)
        return None if found is None else min(found, now)

    def _found(self, place: Place | None) -> float | None:
        began = None if place is None else self._began.get(place.chain)
        return None if place is None or began is None else began + place.seconds
