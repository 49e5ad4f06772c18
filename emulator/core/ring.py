"""A ring buffer of numbered records, for the stored records of a sensor and a pump.

Numbers ascend and are never reused, so a client detects missing records by a gap.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from isletbench.protocols.racp import Operator, Selection

R = TypeVar("R")


class RecordStore(Generic[R]):
    """Records in the order in which they were stored.

    ``capacity`` is the number of records, beyond which the oldest is overwritten; ``number`` returns the number of a record
    (time offset, sequence number).
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
        """The record stored last, if there is one."""
        return self._records[-1] if self._records else None

    def append(self, record: R) -> None:
        """Store a record. Raises ``ValueError`` unless its number exceeds every stored number."""
        if self._records and self._number(record) <= self._number(self._records[-1]):
            raise ValueError(f"record {self._number(record)}: expected a number above {self._number(self._records[-1])}")
        self._records.append(record)

    def replace(self, number: int, rewrite: Callable[[R], R]) -> bool:
        """Replace the record of this number by another of the same number; whether there is one."""
        for index, record in enumerate(self._records):
            if self._number(record) == number:
                self._records[index] = rewrite(record)
                self.edits += 1
                return True
        return False

    def clear(self) -> None:
        """Delete every record."""
        self._records.clear()
        self.edits += 1

    def select(self, selection: Selection, kind: Callable[[R], bool] = lambda _: True, *, by_number: bool = True) -> list[R]:
        """The records of a selection, oldest first, among those for which ``kind`` is true (of a filter type).

        Its bounds are compared with the numbers of the records, unless ``kind`` has compared them with something else.
        """
        meant = (record for record in self._records if kind(record))
        selected = [record for record in meant if not by_number or selection.holds(self._number(record))]
        match selection.operator:
            case Operator.FIRST:
                return selected[:1]
            case Operator.LAST:
                return selected[-1:]
            case _:
                return selected

    def delete(self, records: list[R]) -> None:
        """Delete these records."""
        deleted = {self._number(record) for record in records}
        remaining = [record for record in self._records if self._number(record) not in deleted]
        self._records.clear()
        self._records.extend(remaining)
        self.edits += 1
