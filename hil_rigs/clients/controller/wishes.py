"""What the user wants of the pump or the sensor, and has not got yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """Something the user wants, at an instant (s, by the loop's clock)."""

    at: float
    do: str
    """``bolus``, ``cancel_bolus``, ``stop``, ``run``, ``set_clock``, ``confirm`` or ``activate``; of the sensor
    ``start_session``."""
    units: float = 0.0
    """Of a bolus; of an activation, how much is to be primed."""
    minutes: int = 0
    """Of an extended bolus; 0 is a fast one."""


def wishes_of(intents: Iterable[Mapping[str, Any]], began: float) -> list[Wish]:
    """What the user of a scenario wants (``scenario.Intent.told``), by a clock that shows ``began`` (s) when it begins."""
    return [Wish(began + one["at"], one["do"], float(one.get("units", 0)), int(one.get("minutes", 0))) for one in intents]


class Wishes:
    """Those that are still to be seen to, the oldest first. A bolus is taken out before it is asked for: what has become of it
    is then the books' to say, and only one that was certainly not given is put back."""

    def __init__(self, wanted: Iterable[Wish]) -> None:
        self._waiting = list(wanted)

    @property
    def next_at(self) -> float | None:
        """When the next one is to be seen to."""
        return min((wish.at for wish in self._waiting), default=None)

    def due(self, now: float) -> list[Wish]:
        """Those whose time has come."""
        return [wish for wish in self._waiting if wish.at <= now]

    def bolus(self, now: float) -> Wish | None:
        """The first bolus whose time has come."""
        return next((wish for wish in self.due(now) if wish.do == "bolus"), None)

    def take(self, wish: Wish) -> None:
        """It is being seen to, or will never be."""
        if wish in self._waiting:
            self._waiting.remove(wish)

    def put_back(self, wish: Wish) -> None:
        """Nothing has come of it."""
        if wish not in self._waiting:
            self._waiting.insert(0, wish)

    def withdraw_boluses(self, now: float) -> None:
        """The user has pressed stop: what was wanted before is wanted no more."""
        self._waiting = [wish for wish in self._waiting if wish.do != "bolus" or wish.at > now]
