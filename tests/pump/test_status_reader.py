"""The Status Reader Control Point, procedure by procedure."""

import math
from dataclasses import replace
from datetime import datetime

import pytest

from isletbench.emulator.core.quantities import days, hours, minutes, seconds, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.bolus import Bolus, Prescription
from isletbench.emulator.pump.profile import PROFILES
from isletbench.protocols import ids
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import (
    BasalContext,
    BolusActivation,
    BolusType,
    BolusValueSelection,
    CounterSelection,
    CounterType,
    Feature,
    Response,
    StatusReaderResponseCode,
    TbrType,
)
from tests.harness.client import Talk
from tests.harness.conformance import conforms
from tests.pump.talking import BARE, COMMAND, PROFILE, READER, STOP, bolus, pump_of, talk

PROGRAMMED, REMAINING, DELIVERED = (
    BolusValueSelection.PROGRAMMED,
    BolusValueSelection.REMAINING,
    BolusValueSelection.DELIVERED,
)


def delivery(made: Talk, bolus_id: int, selection: BolusValueSelection) -> ids.GetActiveBolusDeliveryResponse:
    answer = made.ask(READER, ids.GetActiveBolusDelivery(bolus_id, selection))
    assert isinstance(answer, ids.GetActiveBolusDeliveryResponse)
    return answer


@conforms("IDS-53")
def test_active_boluses_are_listed_by_the_start_of_their_delivery() -> None:
    made = talk()
    assert made.ask(READER, ids.GetActiveBolusIds()) == ids.GetActiveBolusIdsResponse(())
    made.ask(COMMAND, ids.SetBolus(BolusType.EXTENDED, 0.0, 1.0, 30, delay_time=20))
    made.ask(COMMAND, bolus(1.0, delay_time=10))
    assert made.ask(READER, ids.GetActiveBolusIds()).bolus_ids == (2, 1)
    made.ask(COMMAND, ids.CancelBolus(2))
    assert made.ask(READER, ids.GetActiveBolusIds()).bolus_ids == (1,)


@conforms("IDS-53")
def test_no_more_than_the_seven_that_start_first_are_listed() -> None:
    made = talk()
    pump = pump_of(made)
    for delay in range(9):  # more at a time than this pump would take
        wanted = Prescription(type=BolusType.FAST, fast=units(1), delay=minutes(60 - delay))
        pump.parts.boluses.active[delay + 1] = Bolus(delay + 1, wanted, 0)
    assert made.ask(READER, ids.GetActiveBolusIds()).bolus_ids == (9, 8, 7, 6, 5, 4, 3)


@conforms("IDS-54", "IDS-55", "IDS-56")
def test_a_multiwave_bolus_before_during_and_after_its_fast_part() -> None:
    made = talk()
    options = {"delay_time": 15, "activation_type": BolusActivation.MANUAL, "meal": True}
    made.ask(COMMAND, ids.SetBolus(BolusType.MULTIWAVE, 1.2, 2.4, 90, **options))  # type: ignore[arg-type]
    made.pass_to(minutes(5))
    programmed = ids.GetActiveBolusDeliveryResponse(1, BolusType.MULTIWAVE, 1.2, 2.4, 90, **options)  # type: ignore[arg-type]
    assert delivery(made, 1, PROGRAMMED) == programmed
    waiting = delivery(made, 1, REMAINING)
    assert (waiting.fast_amount, waiting.extended_amount, waiting.duration, waiting.delay_time) == (1.2, 2.4, 90, 10)
    made.pass_to(minutes(15) + seconds(11))
    running = delivery(made, 1, REMAINING)
    assert (running.fast_amount, running.extended_amount, running.duration, running.delay_time) == (0.95, 2.4, 90, 0)
    begun = made.now
    made.pass_to(begun + minutes(31))
    left, had = delivery(made, 1, REMAINING), delivery(made, 1, DELIVERED)
    assert left.fast_amount == 0.0
    assert (left.extended_amount, had.extended_amount) == (1.6, 0.8)
    assert left.duration == 59
    assert (had.fast_amount, had.duration, had.delay_time) == (1.2, 46, 0xFFFF)
    assert (had.activation_type, had.meal, had.correction) == (BolusActivation.MANUAL, True, False)
    assert delivery(made, 1, PROGRAMMED) == programmed


@conforms("IDS-57")
def test_an_unknown_or_ended_bolus_is_not_applicable_and_a_reserved_selection_is_invalid() -> None:
    made = talk(BARE)
    made.ask(COMMAND, bolus(0.05))
    made.pass_to(seconds(5))
    for number in (1, 77):
        refused = made.ask(READER, ids.GetActiveBolusDelivery(number, DELIVERED))
        assert refused == StatusReaderResponseCode(0x0356, Response.PROCEDURE_NOT_APPLICABLE)
    made.write_octets(READER, bytes.fromhex("5603 0100 55"))
    (answer,) = made.heard(READER)
    assert answer == bytes.fromhex("0303 5603 71")


@conforms("IDS-58")
@pytest.mark.parametrize("selection", list(BolusValueSelection))
def test_a_fast_bolus_has_nothing_extended_and_an_extended_one_nothing_fast(selection: BolusValueSelection) -> None:
    made = talk()
    made.ask(COMMAND, bolus(3.0))
    made.ask(COMMAND, ids.SetBolus(BolusType.EXTENDED, 0.0, 3.0, 60))
    made.pass_to(minutes(1))
    fast, extended = delivery(made, 1, selection), delivery(made, 2, selection)
    assert (fast.extended_amount, fast.duration, extended.fast_amount) == (0.0, 0, 0.0)


@conforms("IDS-59", "IDS-91")
def test_the_active_basal_rate_and_the_tbr_beside_it() -> None:
    made = talk(rate="0.8")
    plain = made.ask(READER, ids.GetActiveBasalRateDelivery())
    assert plain == ids.GetActiveBasalRateDeliveryResponse(1, 0.8, context=BasalContext.DEVICE_BASED)
    made.ask(COMMAND, ids.SetTbrAdjustment(TbrType.ABSOLUTE, 0.3, 60, context=BasalContext.AP_CONTROLLER))
    made.pass_to(minutes(10))
    assert made.ask(READER, ids.GetActiveBasalRateDelivery()) == ids.GetActiveBasalRateDeliveryResponse(
        1, 0.8, TbrType.ABSOLUTE, 0.3, 60, 50, context=BasalContext.AP_CONTROLLER
    )
    made.ask(COMMAND, ids.SetTbrAdjustment(TbrType.RELATIVE, 0.65, 45, change=True))
    told = made.ask(READER, ids.GetActiveBasalRateDelivery())
    assert (told.config_value, told.tbr_type, told.tbr_adjustment, told.tbr_duration_remaining) == (
        0.8,
        TbrType.RELATIVE,
        0.65,
        45,
    )
    assert pump_of(made).parts.basal.delivered_rate == units("0.52")
    made.ask(COMMAND, ids.SetTbrAdjustment(TbrType.ABSOLUTE, 9.0, 1, template_number=8, change=True))
    told = made.ask(READER, ids.GetActiveBasalRateDelivery())
    assert (told.tbr_type, told.tbr_adjustment, told.tbr_duration_programmed, told.tbr_template_number) == (
        TbrType.RELATIVE,
        0.0,
        30,
        8,
    )


@conforms("IDS-60")
def test_a_stopped_pump_has_no_active_basal_rate() -> None:
    made = talk(rate="0.8")
    made.ask(COMMAND, ids.SetTherapyControlState(STOP))
    refused = made.ask(READER, ids.GetActiveBasalRateDelivery())
    assert refused == StatusReaderResponseCode(0x0365, Response.PROCEDURE_NOT_APPLICABLE)


@conforms("IDS-61")
def test_total_daily_insulin_begins_at_midnight_and_follows_the_clock() -> None:
    made = talk(rate="1")
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(hours(3))
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()) == ids.GetTotalDailyInsulinStatusResponse(2.0, 3.0, 5.0)
    pump_of(made).set_clock(datetime(2026, 1, 1, 1), made.now)  # noqa: DTZ001  # a device's calendar has no zone
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()) == ids.GetTotalDailyInsulinStatusResponse(0.0, 1.0, 1.0)
    made.pass_to(hours(26) + seconds(1))
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()).total == 0.0


@conforms("IDS-62", "IDS-114")
def test_counters_tell_what_remains_and_what_has_elapsed() -> None:
    made = talk()
    made.pass_to(days(4))
    for type_, span in PROFILE.counters.items():
        remaining = made.ask(READER, ids.GetCounter(type_, CounterSelection.REMAINING))
        elapsed = made.ask(READER, ids.GetCounter(type_, CounterSelection.ELAPSED))
        assert (remaining.type, remaining.value) == (type_, (span - days(4)) // minutes(1))
        assert elapsed.value == 4 * 1440
    type_ = CounterType.RESERVOIR_INSULIN_OPERATION_TIME
    assert made.ask(READER, ids.GetCounter(type_, CounterSelection.REMAINING)).value == -1440
    assert made.ask(COMMAND, ids.ResetReservoirInsulinOperationTime()).code is Response.SUCCESS
    assert made.ask(READER, ids.GetCounter(type_, CounterSelection.REMAINING)).value == 3 * 1440
    assert made.ask(READER, ids.GetCounter(type_, CounterSelection.ELAPSED)).value == 0


@conforms("IDS-62")
def test_a_counter_it_has_not_is_invalid() -> None:
    made = talk(PROFILES["patch"])
    refused = made.ask(READER, ids.GetCounter(CounterType.LOANER, CounterSelection.ELAPSED))
    assert refused == StatusReaderResponseCode(0x03A6, Response.INVALID_OPERAND)


@conforms("IDS-63")
def test_delivered_insulin_counts_what_canceled_boluses_delivered_and_begins_again_above_80000() -> None:
    made = talk(rate="1")
    made.ask(COMMAND, bolus(5.0))
    made.pass_to(seconds(21))
    made.ask(COMMAND, ids.CancelBolus(1))
    made.pass_to(hours(1))
    assert made.ask(READER, ids.GetDeliveredInsulin()) == ids.GetDeliveredInsulinResponse(0.5, 1.0)
    pump_of(made).parts.totals.basal = units(80_000)
    assert made.ask(READER, ids.GetDeliveredInsulin()).basal == 80_000.0
    pump_of(made).parts.totals.basal += PROFILE.pulse
    assert made.ask(READER, ids.GetDeliveredInsulin()).basal == 0.0


def not_yet_acted(minute: int, duration: int = 360, peak: int = 75) -> float:
    """The share of a dose that the exponential activity curve of open AID systems leaves, summed up minute by minute."""
    tau = peak * (1 - peak / duration) / (1 - 2 * peak / duration)
    curve = [t * (1 - t / duration) * math.exp(-t / tau) for t in range(duration)]
    return 1 - sum(curve[:minute]) / sum(curve)


@conforms("IDS-64")
def test_insulin_on_board_is_what_has_not_acted_yet() -> None:
    made = talk(rate="1")
    assert made.ask(READER, ids.GetInsulinOnBoard()) == ids.GetInsulinOnBoardResponse(0.0, 0)
    made.ask(COMMAND, bolus(4.0))
    made.pass_to(minutes(3))
    told = [made.ask(READER, ids.GetInsulinOnBoard())]
    for hour in range(1, 7):
        made.pass_to(hours(hour))
        told.append(made.ask(READER, ids.GetInsulinOnBoard()))
    amounts = [answer.insulin_on_board for answer in told]
    assert amounts[0] == pytest.approx(4.0, abs=0.01)
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[3] == pytest.approx(4.0 * not_yet_acted(minute=180 - 1), abs=0.03)
    assert told[2].remaining_duration == pytest.approx(240 + 3, abs=1)
    made.pass_to(hours(7))
    assert made.ask(READER, ids.GetInsulinOnBoard()) == ids.GetInsulinOnBoardResponse(0.0, 0)


@conforms("IDS-65", "IDS-61")
@pytest.mark.parametrize(
    ("feature", "operation"),
    [
        (Feature.BASAL_RATE, ids.GetActiveBasalRateDelivery()),
        (Feature.INSULIN_ON_BOARD, ids.GetInsulinOnBoard()),
        (Feature.FAST_BOLUS | Feature.EXTENDED_BOLUS | Feature.MULTIWAVE_BOLUS, ids.GetActiveBolusIds()),
        (Feature.FAST_BOLUS | Feature.EXTENDED_BOLUS | Feature.MULTIWAVE_BOLUS, ids.GetActiveBolusDelivery(1, PROGRAMMED)),
    ],
    ids=str,
)
def test_what_a_pump_has_not_got_is_not_supported(feature: Feature, operation: object) -> None:
    made = talk(replace(PROFILE, features=PROFILE.features & ~feature))
    refused = made.ask(READER, operation)
    assert refused == StatusReaderResponseCode(ids.STATUS_READER.opcode_of(operation), Response.OPCODE_NOT_SUPPORTED)
    assert made.ask(READER, ids.GetTotalDailyInsulinStatus()).bolus == 0.0


def test_no_counters_no_counter_procedure() -> None:
    made = talk(replace(PROFILE, counters={}))
    refused = made.ask(READER, ids.GetCounter(CounterType.LIFETIME, CounterSelection.ELAPSED))
    assert refused.code is Response.OPCODE_NOT_SUPPORTED


def test_a_reservoir_that_is_out_leaves_totals_as_they_are() -> None:
    made = talk(rate="1")
    made.pass_to(hours(1))
    manual.detach_reservoir(pump_of(made), made.now)
    assert made.ask(READER, ids.GetDeliveredInsulin()).basal == 1.0
    assert made.read(ids.STATUS).reservoir_remaining is Special.NAN
