"""What must hold of what a client believes. Judged where it tells (``isletbench.emulator.journal.beliefs``), else left open."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.models import Duration, Lasting, Units
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant, Span, clock
from isletbench.emulator.journal.beliefs import About, Alert, Basal, Dose, Kind, Mode, Modes, Reading
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import LedgerEntry
from isletbench.emulator.pump.events import BolusProgrammed
from isletbench.emulator.scenarios.checks.declared import Check, Excuse, Finding, misdated
from isletbench.emulator.scenarios.checks.queries import SLACK, after_the_end, bolus_pulses, first_fault_at, pulses

ON_THE_WAY = 900_000
MISLEADS: Span = 300_000
"""A machine that was late for a share of so long, ms, may have made a client believe that a device is gone, or the like."""


class BelievesDoses(Check):
    """Have every bolus on the books once, with what was really delivered of it (invariants I1 and I2).

    At the end each of the pump's boluses is known with at most ``within`` of difference, and there is none besides. One that is
    reported as uncertain counts when the truth lies between its ``units`` and what was asked for, if ``uncertain`` allows it.
    """

    exercises: ClassVar = ("I1", "I2")
    needs: ClassVar[Kind | None] = "dose"
    within: Units = Decimal("0.05")
    uncertain: bool = False

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        delivered = _delivered(conversation, self.device)
        doses = {one.belief.id: (one.line, one.belief) for one in conversation.beliefs_of(Dose)}
        booked: dict[int, list[str]] = {}
        unnamed: list[tuple[int, Dose]] = []
        for line, dose in doses.values():
            if dose.bolus_id is None:
                unnamed.append((line, dose))
            else:
                booked.setdefault(dose.bolus_id, []).append(dose.id)
                yield from self._compared(conversation.ended, line, dose, delivered.get(dose.bolus_id, Decimal(0)))
        for bolus, ids in booked.items():
            if len(ids) > 1:
                yield Finding(conversation.ended, doses[ids[1]][0], f"bolus {bolus} is on the books {len(ids)} times: {ids}")
        for line, dose in unnamed:
            if not dose.certain and not self.uncertain:
                words = f"the client never finds out what has become of {dose.id}"
                yield Finding(conversation.ended, line, words, Excuse(None, conversation.ended))
        rest = sum((units for bolus, units in delivered.items() if bolus not in booked), Decimal(0))
        certain = sum((dose.units for _, dose in unnamed if dose.certain), Decimal(0))
        most = sum((dose.requested or dose.units for _, dose in unnamed if not dose.certain and self.uncertain), Decimal(0))
        if not certain - self.within <= rest <= certain + most + self.within:
            words = f"{rest} U were delivered in boluses that the client cannot tell apart, and it has {certain} U on its books"
            excuse = None if unnamed else Excuse(None, conversation.ended)
            yield Finding(conversation.ended, unnamed[-1][0] if unnamed else 0, words, excuse, is_open=rest > certain)

    def _compared(self, at: Instant, line: int, dose: Dose, units: Decimal) -> Iterator[Finding]:
        if dose.certain and abs(dose.units - units) > self.within:
            words = f"bolus {dose.bolus_id}: {units} U were delivered, and the client has {dose.units} U on its books"
            yield Finding(at, line, words, is_open=units > dose.units)
        elif not dose.certain and not self.uncertain:
            words = f"bolus {dose.bolus_id}: {units} U were delivered, and the client never finds out"
            yield Finding(at, line, words, Excuse(None, at))
        elif not dose.certain and units < dose.units - self.within:
            yield Finding(
                at, line, f"bolus {dose.bolus_id}: {units} U were delivered, and the client counts {dose.units} U or more"
            )
        elif not dose.certain and units > (dose.requested or units):
            yield Finding(at, line, f"bolus {dose.bolus_id}: {units} U were delivered, more than {dose.requested} U asked for")


class PossibleDoses(Check):
    """Never believe in a dose that is negative, larger than it was asked for, or dated in the future (invariant I4)."""

    exercises: ClassVar = ("I4",)
    needs: ClassVar[Kind | None] = "dose"

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for one in conversation.reported(Dose):
            dose = one.belief
            if dose.units < 0:
                yield Finding(one.at, one.line, f"dose {dose.id} has {dose.units} U: less than nothing")
            if dose.requested is not None and dose.units > dose.requested:
                yield Finding(
                    one.at, one.line, f"dose {dose.id} has {dose.units} U: more than the {dose.requested} U asked for"
                )
            if dose.age is not None and dose.age < -1:
                yield Finding(one.at, one.line, f"dose {dose.id} begins {-dose.age:g} s in the future")


class CountsPulses(Check):
    """At no time count more of a bolus as delivered than has been: what is asked for is not in the body yet (DLV-30).

    That goes for an uncertain dose as well: its ``units`` are what it counts for until more is known.
    """

    exercises: ClassVar = ("I2",)
    needs: ClassVar[Kind | None] = "dose"
    within: Units = Decimal("0.05")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        flow = list(bolus_pulses(conversation, self.device))
        numbers: dict[str, int | None] = {}
        for one in conversation.reported(Dose):
            dose = one.belief
            numbers[dose.id] = dose.bolus_id
            known = {number for id_, number in numbers.items() if id_ != dose.id}
            mine = {dose.bolus_id} if dose.bolus_id is not None else {bolus for _, bolus, _ in flow} - known
            flowed = Decimal(sum(uu for at, bolus, uu in flow if bolus in mine and at <= one.at)) / UU_PER_UNIT
            if dose.units > flowed + self.within:
                name = f"dose {dose.id}" if dose.bolus_id is None else f"bolus {dose.bolus_id}"
                yield Finding(
                    one.at, one.line, f"{name}: {flowed} U have been delivered by then, and the client counts {dose.units} U"
                )
                return


class DatesDoses(Check):
    """Date every bolus when the pump began it, whatever the pump's calendar says meanwhile (CLK-01 to CLK-06, HIS-02, HIS-07).

    What cannot be dated is better left without a date than given a wrong one (HIS-10). A client that dates no dose at all is
    not judged: its clock may not run at the bench's pace.
    """

    exercises: ClassVar = ("I4",)
    needs: ClassVar[Kind | None] = "dose"
    within: Lasting = 90_000
    undated: int = Field(default=0, ge=0, le=1_000)
    """How many may be left without a date."""

    def is_told(self, conversation: Conversation) -> bool:
        """Whether a client dates its doses."""
        doses = [one.belief for one in conversation.reported(Dose)]
        return super().is_told(conversation) and (not doses or any(dose.age is not None for dose in doses))

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        began: dict[int, list[Instant]] = {}
        for entry in conversation.events(BolusProgrammed, self.device):
            began.setdefault(entry.event.bolus_id, []).append(entry.at)
        left = self.undated
        for one in {one.belief.id: one for one in conversation.reported(Dose)}.values():
            dose = one.belief
            if dose.bolus_id is None or dose.bolus_id not in began:
                continue
            if dose.age is None:
                left -= 1
                if left < 0:
                    words = f"bolus {dose.bolus_id} is on the books without a date"
                    yield Finding(one.at, one.line, words, Excuse(min(began[dose.bolus_id]), one.at))
                continue
            dated = one.at - round(dose.age * 1_000)
            true = min(began[dose.bolus_id], key=lambda at: abs(at - dated))
            if abs(true - dated) > self.within:
                words = f"bolus {dose.bolus_id} began {clock(true)}, and is on the books as of {clock(dated)}"
                yield Finding(one.at, one.line, words, misdated(true, dated, one.at, self.within))


class BelievesReadings(Check):
    """Store each measured reading at most once, with its value and with the time of its measurement (invariant I6)."""

    exercises: ClassVar = ("I6",)
    needs: ClassVar[Kind | None] = "reading"
    within: Lasting = 90_000
    """Of the time of measurement: a time offset has a resolution of a minute."""
    complete: bool = False
    """Whether every reading has to be stored at the end; those of the last quarter of an hour may be on their way."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        stored: set[Instant] = set()
        samples: dict[int, list[LedgerEntry[Sample]]] = {}
        for entry in conversation.events(Sample, self.device):
            samples.setdefault(entry.event.time_offset, []).append(entry)
        for one in conversation.beliefs_of(Reading):
            reading, measured = one.belief, one.at - int(one.belief.age * 1_000)
            name = f"the reading of time offset {reading.time_offset}"
            known = samples.get(reading.time_offset, ())
            if not known:
                yield Finding(one.at, one.line, f"{name} was never measured")
                continue
            sample = min(known, key=partial(_distance, measured))
            at, mg_dl = sample.at, sample.event.mg_dl
            if abs(at - measured) > self.within:
                words = (
                    f"the reading of time offset {reading.time_offset} is dated {clock(measured)} and was measured {clock(at)}"
                )
                yield Finding(one.at, one.line, words, misdated(at, measured, one.at, self.within))
            if reading.mg_dl != mg_dl:
                yield Finding(one.at, one.line, f"{name} is {mg_dl} mg/dL, and stored as {reading.mg_dl}")
            if at in stored:
                yield Finding(one.at, one.line, f"{name} is stored a second time")
            stored.add(at)
        if self.complete:
            yield from self._absent(samples, stored, conversation)

    @staticmethod
    def _absent(
        samples: dict[int, list[LedgerEntry[Sample]]], stored: set[Instant], conversation: Conversation
    ) -> Iterator[Finding]:
        first = min((c.began for c in conversation.connections), default=0)
        times = sorted(entry.at for taken in samples.values() for entry in taken)
        absent = [at for at in times if first <= at <= conversation.ended - ON_THE_WAY and at not in stored]
        if absent:
            words = f"{len(absent)} of {len(times)} readings are never stored, the first of {clock(absent[0])}"
            yield Finding(conversation.ended, 0, words, Excuse(absent[0], conversation.ended))


class BelievesBasal(Check):
    """Know at the end how much basal insulin was delivered: none while the pump was stopped, more or less in a temp basal."""

    exercises: ClassVar = ("I2",)
    needs: ClassVar[Kind | None] = "basal"
    within: Units = Decimal("0.1")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        told = list(conversation.reported(Basal))
        if not told:
            words = "the client never tells how much basal insulin was delivered"
            yield Finding(conversation.ended, 0, words, Excuse(0, conversation.ended))
            return
        last = told[-1]
        flow = (entry for entry in pulses(conversation, "basal", self.device) if entry.at <= last.at)
        delivered = Decimal(sum(entry.event.uu for entry in flow)) / UU_PER_UNIT
        if abs(last.belief.units - delivered) > self.within:
            words = f"{delivered} U of basal insulin were delivered, and the client has {last.belief.units} U on its books"
            yield Finding(last.at, last.line, words)


class TellsUser(Check):
    """Tell the user that something is wrong, in time for them to do something about it."""

    exercises: ClassVar = ("I7",)
    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    """Any of these will do."""
    after: Duration | None = None
    """Not before this instant; the first thing that goes wrong when left out."""
    within: Lasting = 900_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        since = self._since(conversation)
        if since + self.within <= conversation.ended and not self._is_told(conversation):
            words = f"nobody is told about {' or '.join(self.about)} between {clock(since)} and {clock(since + self.within)}"
            yield Finding(since + self.within, 0, words, Excuse(since, since + self.within))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return "" if self._is_told(conversation) else after_the_end(conversation, self._since(conversation) + self.within)

    def _since(self, conversation: Conversation) -> Instant:
        return first_fault_at(conversation) if self.after is None else self.after

    def _is_told(self, conversation: Conversation) -> bool:
        since = self._since(conversation)
        told = [one.at for one in conversation.reported(Alert) if one.belief.active and one.belief.about in self.about]
        earliest = since if self.after is None else since - SLACK
        return any(earliest <= at <= since + self.within for at in told)


class StaysQuiet(Check):
    """Do not tell the user of what is not there: false alerts teach people to look away."""

    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    times: int = Field(default=0, ge=0, le=1_000)
    """How often it may be told."""
    after: Duration = 0
    """From this instant on."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        alerts = [one for one in conversation.reported(Alert) if one.at >= self.after and one.belief.about in self.about]
        told = [one for one in alerts if one.belief.active]
        for one in told[self.times :]:
            words = "without a reason" if not self.times else f"more often than {self.times} times"
            excuse = Excuse(one.at - MISLEADS, one.at)
            yield Finding(one.at, one.line, f"the user is told about {one.belief.about} {words}", excuse)

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.after)


class CallsOff(Check):
    """Stop telling the user of what is over: at an instant, nothing of this is told of any more (CGM-11)."""

    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    at: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        at = conversation.ended if self.at is None else self.at
        for about in self.about:
            told = [one for one in conversation.reported(Alert) if one.belief.about == about and one.at <= at]
            if told and told[-1].belief.active:
                since = clock(told[-1].at)
                words = f"the user is still told about {about} at {clock(at)}, as they are since {since}"
                yield Finding(at, told[-1].line, words, Excuse(None, at))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.at or 0)


class Settles(Check):
    """Be in one of these modes at an instant, and say so: running, or safely out of it (invariant I7)."""

    exercises: ClassVar = ("I7",)
    needs: ClassVar[Kind | None] = "mode"
    modes: tuple[Mode, ...] = Field(min_length=1)
    at: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        at = conversation.ended if self.at is None else self.at
        if at > conversation.ended:
            return
        told = [one for one in conversation.reported(Modes) if one.at <= at]
        if not told or told[-1].belief.mode not in self.modes:
            mode = told[-1].belief.mode if told else "nothing at all"
            line = told[-1].line if told else 0
            words = f"at {clock(at)} the client is in {mode}: expected {' or '.join(self.modes)}"
            yield Finding(at, line, words, Excuse(None, at))

    def unjudged(self, conversation: Conversation) -> str:
        """The run ended before."""
        return after_the_end(conversation, self.at or 0)


def _delivered(conversation: Conversation, device: str | None) -> dict[int, Decimal]:
    """What was delivered of every bolus, U, by the pump's id."""
    found: dict[int, Decimal] = {}
    for _, bolus, uu in bolus_pulses(conversation, device):
        found[bolus] = found.get(bolus, Decimal(0)) + Decimal(uu) / UU_PER_UNIT
    return found


def _distance(measured: Instant, sample: LedgerEntry[Sample]) -> Span:
    return abs(sample.at - measured)
