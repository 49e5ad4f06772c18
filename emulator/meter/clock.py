"""The two clocks of a meter: an internal one that nobody sets, and what it shows, which is the internal one and an offset."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from isletbench.emulator.core.quantities import Instant

MILLION = 1_000_000
FACTORY = datetime(2000, 1, 1)  # noqa: DTZ001  # a device's clock has no zone
"""Where a clock begins that has lost its time."""
MOST = 0x7FFE
"""The largest offset that a record can hold, min; beyond it the internal clock begins anew. 7FFF means overrun."""


@dataclass(slots=True)
class MeterClock:
    """Base Time and Time Offset of GLS 1.0.1, sections 3.1.1.3 and 3.1.1.4."""

    pace: int
    """Real milliseconds in a million milliseconds of this clock."""
    base: datetime
    """What the internal clock said at ``since``."""
    since: Instant = 0
    offset: int = 0
    """s, from the internal clock to the one that is shown."""
    is_lost: bool = False
    """Whether it has begun at its factory date, and was not set since."""

    def internal(self, now: Instant) -> datetime:
        """What the internal clock says."""
        return self.base + timedelta(milliseconds=(now - self.since) * MILLION // self.pace)

    def shown(self, now: Instant) -> datetime:
        """What the display shows."""
        return self.internal(now) + timedelta(seconds=self.offset)

    def set(self, shown: datetime, now: Instant) -> None:
        """Set what is shown. Where the offset would not fit a record, the internal clock begins anew there."""
        offset = round((shown - self.internal(now)).total_seconds())
        if abs(offset) > MOST * 60:
            self.base, self.since, offset = shown, now, 0
        self.offset, self.is_lost = offset, False

    def lose(self, now: Instant) -> None:
        """Forget the time."""
        self.base, self.since, self.offset, self.is_lost = FACTORY, now, 0, True

    def stamp(self, now: Instant) -> tuple[datetime, int]:
        """Base Time, whole seconds, and Time Offset, min, whose sum is what is shown to the second."""
        minutes = self.offset // 60 if self.offset >= 0 else -(-self.offset // 60)
        base = self.internal(now) + timedelta(seconds=self.offset - 60 * minutes)
        return base.replace(microsecond=0), minutes
