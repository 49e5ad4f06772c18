"""The CGM on the air: how it is found, who may connect, how it asks for security. CGMP 1.0.1, sections 2, 3, 5 and 6."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from bumble.core import AdvertisingData
from bumble.device import Connection, Device

from isletbench.emulator.bench.host import Host
from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.gatt import GattDevice, Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.patient.sources import constant
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.emulator.transports.ble.radio import PreferredParameters
from isletbench.protocols import cgms, companions
from tests.cgm.talking import EPOCH, EVERYTHING
from tests.harness.conformance import conforms

PASSKEY = 123456


@dataclass
class Room:
    """A CGM on the air."""

    air: Air
    device: GattDevice
    peripheral: BlePeripheral
    host: Host[GattDevice]

    def phone(self, name: str = "phone") -> Central:
        return Central(self.air, passkey=PASSKEY, name=name)

    def security(self) -> Security:
        (peer,) = self.device.peers.values()
        return peer.security


async def room(
    passkey: int | None = PASSKEY, profile: SensorProfile = EVERYTHING, prefers: PreferredParameters | None = None
) -> Room:
    air, sensor = Air(), Sensor(profile, constant(100.0), epoch=EPOCH, seed=1)
    device = cgm_endpoint("cgm", sensor, "IB-CGM")
    peripheral = BlePeripheral("cgm.ble", device.advertisement, air, seed="1", passkey=passkey, prefers=prefers)
    host = Host(device, [peripheral], Clock(), Journal())
    await host.start()
    return Room(air, device, peripheral, host)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.fixture
async def cgm() -> AsyncIterator[Room]:
    made = await room()
    yield made
    await made.host.stop()
    assert not made.host.failed.done()


@conforms("CGMS-89")
async def test_it_advertises_its_service_its_name_and_what_it_is(cgm: Room) -> None:
    device = await cgm.phone().device()
    found: dict[str, Any] = {}
    complete = asyncio.Event()

    def heard(advertisement: Any) -> None:
        for kind in ("COMPLETE_LOCAL_NAME", "APPEARANCE", "COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS"):
            if octets := advertisement.data.get(AdvertisingData.Type[kind], raw=True):
                found[kind] = octets
        if len(found) == 3:
            complete.set()

    device.on(Device.EVENT_ADVERTISEMENT, heard)
    await device.start_scanning(active=True, filter_duplicates=False)
    await asyncio.wait_for(complete.wait(), 10)
    await device.stop_scanning()
    assert found == {
        "COMPLETE_LOCAL_NAME": b"IB-CGM",
        "APPEARANCE": b"\x00\x0d",
        "COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS": b"\x1f\x18",
    }


@conforms("CGMS-6", "CGMS-91")
async def test_it_asks_for_security_and_for_nothing_else_and_bonds(cgm: Room) -> None:
    phone = cgm.phone()
    device = await phone.device()
    asked: list[str] = []
    device.l2cap_channel_manager.on_l2cap_connection_parameter_update_request = (  # type: ignore[method-assign]  # listens in
        lambda *arguments: asked.append("parameters")
    )
    device.on(
        Device.EVENT_CONNECTION,
        lambda made: made.on(Connection.EVENT_SECURITY_REQUEST, lambda _: asked.append("security")),
    )
    contact = await phone.connect(cgm.peripheral.address, 5)
    await until(lambda: bool(asked))
    await contact.discover()
    await contact.pair()
    await until(lambda: cgm.security() is Security.AUTHENTICATED)
    assert asked == ["security"]
    assert len(cgm.device.bonds.cccds) == 1
    await contact.disconnect()


@conforms("CGMS-91")
async def test_parameters_that_it_prefers_are_asked_for_behind_discovery_and_encryption() -> None:
    made = await room(prefers=PreferredParameters(interval_ms=100))
    phone = made.phone()
    device = await phone.device()
    asked: list[Security] = []
    device.l2cap_channel_manager.on_l2cap_connection_parameter_update_request = (  # type: ignore[method-assign]  # listens in
        lambda *arguments: asked.append(made.security())
    )
    contact = await phone.connect(made.peripheral.address, 5)
    await contact.discover()
    assert asked == []
    await contact.pair()
    await until(lambda: bool(asked))
    assert asked == [Security.AUTHENTICATED]
    await contact.disconnect()
    await made.host.stop()


@conforms("CGMS-5", "CGMS-6")
async def test_who_cannot_type_the_passkey_gets_level_2_and_no_values() -> None:
    made = await room(passkey=None)
    with virtual_bluetooth(made.air, passkey=PASSKEY):
        collector = BleakCollector(made.peripheral.address)
        await collector.connect()
        with pytest.raises(Exception, match="INSUFFICIENT_AUTHENTICATION"):
            await collector.read(Key(cgms.SERVICE, cgms.FEATURE.uuid))
        assert made.security() is Security.ENCRYPTED
        await collector.disconnect()
    await made.host.stop()


@conforms("CGMS-6")
async def test_a_make_that_takes_just_works_is_read_at_level_2() -> None:
    made = await room(None, replace(EVERYTHING, choices=replace(EVERYTHING.choices, just_works=True)))
    with virtual_bluetooth(made.air, passkey=PASSKEY):
        collector = BleakCollector(made.peripheral.address)
        await collector.connect()
        assert cgms.FEATURE.decode(await collector.read(Key(cgms.SERVICE, cgms.FEATURE.uuid)), protected=True)
        assert made.security() is Security.ENCRYPTED
        await collector.disconnect()
    await made.host.stop()


@conforms("CGMS-88")
async def test_one_collector_at_a_time(cgm: Room) -> None:
    first = await cgm.phone("first").connect(cgm.peripheral.address, 5)
    with pytest.raises(TimeoutError):
        await cgm.phone("second").connect(cgm.peripheral.address, 0.3)
    await first.disconnect()
    assert (await cgm.phone("second").connect(cgm.peripheral.address, 5)).is_connected


@conforms("CGMS-90")
def test_it_advertises_fast_for_30_s_and_slowly_after_that() -> None:
    async def main() -> list[list[float]]:
        made = await room()
        phone = made.phone()
        device, loop, found = await phone.device(), asyncio.get_running_loop(), list[list[float]]()
        device.on(Device.EVENT_ADVERTISEMENT, lambda _: found[-1].append(loop.time()))
        await device.start_scanning(active=False, filter_duplicates=False)
        for seconds in (29, 2, 60):
            found.append([])
            await asyncio.sleep(seconds)
        contact = await phone.connect(made.peripheral.address, 5)
        await contact.disconnect()
        found.append([])
        await asyncio.sleep(29)
        await made.host.stop()
        return found

    at_first, _, later, after_a_connection = run(main(), Pace(None))
    for times, shortest, longest in ((at_first, 0.03, 0.3), (later, 1.0, 10.24), (after_a_connection, 0.03, 0.3)):
        gaps = [after - before for before, after in pairwise(times)]
        assert len(gaps) > 4
        assert all(shortest <= gap <= longest + 0.01 for gap in gaps), "CGMP 1.0.1, table 5.1; each is up to 10 ms late"


@conforms("CGMS-92")
def test_with_interval_0_it_can_still_be_reconnected_to_a_day_later() -> None:
    async def main() -> bytes:
        made = await room()
        with virtual_bluetooth(made.air, passkey=PASSKEY):
            collector = BleakCollector(made.peripheral.address)
            point = Key(cgms.SERVICE, cgms.SPECIFIC_OPS_POINT.uuid)
            await collector.connect()
            await collector.subscribe(point, lambda value: None)
            never = cgms.SPECIFIC_OPS_POINT.encode(cgms.SetCommunicationInterval(0), protected=True)
            await collector.write(point, never)
            await collector.disconnect()
            await asyncio.sleep(86_400)
            await collector.connect()
            read = await collector.read(Key(cgms.SERVICE, cgms.STATUS.uuid))
            await collector.disconnect()
        await made.host.stop()
        return read

    status = cgms.STATUS.decode(run(main(), Pace(None)), protected=True)
    assert 1440 <= status.time_offset <= 1441


def test_a_bond_that_is_deleted_is_gone_on_both_sides() -> None:
    async def main() -> tuple[set[str], set[str]]:
        made = await room()
        with virtual_bluetooth(made.air, passkey=PASSKEY):
            collector = BleakCollector(made.peripheral.address)
            await collector.connect()
            await collector.read(Key(cgms.SERVICE, cgms.FEATURE.uuid))
            before = set(made.peripheral.keys.all_keys)
            await collector.write(Key(companions.BOND_MANAGEMENT, companions.BOND_POINT.uuid), b"\x03")
            assert set(made.peripheral.keys.all_keys) == before, "as long as the connection lasts"
            await collector.disconnect()
            await asyncio.sleep(1)
            after = set(made.peripheral.keys.all_keys)
        await made.host.stop()
        assert made.device.bonds.cccds == {}
        return before, after

    before, after = run(main(), Pace(None))
    assert len(before) == 1
    assert after == set()
