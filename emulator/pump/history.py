"""The pump's memory of what happened: numbered entries, each placed by its distance from a reference time.

Records that are written together stand in consecutive entries with one offset and cannot be deleted apart. Every face of the
pump reads the same entries and renders them its own way. Source: IDS 1.0.2, section 3.10.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated

from isletbench.emulator.core.agenda import Timed
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.ranges import Within, amounts, spans
from isletbench.emulator.core.ring import RecordStore
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.records import BolusDelivered, BolusProgrammed, Record, ReferenceTime
from isletbench.protocols.ids import RecordingReason

BOLUS_STARTS_AND_ENDS = (BolusProgrammed, BolusDelivered)
"""What a pump that repeats boluses writes twice."""


@dataclass(frozen=True, slots=True)
class HistoryPolicy:
    """How a make of pump keeps its history."""

    capacity: Annotated[int, Within(1, 1_000_000)]
    """Records it keeps; then the oldest is overwritten."""
    lag: Annotated[Span, spans("0ms", "7d")] = 0
    """How long after the event its record can be read, ms."""
    grain: Annotated[Span, spans("1ms", "1d")] = 1_000
    """Stamps are cut to whole multiples of this, ms: 60 000 for a pump that knows minutes only."""
    amends: bool = False
    """Whether the record of a TBR's or an extended bolus's start is rewritten with its true duration when it ends."""
    reference_every: Annotated[Span, spans("1s", "65535s")] = 3_600_000
    """How often it records what time it is; at most 65535 s (IDS 1.0.2, section 3.10)."""
    references_clock_changes: bool = True
    """Whether a change of its clock is recorded as a reference time. A pump that does not do it is wrong, and met in life."""
    reservoir_every: Annotated[int, amounts("0.001", "1000")] = 1_000_000
    """After how much delivered insulin it records what is left, uU."""
    repeats_boluses: Annotated[Span, spans("0ms", "1d")] | None = None
    """Each record of a bolus is written a second time, with a number of its own and its stamp so much later (HIS-01)."""
    records_ends: bool = True
    """Whether the end of an extended bolus is a record; else only the rewritten record of its start says so (HIS-06)."""
    stale_tail: Annotated[int, Within(0, 1_000)] = 0
    """Behind the newest record of a report follow so many of the oldest, as from a page that was not wiped (HIS-08)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered place of the history."""

    number: int
    """From 0, never reused."""
    first: int
    """The number of the first entry that was written together with this one."""
    offset: Span
    """Since the reference time that was recorded last, cut to the grain."""
    record: Record
    part: int = 0
    """Which of the record's entries this is, from 0."""


class History(Timed):
    """A ring of entries, some of which can be read only later, and the reference times that place them.

    ``entries`` is what a client can read.
    """

    def __init__(self, policy: HistoryPolicy) -> None:
        self.policy = policy
        self.entries = RecordStore[Entry](policy.capacity, lambda entry: entry.number)
        self.pending: deque[tuple[Instant, Entry]] = deque()
        """Not readable before the instant beside them."""
        self.next_number = 0
        self.reference: Instant = 0
        """The instant that the last recorded reference time names."""
        self.next_reference: Instant = 0
        """When the next reference time is due."""
        self.corrupted: set[int] = set()
        """The numbers of entries whose content is lost."""
        self.wrong_date: tuple[int, int, int] | None = None
        """The date that the next reference time is to carry, whatever the pump shows."""

    def restore(
        self,
        entries: Iterable[tuple[Instant, Entry]],
        *,
        next_number: int,
        reference: Instant,
        corrupted: set[int],
    ) -> None:
        """Restore a history that was saved: each entry beside the instant from which it can be read."""
        self.entries.clear()
        self.pending = deque(entries)
        self.next_number, self.reference, self.corrupted = next_number, reference, corrupted
        self.reveal(0)
        self.retimed()

    def clear(self, now: Instant) -> None:
        """Delete everything and number from 0, as the history of another pump."""
        self.restore([], next_number=0, reference=now, corrupted=set())
        self.wrong_date = None

    @property
    def next_deadline(self) -> Instant | None:
        """When the next entry becomes readable."""
        return self.pending[0][0] if self.pending else None

    def record(self, now: Instant, records: Sequence[Record]) -> int:
        """Write records that happen together: consecutive numbers, one offset. The number of the first entry."""
        first, offset = self.next_number, self._offset(now)
        self._append(now, offset, records)
        if self.policy.repeats_boluses is not None and records and isinstance(records[0], BOLUS_STARTS_AND_ENDS):
            self._append(now, offset + self.policy.repeats_boluses, records)
        self.reveal(now)
        self.retimed()
        return first

    def refer(self, now: Instant, named: Instant, record: ReferenceTime) -> None:
        """Write a reference time, which carries the time since the one before and places what follows it.

        ``named`` is the instant its date and time mean: before ``now`` for a pump that knows minutes only.
        """
        lost = record.reason is RecordingReason.DATE_TIME_LOSS
        if self.wrong_date is not None:
            record, self.wrong_date = replace(record, wrong_date=self.wrong_date), None
        self._append(now, 0 if lost else self._offset(now), [record])
        self.reference, self.next_reference = named, now + self.policy.reference_every
        self.reveal(now)
        self.retimed()

    def _offset(self, now: Instant) -> Span:
        return (now - self.reference) // self.policy.grain * self.policy.grain

    def _append(self, now: Instant, offset: Span, records: Iterable[Record]) -> None:
        first = self.next_number
        for record in records:
            for part in range(record.entries):
                self.pending.append((now + self.policy.lag, Entry(self.next_number, first, offset, record, part)))
                self.next_number += 1

    def reveal(self, now: Instant) -> bool:
        """Make readable what is due by now; whether there was any."""
        before = len(self.pending)
        while self.pending and self.pending[0][0] <= now:
            self.entries.append(self.pending.popleft()[1])
        if revealed := len(self.pending) < before:
            self.retimed()
        return revealed

    def amend(self, number: int, record: Record) -> None:
        """Rewrite the record that begins with this entry, as far as it is still there."""
        numbers = range(number, number + record.entries)
        self.pending = deque((at, replace(e, record=record) if e.number in numbers else e) for at, e in self.pending)
        for each in numbers:
            self.entries.replace(each, lambda entry: replace(entry, record=record))

    def record_at(self, number: int) -> Record | None:
        """The record of an entry, if it is still there."""
        known = [*self.entries, *(entry for _, entry in self.pending)]
        return next((entry.record for entry in known if entry.number == number), None)

    def corrupt(self, number: int) -> None:
        """Lose the content of an entry; what is read in its place says so (IDS 1.0.2, table 3.29: Data Corruption)."""
        self.corrupted.add(number)

    def reported(self, chosen: Sequence[Entry]) -> list[Entry]:
        """What a client gets that asks for these entries."""
        return [*chosen, *tuple(self.entries)[: self.policy.stale_tail]]

    def splits(self, chosen: Sequence[Entry]) -> bool:
        """Whether these are only a part of entries that were written together."""
        gone = {entry.number for entry in chosen}
        return any(
            entry.first == before.first and (entry.number in gone) != (before.number in gone)
            for before, entry in pairwise(tuple(self.entries))
        )
