"""How announced carbohydrate is absorbed: as fast as glucose shows, and from now on at a constant rate.

What glucose did against insulin is carbohydrate, as long as some is left to absorb: the method of the Loop and OpenAPS
communities ("dynamic carbohydrate absorption"). Without it a meal that is absorbed faster than was said would be met twice: in
what glucose does now, and in what the rest of the meal is expected to do.
"""

from collections.abc import Sequence
from datetime import datetime

from isletbench.hil_rigs.clients.algorithms.contract import Meal
from isletbench.hil_rigs.clients.algorithms.insulin import STEP

DELAY = 10
"""Minutes from eating to the first absorption."""
SLOWEST = 1.5
"""A meal takes at most so many times as long as was said (Loop)."""
AT_LEAST_MIN = 30
"""What is left when a meal should be over takes so long."""


class Stomach:
    """The meals of a situation, and what is left to absorb of each, g."""

    def __init__(self, meals: Sequence[Meal], now: datetime, steps: int) -> None:
        """``steps`` is how many steps of the past will be told, until ``now``."""
        self._now = now
        self._left = [(meal, meal.grams) for meal in meals if self._age(meal) < STEP * steps + DELAY]

    def _age(self, meal: Meal) -> float:
        return (self._now - meal.at).total_seconds() / 60

    def digest(self, ago: int, observed: float | None) -> float:
        """One step of the past, ``ago`` steps before now at its end: what was absorbed in it, g, when glucose shows that
        ``observed`` were; None where it shows nothing."""
        active = [(meal, left) for meal, left in self._left if self._age(meal) - STEP * ago >= DELAY + STEP and left > 0]
        total = sum(left for _, left in active)
        absorbed = 0.0
        for meal, left in active:
            expected = meal.grams * STEP / meal.absorbed_in
            seen = expected if observed is None else max(observed * left / total, expected / SLOWEST)
            taken = min(seen, left)
            absorbed += taken
            self._left = [(one, rest - taken if one is meal else rest) for one, rest in self._left]
        return absorbed

    @property
    def on_board(self) -> float:
        """What has been eaten and is not absorbed, g."""
        return sum(left for meal, left in self._left if meal.at <= self._now)

    def ahead(self, steps: int) -> list[float]:
        """What will be absorbed in each of the next steps, g."""
        found = [0.0] * steps
        for meal, left in self._left:
            begins = max(DELAY - self._age(meal), 0.0)
            lasts = max(meal.absorbed_in + DELAY - max(self._age(meal), DELAY), AT_LEAST_MIN)
            for step in range(steps):
                overlap = min(STEP * (step + 1), begins + lasts) - max(STEP * step, begins)
                found[step] += left * max(overlap, 0.0) / lasts
        return found
