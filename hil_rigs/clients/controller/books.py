"""The books of a pump: every dose once, with what is known of it, and nothing booked that was not delivered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hil_rigs.clients.controller.habits import Habits
from hil_rigs.clients.controller.living import Tell
from protocols import ids


@dataclass(slots=True)
class Dose:
    """A bolus."""

    id: str
    requested: float | None
    """U; None: somebody else's, and not yet known."""
    began: float | None
    """s, by the loop's clock."""
    bolus_id: int | None = None
    units: float = 0.0
    certain: bool = False
    is_over: bool = False


class Books:
    """Doses and basal insulin, told as they change."""

    def __init__(self, tell: Tell, habits: Habits, now: Callable[[], float]) -> None:
        self._tell_belief, self._habits, self._now = tell, habits, now
        self.doses: list[Dose] = []
        self.next_record = 0
        """The first number of the pump's history that has not been read."""

    # Doses

    def order(self, units: float) -> Dose:
        """A bolus is about to be asked for: from here on it may have been delivered."""
        dose = Dose(f"ordered-{len(self.doses) + 1}", units, self._now())
        self.doses.append(dose)
        self.told(dose)
        return dose

    @property
    def open_question(self) -> Dose | None:
        """A dose of which nobody knows what has become."""
        return next((dose for dose in self.doses if not dose.certain and dose.bolus_id is None), None)

    def known(self, bolus_id: int) -> bool:
        """Whether a bolus of the pump's is on the books."""
        return any(dose.bolus_id == bolus_id for dose in self.doses)

    @property
    def is_open(self) -> bool:
        """Whether anything may still be delivered of any bolus, as far as the books go."""
        return any(not dose.is_over for dose in self.doses)

    def running(self, dose: Dose, bolus_id: int) -> None:
        """It has begun, under this number."""
        dose.bolus_id, dose.certain = bolus_id, True
        self.told(dose)

    def never(self, dose: Dose) -> None:
        """It was not delivered, and will not be."""
        dose.units, dose.certain, dose.is_over = 0.0, True, True
        self.told(dose)

    def of(self, bolus_id: int, requested: float | None = None) -> Dose:
        """The dose with the pump's number: the one that nobody knew about, or somebody else's."""
        known = [dose for dose in self.doses if dose.bolus_id == bolus_id]
        if known and self._habits.books_each_dose_once:
            return known[0]
        question = self.open_question
        if question is not None and requested in (None, question.requested) and self._habits.books_each_dose_once:
            self.running(question, bolus_id)
            return question
        imported = f"imported-{bolus_id}"
        found = next((dose for dose in self.doses if dose.id == imported), None)
        if found is None:
            found = Dose(imported, requested, None, bolus_id, 0.0, certain=True)
            self.doses.append(found)
        return found

    def delivered(self, dose: Dose, units: float, *, is_over: bool) -> None:
        """So much of it has been delivered; perhaps that was all."""
        if dose.is_over and not is_over:
            return
        dose.certain, dose.is_over = True, is_over
        dose.units = units if self._habits.books_what_was_delivered or dose.requested is None else dose.requested
        self.told(dose)

    def told(self, dose: Dose) -> None:
        """Tell what is on the books."""
        belief: dict[str, Any] = {"belief": "dose", "id": dose.id, "units": round(dose.units, 6), "certain": dose.certain}
        if dose.requested is not None:
            belief["requested"] = dose.requested
        if dose.bolus_id is not None:
            belief["bolus_id"] = dose.bolus_id
        if dose.began is not None:
            belief["age"] = round(self._now() - dose.began, 3)
        self._tell_belief(belief)

    # The pump's history

    def read(self, record: ids.HistoryRecord) -> None:
        """Book what a record tells."""
        match record.event:
            case ids.BolusProgrammed1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                self.of(bolus, _number(fast) + _number(extended))
            case ids.BolusDelivered1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                self.delivered(self.of(bolus), _number(fast) + _number(extended), is_over=True)
            case _:
                pass
        if record.sequence_number != ids.CORRUPTED:
            self.next_record = max(self.next_record, record.sequence_number + 1)

    def basal(self, units: float) -> None:
        """All basal insulin since the books began."""
        self._tell_belief({"belief": "basal", "units": round(units, 6)})


def _number(amount: Any) -> float:
    """What is no number is nothing."""
    return float(amount) if isinstance(amount, float) else 0.0
