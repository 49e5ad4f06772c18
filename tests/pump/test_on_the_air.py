"""The pump on the air: how it is found, how it bonds, and how flight mode takes it off. IDP 1.0.2, sections 3, 5 and 6."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Device

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.core.quantities import units
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.gatt import GattDevice, Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.host import KEYBOARD, pairing
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.protocols import ids
from tests.harness.conformance import conforms
from tests.pump.talking import EPOCH

PASSKEY = 123456
FEATURES, STATUS, COMMAND = (f"0000{uuid:04x}-0000-1000-8000-00805f9b34fb" for uuid in (0x2B23, 0x2B21, 0x2B25))


async def a_pump(air: Air) -> tuple[Pump, Host[GattDevice]]:
    pump = Pump(PROFILES["generic"], epoch=EPOCH, basal=[(0, units(1))], reservoir=units(100), seed=1)
    device = pump_endpoint("pump", pump, "IB-Pump")
    host = Host(device, [BlePeripheral("pump.ble", device.advertisement, air, seed="1", passkey=PASSKEY)], Clock(), Journal())
    await host.start()
    return pump, host


@conforms("IDS-9", "IDS-10", "IDS-11", "IDS-12")
def test_it_is_found_connected_and_bonded_with_its_passkey() -> None:
    async def main() -> None:
        air = Air()
        _, host = await a_pump(air)
        with virtual_bluetooth(air, passkey=PASSKEY):
            found = await BleakScanner.discover(5, return_adv=True)
            ((device, said),) = found.values()
            assert (said.local_name, said.service_uuids) == ("IB-Pump", ["0000183a-0000-1000-8000-00805f9b34fb"])
            async with BleakClient(device) as client:
                assert len(await client.read_gatt_char(FEATURES)) == 8
                (peer,) = host.endpoint.peers.values()
                assert (peer.security, peer.bonded) == (Security.AUTHENTICATED, True)
        assert len(host.endpoint.bonds.cccds) == 1
        await host.stop()

    run(main(), Pace(None))


@conforms("IDS-12")
def test_it_says_that_it_can_be_discovered_and_connected_to() -> None:
    async def main() -> list[Advertisement]:
        air, said = Air(), list[Advertisement]()
        _, host = await a_pump(air)
        phone = await Central(air, passkey=PASSKEY).device()
        phone.on(Device.EVENT_ADVERTISEMENT, said.append)
        await phone.start_scanning(active=False, filter_duplicates=False)
        await asyncio.sleep(1)
        await phone.stop_scanning()
        await host.stop()
        return said

    said = run(main(), Pace(None))[0]
    assert said.data.get(AdvertisingData.Type.FLAGS, raw=True) == b"\x06", "general discoverable mode, LE alone"
    assert said.is_connectable


@conforms("IDS-10")
def test_a_client_that_does_not_ask_for_a_passkey_has_to_enter_it() -> None:
    async def main() -> None:
        air = Air()
        _, host = await a_pump(air)
        phone = Central(air, passkey=PASSKEY)
        (await phone.device()).pairing_config_factory = lambda _: pairing(KEYBOARD, PASSKEY, man_in_the_middle=False)
        (carrier,) = host.carriers
        contact = await phone.connect(carrier.place()["address"], 5)
        await contact.pair()
        await asyncio.sleep(1)
        (peer,) = host.endpoint.peers.values()
        assert peer.security is Security.AUTHENTICATED
        await contact.disconnect()
        await host.stop()

    run(main(), Pace(None))


@conforms("IDS-10")
def test_a_wrong_passkey_reads_nothing() -> None:
    async def main() -> None:
        air = Air()
        _, host = await a_pump(air)
        with virtual_bluetooth(air, passkey=1):
            device = await BleakScanner.find_device_by_name("IB-Pump")
            assert device is not None
            async with BleakClient(device) as client:
                with pytest.raises(BleakError):
                    await client.read_gatt_char(STATUS)
        assert host.endpoint.bonds.cccds == {}
        await host.stop()

    run(main(), Pace(None))


@conforms("IDS-68")
def test_flight_mode_ends_the_connection_and_nobody_finds_it_until_it_is_switched_on_again() -> None:
    async def main() -> None:
        air = Air()
        pump, host = await a_pump(air)
        with virtual_bluetooth(air, passkey=PASSKEY):
            device = await BleakScanner.find_device_by_name("IB-Pump")
            assert device is not None
            answers: list[bytes] = []
            async with BleakClient(device) as client:
                await client.read_gatt_char(FEATURES)
                await client.start_notify(COMMAND, lambda _, value: answers.append(bytes(value)))
                value = ids.COMMAND_POINT.encode(ids.SetFlightMode(), protected=True, counter=1)
                await client.write_gatt_char(COMMAND, value, response=True)
                assert await BleakScanner.find_device_by_name("IB-Pump", timeout=30) is None
                assert not client.is_connected
            assert [ids.COMMAND_POINT.decode(answer, protected=True).code for answer in answers] == [ids.Response.SUCCESS]
            pump.set_flight_mode(pump.now, on=False)
            host.wake()
            assert await BleakScanner.find_device_by_name("IB-Pump", timeout=30) is not None
        await host.stop()

    run(main(), Pace(None))
