"""The store of numbered records behind both record access control points."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.emulator.core.ring import RecordStore
from isletbench.protocols.racp import Operator, Selection


@dataclass(frozen=True)
class Record:
    number: int


def store(*numbers: int, capacity: int = 100) -> RecordStore[Record]:
    filled = RecordStore[Record](capacity, lambda record: record.number)
    for number in numbers:
        filled.append(Record(number))
    return filled


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(Operator.ALL), [0, 5, 10, 20]),
        (Selection(Operator.AT_MOST, high=10), [0, 5, 10]),
        (Selection(Operator.AT_LEAST, low=6), [10, 20]),
        (Selection(Operator.WITHIN, low=5, high=10), [5, 10]),
        (Selection(Operator.FIRST), [0]),
        (Selection(Operator.LAST), [20]),
        (Selection(Operator.AT_LEAST, low=21), []),
    ],
)
def test_a_selection_means_its_records_oldest_first(selection: Selection, numbers: list[int]) -> None:
    assert [record.number for record in store(0, 5, 10, 20).select(selection)] == numbers


def test_a_full_store_forgets_its_oldest() -> None:
    assert [record.number for record in store(1, 2, 3, 4, capacity=3)] == [2, 3, 4]


def test_a_number_is_never_used_twice() -> None:
    with pytest.raises(ValueError, match="record 2: expected a number above 2"):
        store(1, 2, 2)


def test_a_kind_narrows_what_first_and_last_mean() -> None:
    even = store(1, 2, 3, 4, 5)
    assert even.select(Selection(Operator.LAST), lambda record: record.number % 2 == 0) == [Record(4)]


@given(st.sets(st.integers(0, 200), max_size=50), st.integers(0, 200), st.integers(0, 200))
def test_what_is_deleted_is_gone_and_the_rest_stays(numbers: set[int], low: int, high: int) -> None:
    filled = store(*sorted(numbers))
    filled.delete(filled.select(Selection(Operator.WITHIN, low=low, high=high)))
    assert [record.number for record in filled] == sorted(n for n in numbers if not low <= n <= high)
    assert len(filled) == len(list(filled))
