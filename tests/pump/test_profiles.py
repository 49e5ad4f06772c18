"""Profiles are data: each one fits together, and the manual tells every switch of them."""

from dataclasses import fields
from pathlib import Path

import pytest

from isletbench.emulator.core.quantities import units
from isletbench.emulator.endpoints.ids.command import supports
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, Habits, PumpProfile
from isletbench.emulator.pump.template import PROFILE_TYPES
from isletbench.protocols import ids
from isletbench.protocols.ids import Feature, TemplateType
from tests.pump.talking import EPOCH

MANUAL = (Path(__file__).parents[2] / "docs" / "pump.md").read_text(encoding="utf-8")
NEEDED = {
    TemplateType.BASAL_RATE_PROFILE: Feature.BASAL_RATE,
    TemplateType.TBR: Feature.TBR_TEMPLATE,
    TemplateType.BOLUS: Feature.BOLUS_TEMPLATE,
    TemplateType.ISF_PROFILE: Feature.ISF_PROFILE_TEMPLATE,
    TemplateType.I2CHO_RATIO_PROFILE: Feature.I2CHO_RATIO_PROFILE_TEMPLATE,
    TemplateType.TARGET_GLUCOSE_RANGE_PROFILE: Feature.TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE,
}
each = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())


@each
def test_features_and_templates_go_together(profile: PumpProfile) -> None:
    assert {owner.type for owner in profile.templates} == {t for t, feature in NEEDED.items() if feature in profile.features}
    numbers = [number for owner in profile.templates for number in owner.numbers]
    assert sorted(set(numbers)) == sorted(numbers), "unique over all types"
    for owner in profile.templates:
        assert (owner.max_blocks > 0) is (owner.type in PROFILE_TYPES)


@each
def test_its_amounts_are_whole_pulses_and_what_it_comes_with_can_be_used(profile: PumpProfile) -> None:
    assert all(step % profile.pulse == 0 for _, step in profile.limits.bolus_steps)
    pump = Pump(profile, epoch=EPOCH, basal=[(0, units(1))], reservoir=profile.reservoir, seed=1)
    for number in profile.factory:
        owner = pump.parts.templates.range_of(number)
        assert owner is not None
        assert not pump.parts.templates.configurable(number)
        assert pump.parts.templates.get(number, owner.type)


@each
def test_it_can_keep_up_with_the_largest_rate_it_takes(profile: PumpProfile) -> None:
    a_minute = profile.pulse * 60_000 // profile.pulse_spacing
    assert profile.limits.rate / 60 < a_minute
    pump = Pump(profile, epoch=EPOCH, basal=[(0, profile.limits.rate)], reservoir=profile.reservoir, seed=1)
    pump.advance(2 * 3_600_000)
    assert profile.limits.rate * 2 - pump.parts.totals.basal <= profile.limits.rate // 20 + profile.pulse


@each
def test_the_manual_tells_it(profile: PumpProfile) -> None:
    assert f"`{profile.name}`" in MANUAL


@pytest.mark.parametrize("habit", [field.name for field in fields(Habits)])
def test_the_manual_tells_every_habit(habit: str) -> None:
    (row,) = [line for line in MANUAL.splitlines() if line.startswith(f"| `{habit}` |")]
    cells = [cell.strip() for cell in row.split("|")[2:5]]
    default = getattr(Habits(), habit)
    own = [getattr(PROFILES[name].habits, habit) for name in ("patch", "tubed")]
    assert cells == [_word(default), *("" if value is default else _word(value) for value in own)]


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def test_every_procedure_of_the_command_point_is_offered_by_the_generic_pump() -> None:
    pump = Pump(PROFILES["generic"], epoch=EPOCH, basal=[(0, units(1))], reservoir=0, seed=1)
    answers = {ids.CommandResponseCode} | {op for op in ids.COMMAND.operations.values() if op.__name__.endswith("Response")}
    assert {op for op in ids.COMMAND.operations.values() if not supports(op, pump)} == answers
