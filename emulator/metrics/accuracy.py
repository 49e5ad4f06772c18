"""How close a sensor comes to true glucose: MARD, bias, agreement within limits, and the zones of error grids.

Pairs whose reference is below 40 or above 400 mg/dL are left out, as in studies of sensors (Garg et al. 2022, Diabetes Technol
Ther 24:373); their number is part of the result.
"""

import statistics
from collections.abc import Sequence

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.metrics.error_grid import Zone, clarke_zone, dts_zone, parkes_zone, risk, shares

LOWEST, HIGHEST = 40.0, 400.0
"""References outside of these are left out, mg/dL."""
LIMITS = (15, 20, 30, 40)
"""Agreement is given within each of these: mg/dL where the reference is below 100 mg/dL, percent above."""
SPLIT = 100.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How a sensor compares with true glucose."""

    count: int
    """Pairs that were compared."""
    left_out: int
    """Pairs whose reference is below 40 or above 400 mg/dL."""
    mard: float
    """Mean absolute relative difference, percent."""
    bias: float
    """Mean of measured minus reference, mg/dL."""
    agreement: dict[int, float]
    """Percent of pairs within 15, 20, 30, 40 mg/dL or percent."""
    risk: float
    """Mean absolute risk in the DTS grid, 0 to 4 and above."""
    dts: dict[Zone, float]
    """Percent of pairs in each zone of the DTS grid."""
    clarke: dict[Zone, float]
    parkes: dict[Zone, float]


def accuracy_of(pairs: Sequence[tuple[float, float]]) -> Accuracy | None:
    """The accuracy that pairs (reference, measured) show; None where there is none to compare."""
    compared = [pair for pair in pairs if LOWEST <= pair[0] <= HIGHEST]
    if not compared:
        return None
    return Accuracy(
        count=len(compared),
        left_out=len(pairs) - len(compared),
        mard=100.0 * statistics.fmean(abs(measured - reference) / reference for reference, measured in compared),
        bias=statistics.fmean(measured - reference for reference, measured in compared),
        agreement={limit: agreement(compared, limit) for limit in LIMITS},
        risk=statistics.fmean(abs(risk(*pair)) for pair in compared),
        dts=shares(compared, dts_zone),
        clarke=shares(compared, clarke_zone),
        parkes=shares(compared, parkes_zone),
    )


def agreement(pairs: Sequence[tuple[float, float]], limit: float) -> float:
    """The percentage of pairs within a limit: mg/dL where the reference is below 100 mg/dL, percent of it above."""
    within = (abs(m - r) <= (limit if r < SPLIT else limit * r / 100.0) for r, m in pairs)
    return 100.0 * sum(within) / len(pairs)
