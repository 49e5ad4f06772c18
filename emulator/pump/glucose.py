"""The glucose that a pump has received from its CGM: the readings of the last hours, the trend, and what is predicted."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from isletbench.emulator.core.quantities import Instant, Span, hours, minutes
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import GlucoseKnown, Happens

SHOWN_FOR = minutes(15)
"""A reading is shown, and decided upon, for so long after it was measured: two may be missed (choice)."""
REMEMBERED = hours(3)
"""Readings are remembered for so long."""
MG_DL_PER_MIN = 60_000
"""A rate in mg/dL/ms as one in mg/dL/min."""
ARROWS: Sequence[tuple[float, str]] = ((-3.0, "⇊"), (-2.0, "↓"), (-1.0, "↘"), (1.0, "→"), (2.0, "↗"), (3.0, "↑"))
"""The arrow of a rate of change up to this one, mg/dL/min, as CGM displays draw it; of a faster rise it is the double one."""


def arrow(trend: float) -> str:
    """The arrow of a rate of change, mg/dL/min."""
    return next((drawn for most, drawn in ARROWS if trend <= most), "⇈")


@dataclass(slots=True)
class Reading:
    """A reading with a value."""

    measured: Instant
    mg_dl: float
    trend: float | None


@dataclass(slots=True)
class Glucose:
    """What a pump knows from its CGM; ``link`` is None for a pump that has none."""

    link: CgmLink | None = None
    bonds: dict[str, Any] = field(default_factory=dict)
    """The keys of its bonds with CGMs, by their addresses."""
    readings: list[Reading] = field(default_factory=list)
    """Those with a value, by the time they were measured."""

    @property
    def newest(self) -> Reading | None:
        """The newest reading."""
        return self.readings[-1] if self.readings else None

    def shown(self, now: Instant) -> Reading | None:
        """The reading that the pump shows: the newest one, as long as it is fresh."""
        newest = self.newest
        return newest if newest and now - newest.measured <= SHOWN_FOR else None

    def set_link(self, link: CgmLink) -> Happens[None]:
        """Another state of the link with the CGM."""
        if link is not self.link:
            self.link = link
            yield events.CgmLinkChanged(state=link.name)

    def set_bonds(self, bonds: Mapping[str, Any]) -> Happens[None]:
        """Other bonds with CGMs."""
        self.bonds = dict(bonds)
        yield from ()

    def clear(self) -> None:
        """Forget what was received, as after a loss of power."""
        self.readings.clear()

    def receive(self, came: Sequence[GlucoseReading], now: Instant) -> Happens[None]:
        """Take readings in; the newest one is acted upon where it is new and fresh."""
        before = self.newest
        for reading in sorted(came, key=lambda reading: reading.measured):
            yield events.GlucoseReceived(
                mg_dl=reading.mg_dl,
                trend=reading.trend,
                measured_ms=reading.measured,
                backfilled=True if reading.backfilled else None,
            )
            if reading.mg_dl is not None:
                self.readings.append(Reading(reading.measured, reading.mg_dl, reading.trend))
        self.readings.sort(key=lambda reading: reading.measured)
        self.readings = [reading for reading in self.readings if now - reading.measured <= REMEMBERED]
        shown = self.shown(now)
        if shown is not None and (before is None or shown.measured > before.measured):
            yield GlucoseKnown(shown.mg_dl, self.trend, shown.measured)

    @property
    def trend(self) -> float | None:
        """The rate of change, mg/dL/min: as the sensor says, or else over the last readings; None where neither is known."""
        newest = self.newest
        if newest is None or newest.trend is not None:
            return None if newest is None else newest.trend
        line = self._line(minutes(15), 2)
        return None if line is None else round(line[1] * MG_DL_PER_MIN, 2)

    @property
    def rises(self) -> bool:
        """Whether the newest reading is higher than the one before it."""
        if len(self.readings) < 2:
            return False
        before, newest = self.readings[-2:]
        return newest.measured - before.measured <= SHOWN_FOR and newest.mg_dl > before.mg_dl

    def predicted(self, horizon: Span, over: Span, fewest: int) -> float | None:
        """Glucose so long after the newest reading, on the line through those of the last ``over``; None with fewer than
        ``fewest`` readings there."""
        line = self._line(over, fewest)
        return None if line is None else round(line[0] + line[1] * horizon)

    def _line(self, over: Span, fewest: int) -> tuple[float, float] | None:
        """The least squares line through the newest readings: mg/dL at the newest one, and mg/dL/ms."""
        newest = self.newest
        if newest is None:
            return None
        points = [(r.measured - newest.measured, r.mg_dl) for r in self.readings if newest.measured - r.measured <= over]
        if len(points) < fewest:
            return None
        mean_at, mean = sum(at for at, _ in points) / len(points), sum(level for _, level in points) / len(points)
        spread = sum((at - mean_at) ** 2 for at, _ in points)
        if spread == 0:
            return None
        slope = sum((at - mean_at) * (level - mean) for at, level in points) / spread
        return mean - slope * mean_at, slope
