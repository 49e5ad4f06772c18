"""Actions on a meter: what a person does with it, and what the world does to it."""

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.core.actions import Action, Actions
from isletbench.emulator.core.models import DeviceTime
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.meter.machine import Meter, Refused
from isletbench.emulator.meter.problems import Problem
from isletbench.emulator.meter.records import Mark
from isletbench.protocols.gls import CarbohydrateId, Health, Meal, MedicationId, SampleLocation, Tester

MealWord: TypeAlias = Literal["before_meal", "after_meal", "fasting", "casual", "bedtime"]
CarbohydrateWord: TypeAlias = Literal["breakfast", "lunch", "dinner", "snack", "drink", "supper", "brunch"]


class _Marks(Action[Meter]):
    """What a user can tell a meter of a test."""

    meal: MealWord | None = None
    """When the test was made, relative to a meal."""
    carbohydrate: CarbohydrateWord | None = None
    """Which meal the carbohydrate is of."""
    grams: float | None = Field(default=None, ge=0, le=500)
    """Of carbohydrate."""
    insulin: float | None = Field(default=None, ge=0, le=100)
    """Units of rapid-acting insulin that were taken."""
    exercise_minutes: int | None = Field(default=None, ge=0, le=1_000)
    intensity: int = Field(default=50, ge=0, le=100)
    """Of the exercise, %."""
    stressed: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "_Marks":
        if (self.carbohydrate is None) != (self.grams is None):
            raise ValueError("expected carbohydrate and grams, or neither")
        return self

    def mark(self) -> Mark | None:
        """The mark that is made of it; None for nothing."""
        mark = Mark(
            meal=None if self.meal is None else Meal[self.meal.upper()],
            carbohydrate=(
                None if self.carbohydrate is None else (CarbohydrateId[self.carbohydrate.upper()], float(self.grams or 0))
            ),
            exercise=None if self.exercise_minutes is None else (self.exercise_minutes * 60, self.intensity),
            medication=None if self.insulin is None else (MedicationId.RAPID_ACTING_INSULIN, self.insulin),
            health=(Tester.SELF, Health.UNDER_STRESS) if self.stressed else None,
        )
        return None if mark == Mark() else mark


class Measure(_Marks):
    """Prick a finger and measure. The result is there when the countdown is over."""

    location: Literal["finger", "alternate_site", "earlobe"] = "finger"
    problem: Literal["short_sample", "bad_insertion", "wrong_strip", "pulled", "malfunction", "fault"] | None = None
    """What goes wrong: the test fails and is stored without a result."""

    def do(self, machine: Meter, now: Instant) -> None:
        problem = None if self.problem is None else Problem(self.problem)
        machine.begin(now, location=SampleLocation[self.location.upper()], problem=problem, mark=self.mark())


class MeasureControl(Action[Meter]):
    """Measure control solution in place of blood."""

    level: int = Field(default=2, ge=1, le=3)
    """Low, normal or high."""

    def do(self, machine: Meter, now: Instant) -> None:
        machine.begin(now, level=self.level, location=SampleLocation.CONTROL_SOLUTION)


class MarkTest(_Marks):
    """Tell the meter something of a test that is stored, of the last one unless a sequence number is given."""

    sequence: int | None = Field(default=None, ge=0, le=0xFFFF)

    def do(self, machine: Meter, now: Instant) -> None:
        mark = self.mark()
        if mark is None:
            raise Refused("expected something to mark the test with")
        machine.mark(self.sequence, mark, now)


class OpenVial(Action[Meter]):
    """Open a new vial of strips: its bias is another one."""

    def do(self, machine: Meter, now: Instant) -> None:
        machine.open_vial(now)


class Temperature(Action[Meter]):
    """Set the temperature of the meter; outside the range of its profile it gives no results."""

    celsius: float = Field(ge=-40, le=85)

    def do(self, machine: Meter, now: Instant) -> None:
        machine.temperature = self.celsius


class Battery(Action[Meter]):
    """Put another battery in, with so much in it. Some makes forget the time, or begin to number anew."""

    percent: float = Field(default=100, ge=0, le=100)

    def do(self, machine: Meter, now: Instant) -> None:
        machine.replace_battery(self.percent, now)


class SetClock(Action[Meter]):
    """Set the date and time of its display. Stored records stay as they are."""

    to: DeviceTime

    def do(self, machine: Meter, now: Instant) -> None:
        machine.set_clock(self.to, now)


class Clear(Action[Meter]):
    """Delete every record on the meter itself."""

    def do(self, machine: Meter, now: Instant) -> None:
        machine.clear(now)


ACTIONS: Actions[Meter] = Actions(
    "meter",
    (Measure, MeasureControl, MarkTest, OpenVial, Temperature, Battery, SetClock, Clear),
    refused=(Refused,),
    clock=Meter.clock,
    set_clock=Meter.set_clock,
)
"""Everything that can be done to a meter."""
