"""The clocks of a receiver: its own, which runs on UTC, and that of its user, which is the machine's."""

from datetime import datetime, timedelta

from isletbench.emulator.cgm.clock import DeviceClock
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.endpoints.dexcom_receiver.entries import Stamp

BEGIN = datetime(2009, 1, 1)  # noqa: DTZ001  # of the protocol's time, without a zone
LATEST = 0xFFFF_FFFF
OFFSETS = -0x8000_0000, 0x7FFF_FFFF


class Clocks:
    """system time = RTC + system offset; display time = system time + display offset.

    The display time is the machine's date and time, so whoever sets it, through any face, sets the display offset.
    """

    def __init__(self, sensor: Sensor, utc_offset: Span) -> None:
        self._sensor = sensor
        began = sensor.epoch - timedelta(milliseconds=utc_offset)
        self._rtc = DeviceClock(sensor.device_clock.pace, began)
        self.system_offset = 0
        """s"""

    def rtc(self, now: Instant) -> int:
        """The clock that nobody can set, s."""
        return _seconds(self._rtc.read(now))

    def system(self, now: Instant) -> int:
        """The receiver's own clock, s."""
        return self.rtc(now) + self.system_offset

    def display_offset(self, now: Instant) -> int:
        """How much the user's clock is ahead of it, s."""
        ahead = self._sensor.clock(now) - self._rtc.read(now)
        return round(ahead.total_seconds()) - self.system_offset

    def stamp(self, now: Instant) -> Stamp:
        """Both times now."""
        system = self.system(now)
        return Stamp(system, system + self.display_offset(now))

    def set_display_offset(self, seconds: int, now: Instant) -> None:
        """Set the user's clock. Raises ``ValueError`` for a time that the protocol cannot say."""
        self._set_display(self.system_offset + seconds, now)

    def set_system(self, seconds: int, now: Instant) -> None:
        """Set the receiver's own clock; the user's clock goes with it. Raises ``ValueError``."""
        offset, system_offset = self.display_offset(now), seconds - self.rtc(now)
        low, high = OFFSETS
        if not low <= system_offset <= high:
            raise ValueError(f"a system offset of {system_offset} s does not fit 32 bits")
        self._set_display(system_offset + offset, now)
        self.system_offset = system_offset

    def _set_display(self, ahead: int, now: Instant) -> None:
        """Set the user's clock so many seconds ahead of the RTC, fractions of a second included."""
        if not 0 <= self.rtc(now) + ahead <= LATEST:
            raise ValueError(f"a display time of {self.rtc(now) + ahead} s does not fit 32 bits")
        self._sensor.set_clock(self._rtc.read(now) + timedelta(seconds=ahead), now)


def _seconds(shown: datetime) -> int:
    return int((shown - BEGIN).total_seconds())
