"""What must hold of how a client treats what a pump remembers: its history and its clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.quantities import clock
from isletbench.emulator.gatt.notes import ClockSet
from isletbench.emulator.journal.conversation import Conversation, Exchange, Message
from isletbench.emulator.pump.events import PumpReplaced
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import SLACK, requests, sent
from isletbench.protocols import ids
from isletbench.protocols.errors import WireError
from isletbench.protocols.racp import IDS

REPORTS = ("ids.RecordAccessControlPoint.REPORT",)


class ReadsOn(Check):
    """Ask for a history from where it was left, not again from further back than so many records (HIS-08, HIS-09)."""

    exercises: ClassVar = ("I7",)
    back: int = Field(default=50, ge=0, le=100_000)

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        replaced = [entry.at for entry in conversation.events(PumpReplaced)]
        for exchange in conversation.exchanges:
            request = exchange.request
            low = _from(exchange) if self.concerns(exchange) and requests(exchange, REPORTS) else None
            if low is None:
                continue
            since = max((at for at in replaced if at <= request.at), default=-1)
            sent = (one for one in conversation.notifications if since < one.at < request.at and _is_record(one))
            furthest = max(map(_number, sent), default=-1)
            if low < furthest - self.back:
                words = f"the history is asked for from record {low} on, and record {furthest} had been read"
                yield Finding(request.at, request.line, words)
                return

    def unjudged(self, conversation: Conversation) -> str:
        """The history was never asked for."""
        return "" if sent(conversation, self.device, REPORTS) else "the history is never asked for"


def _is_record(message: Message) -> bool:
    return message.arrived and message.type == "ids.HistoryData" and not message.faults


def _number(message: Message) -> int:
    """The number of a record that was sent; -1 for a damaged one."""
    number = int.from_bytes(message.octets[2:6], "little")  # behind the type, in front of everything else
    return -1 if number == ids.CORRUPTED else number


def _from(exchange: Exchange) -> int | None:
    """The lowest number that is asked for; None where no lowest one is named."""
    for protected in (True, False):
        try:
            payload, _ = ids.RECORD_ACCESS.envelope.open(exchange.request.octets, protected=protected)
            return IDS.decode(payload).selection.low
        except WireError:
            continue
    return None


class SetsClock(Check):
    """Set the date and time of a pump when its user wants it, so often, and not before; never unasked (CLK-02, CLK-05).

    What is set is the time of where the run began, to within ``within``.
    """

    exercises: ClassVar = ("I7",)
    times: int = Field(default=0, ge=0, le=100)
    """How often its user wants it."""
    after: Duration = 0
    """Not before this instant."""
    within: Lasting = 120_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        done = [
            (exchange.request, note)
            for exchange in conversation.exchanges
            for note in exchange.notes
            if self.concerns(exchange) and isinstance(note, ClockSet)
        ]
        for number, (request, note) in enumerate(done, 1):
            if number > self.times:
                wanted = f"{self.times} times" if self.times else "never"
                yield Finding(
                    request.at, request.line, f"the clock of {request.device} is set, and its user wanted that {wanted}"
                )
            elif request.at < self.after - SLACK:
                words = f"the clock of {request.device} is set at {clock(request.at)}, before its user wanted it"
                yield Finding(request.at, request.line, words)
            yield from self._wrong(conversation, request, note)
        if len(done) < self.times:
            words = f"the clock is set {len(done)} times, and its user wanted it {self.times} times"
            yield Finding(conversation.ended, 0, words, Excuse(None, conversation.ended))

    def _wrong(self, conversation: Conversation, request: Message, note: ClockSet) -> Iterator[Finding]:
        """What is wrong with the time that is set."""
        if conversation.start is None:
            return
        right = conversation.start + timedelta(milliseconds=request.at)
        off = abs(datetime.fromisoformat(note.to) - right)
        if off > timedelta(milliseconds=self.within):
            words = f"the clock of {request.device} is set to {note.to} at {right:%Y-%m-%dT%H:%M:%S}"
            yield Finding(request.at, request.line, words)
