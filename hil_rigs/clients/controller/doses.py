"""The dose log of a client: every bolus once, with what is known of it, and nothing that was not delivered."""

from dataclasses import dataclass
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import ReportBelief
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.protocols import ids

GRAIN_S = 90.0
"""A pump may know whole minutes only: the date of a bolus may be so much before the moment it was requested."""


@dataclass(slots=True)
class Dose:
    """A bolus."""

    id: str
    requested: float | None
    """U; None: somebody else's, and not yet known."""
    began: float | None
    """s, by the loop's clock."""
    bolus_id: int | None = None
    """The pump's number; None: not known yet, or it was never begun."""
    units: float = 0.0
    """What is known to have been delivered, U."""
    certain: bool = False
    is_over: bool = False
    record: int | None = None
    """The sequence number of the pump's record of its start."""
    is_elsewhere: bool = False
    """It was given by a pump that is not there any more: no number of the new one's means it."""
    before: float | None = None
    """The pump's count of bolus insulin before it was requested, U."""


class DoseLog:
    """Doses and basal insulin, reported as they change."""

    def __init__(self, report: ReportBelief) -> None:
        self._report_belief = report
        self.doses: list[Dose] = []
        self._basal, self._basal_before = 0.0, 0.0
        """Basal insulin of this pump, and of those before it, U."""

    # Doses

    def request(self, units: float, before: float | None) -> Dose:
        """Log a bolus that the pump is about to be asked for: from here on it may have been delivered. ``before``: the pump's
        count of bolus insulin, U."""
        dose = Dose(f"ordered-{len(self.doses) + 1}", units, now(), before=before)
        self.doses.append(dose)
        self._report(dose)
        return dose

    @property
    def of_this_pump(self) -> list[Dose]:
        """The doses of the pump that is there."""
        return [dose for dose in self.doses if not dose.is_elsewhere]

    def another_pump(self) -> None:
        """From here on the pump is another one: what was still open will never be known."""
        for dose in self.of_this_pump:
            if not dose.is_over:
                self.unknowable(dose)
            dose.is_elsewhere = True
        self._basal_before, self._basal = self._basal_before + self._basal, 0.0

    @property
    def open_question(self) -> Dose | None:
        """A dose that was requested, and may or may not have begun."""
        unclear = (dose for dose in self.of_this_pump if not (dose.certain or dose.is_over) and dose.bolus_id is None)
        return next(unclear, None)

    @property
    def has_uncertain(self) -> bool:
        """Whether there is a dose of which nobody knows how much it was."""
        return any(not dose.certain for dose in self.doses)

    def is_known(self, bolus_id: int) -> bool:
        """Whether a bolus of the pump's is in the log."""
        return any(dose.bolus_id == bolus_id for dose in self.of_this_pump)

    @property
    def is_open(self) -> bool:
        """Whether anything may still be delivered of any bolus, as far as the log goes."""
        return any(not dose.is_over for dose in self.doses)

    def running(self, dose: Dose, bolus_id: int) -> None:
        """It has begun, under this number of the pump's."""
        dose.bolus_id, dose.certain = bolus_id, True
        self._report(dose)

    def never_began(self, dose: Dose) -> None:
        """It was not delivered, and will not be."""
        dose.units, dose.certain, dose.is_over = 0.0, True, True
        self._report(dose)

    def given_since(self, dose: Dose) -> float:
        """What was delivered of other boluses since this one was requested, U."""
        return sum(other.units for other in self.of_this_pump[self.of_this_pump.index(dose) + 1 :])

    def counters_began_anew(self) -> None:
        """The pump's count says nothing any more of what was requested before."""
        for dose in self.of_this_pump:
            dose.before = None

    def unknowable(self, dose: Dose) -> None:
        """Nothing will ever say how much of it was delivered."""
        dose.certain, dose.is_over = False, True
        self._report(dose)

    def of(self, bolus_id: int, requested: float | None = None, when: float | None = None) -> Dose:
        """The dose with the pump's number, of ``requested`` U: a known one, else somebody else's. It began ``when`` (s), as far
        as anybody can say."""
        return self._match(bolus_id, requested, when) or self._import(bolus_id, requested)

    def _match(self, bolus_id: int, requested: float | None, when: float | None) -> Dose | None:
        """The dose in the log that a bolus of the pump's is; the open question, where it answers that."""
        known = self._known(bolus_id, requested, when)
        if known is not None:
            return known
        question = self.open_question
        if question is None or not self._answers(question, requested, when):
            return None
        self.running(question, bolus_id)
        return question

    def _import(self, bolus_id: int, requested: float | None) -> Dose:
        """A dose that the client has not requested itself."""
        again = any(dose.id == f"imported-{bolus_id}" or dose.bolus_id == bolus_id for dose in self.doses)
        imported = f"imported-{bolus_id}-{len(self.doses)}" if again else f"imported-{bolus_id}"
        found = next((dose for dose in self.of_this_pump if dose.id == imported), None)
        if found is None:
            found = Dose(imported, requested, None, bolus_id, 0.0, certain=True)
            self.doses.append(found)
        return found

    def _known(self, bolus_id: int, requested: float | None, when: float | None) -> Dose | None:
        """The dose with the pump's number: only the number is its own, amounts and times can be alike."""
        return next((dose for dose in reversed(self.of_this_pump) if dose.bolus_id == bolus_id), None)

    def _answers(self, question: Dose, requested: float | None, when: float | None) -> bool:
        """Whether a bolus of the pump's can be the one that was requested."""
        return requested in (None, question.requested) and not self._is_too_early(question, when)

    def _is_too_early(self, question: Dose, when: float | None) -> bool:
        """Whether what began then (s) had begun before the dose was requested, by more than a pump's clock is coarse."""
        return when is not None and question.began is not None and when < question.began - GRAIN_S

    def delivered(self, dose: Dose, units: float, *, is_over: bool) -> None:
        """So much of it was delivered (U); perhaps that was all."""
        if dose.is_over and not is_over:
            return
        dose.certain, dose.is_over, dose.units = True, is_over, units
        self._report(dose)

    def _report(self, dose: Dose) -> None:
        belief: dict[str, Any] = {"belief": "dose", "id": dose.id, "units": round(dose.units, 6), "certain": dose.certain}
        if dose.requested is not None:
            belief["requested"] = dose.requested
        if dose.bolus_id is not None:
            belief["bolus_id"] = dose.bolus_id
        if dose.began is not None:
            belief["age"] = round(now() - dose.began, 3)
        self._report_belief(belief)

    # The pump's history

    def read(self, record: ids.HistoryRecord, when: float | None) -> None:
        """Log what a record of the history says; it was written ``when`` (s), as far as anybody can say."""
        match record.event:
            case ids.BolusProgrammed1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                dose = self.of(bolus, units_of(fast) + units_of(extended), when)
                dose.record = record.sequence_number
                if when is not None:
                    dose.began = when
                    self._report(dose)
            case ids.BolusDelivered1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                self.delivered(self.of(bolus), units_of(fast) + units_of(extended), is_over=True)
            case _:
                pass

    def basal(self, units: float) -> None:
        """Log all basal insulin that this pump has delivered, U."""
        self._basal = units
        self._report_belief({"belief": "basal", "units": round(self._basal_before + units, 6)})


def units_of(amount: Any) -> float:
    """An amount, U; a special value counts as 0."""
    return float(amount) if isinstance(amount, float) else 0.0
