"""The clock of a sensor."""

from datetime import datetime

from isletbench.emulator.cgm.changes import SettingChanged
from isletbench.emulator.core.quantities import Instant, shifted
from isletbench.emulator.core.values import dataclass

MILLION = 1_000_000


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
