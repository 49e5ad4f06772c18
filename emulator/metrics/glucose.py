"""What a series of glucose values says: times in ranges, mean, variation, risk indices. Values in mg/dL, shares in percent.

Each value counts the same, as the consensus has it: a series comes from one sensor with one interval. Nothing is filled in
where readings are missing. Sources: Battelino et al. 2019, Diabetes Care 42:1593 (times in ranges, CV); Battelino et al. 2023,
Lancet Diabetes Endocrinol 11:42 (tight range); Bergenstal et al. 2018, Diabetes Care 41:2275 (GMI); Kovatchev et al. 2006,
Diabetes Care 29:2433 (LBGI, HBGI); Klonoff et al. 2023, J Diabetes Sci Technol 17:1226 (GRI).
"""

import math
import statistics
from collections.abc import Callable, Sequence
from enum import Enum

from isletbench.emulator.core.values import dataclass

VERY_LOW, LOW, HIGH, VERY_HIGH = 54.0, 70.0, 180.0, 250.0
"""The edges of the consensus, mg/dL: 54 and 70 are the first values that are no longer below, 180 and 250 the last that are
not above."""
TIGHT_HIGH = 140.0
"""The upper edge of the tight range, inclusive."""
LARGEST_CV = 36.0
"""The coefficient of variation up to which glucose counts as stable, percent (Battelino 2019)."""


class Range(Enum):
    """The five ranges of the consensus, from the lowest."""

    VERY_LOW = "very_low"
    """Below 54."""
    LOW = "low"
    """54 to 69."""
    TARGET = "target"
    """70 to 180."""
    HIGH = "high"
    """181 to 250."""
    VERY_HIGH = "very_high"
    """Above 250."""


def range_of(mg_dl: float) -> Range:
    """The range that a value lies in."""
    if mg_dl < VERY_LOW:
        return Range.VERY_LOW
    if mg_dl < LOW:
        return Range.LOW
    if mg_dl <= HIGH:
        return Range.TARGET
    return Range.HIGH if mg_dl <= VERY_HIGH else Range.VERY_HIGH


def share(values: Sequence[float], holds: Callable[[float], bool]) -> float:
    """The percentage of values that something holds of. Raises ``ValueError`` without a value."""
    if not values:
        raise ValueError("expected at least one glucose value")
    return 100.0 * sum(map(holds, values)) / len(values)


@dataclass(frozen=True, slots=True)
class GlucoseSummary:
    """The numbers of one series. Glucose in mg/dL, times in percent of its values."""

    count: int
    mean: float
    sd: float
    """Sample standard deviation; 0 of a single value."""
    cv: float
    """Coefficient of variation, percent."""
    gmi: float
    """Glucose management indicator, percent."""
    lowest: float
    highest: float
    median: float
    ranges: dict[Range, float]
    """Percent of values in each of the five ranges."""
    tight: float
    """Percent of values from 70 to 140."""
    lbgi: float
    """Low blood glucose index."""
    hbgi: float
    """High blood glucose index."""

    @property
    def in_range(self) -> float:
        """Percent from 70 to 180."""
        return self.ranges[Range.TARGET]

    @property
    def below(self) -> float:
        """Percent below 70."""
        return self.ranges[Range.VERY_LOW] + self.ranges[Range.LOW]

    @property
    def above(self) -> float:
        """Percent above 180."""
        return self.ranges[Range.HIGH] + self.ranges[Range.VERY_HIGH]

    @property
    def gri(self) -> float:
        """Glycemia risk index, 0 (best) to 100."""
        return glycemia_risk_index(self.ranges)


def summary_of(values: Sequence[float]) -> GlucoseSummary:
    """The numbers of a series. Raises ``ValueError`` without a value or with one that is not above 0."""
    if not values:
        raise ValueError("expected at least one glucose value")
    if min(values) <= 0:
        raise ValueError(f"glucose {min(values)}: expected values above 0 mg/dL")
    mean = statistics.fmean(values)
    sd = statistics.stdev(values) if len(values) > 1 else 0.0
    found = [range_of(value) for value in values]
    low_risk, high_risk = risk_indices(values)
    return GlucoseSummary(
        count=len(values),
        mean=mean,
        sd=sd,
        cv=100.0 * sd / mean,
        gmi=management_indicator(mean),
        lowest=min(values),
        highest=max(values),
        median=statistics.median(values),
        ranges={one: 100.0 * found.count(one) / len(values) for one in Range},
        tight=share(values, lambda value: LOW <= value <= TIGHT_HIGH),
        lbgi=low_risk,
        hbgi=high_risk,
    )


def management_indicator(mean: float) -> float:
    """GMI in percent, of a mean in mg/dL (Bergenstal 2018)."""
    return 3.31 + 0.02392 * mean


def risk_indices(values: Sequence[float]) -> tuple[float, float]:
    """LBGI and HBGI: the means of 10 f^2 where f is below and above 0, f = 1.509 (ln(G)^1.084 - 5.381) (Kovatchev 2006)."""
    low = high = 0.0
    for value in values:
        # ln of a value below 1 is negative and has no such power; no glucose is that low, and the risk is then the highest
        scaled = 1.509 * (math.log(max(value, 1.0)) ** 1.084 - 5.381)
        if scaled < 0:
            low += 10.0 * scaled * scaled
        else:
            high += 10.0 * scaled * scaled
    return low / len(values), high / len(values)


def glycemia_risk_index(ranges: dict[Range, float]) -> float:
    """GRI: 3.0 very low + 2.4 low + 1.6 very high + 0.8 high, in percent of the five separate ranges, at most 100.

    The low range is 54 to 69 and the high range 181 to 250, without what is already counted as very low or very high
    (Klonoff 2023).
    """
    low = 3.0 * ranges[Range.VERY_LOW] + 2.4 * ranges[Range.LOW]
    high = 1.6 * ranges[Range.VERY_HIGH] + 0.8 * ranges[Range.HIGH]
    return min(100.0, low + high)
