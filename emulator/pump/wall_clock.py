"""The pump's own date and time: it can be set, be lost, and run fast or slow. Nothing else in the pump looks at a calendar."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.pump.basal import DAY
from isletbench.protocols.fields import DstOffset

MILLION = 1_000_000
FACTORY = datetime(2020, 1, 1)  # noqa: DTZ001  # a device's calendar has no zone of its own
"""What a pump shows that has lost its time."""


@dataclass(slots=True)
class WallClock:
    """``shown`` at the instant ``then``, and on from there with an error of ``ppm`` millionths."""

    shown: datetime
    then: Instant = 0
    ppm: int = 0
    time_zone: int | None = None
    """Quarter hours from UTC; None when nobody has said."""
    dst_offset: DstOffset = DstOffset.UNKNOWN

    def at(self, now: Instant) -> datetime:
        """The date and time it shows."""
        return self.shown + timedelta(milliseconds=self._passed(now))

    def _passed(self, now: Instant) -> Span:
        true = now - self.then
        return true + true * self.ppm // MILLION

    @property
    def ahead_of_utc(self) -> timedelta:
        """By its time zone and daylight saving time, as far as it has been told of them."""
        summer = 0 if self.dst_offset is DstOffset.UNKNOWN else int(self.dst_offset)  # both count quarter hours
        return timedelta(minutes=15 * ((self.time_zone or 0) + summer))

    def set(self, to: datetime, now: Instant) -> None:
        """From now on it shows this and what follows."""
        self.shown, self.then = to, now

    def drift(self, ppm: int, now: Instant) -> None:
        """From now on it runs so many millionths too fast."""
        self.shown, self.then, self.ppm = self.at(now), now, ppm

    def time_of_day(self, now: Instant) -> Span:
        """Ms since its midnight."""
        shown = self.at(now)
        return (shown - datetime.combine(shown.date(), time())) // timedelta(milliseconds=1)

    def when(self, later: Span, now: Instant) -> Instant:
        """The first instant at which it will show at least ``later`` ms more than now."""
        wanted = self._passed(now) + later
        guess = self.then + wanted * MILLION // (MILLION + self.ppm)
        while self._passed(guess) < wanted:
            guess += 1
        return max(guess, now)

    def midnight_before(self, now: Instant) -> Instant:
        """About when it was midnight by this clock."""
        return now - self.time_of_day(now)

    def midnight_after(self, now: Instant) -> Instant:
        """When it will be."""
        return self.when(DAY - self.time_of_day(now), now)
