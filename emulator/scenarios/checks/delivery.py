"""What must hold of how a client lets insulin flow."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.quantities import Instant, clock, rounded
from isletbench.emulator.faults.exchanges import Selector
from isletbench.emulator.journal.conversation import Connection, Conversation, Exchange
from isletbench.emulator.pump.events import AnnunciationRaised
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import (
    DELIVERS,
    READS_ALARMS,
    RESOLVES,
    SLACK,
    Bolus,
    after_the_end,
    boluses,
    requests,
    sent,
)
from isletbench.protocols import ids
from isletbench.protocols.errors import WireError

ALARMS = frozenset({"SYSTEM_ISSUE", "MECHANICAL_ISSUE", "OCCLUSION_DETECTED", "RESERVOIR_EMPTY", "BATTERY_EMPTY"})
"""Annunciations with which a pump stops, as the ledger calls them."""


class Resolves(Check):
    """After a delivery command whose answer did not come, ask the device what has become of it before sending another one.

    Never conclude from silence: neither that it was delivered nor that it was not (DLV-01, DLV-02; invariants I1 and I3).
    """

    exercises: ClassVar = ("I1", "I3")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        uncertain: Exchange | None = None
        for exchange in conversation.exchanges:
            if not self.concerns(exchange):
                continue
            if uncertain is not None and requests(exchange, RESOLVES[uncertain.request.operation]) and exchange.is_resolved:
                uncertain = None
            if not requests(exchange, DELIVERS):
                continue
            if uncertain is not None:
                sent, request = uncertain.request, exchange.request
                state = "was carried out" if uncertain.committed else "never arrived or was not carried out"
                yield Finding(
                    request.at,
                    request.line,
                    f"{request.operation} is sent while the {sent.operation} of {clock(sent.at)} is unresolved (it {state})",
                )
            uncertain = None if exchange.is_resolved else exchange


class CarriesOut(Check):
    """Do what the user wants without letting them wait: ask for this, and be obeyed, within so long after an instant."""

    exercises: ClassVar = ("I7",)
    of: Selector
    """An operation: ``SetBolus``."""
    after: Duration
    within: Lasting = 300_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        done = [e.request.at for e in conversation.exchanges if self.concerns(e) and e.committed and requests(e, (self.of,))]
        until = self.after + self.within
        if until <= conversation.ended and not any(self.after - SLACK <= at <= until for at in done):
            words = f"no {self.of} is carried out between {clock(self.after)} and {clock(until)}"
            yield Finding(until, 0, words, Excuse(self.after, until))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.after + self.within)


class LooksFirst(Check):
    """After every connection, ask for this before any delivery command: the device has a life of its own (LNK-12, DLV-14)."""

    exercises: ClassVar = ("I5",)
    at: tuple[Selector, ...] = Field(min_length=1)
    """Types or operations, any of which will do."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        looked: set[str] = set()
        for exchange in conversation.exchanges:
            request = exchange.request
            if not self.concerns(exchange):
                continue
            if requests(exchange, self.at) and exchange.is_resolved:
                looked.add(request.link)
            elif requests(exchange, DELIVERS) and request.link not in looked:
                looked.add(request.link)  # once for each connection
                words = f"{request.operation} is sent on {request.link} before {' or '.join(self.at)} has been asked for"
                yield Finding(request.at, request.line, words)


class LeavesSuspended(Check):
    """While therapy is stopped by hand on the pump itself, neither start it nor ask for insulin (DLV-14)."""

    exercises: ClassVar = ("I3",)
    within: Lasting = 600_000
    """How long a client may need to notice."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for device, begin, end in self._suspensions(conversation):
            for exchange in conversation.of(device):
                request = exchange.request
                if begin + self.within <= request.at < end and requests(exchange, (*DELIVERS, "SetTherapyControlState")):
                    words = f"{request.operation} is sent to {device}, whose user has stopped it at {clock(begin)}"
                    yield Finding(request.at, request.line, words, Excuse(begin, request.at))

    def unjudged(self, conversation: Conversation) -> str:
        """Nobody stopped the pump by hand."""
        return "" if any(self._suspensions(conversation)) else "nobody has stopped the pump by hand"

    def _suspensions(self, conversation: Conversation) -> Iterator[tuple[str, Instant, Instant]]:
        """Device, begin and end."""
        since: dict[str, Instant] = {}
        for entry in conversation.done:
            device, action = entry.event.device, entry.event.action
            if self.device not in {None, device}:
                continue
            if action in {"suspend", "pause", "detach"}:
                since.setdefault(device, entry.at)
            elif action == "resume" and device in since:
                yield device, since.pop(device), entry.at
        yield from ((device, begin, conversation.ended) for device, begin in since.items())


class WaitsItsTurn(Check):
    """While a bolus runs, ask for no other one: what the pump is doing counts, not what the client remembers (DLV-12).

    With ``of`` the same goes for other commands: basal is left alone until the bolus is over (DLV-05). A bolus that the client
    has not asked for may be unknown to it for so long as ``notice``. A command that ends the bolus has come while it ran.
    """

    exercises: ClassVar = ("I3",)
    of: tuple[Selector, ...] = ("SetBolus",)
    notice: Duration = 0

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for bolus in boluses(conversation, self.device):
            for exchange in conversation.of(bolus.device):
                request = exchange.request
                ran = request.at < bolus.ended or (request.at == bolus.ended and bolus.is_aborted)
                if bolus.began + self.notice < request.at and ran and requests(exchange, self.of):
                    words = f"{request.operation} is sent at {clock(request.at)} while bolus {bolus.id} is being delivered"
                    excuse = Excuse(bolus.began, request.at, request.at - bolus.began - self.notice)
                    yield Finding(request.at, request.line, words, excuse)

    def unjudged(self, conversation: Conversation) -> str:
        """There was no bolus to wait for."""
        return "" if any(boluses(conversation, self.device)) else "no bolus was ever delivered"


class Follows(Check):
    """After connecting while a bolus runs, ask soon how far it has come: it was not lost with the link (DLV-05, DLV-06)."""

    exercises: ClassVar = ("I2",)
    within: Lasting = 30_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        asked = [e for e in conversation.exchanges if requests(e, ("GetActiveBolusIds", "GetActiveBolusDelivery"))]
        for bolus, connection in self._met(conversation):
            until = connection.began + self.within
            if not any(e.request.link == connection.link and e.request.at <= until and e.is_resolved for e in asked):
                words = f"bolus {bolus.id} runs at {clock(connection.began)}, and nobody asks how far it has come"
                yield Finding(until, connection.line, words, Excuse(connection.began, until))

    def unjudged(self, conversation: Conversation) -> str:
        """No connection began while a bolus ran."""
        return "" if any(self._met(conversation)) else "no connection has begun while a bolus ran, and lasted long enough"

    def _met(self, conversation: Conversation) -> Iterator[tuple[Bolus, Connection]]:
        """Every bolus with a connection that began while it ran, and has lasted for as long as a client may wait."""
        for bolus in boluses(conversation, self.device):
            for connection in conversation.connections:
                until = connection.began + self.within
                lasted = connection.ended is None or connection.ended >= until
                if connection.device == bolus.device and bolus.began < connection.began <= until < bolus.ended and lasted:
                    yield bolus, connection


class HeedsAlarms(Check):
    """Ask for no insulin after the pump has alarmed and stopped before the alarm has been read (LNK-12; invariant I5)."""

    exercises: ClassVar = ("I5",)

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for entry in conversation.events(AnnunciationRaised, self.device):
            if entry.event.type not in ALARMS:
                continue
            for exchange in conversation.of(entry.device):
                request = exchange.request
                if request.at <= entry.at:
                    continue
                if requests(exchange, READS_ALARMS) and exchange.is_resolved:
                    break
                if requests(exchange, DELIVERS):
                    words = f"{request.operation} is sent before the {entry.event.type} of {clock(entry.at)} has been read"
                    yield Finding(request.at, request.line, words)
                    break

    def unjudged(self, conversation: Conversation) -> str:
        """There was no alarm."""
        alarms = (one for one in conversation.events(AnnunciationRaised, self.device) if one.event.type in ALARMS)
        return "" if any(alarms) else "the pump has never alarmed and stopped"


class TakesNo(Check):
    """Do not ask again for what the pump refuses: its reason will be the same, and the user has to know it (DLV-18)."""

    exercises: ClassVar = ("I7",)
    of: Selector = "SetBolus"
    times: int = Field(default=1, ge=1, le=1_000)
    per: Lasting = 3_600_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        refused = [e.request for e in conversation.exchanges if self.concerns(e) and requests(e, (self.of,)) and _is_refused(e)]
        for first, last in zip(refused, refused[self.times :], strict=False):
            if last.at - first.at < self.per:
                words = f"{self.of} is refused {self.times + 1} times in {rounded(last.at - first.at)}"
                yield Finding(last.at, last.line, f"{words}: expected to be asked for at most {self.times} times")
                return


def _is_refused(exchange: Exchange) -> bool:
    """Whether the pump has answered that it will not."""
    if exchange.answer is None:
        return False
    for protected in (True, False):
        try:
            answer = ids.COMMAND_POINT.decode(exchange.answer.octets, protected=protected)
        except WireError:
            continue
        return isinstance(answer, ids.CommandResponseCode) and answer.code is not ids.Response.SUCCESS
    return False


class ReadsBack(Check):
    """After something has been set, read it back soon: what the pump has made of it is what counts (DLV-26)."""

    exercises: ClassVar = ("I2",)
    of: Selector = "SetTbrAdjustment"
    by: tuple[Selector, ...] = ("GetActiveBasalRateDelivery",)
    within: Lasting = 60_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        concerned = [e for e in conversation.exchanges if self.concerns(e)]
        sent = [e for e in concerned if requests(e, (self.of,)) and e.is_resolved and not _is_refused(e)]
        ends = [e.request.at for e in sent[1:]] + [conversation.ended]
        for exchange, end in zip(sent, ends, strict=False):
            at, line = exchange.request.at, exchange.request.line
            later = (e for e in concerned if e.request.line > line and e.request.at <= at + self.within)
            read = (e for e in later if requests(e, self.by) and e.is_resolved)
            if at + self.within < end and next(read, None) is None:
                words = f"{self.of} is sent at {clock(at)}, and nobody reads back what the pump has made of it"
                yield Finding(at + self.within, exchange.request.line, words, Excuse(at, at + self.within))
                return

    def unjudged(self, conversation: Conversation) -> str:
        """Nothing was set."""
        return "" if sent(conversation, self.device, (self.of,)) else f"{self.of} is never sent"
