"""What a pump does with insulin, time and trouble, whatever wire it hangs on: mechanics, limits, habits, supplies, history."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from isletbench.emulator.core.quantities import Insulin, Rate, Span, days, hours, minutes, seconds, units
from isletbench.emulator.endpoints.ids.history import read
from isletbench.emulator.endpoints.ids.refusals import RESPONSES
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.adjustment import WHOLE, Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.events import AnnunciationRaised, Pulse
from isletbench.emulator.pump.fluid_path import NORMAL, Condition
from isletbench.emulator.pump.history import HistoryPolicy
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES, Habits, Limits, PumpProfile
from isletbench.emulator.pump.records import BolusProgrammed
from isletbench.emulator.pump.states import BolusState, Refused
from isletbench.emulator.pump.strokes import EXACT
from isletbench.protocols import ids
from isletbench.protocols.fields import DstOffset, Special
from isletbench.protocols.ids import (
    HISTORY,
    AnnunciationType,
    BolusEndReason,
    BolusType,
    CounterType,
    OperationalState,
    RecordingReason,
    Response,
    StatusFlag,
    TbrType,
    TherapyControlState,
)
from tests.pump.talking import EPOCH, PAUSE, RUN, STOP, records_of

GENERIC, PATCH, TUBED = (replace(PROFILES[name], strokes=EXACT) for name in ("generic", "patch", "tubed"))
"""Without the errors of their strokes, which are tested in ``test_strokes``."""
BLOCKED = Condition(block=math.inf)


def pump(
    profile: PumpProfile = GENERIC,
    *,
    basal: list[tuple[Span, Rate]] | str = "1",
    reservoir: str = "150",
    epoch: datetime = EPOCH,
    **habits: Any,
) -> Pump:
    schedule = [(0, units(basal))] if isinstance(basal, str) else basal
    profile = replace(profile, habits=replace(profile.habits, **habits))
    return Pump(profile, epoch=epoch, basal=schedule, reservoir=units(reservoir), seed=1)


def fast(amount: str) -> Prescription:
    return Prescription(type=BolusType.FAST, fast=units(amount))


def extended(amount: str, span: Span = hours(1)) -> Prescription:  # a number
    return Prescription(type=BolusType.EXTENDED, extended=units(amount), duration=span)


def pulses(made: Pump, cause: str = "bolus") -> list[int]:
    return [at for at, pulse in made.ledger.of(Pulse) if pulse.cause == cause]


def events(made: Pump, kind: type) -> list[Any]:
    return [record.event for record in records_of(made) if isinstance(record.event, kind)]


def raised(made: Pump) -> list[AnnunciationType]:
    return [annunciation.type for annunciation in made.parts.annunciations.active.values()]


def refusal(act: Any, *args: Any, **options: Any) -> Response:
    with pytest.raises(Refused) as refused:
        act(*args, **options)
    return RESPONSES[refused.value.reason]


# Basal and the clock


def test_basal_follows_the_day_across_midnight() -> None:
    made = pump(basal=[(0, units("0.5")), (hours(6), units("1.5")), (hours(22), units("0.9"))])
    made.advance(days(2))
    a_day = 6 * 0.5 + 16 * 1.5 + 2 * 0.9
    assert made.parts.totals.basal / 1e6 == pytest.approx(2 * a_day, abs=0.05)
    rates = [event.new_rate for event in events(made, ids.DeliveredBasalRateChanged)]
    assert rates == [1.5, 0.9, 0.5, 1.5, 0.9, 0.5, 1.5]


def test_basal_follows_the_clock_when_it_is_set() -> None:
    made = pump(basal=[(0, units("0.5")), (hours(12), units("2"))])
    made.advance(hours(1))
    assert made.parts.basal.delivered_rate == units("0.5")
    made.set_clock(datetime(2026, 1, 1, 13), made.now)  # noqa: DTZ001  # a device's calendar has no zone
    assert made.parts.basal.delivered_rate == units(2)
    made.advance(hours(2))
    assert made.parts.totals.basal == units("2.5")
    made.set_clock(datetime(2026, 1, 1, 11, 30), made.now)  # noqa: DTZ001
    assert made.parts.basal.delivered_rate == units("0.5")
    made.advance(hours(3))
    assert made.parts.totals.basal / 1e6 == pytest.approx(2.5 + 0.25 + 1, abs=0.05)


def test_a_clock_that_was_set_is_told_and_the_day_with_it() -> None:
    made = pump()
    made.advance(hours(2.5))
    made.reset_status(StatusFlag((1 << 8) - 1), made.now)
    made.set_clock(datetime(2026, 1, 2, 0, 30), made.now)  # noqa: DTZ001
    last = records_of(made)[-1]
    assert (last.event.reason, last.event.time.day, last.relative_offset) == (RecordingReason.SET_DATE_TIME, 2, 1800)
    assert made.parts.totals.today == (0, units("0.5"))
    assert StatusFlag.TOTAL_DAILY_INSULIN in made.parts.status.changed
    made.advance(hours(26))
    (told,) = events(made, ids.TotalDailyInsulinDelivery)
    assert (told.day, told.date_time_changed) == (2, True)
    made.advance(hours(50))
    assert [event.date_time_changed for event in events(made, ids.TotalDailyInsulinDelivery)] == [True, False]


def test_a_clock_that_is_lost_shows_the_factorys_time_and_says_so() -> None:
    made = pump()
    made.advance(minutes(90))
    manual.lose_clock(made, made.now)
    assert made.shows(made.now).year == 2020
    (lost,) = [r for r in records_of(made) if getattr(r.event, "reason", None) is RecordingReason.DATE_TIME_LOSS]
    assert lost.relative_offset == 0
    assert raised(made) == [AnnunciationType.DATE_TIME_ISSUE]


def test_a_pump_that_does_not_write_clock_changes_down_leaves_its_readers_in_the_dark() -> None:
    quiet = replace(GENERIC, history=replace(GENERIC.history, references_clock_changes=False))
    made = pump(quiet)
    made.set_clock(datetime(2026, 1, 1, 20), minutes(10))  # noqa: DTZ001
    made.advance(minutes(20))
    assert len(events(made, ids.ReferenceTime)) == 1


def test_a_clock_that_runs_fast_is_ahead_and_its_day_is_shorter() -> None:
    made = pump()
    manual.drift(made, 10_000, 0)
    made.advance(hours(10))
    assert made.shows(made.now) - EPOCH == timedelta(hours=10, minutes=6)
    assert made.parts.totals.day_began < 0
    made.advance(hours(16))
    assert hours(15.8) < made.parts.totals.day_began < hours(15.9)


def test_time_zone_and_daylight_saving_stand_in_the_reference_time() -> None:
    made = pump()
    made.set_local_time(4, DstOffset.ONE_HOUR, hours(1))
    last = records_of(made)[-1].event
    assert (last.time_zone, last.dst_offset, last.reason) == (4, DstOffset.ONE_HOUR, RecordingReason.SET_DATE_TIME)


# Boluses


def test_an_extended_part_delivers_its_kth_pulse_when_its_share_of_the_time_has_passed() -> None:
    made = pump(basal="0")
    made.set_bolus(extended("2"), 0)
    made.advance(hours(2))
    assert pulses(made) == [k * hours(1) // 40 for k in range(1, 41)]


def test_a_multiwave_bolus_begins_with_its_fast_part() -> None:
    made = pump(basal="0")
    wanted = Prescription(type=BolusType.MULTIWAVE, fast=units("0.5"), extended=units("0.5"), duration=minutes(10))
    bolus = made.set_bolus(wanted, 0).value
    made.advance(seconds(20))
    assert (bolus.fast_delivered, bolus.extended_delivered, bolus.state) == (units("0.5"), 0, BolusState.EXTENDED)
    made.advance(minutes(11))
    assert pulses(made)[10:] == [seconds(20) + minutes(k) for k in range(1, 11)]


def test_a_delayed_bolus_waits_and_can_be_canceled_meanwhile() -> None:
    made = pump(basal="0")
    bolus = made.set_bolus(replace(fast("1"), delay=minutes(20)), 0).value
    made.advance(minutes(19))
    assert (bolus.state, pulses(made)) == (BolusState.PROGRAMMED, [])
    made.advance(minutes(20) + seconds(3))
    assert pulses(made) == [minutes(20) + seconds(2)]
    other = made.set_bolus(replace(extended("1"), delay=minutes(20)), made.now).value
    made.cancel_bolus(other.id, made.now)
    assert events(made, ids.BolusDelivered1Of2) == [ids.BolusDelivered1Of2(other.id, BolusType.EXTENDED, 0.0, 0.0, 0)]


def test_a_pause_holds_a_bolus_and_run_goes_on_with_it() -> None:
    made = pump(basal="0")
    made.set_bolus(extended("2"), 0)
    made.advance(minutes(30))
    made.set_therapy(PAUSE, made.now)
    made.advance(minutes(40))
    assert len(pulses(made)) == 20
    made.set_therapy(RUN, made.now)
    made.advance(hours(2))
    assert len(pulses(made)) == 40
    assert pulses(made)[-1] == minutes(70)


def test_a_pause_may_drop_boluses_and_then_tells() -> None:
    made = pump(basal="0", pause_drops_boluses=True)
    made.set_bolus(fast("3"), 0)
    made.advance(seconds(21))
    made.set_therapy(PAUSE, made.now)
    assert made.parts.boluses.active == {}
    assert raised(made) == [AnnunciationType.BOLUS_CANCELED]
    (how,) = events(made, ids.BolusDelivered2Of2)
    assert (how.end_reason, how.annunciation_id) == (BolusEndReason.CANCELED, 1)


def test_a_pause_that_lasts_too_long_is_a_stop() -> None:
    made = pump()
    made.set_bolus(extended("2"), 0)
    made.set_therapy(PAUSE, minutes(1))
    made.advance(minutes(1) + GENERIC.max_pause)
    assert made.parts.therapy.state is STOP
    assert raised(made) == [AnnunciationType.BOLUS_CANCELED]


def test_basal_pulses_take_turns_with_a_bolus_or_wait_for_it() -> None:
    turns, waits = pump(basal="30"), pump(basal="30", interleaves=False)
    for made in (turns, waits):
        made.set_bolus(fast("10"), 0)
        made.advance(hours(1))
    during = pulses(waits)[-1]
    assert [at for at in pulses(waits, "basal") if at < during] == []
    assert len([at for at in pulses(turns, "basal") if at < during]) > 20
    for made in (turns, waits):
        assert len(pulses(made)) == 200
        assert made.parts.totals.basal >= units(30) - 2 * GENERIC.pulse
        every = sorted(pulses(made) + pulses(made, "basal"))
        assert min(later - earlier for earlier, later in pairwise(every)) >= GENERIC.pulse_spacing


def test_a_new_rate_may_begin_the_next_pulse_anew() -> None:
    keeps, forgets = pump(basal="0.5"), pump(basal="0.5", restarts_phase=True)
    for made in (keeps, forgets):
        made.advance(minutes(5))  # 5/6 of a pulse is owed
        made.set_tbr(Adjustment(type=TbrType.ABSOLUTE, value=units(1), duration=hours(1)), made.now)
        made.advance(hours(1))
    assert pulses(keeps, "basal")[0] == minutes(5.5)
    assert pulses(forgets, "basal")[0] == minutes(8)


def test_a_second_bolus_may_be_an_error_of_the_system() -> None:
    made = pump(second_bolus_faults=True)
    made.set_bolus(fast("3"), 0)
    assert refusal(made.set_bolus, fast("1"), 0) is Response.PROCEDURE_NOT_COMPLETED
    assert (made.parts.therapy.state, made.parts.boluses.active) == (STOP, {})
    assert AnnunciationType.SYSTEM_ISSUE in raised(made)


def test_a_bolus_may_set_a_stopped_pump_running() -> None:
    made = pump(bolus_resumes=True)
    made.set_therapy(STOP, 0)
    made.set_bolus(fast("1"), 0)
    assert made.parts.therapy.state is RUN


def test_an_amount_between_two_steps_may_become_the_lower_one() -> None:
    made = pump(TUBED)
    assert made.set_bolus(fast("1.07"), 0).value.wanted.fast == units("1.05")
    made.advance(minutes(5))
    assert made.set_bolus(fast("0.03"), made.now).value.wanted.fast == units("0.025")


def test_a_commanded_stop_may_announce_what_it_cancels() -> None:
    made = pump(announces_stop=True)
    made.set_bolus(fast("3"), 0)
    made.set_tbr(Adjustment(type=TbrType.RELATIVE, value=WHOLE // 2, duration=hours(1)), 0)
    made.set_therapy(STOP, 0)
    assert raised(made) == [AnnunciationType.BOLUS_CANCELED, AnnunciationType.TBR_CANCELED]


# Limits


def limited(limits: Limits) -> Pump:
    return pump(replace(GENERIC, limits=limits), basal="0")


def test_boluses_of_an_hour_are_limited_with_what_is_still_to_come() -> None:
    made = limited(Limits(bolus_per_hour=units(6)))
    made.set_bolus(fast("4"), 0)
    assert refusal(made.set_bolus, extended("2.5"), 0) is Response.PROCEDURE_NOT_APPLICABLE
    assert raised(made) == [AnnunciationType.MAX_DELIVERY]
    made.set_bolus(extended("2"), 0)
    made.advance(hours(1))
    assert refusal(made.set_bolus, fast("4.5"), made.now) is Response.PROCEDURE_NOT_APPLICABLE
    made.advance(hours(2) + minutes(2))
    made.set_bolus(fast("6"), made.now)


def test_all_insulin_of_a_day_is_limited() -> None:
    made = pump(replace(GENERIC, limits=Limits(per_day=units(30))), basal="1")
    made.advance(hours(12))
    made.set_bolus(fast("10"), made.now)
    made.advance(hours(13))
    assert refusal(made.set_bolus, fast("8"), made.now) is Response.PROCEDURE_NOT_APPLICABLE
    made.set_bolus(fast("7"), made.now)


def test_the_clients_own_limit_for_a_bolus_is_kept() -> None:
    made = pump()
    made.set_max_bolus(units(5), 0)
    assert refusal(made.set_bolus, fast("5.05"), 0) is Response.PARAMETER_OUT_OF_RANGE
    two = Prescription(type=BolusType.MULTIWAVE, fast=units(3), extended=units("2.05"), duration=hours(1))
    assert refusal(made.set_bolus, two, 0) is Response.PARAMETER_OUT_OF_RANGE
    made.set_bolus(fast("5"), 0)


def test_a_relative_tbr_is_cut_at_the_largest_rate() -> None:
    made = pump(basal="20")
    made.set_tbr(Adjustment(type=TbrType.RELATIVE, value=2 * WHOLE, duration=hours(1)), 0)
    assert made.parts.basal.delivered_rate == GENERIC.limits.rate


# What is in the reservoir, and what it says


def test_a_patch_shows_no_more_than_fifty() -> None:
    made = pump(PATCH, reservoir="52", basal="0")
    assert made.parts.reservoir.shown == units(50)
    made.reset_status(StatusFlag((1 << 8) - 1), made.now)
    made.set_bolus(fast("1"), 0)
    made.advance(minutes(2))
    assert made.parts.reservoir.shown == units(50)
    assert StatusFlag.RESERVOIR not in made.parts.status.changed
    made.set_bolus(fast("2"), made.now)
    made.advance(minutes(4))
    assert made.parts.reservoir.shown == units(49)
    assert StatusFlag.RESERVOIR in made.parts.status.changed


def test_a_hidden_margin_is_there_when_the_display_is_at_zero() -> None:
    made = pump(TUBED, reservoir="4", basal="0")
    assert made.parts.reservoir.shown == units(1)
    made.set_bolus(fast("2"), 0)
    made.advance(minutes(3))
    assert made.parts.reservoir.shown == 0
    assert made.parts.reservoir.remaining == units(2)
    assert AnnunciationType.RESERVOIR_EMPTY not in raised(made)
    made.set_bolus(fast("5"), made.now)
    made.advance(minutes(10))
    assert AnnunciationType.RESERVOIR_EMPTY in raised(made)
    assert made.parts.totals.bolus == units(4)


def test_a_pump_that_was_told_too_much_runs_dry_while_its_counter_says_otherwise() -> None:
    made = pump(PATCH, basal="0")
    manual.detach_reservoir(made, 0)
    manual.attach_reservoir(made, units(10), 0)
    made.set_fill_level(units(50), 0)
    made.start_priming(units("3.1"), 0)
    made.advance(minutes(3))
    made.set_therapy(RUN, made.now)
    made.set_bolus(fast("8"), made.now)
    made.advance(made.now + minutes(10))
    assert AnnunciationType.RESERVOIR_EMPTY in raised(made)
    assert made.parts.reservoir.shown == units("40")
    assert made.parts.totals.bolus == units("6.9")


def test_a_reservoir_is_changed_step_by_step() -> None:
    made = pump(TUBED)
    made.set_bolus(fast("5"), 0)
    made.advance(seconds(30))
    manual.detach_reservoir(made, made.now)
    assert (made.parts.therapy.state, made.parts.operation.state, made.parts.reservoir.shown) == (
        STOP,
        OperationalState.PREPARING,
        None,
    )
    assert raised(made) == [AnnunciationType.BOLUS_CANCELED]
    assert refusal(made.set_therapy, RUN, made.now) is Response.PROCEDURE_NOT_APPLICABLE
    manual.attach_reservoir(made, units(300), made.now)
    assert (made.parts.operation.state, made.parts.reservoir.shown) == (OperationalState.WAITING, units(297))
    assert refusal(made.set_therapy, RUN, made.now) is Response.PROCEDURE_NOT_APPLICABLE, "the set is full of air"
    made.start_priming(units("10.3"), made.now)
    assert made.parts.operation.state is OperationalState.PRIMING
    assert refusal(made.start_priming, units(1), made.now) is Response.PROCEDURE_NOT_APPLICABLE
    made.advance(made.now + minutes(10))
    assert made.status(made.now)["operational"] == "WAITING"
    (waits_for,) = [a for a in made.parts.annunciations.active.values() if a.type is AnnunciationType.INFUSION_SET_INCOMPLETE]
    made.confirm(waits_for.instance_id, made.now)
    assert made.status(made.now)["operational"] == "READY"
    made.set_therapy(RUN, made.now)
    made.advance(made.now + hours(1))
    assert made.parts.path.to_tissue > 0
    assert (made.parts.reservoir.primed, made.parts.reservoir.discarded > 0) == (units("10.3"), True)
    levels = [event.remaining for event in events(made, ids.ReservoirRemainingAmountChanged)]
    assert Special.NAN in levels


def test_priming_too_little_leaves_air_that_passes_before_insulin() -> None:
    made = pump(PATCH, basal="0")
    manual.detach_reservoir(made, 0)
    manual.attach_reservoir(made, units(100), 0)
    made.set_fill_level(units(100), 0)
    made.start_priming(units("2.6"), 0)
    made.advance(minutes(3))
    assert made.parts.infusion_set.air == units("0.5")
    made.set_therapy(RUN, made.now)
    made.set_bolus(fast("2"), made.now)
    made.advance(made.now + minutes(3))
    assert (made.parts.path.in_line, made.parts.path.to_tissue) == (units("0.5"), units("1.5"))


def test_priming_can_be_stopped_and_started_again() -> None:
    made = pump(TUBED)
    manual.detach_reservoir(made, 0)
    manual.attach_reservoir(made, units(100), 0)
    made.start_priming(units(5), 0)
    made.advance(seconds(10))
    made.stop_priming(made.now)
    assert (made.parts.operation.state, made.parts.reservoir.primed) == (OperationalState.WAITING, units("0.25"))
    assert refusal(made.stop_priming, made.now) is Response.PROCEDURE_NOT_APPLICABLE
    made.start_priming(units(1), made.now)


@pytest.mark.parametrize("amount", [0, units("0.01"), units(31)])
def test_priming_needs_an_amount_that_can_be(amount: Insulin) -> None:
    made = pump()
    made.set_therapy(STOP, 0)
    assert refusal(made.start_priming, amount, 0) is Response.PARAMETER_OUT_OF_RANGE


# Trouble


def test_an_occlusion_ends_everything_with_its_annunciations_id() -> None:
    made = pump(basal="1")
    made.set_tbr(Adjustment(type=TbrType.RELATIVE, value=WHOLE, duration=hours(3)), 0)
    manual.set_condition(made, BLOCKED, 0)
    made.set_bolus(fast("5"), 0)
    made.advance(minutes(5))
    (alarm,) = made.parts.annunciations.active.values()
    assert alarm.type is AnnunciationType.OCCLUSION_DETECTED
    assert (made.parts.therapy.state, made.parts.operation.state) == (STOP, OperationalState.WAITING)
    (how,), (tbr,) = events(made, ids.BolusDelivered2Of2), events(made, ids.TbrAdjustmentEnded)
    assert (how.end_reason, how.annunciation_id) == (BolusEndReason.ERROR_ABORT, alarm.instance_id)
    assert (tbr.end_reason, tbr.annunciation_id) == (ids.TbrEndReason.ERROR_ABORT, alarm.instance_id)
    (told,) = events(made, ids.BolusDelivered1Of2)
    assert told.fast_amount == made.parts.path.in_line / 1e6 > 0.3, "the pump counts what the patient has not had"
    made.confirm(alarm.instance_id, made.now)
    made.set_therapy(RUN, made.now)
    made.set_bolus(fast("1"), made.now)
    made.advance(made.now + minutes(1))
    assert AnnunciationType.OCCLUSION_DETECTED in raised(made), "it is still blocked"
    stuck = made.parts.path.in_line
    manual.set_condition(made, NORMAL, made.now)
    made.advance(made.now + hours(1))
    assert (made.parts.path.in_line, made.parts.path.to_tissue) == (0, stuck)


def test_basal_into_a_block_is_noticed_only_after_an_hour() -> None:
    made = pump(basal="1")
    manual.set_condition(made, BLOCKED, 0)
    made.advance(hours(5))
    ((at, _),) = made.ledger.of(AnnunciationRaised)
    assert minutes(30) <= at <= hours(3)
    assert made.parts.totals.basal == made.parts.path.in_line


def test_a_cannula_that_is_out_goes_unnoticed() -> None:
    made = pump()
    manual.set_condition(made, Condition(cannula_out=True), 0)
    made.set_bolus(fast("5"), 0)
    made.advance(hours(5))
    assert raised(made) == []
    assert (made.parts.path.to_tissue, made.parts.path.leaked) == (0, units(10))


def test_a_patch_advises_and_then_stops_for_good() -> None:
    made = pump(PATCH, basal="0.5")
    made.advance(hours(79))
    assert AnnunciationType.RESERVOIR_ISSUE in raised(made)
    assert made.parts.therapy.state is RUN
    made.advance(hours(81))
    assert made.parts.therapy.state is STOP
    for instance in tuple(made.parts.annunciations.active):
        made.confirm(instance, made.now)
    assert refusal(made.set_therapy, RUN, made.now) is Response.PROCEDURE_NOT_APPLICABLE
    manual.detach_reservoir(made, made.now)
    manual.attach_reservoir(made, units(180), made.now)
    made.set_fill_level(units(180), made.now)
    made.start_priming(units("3.1"), made.now)
    made.advance(made.now + minutes(5))
    made.set_therapy(RUN, made.now)
    assert made.battery_level(made.now) > 95


@pytest.mark.parametrize(
    ("percent", "warning"),
    [
        (100, []),
        (51, []),
        (50, [AnnunciationType.BATTERY_MEDIUM]),
        (20, [AnnunciationType.BATTERY_LOW]),
        (5, [AnnunciationType.BATTERY_LOW]),
    ],
)
def test_a_battery_that_is_put_in_warns_at_once_when_it_is_low(percent: int, warning: list[AnnunciationType]) -> None:
    made = pump(basal="0")
    manual.replace_battery(made, made.now, level=percent)
    assert raised(made) == warning


def test_a_battery_warns_three_times_and_the_last_one_ends_it() -> None:
    made = pump(replace(GENERIC, battery_life=hours(20)), basal="0")
    made.advance(hours(17))
    assert raised(made) == [AnnunciationType.BATTERY_MEDIUM, AnnunciationType.BATTERY_LOW]
    made.advance(hours(21))
    assert (made.parts.therapy.state, made.battery_level(made.now)) == (STOP, 0)
    manual.replace_battery(made, made.now)
    for instance in tuple(made.parts.annunciations.active):
        made.confirm(instance, made.now)
    made.set_therapy(RUN, made.now)
    assert made.battery_level(made.now) == 100


def test_counters_count_down_and_go_below_zero() -> None:
    made = pump(TUBED)
    made.advance(days(4))
    type_ = CounterType.RESERVOIR_INSULIN_OPERATION_TIME
    assert made.parts.counters.values(type_, made.now) == (-days(1), days(4))
    made.reset_operation_time(made.now)
    assert made.parts.counters.values(type_, made.now) == (days(3), 0)
    assert refusal(made.parts.counters.values, CounterType.LOANER, made.now) is Response.INVALID_OPERAND


def test_standby_and_off_end_deliveries_and_say_so() -> None:
    for down, up in ((manual.stand_by, manual.wake), (manual.power_off, manual.power_on)):
        made = pump()
        made.set_bolus(fast("5"), 0)
        made.advance(seconds(10))
        down(made, made.now)
        assert raised(made) == [AnnunciationType.BOLUS_CANCELED]
        assert refusal(made.set_therapy, RUN, made.now) is Response.PROCEDURE_NOT_APPLICABLE
        had = made.parts.reservoir.delivered
        made.advance(hours(1))
        assert made.parts.reservoir.delivered == had
        up(made, made.now)
        assert made.parts.operation.state is OperationalState.READY
        made.set_therapy(RUN, made.now)


def test_a_mechanical_issue_blocks_until_it_is_confirmed() -> None:
    made = pump()
    manual.report_issue(made, AnnunciationType.MECHANICAL_ISSUE, 0)
    assert made.parts.operation.state is OperationalState.WAITING
    made.snooze(1, 0)
    assert refusal(made.set_therapy, RUN, 0) is Response.PROCEDURE_NOT_APPLICABLE
    made.confirm(1, 0)
    made.set_therapy(RUN, 0)


# History


def test_records_lag_behind_what_they_tell() -> None:
    made = pump(TUBED, basal="0")
    made.advance(minutes(10))
    made.set_bolus(fast("1"), made.now)
    made.reset_status(StatusFlag((1 << 8) - 1), made.now)
    made.advance(minutes(11))
    assert events(made, ids.BolusProgrammed1Of2) == []
    assert StatusFlag.HISTORY_EVENT_RECORDED not in made.parts.status.changed
    made.advance(minutes(12))
    assert len(events(made, ids.BolusProgrammed1Of2)) == 1
    assert StatusFlag.HISTORY_EVENT_RECORDED in made.parts.status.changed


def test_stamps_are_whole_minutes_for_a_pump_that_knows_no_seconds() -> None:
    made = pump(TUBED, epoch=EPOCH.replace(second=42))
    made.advance(minutes(7) + seconds(13))
    made.set_bolus(fast("1"), made.now)
    made.advance(hours(3))
    offsets = {record.relative_offset % 60 for record in records_of(made)}
    assert offsets == {0}
    assert {event.time.seconds for event in events(made, ids.ReferenceTime)} == {0}


def test_the_start_of_a_tbr_is_rewritten_when_it_ends() -> None:
    made = pump(TUBED)
    made.set_tbr(Adjustment(type=TbrType.ABSOLUTE, value=units(2), duration=hours(2)), minutes(1))
    made.advance(minutes(4))
    assert [event.duration for event in events(made, ids.TbrAdjustmentStarted)] == [120]
    made.cancel_tbr(minutes(31))
    assert [event.duration for event in events(made, ids.TbrAdjustmentStarted)] == [30]


def test_a_full_history_forgets_its_oldest() -> None:
    made = pump(replace(GENERIC, history=HistoryPolicy(capacity=20)))
    made.advance(days(1))
    numbers = [record.sequence_number for record in records_of(made)]
    assert len(numbers) == 20
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    assert numbers[0] > 20


def test_a_record_of_two_goes_as_a_whole() -> None:
    made = pump()
    made.set_bolus(fast("1"), 0)
    pair = [entry for entry in made.history.entries if isinstance(entry.record, BolusProgrammed)]
    assert len(pair) == 2
    assert made.history.splits(pair[:1])
    assert made.history.splits(pair[1:])
    assert not made.history.splits(pair)


def test_a_damaged_record_says_so_and_the_others_do_not() -> None:
    made = pump()
    made.advance(hours(3))
    manual.corrupt_record(made, 3, made.now)
    told = [read(made.history, entry) for entry in made.history.entries]
    assert [r.sequence_number for r in told if isinstance(r.event, ids.DataCorruption)] == [ids.CORRUPTED]
    assert HISTORY.encode(told[3]) == bytes.fromhex("A603 FFFFFFFF 0000")
    assert refusal(manual.corrupt_record, made, 999, made.now) is Response.PARAMETER_OUT_OF_RANGE


def test_the_pumps_own_calculator_is_remembered_with_the_bolus() -> None:
    made = pump()
    recommended, confirmed = (units(3), units(1), 0, 0), (units(3), 0, 0, 0)
    made.set_bolus(fast("3"), 0, calculated=(recommended, confirmed))
    first, second = events(made, ids.BolusCalculated1Of2), events(made, ids.BolusCalculated2Of2)
    assert first == [ids.BolusCalculated1Of2(3.0, 1.0, 0.0, 0.0)]
    assert second == [ids.BolusCalculated2Of2(3.0, 0.0, 0.0, 0.0)]


def test_habits_are_choices_not_code() -> None:
    assert Habits() == GENERIC.habits


def test_a_state_that_is_asked_for_again_changes_nothing() -> None:
    made = pump()
    before = len(made.history.entries)
    made.set_therapy(RUN, 0)
    assert len(made.history.entries) == before
    assert made.parts.therapy.state is TherapyControlState.RUN


def test_a_pump_may_tell_its_reference_times_in_utc() -> None:
    made = pump(tells_utc=True)
    made.set_local_time(4, DstOffset.ONE_HOUR, 0)
    assert made.shows(0) == EPOCH
    last = events(made, ids.ReferenceTime)[-1]
    assert (last.time.hours, last.time_zone, last.dst_offset) == (6, 4, DstOffset.ONE_HOUR)
