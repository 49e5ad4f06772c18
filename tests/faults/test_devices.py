"""Links that go, radios that fade, clocks that are wrong, and hands that do things: what a client sees of it."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.faults import parse
from isletbench.emulator.gatt import Connected
from isletbench.emulator.interfaces.terminal.lines import line_of
from isletbench.emulator.journal.bench_events import ActionDone, CarrierGone, CarrierThere, StormEnded
from isletbench.protocols import cgms
from isletbench.protocols.att import AttError
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.errors import WireError
from tests.faults.conversation import Client, converse
from tests.harness.journals import ledger, of_bench, requests

BOTH = pytest.mark.parametrize("over", ["serial", "ble"])


async def until_back(client: Client, limit: int = 100) -> int:
    """Try to connect every second; how many tries it took."""
    for tries in range(limit):
        try:
            await client.connect()
        except (TimeoutError, ConnectionError, AttError, WireError):
            await client.collector.disconnect()
            await asyncio.sleep(1)
        else:
            return tries
    raise AssertionError("it never came back")


@BOTH
def test_a_device_that_hangs_up_can_be_connected_again_at_once(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(61)
        with pytest.raises((TimeoutError, ConnectionError, AttError, WireError)):
            await client.collector.read(client.key(cgms.STATUS))
        await client.collector.disconnect()
        assert await until_back(client) == 0

    ran = converse(talk, {"fault": "hang_up", "after": "1m"}, device="cgm", over=over)
    assert ran.life("hang_up") == ["injected", "armed", "struck", "over"]


@BOTH
def test_a_device_that_vanishes_runs_on_and_is_back_when_it_should_be(over: str) -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(310)
        heard = len(client.offsets)
        await client.collector.disconnect()
        with pytest.raises((TimeoutError, ConnectionError)):
            await client.connect()
        await asyncio.sleep(30 * 60)
        assert bench.clock.now() > 2_100_000
        await client.connect()
        counted = await client.ask_octets(cgms.RECORD_ACCESS, bytes.fromhex("0401"))
        assert int.from_bytes(counted[2:4], "little") >= heard + 6

    ran = converse(talk, {"fault": "vanish", "at": "5m", "lasts": "30m"}, device="cgm", over=over)
    assert ran.life("vanish") == ["injected", "armed", "struck", "over"]
    moves = {event: at for at, event in of_bench(ran.entries, CarrierGone, CarrierThere)}
    assert moves[CarrierGone(f"cgm.{over}")] == 300_000
    assert moves[CarrierThere(f"cgm.{over}")] == 2_100_000


def test_two_absences_that_overlap_end_with_the_longer_one() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(40 * 60)
        await client.connect()

    faults = ({"fault": "vanish", "at": "5m", "lasts": "20m"}, {"fault": "reboot", "at": "10m", "lasts": "25m"})
    ran = converse(talk, *faults, device="cgm")
    moves = [move for move in of_bench(ran.entries, CarrierGone, CarrierThere) if "cgm.serial" in str(move[1])]
    assert moves == [(300_000, CarrierGone("cgm.serial")), (35 * 60_000, CarrierThere("cgm.serial"))]


def test_clearing_an_absence_ends_it() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        bench.steering.inject(parse({"fault": "vanish", "device": "cgm", "over": "serial"}))
        await asyncio.sleep(60)
        with pytest.raises(ConnectionError):
            await client.connect()
        bench.steering.clear("vanish")
        await asyncio.sleep(1)
        await client.connect()

    converse(talk, device="cgm")


def test_a_radio_out_of_range_comes_back_with_the_conditions_it_had() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        before = bench.radios["cgm"].conditions
        await asyncio.sleep(90)
        assert bench.radios["cgm"].conditions.loss == 1
        with pytest.raises((TimeoutError, ConnectionError)):
            await client.collector.read(client.key(cgms.STATUS))
        await asyncio.sleep(60)
        assert bench.radios["cgm"].conditions == before
        await client.collector.disconnect()
        await client.connect()

    converse(talk, {"fault": "weak_radio", "loss": 1, "after": "1m", "lasts": "1m"}, device="cgm", over="ble")


def test_a_bad_line_is_survived_and_is_as_it_was_afterwards() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        before = bench.lines["cgm"].conditions
        await asyncio.sleep(61)
        assert (bench.lines["cgm"].conditions.split, bench.lines["cgm"].conditions.noise) == (3, 0.01)
        read = 0
        for _ in range(20):
            try:
                await client.collector.read(client.key(cgms.STATUS))
                read += 1
            except (TimeoutError, ConnectionError):
                await client.collector.disconnect()
                await client.connect()
        assert read > 10
        await asyncio.sleep(60)
        assert bench.lines["cgm"].conditions == before
        await client.collector.read(client.key(cgms.STATUS))

    converse(talk, {"fault": "bad_line", "split": 3, "noise": 0.01, "after": "1m", "lasts": "1m"}, device="cgm")


def test_the_message_that_arms_a_bad_line_is_the_first_that_it_loses() -> None:
    live = "message cgms.Measurement part live"

    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(26 * 60)
        assert client.received[cgms.MEASUREMENT.uuid] == [], "lost on the line, each of them"
        await client.collector.read(client.key(cgms.STATUS))
        bench.steering.clear("it")
        await asyncio.sleep(6 * 60)
        assert len(client.received[cgms.MEASUREMENT.uuid]) == 1

    ran = converse(
        talk,
        {"fault": "bad_line", "name": "it", "loss": 1, "when": live, "lasts": "100ms", "times": "all"},
        device="cgm",
    )
    assert ran.life("it").count("struck") == 5


def test_a_broken_connection_is_followed_by_a_storm_of_short_ones() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(61)
        for _ in range(40):
            try:
                await client.connect()
                await asyncio.sleep(5)
                await client.collector.read(client.key(cgms.STATUS))
            except (TimeoutError, ConnectionError, AttError):
                await client.collector.disconnect()
                await asyncio.sleep(10)
            else:
                break
        else:
            raise AssertionError("the storm never ended")

    ran = converse(talk, {"fault": "radio_break", "storm": 4, "after": "1m"}, device="cgm", over="ble")
    assert len(requests(ran.entries, Connected)) >= 5


def test_a_device_that_has_lost_its_bonds_is_paired_with_anew() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await client.collector.disconnect()
        await client.connect()  # from the bond
        bench.steering.inject(parse({"fault": "forget_bonds", "device": "cgm"}))
        await asyncio.sleep(1)
        await client.collector.disconnect()
        with pytest.raises((TimeoutError, ConnectionError, AttError)):
            await client.connect()
        await client.collector.disconnect()
        await BleakClient("F0:10:00:00:00:01").unpair()
        await client.connect()
        await client.collector.read(client.key(cgms.STATUS))

    converse(talk, device="cgm", over="ble")


def test_a_device_that_refuses_to_pair_lets_in_whoever_has_a_bond_and_nobody_else() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        bench.steering.inject(parse({"fault": "refuse_pairing", "device": "cgm"}))
        await client.collector.disconnect()
        await client.connect()  # from the bond
        await client.collector.disconnect()
        await BleakClient("F0:10:00:00:00:01").unpair()
        with pytest.raises((ConnectionError, AttError)):
            await client.connect()
        await client.collector.disconnect()
        bench.steering.clear("refuse_pairing")
        await client.connect()

    converse(talk, device="cgm", over="ble")


def test_a_device_that_whispers_is_found_by_its_address_and_not_by_its_name() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        bench.steering.inject(parse({"fault": "reduced_advertising", "device": "cgm", "every": "10s"}))
        await client.collector.disconnect()
        heard: list[int] = []

        def listen(device: BLEDevice, said: AdvertisementData) -> None:
            if device.address == "F0:10:00:00:00:01":
                heard.append(bench.clock.now())

        async with BleakScanner(listen):
            await asyncio.sleep(60)
        assert 5 <= len(heard) <= 7
        assert await BleakScanner.find_device_by_name("IB-CGM", timeout=60) is None
        assert await BleakScanner.find_device_by_address("F0:10:00:00:00:01", timeout=60) is not None
        bench.steering.clear("reduced_advertising")
        assert await BleakScanner.find_device_by_name("IB-CGM", timeout=60) is not None

    converse(talk, device="cgm", over="ble")


def test_clocks_step_drift_and_begin_anew() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        def error() -> float:
            """How wrong its clock is, s."""
            return (bench.steering.clock("cgm") - bench.start).total_seconds() - bench.clock.now() / 1_000

        before = error()
        assert abs(before) < 0.1
        bench.steering.inject(parse({"fault": "clock_step", "device": "cgm", "by": "-1h"}))
        await asyncio.sleep(1)
        assert abs(error() + 3_600) < 0.1
        bench.steering.inject(parse({"fault": "clock_drift", "device": "cgm", "ppm": 1_000, "lasts": "1h"}))
        await asyncio.sleep(2 * 3_600)
        assert abs(error() + 3_600 - 3.6) < 1
        bench.steering.inject(parse({"fault": "clock_reset", "device": "cgm"}))
        await asyncio.sleep(1)
        assert bench.steering.clock("cgm").year == 2007

    converse(talk, device="cgm")


def test_what_hands_do_to_a_sensor_shows_in_its_readings_and_status() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        steering = bench.steering
        steering.do("cgm", "stick", {"lasts": "1h"})
        await asyncio.sleep(3_600)
        steering.do("cgm", "malfunction", {})
        await asyncio.sleep(600)
        status: cgms.Status = await client.read(cgms.STATUS)
        assert Annunciation.SENSOR_MALFUNCTION in status.annunciation
        steering.do("cgm", "mend", {})
        await asyncio.sleep(600)
        assert bench.status()["devices"]["cgm"]["glucose_mg_dl"] is not None
        with pytest.raises(ValueError, match="insert: cannot insert a sensor that is running"):
            steering.do("cgm", "insert", {})
        steering.do("cgm", "battery", {"percent": 3})
        assert bench.status()["devices"]["cgm"]["battery_percent"] == 3

    ran = converse(talk, device="cgm")
    values = [sample.mg_dl for _, sample in ledger(ran.entries, Sample)]
    assert len(set(values[1:12])) == 1
    assert values[13] is None
    assert values[-1] is not None
    assert [done.action for _, done in of_bench(ran.entries, ActionDone)] == ["stick", "malfunction", "mend", "battery"]


def test_a_verb_can_be_a_fault_that_waits_for_its_moment() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(3_600)

    ran = converse(
        talk, {"fault": "do", "action": "fail", "reading": 5}, {"fault": "do", "action": "stop", "at": "50m"}, device="cgm"
    )
    assert len(ledger(ran.entries, Sample)) == 6
    assert ran.life("do") == ["injected", "armed", "struck", "over"]
    assert ran.life("do-2") == ["injected", "armed", "failed", "over"], "nobody can stop what has failed"


def test_what_a_fault_began_and_left_behind_ends_when_it_is_cleared() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        bench.steering.inject(parse({"fault": "radio_break", "device": "cgm", "storm": 50}))
        await asyncio.sleep(1)
        status = bench.status()["devices"]["cgm"]
        assert status["ble"]["storm"] == 50
        assert "the next 50 Bluetooth connections break" in line_of(status)
        bench.steering.faults.clear_all()
        assert "storm" not in bench.status()["devices"]["cgm"]["ble"]
        await client.collector.disconnect()
        await client.connect()
        await asyncio.sleep(60)
        assert await client.collector.read(client.key(cgms.STATUS))
        declared = {"fault": "intermittent_link", "device": "cgm", "every": "60m", "away": "50m"}
        cleared = bench.steering.inject(parse(declared))
        await asyncio.sleep(5)
        bench.steering.clear(cleared.id)
        await asyncio.sleep(5)
        await client.collector.disconnect()
        await client.connect()
        await asyncio.sleep(60 * 60)
        assert await client.collector.read(client.key(cgms.STATUS)), "it does not come back a second time"

    ran = converse(talk, device="cgm", over="ble")
    assert len([event for _, event in of_bench(ran.entries, StormEnded)]) == 1
