"""What must have reached a client."""

from collections.abc import Iterator
from typing import ClassVar

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.quantities import Instant, clock
from isletbench.emulator.faults.exchanges import Selector
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import (
    after_the_end,
    last_fault_ended_at,
    matches,
    received,
    received_readings,
)

READINGS = "cgms.Measurement"
"""What brings readings; where an existing protocol brings them, its answers count as these."""


class Hears(Check):
    """Have heard something of this kind again, so long after everything that went wrong is over (invariant I7).

    A link that is up and silent has to be given up and made anew by the client; waiting is not enough (LNK-03).
    """

    exercises: ClassVar = ("I7",)
    of: Selector
    """A type or an operation: ``cgms.Measurement``."""
    within: Lasting = 900_000
    after: Duration | None = None
    """After this instant, not after the last fault is over."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        since = self._since(conversation)
        if since + self.within > conversation.ended or self._is_heard(conversation):
            return
        words = f"nothing of {self.of} reaches the client between {clock(since)} and {clock(since + self.within)}"
        yield Finding(since + self.within, 0, words, Excuse(since, since + self.within))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before the time was over."""
        return "" if self._is_heard(conversation) else after_the_end(conversation, self._since(conversation) + self.within)

    def _since(self, conversation: Conversation) -> Instant:
        return self.after if self.after is not None else last_fault_ended_at(conversation)

    def _is_heard(self, conversation: Conversation) -> bool:
        since = self._since(conversation)
        messages = (one for one in received(conversation) if self.device in {None, one.device})
        moments = [one.at for one in messages if matches(one, (self.of,))]
        if self.of == READINGS:
            moments += [one.at for one in received_readings(conversation) if self.device in {None, one.device}]
        return any(since <= at <= since + self.within for at in moments)


class FetchesMissed(Check):
    """Fetch what was missed: every reading that was measured has reached the client at the end (CGM-02, CGM-03).

    Readings of the last ``grace`` may be on their way.
    """

    exercises: ClassVar = ("I6",)
    grace: Duration = 900_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        first = min((c.began for c in conversation.connections), default=0)
        measured = [
            entry for entry in conversation.events(Sample, self.device) if first <= entry.at <= conversation.ended - self.grace
        ]
        arrived = {(one.device, one.measured) for one in received_readings(conversation)}
        missing = [entry for entry in measured if (entry.device, entry.at) not in arrived]
        if missing:
            offsets = ", ".join(str(entry.event.time_offset) for entry in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            words = f"{len(missing)} of {len(measured)} readings never reach the client: time offsets {offsets}{more}"
            yield Finding(missing[0].at, 0, words, Excuse(missing[0].at, conversation.ended))

    def unjudged(self, conversation: Conversation) -> str:
        """Nothing was measured."""
        return "" if any(conversation.events(Sample, self.device)) else "nothing was measured"
