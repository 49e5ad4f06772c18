"""The battery of a meter."""

from dataclasses import dataclass

from isletbench.emulator.core.quantities import Instant, Span


@dataclass(slots=True)
class Battery:
    """A battery that drains evenly."""

    life: Span
    """From full to empty."""
    since: Instant = 0
    percent: float = 100.0
    """What was in it at ``since``."""

    def level(self, now: Instant) -> int:
        """The battery level, whole %."""
        return max(0, round(self.percent - 100 * (now - self.since) / self.life))

    def set(self, percent: float, now: Instant) -> None:
        """Insert a battery with ``percent`` in it."""
        self.since, self.percent = now, percent
