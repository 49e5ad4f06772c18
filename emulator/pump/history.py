"""The pump's memory of what happened: numbered records, each placed by its distance from a reference time.

Source: IDS 1.0.2, section 3.10.
"""

from collections.abc import Iterable
from typing import Any

from emulator.quantities import Instant, seconds
from emulator.records import RecordStore
from protocols.ids import HistoryRecord, ReferenceTime


class History:
    """A ring of records; ``capacity`` of them."""

    def __init__(self, capacity: int) -> None:
        self.records = RecordStore[HistoryRecord](capacity, lambda record: record.sequence_number)
        self._next = 0
        self._reference: Instant = 0

    def record(self, now: Instant, events: Iterable[Any]) -> None:
        """Write events down that belong together: consecutive numbers, one offset. A reference time carries the time since
        the one before and places what follows it."""
        for event in events:
            offset = (now - self._reference) // seconds(1)
            self.records.append(HistoryRecord(self._next, offset, event))
            self._next += 1
            if isinstance(event, ReferenceTime):
                self._reference = now
