"""The books of a pump: every dose once, with what is known of it, and nothing booked that was not delivered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Tell
from isletbench.protocols import ids

GRAIN_S = 90.0
"""A pump may know whole minutes only: what it dates so much before it was asked for it may still be."""
EXACT_S, ALIKE_S = 2.0, 60.0
"""What careless clients allow for: two seconds, and a minute between what they take for the same."""


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
    record: int | None = None
    """The number of the pump's record of its start."""
    is_elsewhere: bool = False
    """It was given by a pump that is not there any more: no number of the new one's means it."""
    before: float | None = None
    """The pump's count of bolus insulin before it was asked for, U."""


class Books:
    """Doses and basal insulin, told as they change."""

    def __init__(self, tell: Tell, habits: Habits, now: Callable[[], float]) -> None:
        self._tell_belief, self._habits, self.now = tell, habits, now
        self.doses: list[Dose] = []
        self._basal, self._basal_before = 0.0, 0.0
        """Basal insulin of this pump, and of those before it, U."""

    # Doses

    def order(self, units: float, before: float | None) -> Dose:
        """A bolus is about to be asked for: from here on it may have been delivered. ``before``: the pump's count of bolus
        insulin, U."""
        dose = Dose(f"ordered-{len(self.doses) + 1}", units, self.now(), before=before)
        self.doses.append(dose)
        self.told(dose)
        return dose

    @property
    def here(self) -> list[Dose]:
        """Those of the pump that is there."""
        return [dose for dose in self.doses if not dose.is_elsewhere]

    def another_pump(self) -> None:
        """From here on the pump is another one: what was still open will never be told."""
        for dose in self.here:
            if not dose.is_over:
                self.unknowable(dose)
            dose.is_elsewhere = True
        self._basal_before, self._basal = self._basal_before + self._basal, 0.0

    @property
    def open_question(self) -> Dose | None:
        """A dose of which nobody knows what has become."""
        return next((dose for dose in self.here if not (dose.certain or dose.is_over) and dose.bolus_id is None), None)

    @property
    def doubts(self) -> bool:
        """Whether there is a dose of which nobody knows how much it was."""
        return any(not dose.certain for dose in self.doses)

    def known(self, bolus_id: int) -> bool:
        """Whether a bolus of the pump's is on the books."""
        return any(dose.bolus_id == bolus_id for dose in self.here)

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

    def given_since(self, dose: Dose) -> float:
        """What has been delivered of other boluses since this one was asked for, U."""
        return sum(other.units for other in self.here[self.here.index(dose) + 1 :])

    def counters_began_anew(self) -> None:
        """What the pump counts now says nothing of what was asked for before."""
        for dose in self.here:
            dose.before = None

    def unknowable(self, dose: Dose) -> None:
        """Nothing will ever tell how much of it was delivered."""
        dose.certain, dose.is_over = False, True
        self.told(dose)

    def of(self, bolus_id: int, requested: float | None = None, when: float | None = None) -> Dose:
        """The dose with the pump's number: the one that nobody knew about, or somebody else's. ``when``: it began, as far as
        anybody can say."""
        known = self._known(bolus_id, requested, when)
        if known is not None and self._habits.books_each_dose_once:
            return known
        question = self.open_question
        if question is not None and self._answers(question, requested, when) and self._habits.books_each_dose_once:
            self.running(question, bolus_id)
            return question
        again = any(dose.id == f"imported-{bolus_id}" or dose.bolus_id == bolus_id for dose in self.doses)
        imported = f"imported-{bolus_id}-{len(self.doses)}" if again else f"imported-{bolus_id}"
        found = next((dose for dose in self.here if dose.id == imported), None)
        if found is None:
            found = Dose(imported, requested, None, bolus_id, 0.0, certain=True)
            self.doses.append(found)
        return found

    def _known(self, bolus_id: int, requested: float | None, when: float | None) -> Dose | None:
        """A pump's number is its own; amounts and times are like one another."""
        by_number = [dose for dose in self.here if dose.bolus_id == bolus_id]
        if self._habits.knows_doses_by_their_numbers or requested is None or when is None:
            return by_number[-1] if by_number else None
        alike = [dose for dose in self.here if dose.requested == requested and dose.began is not None]
        return next((dose for dose in alike if abs((dose.began or 0.0) - when) <= ALIKE_S), None)

    def _answers(self, question: Dose, requested: float | None, when: float | None) -> bool:
        """Whether a bolus of the pump's can be the one of which nobody knows what has become."""
        grain = GRAIN_S if self._habits.allows_for_the_grain_of_stamps else EXACT_S
        early = when is not None and question.began is not None and when < question.began - grain
        return requested in (None, question.requested) and not early

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
            belief["age"] = round(self.now() - dose.began, 3)
        self._tell_belief(belief)

    # The pump's history

    def read(self, record: ids.HistoryRecord, when: float | None) -> None:
        """Book what a record tells; it was written ``when``, as far as anybody can say."""
        match record.event:
            case ids.BolusProgrammed1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                dose = self.of(bolus, amount(fast) + amount(extended), when)
                dose.record = record.sequence_number
                if when is not None:
                    dose.began = when
                    self.told(dose)
            case ids.BolusDelivered1Of2(bolus_id=bolus, fast_amount=fast, extended_amount=extended):
                self.delivered(self.of(bolus), amount(fast) + amount(extended), is_over=True)
            case _:
                pass

    def basal(self, units: float) -> None:
        """All basal insulin that the pump has delivered since it is there."""
        self._basal = units
        self._tell_belief({"belief": "basal", "units": round(self._basal_before + units, 6)})


def amount(told: Any) -> float:
    """What is no number is nothing."""
    return float(told) if isinstance(told, float) else 0.0
