"""Sessions of exercise: what is planned, what runs, and the effect that they drive."""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, days
from isletbench.emulator.patient.exercise.effect import DEFAULT, EFFECTS, Effect
from isletbench.emulator.patient.modulators import NONE, Modulation


@dataclass(frozen=True, slots=True, order=True)
class Bout:
    """One session of exercise."""

    begins: Instant
    span: Span
    """How long it lasts, ms."""
    intensity: float
    """Percent of the heart rate reserve."""
    daily: bool = False
    """Whether it comes again a day later, and so on."""

    @property
    def ends(self) -> Instant:
        """When it is over."""
        return self.begins + self.span


class Exercise:
    """The exercise of one person, and what it still does by the model of this name (``EFFECTS``)."""

    def __init__(self, model: str = DEFAULT) -> None:
        self.planned: list[Bout] = []
        """What has not begun, in the order of time."""
        self.running: Bout | None = None
        self.effect: Effect = EFFECTS[model]()
        self._model = model

    def plan(self, bouts: Iterable[Bout]) -> None:
        """Add sessions to come."""
        for bout in bouts:
            insort(self.planned, bout)

    @property
    def next_change(self) -> Instant | None:
        """When a session begins or ends next."""
        ends = [] if self.running is None else [self.running.ends]
        return min(ends + [bout.begins for bout in self.planned[:1]], default=None)

    def change(self, now: Instant) -> tuple[bool, list[Bout]]:
        """End and begin what is due at this instant; a new session ends the one that runs.

        Whether a session has ended, and what has begun.
        """
        ended = self.running is not None and (self.running.ends <= now or self._begins(now))
        if ended:
            self.running = None
        begun: list[Bout] = []
        while self._begins(now):
            self.running = self.planned.pop(0)
            begun.append(self.running)
            if self.running.daily:
                insort(self.planned, replace(self.running, begins=self.running.begins + days(1)))
        return ended, begun

    def _begins(self, now: Instant) -> bool:
        return bool(self.planned) and self.planned[0].begins <= now

    @property
    def is_over(self) -> bool:
        """Whether nothing of it acts any more."""
        return self.running is None and self.effect.is_over

    def modulation(self) -> Modulation:
        """What exercise does now."""
        return NONE if self.is_over else self.effect.modulation()

    def passes(self, minutes: float) -> None:
        """So much time passes, with no session beginning or ending meanwhile."""
        if self.is_over:
            self.effect = EFFECTS[self._model]()
        else:
            self.effect.passes(minutes, 0.0 if self.running is None else self.running.intensity)

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON-able data."""
        running = None if self.running is None else asdict(self.running)
        return {"planned": [asdict(bout) for bout in self.planned], "running": running, "effect": asdict(self.effect)}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Become the exercise, by the same model, of which a snapshot was taken."""
        running = snapshot["running"]
        self.planned = [Bout(**bout) for bout in snapshot["planned"]]
        self.running = None if running is None else Bout(**running)
        self.effect = EFFECTS[self._model](**snapshot["effect"])
