"""What every model of glucose offers, and what drives it.

Time is in minutes here, glucose in mg/dL at the boundary; what a model has inside is in the units of its publication. A state
is a tuple of plain numbers: a step makes a new one, so that a look ahead changes nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

State: TypeAlias = tuple[Any, ...]
"""The state of a model at one instant: numbers, or tuples of numbers. It goes through JSON unchanged but for its tuples."""

MG_PER_MMOL = 180.156
"""Molar mass of glucose: mg in a mmol."""
MG_DL_PER_MMOL_L = MG_PER_MMOL / 10
"""mg/dL in a mmol/L."""


class Drive(NamedTuple):
    """What acts on a person during one step, constant while it lasts."""

    solid: float = 0.0
    """Carbohydrate that is eaten, mg/min."""
    liquid: float = 0.0
    """Carbohydrate that is drunk, mg/min: it needs no grinding in the stomach."""
    meal: float = 0.0
    """What was in the stomach when this meal began, and what has been eaten of it since, mg (``Dbar`` of the meal model)."""
    insulin: float = 0.0
    """Insulin that flows in steadily, uU/min. Pulses are injected instead."""
    sensitivity: float = 1.0
    """Multiplies what insulin does."""
    uptake: float = 1.0
    """Multiplies what of it is uptake of glucose."""
    production: float = 0.0
    """Glucose that the liver makes in addition, mg/kg/min."""
    clearance: float = 0.0
    """Glucose that leaves plasma in addition, as a share of it a minute; negative for glucose that enters."""


Stepper: TypeAlias = Callable[[State, float, Drive], State]
"""One step: a state, the minutes that pass and what acts meanwhile, to the state afterwards."""


class Model(Protocol):
    """One person's glucose. A model has no clock and no chance of its own."""

    @property
    def floor(self) -> float:
        """The least plasma glucose that it computes, mg/dL."""

    def at_rest(self, glucose: float, /) -> tuple[State, float]:
        """The state in which glucose stays at this level (mg/dL), and the basal rate that keeps it there, uU/h.

        Raises ``ValueError`` for a level that no basal rate can keep.
        """

    def stepper(self) -> Stepper:
        """A function that makes one step: a state, the minutes that pass and what acts meanwhile, to the state afterwards."""

    def inject(self, state: State, uu: float, /) -> State:
        """The state with so much more insulin in the subcutaneous tissue, uU."""

    def plasma(self, state: State, /) -> float:
        """Plasma glucose, mg/dL."""

    def interstitial(self, state: State, /) -> float:
        """Glucose of the interstitial fluid, mg/dL."""

    def stomach(self, state: State, /) -> float:
        """Carbohydrate that has not left the stomach, mg."""
