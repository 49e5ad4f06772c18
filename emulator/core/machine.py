"""What the bench knows of any machine: a state machine that owns no task, no port, no clock and no randomness."""

from collections.abc import Mapping
from typing import Any, Protocol

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant


class Machine(Protocol):
    """A sensor, a pump: what an endpoint shows on a wire. It knows no wire itself."""

    @property
    def ledger(self) -> Ledger:
        """The ground truth of what happened in it."""

    @property
    def next_deadline(self) -> Instant | None:
        """When something will be due, if anything."""

    def advance(self, now: Instant) -> None:
        """Bring the machine to ``now``: pulses, samples and expiries that fell due happen, each at its own instant."""

    def status(self, now: Instant) -> Mapping[str, Any]:
        """Its state as plain JSON-able data for people: ``isletbench status`` and the live line."""
