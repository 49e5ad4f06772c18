"""The battery and the clock of a sensor."""

from datetime import datetime

from isletbench.emulator.cgm.changes import SettingChanged
from isletbench.emulator.core.quantities import Instant, Span, shifted
from isletbench.emulator.core.values import dataclass

MILLION = 1_000_000


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

    def set(self, percent: float, now: Instant) -> SettingChanged:
        """Insert a battery with ``percent`` in it; it drains from there."""
        self.since, self.percent = now, percent
        return SettingChanged("battery", percent)


@dataclass(slots=True)
class DeviceClock:
    """Date and time of the sensor: local, without a zone, and wrong by the drift of the make."""

    pace: int
    """Real milliseconds in a million milliseconds of this clock."""
    shown: datetime
    """What it showed at ``since``."""
    since: Instant = 0

    def read(self, now: Instant) -> datetime:
        """The date and time that the clock shows."""
        return shifted(self.shown, (now - self.since) * MILLION // self.pace)

    def set(self, shown: datetime, now: Instant) -> SettingChanged:
        """Set the clock."""
        self.since, self.shown = now, shown
        return SettingChanged("clock", shown)
