"""A store of numbered records, as a sensor and a pump have one: a ring that overwrites its oldest record.

Numbers ascend and are never reused, so a client recognizes by a gap what it has missed.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from isletbench.protocols.racp import Operator, Selection

R = TypeVar("R")


class RecordStore(Generic[R]):
    """Records in the order they were made.

    ``capacity`` is how many it holds before the oldest is overwritten; ``number`` returns the number of a record (time
    offset, sequence number).
    """

    def __init__(self, capacity: int, number: Callable[[R], int]) -> None:
        self._records: deque[R] = deque(maxlen=capacity)
        self._number = number
        self.edits = 0
        """How often stored records have been altered or deleted, by anything but ``append`` overwriting the oldest."""

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(self._records)

    @property
    def newest(self) -> R | None:
        """The record made last, if there is any."""
        return self._records[-1] if self._records else None

    def append(self, record: R) -> None:
        """Store the newest record. Its number must exceed every stored one's."""
        if self._records and self._number(record) <= self._number(self._records[-1]):
            raise ValueError(f"record {self._number(record)} does not follow record {self._number(self._records[-1])}")
        self._records.append(record)

    def replace(self, number: int, rewrite: Callable[[R], R]) -> bool:
        """Replace the record of this number by another of the same number; whether there is one."""
        for place, record in enumerate(self._records):
            if self._number(record) == number:
                self._records[place] = rewrite(record)
                self.edits += 1
                return True
        return False

    def clear(self) -> None:
        """Delete every record."""
        self._records.clear()
        self.edits += 1

    def select(self, selection: Selection, kind: Callable[[R], bool] = lambda _: True) -> list[R]:
        """The records of a selection, oldest first, among those for which ``kind`` is true (of a filter type)."""
        meant = [record for record in self._records if kind(record) and selection.holds(self._number(record))]
        match selection.operator:
            case Operator.FIRST:
                return meant[:1]
            case Operator.LAST:
                return meant[-1:]
            case _:
                return meant

    def delete(self, records: list[R]) -> None:
        """Delete these records."""
        gone = {self._number(record) for record in records}
        kept = [record for record in self._records if self._number(record) not in gone]
        self._records.clear()
        self._records.extend(kept)
        self.edits += 1
