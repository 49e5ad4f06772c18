"""The pump's memory of what happened: numbered records, each placed by its distance from a reference time.

Records that tell one event together stand in consecutive numbers with one offset and cannot be deleted apart. Source:
IDS 1.0.2, section 3.10.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, seconds
from isletbench.emulator.core.ring import RecordStore
from isletbench.protocols import ids
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.ids import HistoryRecord, ReferenceTime

FOLLOWS: Mapping[type[Any], tuple[type[Any], ...]] = {
    ids.BolusCalculated2Of2: (ids.BolusCalculated1Of2,),
    ids.BolusProgrammed2Of2: (ids.BolusProgrammed1Of2,),
    ids.BolusDelivered2Of2: (ids.BolusDelivered1Of2,),
    ids.AnnunciationStatusChanged2Of2: (ids.AnnunciationStatusChanged1Of2,),
    ids.BolusTemplateChanged2Of2: (ids.BolusTemplateChanged1Of2,),
    ids.DeliveredBasalRateChanged: (ids.TbrAdjustmentStarted, ids.TbrAdjustmentChanged, ids.TbrAdjustmentEnded),
}
"""Which event belongs to the one before it. IDS 1.0.2, section 3.10.1."""
BLOCKS = (
    ids.BasalRateProfileTimeBlockChanged,
    ids.IsfProfileTimeBlockChanged,
    ids.I2ChoRatioProfileTimeBlockChanged,
    ids.TargetGlucoseRangeProfileTimeBlockChanged,
)
"""The blocks of one written template belong together."""


BOLUS_STARTS_AND_ENDS = (ids.BolusProgrammed1Of2, ids.BolusDelivered1Of2)

MOST_SECONDS = 0xFFFF
"""IDS 1.0.2, section 3.10.4.3."""


def belongs(record: HistoryRecord, before: HistoryRecord) -> bool:
    """Whether a record tells one event together with the record before it."""
    if (record.sequence_number, record.relative_offset) != (before.sequence_number + 1, before.relative_offset):
        return False
    if isinstance(record.event, BLOCKS) and type(record.event) is type(before.event):
        return bool(record.event.block_number == before.event.block_number + 1)
    return isinstance(before.event, FOLLOWS.get(type(record.event), ()))


@dataclass(frozen=True, slots=True)
class HistoryPolicy:
    """How a make of pump keeps its history."""

    capacity: int
    """Records it keeps; then the oldest is overwritten."""
    lag: Span = 0
    """How long after the event its record can be read, ms."""
    grain: Span = 1_000
    """Stamps are cut to whole multiples of this, ms: 60 000 for a pump that knows minutes only."""
    amends: bool = False
    """Whether the record of a TBR's or an extended bolus's start is rewritten with its true duration when it ends."""
    reference_every: Span = 3_600_000
    """How often it records what time it is; at most 65535 s (IDS 1.0.2, section 3.10)."""
    references_clock_changes: bool = True
    """Whether a change of its clock is recorded as a reference time. A pump that does not do it is wrong, and met in life."""
    reservoir_every: int = 1_000_000
    """After how much delivered insulin it records what is left, uU."""
    repeats_boluses: Span | None = None
    """Each record of a bolus is written a second time, with a number of its own and its stamp so much later (HIS-01)."""
    records_ends: bool = True
    """Whether the end of an extended bolus is a record; else only the rewritten record of its start tells of it (HIS-06)."""
    stale_tail: int = 0
    """Behind the newest record of a report follow so many of the oldest, as from a page that was not wiped (HIS-08)."""


class History:
    """A ring of records. ``records`` is what a client can read."""

    def __init__(self, policy: HistoryPolicy) -> None:
        self.policy = policy
        self.records = RecordStore[HistoryRecord](policy.capacity, lambda record: record.sequence_number)
        self.pending: deque[tuple[Instant, HistoryRecord]] = deque()
        """Not readable before the instant beside them."""
        self.next_number = 0
        self.reference: Instant = 0
        """The instant that the last recorded reference time names."""
        self.corrupted: set[int] = set()
        """Records whose content is lost."""
        self.odd_date: DateTime | None = None
        """The date that the next reference time is to carry, whatever the pump shows."""

    def restore(
        self,
        records: Iterable[tuple[Instant, HistoryRecord]],
        *,
        next_number: int,
        reference: Instant,
        corrupted: set[int],
    ) -> None:
        """Take up a history that was kept: each record beside the instant from which it can be read."""
        self.records.clear()
        self.pending = deque(records)
        self.next_number, self.reference, self.corrupted = next_number, reference, corrupted
        self.reveal(0)

    def begin_anew(self, now: Instant) -> None:
        """Forget everything and number from 0, as the history of another pump."""
        self.restore([], next_number=0, reference=now, corrupted=set())
        self.odd_date = None

    @property
    def next_deadline(self) -> Instant | None:
        """When the next record becomes readable."""
        return self.pending[0][0] if self.pending else None

    def record(self, now: Instant, events: Iterable[Any]) -> int:
        """Write events down that happen together: consecutive numbers, one offset. The number of the first of them."""
        first, offset = self.next_number, self._offset(now)
        told = tuple(events)
        for event in told:
            self._append(now, offset, event)
        if self.policy.repeats_boluses is not None and told and isinstance(told[0], BOLUS_STARTS_AND_ENDS):
            for event in told:
                self._append(now, offset + self.policy.repeats_boluses // seconds(1), event)
        self.reveal(now)
        return first

    def refer(self, now: Instant, named: Instant, event: ReferenceTime) -> None:
        """Write a reference time down, which carries the time since the one before and places what follows it.

        ``named`` is the instant its date and time mean: before ``now`` for a pump that knows minutes only.
        """
        lost = event.reason is ids.RecordingReason.DATE_TIME_LOSS
        if self.odd_date is not None:
            event, self.odd_date = replace(event, time=self.odd_date), None
        self._append(now, 0 if lost else self._offset(now), event)
        self.reference = named
        self.reveal(now)

    def _offset(self, now: Instant) -> int:
        """Seconds since the last reference time, cut to the grain, as far as they fit: a pump may have been dark for days."""
        return min((now - self.reference) // self.policy.grain * self.policy.grain // seconds(1), MOST_SECONDS)

    def _append(self, now: Instant, offset: int, event: Any) -> None:
        self.pending.append((now + self.policy.lag, HistoryRecord(self.next_number, offset, event)))
        self.next_number += 1

    def reveal(self, now: Instant) -> bool:
        """Make readable what its time has come for; whether there was any."""
        before = len(self.pending)
        while self.pending and self.pending[0][0] <= now:
            self.records.append(self.pending.popleft()[1])
        return len(self.pending) < before

    def amend(self, number: int, event: Any) -> None:
        """Rewrite a record in place, if it is still there."""
        self.pending = deque(
            (at, HistoryRecord(number, r.relative_offset, event) if r.sequence_number == number else r)
            for at, r in self.pending
        )
        self.records.replace(number, lambda record: HistoryRecord(number, record.relative_offset, event))

    def event(self, number: int) -> Any:
        """The event of a record, if it is still there."""
        known = [*self.records, *(record for _, record in self.pending)]
        return next((record.event for record in known if record.sequence_number == number), None)

    def corrupt(self, number: int) -> None:
        """Lose the content of a record; what is read in its place says so."""
        self.corrupted.add(number)

    def reported(self, chosen: Sequence[HistoryRecord]) -> list[HistoryRecord]:
        """What a client gets that asks for these records."""
        return [*chosen, *tuple(self.records)[: self.policy.stale_tail]]

    def newest_of(self, event: str) -> int:
        """The number of the newest readable record of this event. Raises ``LookupError`` where there is none."""
        numbers = [record.sequence_number for record in self.records if type(record.event).__name__ == event]
        if not numbers:
            raise LookupError(f"there is no record of {event}")
        return numbers[-1]

    def told(self, record: HistoryRecord) -> HistoryRecord:
        """A record as a client reads it (IDS 1.0.2, table 3.29: Data Corruption)."""
        if record.sequence_number in self.corrupted:
            return HistoryRecord(ids.CORRUPTED, 0, ids.DataCorruption())
        return record

    def splits(self, chosen: Sequence[HistoryRecord]) -> bool:
        """Whether these are only a part of records that belong together."""
        gone = {record.sequence_number for record in chosen}
        kept = tuple(self.records)
        return any(
            belongs(record, before) and (record.sequence_number in gone) != (before.sequence_number in gone)
            for before, record in pairwise(kept)
        )
