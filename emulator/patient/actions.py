"""What a person does, and what the world does to a person: the actions of a patient."""

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import Field

from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.models import Duration
from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.patient.intake import Form, Refused
from isletbench.emulator.patient.person import Person

Grams: TypeAlias = Annotated[Decimal, Field(gt=0, le=1000, decimal_places=3)]
"""Carbohydrate, g, above 0 to 1000, in steps of a milligram."""
Eaten: TypeAlias = Annotated[Duration, Field(ge=minutes(1), le=minutes(600))]
"""How long a meal takes: 1 min to 10 h."""

Lasts: TypeAlias = Annotated[Duration, Field(ge=minutes(1), le=minutes(1440))]
"""How long exercise lasts: 1 min to a day."""
Intensity: TypeAlias = Annotated[float, Field(gt=0, le=100)]
"""Percent of the heart rate reserve."""


class Eat(Action[Person]):
    """Eat a meal of so many grams of carbohydrate."""

    grams: Grams
    over: Eaten | None = None
    """How long the meal takes; 5 g a minute when left out."""
    at: Duration | None = None
    """When it begins, since the bench began; now when left out."""

    def do(self, machine: Person, now: Instant) -> None:
        machine.consume(int(self.grams * 1000), now, form=Form.MEAL, over=self.over, at=self.at)


class Drink(Action[Person]):
    """Drink something with so many grams of carbohydrate: it appears sooner than a meal."""

    grams: Grams
    over: Eaten | None = None
    """How long it takes; 5 g a minute when left out."""
    at: Duration | None = None
    """When it begins, since the bench began; now when left out."""

    def do(self, machine: Person, now: Instant) -> None:
        machine.consume(int(self.grams * 1000), now, form=Form.DRINK, over=self.over, at=self.at)


class Exercise(Action[Person]):
    """Exercise for some time: glucose falls, and insulin acts more for hours; it ends exercise that is going on."""

    lasts: Lasts = minutes(45)
    """How long it lasts."""
    intensity: Intensity = 40.0
    """Percent of the heart rate reserve: 0 is rest, 100 all one has."""
    at: Duration | None = None
    """When it begins, since the bench began; now when left out."""

    def do(self, machine: Person, now: Instant) -> None:
        machine.move(now, span=self.lasts, intensity=self.intensity, at=self.at)


ACTIONS: Actions[Person] = Actions("patient", (Eat, Drink, Exercise), refused=(Refused,))
"""Everything that can be done to a patient."""
