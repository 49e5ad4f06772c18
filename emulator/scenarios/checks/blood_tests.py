"""What must hold of how a client treats the tests of a meter."""

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Duration, Lasting
from isletbench.emulator.core.quantities import Instant, clock
from isletbench.emulator.journal.beliefs import BloodTest, Kind
from isletbench.emulator.journal.conversation import Believed, Conversation
from isletbench.emulator.journal.entries import LedgerEntry
from isletbench.emulator.meter.events import BloodTested, ControlTested
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding, misdated
from isletbench.protocols import gls
from isletbench.protocols.errors import WireError

MG_DL = 1.0
"""By so much a value may differ: clients count 18 to 18.02 mg/dL in 1 mmol/L."""
Tested = LedgerEntry[BloodTested]


class BelievesTests(Check):
    """Store each test of blood that a meter has made once, with what it showed and when; no control solution, no failed test
    (BGM-01 to BGM-09)."""

    exercises: ClassVar = ("I6",)
    needs: ClassVar[Kind | None] = "blood_test"
    within: Lasting = 90_000
    """Of the time of the test: an offset has a resolution of a minute."""
    undated: int = Field(default=0, ge=0, le=1_000)
    """How many may be left without a date: a clock that was lost may leave none."""
    complete: bool = True
    """Whether every test has to be stored at the end."""
    grace: Duration = 600_000
    """Tests of the last ``grace`` may be on their way."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        made = list(conversation.events(BloodTested, self.device))
        controls = {entry.event.sequence for entry in conversation.events(ControlTested, self.device)}
        stored: set[Instant] = set()
        left = self.undated
        for one in conversation.beliefs_of(BloodTest):
            test = _meant(one, made, stored)
            if test is None:
                yield Finding(one.at, one.line, f"{_name(one)} {_is_none(one, controls)}, and is stored as one of blood")
                continue
            if test.at in stored:
                yield Finding(one.at, one.line, f"{_name(one)} of {clock(test.at)} is stored a second time")
            stored.add(test.at)
            yield from self._valued(one, test)
            if one.belief.age is None:
                left -= 1
                if left < 0:
                    yield Finding(one.at, one.line, f"{_name(one)} is stored without a date", Excuse(test.at, one.at))
            elif abs(_dated(one) - test.at) > self.within:
                words = f"{_name(one)} was made {clock(test.at)}, and is dated {_date(_dated(one))}"
                yield Finding(one.at, one.line, words, misdated(test.at, _dated(one), one.at, self.within))
        if self.complete:
            yield from self._absent(made, stored, conversation)

    @staticmethod
    def _valued(one: Believed[BloodTest], test: Tested) -> Iterator[Finding]:
        """What is wrong with the value that is stored of a test."""
        shown = test.event.beyond or f"{test.event.mg_dl:g} mg/dL"
        there = one.belief.beyond or ("no number" if one.belief.mg_dl is None else f"{one.belief.mg_dl:g} mg/dL")
        if test.event.beyond is not None or one.belief.beyond is not None:
            is_right = test.event.beyond == one.belief.beyond
        else:
            assert test.event.mg_dl is not None, "a failed test is none of blood"
            is_right = one.belief.mg_dl is not None and abs(one.belief.mg_dl - test.event.mg_dl) <= MG_DL
        if not is_right:
            yield Finding(one.at, one.line, f"{_name(one)} has shown {shown}, and is stored as {there}")

    def _absent(self, made: list[Tested], stored: set[Instant], conversation: Conversation) -> Iterator[Finding]:
        absent = [
            test
            for test in made
            if test.event.failed is None and test.at not in stored and test.at <= conversation.ended - self.grace
        ]
        if absent:
            words = f"{len(absent)} of {len(made)} tests are never stored, the first of {clock(absent[0].at)}"
            yield Finding(conversation.ended, 0, words, Excuse(absent[0].at, conversation.ended))

    def unjudged(self, conversation: Conversation) -> str:
        """Nothing was tested."""
        return "" if any(conversation.events(BloodTested, self.device)) else "no blood was tested"


def _meant(one: Believed[BloodTest], made: list[Tested], stored: set[Instant]) -> Tested | None:
    """The test that a belief is about: of those with its number and a result the nearest in time, without a date the first that
    is not stored yet."""
    known = [
        test for test in made if test.event.sequence == one.belief.sequence and test.event.failed is None and test.at <= one.at
    ]
    if not known:
        return None
    if one.belief.age is None:
        return next((test for test in known if test.at not in stored), known[-1])
    return min(known, key=lambda test: abs(test.at - _dated(one)))


def _dated(one: Believed[BloodTest]) -> Instant:
    assert one.belief.age is not None
    return one.at - round(one.belief.age * 1_000)


def _date(at: Instant) -> str:
    """An instant that may be before the run began, in words."""
    return clock(at) if at >= 0 else f"{clock(-at)} before the run began"


def _name(one: Believed[BloodTest]) -> str:
    return f"the test with number {one.belief.sequence}"


def _is_none(one: Believed[BloodTest], controls: set[int]) -> str:
    return "is of control solution" if one.belief.sequence in controls else "has failed, or was never made"


class TransfersOnce(Check):
    """Do not ask a meter again and again for what is known: each test reaches the client at most so often (BGM-04)."""

    times: int = Field(default=3, ge=1, le=10_000)

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        seen: Counter[tuple[str, gls.Measurement]] = Counter()
        for message in conversation.notifications:
            if not message.arrived or message.type != "gls.Measurement" or self.device not in {None, message.device}:
                continue
            try:
                test = gls.MEASUREMENT.decode(message.octets, protected=False)
            except WireError:
                continue
            seen[message.device, test] += 1
            if seen[message.device, test] > self.times:
                words = f"the test with number {test.sequence} is transferred {seen[message.device, test]} times"
                yield Finding(message.at, message.line, words)
                return

    def unjudged(self, conversation: Conversation) -> str:
        """No test was transferred."""
        there = any(message.type == "gls.Measurement" for message in conversation.notifications)
        return "" if there else "no test was transferred"
