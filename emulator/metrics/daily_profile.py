"""The ambulatory glucose profile: what glucose usually is at each time of day, over many days.

For each quarter of an hour of the day the 5th, 25th, 50th, 75th and 95th percentile of all values there, lightly smoothed over
the neighbours (1-2-1); Johnson et al. 2019, Diabetes Technol Ther 21:S2-17. Fourteen days make a profile that can be relied
upon (Battelino et al. 2019, Diabetes Care 42:1593); fewer make one that is drawn as it is, without smoothing below five.
"""

from collections.abc import Iterable, Sequence

from isletbench.emulator.core.values import dataclass

PERCENTILES = (5, 25, 50, 75, 95)
MINUTES_A_BIN = 15
BINS = 24 * 60 // MINUTES_A_BIN
SMOOTHED_FROM_DAYS = 5
"""With fewer days a percentile is hardly more than one of the values."""


@dataclass(frozen=True, slots=True)
class ProfileBin:
    """A quarter of an hour of the day."""

    minute: int
    """Its middle, minutes after midnight; half minutes are cut off."""
    values: tuple[float, ...]
    """The percentiles, mg/dL, in the order of ``PERCENTILES``."""


def percentile(ordered: Sequence[float], percent: float) -> float:
    """A percentile of values in ascending order, interpolated between neighbours (type 7 of Hyndman and Fan)."""
    place = (len(ordered) - 1) * percent / 100.0
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def daily_profile(values: Iterable[tuple[float, float]], days: int) -> list[ProfileBin | None]:
    """The profile of values (minute of the day, mg/dL) of so many days; None for a quarter of an hour without any."""
    bins: list[list[float]] = [[] for _ in range(BINS)]
    for minute, mg_dl in values:
        bins[int(minute // MINUTES_A_BIN) % BINS].append(mg_dl)
    rows = [tuple(percentile(sorted(found), one) for one in PERCENTILES) if found else None for found in bins]
    if days >= SMOOTHED_FROM_DAYS:
        rows = [_smoothed(rows[number - 1], row, rows[(number + 1) % BINS]) for number, row in enumerate(rows)]
    middle = MINUTES_A_BIN // 2
    return [None if row is None else ProfileBin(n * MINUTES_A_BIN + middle, row) for n, row in enumerate(rows)]


def _smoothed(
    before: tuple[float, ...] | None, row: tuple[float, ...] | None, after: tuple[float, ...] | None
) -> tuple[float, ...] | None:
    if row is None or before is None or after is None:
        return row
    return tuple((b + 2.0 * value + a) / 4.0 for b, value, a in zip(before, row, after, strict=True))
