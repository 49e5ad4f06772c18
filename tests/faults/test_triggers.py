"""What faults and actions wait for: each condition, their combinations, their two forms, and what the journal says of them."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.faults import FaultError, parse
from isletbench.emulator.faults.triggers import condition_of
from isletbench.protocols import ids, racp
from tests.faults.conversation import Client, Ran, converse
from tests.harness.journals import faults

ALL = racp.Selection(racp.Operator.ALL)
HARMLESS: dict[str, Any] = {"fault": "lose_request", "probability": 0, "count": None}
"""It is armed, and changes nothing."""
TRIGGERS: dict[str, tuple[str, float | None, str]] = {
    "message": ("message SetBolus", 1, "request of SetBolus at 0:01:00"),
    "second": ("message SetBolus nth 2", 10, "request of SetBolus at 0:10:00"),
    "content": ("message SetBolus where fast_amount > 5", 10, "request of SetBolus, fast_amount 6.0 at 0:10:00"),
    "reply": ("message ids.Status part reply nth 3", 4, "reply of ids.Status at 0:04:00"),
    "no-such-content": ("message SetBolus where fast_amount > 6", None, ""),
    "other-carrier": ("message SetBolus over ble", None, ""),
    "any-message": ("message any part any nth 4", 2, "request of any at 0:02:00"),
    "event": ("event bolus_programmed where fast_uu = 6000000", 10, "event bolus_programmed, fast_uu 6000000 at 0:10:00"),
    "no-such-event": ("event bolus_ended where reason = CANCELED", None, ""),
    "amount": ("amount bolus >= 2.5", 10.3, "2.5 U of bolus at 0:10:"),
    "level": ("level reservoir < 197.5", 10.3, "reservoir 197."),
    "word": ("level therapy = STOP", None, ""),
    "small-letters": ("level therapy = run", 0, "therapy RUN at 0:00:00"),
    "all": ("at 5m and message SetBolus", 5, "0:05:00 and request of SetBolus at 0:01:00"),
    "any": ("at 5m or message SetBolus", 1, "request of SetBolus at 0:01:00"),
    "then": ("at 5m then message SetBolus", 10, "0:05:00, then request of SetBolus at 0:10:00"),
    "twice": ("message SetBolus then message SetBolus", 10, "SetBolus at 0:01:00, then request of SetBolus at 0:10:00"),
    "idle": ("at 12m then idle 90s", 20.5, "0:12:00, then idle for 90s at 0:20:30"),
    "while": ("level reservoir < 197 and message ids.Status", 11, "request of ids.Status at 0:11:00"),
    "elsewhere": ("reading 2 device cgm", 10, "reading 2 at 0:10:00"),
    "record": ("record BolusDelivered1Of2", 25, " BolusDelivered1Of2 at 0:25:00"),
    "number": ("record 3", 25, "record 3 "),
    "after-strike": ("struck spoilt then after 2m", 9, "spoilt struck at 0:07:00, then 0:09:00"),
}
"""What is waited for, the minute at which it comes true in the conversation below, and what the journal says of it."""


async def dosing(bench: Bench, client: Client) -> None:
    """A bolus of 2 U after a minute and one of 6 U after ten, the history after 25, the status at other times."""
    for minute in range(1, 31):
        await asyncio.sleep(60 * minute - bench.clock.now() / 1_000)
        match minute:
            case 1 | 10:
                await client.bolus(2.0 if minute == 1 else 6.0)
            case 20:
                pass
            case 25:
                await client.ask(ids.RECORD_ACCESS, racp.Request(racp.Operation.REPORT, ALL), 60)
            case _:
                await client.collector.read(client.key(ids.STATUS))


@pytest.fixture(scope="module")
def ran() -> Ran:
    waiting = [{**HARMLESS, "name": name, "when": when} for name, (when, _, _) in TRIGGERS.items()]
    spoilt = {"fault": "truncate_reply", "octets": 0, "on": "ids.Status", "name": "spoilt", "at": "7m"}
    return converse(dosing, spoilt, *waiting)


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_comes_true_when_what_it_waits_for_has_happened(name: str, ran: Ran) -> None:
    _, minute, saw = TRIGGERS[name]
    armed = [entry for entry in faults(ran.entries, name) if entry.what == "armed"]
    assert [round(entry.at / 60_000, 1) for entry in armed] == ([] if minute is None else [minute])
    assert all(saw in (entry.saw or "") for entry in armed)


def test_a_message_that_arms_a_fault_is_the_first_that_it_strikes() -> None:
    async def two(bench: Bench, client: Client) -> None:
        await client.bolus(1.0)
        await asyncio.sleep(120)
        with pytest.raises(TimeoutError):
            await client.bolus(3.0)

    big = "message SetBolus where fast_amount >= 3"
    ran = converse(two, {"fault": "lose_request", "on": "SetBolus", "name": "it", "when": big})
    assert ran.life("it") == ["injected", "armed", "over"]
    assert ran.delivered() == 1_000_000


def test_what_happens_to_a_device_can_wait_for_a_message_and_is_written_down() -> None:
    async def one(bench: Bench, client: Client) -> None:
        await client.bolus(5.0)
        await asyncio.sleep(60)

    ran = converse(one, {"fault": "do", "action": "suspend", "name": "it", "when": "amount bolus >= 1"})
    assert ran.life("it") == ["injected", "armed", "struck", "over"]
    assert 1_000_000 <= ran.delivered() < 2_000_000
    declared = next(entry.declared for entry in faults(ran.entries, "it") if entry.declared)
    assert declared["when"] == {"amount": "bolus", "at_least": 1.0}


def nested(levels: int) -> Any:
    """A condition of so many combinations inside one another."""
    made: Any = {"at": "1h"}
    for _ in range(levels):
        made = {"all": [made, {"at": "1h"}]}
    return made


def test_as_many_combinations_as_may_be_are_read() -> None:
    fault = parse({**HARMLESS, "device": "pump", "when": nested(20)})
    assert fault.when is not None
    assert len(list(fault.when.parts())) == 41


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("", "when: expected a condition such as message SetBolus, and there is nothing more"),
        (5, "when: expected a condition: a table such as"),
        ({}, "when: expected exactly one of message, event, record,"),
        (
            {"at": "1h", "idle": "5m"},
            "expected exactly one of message, event, record, state",
        ),
        ({"message": "SetBolos"}, "when: message: 'SetBolos': expected a type such as ids.Status"),
        ({"message": "SetBolus", "where": {"x": 1}}, "when: where: 'x': expected a field that SetBolus has: "),
        (
            {"message": "SetBolus", "colour": 1},
            "when: colour: there is no such key here; expected one of device, message",
        ),
        ({"event": "tea"}, "when: event: 'tea': expected one of ate, "),
        ({"event": "pulse", "where": {"x": 1}}, "when: where: 'x': expected a field that pulse has: bolus_id, cause"),
        ({"all": [{"at": "1h"}, {"idle": 5}]}, "when: all.1: idle: expected a duration in quotes"),
        ({"all": [{"at": "1h"}]}, "when: all: expected 2 or more of them"),
        ("level battery 20", "when: expected a value of 20, and there is nothing more"),
        ("level battery", "when: expected at least one of is, is_not, above, below, at_least, at_most"),
        ("level battery < low", "when: below: expected a number, got 'low'"),
        ("message SetBolus where fast_amount 5", "when: fast_amount: expected one of =, !=, >, <, >=, <=, got '5'"),
        ("(at 1h", "when: expected ')', and there is nothing more"),
        ("at 1h)", "when: expected and, or, then or the end, got ')'"),
        ("amount bolus >= 0", "when: at_least: expected more than 0, got 0"),
        ("message SetBolus part song", "when: part: expected one of reply, acknowledgement, news, records, live, got 'song'"),
        ("record -1", "when: record: expected 0 or more, got -1"),
        (nested(21), "when: all: expected at most 20 combinations inside one another"),
        (nested(5_000), "when: all: expected at most 20 combinations inside one another"),
        ("(" * 60 + "at 1h" + " and at 1h)" * 60, "when: all: expected at most 20 combinations inside one another"),
        ("state dead", "when: state: 'dead': expected one of CONNECTED, OFF, "),
        ("level battery < 20 above 50", "when: expected what one value can be, got > 50 and < 20"),
        ("level battery = 5 above 5", "when: expected what one value can be, got = 5 and > 5"),
        ("then", "when: expected a value after then, and there is nothing more"),
        (" and ".join(["reading 1"] * 300), "when: expected 500 words and signs or fewer, got 'reading 1 and"),
    ],
)
def test_a_wrong_condition_is_one_sentence_that_says_what_was_expected(when: Any, sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse({**HARMLESS, "device": "pump", "when": when})
    assert sentence in str(error.value)
    assert len(str(error.value)) < 2_000
    assert str(error.value).count(", got ") <= 1


def test_a_fault_that_waits_for_a_state_waits_for_one_that_there_is() -> None:
    with pytest.raises(FaultError, match="state: 'dead': expected one of CONNECTED, OFF"):
        parse({**HARMLESS, "device": "pump", "state": "dead"})


def test_a_condition_about_what_is_not_there_is_refused_when_it_is_injected() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        for when, sentence in {
            "level batterie < 5": "when: level 'batterie': expected one of alerting, annunciations",
            "at 1h and idle 5m device toaster": "device 'toaster': expected one of cgm, pump",
        }.items():
            with pytest.raises(FaultError) as error:
                bench.steering.inject(parse({**HARMLESS, "device": "pump", "when": when}))
            assert sentence in str(error.value)
        assert bench.steering.faults.injected == []

    converse(talk)


NEVER = {
    ("cgm", "state STOP"): "state: 'STOP': expected a state that a cgm has: expired, failed, inserted,",
    ("pump", "struck nobody"): "when: struck 'nobody': expected the name of another fault: there is none",
    ("pump", "level battery < 900"): "when: level battery < 900: expected 0 to 100 percent",
    ("cgm", "level glucose > 40000"): "when: level glucose > 40000: expected 0 to 1000 mg_dl",
    ("pump", "level battery = full"): "when: level battery = full: expected a number, as it is 100 now",
    ("pump", "level therapy > 3"): "when: level therapy > 3: expected = or != and a word, as it is RUN now",
    ("cgm", "at 1h then event bolus_programmed"): "event: 'bolus_programmed': expected one that a cgm has: calibrated",
    ("pump", "reading 3"): "reading: expected a device that measures readings, which a pump does not",
    ("cgm", "amount bolus >= 1"): "amount: expected a device that delivers insulin, which a cgm does not",
    ("cgm", "message SetBolus"): "when: message: 'SetBolus': device 'cgm' has no such type; it is a cgm",
    ("pump", "message cgms.Measurement.SUBSCRIBE"): "device 'pump' has no such type; it is a pump",
}


def test_a_condition_that_can_never_come_true_of_its_device_is_refused() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        for (device, when), sentence in NEVER.items():
            with pytest.raises(FaultError) as error:
                bench.steering.inject(parse({**HARMLESS, "device": device, "when": when}))
            assert sentence in str(error.value)
        with pytest.raises(FaultError, match="state: 'STOP': expected a state that a cgm has"):
            bench.steering.inject(parse({**HARMLESS, "device": "cgm", "state": "STOP"}))
        assert bench.steering.faults.injected == []
        first = parse({**HARMLESS, "device": "pump", "name": "first", "when": "struck second"})
        second = parse({**HARMLESS, "device": "pump", "name": "second", "when": "level battery < 20 device cgm"})
        bench.steering.inject_all([first, second])
        assert len(bench.steering.faults.injected) == 2

    converse(talk)


names = st.sampled_from(["device cgm", "nth 3", "part reply", "over ble", "where fast_amount > 0.5, bolus_type = FAST"])
single = st.one_of(
    st.lists(names, unique=True).map(lambda keys: " ".join(["message SetBolus", *keys])),
    st.sampled_from(
        [
            "at 90s",
            "after 1h",
            "idle 5m",
            "connection 2",
            "reading 7",
            "record 5",
            "record TherapyControlStateChanged",
            "state 'warming up'",
        ]
    ),
    st.sampled_from(["level battery < 20 is_not 3", 'level therapy = "STOP"', "amount insulin >= 1.25", "struck it nth 2"]),
    st.sampled_from(["event bolus_ended where reason = CANCELED, bolus_id >= 3 device pump"]),
)
combined = st.recursive(
    single,
    lambda inner: st.tuples(st.lists(inner, min_size=2, max_size=3), st.sampled_from([" and ", " or ", " then "])).map(
        lambda made: f"({made[1].join(made[0])})"
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(combined)
def test_a_condition_in_words_is_the_same_condition_as_a_table(text: str) -> None:
    condition = condition_of(text)
    assert condition_of(condition.to_dict()) == condition
    assert condition_of(str(condition)) == condition
