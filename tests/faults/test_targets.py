"""Every exchange between a client and a device can be lost, late, refused, repeated or altered: subscriptions, discovery, the
link's own requests, companion services, single records."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.faults import FaultError, parse
from isletbench.protocols import cgms, companions, ids, racp
from isletbench.protocols.att import AttError
from isletbench.protocols.errors import WireError
from isletbench.protocols.undefined import is_undefined
from tests.faults.conversation import Client, Ran, converse

BATTERY = Key(companions.BATTERY, companions.BATTERY_LEVEL.uuid)
MEASUREMENT = Key(cgms.SERVICE, cgms.MEASUREMENT.uuid)
ALL = racp.Selection(racp.Operator.ALL)
EVERYTHING = racp.Request(racp.Operation.REPORT, ALL)


async def took(work: Awaitable[Any]) -> tuple[str, float]:
    """How a request ended (``answered``, or the name of the exception), and after how many seconds."""
    loop = asyncio.get_running_loop()
    began, said = loop.time(), "answered"
    try:
        await work
    except (AttError, OSError, WireError) as error:
        said = type(error).__name__
    return said, round(loop.time() - began)


def subscribing(over: str, declared: dict[str, Any]) -> tuple[str, float]:
    """How a subscription ends, on a connection that has just begun."""
    ended: list[tuple[str, float]] = []

    async def talk(bench: Bench, client: Client) -> None:
        await client.collector.disconnect()
        await client.collector.connect()
        ended.append(await took(client.collector.subscribe(MEASUREMENT, lambda _: None)))

    converse(talk, declared, device="cgm", over=over)
    return ended[0]


@pytest.mark.parametrize(
    ("declared", "serial", "seconds"),
    [
        ({"fault": "no_response"}, "TimeoutError", 3),
        ({"fault": "lose_request", "on": "SUBSCRIBE"}, "TimeoutError", 3),
        ({"fault": "lose_reply", "on": "cgms.Measurement.SUBSCRIBE"}, "TimeoutError", 3),
        ({"fault": "refuse_request", "count": "all"}, "AttError", 0),
        ({"fault": "deny_reply", "on": "SUBSCRIBE"}, "AttError", 0),
        ({"fault": "delay_request", "on": "SUBSCRIBE", "by": "2s"}, "answered", 2),
        ({"fault": "repeat_request", "on": "SUBSCRIBE"}, "answered", 0),
        ({"fault": "lose_request", "on": "UNSUBSCRIBE"}, "answered", 0),
        ({"fault": "lose_request", "on": "cgms.RecordAccessControlPoint.SUBSCRIBE"}, "answered", 0),
    ],
)
def test_a_subscription_is_an_exchange_as_any_other(declared: dict[str, Any], serial: str, seconds: float) -> None:
    assert subscribing("serial", declared) == (serial, seconds)
    said, _ = subscribing("ble", declared)
    assert (said == "answered") is (serial == "answered")


@pytest.mark.parametrize(
    ("over", "declared", "answered", "struck"),
    [
        ("serial", {"fault": "lose_request", "on": "HELLO", "count": 3}, False, 3),
        ("serial", {"fault": "lose_request", "on": "HELLO"}, True, 1),
        ("serial", {"fault": "refuse_request", "on": "HELLO"}, False, 1),
        ("serial", {"fault": "delay_reply", "on": "HELLO", "by": "500ms"}, True, 1),
        ("serial", {"fault": "lose_reply", "on": "TABLE"}, False, 1),
        ("serial", {"fault": "refuse_request", "on": "DISCOVER"}, False, 1),
        ("serial", {"fault": "lose_request", "on": "MTU"}, True, 0),
        ("ble", {"fault": "lose_request", "on": "DISCOVER"}, False, 1),
        ("ble", {"fault": "refuse_request", "on": "DISCOVER"}, False, 1),
        ("ble", {"fault": "delay_reply", "on": "DISCOVER", "by": "3s"}, True, 1),
        ("ble", {"fault": "repeat_request", "on": "DISCOVER"}, True, 1),
        ("ble", {"fault": "lose_reply", "on": "MTU"}, False, 1),
        ("ble", {"fault": "refuse_request", "on": "MTU"}, False, 1),
        ("ble", {"fault": "refuse_request", "on": "MTU", "code": "request_not_supported"}, True, 1),
        ("ble", {"fault": "lose_request", "on": "HELLO"}, True, 0),
    ],
)
def test_what_is_asked_of_the_link_itself_can_be_lost_late_or_refused(
    over: str, declared: dict[str, Any], answered: bool, struck: int
) -> None:
    found: list[tuple[str, float]] = []

    async def talk(bench: Bench, client: Client) -> None:
        await client.collector.disconnect()
        found.append(await took(client.collector.connect()))
        assert bench.steering.faults.injected[0].struck == struck

    converse(talk, {**declared, "name": "it"}, device="cgm", over=over)
    assert (found[0][0] == "answered") is answered


def test_without_a_fault_the_link_leaves_no_trace_in_the_journal() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.collector.disconnect()
        await client.collector.connect()

    assert "link_request" not in converse(talk, device="cgm").text
    lost = {"fault": "lose_request", "on": "TABLE", "at": "1h"}
    assert "link_request" not in converse(talk, lost, device="cgm").text
    delayed = {"fault": "delay_request", "on": "TABLE", "by": "100ms"}
    assert '"in":"link_request","stage":"received","faults":["delay_request"]' in converse(talk, delayed, device="cgm").text


@pytest.mark.parametrize("over", ["serial", "ble"])
def test_a_notification_can_come_before_the_answer_to_the_subscription(over: str) -> None:
    came: list[tuple[str, float]] = []

    async def talk(bench: Bench, client: Client) -> None:
        def on_value(value: bytes) -> None:
            came.append(("value", bench.clock.now()))

        await asyncio.sleep(299.5 - bench.clock.now() / 1_000)
        await client.collector.unsubscribe(MEASUREMENT)
        await client.collector.subscribe(MEASUREMENT, on_value)
        came.append(("answer", bench.clock.now()))

    fault = {"fault": "notify_before_answer", "on": "cgms.Measurement"}
    converse(talk, fault, device="cgm", over=over)
    assert sorted(what for what, _ in came) == ["answer", "value"]
    assert came[1][1] >= 300_000, "the answer waits for the reading of minute 5"


def test_a_companion_service_is_a_target() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        assert (await took(client.collector.read(BATTERY)))[0] == "AttError"
        assert (await took(client.collector.read(BATTERY)))[0] == "answered"

    converse(talk, {"fault": "refuse_request", "on": "bas.BatteryLevel"})


async def _dosing(client: Client) -> None:
    await client.bolus(0.5)
    await asyncio.sleep(120)


def records_of(client: Client) -> list[Any]:
    return [client.e2e.open(ids.HISTORY_DATA, value) for value in client.received[ids.HISTORY_DATA.uuid]]


def test_one_record_is_never_given_to_anybody() -> None:
    lost = {"fault": "lose_reply", "on": "ids.HistoryData", "part": "records", "record": "BolusDelivered1Of2", "count": "all"}

    async def talk(bench: Bench, client: Client) -> None:
        await _dosing(client)
        for _ in range(2):
            client.received[ids.HISTORY_DATA.uuid].clear()
            answer = await client.ask(ids.RECORD_ACCESS, EVERYTHING)
            assert answer.outcome is racp.Outcome.SUCCESS
            events = [type(record.event).__name__ for record in records_of(client)]
            assert "BolusDelivered1Of2" not in events
            assert {"BolusProgrammed1Of2", "BolusDelivered2Of2"} <= set(events)

    ran = converse(talk, lost)
    assert ran.delivered() == 500_000


def test_a_report_that_holds_one_record_is_refused_and_no_other() -> None:
    refused = {"fault": "refuse_request", "on": "ids.RecordAccessControlPoint.REPORT", "record": 3, "count": "all"}

    def up_to(low: int, high: int) -> racp.Request:
        within = racp.Selection(racp.Operator.WITHIN, racp.IdsFilter.SEQUENCE_NUMBER, low=low, high=high)
        return racp.Request(racp.Operation.REPORT, within)

    async def talk(bench: Bench, client: Client) -> None:
        await _dosing(client)
        asked = ((0, 2), (4, 6), (0, 5), (3, 3))
        ended = [(await took(client.ask(ids.RECORD_ACCESS, up_to(*numbers))))[0] for numbers in asked]
        assert ended == ["answered", "answered", "AttError", "AttError"]

    converse(talk, refused)


def test_a_fault_strikes_by_what_a_message_contains() -> None:
    big = {"fault": "lose_request", "on": "SetBolus", "where": {"fast_amount": {"at_least": 2}}, "count": "all"}

    async def talk(bench: Bench, client: Client) -> None:
        await client.bolus(1.0)
        await asyncio.sleep(120)
        with pytest.raises(TimeoutError):
            await client.bolus(2.0)

    assert converse(talk, big).delivered() == 1_000_000


def test_a_fault_that_happens_several_times_waits_for_its_trigger_anew() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        for _ in range(3):
            await asyncio.sleep(130)
            await client.collector.disconnect()
            await client.connect()

    ran = converse(talk, {"fault": "hang_up", "name": "it", "when": "idle 100s", "times": 2})
    assert ran.life("it") == ["injected", *["armed", "struck", "over"] * 2]
    ran = converse(talk, {"fault": "hang_up", "name": "it", "when": "level battery <= 100", "times": "all"})
    assert ran.life("it") == ["injected", "armed", "struck", "over"], "the level has to end before it can come true anew"


ALTERED: list[tuple[dict[str, Any], str]] = [
    (
        {"on": "ids.Status", "field": "therapy_control_state", "to": "FOO"},
        "therapy_control_state of ids.Status: 'FOO' is not",
    ),
    ({"on": "SetBolus", "field": "bolus_id", "to": 70_000}, "to: bolus_id of SetBolus: 70000 does not fit"),
    ({"on": "ids.HistoryData", "field": "sequence_number", "to": 1 << 32}, "does not fit into the octets of this field"),
    ({"on": "ids.HistoryData", "field": "nothing"}, "field 'nothing': expected one that ids.HistoryData has: event, event."),
]


@pytest.mark.parametrize(("declared", "sentence"), ALTERED)
def test_what_can_never_be_written_down_is_refused(declared: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse({"fault": "alter_reply", "device": "pump", "part": "any", "to": 1, **declared})
    assert sentence in str(error.value)


def test_an_undefined_code_and_a_nested_field_go_out_with_right_crc_and_counter() -> None:
    code = {"fault": "alter_reply", "on": "ids.Status", "part": "any", "field": "operational_state", "to": 99}
    record = {"fault": "alter_reply", "on": "ids.HistoryData", "part": "records", "field": "event.bolus_id", "to": 4_242}
    count = {"fault": "alter_reply", "on": "ids.RecordAccessControlPoint.COUNT", "field": "count", "by": 5}

    async def talk(bench: Bench, client: Client) -> None:
        value = await client.collector.read(client.key(ids.STATUS))
        status: Any = ids.STATUS.decode(value, protected=True, undefined=True)
        assert is_undefined(status.operational_state)
        assert int(status.operational_state) == 99
        await _dosing(client)
        answer = await client.ask(ids.RECORD_ACCESS, racp.Request(racp.Operation.COUNT, ALL))
        await client.ask(ids.RECORD_ACCESS, EVERYTHING)
        known = records_of(client)
        assert answer.count == len(known) + 5
        assert 4_242 in {getattr(one.event, "bolus_id", None) for one in known}

    ran: Ran = converse(talk, code, {**record, "count": "all"}, count)
    assert all(ran.life(name)[:2] == ["injected", "armed"] for name in ("alter_reply", "alter_reply-2", "alter_reply-3"))


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        (
            {"on": "cgms.Measurement"},
            "on: nobody can read or write cgms.Measurement: expected a type or an operation",
        ),
        ({"on": "cgms.Measurement"}, "or cgms.Measurement.SUBSCRIBE"),
        ({"on": "cgms.Feature.SUBSCRIBE"}, "'cgms.Feature.SUBSCRIBE': expected a type that can be subscribed to, such as"),
        ({"on": "REPORT", "record": "Tea"}, "record: 'Tea': expected the number of a record, or one of Annunciation"),
        ({"where": {"x": 1}}, "where: expected with on, a type or an operation"),
        ({"on": "SetBolus", "where": {"x": 1}}, "where: 'x': expected a field that SetBolus has: "),
    ],
)
def test_a_target_that_there_is_not_is_refused_with_what_was_expected(declared: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse({"fault": "lose_request", "device": "pump", **declared})
    assert sentence in str(error.value)


def test_numbers_from_the_command_line_are_numbers() -> None:
    plain = {"fault": "alter_reply", "device": "pump", "on": "ids.Status", "part": "any", "field": "operational_state"}
    assert parse({**plain, "to": "99"}) == parse({**plain, "to": 99})
    lost = {"fault": "lose_reply", "device": "pump", "on": "ids.HistoryData", "part": "records"}
    assert parse({**lost, "record": "5"}) == parse({**lost, "record": 5})
    one = {**lost, "where": {"bolus_id": {"is": "5"}}}
    assert parse(one) == parse({**lost, "where": {"bolus_id": 5}})
