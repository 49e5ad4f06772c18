"""Faults of a device on Bluetooth LE: its bonds, its advertisements, its radio."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from isletbench.emulator.core.conditions import Conditions
from isletbench.emulator.core.models import Duration, Interval
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.devices import ConditionsFault, DeviceFault
from isletbench.emulator.faults.fault import FaultError, Whose
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.transports.ble.radio import MAX_STORM_LENGTH, AdvertisingLimits, RadioConditions


class _OnTheRadio(DeviceFault, abstract=True):
    def check(self, target: FaultTarget) -> None:
        target.conditions(self.device)


class ForgetBonds(_OnTheRadio):
    """The device has lost the keys of its bonds: no connection can be encrypted until the client forgets them, too, and pairs
    anew (LNK-04)."""

    whose: ClassVar = Whose.DEVICE

    def strike(self, target: FaultTarget) -> None:
        """Delete every bond of the device."""
        target.forget_bonds(self.device)


class RefusePairing(_OnTheRadio):
    """Every attempt to pair is refused, as after too many with a wrong passkey, or while one is stuck half-way (LNK-05).

    A client that has a bond can connect; with ``forget_bonds`` before it, no client can.
    """

    whose: ClassVar = Whose.DEVICE
    reverts: ClassVar = True

    def strike(self, target: FaultTarget) -> None:
        """Reject every pairing."""
        target.refuse_pairing(self.device, on=True)

    def revert(self, target: FaultTarget, before: Any) -> None:
        """Accept pairing again."""
        target.refuse_pairing(self.device, on=False)


class ReducedAdvertising(_OnTheRadio):
    """The device advertises rarely, or without its name or its services: a scan for these finds nothing (LNK-18)."""

    whose: ClassVar = Whose.DEVICE
    reverts: ClassVar = True
    hides_name: bool = True
    hides_services: bool = True
    every: Annotated[Duration, Field(ge=20, le=10_240)] = 10_240
    """From one advertisement to the next; the longest is that of Core Vol 4, Part E, 7.8.5."""

    def strike(self, target: FaultTarget) -> None:
        """Limit the advertisements of the device."""
        target.reduce_advertising(self.device, AdvertisingLimits(self.hides_name, self.hides_services, self.every))

    def revert(self, target: FaultTarget, before: Any) -> None:
        """Restore the advertisements of the device."""
        target.reduce_advertising(self.device, AdvertisingLimits())


class RadioBreak(_OnTheRadio):
    """The radio loses the connection: both sides see a supervision time-out; then a storm of connections that break again
    (LNK-02)."""

    whose: ClassVar = Whose.LINK
    storm: int = Field(default=0, ge=0, le=MAX_STORM_LENGTH)
    """How many connections in a row break soon after they begin."""
    every: Interval | None = None
    """Again and again, so long after the last time."""

    def strike(self, target: FaultTarget) -> None:
        """Break the connection, and the next ones of a storm."""
        target.drop_connection(self.device, self.storm)

    def stop_what_goes_on(self, target: FaultTarget) -> None:
        """End the storm."""
        target.end_storm(self.device)

    def period(self) -> Span | None:
        """The time from one break to the next, ms; None for a single one."""
        return self.every


class WeakRadio(ConditionsFault, of=RadioConditions):
    """Advertisements are missed, every message is delayed, and after the supervision timeout the connection is lost.

    Nothing is ever lost or changed on a live connection: a radio delays, and then the connection breaks. What is left out
    stays as it is.
    """

    whose: ClassVar = Whose.LINK
    conditions: ClassVar = RadioConditions

    def current(self, target: FaultTarget) -> Conditions:
        """Return the current conditions of the radio. Raises ``ValueError`` for a device without one."""
        return target.conditions(self.device)

    def change(self, target: FaultTarget, changes: dict[str, Any]) -> None:
        """Change the conditions of the radio."""
        target.change_radio(self.device, **changes)


class OutOfRange(DeviceFault):
    """The adapter answers, and the device behind its radio does not: it is too far away, or its radio is off (LNK-02)."""

    whose: ClassVar = Whose.LINK
    reverts: ClassVar = True

    def check(self, target: FaultTarget) -> None:
        """Check that the device is behind the radio of an adapter. Raises ``FaultError``."""
        if not target.is_by_radio(self.device):
            raise FaultError(f"device {self.device!r}: expected one behind the radio of an adapter, as a paradigm pump is")

    def strike(self, target: FaultTarget) -> None:
        """Take the device out of range."""
        target.set_in_range(self.device, on=False)

    def revert(self, target: FaultTarget, before: Any) -> None:
        """Bring it back into range."""
        target.set_in_range(self.device, on=True)
