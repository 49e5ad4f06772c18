"""What must have become of insulin and therapy, as the ledger has it: whatever a client has said or believed meanwhile."""

from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Duration, Units
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant, clock
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.pump.events import TherapyChanged
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import after_the_end, bolus_pulses, pulses


class DosesOnce(Check):
    """Give one dose for one intent: no more boluses may be delivered than these (invariant I1)."""

    exercises: ClassVar = ("I1",)
    boluses: int = Field(ge=0, le=10_000)
    """How many doses the client was meant to give."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        began: dict[int, Instant] = {}
        for at, bolus, _ in bolus_pulses(conversation, self.device):
            began.setdefault(bolus, at)
        for number, (bolus, at) in enumerate(began.items(), 1):
            if number > self.boluses:
                yield Finding(at, 0, f"bolus {bolus} is number {number} that is delivered, where {self.boluses} were wanted")


class Gives(Check):
    """Have given what was wanted at the end: so much bolus insulin has been delivered, no more and no less (invariant I1)."""

    exercises: ClassVar = ("I1",)
    units: Units
    within: Units = Decimal("0.01")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        given = Decimal(sum(uu for _, _, uu in bolus_pulses(conversation, self.device))) / UU_PER_UNIT
        if abs(given - self.units) > self.within:
            words = f"{given} U of bolus insulin were delivered, where {self.units} U were wanted"
            yield Finding(conversation.ended, 0, words, Excuse(None, conversation.ended) if given < self.units else None)


class Halts(Check):
    """Have no bolus flow any more from an instant on: what its user has stopped is stopped, and looked after (DLV-11)."""

    exercises: ClassVar = ("I7",)
    at: Duration
    until: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        until = conversation.ended if self.until is None else self.until
        flows = [(at, bolus) for at, bolus, _ in bolus_pulses(conversation, self.device) if self.at <= at < until]
        if flows:
            (at, bolus), (last, _) = flows[0], flows[-1]
            words = f"bolus {bolus} flows at {clock(at)}: expected none from {clock(self.at)} on"
            yield Finding(at, 0, words, Excuse(None, last, last - self.at))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.at if self.until is None else self.until)


class TherapyIs(Check):
    """Have brought therapy to the state that its user wants by an instant, however often it takes (DLV-17; invariant I7)."""

    exercises: ClassVar = ("I7",)
    state: Literal["RUN", "PAUSE", "STOP"]
    at: Duration
    until: Duration | None = None
    """It stays so until then; only at that instant, when left out."""

    @model_validator(mode="after")
    def _in_order(self) -> "TherapyIs":
        if self.until is not None and self.until < self.at:
            raise ValueError("until: expected no earlier than at")
        return self

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        until = self.at if self.until is None else self.until
        if until > conversation.ended:
            return
        state = "RUN"
        for entry in conversation.events(TherapyChanged, self.device):
            if entry.at > until:
                break
            if entry.at > self.at and state != self.state:
                break
            state = entry.event.state
        if state != self.state:
            words = f"therapy is in {state} at {clock(self.at)}: its user wants {self.state}"
            yield Finding(self.at, 0, words, Excuse(None, self.at))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.at if self.until is None else self.until)


class Primes(Check):
    """Fill an infusion set with what its user wants, and once: what is primed twice is lost, or worse (LIF-01, LIF-02)."""

    exercises: ClassVar = ("I1",)
    units: Units
    """How much has been pushed through it at the end."""
    within: Units = Decimal("0.05")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        primed = Decimal(sum(entry.event.uu for entry in pulses(conversation, "priming", self.device))) / UU_PER_UNIT
        if abs(primed - self.units) > self.within:
            words = f"{primed} U were primed, where {self.units} U were wanted"
            yield Finding(conversation.ended, 0, words, Excuse(None, conversation.ended) if primed < self.units else None)
