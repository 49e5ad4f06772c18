"""Faults of a device's own clock."""

from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from isletbench.emulator.core.models import DeviceTime, SignedDuration
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.devices import DeviceFault
from isletbench.emulator.faults.fault import FaultError, Whose
from isletbench.emulator.faults.target import FaultTarget


class _OnTheClock(DeviceFault, abstract=True):
    whose: ClassVar = Whose.CLOCK

    def check(self, target: FaultTarget) -> None:
        target.clock(self.device)


class ClockStep(_OnTheClock):
    """The device's date and time jump: records before and after do not fit together (CLK-01, CLK-02, CLK-06)."""

    by: SignedDuration
    """How far it jumps, for example ``1h`` or ``-1h``."""

    def strike(self, target: FaultTarget) -> None:
        """Set the clock of the device by ``by``."""
        target.set_clock(self.device, _moved(target.clock(self.device), self.by))


class ClockDrift(_OnTheClock):
    """The device's clock runs fast or slow, until it disagrees with the client's by more than its matching window (CLK-03).

    It is moved by a second whenever it is wrong by one, which is the least that it shows.
    """

    at_once: ClassVar = False
    ppm: float = Field(ge=-100_000, le=100_000)
    """Parts per million that it runs fast; slow if negative. 10 s a day are 116 ppm."""

    def check(self, target: FaultTarget) -> None:
        """Check that the device has a clock and the drift is at least 1 ppm. Raises ``ValueError``."""
        super().check(target)
        if abs(self.ppm) < 1:
            raise FaultError(f"ppm: expected at least 1 or at most -1, got {self.ppm:g}")

    def strike(self, target: FaultTarget) -> None:
        """Set the clock of the device by one second."""
        target.set_clock(self.device, _moved(target.clock(self.device), 1_000 if self.ppm > 0 else -1_000))

    def period(self) -> Span | None:
        """The time in which the drift adds up to one second, ms."""
        return round(1_000 * 1_000_000 / abs(self.ppm))


class ClockReset(_OnTheClock):
    """The device's date and time begin anew at its epoch, as after a change of battery (CLK-04)."""

    to: DeviceTime = datetime(2007, 1, 1)  # noqa: DTZ001  # a device knows no zone
    """What it shows then."""

    def strike(self, target: FaultTarget) -> None:
        """Set the clock of the device to ``to``."""
        target.set_clock(self.device, self.to)


def _moved(shown: datetime, by: Span) -> datetime:
    try:
        return shown + timedelta(milliseconds=by)
    except OverflowError:
        raise FaultError("by: expected a date and time up to year 9999") from None
