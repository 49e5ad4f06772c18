"""Careless clients of a Paradigm pump: each has one flaw, and is careful otherwise."""

from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.client import Client, Dose, Wanted
from isletbench.protocols.medtronic import answers


class SendsAgain(Client):
    """It takes silence for a bolus that never arrived, and sends it again at once."""

    async def resolve(self) -> None:
        """Ask for nothing."""
        for dose in [dose for dose in self.doses if not dose.is_over]:
            dose.certain = dose.is_over = True
            self.tell(dose)

    def unanswered(self, dose: Dose) -> None:
        """Want it once more."""
        dose.is_over, dose.certain = True, True
        self.tell(dose)
        self._wanted.insert(0, Wanted(now(), "bolus", dose.requested))


class BooksWhatWasAskedFor(Client):
    """It takes silence for a bolus that is being delivered, all of it."""

    async def resolve(self) -> None:
        """Ask for nothing."""
        for dose in [dose for dose in self.doses if not dose.is_over]:
            dose.units, dose.certain, dose.is_over = dose.requested, True, True
            self.tell(dose)

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


class TrustsTheAcknowledgement(Client):
    """It takes what the pump has acknowledged for what has happened, and never looks."""

    async def _therapy(self, one: Wanted, *, suspend: bool) -> None:
        self._settled(one)
        self.alert("suspended", on=suspend)


CARELESS = (SendsAgain, BooksWhatWasAskedFor, ResumesByItself, TrustsTheAcknowledgement)
"""All of them."""
