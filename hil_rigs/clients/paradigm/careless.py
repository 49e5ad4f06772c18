"""Careless clients of a Paradigm pump: each has one flaw, and is careful otherwise."""

from datetime import datetime
from typing import Any

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.client import Client, Dose, Wanted
from isletbench.hil_rigs.clients.paradigm.clock import PumpClock
from isletbench.protocols.medtronic import answers


class SendsAgain(Client):
    """It takes silence for a bolus that never arrived, and sends it again."""

    def unanswered(self, dose: Dose) -> None:
        """Want it once more."""
        dose.is_over, dose.certain = True, True
        self.tell(dose)
        self._wanted.insert(0, Wanted(now(), "bolus", dose.requested))


class BooksWhatWasAskedFor(Client):
    """It takes silence for a bolus that is being delivered, all of it."""

    def unanswered(self, dose: Dose) -> None:
        """Book it."""
        dose.units, dose.certain, dose.is_over = dose.requested, True, True
        self.tell(dose)


class ResumesByItself(Client):
    """It takes a suspended pump for a fault, and sets it running for the bolus that is due."""

    async def _bolus_is_due(self, one: Wanted, status: answers.Status) -> None:
        if status.suspended:
            await self._therapy(Wanted(now(), "run"), suspend=False)
        await super()._bolus_is_due(one, answers.Status(bolusing=status.bolusing))


class SilentToItsUser(Client):
    """It tells its user nothing."""

    def alert(self, about: str, *, on: bool = True) -> None:
        """Keep it."""


class SetsTheClock(Client):
    """It sets a clock that is wrong without being asked to."""

    async def _watch_clock(self) -> None:
        await super()._watch_clock()
        if self.clock.is_wrong:
            await self.clock.set_right()


class BelievesOneReading(Client):
    """It takes one odd reading of the clock for the truth."""

    async def turn(self) -> None:
        """Have the clock read once."""
        self.clock = OnceRead(self.pump) if type(self.clock) is not OnceRead else self.clock
        await super().turn()


class OnceRead(PumpClock):
    """A clock that is never read twice."""

    async def _read_again(self, odd: datetime) -> datetime:
        return odd


class KnowsItsOwnOnly(Client):
    """It books no bolus that somebody else has given."""

    def book_other(self, record: Any, age: float) -> None:
        """Leave it out."""


class BooksTheProgrammed(Client):
    """It books what a bolus was to be, not what was delivered of it."""

    def delivered(self, record: Any) -> float:
        """All of it."""
        return float(record.programmed / self.pump.generation.strokes)


class KnowsRecordsByTheirStamps(Client):
    """It takes a record with a stamp that it has seen for one that it has read."""

    async def new_records(self) -> list[Any]:
        """Those whose stamps are new."""
        found = await super().new_records()
        new = [one for one in found if getattr(one, "at", None) not in self._stamps]
        self._stamps |= {one.at for one in found if hasattr(one, "at")}
        return new

    _stamps: frozenset[datetime] = frozenset()


class GivesUpForGood(Client):
    """It never tries again when the pump did not answer."""

    _has_given_up = False

    async def turn(self) -> None:
        """Do nothing any more after a turn without an answer."""
        if self._has_given_up:
            return
        try:
            await super().turn()
        except OSError:
            self._has_given_up = True
            raise


class TrustsTheAcknowledgement(Client):
    """It takes what the pump has acknowledged for what has happened, and never looks."""

    async def _therapy(self, one: Wanted, *, suspend: bool) -> None:
        self._settled(one)
        self.alert("suspended", on=suspend)


CARELESS = (
    SendsAgain,
    BooksWhatWasAskedFor,
    ResumesByItself,
    TrustsTheAcknowledgement,
    SilentToItsUser,
    SetsTheClock,
    BelievesOneReading,
    KnowsItsOwnOnly,
    BooksTheProgrammed,
    KnowsRecordsByTheirStamps,
    GivesUpForGood,
)
"""All of them."""
