"""How a machine survives the end of the process that runs it: what a state file holds of it, and how it is restored.

Records are numbered and handed over as they come, so that what one turn costs does not grow with the machine's age.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

M = TypeVar("M", contravariant=True)  # noqa: PLC0105  # the protocols below take machines and return none


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record of a machine's store or history."""

    number: int
    at: Instant
    """The instant that the machine keeps with it."""
    octets: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """How much of a machine's records is stored already."""

    next_number: int = 0
    """Records before this number are stored."""
    edits: int = 0
    """How often records that were stored have been altered or deleted since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A machine as it is now, but for its ledger and the records that are stored already."""

    memory: bytes
    """Everything but records and ledger."""
    records: Sequence[StoredRecord]
    """The records since the mark; all of them if ``complete``."""
    oldest: int
    """The number of the oldest record that the machine still has: what is stored before it is to be deleted."""
    complete: bool
    """Whether ``records`` replaces everything that is stored."""
    mark: Mark
    """What is stored once this snapshot is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A machine as it was last stored."""

    memory: bytes
    records: Sequence[StoredRecord]
    ledger: Sequence[Occurrence]


class Persistence(Protocol[M]):
    """Takes snapshots of the machines of one kind and restores them."""

    def snapshot(self, machine: M, since: Mark, /) -> Snapshot:
        """The machine as it is now, with its records since ``since``."""

    def restore(self, machine: M, stored: Stored, now: Instant, /) -> Mark:
        """Make a new machine the one that was stored, at the instant ``now`` after a time without power; what is stored of it.

        Raises ``ValueError`` for what is no stored machine of this kind.
        """
