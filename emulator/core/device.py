"""What the bench knows of any device: a state machine that owns no task, no port, no clock and no randomness.

A request goes in with the time at which it arrived; what the device does about it comes out as a list of effects, in
order: things to send and things to write down. Nothing is awaited, so a device and its client run in one test.
"""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant

Request_contra = TypeVar("Request_contra", contravariant=True)
Effect = TypeVar("Effect")


class Device(Protocol[Request_contra, Effect]):
    """All that the host knows of a device."""

    @property
    def name(self) -> str:
        """What the rig calls it."""

    @property
    def next_deadline(self) -> Instant | None:
        """When it asks to be woken, if at all. Never earlier than the ``now`` it was last called with."""

    def receive(self, request: Request_contra, now: Instant) -> list[Effect]:
        """Take one request that arrived at ``now``."""

    def advance(self, now: Instant) -> list[Effect]:
        """Do what is due by ``now``. May be called early or late; late calls catch up in order."""


class Machine(Protocol):
    """The thing behind an endpoint: a sensor or a pump, without wire or words."""

    @property
    def ledger(self) -> Ledger:
        """Where it writes the truth."""

    @property
    def next_deadline(self) -> Instant | None:
        """When something will be due, if anything."""

    def advance(self, now: Instant) -> None:
        """Bring the machine to ``now``: pulses, samples and expiries that fell due happen, each at its own instant."""

    def status(self, now: Instant) -> Mapping[str, Any]:
        """How it is, as plain JSON-able data for people: ``isletbench status`` and the live line."""
