"""What must hold of how a client connects, and asks."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.quantities import Instant, Span, clock, rounded, shown
from isletbench.emulator.faults.exchanges import Selector
from isletbench.emulator.faults.words import Name
from isletbench.emulator.journal.conversation import Conversation, Exchange
from isletbench.emulator.pump.events import AnnunciationRaised
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import after_the_end, requests, sent

TEARDOWN: Span = 10_000
"""How much later than the end of its connections a carrier may be told to be gone: at 120x ten seconds are a blink."""


class Reconnects(Check):
    """Be connected again within so long after a connection has ended and the device can be reached (invariant I7)."""

    exercises: ClassVar = ("I7",)
    within: Lasting = 300_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        connections = [c for c in conversation.connections if self.device in {None, c.device}]
        if not connections:
            words = f"nobody ever connected{f' to {self.device}' if self.device else ''}"
            yield Finding(0, 0, words, Excuse(0, conversation.ended))
        for connection in connections:
            if connection.ended is None or connection.ended >= conversation.ended:
                continue
            back = self._back(conversation, connection.link.partition("#")[0], connection.ended)
            again = [c.began for c in connections if c.device == connection.device and c.began >= connection.ended]
            if back is None or back + self.within > conversation.ended:
                continue  # there was not enough time left
            if not again or again[0] > back + self.within:
                yield Finding(
                    back,
                    connection.line,
                    f"{connection.device} can be reached at {clock(back)}, and nobody connects within {shown(self.within)}",
                    Excuse(back, back + self.within),
                )

    def unjudged(self, conversation: Conversation) -> str:
        """No connection has ended."""
        ended = (c for c in conversation.connections if self.device in {None, c.device} and c.ended is not None)
        return "" if any(c.ended < conversation.ended for c in ended if c.ended is not None) else "no connection has ended"

    @staticmethod
    def _back(conversation: Conversation, carrier: str, ended: Instant) -> Instant | None:
        """When the device could be reached again."""
        for gone, there in conversation.absences.get(carrier, ()):
            if gone <= ended + TEARDOWN and (there is None or there >= ended):
                return there
        return ended


class BacksOff(Check):
    """Do not connect more often than this: a device that drops every connection must not be hammered (LNK-02)."""

    connections: int = Field(ge=1, le=1_000)
    """How many connections may begin within ``per``."""
    per: Lasting = 60_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for device in {c.device for c in conversation.connections}:
            began = [c for c in conversation.connections if c.device == device and self.device in {None, device}]
            for first, last in zip(began, began[self.connections :], strict=False):
                if last.began - first.began < self.per:
                    many = self.connections + 1
                    words = (
                        f"{many} connections to {device} in {rounded(last.began - first.began)}: at most {self.connections} in"
                    )
                    # a bench that is late sees what came meanwhile at once
                    excuse = Excuse(first.began - self.per, last.began, self.per - (last.began - first.began))
                    yield Finding(last.began, last.line, f"{words} {shown(self.per)}", excuse)
                    break


class SparesBattery(Check):
    """Do not talk a pump's battery empty: until an instant it does not even warn that it is low (LIF-11)."""

    exercises: ClassVar = ("I7",)
    until: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        until = conversation.ended if self.until is None else self.until
        for entry in conversation.events(AnnunciationRaised, self.device):
            if entry.event.type in {"BATTERY_LOW", "BATTERY_EMPTY"} and entry.at < until:
                connections = [c for c in conversation.connections if c.device == entry.device and c.began <= entry.at]
                asked = [e for e in conversation.of(entry.device) if e.request.at <= entry.at]
                spent = f"{len(connections)} connections and {len(asked)} requests"
                yield Finding(entry.at, 0, f"the battery of {entry.device} is low at {clock(entry.at)}, after {spent}")
                return

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.until or 0)


class AsksAtMost(Check):
    """Do not ask for something again and again that is not answered: remember that it is not (LNK-13, LNK-14)."""

    exercises: ClassVar = ("I7",)
    of: Selector
    """A type or an operation."""
    times: int = Field(ge=1, le=1_000)
    per: Lasting = 3_600_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        asked = [
            e.request for e in conversation.exchanges if self.concerns(e) and not e.is_resolved and requests(e, (self.of,))
        ]
        for first, last in zip(asked, asked[self.times :], strict=False):
            if last.at - first.at < self.per:
                words = f"{self.of} is asked for {self.times + 1} times in {rounded(last.at - first.at)} and never answered"
                yield Finding(last.at, last.line, f"{words}: expected at most {self.times} in {shown(self.per)}")
                return


class LooksAfter(Check):
    """After asking for something, look what has become of it before asking again: an answer may say nothing (CGM-13)."""

    exercises: ClassVar = ("I7",)
    of: Selector
    """What is asked for: an operation."""
    at: Selector
    """What shows whether it has happened: a type or an operation."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        unseen: Exchange | None = None
        for exchange in conversation.exchanges:
            if not self.concerns(exchange):
                continue
            if requests(exchange, (self.at,)) and exchange.is_resolved:
                unseen = None
            elif requests(exchange, (self.of,)):
                if unseen is not None:
                    request = exchange.request
                    since = clock(unseen.request.at)
                    words = f"{self.of} is asked for again, and {self.at} has not been looked at since {since}"
                    yield Finding(request.at, request.line, words)
                unseen = exchange

    def unjudged(self, conversation: Conversation) -> str:
        """It was never asked for."""
        return "" if sent(conversation, self.device, (self.of,)) else f"{self.of} is never asked for"


class ConnectsOnly(Check):
    """Connect to this device and to no other that looks like it (LNK-16)."""

    to: Name

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for connection in conversation.connections:
            if connection.device != self.to:
                yield Finding(connection.began, connection.line, f"a connection to {connection.device}, not to {self.to}")
