"""Which function examines which row."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

Examination: TypeAlias = Callable[[Any], Awaitable[None]]
E = TypeVar("E", bound=Examination)

EXAMINATIONS: dict[str, Examination] = {}
"""By the id of the row. Each is given the ``Exam`` of its profile and returns when the row is met."""

TURN: dict[str, int] = {}
"""When a row has its turn, where it may lose what others look at: 1 comes after the rest, 2 deletes, 3 ends the session."""


def examines(*rows: str, turn: int = 0) -> Callable[[E], E]:
    """This function examines these rows: it raises one of ``outcomes`` unless the device meets them.

    Rows with a higher ``turn`` come later, because they may lose what others look at (``TURN``).
    """

    def register(examination: E) -> E:
        for row in rows:
            assert row not in EXAMINATIONS, f"{row} is examined twice"
            EXAMINATIONS[row] = examination
            TURN[row] = turn
        return examination

    return register
