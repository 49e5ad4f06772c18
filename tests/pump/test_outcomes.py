"""What an operation of a pump returns, what the parts make of it, and how the history's records are rendered."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Committed
from isletbench.emulator.core.quantities import minutes, units
from isletbench.emulator.core.readings import GlucoseReading
from isletbench.emulator.endpoints.ids.history import EVENTS, events_of
from isletbench.emulator.gatt import Indicate, WriteResponse
from isletbench.emulator.gatt.messages import Write
from isletbench.emulator.pump import happenings, manual, records
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.couplings import COUPLINGS
from isletbench.emulator.pump.happenings import Amended, Outcome, Recorded
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.records import RECORDS, Record
from isletbench.emulator.pump.template import BolusTemplate, ProfileBlock, ProfileTemplate, TbrTemplate, Template
from isletbench.protocols import ids
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import (
    AnnunciationType,
    BolusType,
    StatusFlag,
    TbrType,
    TemplateType,
    TherapyControlState,
)
from tests.pump.talking import COMMAND, EPOCH, PAUSE, PROFILE, RUN, STOP, bolus, pump_of, talk

FAST = Prescription(type=BolusType.FAST, fast=units(1))
EXTENDED = Prescription(type=BolusType.EXTENDED, extended=units(1), duration=minutes(30))
TBR = Adjustment(type=TbrType.ABSOLUTE, value=units(2), duration=minutes(30))
DAY = ProfileTemplate((ProfileBlock(1440, (1.5,)),))
BASAL = TemplateType.BASAL_RATE_PROFILE


def made() -> Pump:
    """A pump with a bolus, a TBR and an annunciation."""
    pump = Pump(PROFILE, epoch=EPOCH, basal=[(0, units(1))], reservoir=units(100), seed=1)
    pump.set_bolus(FAST, 0)
    pump.set_tbr(TBR, 0)
    manual.report_issue(pump, AnnunciationType.AIR_PRESSURE_OUT_OF_RANGE, 0)
    return pump


CHANGES: dict[str, Callable[[Pump], Outcome[Any]]] = {
    "pause": lambda pump: pump.set_therapy(PAUSE, 0),
    "stop": lambda pump: pump.set_therapy(STOP, 0),
    "extended bolus": lambda pump: pump.set_bolus(EXTENDED, 0),
    "cancel bolus": lambda pump: pump.cancel_bolus(1, 0),
    "max bolus": lambda pump: pump.set_max_bolus(units(10), 0),
    "change TBR": lambda pump: pump.set_tbr(TBR, 0, change=True),
    "cancel TBR": lambda pump: pump.cancel_tbr(0),
    "store": lambda pump: pump.store(2, BASAL, DAY, 0),
    "activate": lambda pump: pump.activate((1,), 0),
    "fill level": lambda pump: pump.set_fill_level(units(50), 0),
    "operation time": lambda pump: pump.reset_operation_time(0),
    "snooze": lambda pump: pump.snooze(1, 0),
    "confirm": lambda pump: pump.confirm(1, 0),
    "reset status": lambda pump: pump.reset_status(StatusFlag.ANNUNCIATION, 0),
    "flight mode": lambda pump: pump.set_flight_mode(0),
    "clock": lambda pump: pump.set_clock(datetime(2026, 5, 5), 0),  # noqa: DTZ001  # a device's calendar has no zone
    "zone": lambda pump: pump.set_local_time(4, DstOffset.STANDARD, 0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_operation_that_changes_the_pump_returns_so(change: Callable[[Pump], Outcome[Any]]) -> None:
    assert change(made()).changed


def test_to_ask_for_the_therapy_state_that_there_is_changes_nothing() -> None:
    pump = made()
    assert pump.set_therapy(RUN, 0) == Outcome(None, ())
    assert TherapyControlState.RUN is pump.parts.therapy.state


def test_an_outcome_says_everything_that_has_happened_in_order() -> None:
    pump = made()
    entries, numbers = len(pump.ledger.entries), pump.history.next_number
    outcome = pump.set_therapy(STOP, 0)
    happened = [event for event in outcome.happened if not isinstance(event, Recorded | Amended | StatusFlag)]
    assert happened == [entry.event for entry in pump.ledger.entries[entries:]]
    assert [type(event).__name__ for event in happened] == [
        "BolusEnded",
        "TbrEnded",
        "BasalRate",
        "TherapyChanged",
        "BasalRate",
    ]
    written = [record for each in outcome.happened if isinstance(each, Recorded) for record in each.records]
    assert sum(record.entries for record in written) == pump.history.next_number - numbers


def test_every_signal_has_a_reaction() -> None:
    signals = {found for found in vars(happenings).values() if isinstance(found, type) and happenings.Signal in found.__bases__}
    assert len(signals) > 10
    assert signals <= COUPLINGS.keys()


def test_the_ledger_entries_of_a_bolus_precede_the_reply_and_its_commit_is_noted() -> None:
    client = talk()
    before = len(pump_of(client).ledger.entries)
    client.device.advance(0)
    handle = client.device.table.of(ids.SERVICE, COMMAND.uuid).handle
    value = client.e2e.seal(COMMAND, bolus(1.0))
    effects = client.device.receive(Write(client.link, handle, value, response=True), 0)
    kinds = [type(effect) for effect in effects]
    assert len(pump_of(client).ledger.entries) == before + 1
    assert kinds.index(Occurrence) < kinds.index(WriteResponse) < kinds.index(Indicate)
    assert any(isinstance(effect, Committed) for effect in effects)


# Records

TEMPLATES: tuple[tuple[TemplateType, Template], ...] = (
    (BASAL, DAY),
    (BASAL, ProfileTemplate((ProfileBlock(700, (1.0,)), ProfileBlock(740, (2.0,))))),
    (TemplateType.TBR, TbrTemplate(TbrType.RELATIVE, 1.5, 30)),
    (TemplateType.BOLUS, BolusTemplate(BolusType.FAST, 1.0, 0.0, 0)),
)


def test_every_record_is_rendered() -> None:
    assert EVENTS.keys() == set(RECORDS.values())


def test_a_record_takes_as_many_entries_as_it_has_packets() -> None:
    pump = made()
    pump.set_bolus(
        Prescription(type=BolusType.EXTENDED, extended=units(1), duration=minutes(30)), 0, ((1, 2, 3, 4), (1, 2, 3, 4))
    )
    for number, (type_, template) in enumerate(TEMPLATES):
        pump.history.record(0, [records.TemplateStored(number, type_, template)])
    pump.set_tbr(TBR, 0, change=True)
    pump.set_max_bolus(units(10), 0)
    pump.receive_glucose([GlucoseReading(0, 60.0)], 0)
    manual.detach_reservoir(pump, 0)
    manual.attach_reservoir(pump, units(100), 0)
    pump.start_priming(units(1), 0)
    pump.advance(minutes(24 * 60))
    seen: set[type[Record]] = set()
    for entry in pump.history.entries:
        seen.add(type(entry.record))
        assert len(events_of(entry.record)) == entry.record.entries
        assert 0 <= entry.part < entry.record.entries
    assert seen == set(RECORDS.values())
