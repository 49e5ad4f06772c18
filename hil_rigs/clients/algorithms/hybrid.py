"""The reference algorithm: a predictive hybrid loop. Every 5 minutes it forecasts glucose and decides on basal and bolus.

* Below ``suspend_below``, now or in the forecast: no basal insulin for 30 minutes.
* Eventual glucose below target: a lower temp basal.
* Eventual glucose above target: the smallest dose that brings every point of the forecast down to a target which rises from
  ``suspend_below`` to the middle of the range; ``SHARE`` of it as a bolus, the rest if it is still needed at the next reading.
* Otherwise, and whenever there is nothing to decide on: the pump's own profile.

No temp basal outlives the readings it rests on, no dose exceeds the limits of ``Therapy``, and nothing is added while insulin
on board is at its limit. The correction follows the Loop community's published method (LoopAlgorithm, ``DoseMath``). **For
tests only: this is no therapy software.**
"""

import math

from isletbench.hil_rigs.clients.algorithms import insulin
from isletbench.hil_rigs.clients.algorithms.contract import AlgorithmError, Decision, Situation, TempBasal, Therapy, value_at
from isletbench.hil_rigs.clients.algorithms.forecast import Forecast, forecast
from isletbench.hil_rigs.clients.algorithms.insulin import STEP, share_acted

MINUTES = 30
"""Of a temp basal."""
SHARE = 0.4
"""Of a correction that is given at once: glucose can still do something else."""
BOLUS_STEP = 0.05
"""U."""
STALE_S = 15 * 60.0
"""A reading that is older than this is no ground for a decision."""


class Hybrid:
    """The reference algorithm. It keeps nothing between two decisions."""

    def decide(self, situation: Situation) -> Decision:
        """The decision on a new reading. Raises ``AlgorithmError`` for a reading that is too old."""
        age = (situation.now - situation.glucose[-1].at).total_seconds() if situation.glucose else math.inf
        if age > STALE_S:
            raise AlgorithmError(f"the last reading is {age / 60:.0f} min old: expected at most {STALE_S / 60:.0f}")
        ahead, iob = forecast(situation), insulin.on_board(situation)
        temp, bolus, reason = self._dose(situation, ahead, iob)
        mg_dl = tuple(round(value, 1) for value in ahead.mg_dl)
        return Decision(temp, bolus, mg_dl, round(iob, 3), round(ahead.carbs_on_board, 1), reason)

    def close(self) -> None:
        """Nothing was started."""

    def _dose(self, situation: Situation, ahead: Forecast, iob: float) -> tuple[TempBasal, float, str]:
        therapy = situation.therapy
        basal = value_at(therapy.basal, situation.now)
        shown = f"lowest {ahead.lowest:.0f}, eventual {ahead.eventual:.0f} mg/dL"
        if ahead.lowest < therapy.suspend_below:
            return TempBasal(0.0, MINUTES), 0.0, f"{shown}: suspend before low"
        if ahead.eventual < therapy.target[0]:
            rate = basal + too_much(ahead, therapy, value_at(therapy.sensitivity, situation.now)) * 60 / MINUTES
            return TempBasal(max(rate, 0.0), MINUTES), 0.0, f"{shown}: below target"
        neutral = TempBasal(basal, 0)
        if ahead.eventual <= therapy.target[1]:
            return neutral, 0.0, f"{shown}: in target"
        missing = correction(ahead, therapy, value_at(therapy.sensitivity, situation.now))
        allowed = min(missing, therapy.max_iob - iob)
        if allowed <= 0:
            why = "insulin on board is at its limit" if missing > 0 else "no dose is safe"
            return neutral, 0.0, f"{shown}: above target, {why}"
        bolus = math.floor(min(allowed * SHARE, therapy.max_bolus) / BOLUS_STEP + 1e-6) * BOLUS_STEP
        if bolus > 0:
            return neutral, round(bolus, 6), f"{shown}: above target, {missing:.2f} U are missing"
        rate = min(basal + allowed * 60 / MINUTES, therapy.max_basal)
        return TempBasal(max(rate, basal), MINUTES), 0.0, f"{shown}: a little above target"


def correction(ahead: Forecast, therapy: Therapy, sensitivity: float) -> float:
    """The largest dose (U) that leaves no point of the forecast below its target; that rises from ``suspend_below`` to the
    middle of the range in the second half of the insulin's action. 0 or more."""
    table = insulin.acted(therapy.duration, therapy.peak)
    middle = sum(therapy.target) / 2
    doses = []
    for step, mg_dl in enumerate(ahead.mg_dl):
        effect = sensitivity * share_acted(table, step)
        late = min(max(2 * step * STEP / therapy.duration - 1, 0.0), 1.0)
        target = therapy.suspend_below + late * (middle - therapy.suspend_below)
        if effect > 0:
            doses.append((mg_dl - target) / effect)
    return max(min(doses, default=0.0), 0.0)


def too_much(ahead: Forecast, therapy: Therapy, sensitivity: float) -> float:
    """How much less insulin (U, not above 0) lifts the lowest point of the forecast into the middle of the range."""
    step = ahead.mg_dl.index(ahead.lowest)
    effect = sensitivity * share_acted(insulin.acted(therapy.duration, therapy.peak), max(step, 60 // STEP))
    return min((ahead.lowest - sum(therapy.target) / 2) / effect, 0.0)
