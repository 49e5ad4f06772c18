"""The tables of states: what they have happens, and what is absent is refused with "procedure not applicable"."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from isletbench.emulator.endpoints.ids.refusals import RESPONSES
from isletbench.emulator.pump import states
from isletbench.emulator.pump.states import Refused
from isletbench.protocols.ids import OperationalState, Response, TherapyControlState

TABLES: Mapping[str, Mapping[tuple[Any, Any], Any]] = {
    "therapy": states.THERAPY,
    "operational": states.OPERATIONAL,
    "bolus": states.BOLUS,
    "tbr": states.TBR,
    "priming": states.PRIMING,
    "reservoir": states.RESERVOIR,
    "annunciation": states.ANNUNCIATION,
    "low_suspend": states.LOW_SUSPEND,
}
UNDETERMINED = "UNDETERMINED"


def kinds(table: Mapping[tuple[Any, Any], Any]) -> tuple[type[Enum], type[Enum]]:
    state, event = next(iter(table))
    return type(state), type(event)


CELLS = [
    pytest.param(table, state, event, id=f"{name}-{states.word(state)}-{event.value}")
    for name, table in TABLES.items()
    for state in kinds(table)[0]
    for event in kinds(table)[1]
]


@pytest.mark.parametrize(("table", "state", "event"), CELLS)
def test_a_table_says_what_follows_and_refuses_the_rest(table: Mapping[tuple[Any, Any], Any], state: Enum, event: Enum) -> None:
    if (state, event) in table:
        assert states.after(table, state, event) is table[state, event]
        return
    with pytest.raises(Refused) as refused:
        states.after(table, state, event)
    assert RESPONSES[refused.value.reason] is Response.PROCEDURE_NOT_APPLICABLE
    assert str(event.value) in str(refused.value)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_state_but_undetermined_can_be_reached_and_every_event_happens(table: Mapping[tuple[Any, Any], Any]) -> None:
    known, events = kinds(table)
    reached = {*table.values(), *(state for state, _ in table)}
    assert {state for state in known if state.name != UNDETERMINED} == reached
    assert {event for _, event in table} == set(events)


def test_undetermined_is_never_a_state_of_ours() -> None:
    for table in TABLES.values():
        for (state, _), to in table.items():
            assert UNDETERMINED not in (state.name, to.name)


def test_therapy_runs_only_from_where_the_pump_may_be_ready() -> None:
    ready_from = {state for (state, _), to in states.OPERATIONAL.items() if to is OperationalState.READY}
    assert ready_from == {OperationalState.WAITING, OperationalState.PRIMING, OperationalState.STANDBY}
    assert states.THERAPY[TherapyControlState.STOP, states.Therapy.RUN] is TherapyControlState.RUN
