"""What is given up or cut off at any moment ends in time, in bleak's own exceptions, and leaves nothing behind.

The moments are enumerated: a session is played again and again, and cut at its first packet, at its second, at its third, ...
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble import ll

from isletbench import Bench, Ports, load_rig
from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.faults import parse
from isletbench.emulator.gatt import Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from tests.harness.gadget import CONTROL_POINT, NOTIFIED, READABLE, WRITABLE, gadget

TIMEOUT_S = 10.0
ATT_TIMEOUT_S = 30.0
CGM, MEASUREMENT = "F0:10:00:00:00:01", "00002aa7-0000-1000-8000-00805f9b34fb"
PASSKEY = 123456


def uuid(number: int) -> str:
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


class Place:
    """One gadget on an air, and an action that is done once when so many packets have been sent."""

    def __init__(self) -> None:
        self.air = Air()
        made = gadget(Security.AUTHENTICATED, "one")
        self.peripheral = BlePeripheral("one.ble", made.device.advertisement, self.air, seed="one", passkey=PASSKEY)
        self.host = Host(made.device, [self.peripheral], Clock(), Journal())
        self.packets = 0
        self.delay_s = 0.0
        """By which the device's answers are late."""
        self.late_s = 0.0
        """How late the machine has been at most since the last cut was prepared; nothing where time is virtual."""
        self.close_hci: Callable[[], object] = lambda: None
        self._at, self._silent = 0, False
        self._action: Callable[[], object] = lambda: None
        self._kept: set[asyncio.Future[Any]] = set()
        self.air.intercept = self._count

    def cut(self, at: int, action: Callable[[], object]) -> None:
        """Do this when ``at`` packets have been sent from now on."""
        self.packets, self._at, self._action = 0, at, action
        self.late_s = 0.0

    def _count(self, kind: str, sender: Any, receiver: Any, packet: Any) -> tuple[tuple[float, Any], ...]:
        if kind != "advertising" or isinstance(packet, ll.ConnectInd):
            self.packets += 1
            if self.packets == self._at:
                asyncio.get_running_loop().call_soon(self._action)
        is_answer = kind == "acl" and sender is self.peripheral.controller
        if self._silent and is_answer:
            return ()
        return ((self.delay_s if is_answer else 0.0, packet),)

    @property
    def address(self) -> str:
        return self.peripheral.address

    def fall_silent(self) -> None:
        """Lose everything that the device sends from now on, and keep the link up."""
        self._silent = True

    def speak_again(self) -> None:
        """End every cut."""
        self._at, self._silent = 0, False

    def keep(self, task: "asyncio.Future[Any]") -> None:
        """Keep a reference to a task while it runs."""
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def forget_bonds(self) -> None:
        for identity in self.host.endpoint.forget_bonds():
            self.peripheral.forget(identity)

    async def watch_lateness(self) -> None:
        """Measure how late the machine is, until cancelled: what is due while it does something else is not the client's."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            self.late_s = max(self.late_s, loop.time() - due)

    def nobody_is_connected(self) -> bool:
        return all(not radio.le_connections and radio.pending_le_connection is None for radio in self.air.radios)


@asynccontextmanager
async def place_of(over: str, directory: Path) -> AsyncIterator[Place]:
    place = Place()
    await place.host.start()
    if over == "air":
        with virtual_bluetooth(place.air, passkey=PASSKEY):
            yield place
    else:
        async with HciServer(f"unix:{directory / 'hci'}", place.air) as server:
            place.close_hci = lambda: place.keep(asyncio.ensure_future(server.__aexit__(None, None, None)))
            watching = asyncio.ensure_future(place.watch_lateness())
            with virtual_bluetooth(server.spec, passkey=PASSKEY):
                yield place
            watching.cancel()
    await place.host.stop()
    assert not place.host.failed.done()


async def session(client: BleakClient) -> None:
    """Everything a program does with a device."""
    await client.connect()
    heard = asyncio.Event()
    await client.start_notify(uuid(CONTROL_POINT), lambda _, value: heard.set())
    await client.start_notify(uuid(NOTIFIED), lambda _, value: None)
    await client.read_gatt_char(uuid(READABLE))
    await client.write_gatt_char(uuid(WRITABLE), b"new", response=True)
    await client.write_gatt_char(uuid(CONTROL_POINT), b"do it", response=True)
    await asyncio.wait_for(heard.wait(), 5)
    await client.stop_notify(uuid(NOTIFIED))
    await client.disconnect()


def cuts(place: Place, client: BleakClient, playing: "asyncio.Future[None]") -> dict[str, Callable[[], object]]:
    """What happens at the moment in question."""
    return {
        "the device hangs up": place.host.disconnect,
        "the link is lost": place.peripheral.radio.on_drop,
        "the device falls silent": place.fall_silent,
        "the caller gives up": playing.cancel,
        "another task disconnects": lambda: place.keep(asyncio.ensure_future(client.disconnect())),
    }


WAYS = (
    "the device hangs up",
    "the link is lost",
    "the device falls silent",
    "the caller gives up",
    "another task disconnects",
)


async def cut_session(place: Place, way: str, at: int, *, pair: bool) -> None:
    """Play a session that is cut at a packet: it ends in time, as bleak documents."""
    loop = asyncio.get_running_loop()
    client = BleakClient(place.address, pair=pair, timeout=TIMEOUT_S)
    playing = asyncio.ensure_future(session(client))
    place.cut(at, cuts(place, client, playing)[way])
    began = loop.time()
    (ended,) = await asyncio.gather(playing, return_exceptions=True)
    took = loop.time() - began
    if isinstance(ended, asyncio.CancelledError):
        assert way == "the caller gives up"
    elif ended is not None and not isinstance(ended, BleakError | TimeoutError):
        raise ended
    if isinstance(ended, TimeoutError) or way != "the device falls silent":
        assert took <= TIMEOUT_S + 0.01 + place.late_s, f"{way} at packet {at}: {ended!r} after {took} s"
    else:
        assert took <= ATT_TIMEOUT_S + 1
    await client.disconnect()
    assert not client.is_connected
    place.speak_again()


async def is_left_clean(place: Place, tasks: set[Any]) -> None:
    """Wait until nothing is left: no connection, no attempt, no task."""
    async with asyncio.timeout(5):
        while not place.nobody_is_connected() or not asyncio.all_tasks() <= tasks:
            await asyncio.sleep(0.01)


async def cut_everywhere(over: str, directory: Path, way: str, *, pair: bool, step: int) -> int:
    """Cut sessions at packets that are ``step`` apart; how many were cut. The session after them all is like the first one."""
    async with place_of(over, directory) as place:
        await session(BleakClient(place.address, pair=True, timeout=TIMEOUT_S))
        tasks = asyncio.all_tasks()
        for at in range(1, 1_000, step):
            if pair:
                await BleakClient(place.address).unpair()
                place.forget_bonds()
            await cut_session(place, way, at, pair=pair)
            if place.packets < at:
                await session(BleakClient(place.address, pair=True, timeout=TIMEOUT_S))
                return at // step
            await is_left_clean(place, tasks)
    raise AssertionError("the session never came to its end")


@pytest.mark.parametrize("way", WAYS)
def test_a_session_that_is_cut_at_any_packet_ends_in_time_and_leaves_nothing_behind(tmp_path: Path, way: str) -> None:
    assert run(cut_everywhere("air", tmp_path, way, pair=False, step=4), Pace(None)) >= 9


@pytest.mark.parametrize("way", [way for way in WAYS if way != "the device falls silent"])
async def test_a_session_over_hci_that_is_cut_at_any_packet_ends_in_time_and_leaves_nothing_behind(
    tmp_path: Path, way: str
) -> None:
    assert await cut_everywhere("hci", tmp_path, way, pair=False, step=9) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("pair", [False, True], ids=["bonded", "pairing"])
@pytest.mark.parametrize("way", WAYS)
def test_the_same_at_every_single_packet_pairing_included(tmp_path: Path, way: str, *, pair: bool) -> None:
    assert run(cut_everywhere("air", tmp_path, way, pair=pair, step=1), Pace(None)) >= 40


@pytest.mark.slow
@pytest.mark.parametrize("way", [way for way in WAYS if way != "the device falls silent"])
async def test_the_same_over_hci_at_every_single_packet_pairing_included(tmp_path: Path, way: str) -> None:
    assert await cut_everywhere("hci", tmp_path, way, pair=True, step=1) >= 40


@pytest.mark.parametrize("packet", [1, 12, 25, 38])
async def test_a_bench_that_ends_fails_what_is_open_at_once(tmp_path: Path, packet: int) -> None:
    async with place_of("hci", tmp_path) as place:
        await session(BleakClient(place.address, pair=True, timeout=TIMEOUT_S))
        client = BleakClient(place.address, timeout=TIMEOUT_S)
        place.cut(packet, place.close_hci)
        with pytest.raises(BleakError):
            await asyncio.wait_for(session(client), 5)
        assert not client.is_connected
        await asyncio.wait_for(client.disconnect(), 5)


@pytest.mark.parametrize("over", ["air", "hci"])
async def test_what_is_given_up_at_the_first_steps_of_the_phone_leaves_it_usable(tmp_path: Path, over: str) -> None:
    async with place_of(over, tmp_path) as place:
        for turns in (0, 1, 2, 3, 5, 8, 13, 21):
            for work in (BleakScanner(), BleakClient(place.address, pair=True)):
                starting = asyncio.ensure_future(work.start() if isinstance(work, BleakScanner) else work.connect())
                for _ in range(turns):
                    await asyncio.sleep(0)
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
                await (work.stop() if isinstance(work, BleakScanner) else work.disconnect())
        await session(BleakClient(place.address, pair=True, timeout=TIMEOUT_S))
        async with asyncio.timeout(5):
            while not place.nobody_is_connected() or any(radio.le_scan_enable for radio in place.air.radios):
                await asyncio.sleep(0.01)


def test_a_connect_that_its_caller_gives_up_is_withdrawn_and_the_next_one_connects() -> None:
    async def give_up() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            with virtual_bluetooth(bench.air, passkey=PASSKEY):
                bench.steering.inject(parse({"fault": "vanish", "device": "cgm", "name": "away"}))
                await asyncio.sleep(1)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(BleakClient(CGM, pair=True, timeout=30).connect(), 5)
                bench.steering.clear("away")
                await asyncio.sleep(5)
                assert bench.status()["devices"]["cgm"]["clients"] == []
                for _ in range(3):
                    async with BleakClient(CGM, pair=True, timeout=15) as client:
                        assert client.is_connected

    run(give_up(), Pace(None))


def test_a_device_that_hangs_up_during_discovery_or_subscription_is_an_error_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def hang_up_everywhere() -> set[str]:
        seen = set()
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            with virtual_bluetooth(bench.air, passkey=PASSKEY):
                loop = asyncio.get_running_loop()
                async with BleakClient(CGM, pair=True, timeout=10):
                    pass
                bench.steering.inject(parse({"fault": "weak_radio", "device": "cgm", "delay_events": 1}))
                for moment in range(60, 700, 80):  # ms
                    client = BleakClient(CGM, pair=True, timeout=10)
                    hang_up = parse({"fault": "hang_up", "device": "cgm", "name": f"at{moment}"})
                    loop.call_later(moment / 1_000, bench.steering.inject, hang_up)
                    began = loop.time()
                    try:
                        await client.connect()
                        await client.start_notify(MEASUREMENT, lambda *_: None)
                    except BleakError as error:
                        seen.add(str(error))
                    assert loop.time() - began < 2
                    await client.disconnect()
                    await asyncio.sleep(2)
        return seen

    assert "the connection was lost" in run(hang_up_everywhere(), Pace(None))
    assert caplog.records == [], "a connection that ends is nothing to warn of"


async def test_a_request_that_is_given_up_is_not_answered_to_the_next_one(tmp_path: Path) -> None:
    async with place_of("air", tmp_path) as place, BleakClient(place.address, pair=True) as client:
        await client.write_gatt_char(uuid(WRITABLE), b"first", response=True)
        late = {"delay": 0.05}
        place.delay_s = late["delay"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.read_gatt_char(uuid(READABLE)), 0.01)
        place.delay_s = 0.0
        cccd = client.services.get_characteristic(uuid(CONTROL_POINT))
        assert cccd is not None
        assert await client.read_gatt_descriptor(cccd.descriptors[0]) == b"\x00\x00", "not the answer to the first read"


@pytest.mark.parametrize("over", ["air", "hci"])
async def test_two_clients_of_one_program_share_the_connection_to_a_device(tmp_path: Path, over: str) -> None:
    async with place_of(over, tmp_path) as place:
        lost: list[str] = []
        first = BleakClient(place.address, pair=True, timeout=TIMEOUT_S, disconnected_callback=lambda _: lost.append("first"))
        await first.connect()
        asked, place.packets = place.packets, 0
        second = BleakClient(place.address, pair=True, timeout=1, disconnected_callback=lambda _: lost.append("second"))
        await asyncio.wait_for(second.connect(), 1)
        assert place.packets == 0, f"it is connected, paired and discovered already; that took {asked} packets"
        assert {s.uuid for s in second.services} == {s.uuid for s in first.services}
        heard: list[str] = []
        for client, name in ((first, "first"), (second, "second")):
            await client.start_notify(uuid(CONTROL_POINT), lambda _, value, name=name: heard.append(name))  # type: ignore[misc]
        await second.write_gatt_char(uuid(CONTROL_POINT), b"do it", response=True)
        await asyncio.sleep(0.05)
        assert sorted(heard) == ["first", "second"]
        await first.stop_notify(uuid(CONTROL_POINT))
        await second.write_gatt_char(uuid(CONTROL_POINT), b"do it", response=True)
        await asyncio.sleep(0.05)
        assert sorted(heard) == ["first", "second", "second"], "the subscription lasts until its last listener has left"
        await second.stop_notify(uuid(CONTROL_POINT))
        cccd = second.services.get_characteristic(uuid(CONTROL_POINT))
        assert cccd is not None
        assert await second.read_gatt_descriptor(cccd.descriptors[0]) == b"\x00\x00"
        await second.disconnect()
        assert sorted(lost) == ["first", "second"], "the connection is one: BlueZ ends it for all"
        assert not first.is_connected
        await first.connect()
        await first.disconnect()


async def test_clients_that_connect_at_once_share_one_connection(tmp_path: Path) -> None:
    async with place_of("air", tmp_path) as place:
        clients = [BleakClient(place.address, pair=True, timeout=TIMEOUT_S) for _ in range(3)]
        for _ in range(2):  # unbonded, then bonded
            await asyncio.gather(*(client.connect() for client in clients))
            assert all(client.is_connected for client in clients)
            assert sum(len(radio.le_connections) for radio in place.air.radios) == 2, "one at each end"
            await asyncio.gather(*(client.disconnect() for client in clients))
        assert place.nobody_is_connected()
