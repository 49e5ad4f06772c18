"""What the pump has to tell its user, until it is confirmed. Source: IDS 1.0.2, sections 3.4 and 3.7.2.4 to 3.7.2.5."""

from dataclasses import dataclass, field

from emulator.quantities import Instant
from protocols.ids import AnnunciationStatus, AnnunciationType

PRIORITY = (
    AnnunciationType.SYSTEM_ISSUE,
    AnnunciationType.MECHANICAL_ISSUE,
    AnnunciationType.OCCLUSION_DETECTED,
    AnnunciationType.RESERVOIR_EMPTY,
    AnnunciationType.BATTERY_EMPTY,
    AnnunciationType.RESERVOIR_LOW,
    AnnunciationType.BATTERY_LOW,
)
"""Errors before warnings before the rest, in the order they arose: the server's choice (IDS 1.0.2, section 3.4)."""


@dataclass(slots=True)
class Annunciation:
    """One of them."""

    instance_id: int
    type: AnnunciationType
    status: AnnunciationStatus = AnnunciationStatus.PENDING
    quiet_until: Instant | None = None

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller is shown first."""
        return (PRIORITY.index(self.type) if self.type in PRIORITY else len(PRIORITY), self.instance_id)


@dataclass(slots=True)
class Annunciations:
    """Those that are active: raised and not confirmed."""

    active: dict[int, Annunciation] = field(default_factory=dict)
    _last_id: int = 0

    def raise_(self, type_: AnnunciationType) -> Annunciation:
        """A new one, pending."""
        self._last_id = self._last_id % 0xFFFF + 1
        self.active[self._last_id] = Annunciation(self._last_id, type_)
        return self.active[self._last_id]

    @property
    def shown(self) -> Annunciation | None:
        """The one the pump shows first."""
        return min(self.active.values(), key=lambda annunciation: annunciation.rank, default=None)

    @property
    def next_deadline(self) -> Instant | None:
        """When a snoozed one pops up again."""
        return min((a.quiet_until for a in self.active.values() if a.quiet_until is not None), default=None)
