"""What the bench knows of any device: a state machine that owns no task, no port, no clock and no randomness.

A request goes in with the time at which it arrived; what the device does about it comes out as a list of effects, in
order: things to send and things to write down. Nothing is awaited, so a device and its client run in one test.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant


class Stage(StrEnum):
    """How far an exchange has come.

    A reply lost before and after ``COMMITTED`` looks the same to the client and differs for the patient, so the stage is
    written down, not inferred.
    """

    ON_THE_WIRE = "on_the_wire"
    """The client has sent it, and something keeps it from reaching the device as it is."""
    RECEIVED = "received"
    """The request's octets are complete at the device."""
    DECODED = "decoded"
    """The octets have a meaning."""
    ACCEPTED = "accepted"
    """The device will do it; nothing has changed yet."""
    COMMITTED = "committed"
    """It is done: therapy, settings or records have changed."""
    REPLY_QUEUED = "reply_queued"
    """The answer exists."""
    REPLY_SENT = "reply_sent"
    """The answer has been handed to the wire."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the journal, not for the wire.

    ``at`` is when it became true, which may lie before the call that found it out. ``stage`` is set when the note marks how
    far an exchange has come.
    """

    at: Instant
    what: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage | None = None


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
