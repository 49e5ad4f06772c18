"""The model of Hovorka and others (Cambridge).

R. Hovorka et al., "Nonlinear model predictive control of glucose concentration in subjects with type 1 diabetes",
Physiological Measurement 25 (2004) 905-920, with the interstitial compartment of the same group. Units inside: min, mmol, mU,
L, kg. Built for studies of glucose control in adults with type 1 diabetes; it has no glucagon: nothing defends against a low.
"""

from collections.abc import Callable, Sequence
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology import unrolled
from isletbench.emulator.patient.physiology.model import MG_DL_PER_MMOL_L, MG_PER_MMOL, Drive, State, Stepper
from isletbench.emulator.patient.physiology.rest import root

UU_PER_MU = 1_000
FLOOR = 0.6
"""mmol/L: glucose is not let fall below this (choice); a real person is unconscious long before."""


@dataclass(frozen=True, slots=True)
class Hovorka:
    """One person of this model; the values are those of the publication, the weight is a choice."""

    weight: float = 70.0
    """Body weight, kg."""
    sensitivity: float = 1.0
    """Multiplies the three insulin sensitivities: the one number by which our personas differ."""
    k12: float = 0.066
    """Transfer from the non-accessible to the accessible glucose compartment, 1/min."""
    ka1: float = 0.006
    """Deactivation of insulin's effect on transport, 1/min."""
    ka2: float = 0.06
    """Deactivation of insulin's effect on disposal, 1/min."""
    ka3: float = 0.03
    """Deactivation of insulin's effect on production, 1/min."""
    sit: float = 51.2e-4
    """Sensitivity of transport, 1/min per mU/L."""
    sid: float = 8.2e-4
    """Sensitivity of disposal, 1/min per mU/L."""
    sie: float = 520e-4
    """Sensitivity of production, 1 per mU/L."""
    egp0: float = 0.0161
    """Endogenous production extrapolated to no insulin, mmol/kg/min."""
    f01: float = 0.0097
    """Uptake that needs no insulin, mmol/kg/min."""
    ke: float = 0.138
    """Elimination of plasma insulin, 1/min."""
    vi: float = 0.12
    """Distribution volume of insulin, L/kg."""
    vg: float = 0.16
    """Distribution volume of glucose, L/kg."""
    ag: float = 0.8
    """Share of carbohydrate that appears in plasma."""
    tmax_g: float = 40.0
    """Time of the greatest appearance of a meal, min."""
    tmax_i: float = 55.0
    """Time of the greatest absorption of insulin, min."""
    k_int: float = 0.073
    """Transfer to the interstitial fluid, 1/min: a lag of 13.7 min."""

    @property
    def floor(self) -> float:
        """The least plasma glucose that it computes, mg/dL."""
        return FLOOR * MG_DL_PER_MMOL_L

    def derivatives(self, state: Sequence[float], drive: Drive) -> tuple[float, ...]:
        """The change of every compartment, a minute. Equations 1 to 14 of the publication."""
        d1, d2, s1, s2, i, x1, x2, x3, q1, q2, c = state
        volume = self.vg * self.weight
        insulin_volume = self.tmax_i * self.vi * self.weight
        needed = self.f01 * self.weight
        produced = self.egp0 * self.weight
        sensitivity = self.sensitivity * drive.sensitivity
        transport_gain = self.sit * drive.uptake
        disposal_gain = self.sid * drive.uptake
        more = drive.production * self.weight / 180.156
        eaten = self.ag * drive.solid / 180.156
        drunk = self.ag * drive.liquid / 180.156
        infused = drive.insulin / 1000.0
        glucose = q1 / volume
        action = i * sensitivity
        independent = needed if glucose > 4.5 else needed * glucose / 4.5
        renal = 0.003 * (glucose - 9.0) * volume if glucose > 9.0 else 0.0
        ground = d1 / self.tmax_g
        appearance = d2 / self.tmax_g
        entering = s1 / self.tmax_i
        production = produced * (1.0 - x3) + more
        transport = x1 * q1
        return (
            eaten - ground,
            drunk + ground - appearance,
            infused - entering,
            entering - s2 / self.tmax_i,
            s2 / insulin_volume - self.ke * i,
            self.ka1 * (transport_gain * action - x1),
            self.ka2 * (disposal_gain * action - x2),
            self.ka3 * (self.sie * action - x3),
            appearance + max(0.0, production) + self.k12 * q2 - independent - renal - transport - drive.clearance * q1,
            transport - (self.k12 + x2) * q2,
            self.k_int * (glucose - c),
        )

    def at_rest(self, glucose: float) -> tuple[State, float]:
        """The state in which glucose stays at this level (mg/dL), and the basal rate that keeps it there, uU/h.

        Raises ``ValueError`` for a level that no basal rate can keep.
        """
        basal = root(lambda rate: self._drift(self._resting(glucose, rate)), most=500.0)  # mU/min
        if basal is None:
            raise ValueError(f"glucose {glucose:g} mg/dL: expected a level that this subject keeps with some basal insulin")
        return self._resting(glucose, basal), basal * 60 * UU_PER_MU

    def _resting(self, glucose: float, basal: float) -> State:
        """Every compartment but plasma glucose at rest under a basal rate, mU/min."""
        g = glucose / MG_DL_PER_MMOL_L
        i = basal / (self.ke * self.vi * self.weight)
        x1, x2, x3 = (s * i * self.sensitivity for s in (self.sit, self.sid, self.sie))
        q1 = g * self.vg * self.weight
        depot = basal * self.tmax_i
        return (0.0, 0.0, depot, depot, i, x1, x2, x3, q1, x1 * q1 / (self.k12 + x2), g)

    def _drift(self, state: State) -> float:
        """How plasma glucose changes, mmol/min, when nothing else does."""
        return self.derivatives(state, Drive(insulin=state[2] / self.tmax_i * UU_PER_MU))[8]

    def stepper(self) -> Stepper:
        """A function that makes one step of this person, glucose never below the floor."""
        step, least = unrolled.stepper(self), FLOOR * self.vg * self.weight

        def limited(state: State, minutes: float, drive: Drive) -> State:
            later = step(state, minutes, drive)
            return later if later[8] > least else self.limited(later)

        return limited

    def limited(self, state: State, larger: Callable[[Any, Any], Any] = max) -> State:
        """The state with glucose at the floor at least."""
        return (*state[:8], larger(state[8], FLOOR * self.vg * self.weight), *state[9:])

    def inject(self, state: State, uu: float) -> State:
        """The state with so much more insulin in the subcutaneous tissue, uU."""
        return (*state[:2], state[2] + uu / UU_PER_MU, *state[3:])

    def plasma(self, state: State) -> float:
        """Plasma glucose, mg/dL."""
        glucose: float = state[8] / (self.vg * self.weight) * MG_DL_PER_MMOL_L
        return glucose

    def interstitial(self, state: State) -> float:
        """Glucose of the interstitial fluid, mg/dL."""
        glucose: float = state[10] * MG_DL_PER_MMOL_L
        return glucose

    def stomach(self, state: State) -> float:
        """Carbohydrate that has not left the stomach, mg."""
        left: float = state[0] * MG_PER_MMOL / self.ag
        return left
