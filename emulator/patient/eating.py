"""What a person has eaten and will eat, and how much of it enters the stomach at an instant."""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, replace
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, days, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.intake import Form, Intake


@dataclass(slots=True)
class Eating:
    """The meals and drinks of one person."""

    planned: list[Intake] = field(default_factory=list)
    """What has not begun, in the order of time."""
    running: list[Intake] = field(default_factory=list)
    """What is being eaten and drunk."""
    meal: float = 0.0
    """What was in the stomach when this meal began, and what has been eaten of it since, mg."""

    def plan(self, intakes: Iterable[Intake]) -> None:
        """Add meals and drinks to come."""
        for intake in intakes:
            insort(self.planned, intake)

    @property
    def next_change(self) -> Instant | None:
        """When something begins or ends next."""
        ends = [intake.ends for intake in self.running]
        return min(ends + [intake.begins for intake in self.planned[:1]], default=None)

    def begin(self, now: Instant, stomach: float) -> list[Intake]:
        """Begin and end what is due at this instant, and return what has begun. ``stomach`` is the food in it, mg.

        A meal that begins while another one is eaten belongs to it; one that begins later counts with what is left of the one
        before: the rule of simglucose, on which emptying of the stomach depends.
        """
        self.running = [intake for intake in self.running if intake.ends > now]
        begun: list[Intake] = []
        while self.planned and self.planned[0].begins <= now:
            begun.append(self.planned.pop(0))
        if begun and not self.running:
            self.meal = stomach
        for intake in begun:
            self.running.append(intake)
            if intake.daily:
                insort(self.planned, replace(intake, begins=intake.begins + days(1)))
        return begun

    def rates(self) -> tuple[float, float]:
        """What enters now: eaten and drunk, mg/min."""
        if not self.running:
            return 0.0, 0.0
        solid = sum(intake.rate for intake in self.running if intake.form is Form.MEAL)
        return solid, sum(intake.rate for intake in self.running) - solid

    def swallow(self, span: Span) -> None:
        """So much time is about to pass, ms: count what is eaten meanwhile to the meal."""
        if self.running:
            self.meal += self.swallowed(span)

    def swallowed(self, span: Span) -> float:
        """What is eaten and drunk in so much time, mg, with nothing beginning or ending meanwhile."""
        return sum(intake.rate for intake in self.running) * span / minutes(1)

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON-able data."""
        return asdict(self)

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> "Eating":
        """The meals and drinks of which a snapshot was taken."""
        planned, running = (
            [Intake(**{**found, "form": Form(found["form"])}) for found in snapshot[key]] for key in ("planned", "running")
        )
        return cls(planned, running, snapshot["meal"])
