"""The model of the universities of Virginia and Padova, version of 2008, as published and as simglucose computes it.

C. Dalla Man, R. A. Rizza, C. Cobelli, "Meal Simulation Model of the Glucose-Insulin System", IEEE Transactions on Biomedical
Engineering 54 (2007) 1740-1749; the subcutaneous insulin of C. Dalla Man et al., "GIM, Simulation Software of Meal
Glucose-Insulin Model", J Diabetes Sci Technol 1 (2007) 323-330. Units inside: min, mg, mg/kg, pmol/kg, pmol/L, kg.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import tanh
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.patient.physiology import unrolled
from isletbench.emulator.patient.physiology.model import Drive, State, Stepper
from isletbench.emulator.patient.physiology.rest import root

PMOL_PER_UU = 0.006
"""6000 pmol are a unit."""


LEAST = 1.0
"""mg/dL (choice: no meter, no metric and no logarithm knows a glucose of 0)."""
BASAL_GLUCOSE = 120.0
"""mg/dL: where a person of ``with_diabetes`` is at rest at the basal insulin (choice)."""
BASAL_PRODUCTION = 2.4
"""mg/kg/min: endogenous production there (choice; people without diabetes have 1.9 to 2.1 in the publication)."""


@dataclass(frozen=True, slots=True)
class UvaPadova:
    """One person of this model; the values are the averages of the publications, for people without diabetes."""

    weight: float = 78.0
    """Body weight, kg."""
    vg: float = 1.88
    """Distribution volume of glucose, dL/kg."""
    k1: float = 0.065
    """Transfer of glucose from plasma to tissue, 1/min."""
    k2: float = 0.079
    """Transfer of glucose from tissue to plasma, 1/min."""
    vi: float = 0.05
    """Distribution volume of insulin, L/kg."""
    m1: float = 0.190
    """Transfer of insulin from liver to plasma, 1/min."""
    m2: float = 0.484
    """Transfer of insulin from plasma to liver, 1/min."""
    m4: float = 0.194
    """Peripheral degradation of insulin, 1/min."""
    m30: float = 0.285
    """Degradation of insulin in the liver, 1/min: HEb m1 / (1 - HEb) with the published HEb = 0.6."""
    kmax: float = 0.0558
    """Greatest emptying of the stomach, and grinding, 1/min."""
    kmin: float = 0.0080
    """Least emptying of the stomach, 1/min."""
    kabs: float = 0.057
    """Absorption from the gut, 1/min."""
    b: float = 0.69
    """Share of the meal in the stomach at which emptying falls to the middle."""
    d: float = 0.17
    """Share of the meal in the stomach at which emptying rises to the middle again."""
    f: float = 0.90
    """Share of absorbed glucose that appears in plasma."""
    kp1: float = 2.70
    """Endogenous production extrapolated to no glucose and no insulin, mg/kg/min."""
    kp2: float = 0.0021
    """Effect of glucose on production, 1/min."""
    kp3: float = 0.009
    """Effect of insulin on production, mg/kg/min per pmol/L."""
    ki: float = 0.0079
    """Delay between insulin and its effect on production, 1/min."""
    fcns: float = 1.0
    """Uptake that needs no insulin, mg/kg/min."""
    vm0: float = 2.50
    """Uptake of the tissue at basal insulin, mg/kg/min."""
    vmx: float = 0.047
    """Effect of insulin on uptake of the tissue, mg/kg/min per pmol/L."""
    km0: float = 225.59
    """Glucose in the tissue at which uptake is half of its greatest, mg/kg."""
    p2u: float = 0.0331
    """Delay between insulin and its effect on uptake, 1/min."""
    ke1: float = 0.0005
    """Renal excretion, 1/min."""
    ke2: float = 339.0
    """Threshold of renal excretion, mg/kg."""
    kd: float = 0.0164
    """Dissociation of subcutaneous insulin, 1/min."""
    ka1: float = 0.0018
    """Absorption of undissociated insulin, 1/min."""
    ka2: float = 0.0182
    """Absorption of dissociated insulin, 1/min."""
    ksc: float = 0.1
    """Transfer of glucose to the subcutaneous fluid, 1/min: a delay of 10 min."""
    ib: float = 25.49
    """Insulin in plasma at which uptake is basal, pmol/L."""

    def with_diabetes(self, *, ib: float, kp3: float, vmx: float, production: float = BASAL_PRODUCTION) -> "UvaPadova":
        """This person with type 1 diabetes: at rest at 120 mg/dL with this insulin in plasma (pmol/L) and production.

        Production without insulin and basal uptake follow from the steady state, as in the publication (section on basal
        values).
        """
        gp = BASAL_GLUCOSE * self.vg
        used = production - self.fcns
        gt = (self.k1 * gp - used) / self.k2
        kp1 = production + self.kp2 * gp + kp3 * ib
        return replace(self, ib=ib, kp3=kp3, vmx=vmx, kp1=kp1, vm0=used * (self.km0 + gt) / gt)

    @property
    def floor(self) -> float:
        """The least glucose that a person of it is said to have, mg/dL: a mass stops only after it has come below 0."""
        return LEAST

    def derivatives(self, state: Sequence[float], drive: Drive) -> tuple[float, ...]:
        """The change of every compartment, a minute. A mass that has come below 0 stays, as in simglucose."""
        solid, liquid, gut, gp, gt, ip, x, i1, xl, il, isc1, isc2, gs = state
        insulin = drive.insulin * 0.006 / self.weight
        slowing = (self.kmax - self.kmin) / 2.0
        appears = self.f * self.kabs / self.weight
        meal = max(drive.meal, 1e-9)
        upper = 2.5 / (meal * (1.0 - self.b))
        lower = 2.5 / (meal * self.d)
        upper_at = upper * self.b * drive.meal
        lower_at = lower * self.d * drive.meal
        kp1 = self.kp1 + drive.production
        kp3 = self.kp3 * drive.sensitivity
        vm0 = self.vm0 * drive.uptake
        vmx = self.vmx * drive.sensitivity * drive.uptake
        leaves = self.k1 + drive.clearance
        plasma_loss = self.m2 + self.m4
        liver_loss = self.m1 + self.m30
        depot_loss = self.ka1 + self.kd
        content = solid + liquid
        curve = tanh(upper * content - upper_at) - tanh(lower * content - lower_at) + 2.0
        emptied = (self.kmin + slowing * curve if drive.meal > 0.0 else self.kmax) * liquid
        ground = self.kmax * solid
        exchanged = self.k2 * gt
        dissociated = self.kd * isc1
        produced = kp1 - self.kp2 * gp - kp3 * xl
        excreted = self.ke1 * (gp - self.ke2) if gp > self.ke2 else 0.0
        used = (vm0 + vmx * x) * gt / (self.km0 + gt)
        plasma = ip / self.vi
        d_gp = max(0.0, produced) + appears * gut - self.fcns - excreted - leaves * gp + exchanged
        d_gt = self.k1 * gp - exchanged - used
        d_ip = self.m1 * il + self.ka1 * isc1 + self.ka2 * isc2 - plasma_loss * ip
        d_il = self.m2 * ip - liver_loss * il
        d_isc1 = insulin - depot_loss * isc1
        d_isc2 = dissociated - self.ka2 * isc2
        return (
            drive.solid - ground,
            drive.liquid + ground - emptied,
            emptied - self.kabs * gut,
            d_gp if gp >= 0.0 else 0.0,
            d_gt if gt >= 0.0 else 0.0,
            d_ip if ip >= 0.0 else 0.0,
            self.p2u * (plasma - self.ib - x),
            self.ki * (plasma - i1),
            self.ki * (i1 - xl),
            d_il if il >= 0.0 else 0.0,
            d_isc1 if isc1 >= 0.0 else 0.0,
            d_isc2 if isc2 >= 0.0 else 0.0,
            self.ksc * (gp - gs) if gs >= 0.0 else 0.0,
        )

    def at_rest(self, glucose: float) -> tuple[State, float]:
        """The state in which glucose stays at this level (mg/dL), and the basal rate that keeps it there, uU/h.

        Raises ``ValueError`` for a level that no basal rate can keep.
        """
        basal = root(lambda insulin: self._drift(self._resting(glucose, insulin)), most=1000.0)  # pmol/kg/min
        if basal is None:
            raise ValueError(f"glucose {glucose:g} mg/dL: expected a level that this subject keeps with some basal insulin")
        return self._resting(glucose, basal), basal * self.weight / PMOL_PER_UU * 60

    def _resting(self, glucose: float, basal: float) -> State:
        """Every compartment but plasma glucose at rest under a basal rate, pmol/kg/min."""
        isc1 = basal / (self.ka1 + self.kd)
        isc2 = self.kd * isc1 / self.ka2
        appearing = self.ka1 * isc1 + self.ka2 * isc2
        ip = appearing / (self.m2 + self.m4 - self.m1 * self.m2 / (self.m1 + self.m30))
        il = self.m2 * ip / (self.m1 + self.m30)
        insulin = ip / self.vi
        gp = glucose * self.vg
        gt = self._tissue(gp, self.vm0 + self.vmx * (insulin - self.ib))
        return (0.0, 0.0, 0.0, gp, gt, ip, insulin - self.ib, insulin, insulin, il, isc1, isc2, gp)

    def _tissue(self, gp: float, greatest: float) -> float:
        """Glucose of the tissue that balances exchange and uptake: the positive root of a quadratic equation, mg/kg."""
        half = (self.k2 * self.km0 + greatest - self.k1 * gp) / (2 * self.k2)
        found: float = (half * half + self.k1 * gp * self.km0 / self.k2) ** 0.5 - half
        return found

    def _drift(self, state: State) -> float:
        """How plasma glucose changes, mg/kg/min, when nothing else does."""
        return self.derivatives(state, Drive())[3]

    def stepper(self) -> Stepper:
        """A function that makes one step of this person."""
        return unrolled.stepper(self)

    def limited(self, state: State, larger: Callable[[Any, Any], Any] = max) -> State:
        """The state as it is: a mass below 0 stops by itself."""
        return state

    def inject(self, state: State, uu: float) -> State:
        """The state with so much more insulin in the subcutaneous tissue, uU."""
        return (*state[:10], state[10] + uu * PMOL_PER_UU / self.weight, *state[11:])

    def plasma(self, state: State) -> float:
        """Plasma glucose, mg/dL."""
        glucose: float = state[3] / self.vg
        return glucose

    def interstitial(self, state: State) -> float:
        """Glucose of the subcutaneous fluid, mg/dL."""
        glucose: float = state[12] / self.vg
        return glucose

    def stomach(self, state: State) -> float:
        """Carbohydrate that has not left the stomach, mg."""
        content: float = state[0] + state[1]
        return content
