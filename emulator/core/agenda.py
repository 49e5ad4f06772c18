"""What a machine will do by itself, and when: known, not searched.

The parts of a machine say when a deadline of theirs may have become another one. Only those deadlines are asked again, the next
time that somebody wants to know; as long as no part says anything, the next deadline is one look at a number.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from isletbench.emulator.core.quantities import Instant

C = TypeVar("C", bound=type)

NEVER: Final = 1 << 62
"""Later than any instant of a bench."""


class Timed:
    """Base class of a part of a machine that has deadlines, and says so when one of them may be another one."""

    __slots__ = ("_report",)
    _report: Callable[[], None]

    def report_to(self, report: Callable[[], None]) -> None:
        """Call ``report`` from now on whenever a deadline may have changed."""
        self._report = report

    def retimed(self) -> None:
        """Say that a deadline of this part may have changed."""
        report = getattr(self, "_report", None)
        if report is not None:
            report()


def decides_deadline(*fields: str) -> Callable[[C], C]:
    """Let the parts of a slotted class say ``retimed`` whenever one of these fields is assigned.

    What changes without an assignment (an entry of a dictionary) the part has to say itself.
    """

    def watch(cls: C) -> C:
        for name in fields:
            setattr(cls, name, _reporting(cls.__dict__[name]))
        return cls

    return watch


def _reporting(slot: Any) -> property:
    assign = slot.__set__

    def assigned(part: Timed, value: Any) -> None:
        assign(part, value)
        part.retimed()

    return property(slot.__get__, assigned, doc=slot.__doc__)


class Agenda:
    """The deadlines of one machine, in the order in which they are met when several are due at one instant."""

    __slots__ = ("_deadlines", "_known", "_next", "_stale")

    def __init__(self, deadlines: Sequence[Callable[[], Instant | None]]) -> None:
        """``deadlines`` are functions that find an instant, or None while there is nothing to do."""
        self._deadlines = tuple(deadlines)
        self._known: list[Instant] = [NEVER] * len(self._deadlines)
        self._stale = set(range(len(self._deadlines)))
        self._next = NEVER

    def watch(self, part: Timed, places: Sequence[int]) -> None:
        """Ask the deadlines at these places again whenever the part says that one of its own may have changed."""
        part.report_to(partial(self._stale.update, tuple(places)))
        self._stale.update(places)

    @property
    def next(self) -> Instant | None:
        """The earliest deadline."""
        if self._stale:
            self._ask()
        return None if self._next == NEVER else self._next

    def due(self, by: Instant) -> int | None:
        """The place of the earliest deadline up to an instant; of several, the first in order."""
        if self._stale:
            self._ask()
        return self._known.index(self._next) if self._next <= by else None

    def at(self, place: int) -> Instant:
        """The deadline at a place where there is one."""
        return self._known[place]

    def is_due(self, place: int, by: Instant) -> bool:
        """Whether the deadline at this place has come by an instant."""
        if place in self._stale:
            self._stale.discard(place)
            found = self._deadlines[place]()
            self._known[place] = NEVER if found is None else found
            self._next = min(self._known)
        return self._known[place] <= by

    def _ask(self) -> None:
        known = self._known
        for place in self._stale:
            found = self._deadlines[place]()
            known[place] = NEVER if found is None else found
        self._stale.clear()
        self._next = min(known)
