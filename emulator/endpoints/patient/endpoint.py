"""A patient as a host runs it: advanced and written down like a device, without a client."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from isletbench.emulator.core.endpoint import Link, Place
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.patient.person import Person


class PatientEndpoint:
    """Shows a patient to its host. ``before`` lets all insulin arrive that is due, before the patient is advanced."""

    def __init__(self, name: str, machine: Person, before: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.machine = machine
        self.links: Collection[Link] = ()
        self.before = before

    @property
    def next_deadline(self) -> Instant | None:
        """When the patient has something to write down."""
        return self.machine.next_deadline

    def receive(self, request: Any, now: Instant) -> Iterable[Any]:
        """Refuse to be talked to: no carrier leads here."""
        raise NotImplementedError(f"{self.name}: nobody talks to a patient over a wire, got {request!r} at {now}")

    def advance(self, now: Instant) -> Iterable[Any]:
        """Advance the patient; what has happened."""
        self.before()
        self.machine.advance(now)
        return self.machine.ledger.drain()

    def place_of(self, message: Any) -> Place | None:
        """Nowhere: it has no messages."""

    def snapshot(self) -> Mapping[str, Any]:
        """Nothing: it has no clients."""
        return {}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over nothing."""

    def forget_bonds(self) -> Collection[str]:
        """There are none."""
        return ()
