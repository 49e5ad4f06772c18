"""What happens to glucose between the blood and a reading: lag, calibration error, noise, artefacts.

Every effect is a function of time alone (noise is drawn on a grid of its own, artefacts day by day), so neither the cadence
nor a gap nor another effect changes what it does. An effect is called in ascending order of instants.
"""

import math
from collections.abc import Callable
from dataclasses import field
from random import Random
from typing import Protocol

from isletbench.emulator.core.quantities import Instant, Span, days, minutes
from isletbench.emulator.core.values import dataclass

GRID = minutes(5)
"""The sampling at which the noise models were published."""


@dataclass(slots=True)
class Lag:
    """Plasma to interstitium: tau dIG/dt = G - IG, exact for glucose that moves in a straight line between two samples."""

    tau: Span
    last: tuple[Instant, float, float] | None = None
    """Of the last sample: its instant, the glucose, and what was made of it, mg/dL."""

    def __call__(self, at: Instant, level: float) -> float:
        if self.last is None or self.tau == 0:
            follows = level
        else:
            since, before, was = self.last
            span = at - since
            slope = (level - before) / span if span else 0.0
            follows = level - slope * self.tau + (was - before + slope * self.tau) * math.exp(-span / self.tau)
        self.last = at, level, follows
        return follows


@dataclass(slots=True)
class Polynomial:
    """Calibration error: gain(t) * glucose + offset(t), t in days since insertion, or since the last calibration."""

    gain: tuple[float, ...]
    offset: tuple[float, ...]
    since: Instant
    restarts: bool = False
    """Whether a calibration begins t anew: the models of sensors that were calibrated twice a day hold between two."""

    def __call__(self, at: Instant, level: float) -> float:
        t = (at - self.since) / days(1)
        return _polynomial(self.gain, t) * level + _polynomial(self.offset, t)

    def calibrated(self, at: Instant) -> None:
        """The sensor has been calibrated."""
        if self.restarts:
            self.since = at


def _polynomial(coefficients: tuple[float, ...], t: float) -> float:
    return sum(coefficient * t**power for power, coefficient in enumerate(coefficients))


class Process(Protocol):
    """A random process in steps of its own."""

    def step(self) -> float:
        """The next value, mg/dL."""


@dataclass(slots=True)
class Autoregressive:
    """v[n] = c1 v[n-1] + c2 v[n-2] + w, w normal with standard deviation ``sd`` mg/dL."""

    c1: float
    c2: float
    sd: float
    chance: Random
    _last: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        for _ in range(100):  # until the start has no influence any more
            self.step()

    def step(self) -> float:
        """The next value, mg/dL."""
        one, two = self._last
        drawn = self.c1 * one + self.c2 * two + self.chance.gauss(0, self.sd)
        self._last = drawn, one
        return drawn


def stationary_sd(c1: float, c2: float, sd: float) -> float:
    """The standard deviation that such a process settles at."""
    return sd * math.sqrt((1 - c2) / ((1 + c2) * ((1 - c2) ** 2 - c1**2)))


@dataclass(slots=True)
class Breton:
    """Noise of the Navigator era: a first-order process transformed to a Johnson SU distribution. Breton & Kovatchev 2008."""

    chance: Random
    _last: float = 0.0

    def step(self) -> float:
        """The next value, mg/dL."""
        self._last = 0.7 * (self._last + self.chance.gauss(0, 1))
        return -5.471 + 15.96 * math.sinh((self._last + 0.5444) / 1.6898)


@dataclass(slots=True)
class Noise:
    """A random process added to glucose, drawn every ``grid`` and followed in a straight line between two draws."""

    process: Process
    begins: Instant
    grid: Span = GRID
    _step: int = 0
    _drawn: tuple[float, float] | None = None

    def __call__(self, at: Instant, level: float) -> float:
        if self._drawn is None:
            self._drawn = self.process.step(), self.process.step()
        step, beyond = divmod(max(at - self.begins, 0), self.grid)
        while self._step < step:
            self._drawn = self._drawn[1], self.process.step()
            self._step += 1
        before, after = self._drawn
        return level + before + (after - before) * beyond / self.grid


# Artefacts


@dataclass(frozen=True, slots=True)
class Bias:
    """Readings that are ``mg_dl`` too high from ``begins`` on."""

    mg_dl: float
    begins: Instant = 0

    def __call__(self, at: Instant, level: float) -> float:
        return level + self.mg_dl if at >= self.begins else level


@dataclass(frozen=True, slots=True)
class Drift:
    """Readings that wander off by ``per_day`` mg/dL a day from ``begins`` on."""

    per_day: float
    begins: Instant = 0

    def __call__(self, at: Instant, level: float) -> float:
        return level + self.per_day * max(at - self.begins, 0) / days(1)


@dataclass(frozen=True, slots=True)
class Gain:
    """A wrong calibration: readings are ``factor`` times what they should be."""

    factor: float

    def __call__(self, at: Instant, level: float) -> float:
        return self.factor * level


@dataclass(frozen=True, slots=True)
class Fading:
    """A sensor that loses sensitivity at the end of its life: ``per_day`` of it each day from ``begins`` on."""

    begins: Instant
    per_day: float = 0.02

    def __call__(self, at: Instant, level: float) -> float:
        return level * max(0.0, 1 - self.per_day * max(at - self.begins, 0) / days(1))


@dataclass(frozen=True, slots=True)
class Spike:
    """An outlier: ``mg_dl`` too high (or too low) for a while."""

    mg_dl: float
    begins: Instant
    lasts: Span

    def __call__(self, at: Instant, level: float) -> float:
        return level + self.mg_dl if self.begins <= at < self.begins + self.lasts else level


@dataclass(slots=True)
class Stuck:
    """The same reading again and again: the first one of the time it lasts."""

    begins: Instant
    lasts: Span
    held: float | None = None

    def __call__(self, at: Instant, level: float) -> float:
        if not self.begins <= at < self.begins + self.lasts:
            self.held = None
            return level
        if self.held is None:
            self.held = level
        return self.held


GOES_DOWN, COMES_BACK = minutes(10), minutes(5)
"""Time constants of a compression low (choice; the sources say only that it is asymmetric and of first order)."""


@dataclass(frozen=True, slots=True)
class CompressionLow:
    """Somebody lies on the sensor: readings sink towards ``depth`` mg/dL too low, and recover when they turn over."""

    depth: float
    begins: Instant
    lasts: Span

    def __call__(self, at: Instant, level: float) -> float:
        if at < self.begins:
            return level
        pressed = min(at - self.begins, self.lasts)
        sunk = self.depth * (1 - math.exp(-pressed / GOES_DOWN))
        return level - sunk * math.exp(-max(at - self.begins - self.lasts, 0) / COMES_BACK)


@dataclass(slots=True)
class Daily:
    """Artefacts that come by chance, drawn day by day. ``midnight`` is an instant at which a local day begins."""

    draw: Callable[[int, Instant], list[Spike | CompressionLow]]
    """The artefacts that begin on day ``n``, which starts at this instant."""
    midnight: Instant
    _days: dict[int, list[Spike | CompressionLow]] = field(default_factory=dict)

    def __call__(self, at: Instant, level: float) -> float:
        today = (at - self.midnight) // days(1)
        for day in (today - 1, today):
            if day not in self._days:
                self._days[day] = self.draw(day, self.midnight + day * days(1))
            for artefact in self._days[day]:
                level = artefact(at, level)
        self._days = {day: drawn for day, drawn in self._days.items() if day >= today - 1}
        return level
