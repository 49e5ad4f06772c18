"""Infusion sets that fail by themselves, as often as the literature has it."""

import math

import pytest

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import days, hours, minutes, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.events import InfusionSetFailed, PrimedIntoBody
from isletbench.emulator.pump.infusion_set import KINDS, WEAR, Wear, failure
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.protocols.ids import TherapyControlState
from tests.pump.talking import EPOCH

SHORT = Wear(0.0, days(2))
"""All of them fail within ten days."""


def share_by(wear: Wear, age: int, count: int = 20_000) -> float:
    chance = stream(1, "sets")
    return sum(failure(wear, chance)[0] <= age for _ in range(count)) / count


@pytest.mark.parametrize(
    ("name", "age", "published"),
    [
        ("typical", hours(24), 0.010),
        ("typical", hours(48), 0.018),
        ("typical", hours(72), 0.031),
        ("demanding", hours(72), 0.068),
        ("worn_to_failure", days(7), 0.64),
        ("worn_to_failure", 0, 0.15),
    ],
)
def test_as_many_fail_as_were_counted(name: str, age: int, published: float) -> None:
    wear = WEAR[name]
    assert wear is not None
    assert share_by(wear, age) == pytest.approx(published, rel=0.12 if published < 0.1 else 0.02)


def test_they_fail_in_every_way() -> None:
    wear = WEAR["typical"]
    assert wear is not None
    chance = stream(1, "sets")
    ways = [failure(wear, chance)[1] for _ in range(5_000)]
    for share, condition in KINDS:
        assert ways.count(condition) / len(ways) == pytest.approx(share, abs=0.02)
    assert math.isclose(sum(share for share, _ in KINDS), 1)


def worn(seed: int, wear: Wear | None) -> Pump:
    return Pump(PROFILES["generic"], epoch=EPOCH, basal=[(0, units(1))], reservoir=units(300), seed=seed, wear=wear)


def test_a_pump_tells_its_ledger_and_the_same_seed_fails_the_same_way() -> None:
    lives = []
    for seed in (1, 2, 1):
        pump = worn(seed, SHORT)
        pump.advance(days(10))
        lives.append(pump.ledger.of(InfusionSetFailed))
    assert lives[0] == lives[2] != lives[1]
    assert [len(life) for life in lives] == [1, 1, 1]


def test_a_new_set_has_a_life_of_its_own_and_an_age() -> None:
    pump = worn(1, SHORT)
    pump.advance(days(9))
    assert pump.parts.infusion_set.failed
    manual.detach_reservoir(pump, pump.now)
    manual.attach_reservoir(pump, units(300), pump.now)
    assert not pump.parts.infusion_set.failed
    pump.advance(pump.now + hours(5))
    assert pump.status(pump.now)["infusion_set_age_h"] == 5.0


def test_reliable_ones_do_not_fail() -> None:
    pump = worn(1, None)
    pump.advance(days(12))
    assert pump.parts.path.to_tissue == pump.parts.reservoir.delivered


def test_what_is_primed_through_a_set_that_is_worn_goes_into_the_body() -> None:
    pump = worn(seed=1, wear=None)
    pump.set_therapy(TherapyControlState.STOP, minutes(1))
    before = pump.parts.path.to_tissue
    pump.start_priming(units(1), minutes(2))
    pump.advance(minutes(30))
    assert pump.parts.path.to_tissue - before == units(1) == sum(one.uu for _, one in pump.ledger.of(PrimedIntoBody))
    assert pump.parts.reservoir.primed == 0


def test_what_is_primed_through_a_new_set_does_not() -> None:
    pump = worn(seed=1, wear=None)
    manual.detach_reservoir(pump, minutes(1))
    manual.attach_reservoir(pump, units(100), minutes(2))
    before = pump.parts.path.to_tissue
    pump.start_priming(units(1), minutes(3))
    pump.advance(minutes(30))
    assert (pump.parts.path.to_tissue, pump.parts.reservoir.primed) == (before, units(1))
    assert not list(pump.ledger.of(PrimedIntoBody))
