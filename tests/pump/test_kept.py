"""A pump's memory survives: taken apart and put together again it is the same pump, but for the dark in between."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import days, hours, minutes, seconds, units
from isletbench.emulator.pump import manual, saved
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.events import Stalled
from isletbench.emulator.pump.fluid_path import Condition
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, PumpProfile
from isletbench.protocols import ids
from isletbench.protocols.ids import (
    HISTORY,
    AnnunciationType,
    BolusEndReason,
    BolusType,
    OperationalState,
    TbrEndReason,
    TbrType,
    TherapyControlState,
)
from tests.pump.talking import EPOCH, records_of

BASAL = [(0, units("0.8")), (hours(9), units("1.2"))]


def fresh(profile: PumpProfile) -> Pump:
    return Pump(profile, epoch=EPOCH, basal=BASAL, reservoir=units(150), seed=1)


def a_busy_life(pump: Pump) -> None:
    """Everything at once: boluses of both kinds, one that waits, a TBR, a kink, an annunciation, a template."""
    pump.set_bolus(Prescription(type=BolusType.FAST, fast=units(3)), 0)
    pump.advance(minutes(5))
    pump.set_bolus(Prescription(type=BolusType.MULTIWAVE, fast=units(1), extended=units(2), duration=minutes(60)), pump.now)
    pump.set_tbr(Adjustment(type=TbrType.ABSOLUTE, value=units("1.5"), duration=minutes(60)), pump.now)
    pump.advance(minutes(10))
    manual.set_condition(pump, Condition(block=900.0, leak=9_000.0), pump.now)
    pump.advance(minutes(20))
    assert pump.parts.path.in_line > 0
    manual.report_issue(pump, AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, pump.now)
    pump.snooze(1, pump.now)


def again(pump: Pump) -> Pump:
    made = fresh(pump.profile)
    saved.restore(made, saved.dump(pump), saved.rows(pump, 0), pump.ledger.entries)
    return made


def told(pump: Pump) -> list[bytes]:
    return [HISTORY.encode(record) for record in records_of(pump)]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_a_pump_that_was_kept_lives_on_as_if_nothing_had_been(profile: PumpProfile) -> None:
    pump = fresh(profile)
    a_busy_life(pump)
    chance = Random(7)
    for _ in range(20):
        other = again(pump)
        assert saved.dump(other) == saved.dump(pump)
        now = pump.now + chance.randrange(minutes(40))
        for each in (pump, other):
            each.advance(now)
        assert saved.dump(other) == saved.dump(pump)
        assert told(other) == told(pump)
        assert other.ledger.entries == pump.ledger.entries


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_after_a_cut_of_its_power_what_ran_has_ended_and_is_told(profile: PumpProfile) -> None:
    pump = again(_busy(profile))
    before, delivered = pump.now, pump.parts.reservoir.delivered
    numbers = pump.history.next_number
    now = before + hours(3)
    manual.lose_power(pump, now, since=before)
    pump.advance(now + seconds(1))
    assert pump.parts.boluses.active == {}
    assert pump.parts.tbr.active is None
    assert pump.parts.reservoir.delivered - delivered <= 2 * profile.pulse, "nothing flowed, nothing is made up for"
    pump.advance(now + minutes(10))
    events = [record.event for record in records_of(pump) if record.sequence_number >= numbers]
    (how,) = [event for event in events if isinstance(event, ids.BolusDelivered2Of2)]
    assert how.end_reason is BolusEndReason.ERROR_ABORT
    (ended,) = [event for event in events if isinstance(event, ids.TbrAdjustmentEnded)]
    assert ended.end_reason is TbrEndReason.ERROR_ABORT
    raised = {a.type for a in pump.parts.annunciations.active.values()}
    assert {AnnunciationType.BOLUS_CANCELED, AnnunciationType.TBR_CANCELED} <= raised
    assert isinstance(events[0], ids.ReferenceTime), "what follows is placed by it"
    runs = profile.habits.runs_after_reset
    assert pump.parts.therapy.state is (TherapyControlState.RUN if runs else TherapyControlState.STOP)
    assert pump.parts.operation.state is OperationalState.READY


def _busy(profile: PumpProfile) -> Pump:
    pump = fresh(profile)
    a_busy_life(pump)
    return pump


def test_dark_for_days_is_told_as_long_as_it_fits_and_midnight_is_not_counted_twice() -> None:
    pump = again(_busy(PROFILES["generic"]))
    now = pump.now + days(3)
    manual.lose_power(pump, now, since=pump.now)
    pump.advance(now + days(1))
    reference = next(r for r in records_of(pump) if isinstance(r.event, ids.ReferenceTime) and r.relative_offset == 0xFFFF)
    assert reference.event.time.day == 4
    totals = [r.event for r in records_of(pump) if isinstance(r.event, ids.TotalDailyInsulinDelivery)]
    assert [event.day for event in totals] == [1, 4]


def test_priming_that_lost_its_power_is_over_and_told() -> None:
    pump = fresh(PROFILES["tubed"])
    manual.detach_reservoir(pump, 0)
    manual.attach_reservoir(pump, units(200), 0)
    pump.start_priming(units(10), 0)
    pump.advance(seconds(30))
    pump = again(pump)
    pushed = pump.parts.reservoir.primed
    manual.lose_power(pump, pump.now + minutes(1), since=pump.now)
    pump.advance(pump.now + minutes(10))
    assert not pump.parts.priming.runs
    assert pump.parts.reservoir.primed == pushed
    assert pump.parts.strokes.count * pump.profile.pulse == units("0.75")
    assert pump.parts.annunciations.has(AnnunciationType.PRIMING_ISSUE)
    assert pump.parts.operation.state is OperationalState.WAITING


def test_a_ledger_that_is_taken_up_is_not_told_again() -> None:
    pump = _busy(PROFILES["generic"])
    taken = Ledger()
    taken.restore(pump.ledger.entries)
    assert taken.drain() == []
    taken.write(1, Stalled())
    assert [entry.event for entry in taken.drain()] == [Stalled()]


def test_records_that_lag_and_records_that_are_damaged_are_kept_so() -> None:
    profile = replace(PROFILES["tubed"])
    pump = fresh(profile)
    pump.advance(hours(1))
    manual.corrupt_record(pump, 2, pump.now)
    pump.set_bolus(Prescription(type=BolusType.FAST, fast=units(1)), pump.now)
    assert pump.history.pending
    other = again(pump)
    assert [record for _, record in other.history.pending] == [record for _, record in pump.history.pending]
    assert other.history.corrupted == {2}


NOISE: tuple[Callable[[bytes], bytes], ...] = (lambda kept: b"", lambda kept: kept[:-9], lambda kept: b'{"now": 0}')


@pytest.mark.parametrize("spoil", NOISE)
def test_what_is_no_kept_pump_is_not_taken_for_one(spoil: Callable[[bytes], bytes]) -> None:
    pump = fresh(PROFILES["generic"])
    with pytest.raises(ValueError, match="Saved"):
        saved.restore(fresh(pump.profile), spoil(saved.dump(pump)), [], [])
