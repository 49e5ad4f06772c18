"""Histories that pumps have in life, and another pump in the old one's place."""

from dataclasses import replace
from datetime import timedelta

import pytest

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.quantities import hours, minutes, seconds, units
from isletbench.emulator.endpoints.ids.actions import ACTIONS
from isletbench.emulator.gatt.companions import DeviceInformationService, Identity
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.history import HistoryPolicy
from isletbench.emulator.pump.states import Refused
from isletbench.protocols import companions, ids
from isletbench.protocols.ids import BolusType, HistoryRecord, RecordingReason
from isletbench.protocols.racp import Operator
from tests.harness.client import Talk
from tests.pump.talking import COMMAND, PROFILE, READER, bolus, history, pump_of, talk

EXTENDED = ids.SetBolus(BolusType.EXTENDED, 0.0, 1.0, 60)


def with_policy(policy: HistoryPolicy) -> Talk:
    return talk(replace(PROFILE, history=policy))


def of(made: Talk, kind: type) -> list[HistoryRecord]:
    return [record for record in history(made) if isinstance(record.event, kind)]


def test_a_bolus_can_stand_in_it_twice_the_second_time_later_and_under_another_number() -> None:
    made = with_policy(HistoryPolicy(capacity=100, repeats_boluses=seconds(90)))
    made.pass_to(minutes(10))
    made.ask(COMMAND, bolus(1.0))
    made.pass_to(minutes(20))
    for kind in (ids.BolusProgrammed1Of2, ids.BolusDelivered1Of2):
        first, second = of(made, kind)
        assert first.event == second.event
        assert second.relative_offset - first.relative_offset == 90
        assert second.sequence_number == first.sequence_number + 2
    numbers = [record.sequence_number for record in history(made)]
    assert numbers == sorted(set(numbers))


def test_the_end_of_an_extended_bolus_can_be_told_by_its_rewritten_start_alone() -> None:
    made = with_policy(HistoryPolicy(capacity=100, amends=True, records_ends=False))
    made.ask(COMMAND, EXTENDED)
    made.pass_to(minutes(30))
    made.ask(COMMAND, ids.CancelBolus(1))
    assert not of(made, ids.BolusDelivered1Of2)
    (record,) = of(made, ids.BolusProgrammed1Of2)
    assert (record.event.extended_amount, record.event.duration) == (0.5, 30)
    made.ask(COMMAND, bolus(1.0))
    made.pass_to(minutes(40))
    assert len(of(made, ids.BolusDelivered1Of2)) == 1, "a fast one has a record of its end"


def test_old_records_can_follow_behind_the_newest() -> None:
    made = with_policy(HistoryPolicy(capacity=100, stale_tail=2))
    whole = history(made)
    newest = whole[-3].sequence_number
    assert [record.sequence_number for record in whole[-2:]] == [0, 1]
    asked = history(made, Operator.AT_LEAST, low=newest)
    assert [record.sequence_number for record in asked] == [newest, 0, 1]


def test_one_reference_time_can_carry_a_date_that_there_is_not() -> None:
    made = talk()
    made.pass_to(minutes(30))
    manual.misdate(pump_of(made), (2026, 2, 31), made.now)
    made.pass_to(hours(3))
    dates = [record.event.time for record in of(made, ids.ReferenceTime)]
    assert [date.day for date in dates] == [1, 31, 1, 1]


def test_a_record_can_be_damaged_by_what_it_tells() -> None:
    made = talk()
    made.ask(COMMAND, bolus(1.0))
    made.pass_to(minutes(5))
    ACTIONS.parse("corrupt_record", {"event": "BolusDelivered1Of2"}).do(pump_of(made), made.now)
    assert not of(made, ids.BolusDelivered1Of2)
    assert len(of(made, ids.DataCorruption)) == 1
    for wrong in ({}, {"number": 1, "event": "BolusDelivered1Of2"}, {"event": "Lunch"}):
        with pytest.raises(CannotDo, match="expected"):
            ACTIONS.parse("corrupt_record", wrong)
    with pytest.raises(Refused, match="no record of PrimingDone"):
        ACTIONS.parse("corrupt_record", {"event": "PrimingDone"}).do(pump_of(made), made.now)


def test_what_its_user_confirms_on_it_only_its_history_tells() -> None:
    made = talk(rate="1")
    pump = pump_of(made)
    manual.report_issue(pump, ids.AnnunciationType.MECHANICAL_ISSUE, made.now)
    manual.acknowledge(pump, made.now)
    assert pump.parts.annunciations.shown is None
    raised, confirmed = of(made, ids.AnnunciationStatusChanged1Of2)
    assert raised.event.annunciation.type is ids.AnnunciationType.MECHANICAL_ISSUE
    assert confirmed.event.annunciation.status is ids.AnnunciationStatus.CONFIRMED


def test_another_pump_in_its_place_has_its_settings_and_none_of_its_memory() -> None:
    made = talk(rate="1")
    pump = pump_of(made)
    made.ask(COMMAND, bolus(2.0))
    made.pass_to(seconds(30))
    manual.replace_pump(pump, units(150), made.now)
    made.pass_to(hours(2))
    records = history(made)
    assert records[0].sequence_number == 0
    assert records[0].event.reason is RecordingReason.SET_DATE_TIME
    assert not of(made, ids.BolusProgrammed1Of2)
    totals = made.ask(READER, ids.GetDeliveredInsulin())
    assert totals.bolus == 0
    assert totals.basal == pytest.approx(2.0, abs=0.06)
    assert made.ask(COMMAND, bolus(1.0)) == ids.SetBolusResponse(1)
    held = pump.parts.reservoir
    assert held.filled == held.remaining + held.delivered + held.primed + held.discarded
    manual.replace_pump(pump, units(150), made.now, ready=False)
    assert pump.parts.therapy.state is ids.TherapyControlState.STOP
    with pytest.raises(Refused):
        pump.set_therapy(ids.TherapyControlState.RUN, made.now)
    with pytest.raises(Refused, match="outside"):
        manual.replace_pump(pump, units(1000), made.now)


def test_a_clock_can_be_misread_and_is_right() -> None:
    made = talk()
    pump = pump_of(made)
    right = pump.shows(made.now)
    ACTIONS.parse("misread_clock", {"by": "-1h", "times": 2}).do(pump, made.now)
    reading = pump.parts.clock.reading
    assert [reading(made.now) - right for _ in range(3)] == [timedelta(hours=-1), timedelta(hours=-1), timedelta()]
    assert pump.shows(made.now) == right


def test_another_device_has_another_serial_number() -> None:
    identity = Identity("isletbench", "Virtual pump", "pump", "1")
    numbers = [DeviceInformationService(identity, number=lambda n=n: n) for n in (1, 2)]  # type: ignore[misc]
    told = [service.value(companions.SERIAL_NUMBER.uuid, 0) for service in numbers]
    assert told == [companions.Text("pump"), companions.Text("pump-2")]
    systems = [service.value(companions.SYSTEM_ID.uuid, 0) for service in numbers]
    assert systems[0] != systems[1]
