"""Exercise by heart rate: glucose leaves plasma while a heart beats faster, and insulin takes up more for hours afterwards.

J. Deichmann et al., "Simulation-Based Evaluation of Treatment Adjustment to Exercise in Type 1 Diabetes", Frontiers in
Endocrinology 12 (2021) 723812, whose terms go back to M. D. Breton, Diabetes Technol Ther 10 (2008) 169. There glucose G
loses ``beta Y G`` and ``alpha H Z X G``: Y is the heart rate above rest, smoothed; H its integral; Z switches on with
exercise and fades with a time constant of 10 h; X is insulin's action. Both terms are multipliers that do not depend on the
model that X and G belong to. H grows for ever there, since one day is simulated; here H Z is one number that grows with
exercise and fades after it, the same for one session, so that sessions of many days add up. Effects of intense exercise that
raise glucose are not in it.
"""

import math

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.modulators import Modulation

RESTING_BPM = 80.0
"""Heart rate at rest (publication)."""
RESERVE_BPM = 100.0
"""From rest to the greatest heart rate (choice: 180 at 40 years)."""
ALPHA = 2.59e-4
"""Gain of sensitivity for each beat above rest, 1/beat (publication)."""
BETA = 3.39e-4
"""Clearance of glucose for each bpm above rest, 1/min/bpm (publication)."""
SMOOTHING = 5.0
"""Time constant of the effect of heart rate, min (publication)."""
FADING = 600.0
"""Time constant of the loss of sensitivity after exercise, min (publication)."""
THRESHOLD, STEEPNESS = 0.1, 4
"""Exercise counts from a tenth of the resting heart rate on, with this power (publication)."""


@dataclass(slots=True)
class Deichmann2021:
    """The two states of this model."""

    excess: float = 0.0
    """Heart rate above rest, smoothed, bpm."""
    done: float = 0.0
    """Beats above rest that still make insulin act more."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it acts any more."""
        return self.excess < 1e-3 and self.done < 1e-3

    def modulation(self) -> Modulation:
        """What it does now."""
        return Modulation(uptake=1 + ALPHA * self.done, clearance=BETA * self.excess)

    def passes(self, minutes: float, intensity: float) -> None:
        """So much time passes at this intensity, percent of the heart rate reserve."""
        rate = intensity / 100 * RESERVE_BPM
        active = self.excess**STEEPNESS / (self.excess**STEEPNESS + (THRESHOLD * RESTING_BPM) ** STEEPNESS)
        self.excess = rate + (self.excess - rate) * math.exp(-minutes / SMOOTHING)
        self.done = (self.done + rate * minutes) * math.exp(-(1 - active) * minutes / FADING)
