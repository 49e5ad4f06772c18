"""What must hold of how a client lets insulin flow."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from emulator.arguments import Duration
from emulator.checks.declared import DELIVERS, RESOLVES, Check, Finding, called, clock
from emulator.conversation import Conversation, Exchange
from emulator.faults.declared import Aimed
from emulator.quantities import Instant


class Resolves(Check):
    """After a delivery command whose answer did not come, ask the device what has become of it before sending another one.

    Never conclude from silence: neither that it was delivered nor that it was not (DLV-01, DLV-02; invariants I1 and I3).
    """

    check: Literal["resolves"] = "resolves"
    exercises: ClassVar = ("I1", "I3")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        uncertain: Exchange | None = None
        for exchange in conversation.exchanges:
            if not self.concerns(exchange):
                continue
            if called(exchange, RESOLVES) and exchange.is_resolved:
                uncertain = None
            if not called(exchange, DELIVERS):
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


class DosesOnce(Check):
    """Give one dose for one intent: no more boluses may be delivered than these (invariant I1)."""

    check: Literal["doses_once"] = "doses_once"
    exercises: ClassVar = ("I1",)
    boluses: int = Field(ge=0, le=10_000)
    """How many doses the client was meant to give."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        seen: dict[int, dict[str, object]] = {}
        for entry in conversation.ledger:
            if entry["ledger"] == "pulse" and entry.get("cause") == "bolus" and self.device in {None, entry["device"]}:
                seen.setdefault(entry["bolus_id"], entry)
        for number, (bolus, entry) in enumerate(seen.items(), 1):
            if number > self.boluses:
                at = entry["t"]
                assert isinstance(at, int)
                yield Finding(at, 0, f"bolus {bolus} is number {number} that is delivered, where {self.boluses} were wanted")


class LooksFirst(Check):
    """After every connection, ask for this before any delivery command: the device has a life of its own (LNK-12, DLV-14)."""

    check: Literal["looks_first"] = "looks_first"
    exercises: ClassVar = ("I5",)
    at: tuple[Aimed, ...] = Field(min_length=1)
    """Types or operations, any of which will do."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        looked: set[str] = set()
        for exchange in conversation.exchanges:
            request = exchange.request
            if not self.concerns(exchange):
                continue
            if called(exchange, self.at) and exchange.is_resolved:
                looked.add(request.link)
            elif called(exchange, DELIVERS) and request.link not in looked:
                looked.add(request.link)  # once for each connection
                words = f"{request.operation} is sent on {request.link} before {' or '.join(self.at)} has been asked for"
                yield Finding(request.at, request.line, words)


class LeavesSuspended(Check):
    """While therapy is stopped by hand on the pump itself, neither start it nor ask for insulin (DLV-14)."""

    check: Literal["leaves_suspended"] = "leaves_suspended"
    exercises: ClassVar = ("I3",)
    within: Duration = 600_000
    """How long a client may need to notice."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for device, begin, end in self._suspensions(conversation):
            for exchange in conversation.of(device):
                request = exchange.request
                if begin + self.within <= request.at < end and called(exchange, (*DELIVERS, "SetTherapyControlState")):
                    words = f"{request.operation} is sent to {device}, whose user has stopped it at {clock(begin)}"
                    yield Finding(request.at, request.line, words)

    def _suspensions(self, conversation: Conversation) -> Iterator[tuple[str, Instant, Instant]]:
        """Device, begin and end."""
        since: dict[str, Instant] = {}
        for entry in conversation.done:
            device, verb = entry["device"], entry["verb"]
            if self.device not in {None, device}:
                continue
            if verb == "suspend":
                since.setdefault(device, entry["t"])
            elif verb == "resume" and device in since:
                yield device, since.pop(device), entry["t"]
        yield from ((device, begin, conversation.ended) for device, begin in since.items())
