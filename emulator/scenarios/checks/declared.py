"""What a check is: something that must hold of a conversation.

A check finds what is wrong, each with the line of the journal at which it went wrong; finding nothing is passing. Its docstring
says what a client has to do. Its name is the name of its class, and it is registered when its class is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from isletbench.emulator.core.actions import name_of
from isletbench.emulator.core.models import Part, declare_constant
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.faults.words import Name
from isletbench.emulator.journal.beliefs import Kind
from isletbench.emulator.journal.conversation import Conversation, Exchange

CHECKS: dict[str, type["Check"]] = {}
"""Every check by its name."""


@dataclass(frozen=True, slots=True)
class Excuse:
    """What excuses a finding: a machine that was late for so long between two instants may have caused it."""

    since: Instant | None
    """None: since the client's user last wanted something, or the last fault was over."""
    until: Instant
    least: Span | None = None
    """ms; None: for a share of the time between the two."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not have happened, or should have and did not."""

    at: Instant
    line: int
    """Of the journal."""
    words: str
    excuse: Excuse | None = None
    """None: no late machine makes a client do this, such as to ask for a dose twice."""
    is_open: bool = False
    """Whether it says how something stands at the end of a run that may still become right."""


def misdated(true: Instant, dated: Instant, at: Instant, within: Span) -> Excuse:
    """What excuses that a client dates at an instant, by how long ago it was, what was in truth at another time."""
    return Excuse(min(true, dated), at, abs(true - dated) - within)


class Check(Part):
    """Something that must hold of a conversation. Its docstring says what a client has to do."""

    exercises: ClassVar[tuple[str, ...]] = ()
    """The standing invariants that it holds."""
    needs: ClassVar[Kind | None] = None
    """What a client has to report of its beliefs, for this to be judged; None: the wire is enough."""

    device: Name | None = None
    """Only with this device; with any when left out."""

    def __init_subclass__(cls, *, abstract: bool = False, **settings: Any) -> None:
        if not abstract:
            declare_constant(cls, "check", cls.kind())
            CHECKS[cls.kind()] = cls
        super().__init_subclass__(**settings)

    @classmethod
    def kind(cls) -> str:
        """Its name: ``reconnects``."""
        return name_of(cls)

    def is_told(self, conversation: Conversation) -> bool:
        """Whether a client reports what has to be known of its beliefs; where it does not, nothing is judged."""
        return self.needs is None or self.needs in conversation.belief_kinds

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        """What is wrong. Nothing: it holds."""
        raise NotImplementedError

    def unjudged(self, conversation: Conversation) -> str:
        """Why a conversation without a finding does not show that it holds; empty where it does.

        The moment it is about lies behind the end of the run, or what it tests a client with never happened. What a client may
        rightly never do, such as to be refused, is no reason.
        """
        return ""

    def concerns(self, exchange: Exchange) -> bool:
        """Whether an exchange is with the device that is meant."""
        return self.device is None or exchange.request.device == self.device
