"""Exercise: glucose that leaves plasma while a heart beats faster, and sensitivity to insulin that lasts for hours afterwards.

J. Deichmann et al., "Simulation-Based Evaluation of Treatment Adjustment to Exercise in Type 1 Diabetes", Frontiers in
Endocrinology 12 (2021) 723812, whose terms go back to M. D. Breton, Diabetes Technol Ther 10 (2008) 169. There glucose G
loses ``beta Y G`` and ``alpha H Z X G``: Y is the heart rate above rest, smoothed; H its integral; Z switches on with
exercise and fades with a time constant of 10 h; X is insulin's action. Both terms are multipliers that do not depend on the
model that X and G belong to. H grows for ever there, since one day is simulated; here H Z is one number that grows with
exercise and fades after it, the same for one session, so that sessions of many days add up. Effects of intense exercise that
raise glucose are not in it.
"""

import math
from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, days
from isletbench.emulator.patient.modulators import NONE, Modulation

RESTING_BPM = 80.0
"""Heart rate at rest (publication)."""
RESERVE_BPM = 100.0
"""From rest to the greatest heart rate (choice: 180 at 40 years)."""
ALPHA = 2.59e-4
"""Gain of sensitivity for each beat above rest, 1/beat (publication)."""
BETA = 3.39e-4
"""Clearance of glucose for each bpm above rest, 1/min/bpm (publication)."""
SMOOTHING = 5.0
"""Time constant of the effect of heart rate, min (publication)."""
FADING = 600.0
"""Time constant of the loss of sensitivity after exercise, min (publication)."""
THRESHOLD, STEEPNESS = 0.1, 4
"""Exercise counts from a tenth of the resting heart rate on, with this power (publication)."""


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


@dataclass(slots=True)
class Exercise:
    """The exercise of one person, and what it still does."""

    planned: list[Bout] = field(default_factory=list)
    """What has not begun, in the order of time."""
    running: Bout | None = None
    excess: float = 0.0
    """Heart rate above rest, smoothed, bpm."""
    done: float = 0.0
    """Beats above rest that still make insulin act more."""

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
        return self.running is None and self.excess < 1e-3 and self.done < 1e-3

    def modulation(self) -> Modulation:
        """What exercise does now."""
        if self.is_over:
            return NONE
        return Modulation(uptake=1 + ALPHA * self.done, clearance=BETA * self.excess)

    def passes(self, minutes: float) -> None:
        """So much time passes, with no session beginning or ending meanwhile."""
        if self.is_over:
            self.excess = self.done = 0.0
            return
        rate = 0.0 if self.running is None else self.running.intensity / 100 * RESERVE_BPM
        active = self.excess**STEEPNESS / (self.excess**STEEPNESS + (THRESHOLD * RESTING_BPM) ** STEEPNESS)
        self.excess = rate + (self.excess - rate) * math.exp(-minutes / SMOOTHING)
        self.done = (self.done + rate * minutes) * math.exp(-(1 - active) * minutes / FADING)

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """All of it as JSON-able data."""
        return asdict(self)

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> "Exercise":
        """The exercise of which a snapshot was taken."""
        running = snapshot["running"]
        planned = [Bout(**bout) for bout in snapshot["planned"]]
        return cls(planned, None if running is None else Bout(**running), snapshot["excess"], snapshot["done"])
