"""How wrong a sensor is: published error models by name, and the artefacts that none of them contains.

A model draws one sensor in one body: the lag of its site, its calibration error, its noise. ``CGM = gain(t) * IG + offset(t)
+ noise``. Sources: Breton & Kovatchev 2008 (J Diabetes Sci Technol 2:853); Facchinetti et al. 2014 (IEEE Trans Biomed Eng
61:620); Vettoretti et al. 2018 (IEEE Trans Biomed Eng 65:1281); Vettoretti et al. 2019 (EMBC, 10.1109/embc.2019.8856790, and
Sensors 19:5320); numbers as LoopInsighT1 and ReplayBG use them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Annotated, TypeAlias

from isletbench.emulator.cgm.effects import (
    Autoregressive,
    Breton,
    CompressionLow,
    Daily,
    Fading,
    Lag,
    Noise,
    Polynomial,
    Spike,
    stationary_sd,
)
from isletbench.emulator.core.chance import poisson, stream
from isletbench.emulator.core.glucose import Effect
from isletbench.emulator.core.quantities import Instant, Span, days, hours, minutes
from isletbench.emulator.core.ranges import PROBABILITY, Within, spans
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Wear:
    """One sensor in one body."""

    seed: str
    """What its random numbers derive from."""
    inserted: Instant
    midnight: Instant
    """An instant at which a local day begins."""

    def chance(self, *purpose: int | str) -> Random:
        """The random numbers for one purpose."""
        return stream(self.seed, *purpose)


ErrorModel: TypeAlias = Callable[[Wear], tuple[Effect, ...]]


def _autoregressive(wear: Wear, what: str, c1: float, c2: float, variance: float) -> Noise:
    return Noise(Autoregressive(c1, c2, math.sqrt(variance), wear.chance(what)), wear.inserted)


def exact(wear: Wear) -> tuple[Effect, ...]:
    """No error."""
    return ()


def breton2008(wear: Wear) -> tuple[Effect, ...]:
    """Navigator era: noise only, drawn every 15 minutes."""
    return (Noise(Breton(wear.chance("noise")), wear.inserted, grid=minutes(15)),)


def facchinetti2014(wear: Wear) -> tuple[Effect, ...]:
    """SEVEN Plus. The noise has a part of the sensor's own and a part of the body."""
    return (
        Polynomial((1.1, 2e-4), (-14.8, 0.04), wear.inserted, restarts=True),
        _autoregressive(wear, "noise", 1.013, -0.2135, 14.45),
        _autoregressive(wear, "common noise", 1.23, -0.3995, 11.3),
    )


def vettoretti2018(wear: Wear) -> tuple[Effect, ...]:
    """G5, calibrated twice a day."""
    return (
        Polynomial((1.04, 0.02), (-8.75,), wear.inserted, restarts=True),
        _autoregressive(wear, "noise", 1.27, -0.42, 7.64),
    )


def vettoretti2019a(wear: Wear) -> tuple[Effect, ...]:
    """G6, from 11 people with two sensors each."""
    return (
        Polynomial((1.048, -0.033, 0.002), (-6.398, 6.179, -0.448), wear.inserted),
        _autoregressive(wear, "noise", 1.22, -0.331, 3.641),
        _autoregressive(wear, "common noise", 1.34, -0.492, 5.538),
    )


MEAN = (0.94229, 0.0049399, -0.00058487, 6.3826, 1.26041, -0.402223, 3.25164)
"""Of gain(t) = a0 + a1 t + a2 t^2, offset b0 and noise c1, c2, sd over 79 G6 traces. Sensors 19:5320."""
COVARIANCE = (
    (0.0132458, -0.00395130, 0.000312767, 0.157179, 0.00268766, -0.00289046, -0.00318017),
    (-0.00395130, 0.00185280, -0.000155803, -0.102880, -0.00139023, 0.00115919, -0.00272849),
    (0.000312767, -0.000155803, 1.37460e-5, 0.00806859, 0.000120750, -0.000100421, 0.000111303),
    (0.157179, -0.102880, 0.00806859, 29.0058, 0.124083, -0.101936, 0.600754),
    (0.00268766, -0.00139023, 0.000120750, 0.124083, 0.0207935, -0.0184311, -0.0157218),
    (-0.00289046, 0.00115919, -0.000100421, -0.101936, -0.0184311, 0.0187009, 0.0155233),
    (-0.00318017, -0.00272849, 0.000111303, 0.600754, -0.0157218, 0.0155233, 0.723568),
)
SHRUNK = 0.9
"""ReplayBG draws with nine tenths of the covariance and redraws what would not be a sensor."""
WORST_NOISE = 10.0
"""mg/dL"""


def cholesky(matrix: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """The lower triangle whose product with its own transpose is ``matrix`` (symmetric, positive definite)."""
    rows: list[list[float]] = []
    for i, wanted in enumerate(matrix):
        row: list[float] = []
        for j in range(i + 1):
            known = sum(a * b for a, b in zip(row, rows[j] if j < i else row, strict=False))
            row.append(math.sqrt(wanted[i] - known) if i == j else (wanted[j] - known) / rows[j][j])
        rows.append(row)
    return tuple(tuple(row) for row in rows)


ROOT = cholesky([[SHRUNK * entry for entry in row] for row in COVARIANCE])


def vettoretti2019b(wear: Wear) -> tuple[Effect, ...]:
    """G6, from 79 traces: every sensor is drawn from a population, for its whole life of ten days."""
    chance = wear.chance("sensor")
    while True:
        normal = [chance.gauss(0, 1) for _ in MEAN]
        drawn = [mean + sum(c * z for c, z in zip(row, normal, strict=False)) for mean, row in zip(MEAN, ROOT, strict=True)]
        a0, a1, a2, b0, c1, c2, sd = drawn
        if sd > 0 and -1 < c2 < 1 - abs(c1) - 0.02 and stationary_sd(c1, c2, sd) < WORST_NOISE:
            break
    return (
        Polynomial((a0, a1, a2), (b0,), wear.inserted),
        Noise(Autoregressive(c1, c2, sd, wear.chance("noise")), wear.inserted),
    )


def flat(wear: Wear) -> tuple[Effect, ...]:
    """A factory-calibrated sensor that is as good on its last day as on its first: a gain and an offset of its own, and noise
    coloured as in ``vettoretti2018``. How much of each is ours, chosen so that MARD meets the label of a 1-minute sensor."""
    chance = wear.chance("sensor")
    gain, offset = chance.gauss(1.0, 0.04), chance.gauss(0, 4.0)
    return (Polynomial((gain,), (offset,), wear.inserted), _autoregressive(wear, "noise", 1.27, -0.42, 16.0))


MODELS: Mapping[str, ErrorModel] = {
    "exact": exact,
    "breton2008": breton2008,
    "facchinetti2014": facchinetti2014,
    "vettoretti2018": vettoretti2018,
    "vettoretti2019a": vettoretti2019a,
    "vettoretti2019b": vettoretti2019b,
    "flat": flat,
}
"""By name. The polynomials of ``facchinetti2014`` and ``vettoretti2018`` hold for the half day between two calibrations."""


# What the models do not contain


@dataclass(frozen=True, slots=True)
class Artefacts:
    """How often a sensor is wrong for a while."""

    compression_lows_per_night: Annotated[float, PROBABILITY] = 0.0
    """0.25 is usual. Duration and depth after Facchinetti et al. 2016 (Diabetes Technol Ther 18:264)."""
    outliers_per_day: Annotated[float, Within(0, 288)] = 0.0
    """Of 30 to 100 mg/dL, for one or two 5-minute readings: what complaints tell of (choice)."""
    fades_before_end: Annotated[Span, spans("0ms", "45d")] = 0
    """The sensor loses 2 % of its sensitivity a day over this much of its end (choice)."""


def lag(wear: Wear, typical: Span) -> tuple[Effect, ...]:
    """The lag of this site: lognormal around the typical one, 30 % (choice)."""
    return (Lag(round(typical * wear.chance("lag").lognormvariate(0, 0.3))),) if typical else ()


def artefacts(wear: Wear, often: Artefacts, ends: Instant) -> tuple[Effect, ...]:
    """The artefacts of a sensor whose session is to end at ``ends``."""

    def nights(day: int, midnight: Instant) -> list[Spike | CompressionLow]:
        chance = wear.chance("compression", day)
        if chance.random() >= often.compression_lows_per_night:
            return []
        begins = midnight + round(chance.uniform(-hours(1), hours(6)))
        lasts = minutes(chance.lognormvariate(math.log(45), 0.26))  # median 45 min, 5 to 95 %: 30 to 70
        depth = chance.lognormvariate(math.log(24), 0.48)  # median 24 mg/dL, 5 to 95 %: 10 to 48
        return [CompressionLow(depth, begins, lasts)]

    def outliers(day: int, midnight: Instant) -> list[Spike | CompressionLow]:
        chance = wear.chance("outliers", day)
        return [
            Spike(chance.choice((-1, 1)) * chance.uniform(30, 100), midnight + chance.randrange(days(1)), minutes(5) * count)
            for count in (chance.choice((1, 2)) for _ in range(poisson(often.outliers_per_day, chance)))
        ]

    made: list[Effect] = []
    if often.compression_lows_per_night:
        made.append(Daily(nights, wear.midnight))
    if often.outliers_per_day:
        made.append(Daily(outliers, wear.midnight))
    if often.fades_before_end:
        made.append(Fading(ends - often.fades_before_end))
    return tuple(made)


def early_failure(wear: Wear, share: float, life: Span) -> Instant | None:
    """When the sensor fails before the end of its ``life``; None for those outside the ``share`` that does."""
    drawn = wear.chance("early failure")
    return wear.inserted + round(drawn.random() * life) if drawn.random() < share else None
