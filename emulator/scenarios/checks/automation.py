"""What must hold of a client that adjusts basal insulin by itself: every temp basal is its own, and rests on a reading."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise, takewhile
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Lasting
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant, clock, rounded, shown
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.pump.events import BasalRate, TbrEnded, TbrStarted
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding
from isletbench.emulator.scenarios.checks.queries import ReceivedReading, received_readings, requests, sent, temp_basals

ADJUSTS = ("SetTbrAdjustment",)


class AdjustmentCheck(Check, abstract=True):
    """A check of a client's temp basals: without one it says nothing."""

    def unjudged(self, conversation: Conversation) -> str:
        """No temp basal was ever asked for."""
        return "" if sent(conversation, self.device, ADJUSTS) else "no temp basal is ever asked for"


class ActsOnFresh(AdjustmentCheck):
    """Adjust basal only on a reading that is a number, of a sensor that is well, and measured no longer ago than ``age``.

    A sentinel is no glucose, a session that warms up or has failed measures none, and a reading that comes late is as old as
    its measurement (CGM-02, CGM-07, CGM-11, CGM-12, CGM-15; invariant I6).
    """

    exercises: ClassVar = ("I6",)
    age: Lasting = 900_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        readings = [one for one in received_readings(conversation) if one.is_usable]
        for exchange in conversation.exchanges:
            request = exchange.request
            if not (self.concerns(exchange) and requests(exchange, ADJUSTS)):
                continue
            newest = max((one.measured for one in readings if one.at <= request.at), default=None)
            if newest is None or request.at - newest > self.age:
                known = "no usable reading has come" if newest is None else f"the newest usable reading is of {clock(newest)}"
                words = f"{request.operation} is sent at {clock(request.at)}, and {known}"
                excuse = None if newest is None else Excuse(newest, request.at, request.at - newest - self.age)
                yield Finding(request.at, request.line, words, excuse)


class DecidesOnce(AdjustmentCheck):
    """Adjust basal at most once for each new reading, however often and in however many pieces it comes (CGM-08, CGM-03)."""

    exercises: ClassVar = ("I1",)

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        moments = _newer(list(received_readings(conversation)))
        adjusted = [e.request for e in conversation.exchanges if self.concerns(e) and requests(e, ADJUSTS)]
        for first, second in pairwise(adjusted):
            if not any(first.at < moment <= second.at for moment in moments):
                words = f"{second.operation} is sent {rounded(second.at - first.at)} after another, and no new reading has come"
                yield Finding(second.at, second.line, words)


class FallsBack(AdjustmentCheck):
    """Leave the pump to its own profile when no reading is fresher than ``within``, until one is (CGM-02; invariant I7)."""

    exercises: ClassVar = ("I7",)
    within: Lasting = 3_000_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        adjusted = list(temp_basals(conversation, self.device))
        readings = [one for one in received_readings(conversation) if one.is_usable]
        newest: Instant | None = None
        for at, measured in [*((one.at, one.measured) for one in readings), (conversation.ended, None)]:
            lapsed = newest + self.within if newest is not None else None
            if lapsed is not None and lapsed < at:
                for begin, end in adjusted:
                    if begin < at and end > lapsed:
                        since = max(begin, lapsed)
                        words = f"a temp basal runs at {clock(since)}, and the newest usable reading is of {clock(newest or 0)}"
                        over = min(end, at)
                        yield Finding(since, 0, words, Excuse(newest, over, over - since))
                        break
            if measured is not None:
                newest = max(measured, newest or 0)


class DoubtsFlatLine(AdjustmentCheck):
    """Adjust basal no more once every reading for so long has been the same to the digit: such a sensor is stuck (CGM-10)."""

    exercises: ClassVar = ("I7",)
    lasts: Lasting = 2_700_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        readings = sorted((one for one in received_readings(conversation) if one.is_usable), key=lambda one: one.measured)
        for exchange in conversation.exchanges:
            request = exchange.request
            if not (self.concerns(exchange) and requests(exchange, ADJUSTS)):
                continue
            known = [one for one in readings if one.at <= request.at]
            same = list(takewhile(partial(_is_like, known[-1]), reversed(known))) if known else []
            if same and same[0].measured - same[-1].measured > self.lasts:
                flat = rounded(same[0].measured - same[-1].measured)
                words = f"{request.operation} is sent at {clock(request.at)}, and glucose has been {same[0].mg_dl:g} for {flat}"
                yield Finding(request.at, request.line, words)


def _is_like(last: ReceivedReading, one: ReceivedReading) -> bool:
    return one.mg_dl == last.mg_dl


class BoundsAdjustments(AdjustmentCheck):
    """Bound every temp basal, whatever the readings say: in how high it is, and in how long it lasts by itself (CGM-16)."""

    exercises: ClassVar = ("I7",)
    most: float = Field(default=2.0, gt=0, le=100)
    """At most so many times the profile's rate."""
    lasts: Lasting = 3_600_000
    """At most for so long, unless it is set again."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        rate: dict[str, int] = {}  # the profile's, uU/h
        adjusted: set[str] = set()
        for entry in conversation.ledger:
            at, device, event = entry.at, entry.device, entry.event
            if self.device not in {None, device}:
                continue
            match event:
                case BasalRate(uu_per_h=flowing) if device not in adjusted and flowing:
                    rate[device] = flowing
                case TbrStarted():
                    adjusted.add(device)
                    yield from self._judged(at, event, rate.get(device))
                case TbrEnded():
                    adjusted.discard(device)
                case _:
                    pass

    def _judged(self, at: Instant, tbr: TbrStarted, rate: int | None) -> Iterator[Finding]:
        begins = f"begins at {clock(at)}: expected at most"
        if tbr.type == "RELATIVE" and tbr.value > self.most * UU_PER_UNIT:
            yield Finding(at, 0, f"a temp basal of {tbr.value / UU_PER_UNIT:g} times the profile {begins} {self.most:g}")
        elif tbr.type == "ABSOLUTE" and rate is not None and tbr.value > self.most * rate:
            flows = f"{tbr.value / UU_PER_UNIT:g} U/h, {tbr.value / rate:.1f} times the profile's {rate / UU_PER_UNIT:g} U/h,"
            yield Finding(at, 0, f"a temp basal of {flows} {begins} {self.most:g} times")
        if tbr.duration_ms > self.lasts:
            yield Finding(at, 0, f"a temp basal of {shown(tbr.duration_ms)} {begins} {shown(self.lasts)}")


def _newer(readings: list[ReceivedReading]) -> list[Instant]:
    """When a reading came that is newer than every one before."""
    moments, newest = [], -1
    for one in readings:
        if one.measured > newest:
            newest = one.measured
            moments.append(one.at)
    return moments
