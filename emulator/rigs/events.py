"""What happens at its time, in a rig or in a scenario: an action of whoever wears the devices, or of the world."""

from typing import Any

from pydantic import Field

from isletbench.emulator.core.models import Duration, Part, shown
from isletbench.emulator.faults import Fault
from isletbench.emulator.faults.families.actions import Do
from isletbench.emulator.faults.fault import Name


class Event(Part):
    """Something done to a device at an instant, by whoever wears it or by the world."""

    at: Duration
    device: Name
    do: Name
    """One of the device's actions."""
    arguments: dict[str, Any] = Field(default_factory=dict)

    def as_fault(self, name: str) -> Fault:
        """The same as a fault that waits for its moment."""
        done = {"device": self.device, "action": self.do, "arguments": self.arguments, "at": shown(self.at)}
        return Do.model_validate({"name": name, **done})
