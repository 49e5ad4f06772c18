"""When a fault is due, how often it strikes and when it is over; and that its chances are its own."""

import asyncio
import itertools
from typing import Any

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample, SessionChanged
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.faults import FAULTS, FaultError, State, parse
from isletbench.emulator.faults.exchanges import MessagePart
from isletbench.emulator.faults.families.replies import LoseReply
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.gatt import Connected
from isletbench.emulator.journal.entries import FaultState
from isletbench.emulator.pump.events import Pulse
from isletbench.protocols import ids
from isletbench.protocols.errors import WireError
from tests.faults.conversation import Client, Ran, converse
from tests.harness.journals import faults, ledger, requests, touched


async def read_every_minute(bench: Bench, client: Client) -> None:
    """Read the status 20 times, a minute apart."""
    for minute in range(20):
        await asyncio.sleep(60 * (minute + 1) - bench.clock.now() / 1_000)
        await client.collector.read(client.key(ids.STATUS))


def armed_at(ran: Ran) -> dict[str, int]:
    """When each fault was armed, by its name."""
    return {entry.fault: entry.at for entry in faults(ran.entries) if entry.what is FaultState.ARMED}


def struck(ran: Ran, fault: str) -> list[int]:
    """The minutes in which it struck."""
    lost = (entry for entry in touched(ran.entries, fault) if entry.stage is Stage.REPLY_QUEUED)
    return [round(entry.at / 60_000) for entry in lost]


SPOIL = {"fault": "truncate_reply", "octets": 0, "on": "ids.Status", "name": "it"}


@pytest.mark.parametrize(
    ("when", "minutes"),
    [
        ({}, [1]),
        ({"nth": 3}, [3]),
        ({"count": 2}, [1, 2]),
        ({"count": None}, list(range(1, 21))),
        ({"nth": 18, "count": None}, [18, 19, 20]),
        ({"at": "5m", "count": 2}, [5, 6]),
        ({"after": "330s", "nth": 2}, [7]),
        ({"at": "10m", "lasts": "150s", "count": None}, [10, 11, 12]),
        ({"probability": 0, "count": None}, []),
        ({"at": "1h"}, []),
    ],
)
def test_a_fault_strikes_when_and_as_often_as_it_is_declared(when: dict[str, object], minutes: list[int]) -> None:
    assert struck(converse(read_every_minute, {**SPOIL, **when}), "it") == minutes


def test_its_life_is_written_down() -> None:
    ran = converse(read_every_minute, {**SPOIL, "at": "5m", "lasts": "150s", "count": None})
    assert [(entry.what, entry.at) for entry in faults(ran.entries, "it")] == [
        ("injected", 0),
        ("armed", 300_000),
        ("over", 450_000),
    ]


def test_a_fault_can_wait_for_a_dose_a_connection_a_state_and_a_reading() -> None:
    async def dosing(bench: Bench, client: Client) -> None:
        await client.bolus(2.0)
        await asyncio.sleep(200)

    ran = converse(dosing, {**SPOIL, "delivered": 0.5})
    (armed,) = armed_at(ran).values()
    pulses = [(at, pulse.uu) for at, pulse in ledger(ran.entries, Pulse) if pulse.cause == "bolus" and at <= armed]
    assert sum(uu for _, uu in pulses) == 500_000
    assert pulses[-1][0] == armed

    async def reconnecting(bench: Bench, client: Client) -> None:
        for _ in range(3):
            await client.collector.disconnect()
            await client.connect()

    ran = converse(reconnecting, {**SPOIL, "connection": 2})
    connected = [ran.entries.index(entry) for entry, _ in requests(ran.entries, Connected)]
    armed = next(ran.entries.index(entry) for entry in faults(ran.entries) if entry.what is FaultState.ARMED)
    assert connected[1] < armed <= connected[2], "one before it was injected, two after"

    async def wearing(bench: Bench, client: Client) -> None:
        await asyncio.sleep(3_600)
        bench.steering.do("cgm", "stop", {})
        await asyncio.sleep(60)

    reading = {"fault": "lose_reply", "part": "news", "name": "reading", "reading": 4}
    state = {"fault": "lose_reply", "part": "news", "name": "state", "state": "stopped"}
    ran = converse(wearing, reading, state, device="cgm")
    at = armed_at(ran)
    samples = [at for at, _ in ledger(ran.entries, Sample)]
    assert at["reading"] == samples[4]
    assert at["state"] == next(at for at, event in ledger(ran.entries, SessionChanged) if event.state == "stopped")


HALF = {**SPOIL, "probability": 0.5, "count": None}


def test_chances_come_from_the_seed_and_one_fault_does_not_reshuffle_another() -> None:
    alone = struck(converse(read_every_minute, HALF), "it")
    assert 3 <= len(alone) <= 17
    assert struck(converse(read_every_minute, HALF), "it") == alone
    assert struck(converse(read_every_minute, HALF, seed=2), "it") != alone
    late = {"fault": "delay_reply", "on": "ids.Status", "by": "100ms", "jitter": "50ms", "count": None, "probability": 0.5}
    together = converse(read_every_minute, late, HALF)
    assert struck(together, "it") == alone
    assert struck(together, "delay_reply") not in ([], alone)
    assert struck(converse(read_every_minute, {**HALF, "name": "other"}), "other") != alone


@pytest.mark.parametrize("over", ["serial", "ble"])
def test_the_same_seed_gives_the_same_journal_octet_for_octet(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        for _ in range(30):
            await asyncio.sleep(60)
            try:
                if not client.collector.is_connected:
                    await client.connect()
                await client.read(ids.STATUS)
            except (TimeoutError, ConnectionError, WireError):
                await client.collector.disconnect()

    faults: list[dict[str, Any]] = [
        {"fault": "delay_reply", "by": "10ms", "jitter": "2s", "probability": 0.3, "count": None},
        {"fault": "cut_after", "on": "ids.Status", "probability": 0.1, "count": None},
        {"fault": "hang_up", "after": "7m", "every": "11m"},
        {"fault": "vanish", "at": "15m", "lasts": "90s"},
        {"fault": "do", "device": "cgm", "action": "jump", "arguments": {"mg_dl": 60}, "at": "12m"},
        {"fault": "clock_drift", "device": "cgm", "ppm": 5_000},
    ]
    first, second = (converse(talk, *faults, over=over).text for _ in range(2))
    assert first == second
    assert all(f'"{kind}"' in first for kind in ("struck", "delay_reply", "cut_after", "gone", "there", "done", "clock_set"))


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ({"fault": "sabotage", "device": "pump"}, "expected"),
        ({"fault": "lose_reply"}, "device: expected a value, it is missing"),
        ({"fault": "lose_reply", "device": "pump", "colour": 1}, "colour: there is no such key here"),
        ({"fault": "lose_reply", "device": "pump", "nth": 0}, "nth: expected 1 or more, got 0"),
        ({"fault": "lose_reply", "device": "pump", "on": "SetBolos"}, "on: 'SetBolos': expected a type such as ids.Status"),
        ({"fault": "lose_reply", "device": "pump", "lasts": "soon"}, "lasts: duration 'soon': expected a number with ms, s, m"),
        ({"fault": "lose_reply", "device": "pump", "lasts": 5}, "lasts: expected a duration in quotes"),
        ({"fault": "substitute_reply", "device": "pump", "octets": "0"}, "octets: octets '0': expected pairs of hexadecimal"),
        ({"fault": "refuse_request", "device": "pump", "code": "no"}, "code: code 'no': expected one of invalid_handle"),
    ],
)
def test_a_wrong_declaration_names_the_key_and_what_was_expected(declared: dict[str, object], sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        parse(declared)
    assert sentence in str(error.value)


def test_what_cannot_befall_a_device_is_refused_and_changes_nothing() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"fault": "lose_reply", "device": "toaster"}, "device 'toaster': expected one of cgm, pump"),
        ({"fault": "do", "action": "fly"}, "action 'fly': a cgm knows insert, remove"),
        ({"fault": "do", "action": "jump"}, "jump: mg_dl: expected a value, it is missing"),
        ({"fault": "weak_radio"}, "weak_radio: expected at least one of loss"),
        ({"fault": "clock_drift", "ppm": 0}, "ppm: expected at least 1 or at most -1, got 0"),
        ({"fault": "lose_reply", "name": "first"}, "name: there is a fault 'first' already"),
    ]

    async def talk(bench: Bench, client: Client) -> None:
        for declared, sentence in wrong:
            with pytest.raises(FaultError) as error:
                bench.steering.inject(parse({"device": "cgm", **declared}))
            assert sentence in str(error.value)
        with pytest.raises(FaultError, match="fault 'second': expected one of first"):
            bench.steering.clear("second")
        assert [injected.id for injected in bench.steering.faults.injected] == ["first"]

    converse(talk, {"fault": "lose_reply", "name": "first"}, device="cgm")


def test_faults_without_a_name_are_numbered_by_kind() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        steering = bench.steering
        for _ in range(2):
            steering.inject(LoseReply(device="pump"))
        assert [injected.id for injected in steering.faults.injected] == ["lose_reply", "lose_reply-2"]
        assert all(injected.state is State.ARMED for injected in steering.faults.injected)
        told = steering.faults.injected[1].to_dict()
        assert told["declared"] == {"fault": "lose_reply", "device": "pump"}
        assert [cleared.id for cleared in steering.faults.clear_all()] == ["lose_reply-2", "lose_reply"]

    converse(talk)


def test_every_fault_says_what_the_client_sees() -> None:
    for name, cls in FAULTS.items():
        assert cls.model_fields["fault"].default == name
        assert len(cls.symptom().split()) >= 8, name
        assert cls.whose is not None
    said = [cls.symptom() for cls in FAULTS.values()]
    assert len(set(said)) == len(said)
    lost = {cls.acts_on for cls in FAULTS.values() if issubclass(cls, MessageFault)}
    assert set(itertools.chain.from_iterable(lost)) == set(MessagePart)
