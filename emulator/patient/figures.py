"""What a subject is like, in the figures that people set a pump by: found by trying it."""

from collections.abc import Iterator

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology.model import Drive, Model

LEVEL = 120.0
"""mg/dL: where every trial begins, at rest."""
UU_PER_UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one subject."""

    basal_u_per_h: float
    """What keeps glucose at 120 mg/dL, U/h."""
    unit_lowers_mg_dl: float
    """How far a unit lowers glucose at most, mg/dL, within 8 h."""
    meal_reaches_mg_dl: float
    """The highest glucose after 50 g of carbohydrate without a bolus, mg/dL."""
    without_insulin_mg_dl: float
    """Glucose after 4 h in which no insulin arrives, as in an occlusion, mg/dL."""


def figures_of(model: Model) -> Figures:
    """Try a subject. Raises ``ValueError`` for one who cannot be at 120 mg/dL."""
    _, basal = model.at_rest(LEVEL)
    return Figures(
        basal_u_per_h=basal / UU_PER_UNIT,
        unit_lowers_mg_dl=LEVEL - min(_course(model, 8 * 60, bolus=UU_PER_UNIT)),
        meal_reaches_mg_dl=max(_course(model, 8 * 60, grams=50)),
        without_insulin_mg_dl=list(_course(model, 4 * 60, insulin=0.0))[-1],
    )


def _course(model: Model, minutes: int, *, bolus: float = 0.0, grams: int = 0, insulin: float = 1.0) -> Iterator[float]:
    """Plasma glucose minute by minute, from rest: with a bolus (uU) and a meal at once, and a multiple of the basal need."""
    state, basal = model.at_rest(LEVEL)
    step, state, meal = model.stepper(), model.inject(state, bolus), 0.0
    for minute in range(minutes):
        eaten = 5_000.0 if minute * 5 < grams else 0.0
        meal += eaten
        state = step(state, 1.0, Drive(solid=eaten, meal=meal, insulin=insulin * basal / 60))
        yield model.plasma(state)
