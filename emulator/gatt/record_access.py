"""What a record access control point does with a store, whichever service it belongs to.

A report takes time: one notification a step, so that an Abort can get in between. Source: CGMS 1.0.1, section 3.6; IDS 1.0.2,
section 3.9.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Generic, TypeVar

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.ring import RecordStore
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.racp import CountResponse, Dialect, Operation, Outcome, Request, Response

R = TypeVar("R")


@decides_deadline("due")
@dataclass(slots=True)
class Transfer(Timed, Generic[R]):
    """Stored records on their way to one client, ``spacing`` ms from one notification to the next."""

    spacing: Span
    records: deque[R] = field(default_factory=deque)
    due: Instant | None = None
    """When the next notification, or after the last one the answer, is to leave; None when nothing is on its way."""

    def begin(self, records: Iterable[R], now: Instant) -> None:
        """Send these records, the first one after ``spacing``."""
        self.records.extend(records)
        self.due = now + self.spacing

    def stop(self) -> None:
        """Send nothing more."""
        self.records.clear()
        self.due = None

    def step(self, now: Instant) -> bool:
        """Whether there is a record to send now; when there is none left the transfer is over."""
        self.due = now + self.spacing if self.records else None
        return bool(self.records)


class Transfers(Generic[R]):
    """The transfers of a service's connections, and when the next one has something to send: known, not searched."""

    def __init__(self) -> None:
        self._open: list[Transfer[R]] = []
        self._is_stale = False
        self._next: Instant | None = None

    def open(self, spacing: Span) -> Transfer[R]:
        """The transfer of a new connection."""
        transfer = Transfer[R](spacing)
        transfer.report_to(self._retimed)
        self._open.append(transfer)
        return transfer

    def close(self, transfer: Transfer[R]) -> None:
        """The connection has ended."""
        self._open = [other for other in self._open if other is not transfer]
        self._retimed()

    def _retimed(self) -> None:
        self._is_stale = True

    @property
    def next_deadline(self) -> Instant | None:
        """When the next one has something to send."""
        if self._is_stale:
            self._is_stale = False
            self._next = min((one.due for one in self._open if one.due is not None), default=None)
        return self._next

    def is_due(self, now: Instant) -> bool:
        """Whether one has something to send now."""
        due = self.next_deadline
        return due is not None and due <= now


@dataclass(frozen=True, slots=True)
class Performed(Generic[R]):
    """A procedure that has been carried out, or refused."""

    answer: CountResponse | Response | None
    """None when records are on their way and ``RecordAccess.reported`` follows them."""
    deleted: Sequence[R] = ()
    """The records that are deleted from the store."""


@dataclass(frozen=True)
class RecordAccess(Generic[R]):
    """One control point on one store. ``kinds`` has the records that a filter type selects, where that is not all."""

    dialect: Dialect
    store: RecordStore[R]
    deletes: bool
    kinds: Mapping[int, Callable[[R], bool]] = field(default_factory=dict)
    numbers: Mapping[int, Callable[[R], int]] = field(default_factory=dict)
    """What a filter type compares, where that is not the number of the record in its store."""
    splits: Callable[[Sequence[R]], bool] = lambda _: False
    """Whether deleting these would leave a part of records that belong together."""
    reported_for: Callable[[Sequence[R]], Sequence[R]] = lambda chosen: chosen
    """What a report of these records holds: a device may send more than it was asked for."""

    def perform(self, request: Request, opcode: int, transfer: Transfer[R], now: Instant) -> Performed[R]:
        """Carry out a procedure; ``opcode`` is how its request called it."""
        if request.operation is Operation.ABORT:
            transfer.stop()
            return Performed(Response(opcode, Outcome.SUCCESS))
        if request.operation is Operation.DELETE and not self.deletes:
            return Performed(Response(opcode, Outcome.OPCODE_NOT_SUPPORTED))
        chosen = self._chosen(request)
        if request.operation is Operation.COUNT:
            return Performed(CountResponse(len(chosen)))
        if not chosen:
            return Performed(Response(opcode, Outcome.NO_RECORDS_FOUND))
        if request.operation is Operation.DELETE and self.splits(chosen):
            return Performed(Response(opcode, Outcome.PROCEDURE_NOT_APPLICABLE))
        if request.operation is Operation.DELETE:
            self.store.delete(chosen)
            return Performed(Response(opcode, Outcome.SUCCESS), chosen)
        transfer.begin(self.reported_for(chosen), now)
        return Performed(None)

    def _chosen(self, request: Request) -> list[R]:
        selection = request.selection
        filter_ = selection.filter or self.dialect.default_filter
        if number := self.numbers.get(filter_):
            return self.store.select(selection, lambda record: selection.holds(number(record)), by_number=False)
        kind = self.kinds.get(filter_)
        return self.store.select(selection, kind) if kind else self.store.select(selection)

    def would_report(self, request: Request) -> Sequence[R]:
        """The records that a request would have reported now; none for any other request."""
        return self.reported_for(self._chosen(request)) if request.operation is Operation.REPORT else ()

    @property
    def reported(self) -> Response:
        """The answer after the last record of a report."""
        return Response(self.dialect.opcodes[Operation.REPORT], Outcome.SUCCESS)
