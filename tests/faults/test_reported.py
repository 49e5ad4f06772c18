"""What people report of pumps can be said: an event nobody knows, a list that lies, the answer to one request of many."""

from typing import Any

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.faults import parse
from isletbench.emulator.faults.fault import FaultError
from isletbench.protocols import ids, racp
from isletbench.protocols.ids import BolusType, TherapyControlState
from isletbench.protocols.undefined import Uninterpreted
from tests.faults.conversation import Client, converse

EVERYTHING = racp.Request(racp.Operation.REPORT, racp.Selection(racp.Operator.ALL))


def altered(on: str, field: str, to: object, part: str = "any") -> dict[str, Any]:
    return {"fault": "alter_reply", "on": on, "field": field, "to": to, "part": part, "count": "all"}


@pytest.mark.parametrize("code", [231, 0xFABC])
def test_a_record_may_have_an_event_that_nobody_knows(code: int) -> None:
    """The numbers of records and what stands behind the code stay (jwoglom/pumpX2#148)."""

    async def talk(bench: Bench, client: Client) -> None:
        await client.ask(ids.RECORD_ACCESS, EVERYTHING)
        told = client.received[ids.HISTORY_DATA.uuid]
        records = [ids.HISTORY_DATA.decode(value, protected=True, undefined=True) for value in told]
        assert records
        assert all(isinstance(one.event, Uninterpreted) and one.event.code == code for one in records)
        assert [one.sequence_number for one in records] == list(range(len(records)))

    converse(talk, altered("ids.HistoryData", "event", code, "records"))


@pytest.mark.parametrize(("to", "ids_told"), [("7", (7,)), (7, (7,)), ("7, 9", (7, 9)), ("none", ())])
def test_a_list_may_hold_what_is_not_so(to: object, ids_told: tuple[int, ...]) -> None:
    """A bolus is said to run where there is none (nightscout/Trio#639), or none where one runs."""

    async def talk(bench: Bench, client: Client) -> None:
        if not ids_told:
            await client.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, 5.0, 0.0, 0))
        answer: Any = await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        assert answer.bolus_ids == ids_told
        (injected,) = bench.steering.faults.injected
        assert injected.struck == 1

    converse(talk, altered("GetActiveBolusIds", "bolus_ids", to))


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        (altered("ids.HistoryData", "event", "Tea"), "expected the code of an event, 0 to 65535, got 'Tea'"),
        (altered("ids.HistoryData", "event", 65_536), "expected the code of an event, 0 to 65535, got 65536"),
        (altered("GetActiveBolusIds", "bolus_ids", "7, tea"), "to: bolus_ids of GetActiveBolusIds: "),
        (altered("GetActiveBolusIds", "bolus_ids", 70_000), "70000 does not fit into the octets of this field"),
    ],
)
def test_what_no_event_and_no_list_can_hold_is_refused(declared: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse({"device": "pump", **declared})
    assert sentence in str(error.value)


@pytest.mark.parametrize(("state", "is_lost"), [("RUN", False), ("STOP", True)])
def test_an_answer_is_chosen_by_what_was_asked(state: str, is_lost: bool) -> None:
    """The answer to a start is lost, and that to a stop is not (nightscout/Trio#244)."""

    async def talk(bench: Bench, client: Client) -> None:
        stop = client.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.STOP))
        if is_lost:
            with pytest.raises(TimeoutError):
                await stop
        else:
            await stop
        (injected,) = bench.steering.faults.injected
        assert injected.struck == int(is_lost)

    ran = converse(talk, {"fault": "lose_reply", "on": "SetTherapyControlState", "where": {"state": state}})
    assert "committed" in ran.stages("SetTherapyControlState")


def test_an_answer_is_not_chosen_by_a_field_that_its_request_does_not_have() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.STOP))
        (injected,) = bench.steering.faults.injected
        assert injected.struck == 0

    converse(talk, {"fault": "lose_reply", "on": "SetTherapyControlState", "where": {"code": {"is_not": "SUCCESS"}}})
