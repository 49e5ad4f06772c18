"""Alert levels and trend: what a sensor computes from its own results.

Source: CGMS 1.0.1, sections 3.1.1.5 and 3.7.2.3 to 3.7.2.6.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated

from isletbench.emulator.cgm.annunciation import raised
from isletbench.emulator.cgm.changes import SettingChanged
from isletbench.emulator.cgm.states import Reason, Refused
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.fields import Special

TREND_SPAN: Span = minutes(15)
"""The rate of change is taken over this much of the past: three 5-minute readings, as the makers of arrows do."""

GLUCOSE = 20.0, 500.0
"""The range of a glucose level, mg/dL (choice: the widest range of today's receivers)."""
RATE = -20.0, 20.0
"""The range of a rate, mg/dL/min (choice)."""
RANGES: Mapping[str, tuple[float, float]] = {
    "patient_high": GLUCOSE,
    "patient_low": GLUCOSE,
    "hypo": GLUCOSE,
    "hyper": GLUCOSE,
    "rate_of_decrease": RATE,
    "rate_of_increase": RATE,
}
"""The lowest and the highest value of every alert level, by the name of its field."""


@dataclass(slots=True)
class AlertLevels:
    """The levels at which a result raises a warning, mg/dL and mg/dL/min; None is off."""

    patient_high: Annotated[float, Within(*GLUCOSE)] | None = None
    patient_low: Annotated[float, Within(*GLUCOSE)] | None = None
    hypo: Annotated[float, Within(*GLUCOSE)] | None = None
    hyper: Annotated[float, Within(*GLUCOSE)] | None = None
    rate_of_decrease: Annotated[float, Within(*RATE)] | None = None
    """Either sign: the specification does not say, and a fall is meant."""
    rate_of_increase: Annotated[float, Within(*RATE)] | None = None

    def set(self, level: str, value: float | Special) -> SettingChanged:
        """Set the level of this name. Raises ``Refused`` for a value outside its range."""
        low, high = RANGES[level]
        if not isinstance(value, float) or not low <= value <= high:
            raise Refused(Reason.OUT_OF_RANGE, f"expected {low:g}..{high:g}, got {value}")
        setattr(self, level, value)
        return SettingChanged(level, value)

    def warnings(self, shown: float, trend: float | None) -> Annunciation:
        """The bits that one result raises. Comparisons are strict: a result at the level raises nothing."""
        return raised(
            (
                (Annunciation.LOWER_THAN_PATIENT_LOW, below(shown, self.patient_low)),
                (Annunciation.HIGHER_THAN_PATIENT_HIGH, above(shown, self.patient_high)),
                (Annunciation.LOWER_THAN_HYPO, below(shown, self.hypo)),
                (Annunciation.HIGHER_THAN_HYPER, above(shown, self.hyper)),
                (Annunciation.RATE_OF_DECREASE_EXCEEDED, _falls_faster(trend, self.rate_of_decrease)),
                (Annunciation.RATE_OF_INCREASE_EXCEEDED, above(trend, self.rate_of_increase)),
            )
        )


def below(value: float | None, level: float | None) -> bool:
    """Whether a value lies below a level; False where one of them is missing."""
    return value is not None and level is not None and value < level


def above(value: float | None, level: float | None) -> bool:
    """Whether a value lies above a level; False where one of them is missing."""
    return value is not None and level is not None and value > level


def _falls_faster(trend: float | None, level: float | None) -> bool:
    return trend is not None and level is not None and trend < -abs(level)


@dataclass(slots=True)
class Trend:
    """The rate of change of the last results."""

    recent: deque[tuple[Instant, float]] = field(default_factory=deque)

    def of(self, at: Instant, shown: float) -> float | None:
        """mg/dL/min to a tenth, against the oldest result within ``TREND_SPAN``; None without one."""
        while self.recent and self.recent[0][0] < at - TREND_SPAN:
            self.recent.popleft()
        self.recent.append((at, shown))
        since, before = self.recent[0]
        return None if since == at else round((shown - before) / ((at - since) / minutes(1)), 1)
