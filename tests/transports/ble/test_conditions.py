"""The radio as it is: what loss, delay, distance and interference do to a connection, and that a seed repeats them."""

import asyncio
import io
import statistics
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble import hci, l2cap

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.gatt import Disconnected, MtuChanged, Security
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.bench_events import BenchEvent, ConnectionBroke, ConnectionDropped, RadioChanged, Stopped
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import RigError, load_rig, parse
from isletbench.emulator.transports.ble.central_connection import CentralConnection
from isletbench.emulator.transports.ble.host import NEITHER, pairing
from isletbench.emulator.transports.ble.radio import PreferredParameters, Radio, RadioConditions
from tests.harness.gadget import CONTROL_POINT, NOTIFIED, READABLE
from tests.harness.journals import of_bench, requests
from tests.rigs.test_rig import DEFAULT
from tests.transports.ble.test_radio import Room, central, handle, room

T = TypeVar("T")
CGM_FEATURE = "00002aa8-0000-1000-8000-00805f9b34fb"


def jumping(main: Coroutine[Any, Any, T]) -> T:
    return run(main, Pace(None))


def now() -> float:
    return asyncio.get_running_loop().time()


async def open_room(**conditions: Any) -> Room:
    return await room(Security.OPEN, None, radio=Radio(RadioConditions(**conditions), seed=1, name="gadget"))


async def contact_in(made: Room, within: float = 30.0) -> CentralConnection:
    contact = await made.phone(f"phone-{len(made.air.radios)}").connect(made.peripheral.address, within)
    await contact.discover()
    return contact


# Delay and loss


@pytest.mark.parametrize(("events", "low_ms", "high_ms"), [(0, 0, 0), (1, 15, 30), (4, 105, 120)])
def test_a_delay_counts_in_connection_events_each_way(events: int, low_ms: float, high_ms: float) -> None:
    """The central gets the 15 ms it asks for; a read takes a request and an answer."""

    async def main() -> list[float]:
        made = await open_room(delay_events=events)
        contact, took = await contact_in(made), []
        for _ in range(10):
            began = now()
            await contact.read(handle(made, READABLE))
            took.append((now() - began) * 1_000)
            await asyncio.sleep(0.0123)
        await made.host.stop()
        return took

    assert all(low_ms <= took <= high_ms + 0.01 for took in jumping(main()))


def test_what_is_lost_comes_later_and_in_order() -> None:
    async def main() -> tuple[list[bytes], float]:
        made, heard = await open_room(loss=0.4, supervision_timeout_ms=32_000), list[bytes]()
        contact = await contact_in(made)
        await contact.subscribe(handle(made, NOTIFIED), heard.append)
        began, sent = now(), [bytes([n]) for n in range(100)]
        made.gadget.service.news = [(NOTIFIED, value) for value in sent]
        made.host.wake()
        while len(heard) < len(sent):
            await asyncio.sleep(0.01)
        assert heard == sent
        took = now() - began
        await made.host.stop()
        return heard, took

    heard, took = jumping(main())
    assert len(heard) == 100
    assert took > 0.03, "some waited for a connection event"


def test_loss_thins_out_what_a_scanner_hears() -> None:
    async def heard_at(loss: float) -> int:
        made, heard = await open_room(loss=loss), list[Any]()
        phone = made.phone()
        await phone.start_scan(heard.append, active=False)
        await asyncio.sleep(20)
        await phone.stop_scan(heard.append)
        await made.host.stop()
        return len(heard)

    assert 199 <= jumping(heard_at(0)) <= 201
    assert 80 <= jumping(heard_at(0.5)) <= 120
    assert jumping(heard_at(1)) == 0


def test_so_much_loss_that_nothing_is_heard_for_the_supervision_timeout_ends_the_connection_on_both_sides() -> None:
    async def main() -> float:
        made, lost = await open_room(supervision_timeout_ms=2_000), asyncio.Event()
        contact = await contact_in(made)
        contact.on_lost.append(lost.set)
        began = now()
        made.peripheral.radio.change(loss=1)
        await lost.wait()
        assert len(made.said(Disconnected)) == 1
        took = now() - began
        with pytest.raises(TimeoutError):
            await made.phone("other").connect(made.peripheral.address, 5)
        made.peripheral.radio.change(loss=0)
        assert (await contact_in(made)).is_connected
        await made.host.stop()
        return took

    assert jumping(main()) == pytest.approx(2.0)


def test_a_silence_shorter_than_the_supervision_timeout_only_delays() -> None:
    async def main() -> float:
        made = await open_room(supervision_timeout_ms=2_000)
        contact = await contact_in(made)
        made.peripheral.radio.change(distance_m=500)
        began = now()
        asyncio.get_running_loop().call_later(1.5, lambda: made.peripheral.radio.change(distance_m=2))
        assert await contact.read(handle(made, READABLE)) == b"\x01\x02\x03"
        took = now() - began
        await made.host.stop()
        return took

    assert jumping(main()) == pytest.approx(1.5, abs=0.01)


def test_heavy_loss_breaks_connections_sooner_or_later() -> None:
    async def main() -> int:
        made, broken = await open_room(loss=0.9), 0
        phone = made.phone()
        for _ in range(30):
            try:
                contact = await phone.connect(made.peripheral.address, 60)
                while contact.is_connected:
                    await contact.read(handle(made, READABLE))
            except (ConnectionError, TimeoutError):
                broken += 1
            while made.gadget.device.peers:
                await asyncio.sleep(1)
        await made.host.stop()
        return broken

    assert jumping(main()) == 30


def test_nothing_of_an_old_connection_reaches_the_next() -> None:
    async def main() -> list[bytes]:
        made = await open_room(delay_events=20)
        contact, late = await contact_in(made), list[bytes]()
        await contact.subscribe(handle(made, NOTIFIED), late.append)
        made.gadget.service.news = [(NOTIFIED, b"late")]
        made.host.wake()
        made.peripheral.radio.storm(0)
        again = await contact_in(made)
        await asyncio.sleep(5)
        assert again.is_connected
        await made.host.stop()
        return late

    assert jumping(main()) == []


# Distance


@pytest.mark.parametrize(("metres", "rssi"), [(0.1, -40), (1, -60), (2, -66), (10, -80), (50, -94)])
def test_the_signal_fades_with_the_square_of_the_distance(metres: float, rssi: int) -> None:
    async def main() -> set[int]:
        made, heard = await open_room(distance_m=metres), list[Any]()
        phone = made.phone()
        await phone.start_scan(heard.append)
        await asyncio.sleep(1)
        await made.host.stop()
        return {advertisement.rssi for advertisement in heard}

    assert jumping(main()) == {rssi}


def test_fading_scatters_the_signal_around_its_mean() -> None:
    radio = Radio(RadioConditions(fading_db=4), seed=1)
    strengths = [radio.rssi() for _ in range(2_000)]
    assert statistics.mean(strengths) == pytest.approx(-60, abs=0.5)
    assert statistics.stdev(strengths) == pytest.approx(4, abs=0.3)


def test_who_is_too_far_away_is_not_there() -> None:
    async def main() -> None:
        made = await open_room(distance_m=60)
        with pytest.raises(TimeoutError):
            await made.phone().connect(made.peripheral.address, 10)
        await made.host.stop()

    jumping(main())


# Terms of a connection


@pytest.mark.parametrize(("mtu", "agreed"), [(23, 23), (185, 185), (517, 517)])
def test_the_mtu_is_what_the_device_agrees_to(mtu: int, agreed: int) -> None:
    async def main() -> None:
        made = await open_room(mtu=mtu)
        contact, heard = await contact_in(made), list[bytes]()
        assert contact.mtu == agreed
        assert [said.mtu for said in made.said(MtuChanged)] in ([agreed], [])
        await contact.subscribe(handle(made, CONTROL_POINT), heard.append)
        value = bytes(range(20))
        await contact.write(handle(made, CONTROL_POINT), value, response=True)
        await asyncio.sleep(1)
        assert heard == [value], "20 octets fit in the smallest"
        await made.host.stop()

    jumping(main())


def test_a_value_longer_than_the_mtu_is_read_in_parts() -> None:
    async def main() -> None:
        made = await open_room(mtu=23)
        made.gadget.service.value = bytes(range(200))
        contact = await contact_in(made)
        assert await contact.read(handle(made, READABLE)) == bytes(range(200))
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("accepts", [True, False])
def test_other_connection_parameters_are_accepted_or_refused(accepts: bool) -> None:
    async def main() -> None:
        made = await open_room(accepts_updates=accepts, delay_events=1)
        device = central(made.air)
        await device.power_on()
        address = hci.Address(made.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        connection = await device.connect(address, timeout=5)
        before = connection.parameters.connection_interval
        if accepts:
            await connection.update_parameters(400, 400, 0, 6_000)
        else:
            with pytest.raises(hci.HCI_Error) as refused:
                await connection.update_parameters(400, 400, 0, 6_000)
            assert refused.value.error_code == hci.HCI_UNACCEPTABLE_CONNECTION_PARAMETERS_ERROR
        await asyncio.sleep(1)
        assert connection.parameters.connection_interval == (400 if accepts else before)
        theirs = next(iter(made.peripheral._connections.values())).parameters
        assert theirs.connection_interval == connection.parameters.connection_interval
        began = now()
        for _ in range(5):
            assert await connection.gatt_client.read_value(handle(made, READABLE)) == b"\x01\x02\x03"
        if accepts:
            assert 3.2 <= now() - began <= 4.01, "packets wait for the new events, 400 ms apart"
        else:
            assert now() - began <= 0.301
        await connection.disconnect()
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("grants", [True, False])
def test_a_device_asks_for_the_parameters_it_prefers_and_lives_with_what_it_gets(grants: bool) -> None:
    async def main() -> None:
        wish = PreferredParameters(interval_ms=200, latency=4, supervision_timeout_ms=5_000)
        made = await room(Security.OPEN, None, radio=Radio(RadioConditions(delay_events=1)), prefers=wish)
        device = central(made.air, config=pairing(NEITHER, None, man_in_the_middle=False))
        await device.power_on()
        if not grants:
            device.l2cap_channel_manager.on_l2cap_connection_parameter_update_request = refuse  # type: ignore[method-assign]
        address = hci.Address(made.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        for _ in range(2):
            connection = await device.connect(address, timeout=5)
            given = connection.parameters.connection_interval
            await (connection.encrypt() if made.peripheral.keys.all_keys else connection.pair())
            await asyncio.sleep(2)
            theirs = next(iter(made.peripheral._connections.values())).parameters
            for parameters in (connection.parameters, theirs):
                assert parameters.connection_interval == (200 if grants else given)
                assert parameters.peripheral_latency == (4 if grants else 0)
            assert await connection.gatt_client.read_value(handle(made, READABLE)) == b"\x01\x02\x03"
            await connection.disconnect()
            await asyncio.sleep(1)
        await made.host.stop()

    def refuse(connection: Any, cid: int, request: Any) -> None:
        answer = l2cap.L2CAP_Connection_Parameter_Update_Response(
            identifier=request.identifier, result=l2cap.L2CAP_CONNECTION_PARAMETERS_REJECTED_RESULT
        )
        connection.device.l2cap_channel_manager.send_control_frame(connection, cid, answer)

    jumping(main())


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"interval_ms": 5}, "interval_ms: expected 7.5 to 4000, got 5"),
        ({"interval_ms": 100, "latency": 500}, "latency: expected 0 to 499, got 500"),
        ({"interval_ms": 1_000, "latency": 3}, "supervision_timeout_ms: expected 8000 to 32000, got 6000"),
    ],
)
def test_parameters_that_no_connection_can_have_are_told(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PreferredParameters(**wish)


def test_of_several_that_connect_at_once_one_is_taken_and_the_others_are_told() -> None:
    async def main() -> list[str]:
        made = await open_room()
        tried = await asyncio.gather(
            *(made.phone(name).connect(made.peripheral.address, 5) for name in ("one", "two", "three")), return_exceptions=True
        )
        await made.host.stop()
        return [type(outcome).__name__ for outcome in tried]

    assert sorted(jumping(main())) == ["CentralConnection", "ConnectionError", "ConnectionError"]


# Interference


def test_connections_break_by_chance_as_often_as_asked_for() -> None:
    async def main() -> int:
        made = await open_room(drops_per_hour=6)
        phone = made.phone()
        until = now() + 100 * 3_600
        while now() < until:
            contact, lost = await phone.connect(made.peripheral.address, 60), asyncio.Event()
            contact.on_lost.append(lost.set)
            await lost.wait()
        await made.host.stop()
        return len(made.said(Disconnected))

    assert 540 <= jumping(main()) <= 660


def test_a_client_that_reconnects_at_once_meets_a_storm() -> None:
    async def main() -> list[float]:
        made = await open_room(storm_within_ms=400)
        phone, lasted = made.phone(), []
        contact = await phone.connect(made.peripheral.address, 60)
        made.peripheral.radio.storm(5)
        await asyncio.sleep(0)
        assert not contact.is_connected
        for _ in range(5):
            contact, lost = await phone.connect(made.peripheral.address, 60), asyncio.Event()
            contact.on_lost.append(lost.set)
            began = now()
            await lost.wait()
            lasted.append(now() - began)
        contact = await phone.connect(made.peripheral.address, 60)
        await asyncio.sleep(3_600)
        assert contact.is_connected, "the storm is over"
        await made.host.stop()
        return lasted

    lasted = jumping(main())
    assert all(0.02 <= seconds <= 0.401 for seconds in lasted)
    assert len(set(lasted)) == 5


def test_a_break_by_chance_can_begin_a_storm() -> None:
    async def main() -> list[float]:
        made = await open_room(drops_per_hour=1, storm_length=3, storm_within_ms=100)
        phone, lasted = made.phone(), []
        for _ in range(8):
            contact, lost = await phone.connect(made.peripheral.address, 60), asyncio.Event()
            contact.on_lost.append(lost.set)
            began = now()
            await lost.wait()
            lasted.append(now() - began)
        await made.host.stop()
        return lasted

    short = [seconds <= 0.101 for seconds in jumping(main())]
    assert short == [False, True, True, True, False, True, True, True]


# A seed, a rig, a bench

WEATHER = "air = { loss = 0.2, delay_events = 1, drops_per_hour = 4, storm_length = 2, fading_db = 3 }\n"


def a_stormy_day(seed: int) -> tuple[str, list[str]]:
    """Two hours of a client that follows the CGM over a bad radio: the journal, and what the client met."""
    sink, met = io.StringIO(), list[str]()

    async def follow() -> None:
        while True:
            try:
                device = await BleakScanner.find_device_by_name("IB-CGM", timeout=60)
                assert device is not None
                async with BleakClient(device, timeout=60) as client:
                    while client.is_connected:
                        value = await client.read_gatt_char(CGM_FEATURE)
                        met.append(f"{now():.6f} {value.hex()}")
                        await asyncio.sleep(20)
            except (BleakError, TimeoutError) as error:
                met.append(f"{now():.6f} {type(error).__name__}")

    async def main() -> None:
        rig = parse(WEATHER + DEFAULT, "stormy.toml")
        async with Bench(rig, ports=Ports.MEMORY, seed=seed, journal=Journal(sink)) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123456):
                client = asyncio.create_task(follow())
                await bench.run(2 * 3_600_000)
                client.cancel()

    jumping(main())
    return sink.getvalue(), met


def test_a_seed_repeats_a_bad_radio_octet_for_octet() -> None:
    journal, met = a_stormy_day(1)
    assert (journal, met) == a_stormy_day(1)
    assert met != a_stormy_day(2)[1]
    entries = reader.read(journal.splitlines())
    broken = [at for at, _ in of_bench(entries, ConnectionBroke)]
    ended = [entry.at for entry, _ in requests(entries, Disconnected)]
    assert len(broken) >= 3
    assert set(broken) <= set(ended), "the journal says which ends were the radio's"
    assert len(met) > 200


def test_the_conditions_of_a_device_go_before_those_of_the_air() -> None:
    own = DEFAULT.replace('name = "IB-CGM",', 'name = "IB-CGM", radio = { distance_m = 5 },')
    rig = parse("air = { loss = 0.25 }\n" + own, "rig.toml")
    assert rig.devices["cgm"].ble is not None
    assert rig.devices["cgm"].ble.radio == RadioConditions(distance_m=5)
    assert rig.air == RadioConditions(loss=0.25)

    async def main() -> dict[str, RadioConditions]:
        async with Bench(rig, ports=Ports.MEMORY) as bench:
            return {name: radio.conditions for name, radio in bench.radios.items()}

    assert jumping(main()) == {"cgm": RadioConditions(distance_m=5), "pump": RadioConditions(loss=0.25)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("loss = 1.5", "air: loss: expected 0 to 1, got 1.5"),
        ("delay_events = -1", "air: delay_events: expected 0 to 500, got -1"),
        ("distance_m = 0", "air: distance_m: expected 0.01 to 10000, got 0"),
        ("mtu = 22", "air: mtu: expected 23 to 517, got 22"),
        ("supervision_timeout_ms = 50", "air: supervision_timeout_ms: expected 100 to 32000, got 50"),
        ("connection = 1", "air.connection: there is no such key here"),
        ("lose = 0.5", "air.lose: there is no such key here"),
        ('loss = "much"', "air.loss: expected a number"),
    ],
)
def test_a_rig_with_a_radio_that_cannot_be_is_told(given: str, words: str) -> None:
    with pytest.raises(RigError) as told:
        parse(f"air = {{ {given} }}\n" + DEFAULT, "rig.toml")
    assert words in str(told.value)


def test_a_bench_changes_radios_while_it_runs_and_writes_it_down() -> None:
    sink = io.StringIO()

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, journal=Journal(sink)) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123456):
                lost = asyncio.Event()
                client = BleakClient("F0:10:00:00:00:01", disconnected_callback=lambda _: lost.set())
                await client.connect()
                for wrong, words in (
                    ({"loss": 2}, "loss: expected 0 to 1, got 2"),
                    ({"lose": 1}, "lose: expected one of loss, delay_events"),
                ):
                    with pytest.raises(ValueError, match=words):
                        bench.steering.change_radio("cgm", **wrong)
                with pytest.raises(ValueError, match="device 'toaster': expected one of cgm, pump"):
                    bench.steering.change_radio("toaster", loss=0.5)
                with pytest.raises(ValueError, match="storm: expected 0 to 1000 connections, got -1"):
                    bench.steering.drop_connection("cgm", storm=-1)
                bench.steering.change_radio("cgm", loss=0.5, delay_events=2)
                assert client.is_connected
                bench.steering.drop_connection("cgm")
                await lost.wait()

    jumping(main())
    told = [event for _, event in of_bench(reader.read(sink.getvalue().splitlines()), BenchEvent)]
    changed = RadioChanged("cgm", {"loss": 0.5, "delay_events": 2})
    assert told == [changed, ConnectionDropped("cgm", 0), Stopped()]


def test_the_weak_radio_of_the_package_can_be_lived_with() -> None:
    async def main() -> dict[str, int]:
        signals: dict[str, int] = {}
        async with Bench(load_rig("weak_radio"), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123456):
                for name, mtu in (("IB-CGM", 517), ("IB-Pump", 185)):
                    found = await BleakScanner.discover(timeout=30, return_adv=True)
                    device, said = next((d, said) for d, said in found.values() if said.local_name == name)
                    signals[name] = said.rssi
                    async with BleakClient(device, pair=True, timeout=60) as client:
                        assert client.mtu_size == mtu
                        readable = [c for s in client.services for c in s.characteristics if "read" in c.properties]
                        assert all([await client.read_gatt_char(c) is not None for c in readable])
        return signals

    signals = jumping(main())
    assert signals["IB-CGM"] > signals["IB-Pump"], "the pump is across the room"
