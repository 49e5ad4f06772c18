"""What happens in a rig or in a scenario, at its time or when something else happens: an action of whoever wears the devices,
or of the world."""

from typing import Any

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Duration, Part
from isletbench.emulator.core.quantities import Instant, shown
from isletbench.emulator.faults import Fault
from isletbench.emulator.faults.families.actions import Do
from isletbench.emulator.faults.triggers import AnyCondition
from isletbench.emulator.faults.words import Name


class Event(Part):
    """Something done to a device, by whoever wears it or by the world: at an instant, when a condition has come true, or when
    it comes true after that instant."""

    at: Duration | None = None
    when: AnyCondition | None = None
    """What it waits for: docs/faults.md."""
    device: Name
    do: Name
    """One of the device's actions."""
    arguments: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_a_time(self) -> "Event":
        if self.at is None and self.when is None:
            raise ValueError("at: expected a time, or when with a condition")
        return self

    def as_fault(self, name: str) -> Fault:
        """The same as a fault that waits for its moment."""
        done: dict[str, Any] = {"device": self.device, "action": self.do, "arguments": self.arguments}
        done |= {"at": shown(self.at)} if self.at is not None else {}
        return Do.model_validate({"name": name, **done, "when": self.when})


def times_of(events: tuple[Event, ...]) -> list[Instant]:
    """The times of those that have one, as they stand."""
    return [event.at for event in events if event.at is not None]
