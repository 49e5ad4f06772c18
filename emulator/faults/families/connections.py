"""Faults of connections: a device that ends them, or that cannot be reached."""

from typing import Any, ClassVar

from isletbench.emulator.core.models import Interval, Lasting
from isletbench.emulator.core.quantities import Span, shown
from isletbench.emulator.faults.devices import DeviceFault, demand_carrier
from isletbench.emulator.faults.fault import FaultError, Whose
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.faults.words import CarrierName


class HangUp(DeviceFault):
    """The device ends the connection by itself, and can be connected to again at once (LNK-01)."""

    whose: ClassVar = Whose.DEVICE
    every: Interval | None = None
    """Again and again, so long after the last time."""

    def strike(self, target: FaultTarget) -> None:
        """End every connection of the device."""
        target.hang_up(self.device)

    def period(self) -> Span | None:
        """The time from one disconnection to the next, ms; None for a single one."""
        return self.every


class _OnCarriers(DeviceFault, abstract=True):
    over: CarrierName | None = None
    """Only on this carrier; on all when left out."""

    def check(self, target: FaultTarget) -> None:
        demand_carrier(target, self.device, self.over)


class _Absence(_OnCarriers, abstract=True):
    reverts: ClassVar = True

    def strike(self, target: FaultTarget) -> None:
        target.vanish(self.device, self.over)

    def revert(self, target: FaultTarget, before: Any) -> None:
        target.appear(self.device, self.over)


class Reboot(_Absence):
    """The connection is lost, the device is absent for a moment, and knows nothing of the connection afterwards.

    Its memory persists. A device that has an action ``reboot`` performs it, too.
    """

    whose: ClassVar = Whose.DEVICE
    lasts: Lasting | None = 3_000

    def strike(self, target: FaultTarget) -> None:
        """Make the device unreachable, and perform its action ``reboot`` if it has one."""
        super().strike(target)
        if "reboot" in target.actions(self.device):
            target.do(self.device, "reboot", {})


class Vanish(_Absence):
    """The device is unreachable: its port is removed, its radio out of range. It continues to run and is reachable again
    afterwards (DLV-04, CGM-02)."""

    whose: ClassVar = Whose.LINK


class IntermittentLink(_OnCarriers):
    """The port or the radio comes and goes, again and again: a connection is lost soon after it has begun (LNK-02)."""

    whose: ClassVar = Whose.LINK
    every: Interval = 5_000
    """From one absence to the next."""
    away: Lasting = 1_000
    """How long each lasts."""

    def check(self, target: FaultTarget) -> None:
        """Check that the device has this carrier and the durations fit. Raises ``ValueError``."""
        super().check(target)
        if not 0 < self.away < self.every:
            raise FaultError(f"away: expected less than every, {shown(self.every)}, got {shown(self.away)}")

    def strike(self, target: FaultTarget) -> None:
        """Make the device unreachable for one interruption."""
        target.vanish_for(self.device, self.over, self.away)

    def stop_what_goes_on(self, target: FaultTarget) -> None:
        """End the interruption."""
        target.end_absences(self.device, self.over)

    def period(self) -> Span | None:
        """The time from one interruption to the next, ms."""
        return self.every
