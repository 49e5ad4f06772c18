"""The fault that performs an action on a device: whatever its table of actions has."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from isletbench.emulator.core.models import Interval
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults.devices import DeviceFault
from isletbench.emulator.faults.fault import Whose
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.faults.words import Name


class Do(DeviceFault):
    """Something happens to the device, or somebody does it: any of its actions, as `isletbench actions` lists them."""

    whose: ClassVar = Whose.HAND
    meant: ClassVar[Mapping[str, str]] = {**DeviceFault.meant, "verb": 'action = "{given}"'}
    action: Name
    arguments: dict[str, Any] = Field(default_factory=dict)
    every: Interval | None = None
    """Again and again, so long after the last time."""

    def check(self, target: FaultTarget) -> None:
        """Check the action and its arguments. Raises ``ValueError``."""
        target.check(self.device, self.action, self.arguments)

    def strike(self, target: FaultTarget) -> None:
        """Perform the action on the device."""
        target.do(self.device, self.action, self.arguments)

    def period(self) -> Span | None:
        """The time from one performance to the next, ms; None for a single one."""
        return self.every
