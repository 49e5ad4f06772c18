"""The meter without its wire: error of the strips, actions, power, what survives."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.persistence import Mark as Stored
from isletbench.emulator.core.persistence import Stored as StoredMachine
from isletbench.emulator.core.quantities import seconds
from isletbench.emulator.endpoints.gls.persistence import MeterPersistence
from isletbench.emulator.meter.actions import ACTIONS
from isletbench.emulator.meter.clock import MOST
from isletbench.emulator.meter.events import BloodTested, ControlTested, NotTested, VialOpened
from isletbench.emulator.meter.machine import Meter
from isletbench.emulator.meter.profile import PROFILES, MeterError, MeterProfile
from isletbench.emulator.patient.sources import constant
from tests.harness.conformance import conforms

BEGAN = datetime(2026, 3, 1, 7, 15, 30)  # noqa: DTZ001


def meter(profile: MeterProfile | str = "generic", mg_dl: float | None = 112, seed: int = 1) -> Meter:
    made = PROFILES[profile] if isinstance(profile, str) else profile
    source = constant(mg_dl) if mg_dl is not None else lambda at: None
    return Meter(made, source, epoch=BEGAN, seed=seed, name="meter")


def do(machine: Meter, action: str, now: int = 0, **arguments: Any) -> None:
    ACTIONS.do(ACTIONS.parse(action, arguments), machine, now)


def results(machine: Meter, references: list[float]) -> list[tuple[float, float]]:
    """The reference and the result of a test of each."""
    for number, reference in enumerate(references):
        machine.source = constant(reference)
        machine.begin(number * 10_000)
        machine.advance(number * 10_000 + 9_000)
    return [(tested.true_mg_dl, tested.mg_dl or 0.0) for _, tested in machine.ledger.of(BloodTested)]


@conforms("GLS-61")
@pytest.mark.parametrize("profile", ["generic", "accurate", "accurate_mmol", "reads_high"])
def test_ten_thousand_tests_meet_iso_15197(profile: str) -> None:
    """At least 95 % within 15 mg/dL below 100 mg/dL and within 15 % from there on, in every lot of strips."""
    references = [50 + 350 * n / 3_333 for n in range(3_333)]
    for lot in range(3):
        made = replace(PROFILES[profile], strips=10_000, capacity=10)
        found = results(meter(made, seed=lot), references)
        within = sum(abs(shown - true) <= 15 * max(true, 100) / 100 for true, shown in found)
        assert within >= 0.95 * len(found)


@pytest.mark.parametrize(
    ("profile", "bias", "within"),
    [("accurate", -1.6, 8.4), ("reads_high", 4.2, 11.9), ("reads_low", -6.6, 11.1), ("scattered", 0.8, 13.8)],
)
def test_bias_and_spread_are_the_published_ones(profile: str, bias: float, within: float) -> None:
    made = replace(PROFILES[profile], strips=20)
    found = results(meter(made), [60 + 300 * n / 4_000 for n in range(4_000)])
    off = sorted(100 * (shown - true) / max(true, 100) for true, shown in found)
    trimmed = off[20:-20]  # outliers apart
    assert sum(trimmed) / len(trimmed) == pytest.approx(bias, abs=0.4)
    assert sorted(map(abs, off))[int(0.95 * len(off))] == pytest.approx(within, abs=1.3)


def test_a_vial_has_a_bias_of_its_own_and_a_new_one_is_opened_when_it_is_empty() -> None:
    machine = meter(replace(PROFILES["accurate"], strips=3))
    results(machine, [100.0] * 7)
    vials = [vial for _, vial in machine.ledger.of(VialOpened)]
    assert [vial.number for vial in vials] == [1, 2, 3]
    assert len({vial.bias for vial in vials}) == 3
    do(machine, "open_vial", 80_000)
    assert machine.strips.vial.number == 4


def test_outliers_are_seldom_and_large() -> None:
    machine = meter(replace(PROFILES["generic"], error=MeterError(outliers=0.5), strips=1_000))
    off = [shown - true for true, shown in results(machine, [200.0] * 400)]
    assert 150 < sum(value != 0 for value in off) < 250
    assert all(value in {0, -40} or 40 <= value <= 160 for value in off)


def test_a_test_takes_its_countdown_and_a_second_one_has_to_wait() -> None:
    machine = meter()
    do(machine, "measure")
    assert machine.next_deadline == seconds(5)
    with pytest.raises(CannotDo, match="measure: a test is under way"):
        do(machine, "measure", 1_000)
    machine.advance(seconds(4))
    assert machine.status(seconds(4))["display"] == "no test yet"
    machine.advance(seconds(5))
    assert machine.status(seconds(5))["display"] == "112 mg/dL"


@pytest.mark.parametrize(("profile", "shown"), [("generic", "101 mg/dL"), ("accurate_mmol", "5.6 mmol/L")])
def test_the_display_is_in_the_unit_of_the_make(profile: str, shown: str) -> None:
    machine = meter(replace(PROFILES[profile], error=MeterError()), mg_dl=100.9)
    do(machine, "measure")
    machine.advance(seconds(5))
    assert machine.status(seconds(5))["display"] == shown


@pytest.mark.parametrize(
    ("action", "arguments", "problem"),
    [
        ("measure", {"carbohydrate": "lunch"}, "expected carbohydrate and grams, or neither"),
        ("measure", {"location": "toe"}, "location"),
        ("measure_control", {"level": 4}, "level"),
        ("measure_control", {"level": 0}, "level"),
        ("mark_test", {"meal": "fasting"}, "there is no such record"),
        ("mark_test", {}, "expected something to mark the test with"),
        ("temperature", {"celsius": 200}, "celsius"),
        ("prick", {}, "a meter knows measure, measure_control"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(action: str, arguments: dict[str, Any], problem: str) -> None:
    machine = meter()
    with pytest.raises(CannotDo, match=problem):
        do(machine, action, **arguments)
    assert machine.test is None


def test_a_level_of_control_solution_may_come_as_text_from_a_command_line() -> None:
    machine = meter()
    do(machine, "measure_control", level="3")
    machine.advance(seconds(5))
    ((_, tested),) = machine.ledger.of(ControlTested)
    assert tested.level == 3


def test_a_make_without_marks_refuses_them_and_an_empty_battery_refuses_tests() -> None:
    with pytest.raises(CannotDo, match="this make has no marks"):
        do(meter("reads_low"), "measure", meal="fasting")
    machine = meter()
    do(machine, "battery", percent=0)
    with pytest.raises(CannotDo, match="the battery is empty"):
        do(machine, "measure")


def test_a_battery_in_mid_test_takes_the_result_with_it() -> None:
    machine = meter()
    do(machine, "measure")
    do(machine, "battery", 2_000)
    machine.advance(seconds(60))
    assert len(machine.records) == 0


def test_without_glucose_nothing_is_stored() -> None:
    machine = meter(mg_dl=None)
    do(machine, "measure")
    machine.advance(seconds(5))
    assert [event.why for _, event in machine.ledger.of(NotTested)] == ["there is no glucose to measure"]
    assert len(machine.records) == 0


def test_an_offset_that_no_record_can_hold_restarts_the_internal_clock() -> None:
    machine = meter()
    far = BEGAN + timedelta(minutes=MOST + 1)
    do(machine, "set_clock", to=far.isoformat())
    do(machine, "measure")
    machine.advance(seconds(5))
    record = machine.records.newest
    assert record is not None
    assert (record.offset, record.base_time) == (0, far + timedelta(seconds=5))


def test_clearing_the_memory_leaves_the_numbers() -> None:
    machine = meter()
    results(machine, [100.0] * 3)
    do(machine, "clear", 50_000)
    assert (len(machine.records), machine.status(50_000)["next_sequence"]) == (0, 3)


@conforms("GLS-25")
def test_a_stored_meter_goes_on_as_if_nothing_had_happened() -> None:
    first, second = meter("scattered"), meter("scattered")
    for machine in (first, second):
        results(machine, [100.0] * 5)
        machine.set_clock(BEGAN + timedelta(days=1), 60_000)
        do(machine, "measure", 70_000, meal="fasting")
    persistence = MeterPersistence()
    snapshot = persistence.snapshot(first, Stored())
    restored = meter("scattered", mg_dl=second.source(0))
    stored = StoredMachine(memory=snapshot.memory, records=snapshot.records, ledger=first.ledger.entries)
    mark = persistence.restore(restored, stored, 71_000)
    assert persistence.snapshot(restored, mark).records == []
    for machine in (second, restored):
        machine.advance(90_000)
        do(machine, "measure", 100_000)
        machine.advance(110_000)
    assert list(restored.records) == list(second.records)
    assert restored.status(110_000) == second.status(110_000)
