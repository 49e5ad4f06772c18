"""Strokes are as far off as real ones were measured to be, and no insulin comes from nowhere."""

from statistics import pstdev

import pytest

from isletbench.emulator.core.quantities import days, hours, units
from isletbench.emulator.pump import saved
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.pump.strokes import EXACT, STROKES, StrokeProfile, Strokes
from tests.pump.talking import EPOCH

GRAINS = {"ratchet": units("0.05"), "syringe": units("0.025")}


def errors(name: str, device: int, count: int) -> list[float]:
    """What each stroke is off by, as a share of the grain."""
    strokes = Strokes()
    strokes.profile, strokes.chance = STROKES[name], (device, "strokes")
    found = []
    for _ in range(count):
        found.append(strokes.next(GRAINS[name]) / GRAINS[name] - 1)
        strokes.count += 1
    return found


def outside(found: list[float], limit: float) -> float:
    return sum(abs(error) > limit for error in found) / len(found)


def windows(name: str, rate: str, of: int = 24) -> list[float]:
    """What each hour at a rate, U/h, is off by, over twenty devices."""
    an_hour = units(rate) // GRAINS[name]
    found = []
    for device in range(20):
        strokes = errors(name, device, an_hour * of)
        found += [sum(strokes[at : at + an_hour]) / an_hour for at in range(0, len(strokes), an_hour)]
    return found


# Single pulses of a pod: 10.17925/EE.2016.12.02.79.
@pytest.mark.parametrize(
    ("limit", "published"), [(0.05, 0.86), (0.10, 0.72), (0.15, 0.57), (0.20, 0.46), (0.25, 0.35), (0.30, 0.25)]
)
def test_single_pulses_of_a_patch_pump_are_off_as_measured(limit: float, published: float) -> None:
    found = [error for device in range(40) for error in errors("ratchet", device, 100)]
    assert outside(found, limit) == pytest.approx(published, abs=0.03)


def test_strokes_of_a_syringe_pump_vary_as_measured() -> None:
    """At 0.1 U/h the standard deviation of a stroke is 38 to 46 % (Girardot et al. 2020, 10.1089/dia.2019.0486)."""
    found = [error for device in range(40) for error in errors("syringe", device, 100)]
    assert 0.38 < (sum(error**2 for error in found) / len(found)) ** 0.5 < 0.46


@pytest.mark.parametrize("name", ["ratchet", "syringe"])
def test_40_to_80_of_100_hours_at_a_tenth_of_a_unit_are_within_15_percent(name: str) -> None:
    """Ziegler et al. 2020 (10.1111/pedi.12993), Freckmann et al. 2021: one-hour windows at 0.1 U/h."""
    assert 0.40 < 1 - outside(windows(name, "0.1"), 0.15) < 0.81


@pytest.mark.parametrize("name", ["ratchet", "syringe"])
def test_long_windows_converge(name: str) -> None:
    for device in range(20):
        strokes = errors(name, device, 600)
        assert abs(sum(strokes) / len(strokes)) < 0.06


@pytest.mark.parametrize("name", ["ratchet", "syringe"])
def test_what_one_stroke_leaves_behind_the_next_one_makes_up_for(name: str) -> None:
    """Over 100 of them, which is one turn of the wheel, strokes that know nothing of each other vary by a tenth of one."""
    for device in range(10):
        strokes = errors(name, device, 100 * 20)
        whole = [sum(strokes[at : at + 100]) / 100 for at in range(0, len(strokes), 100)]
        assert pstdev(whole) < 0.6 * pstdev(strokes) / 10


def pump(profile: str, seed: int = 1) -> Pump:
    return Pump(PROFILES[profile], epoch=EPOCH, basal=[(0, units("0.5"))], reservoir=units(100), seed=seed)


@pytest.mark.parametrize("profile", ["patch", "tubed"])
def test_what_the_pump_counts_and_what_it_moves_are_two_things(profile: str) -> None:
    made = pump(profile)
    made.advance(days(2))
    pulses, reservoir = [pulse for _, pulse in made.ledger.of(Pulse)], made.parts.reservoir
    moved, counted = sum(pulse.moved for pulse in pulses), sum(pulse.uu for pulse in pulses)
    assert moved != counted == len(pulses) * made.profile.pulse
    assert reservoir.remaining == units(100) - moved
    assert reservoir.believed == units(100) - counted
    assert made.parts.totals.rolled(made.profile.pulse) == (0, counted), "the pump reports what it counts"
    assert moved == made.parts.path.pushed == made.parts.path.to_tissue


def test_a_generic_pump_moves_what_it_counts() -> None:
    made = pump("generic")
    made.advance(hours(12))
    assert {pulse.moved_uu for _, pulse in made.ledger.of(Pulse)} == {None}


def test_a_reservoir_is_never_emptied_below_0() -> None:
    made = Pump(PROFILES["patch"], epoch=EPOCH, basal=[(0, units(30))], reservoir=units(20), seed=3)
    made.advance(hours(3))
    assert 0 <= made.parts.reservoir.remaining < units("0.2")
    assert made.parts.reservoir.remaining + made.parts.reservoir.delivered == units(20)


def test_a_restored_pump_goes_on_with_the_strokes_that_were_to_come() -> None:
    whole, first, second = pump("patch"), pump("patch"), pump("patch")
    whole.advance(hours(20))
    first.advance(hours(10))
    saved.restore(second, saved.dump(first), saved.rows(first, 0), first.ledger.entries)
    second.advance(hours(20))
    assert second.ledger.of(Pulse) == whole.ledger.of(Pulse)


def test_another_seed_is_another_pump() -> None:
    amounts = []
    for seed in (1, 1, 2):
        made = pump("tubed", seed)
        made.advance(hours(5))
        amounts.append([pulse.moved for _, pulse in made.ledger.of(Pulse)])
    assert amounts[0] == amounts[1] != amounts[2]


def test_exact_strokes_are_the_default() -> None:
    assert StrokeProfile() == EXACT == STROKES["exact"]
