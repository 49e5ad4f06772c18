"""A fault on the bench: its state, and what its trigger still waits for."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant, in_units
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.messages import Intercept
from isletbench.emulator.pump.events import Pulse


class State(StrEnum):
    """The state of a fault that has been injected."""

    WAITING = "waiting"
    """Its trigger has not come true yet."""
    ARMED = "armed"
    """It strikes what passes."""
    OVER = "over"
    """It will not strike any more."""


@dataclass(slots=True)
class Injected:
    """A fault on the bench."""

    id: str
    fault: Fault
    chance: Random
    since: Instant
    state: State = State.WAITING
    struck: int = 0
    """How often it has struck."""
    ends: Instant | None = None
    due: Instant | None = None
    """When a device fault strikes next."""
    before: Any = None
    """The snapshot of a device fault, for its end."""
    undone: bool = True
    intercept: Intercept | None = None
    """What a message fault makes of a message, while it is armed."""
    matched: int = 0
    """How many messages it has matched."""
    connections: int = 0
    readings: int = 0
    delivered: int = 0
    entered: bool = False

    def ready(self, now: Instant) -> bool:
        """Whether every condition of its trigger has come true."""
        fault = self.fault
        return (
            now >= (fault.at or 0)
            and now >= self.since + (fault.after or 0)
            and self.connections >= (fault.connection or 0)
            and self.readings >= (fault.reading or 0)
            and in_units(self.delivered) >= (fault.delivered or Decimal(0))
            and (fault.state is None or self.entered)
        )

    def count(self, event: Event) -> None:
        """Count what happens in its device, while it waits."""
        self.readings += isinstance(event, Sample)
        if isinstance(event, Pulse) and event.cause == "bolus":
            self.delivered += event.uu
        self.entered = self.entered or getattr(event, "state", None) == self.fault.state

    def earliest(self) -> Instant:
        """The earliest instant at which the times of its trigger have come."""
        return max(self.fault.at or 0, self.since + (self.fault.after or 0))

    def to_dict(self) -> dict[str, Any]:
        """Return the fault and its state as plain data."""
        declared = self.fault.model_dump(mode="json", exclude_defaults=True)
        return {
            "id": self.id,
            "state": self.state.value,
            "struck": self.struck,
            "since": self.since,
            "declared": {"fault": self.fault.kind(), **declared},
        }
