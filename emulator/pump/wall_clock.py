"""The pump's own date and time: it can be set, be lost, be misread, and run fast or slow."""

from dataclasses import field
from datetime import datetime, time, timedelta

from isletbench.emulator.core.quantities import Instant, Span, days, shifted
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import ClockChanged, Happens
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import RecordingReason

DAY = days(1)
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
    is_locked: bool = False
    """Whether clients may not set it."""
    misread_times: int = field(default=0, init=False)
    """How often it will be misread."""
    misread_by: Span = field(default=0, init=False)
    """By how much."""

    def at(self, now: Instant) -> datetime:
        """The date and time it shows."""
        return shifted(self.shown, self._passed(now))

    def reading(self, now: Instant) -> datetime:
        """The date and time that is read from it: it may be misread."""
        if not self.misread_times:
            return self.at(now)
        self.misread_times -= 1
        return shifted(self.at(now), self.misread_by)

    def _passed(self, now: Instant) -> Span:
        true = now - self.then
        return true + true * self.ppm // MILLION

    @property
    def ahead_of_utc(self) -> timedelta:
        """By its time zone and daylight saving time, as far as they are set."""
        summer = 0 if self.dst_offset is DstOffset.UNKNOWN else int(self.dst_offset)  # both count quarter hours
        return timedelta(minutes=15 * ((self.time_zone or 0) + summer))

    def set(self, to: datetime, now: Instant) -> Happens[None]:
        """From now on it shows this and what follows."""
        self.shown, self.then = to, now
        yield events.ClockSet(to=to.isoformat())
        yield ClockChanged(RecordingReason.SET_DATE_TIME)

    def set_zone(self, time_zone: int | None, dst_offset: DstOffset) -> Happens[None]:
        """Set where it is: quarter hours from UTC, and daylight saving time. What it shows stays as it is."""
        self.time_zone, self.dst_offset = time_zone, dst_offset
        yield ClockChanged(RecordingReason.SET_DATE_TIME)

    def lose(self, now: Instant) -> Happens[None]:
        """Lose date and time: it shows those of the factory."""
        self.shown, self.then = FACTORY, now
        yield events.ClockLost()
        yield ClockChanged(RecordingReason.DATE_TIME_LOSS)

    def drift(self, ppm: int, now: Instant) -> Happens[None]:
        """From now on it runs so many millionths too fast."""
        self.shown, self.then, self.ppm = self.at(now), now, ppm
        yield events.ClockDrift(ppm=ppm)

    def lock(self, *, on: bool) -> Happens[None]:
        """Let no client set it from now on, or let them again."""
        self.is_locked = on
        yield events.ClockLocked(on=on)

    def misread(self, by: Span, times: int) -> Happens[None]:
        """The next readings are wrong by so much, ms; what it shows, and goes by, is right."""
        self.misread_times, self.misread_by = times, by
        yield events.ClockMisread(by_ms=by, times=times)

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
