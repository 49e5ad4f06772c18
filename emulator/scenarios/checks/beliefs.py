"""What must hold of what a client believes. Judged where it tells (``isletbench.emulator.journal.beliefs``), else left open."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from isletbench.emulator.core.models import Duration, Units
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant
from isletbench.emulator.journal.beliefs import About, Alert, Basal, Dose, Kind, Mode, Modes, Reading
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.scenarios.checks.declared import Check, Finding, bolus_pulses, clock, onset

ON_THE_WAY = 900_000


class BelievesDoses(Check):
    """Have every bolus on the books once, with what was really delivered of it (invariants I1 and I2).

    At the end each of the pump's boluses is known with at most ``within`` of difference, and there is none besides. A dose that
    is told as uncertain counts when the truth lies between nothing and what was asked for, if ``uncertain`` allows it.
    """

    check: Literal["believes_doses"] = "believes_doses"
    exercises: ClassVar = ("I1", "I2")
    needs: ClassVar[Kind | None] = "dose"
    within: Units = Decimal("0.05")
    uncertain: bool = False

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        delivered = _delivered(conversation, self.device)
        doses = {one.belief.id: (one.line, one.belief) for one in conversation.booked(Dose)}
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
                yield Finding(conversation.ended, line, f"the client never finds out what has become of {dose.id}")
        rest = sum((units for bolus, units in delivered.items() if bolus not in booked), Decimal(0))
        certain = sum((dose.units for _, dose in unnamed if dose.certain), Decimal(0))
        most = sum((dose.requested or dose.units for _, dose in unnamed if not dose.certain and self.uncertain), Decimal(0))
        if not certain - self.within <= rest <= certain + most + self.within:
            words = f"{rest} U were delivered in boluses that the client cannot tell apart, and it has {certain} U on its books"
            yield Finding(conversation.ended, unnamed[-1][0] if unnamed else 0, words)

    def _compared(self, at: Instant, line: int, dose: Dose, units: Decimal) -> Iterator[Finding]:
        if dose.certain and abs(dose.units - units) > self.within:
            yield Finding(
                at, line, f"bolus {dose.bolus_id}: {units} U were delivered, and the client has {dose.units} U on its books"
            )
        elif not dose.certain and not self.uncertain:
            yield Finding(at, line, f"bolus {dose.bolus_id}: {units} U were delivered, and the client never finds out")
        elif not dose.certain and not 0 <= units <= (dose.requested or units):
            yield Finding(at, line, f"bolus {dose.bolus_id}: {units} U were delivered, more than {dose.requested} U asked for")


class PossibleDoses(Check):
    """Never believe in a dose that is negative, larger than it was asked for, or dated in the future (invariant I4)."""

    check: Literal["possible_doses"] = "possible_doses"
    exercises: ClassVar = ("I4",)
    needs: ClassVar[Kind | None] = "dose"

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for one in conversation.believed(Dose):
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
    """At no time count more of a bolus as delivered than has been: what is asked for is not in the body yet (DLV-30)."""

    check: Literal["counts_pulses"] = "counts_pulses"
    exercises: ClassVar = ("I2",)
    needs: ClassVar[Kind | None] = "dose"
    within: Units = Decimal("0.05")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        pulses = [(entry["t"], entry["bolus_id"], entry["uu"]) for entry in bolus_pulses(conversation, self.device)]
        for one in conversation.believed(Dose):
            dose = one.belief
            if dose.bolus_id is None or not dose.certain:
                continue
            flowed = Decimal(sum(uu for at, bolus, uu in pulses if bolus == dose.bolus_id and at <= one.at)) / UU_PER_UNIT
            if dose.units > flowed + self.within:
                words = f"bolus {dose.bolus_id}: {flowed} U have been delivered by then, and the client counts {dose.units} U"
                yield Finding(one.at, one.line, words)
                return


class DatesDoses(Check):
    """Date every bolus when the pump began it, whatever the pump's calendar says meanwhile (CLK-01 to CLK-06, HIS-02, HIS-07).

    What cannot be dated is better left without a date than given a wrong one (HIS-10).
    """

    check: Literal["dates_doses"] = "dates_doses"
    exercises: ClassVar = ("I4",)
    needs: ClassVar[Kind | None] = "dose"
    within: Duration = 90_000
    undated: int = Field(default=0, ge=0, le=1_000)
    """How many may be left without a date."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        began: dict[int, list[Instant]] = {}
        for entry in conversation.ledger:
            if entry["ledger"] == "bolus_programmed" and self.device in {None, entry["device"]}:
                began.setdefault(entry["bolus_id"], []).append(entry["t"])
        left = self.undated
        for one in {one.belief.id: one for one in conversation.believed(Dose)}.values():
            dose = one.belief
            if dose.bolus_id is None or dose.bolus_id not in began:
                continue
            if dose.age is None:
                left -= 1
                if left < 0:
                    yield Finding(one.at, one.line, f"bolus {dose.bolus_id} is on the books without a date")
                continue
            dated = one.at - round(dose.age * 1_000)
            true = min(began[dose.bolus_id], key=lambda at: abs(at - dated))
            if abs(true - dated) > self.within:
                words = f"bolus {dose.bolus_id} began {clock(true)}, and is on the books as of {clock(dated)}"
                yield Finding(one.at, one.line, words)


class BelievesReadings(Check):
    """Store each measured reading at most once, with its value and with the time of its measurement (invariant I6)."""

    check: Literal["believes_readings"] = "believes_readings"
    exercises: ClassVar = ("I6",)
    needs: ClassVar[Kind | None] = "reading"
    within: Duration = 90_000
    """Of the time of measurement: a time offset has a resolution of a minute."""
    complete: bool = False
    """Whether every reading has to be stored at the end; those of the last quarter of an hour may be on their way."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        stored: set[Instant] = set()
        samples: dict[int, list[dict[str, Any]]] = {}
        for entry in conversation.ledger:
            if entry["ledger"] == "sample" and self.device in {None, entry["device"]}:
                samples.setdefault(entry["time_offset"], []).append(entry)
        for one in conversation.booked(Reading):
            reading, measured = one.belief, one.at - int(one.belief.age * 1_000)
            name = f"the reading of time offset {reading.time_offset}"
            known = [(entry, at) for entry in samples.get(reading.time_offset, ()) if isinstance(at := entry["t"], int)]
            if not known:
                yield Finding(one.at, one.line, f"{name} was never measured")
                continue
            sample, at = min(known, key=lambda entry: abs(entry[1] - measured))
            if abs(at - measured) > self.within:
                words = (
                    f"the reading of time offset {reading.time_offset} is dated {clock(measured)} and was measured {clock(at)}"
                )
                yield Finding(one.at, one.line, words)
            if reading.mg_dl != sample["mg_dl"]:
                yield Finding(one.at, one.line, f"{name} is {sample['mg_dl']} mg/dL, and stored as {reading.mg_dl}")
            if at in stored:
                yield Finding(one.at, one.line, f"{name} is stored a second time")
            stored.add(at)
        if self.complete:
            yield from self._absent(samples, stored, conversation)

    @staticmethod
    def _absent(
        samples: dict[int, list[dict[str, Any]]], stored: set[Instant], conversation: Conversation
    ) -> Iterator[Finding]:
        first = min((c.began for c in conversation.connections), default=0)
        times = sorted(entry["t"] for taken in samples.values() for entry in taken)
        absent = [at for at in times if first <= at <= conversation.ended - ON_THE_WAY and at not in stored]
        if absent:
            words = f"{len(absent)} of {len(times)} readings are never stored, the first of {clock(absent[0])}"
            yield Finding(conversation.ended, 0, words)


class BelievesBasal(Check):
    """Know at the end how much basal insulin was delivered: none while the pump was stopped, more or less in a temp basal."""

    check: Literal["believes_basal"] = "believes_basal"
    exercises: ClassVar = ("I2",)
    needs: ClassVar[Kind | None] = "basal"
    within: Units = Decimal("0.1")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        told = list(conversation.believed(Basal))
        if not told:
            yield Finding(conversation.ended, 0, "the client never tells how much basal insulin was delivered")
            return
        last = told[-1]
        pulses = [e for e in conversation.ledger if e["ledger"] == "pulse" and e["cause"] == "basal" and e["t"] <= last.at]
        delivered = Decimal(sum(e["uu"] for e in pulses if self.device in {None, e["device"]})) / UU_PER_UNIT
        if abs(last.belief.units - delivered) > self.within:
            words = f"{delivered} U of basal insulin were delivered, and the client has {last.belief.units} U on its books"
            yield Finding(last.at, last.line, words)


class TellsUser(Check):
    """Tell the user that something is wrong, in time for them to do something about it."""

    check: Literal["tells_user"] = "tells_user"
    exercises: ClassVar = ("I7",)
    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    """Any of these will do."""
    after: Duration | None = None
    """Not before this instant; the first thing that goes wrong when left out."""
    within: Duration = 900_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        since = onset(conversation) if self.after is None else self.after
        told = [one.at for one in conversation.believed(Alert) if one.belief.active and one.belief.about in self.about]
        if not any(since <= at <= since + self.within for at in told):
            words = f"nobody is told about {' or '.join(self.about)} between {clock(since)} and {clock(since + self.within)}"
            yield Finding(min(since + self.within, conversation.ended), 0, words)


class StaysQuiet(Check):
    """Do not tell the user of what is not there: false alerts teach people to look away."""

    check: Literal["stays_quiet"] = "stays_quiet"
    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    times: int = Field(default=0, ge=0, le=1_000)
    """How often it may be told."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        told = [one for one in conversation.believed(Alert) if one.belief.active and one.belief.about in self.about]
        for one in told[self.times :]:
            words = "without a reason" if not self.times else f"more often than {self.times} times"
            yield Finding(one.at, one.line, f"the user is told about {one.belief.about} {words}")


class CallsOff(Check):
    """Stop telling the user of what is over: at an instant, nothing of this is told of any more (CGM-11)."""

    check: Literal["calls_off"] = "calls_off"
    needs: ClassVar[Kind | None] = "alert"
    about: tuple[About, ...] = Field(min_length=1)
    at: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        at = conversation.ended if self.at is None else self.at
        for about in self.about:
            told = [one for one in conversation.believed(Alert) if one.belief.about == about and one.at <= at]
            if told and told[-1].belief.active:
                since = clock(told[-1].at)
                yield Finding(
                    at, told[-1].line, f"the user is still told about {about} at {clock(at)}, as they are since {since}"
                )


class Settles(Check):
    """Be in one of these modes at an instant, and say so: running, or safely out of it (invariant I7)."""

    check: Literal["settles"] = "settles"
    exercises: ClassVar = ("I7",)
    needs: ClassVar[Kind | None] = "mode"
    modes: tuple[Mode, ...] = Field(min_length=1)
    at: Duration | None = None
    """The end, when left out."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        at = conversation.ended if self.at is None else self.at
        told = [one for one in conversation.believed(Modes) if one.at <= at]
        if not told or told[-1].belief.mode not in self.modes:
            mode = told[-1].belief.mode if told else "nothing at all"
            line = told[-1].line if told else 0
            yield Finding(at, line, f"at {clock(at)} the client is in {mode}: expected {' or '.join(self.modes)}")


def _delivered(conversation: Conversation, device: str | None) -> dict[int, Decimal]:
    """What was delivered of every bolus, U, by the pump's id."""
    found: dict[int, Decimal] = {}
    for entry in bolus_pulses(conversation, device):
        found[entry["bolus_id"]] = found.get(entry["bolus_id"], Decimal(0)) + Decimal(entry["uu"]) / UU_PER_UNIT
    return found
