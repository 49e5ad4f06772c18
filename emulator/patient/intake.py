"""What a person eats and drinks: amounts of carbohydrate with a beginning and a duration."""

from dataclasses import dataclass
from enum import StrEnum

from isletbench.emulator.core.quantities import Instant, Span, minutes

PACE_MG_PER_MIN = 5_000
"""How fast a meal is eaten and a drink is drunk unless something else is said: 5 g a minute, as in simglucose."""
LEAST_SPAN = minutes(1)
"""Nothing is eaten or drunk faster than this (choice)."""


class Form(StrEnum):
    """How carbohydrate comes."""

    MEAL = "meal"
    """Solid: the stomach grinds it first."""
    DRINK = "drink"
    """Liquid: it enters where ground food goes on."""


class Refused(ValueError):
    """A patient cannot do this; one sentence says why. Nothing has changed."""


@dataclass(frozen=True, slots=True, order=True)
class Intake:
    """One meal or one drink."""

    begins: Instant
    span: Span
    """How long it lasts, ms."""
    mg: int
    """Carbohydrate, mg."""
    form: Form = Form.MEAL
    daily: bool = False
    """Whether it comes again a day later, and so on."""

    @property
    def ends(self) -> Instant:
        """When the last of it is swallowed."""
        return self.begins + self.span

    @property
    def rate(self) -> float:
        """mg/min while it lasts."""
        return self.mg * minutes(1) / self.span


def intake(mg: int, begins: Instant, *, form: Form, over: Span | None = None, daily: bool = False) -> Intake:
    """A meal or drink of so much carbohydrate; ``over`` is how long it takes, at the usual pace when left out."""
    usual = max(LEAST_SPAN, round(mg * minutes(1) / PACE_MG_PER_MIN))
    return Intake(begins, usual if over is None else over, mg, form, daily)
