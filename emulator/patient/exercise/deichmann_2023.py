"""Exercise by activity counts: uptake, production, glycogen that runs out, and insulin that acts more for two days.

J. Deichmann, S. Bachmann, M.-A. Burckhardt, M. Pfister, G. Szinnai, H.-M. Kaltenbach, "New model of glucose-insulin regulation
characterizes effects of physical activity and facilitates personalized treatment evaluation in children and adults with type 1
diabetes", PLOS Comput Biol 19 (2023) e1010289. Its eight states of exercise are driven by the counts of an accelerometer alone
and act on plasma glucose Q1 as ``- (rGU - (rGP - rdepl)) Q1 - Z X Q1``, X being insulin's action: a clearance and a multiplier,
whatever model Q1 and X belong to. Moderate exercise takes up more glucose than it produces, intense exercise produces more than
it takes up, and in long exercise a part of the production ends with the liver's glycogen.

Where each number comes from stands beside it. *Authors*: the equations and scenarios of the code that the authors have
published with the paper. *Second-hand*: read in a port by others, who name the authors' parameter files as their source; the
files and the tables of the paper were not at hand. *Choice*: ours. ``docs/patient.md`` has the same as a table.
"""

import math

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.modulators import Modulation

# Intensity into counts

COUNTS_PER_PERCENT, COUNTS_AT_NONE = 74.07, -127.0
"""Counts/min by percent of the greatest oxygen uptake: a line through the authors' 2095, 4317 and 6539 at 30, 60 and 90 %."""
RESERVE_SLOPE, RESERVE_INTERCEPT = 1.12, -11.6
"""Heart rate reserve (%) by greatest oxygen uptake (%): D. P. Swain, B. C. Leutholtz, Med Sci Sports Exerc 29 (1997) 410."""

# Fixed structure, second-hand

TAU_COUNTS = 5.0
"""Time constant with which activity follows the counts, min."""
TAU_SENSITIVITY = 600.0
"""Time constant with which sensitivity fades, min."""
ACTIVE, ACTIVE_N = 1500.0, 20
"""Activity (counts/min) from which on exercise acts, and the power of this switch."""
EXERCISE, EXERCISE_N = 1000.0, 100
"""Counts/min that are exercise, for the time that glycogen lasts, and the power of this switch and the next two."""
INTENSE = 5600.0
"""Counts/min from which on exercise is intense."""
INTENSE_FOR = 2.0
"""Minutes of it after which production follows the laws of intense exercise."""
DEPLETED_AT_NONE, DEPLETED_PER_COUNT = 180.6, 0.0108
"""Minutes for which glycogen lasts: so many, less so much for each count/min on average."""

# Rates, second-hand: the nominal values of the standard adult

SENSITIVITY_GAIN = 3.64e-6
"""Sensitivity gained for each count (b), 1/count."""
UPTAKE_GAIN, UPTAKE_LOSS = 6.46e-7, 0.0617
"""Uptake gained for each count (q1), 1/min/count, and its loss (q2), 1/min."""
PRODUCTION_GAIN, PRODUCTION_LOSS = 4.46e-7, 0.0705
"""The same of production (q3l, q4l)."""
INTENSE_GAIN, INTENSE_LOSS = 1.17e-6, 0.0705
"""The same in intense exercise (q3h, q4h); the port calls these not validated in diabetes."""
CALMING = 0.03
"""Loss of the memory of intense exercise (q5), 1/min; likewise."""

# Glycogen, choice

GLYCOGEN_SHARE = 0.6
"""Share of production that glycogen pays for (beta). Choice: 50 to 75 % after a night's fast, as C.-A. W. Emhoff et al., J Appl
Physiol 114 (2013) 297 review it; the authors' value was not at hand."""
DEPLETION_RATE = 0.0617
"""How fast production falls when glycogen is gone (q6), 1/min. Choice: as fast as uptake; the port has 0, no depletion."""
RESTING_PRODUCTION = 0.0104
"""Production at rest as a share of plasma glucose ((1 - alpha)(p1 + Xb)), 1/min. Choice: 2 mg/kg/min of 120 mg/dL in
1.6 dL/kg."""

OVER = 1e-4
"""A share by which insulin acts more that is counted as none (choice)."""
AT_REST = 1e-9
"""A rate, 1/min, that is counted as none (choice)."""


def counts(intensity: float) -> float:
    """Counts/min of an accelerometer at this intensity, percent of the heart rate reserve; 0 at rest."""
    if intensity <= 0:
        return 0.0
    oxygen = (intensity - RESERVE_INTERCEPT) / RESERVE_SLOPE
    return COUNTS_PER_PERCENT * oxygen + COUNTS_AT_NONE


@dataclass(slots=True)
class Deichmann2023:
    """The eight states of this model, by their names in the publication and what they are."""

    activity: float = 0.0
    """Y: counts/min, smoothed."""
    sensitivity: float = 0.0
    """Z: by what share insulin takes up more."""
    uptake: float = 0.0
    """rGU: share of plasma glucose that exercise takes up, 1/min."""
    production: float = 0.0
    """rGP: the same that the liver produces for it, 1/min."""
    lasted: float = 0.0
    """tPA: for how long there has been exercise, min."""
    counted: float = 0.0
    """PAint: counts since it began."""
    missing: float = 0.0
    """rdepl: production that has ended with the liver's glycogen, 1/min."""
    intense: float = 0.0
    """th: for how long it has been intense, min."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it acts any more."""
        return self.sensitivity < OVER and self._rests

    @property
    def _rests(self) -> bool:
        rates = (self.uptake, self.production, abs(self.missing))
        return self.activity < 1.0 and self.intense < INTENSE_FOR / 2 and max(rates) < AT_REST

    def modulation(self) -> Modulation:
        """What it does now."""
        return Modulation(uptake=1 + self.sensitivity, clearance=self.uptake - (self.production - self.missing))

    def passes(self, minutes: float, intensity: float) -> None:
        """So much time passes at this intensity, percent of the heart rate reserve.

        All states but the smoothed activity are exact for what the step has in its middle: of second order in a minute.
        """
        if not intensity and self._rests:
            self.sensitivity *= math.exp(-minutes / TAU_SENSITIVITY)
            self.intense *= math.exp(-minutes * CALMING)
            return
        rate = counts(intensity)
        halfway = _relaxed(self.activity, rate / TAU_COUNTS, 1 / TAU_COUNTS, minutes / 2)
        acts, moves = _switch(halfway, ACTIVE, ACTIVE_N), _switch(rate, EXERCISE, EXERCISE_N)
        toils, toiled = _switch(rate, INTENSE, EXERCISE_N), _switch(self.intense, INTENSE_FOR, EXERCISE_N)
        gain = (1 - toiled) * PRODUCTION_GAIN + toiled * INTENSE_GAIN
        loss = (1 - toiled) * PRODUCTION_LOSS + toiled * INTENSE_LOSS
        driven = acts * halfway
        glycogen = GLYCOGEN_SHARE * (gain / loss * halfway + RESTING_PRODUCTION)
        gone = _gone(*(_relaxed(one, gains, 1 - moves, minutes / 2) for one, gains in self._since(moves, rate)))
        self.missing = _relaxed(self.missing, DEPLETION_RATE * gone * glycogen, DEPLETION_RATE, minutes)
        self.sensitivity = _relaxed(self.sensitivity, SENSITIVITY_GAIN * driven, (1 - acts) / TAU_SENSITIVITY, minutes)
        self.uptake = _relaxed(self.uptake, UPTAKE_GAIN * driven, UPTAKE_LOSS, minutes)
        self.production = _relaxed(self.production, gain * driven, loss, minutes)
        self.lasted, self.counted = (_relaxed(one, gains, 1 - moves, minutes) for one, gains in self._since(moves, rate))
        self.intense = _relaxed(self.intense, toils, (1 - toils) * CALMING, minutes)
        self.activity = _relaxed(self.activity, rate / TAU_COUNTS, 1 / TAU_COUNTS, minutes)

    def _since(self, moves: float, rate: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is counted since exercise began, each with what it gains a minute."""
        return (self.lasted, moves), (self.counted, moves * rate)


def _gone(lasted: float, counted: float) -> float:
    """How far glycogen has run out after so many minutes and counts of exercise: 0, or 1 when its time is over."""
    average = counted / lasted if lasted > 1e-6 else 0.0
    return _switch(lasted, DEPLETED_AT_NONE - DEPLETED_PER_COUNT * average, ACTIVE_N)


def _switch(value: float, at: float, power: int) -> float:
    """From 0 to 1, a half where the value is ``at``; the steeper, the greater the power."""
    if value <= at / 2:
        return 0.0  # at a power of 20 less than a millionth
    return 1 / (1 + (at / value) ** power)


def _relaxed(value: float, gain: float, loss: float, minutes: float) -> float:
    """A value that gains so much a minute and loses this share of itself, so many minutes later."""
    if loss * minutes < 1e-9:
        return value + gain * minutes
    kept = math.exp(-loss * minutes)
    return value * kept + gain * (1 - kept) / loss
