"""How boluses end that no client has ended, how they wait for one another, and what is reported of their progress."""

from dataclasses import replace
from typing import Any

import pytest

from isletbench.emulator.core.quantities import hours, minutes, seconds, units
from isletbench.emulator.pump import manual
from isletbench.emulator.pump.actions import ACTIONS
from isletbench.emulator.pump.bolus import Prescription
from isletbench.emulator.pump.events import BolusEnded, Pulse, TherapyChanged
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.states import Refused
from isletbench.protocols import ids
from isletbench.protocols.ids import (
    AnnunciationType,
    AvailableBoluses,
    BolusEndReason,
    BolusType,
    BolusValueSelection,
    Response,
    StatusFlag,
)
from tests.pump.talking import COMMAND, PROFILE, READER, RUN, bolus, events, history, pump_of, talk


def made(**habits: Any) -> Pump:
    return pump_of(talk(replace(PROFILE, habits=replace(PROFILE.habits, **habits))))


def fast(amount: str, *, by_hand: bool = False) -> Prescription:
    return Prescription(type=BolusType.FAST, fast=units(amount), by_hand=by_hand)


def extended(amount: str) -> Prescription:
    return Prescription(type=BolusType.EXTENDED, extended=units(amount), duration=hours(1))


def ended(pump: Pump) -> list[tuple[int, int, int, str]]:
    """When each bolus has ended, its number, what was delivered of it and why."""
    found = pump.ledger.of(BolusEnded)
    return [(at, event.bolus_id, event.delivered_uu, event.reason) for at, event in found]


def test_a_user_ends_the_bolus_on_the_pump_and_therapy_goes_on() -> None:
    client = talk(rate="1")
    pump = pump_of(client)
    client.ask(COMMAND, bolus(5.0))
    client.pass_to(seconds(60))
    had = pump.parts.boluses.active[1].delivered
    assert 0 < had < units(5)
    manual.cancel_boluses(pump, client.now)
    client.pass_to(hours(1))
    assert ended(pump) == [(seconds(60), 1, had, "CANCELED")]
    assert pump.parts.therapy.state is RUN
    assert not [event for _, event in pump.ledger.of(TherapyChanged)][1:], "therapy was never stopped"
    assert [pulse for at, pulse in pump.ledger.of(Pulse) if pulse.cause == "basal" and at > seconds(60)]
    (record,) = events(client, ids.BolusDelivered1Of2)
    assert isinstance(record, ids.BolusDelivered1Of2)
    assert record.fast_amount == had / 1e6
    (how,) = events(client, ids.BolusDelivered2Of2)
    assert isinstance(how, ids.BolusDelivered2Of2)
    assert how.end_reason is BolusEndReason.CANCELED


def test_what_waits_behind_it_ends_as_well_and_where_there_is_none_that_is_said() -> None:
    pump = made(queues_boluses=1, announces_stop=True)
    for amount in ("2", "3"):
        pump.set_bolus(fast(amount), 0)
    pump.set_bolus(extended("1"), 0)
    pump.advance(seconds(20))
    ACTIONS.do(ACTIONS.parse("cancel_bolus", {}), pump, seconds(20))
    assert [(number, reason) for _, number, _, reason in ended(pump)] == [(one, "CANCELED") for one in (1, 2, 3)]
    assert [one.type for one in pump.parts.annunciations.active.values()] == [AnnunciationType.BOLUS_CANCELED] * 3
    with pytest.raises(Refused, match="no bolus is active"):
        manual.cancel_boluses(pump, seconds(20))


def test_a_bolus_ends_with_the_link_of_the_last_client_and_that_of_its_user_does_not() -> None:
    pump = made(bolus_ends_with_link=True)
    pump.serve_clients(0, clients=2, messages=0)
    pump.set_bolus(fast("5"), 0)
    pump.set_bolus(replace(extended("1"), by_hand=True), 0)
    pump.advance(seconds(30))
    pump.serve_clients(seconds(30), clients=1, messages=0)
    assert ended(pump) == [], "somebody is still there"
    pump.serve_clients(seconds(30), clients=0, messages=0)
    assert [(at, number, reason) for at, number, _, reason in ended(pump)] == [(seconds(30), 1, "CANCELED")]
    assert pump.parts.annunciations.has(AnnunciationType.BOLUS_CANCELED)
    assert list(pump.parts.boluses.active) == [2]
    assert pump.parts.therapy.state is RUN


@pytest.mark.parametrize("ends", [True, False])
def test_on_a_wire_the_end_of_a_connection_is_the_end_of_the_link(ends: bool) -> None:
    client = talk(replace(PROFILE, habits=replace(PROFILE.habits, bolus_ends_with_link=ends)))
    client.ask(COMMAND, bolus(5.0))
    client.pass_to(seconds(30))
    client.disconnect()
    assert bool(pump_of(client).parts.boluses.active) is not ends


def test_a_second_bolus_waits_for_the_end_of_the_first_and_a_third_is_refused() -> None:
    client = talk(replace(PROFILE, habits=replace(PROFILE.habits, queues_boluses=1)))
    pump = pump_of(client)
    assert [client.ask(COMMAND, bolus(amount)).bolus_id for amount in (1.0, 2.0)] == [1, 2]
    answer = client.ask(COMMAND, bolus(3.0))
    assert answer.code is Response.MAXIMUM_BOLUS_NUMBER_REACHED
    assert AvailableBoluses.FAST not in client.ask(COMMAND, ids.GetAvailableBoluses()).available
    assert client.ask(READER, ids.GetActiveBolusIds()).bolus_ids == (1, 2)
    client.pass_to(minutes(10))
    pulses = [(at, pulse.bolus_id) for at, pulse in pump.ledger.of(Pulse) if pulse.cause == "bolus"]
    assert [number for _, number in pulses] == [1] * 20 + [2] * 40, "one after the other, not in turns"
    assert pulses[20][0] - pulses[19][0] == PROFILE.pulse_spacing, "it begins when the other one is over"
    assert [(number, delivered) for _, number, delivered, _ in ended(pump)] == [(1, units(1)), (2, units(2))]


def test_the_next_one_begins_when_the_one_before_it_is_cancelled() -> None:
    pump = made(queues_boluses=2)
    for amount in ("5", "2", "1"):
        pump.set_bolus(fast(amount), 0)
    pump.advance(seconds(20))
    pump.cancel_bolus(1, seconds(20))
    pump.cancel_bolus(2, seconds(20))
    pump.advance(minutes(5))
    assert [(number, delivered, reason) for _, number, delivered, reason in ended(pump)] == [
        (1, units("0.5"), "CANCELED"),
        (2, 0, "CANCELED"),
        (3, units(1), "AMOUNT_DELIVERED"),
    ]


def test_a_pump_that_queues_nothing_refuses_as_ever() -> None:
    pump = made()
    pump.set_bolus(fast("5"), 0)
    with pytest.raises(Refused, match="a bolus of this kind runs already: 1"):
        pump.set_bolus(fast("1"), 0)


@pytest.mark.parametrize(("percent", "shown"), [(100, 0.5), (50, 0.25), (0, 0.0), (300, 1.5), (10_000, 2.0)])
def test_a_progress_count_that_lies_is_in_whole_pulses_and_never_above_what_was_asked_for(percent: int, shown: float) -> None:
    client = talk()
    pump = pump_of(client)
    manual.misreport_progress(pump, percent, 0)
    client.ask(COMMAND, bolus(2.0))
    client.pass_to(seconds(20))
    asked = [ids.GetActiveBolusDelivery(1, selection) for selection in BolusValueSelection]
    amounts = {one.selection: client.ask(READER, one).fast_amount for one in asked}
    assert amounts == {
        BolusValueSelection.PROGRAMMED: 2.0,
        BolusValueSelection.DELIVERED: shown,
        BolusValueSelection.REMAINING: 2.0 - shown,
    }
    assert client.ask(READER, ids.GetDeliveredInsulin()).bolus == 0.5, "the totals are right"
    manual.cancel_boluses(pump, client.now)
    assert {record.event.fast_amount for record in history(client) if isinstance(record.event, ids.BolusDelivered1Of2)} == {0.5}


def test_a_make_can_lie_about_progress_by_itself_until_somebody_puts_it_right() -> None:
    pump = made(progress_percent=200)
    pump.set_bolus(fast("2"), 0)
    pump.advance(seconds(20))
    running = pump.parts.boluses.active[1]
    assert pump.parts.boluses.shown(running) == (units(1), 0)
    manual.misreport_progress(pump, 100, pump.now)
    assert pump.parts.boluses.shown(running) == (units("0.5"), 0)


def test_the_status_of_a_cancelled_bolus_is_known_to_have_changed() -> None:
    pump = made()
    pump.set_bolus(fast("5"), 0)
    pump.reset_status(StatusFlag.ACTIVE_BOLUS, 0)
    manual.cancel_boluses(pump, 0)
    assert StatusFlag.ACTIVE_BOLUS in pump.parts.status.changed
