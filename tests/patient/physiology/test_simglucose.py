"""Side by side with an independent implementation: simglucose 0.2.11, minute by minute through a day.

Runs where simglucose can be imported. It is not in the extras: it brings 450 MB, and its metadata ask for versions of long ago.
"""

import sys
import warnings
from types import ModuleType
from typing import Any

import pytest

from isletbench.emulator.patient.physiology.model import Drive
from isletbench.emulator.patient.physiology.uva_padova import UvaPadova
from isletbench.emulator.patient.subjects import subject_of

INSTALL = "pip install --no-deps simglucose==0.2.11 && pip install numpy scipy pandas 'setuptools<81'"
MEALS = {60: 50, 90: 30, 420: 70, 780: 80}
"""g, by minute: the second one while the first is still in the stomach."""
BOLUSES = {60: 4, 420: 5, 1200: 1}
"""U, each within a minute."""
OCCLUDED = range(500, 860)
DOUBLED = range(900, 1100)


def simglucose() -> Any:
    """Its patient module. Its package registers an environment with gym, which is no need of the patient."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.modules.setdefault("gym", ModuleType("gym"))
        sys.modules.setdefault("gym.envs", ModuleType("gym.envs"))
        registration = sys.modules.setdefault("gym.envs.registration", ModuleType("gym.envs.registration"))
        registration.register = getattr(registration, "register", lambda **settings: None)  # type: ignore[attr-defined]
        reason = f"simglucose cannot be imported: {INSTALL}"
        return pytest.importorskip("simglucose.patient.t1dpatient", reason=reason, exc_type=ImportError)


@pytest.mark.parametrize(
    "name", ["adult#001", *(pytest.param(n, marks=pytest.mark.slow) for n in ("adolescent#003", "child#002"))]
)
def test_a_day_is_the_day_of_simglucose_within_a_tenth_of_a_milligram(name: str) -> None:
    independent = simglucose()
    theirs, ours = independent.T1DPatient.withName(name), subject_of("uva_padova", name)
    assert isinstance(ours, UvaPadova)
    glucose = theirs.observation.Gsub
    state, basal = ours.at_rest(glucose)
    step, meal, eats, left = ours.stepper(), 0.0, False, 0.0
    assert basal / 1e6 == pytest.approx(theirs._params.u2ss * theirs._params.BW / 6000 * 60, rel=1e-6)
    lowest = highest = glucose
    for minute in range(1440):
        rate = 0.0 if minute in OCCLUDED else basal / 60 * (2 if minute in DOUBLED else 1)
        rate += BOLUSES.get(minute, 0) * 1e6
        left += MEALS.get(minute, 0)
        eaten = min(5.0, left) * 1000
        left -= eaten / 1000
        if eaten and not eats:
            meal = ours.stomach(state)
        eats = eaten > 0
        meal += eaten
        state = step(state, 1.0, Drive(solid=eaten, meal=meal, insulin=rate))
        theirs.step(independent.Action(CHO=MEALS.get(minute, 0), insulin=rate / 1e6))
        assert ours.plasma(state) == pytest.approx(theirs.state[3] / ours.vg, abs=0.1), minute
        assert ours.interstitial(state) == pytest.approx(theirs.observation.Gsub, abs=0.1), minute
        lowest, highest = min(lowest, ours.plasma(state)), max(highest, ours.plasma(state))
    assert highest - lowest > 60, "the day has moved glucose"
