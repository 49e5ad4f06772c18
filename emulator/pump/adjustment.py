"""Temporary basal rates as values: in place of the profile's own rate, or a factor on it, for so long."""

from isletbench.emulator.core.quantities import Instant, Rate, Span
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.ids import BasalContext, TbrType

WHOLE = 1_000_000
"""A relative adjustment is held in millionths, as an absolute one is in uU/h: 1.25 is 1 250 000 in both."""


@dataclass(slots=True, kw_only=True)
class Adjustment:
    """What is asked for. ``value`` is uU/h for an absolute one, millionths for a relative one; ``duration`` in ms."""

    type: TbrType
    value: int
    duration: Span
    template_number: int | None = None
    context: BasalContext = BasalContext.REMOTE_CONTROL

    @property
    def in_wire_units(self) -> float:
        """The value in IU/h, or as a factor."""
        return self.value / WHOLE


@dataclass(slots=True)
class Tbr:
    """An adjustment in force."""

    wanted: Adjustment
    started_at: Instant
    changed_at: Instant
    record: int = 0
    """The number of the history entry that its start was recorded in."""

    @property
    def ends_at(self) -> Instant:
        """When its duration is over."""
        return self.changed_at + self.wanted.duration

    def rate(self, scheduled: Rate, most: Rate) -> Rate:
        """The rate it makes of the profile's own rate, at most ``most``, uU/h."""
        if self.wanted.type is TbrType.ABSOLUTE:
            return self.wanted.value
        return min(scheduled * self.wanted.value // WHOLE, most)
