"""What a client sees, and what a device does, when messages between them go wrong: the same on a cable and on the air."""

import asyncio

import pytest

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.faults.families.replies import ReorderReplies
from isletbench.emulator.gatt import Confirm, Disconnected, Indicate, Notify, ReadResponse, Write
from isletbench.emulator.journal.entries import OutgoingEntry, RequestEntry
from isletbench.protocols import cgms, ids
from isletbench.protocols.att import AttCode, AttError
from isletbench.protocols.errors import WireError
from tests.faults.conversation import Client, converse
from tests.harness.journals import ledger, outgoing, requests, touched

BOTH = pytest.mark.parametrize("over", ["serial", "ble"])
UU = 1_000_000


@BOTH
def test_a_lost_reply_and_a_lost_request_look_alike_and_only_one_of_them_delivers(over: str) -> None:
    seen: dict[str, tuple[int, ...]] = {}

    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises(TimeoutError):
            await client.bolus(1.5)
        seen[bench.steering.faults.injected[0].fault.kind()] = await client.active_boluses()
        await asyncio.sleep(120)

    reply = converse(talk, {"fault": "lose_reply", "on": "SetBolus"}, over=over)
    request = converse(talk, {"fault": "ignore_request", "on": "SetBolus"}, over=over)
    assert reply.stages("SetBolus") == ["decoded", "accepted", "committed"]
    assert request.stages("SetBolus") == []
    assert (reply.delivered(), request.delivered()) == (round(1.5 * UU), 0)
    assert [len(active) for active in seen.values()] == [1, 0]


@BOTH
def test_the_journal_tells_what_was_said_what_left_and_who_kept_it(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises(TimeoutError):
            await client.bolus(1.5)

    ran = converse(talk, {"fault": "lose_reply", "on": "SetBolus", "name": "silence"}, over=over)
    indicated, confirmed = touched(ran.entries, "silence")
    assert isinstance(indicated, OutgoingEntry)
    assert isinstance(confirmed, RequestEntry)
    assert (type(indicated.outgoing), indicated.stage) == (Indicate, Stage.REPLY_QUEUED)
    assert (type(confirmed.request), confirmed.stage) == (Confirm, Stage.RECEIVED)
    assert ran.life("silence") == ["injected", "armed", "over"]


def test_a_request_lost_on_a_cable_is_lost_with_its_repeats_and_the_next_one_is_served() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises(TimeoutError):
            await client.bolus(1.5)
        assert await client.active_boluses() == ()
        await client.connect()  # the pump has not heard that E2E-counter
        answer = await client.bolus(1.5)
        assert isinstance(answer, ids.SetBolusResponse)

    ran = converse(talk, {"fault": "lose_request", "on": "SetBolus"})
    assert ran.stages("SetBolus") == ["decoded", "accepted", "committed"]


def test_a_write_that_is_never_answered_on_the_air_ends_with_the_clients_own_patience() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises((TimeoutError, ConnectionError, AttError)):
            async with asyncio.timeout(35):
                await client.bolus(1.5)

    ran = converse(talk, {"fault": "lose_request", "on": "SetBolus"}, over="ble")
    assert ran.stages("SetBolus") == []


@BOTH
@pytest.mark.parametrize(("fault", "delivered"), [("cut_before", 0), ("cut_after", round(1.5 * UU))])
def test_a_connection_that_ends_instead_of_an_answer_tells_nothing_of_the_dose(fault: str, delivered: int, over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises((TimeoutError, ConnectionError, AttError, WireError)):
            await client.bolus(1.5)
        await client.collector.disconnect()
        await asyncio.sleep(120)
        await client.connect()
        assert await client.active_boluses() == ()

    ran = converse(talk, {"fault": fault, "on": "SetBolus"}, over=over)
    assert ran.delivered() == delivered
    assert len(requests(ran.entries, Disconnected)) >= 2


@BOTH
def test_a_refused_request_changes_nothing_and_a_denied_one_does(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises(AttError) as refusal:
            await client.bolus(1.5)
        assert refusal.value.code is AttCode.PROCEDURE_ALREADY_IN_PROGRESS
        await asyncio.sleep(120)

    code = "procedure_already_in_progress"
    assert converse(talk, {"fault": "refuse_request", "on": "SetBolus", "code": code}, over=over).delivered() == 0
    denied = {"fault": "deny_reply", "on": "SetBolus", "code": code}
    assert converse(talk, denied, over=over).delivered() == round(1.5 * UU)


@BOTH
def test_a_late_answer_is_late_by_what_was_declared(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        before = bench.clock.now()
        await client.active_boluses()
        assert 7_000 <= bench.clock.now() - before < 8_000
        before = bench.clock.now()
        await client.read(ids.STATUS)
        assert 500 <= bench.clock.now() - before < 1_500

    late = {"fault": "delay_reply", "on": "GetActiveBolusIds", "by": "7s"}
    slow = {"fault": "delay_request", "on": "ids.Status", "by": "500ms"}
    converse(talk, late, slow, over=over)


@BOTH
def test_damaged_answers_are_found_out_by_their_crc(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.read(ids.STATUS)
        with pytest.raises(WireError):
            await client.read(ids.STATUS)
        assert len(await client.collector.read(client.key(ids.STATUS))) == 2
        assert await client.collector.read(client.key(ids.STATUS)) == b"\x06\x00"

    corrupt = {"fault": "corrupt_reply", "on": "ids.Status", "nth": 2, "bits": 3}
    short = {"fault": "truncate_reply", "on": "ids.Status", "nth": 3, "octets": 2}
    other = {"fault": "substitute_reply", "on": "ids.Status", "nth": 4, "octets": "0600"}
    ran = converse(talk, corrupt, short, other, over=over)
    meant, sent = (sent.value for e, sent in outgoing(ran.entries, ReadResponse) if e.faults == ("corrupt_reply",))
    assert sum((a ^ b).bit_count() for a, b in zip(meant, sent, strict=True)) == 3


@BOTH
def test_a_corrupt_request_is_refused_by_the_device(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises((AttError, TimeoutError)):
            await client.bolus(1.5)

    assert converse(talk, {"fault": "corrupt_request", "on": "SetBolus"}, over=over).delivered() == 0


@BOTH
def test_a_stale_answer_is_the_one_before(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        first = await client.collector.read(client.key(ids.STATUS))
        assert await client.collector.read(client.key(ids.STATUS)) == first
        assert await client.collector.read(client.key(ids.STATUS)) != first, "the counter moves"

    converse(talk, {"fault": "stale_reply", "on": "ids.Status"}, over=over)


@BOTH
def test_a_request_that_arrives_twice_is_answered_twice(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.active_boluses()
        await asyncio.sleep(1)

    ran = converse(talk, {"fault": "repeat_request", "on": "GetActiveBolusIds"}, over=over)
    received = [write.value for e, write in requests(ran.entries, Write) if e.faults and e.stage is Stage.RECEIVED]
    assert len(received) == 2
    assert received[0] == received[1]


@BOTH
def test_a_mute_device_acknowledges_and_says_nothing_until_it_is_cleared(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        with pytest.raises(TimeoutError):
            await client.bolus(1.5)
        with pytest.raises(TimeoutError):
            await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        bench.steering.clear("no_response")
        await client.collector.disconnect()
        await client.connect()  # the pump has not heard those E2E-counters
        assert await client.active_boluses() == ()

    ran = converse(talk, {"fault": "no_response"}, over=over)
    assert ran.life("no_response") == ["injected", "armed", "cleared"]
    assert ran.delivered() == 0


@BOTH
def test_lost_readings_stay_in_the_store(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(2 * 3_600)
        missing = set(range(5, 120, 5)) - set(client.offsets)
        assert 3 <= len(missing) <= 20

    half = {"fault": "lose_reply", "part": "news", "on": "cgms.Measurement", "probability": 0.5, "count": None}
    ran = converse(talk, half, device="cgm", over=over)
    stages = [entry.stage for entry, _ in outgoing(ran.entries, Notify)]
    lost, sent = (stages.count(stage) for stage in (Stage.REPLY_QUEUED, Stage.REPLY_SENT))
    assert lost + sent == len(ledger(ran.entries, Sample)) - 1, "all but the one before anybody was there"


@BOTH
def test_notifications_can_come_twice_and_in_another_order(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(3_600)
        assert client.offsets == sorted(client.offsets)
        assert len(client.offsets) == len(set(client.offsets)) + 2
        bench.steering.clear("twice")
        bench.steering.inject(disorder)
        heard = len(client.offsets)
        await asyncio.sleep(3_600)
        later = client.offsets[heard:]
        assert later != sorted(later)
        assert all(abs(place - index) <= 2 for index, place in enumerate(map(sorted(later).index, later)))

    disorder = ReorderReplies(device="cgm", on="cgms.Measurement", depth=2)
    converse(
        talk,
        {"fault": "repeat_reply", "name": "twice", "part": "news", "on": "cgms.Measurement", "count": 2},
        device="cgm",
        over=over,
    )


def test_only_the_carrier_that_is_meant_is_struck() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.active_boluses()

    ran = converse(talk, {"fault": "lose_reply", "over": "ble"})
    assert ran.life("lose_reply") == ["injected", "armed"]


def test_the_specific_operation_of_one_of_two_record_access_points_can_be_meant() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.ask_octets(cgms.RECORD_ACCESS, bytes.fromhex("0401"))
        with pytest.raises(TimeoutError):
            await client.ask_octets(cgms.RECORD_ACCESS, bytes.fromhex("0101"))

    converse(talk, {"fault": "lose_reply", "on": "cgms.RecordAccessControlPoint.REPORT"}, device="cgm")
