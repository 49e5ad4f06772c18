"""A bolus on its way: so many pulses, one after the other."""

from dataclasses import dataclass

from emulator.quantities import Instant, Insulin
from protocols.ids import BolusActivation


@dataclass(slots=True)
class Bolus:
    """A fast bolus. Amounts in uU; ``programmed`` is a whole number of pulses."""

    id: int
    programmed: Insulin
    set_at: Instant
    next_pulse: Instant
    delivered: Insulin = 0
    activation: BolusActivation | None = None
    correction: bool = False
    meal: bool = False

    @property
    def remaining(self) -> Insulin:
        return self.programmed - self.delivered
