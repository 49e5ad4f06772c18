"""A fault on the bench: its state, and what its trigger still waits for."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.faults.fault import Fault
from isletbench.emulator.faults.messages import Intercept
from isletbench.emulator.faults.triggers import ConnectionBegan, EventHappened, Seen, Watch


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
    watch: Watch | None = None
    """What looks out for its trigger while it waits; None where there is none."""

    rounds: int = 0
    """How often it was over."""
    struck_before: int = 0
    """How often it had struck when it began to wait."""
    spent: bool = False
    """Whether a state that it waits for has to end before it can come true anew."""

    def counts(self, seen: Seen) -> bool:
        """Whether the keys of a trigger, ``when`` apart, may count what happens: an event or a connection of its device."""
        return isinstance(seen, EventHappened | ConnectionBegan) and seen.device == self.fault.device

    def ready(self, now: Instant) -> bool:
        """Whether its trigger has come true."""
        holds = self.watch is None or self.watch.holds(now)
        self.spent = self.spent and holds
        return holds and not self.spent

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
