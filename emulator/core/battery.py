"""A battery that drains evenly, as that of a sensor or of a meter does."""

from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass


@dataclass(slots=True)
class Battery:
    """A battery and when it was inserted."""

    life: Span
    """From full to empty."""
    since: Instant = 0
    percent: float = 100.0
    """What was in it at ``since``."""

    def level(self, now: Instant) -> int:
        """The battery level, whole %."""
        return max(0, round(self.percent - 100 * (now - self.since) / self.life))

    def insert(self, percent: float, now: Instant) -> None:
        """Insert a battery with ``percent`` in it; it drains from there."""
        self.since, self.percent = now, percent
