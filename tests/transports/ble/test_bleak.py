"""Programs written against bleak's public API, unchanged, on the virtual radio."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.adapter import get_platform_adapter_backend_type
from bleak.backends.client import get_platform_client_backend_type
from bleak.backends.scanner import get_platform_scanner_backend_type
from bleak.exc import BleakBluetoothNotAvailableError, BleakCharacteristicNotFoundError, BleakError, BleakGATTProtocolError

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.bleak_backend import VirtualAdapter, VirtualClient, VirtualScanner, virtual_bluetooth
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.gatt import Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from tests.harness.gadget import CONTROL_POINT, NOTIFIED, READABLE, WRITABLE, Gadget, gadget


def uuid(number: int) -> str:
    return f"{number:08x}-0000-1000-8000-00805f9b34fb"


class Bench:
    """Two gadgets on one air."""

    def __init__(self) -> None:
        self.air = Air()
        self.gadgets = [gadget(Security.AUTHENTICATED, name) for name in ("one", "two")]
        self.peripherals = [
            BlePeripheral(f"{made.device.name}.ble", made.device.advertisement, self.air, seed=made.device.name, passkey=123456)
            for made in self.gadgets
        ]
        self.hosts = [
            Host(made.device, [peripheral], Clock(), Journal())
            for made, peripheral in zip(self.gadgets, self.peripherals, strict=True)
        ]

    @property
    def address(self) -> str:
        return self.peripherals[0].address

    @property
    def gadget(self) -> Gadget:
        return self.gadgets[0]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    for host in made.hosts:
        await host.start()
    with virtual_bluetooth(made.air, passkey=123456):
        yield made
    for host in made.hosts:
        await host.stop()
        assert not host.failed.done()


async def test_scanning_finds_by_name_address_service_and_filter(bench: Bench) -> None:
    found = await BleakScanner.discover(timeout=0.3, return_adv=True)
    assert set(found) == {peripheral.address for peripheral in bench.peripherals}
    device, said = found[bench.address]
    assert (device.name, said.local_name, said.rssi) == ("Gadget", "Gadget", -60)
    assert said.service_uuids == [uuid(0xFD01)]
    by_address = await BleakScanner.find_device_by_address(bench.address, timeout=5)
    assert by_address is not None
    assert by_address.address == bench.address
    assert await BleakScanner.find_device_by_name("Gadget", timeout=5) is not None
    assert await BleakScanner.find_device_by_filter(lambda d, a: d.address == bench.address, timeout=5) is not None
    assert await BleakScanner.discover(timeout=0.2, service_uuids=[uuid(0x1234)]) == []
    assert await BleakScanner.find_device_by_name("Nobody", timeout=0.2) is None


async def test_a_scanner_as_context_manager_calls_back_and_iterates(bench: Bench) -> None:
    called: list[str] = []
    async with BleakScanner(lambda device, said: called.append(device.address), [uuid(0xFD01)]) as scanner:
        async for device, said in scanner.advertisement_data():
            assert device.address in {peripheral.address for peripheral in bench.peripherals}
            assert said.service_uuids
            break
    assert called


async def test_a_client_reads_writes_subscribes_and_is_refused_in_bleaks_words(bench: Bench) -> None:
    lost: list[str] = []
    heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
    client = BleakClient(bench.address, disconnected_callback=lambda c: lost.append(c.address))
    await client.connect()
    assert client.is_connected
    assert client.backend_id == "isletbench"
    assert client.mtu_size > 23
    await client.pair()
    assert bytes(await client.read_gatt_char(uuid(READABLE))) == b"\x01\x02\x03"
    await client.write_gatt_char(uuid(WRITABLE), b"new", response=True)
    assert bytes(await client.read_gatt_char(uuid(WRITABLE))) == b"new"
    await client.start_notify(uuid(CONTROL_POINT), lambda c, value: heard.put_nowait((c.uuid, bytes(value))))
    with pytest.raises(BleakError):
        await client.start_notify(uuid(CONTROL_POINT), lambda c, value: None)
    await client.write_gatt_char(uuid(CONTROL_POINT), b"do it", response=True)
    assert await asyncio.wait_for(heard.get(), 5) == (uuid(CONTROL_POINT), b"do it")
    with pytest.raises(BleakGATTProtocolError) as refused:
        await client.write_gatt_char(uuid(CONTROL_POINT), b"\xff", response=True)
    assert refused.value.code == 0xFF
    with pytest.raises(BleakCharacteristicNotFoundError):
        await client.read_gatt_char(uuid(0x2AA7))
    cccd = client.services.get_characteristic(uuid(CONTROL_POINT))
    assert cccd is not None
    assert bytes(await client.read_gatt_descriptor(cccd.descriptors[0])) == b"\x02\x00"
    await client.stop_notify(uuid(CONTROL_POINT))
    assert bytes(await client.read_gatt_descriptor(cccd.descriptors[0])) == b"\x00\x00"
    await client.disconnect()
    assert not client.is_connected
    assert lost == [bench.address]
    with pytest.raises(BleakError):
        await client.read_gatt_char(uuid(READABLE))


async def test_services_can_be_chosen(bench: Bench) -> None:
    async with BleakClient(bench.address, services=["fd02"]) as client:
        assert [service.uuid for service in client.services] == [uuid(0xFD02)]


async def test_a_device_that_goes_away_calls_back_and_fails_what_is_open(bench: Bench) -> None:
    lost = asyncio.Event()
    client = BleakClient(bench.address, disconnected_callback=lambda c: lost.set())
    await client.connect()
    await bench.hosts[0].stop()
    await asyncio.wait_for(lost.wait(), 5)
    assert not client.is_connected
    with pytest.raises(BleakError):
        await client.read_gatt_char(uuid(READABLE))


async def test_nobody_there_is_a_time_out(bench: Bench) -> None:
    with pytest.raises(TimeoutError):
        await BleakClient("F0:99:99:99:99:99", timeout=0.2).connect()


async def test_two_clients_hold_two_devices_at_once(bench: Bench) -> None:
    heard: list[tuple[int, bytes]] = []
    async with BleakClient(bench.peripherals[0].address) as one, BleakClient(bench.peripherals[1].address) as two:
        for number, client in enumerate((one, two)):
            await client.start_notify(uuid(NOTIFIED), lambda _, value, n=number: heard.append((n, bytes(value))))  # type: ignore[misc]  # bound at once
        for number, (made, host) in enumerate(zip(bench.gadgets, bench.hosts, strict=True)):
            made.service.news = [(NOTIFIED, bytes([number]))]
            host.wake()
        while len(heard) < 2:
            await asyncio.sleep(0.002)
        adapter = await BleakAdapter.get()
        assert {d.address for d in await adapter.get_connected_devices([uuid(0xFD01)])} == {
            peripheral.address for peripheral in bench.peripherals
        }
    assert sorted(heard) == [(0, b"\x00"), (1, b"\x01")]


async def test_a_bond_is_used_again_and_unpairing_forgets_it(bench: Bench) -> None:
    async with BleakClient(bench.address, pair=True) as client:
        assert await client.read_gatt_char(uuid(READABLE))
    async with BleakClient(bench.address) as client:
        assert await client.read_gatt_char(uuid(READABLE))
        await client.unpair()
    async with BleakClient(bench.address) as client:
        assert await client.read_gatt_char(uuid(READABLE)), "it pairs anew"


async def test_without_a_virtual_radio_bleak_is_as_it_was_for_whoever_has_imported_its_choice(bench: Bench) -> None:
    choices = (get_platform_client_backend_type, get_platform_scanner_backend_type, get_platform_adapter_backend_type)
    assert [choose()[0] for choose in choices] == [VirtualClient, VirtualScanner, VirtualAdapter]
    inside = [choose() for choose in choices]
    with virtual_bluetooth(Air()):
        assert await BleakScanner.discover(timeout=0.05) == []
    assert [choose() for choose in choices] == inside


def test_outside_of_it_bleak_asks_its_own_backends() -> None:
    assert get_platform_client_backend_type()[0] is not VirtualClient


async def test_a_radio_that_is_not_there_is_bluetooth_switched_off() -> None:
    with (
        virtual_bluetooth("tcp:127.0.0.1:1"),
        pytest.raises(BleakBluetoothNotAvailableError, match="cannot connect: Connection refused"),
    ):
        await BleakScanner.discover(timeout=0.1)


def test_in_jump_pace_a_week_of_notifications_passes_at_once() -> None:
    async def main() -> int:
        made = Bench()
        for host in made.hosts:
            await host.start()
        heard: list[bytes] = []
        with virtual_bluetooth(made.air, passkey=123456):
            async with BleakClient(made.address) as client:
                await client.start_notify(uuid(NOTIFIED), lambda _, value: heard.append(bytes(value)))
                for n in range(7 * 288):
                    await asyncio.sleep(300)
                    made.gadget.service.news = [(NOTIFIED, n.to_bytes(2, "little"))]
                    made.hosts[0].wake()
                await asyncio.sleep(1)
        for host in made.hosts:
            await host.stop()
        assert heard == [n.to_bytes(2, "little") for n in range(7 * 288)]
        return len(heard)

    assert run(main(), Pace(None)) == 2016
