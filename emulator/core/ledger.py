"""Ground truth: what was really delivered and measured, on the bench's own clock."""

from collections.abc import Iterable
from dataclasses import field
from typing import TypeVar

from isletbench.emulator.core.events import Event, Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

E = TypeVar("E", bound=Event)


@dataclass(slots=True)
class Ledger:
    """Ground truth of one machine, append-only.

    The machine writes it; the host drains it into the journal; checks compare with it. No service may read it.
    """

    entries: list[Occurrence] = field(default_factory=list)
    _drained: int = 0

    def write(self, at: Instant, event: Event) -> None:
        """Append an event that happened at ``at``."""
        self.entries.append(Occurrence(at, event))

    def of(self, kind: type[E]) -> list[tuple[Instant, E]]:
        """The events of one type, each with its instant."""
        return [(entry.at, entry.event) for entry in self.entries if isinstance(entry.event, kind)]

    def restore(self, entries: Iterable[Occurrence]) -> None:
        """Take over the entries of a state file; they have been drained before."""
        self.entries = list(entries)
        self._drained = len(self.entries)

    def drain(self) -> list[Occurrence]:
        """The entries written since the last drain."""
        if self._drained == len(self.entries):
            return []
        fresh = self.entries[self._drained :]
        self._drained = len(self.entries)
        return fresh
