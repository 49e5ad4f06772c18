"""What bleak's own integration tests ask of a backend, asked of ours: bumble's peripheral, and a program written for bleak.

The behaviours are those of tests/integration of hbldh/bleak (each named there by its test); those of one operating system are
left out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakGATTProtocolError
from bumble import data_types
from bumble.att import ATT_Error, AttributeValue, ErrorCode
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service
from bumble.hci import Address

from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController

SERVICE, OTHER = "2908f536-3fab-43c9-a7b2-80b6fdaae99b", "c3d4e5f6-7a8b-9c0d-1e2f-3a4b5c6d7e8f"
READ, WRITTEN, COMMANDED, NOTIFIED, INDICATED, EAGER = (f"0000fd{n:02x}-0000-1000-8000-00805f9b34fb" for n in range(6))
BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"
DESCRIPTION = 0x2901
ADDRESS = "C1:00:00:00:00:42"
PROPERTIES = Characteristic.Properties
REFUSALS = (
    ErrorCode.INVALID_ATTRIBUTE_LENGTH,
    ErrorCode.INSUFFICIENT_AUTHORIZATION,
    ErrorCode.INVALID_HANDLE,
    ErrorCode.REQUEST_NOT_SUPPORTED,
    ErrorCode.CCCD_IMPROPERLY_CONFIGURED,
    ErrorCode(0xC0),
    ErrorCode(0xE0),
)


def characteristic(uuid: str, properties: Characteristic.Properties, value: Any, *descriptors: Descriptor) -> Any:
    return Characteristic(uuid, properties, Characteristic.READABLE | Characteristic.WRITEABLE, value, list(descriptors))


@dataclass
class Peripheral:
    """A peripheral on bumble's GATT server, as bleak's tests have it, on an air of its own."""

    commanded: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.air = Air()
        controller = AirController("foreign", self.air)
        settings = DeviceConfiguration(
            name="Bleak", address=Address(ADDRESS), advertising_interval_min=200, advertising_interval_max=200
        )
        self.device = Device.from_config_with_hci(settings, controller, controller)
        self.description = Descriptor(UUID.from_16_bits(DESCRIPTION), Descriptor.READABLE | Descriptor.WRITEABLE, b"Text")
        self.read = characteristic(READ, PROPERTIES.READ, b"DATA", self.description)
        self.written = characteristic(WRITTEN, PROPERTIES.WRITE, b"----")
        took = CharacteristicValue(write=lambda connection, value: self.commanded.append(value))
        self.notified = characteristic(NOTIFIED, PROPERTIES.READ | PROPERTIES.NOTIFY, b"----")
        self.indicated = characteristic(INDICATED, PROPERTIES.READ | PROPERTIES.INDICATE, b"----")
        cccd: Any = AttributeValue(read=lambda connection: b"\0\0", write=self._notify_before_the_response)
        self.eager = characteristic(
            EAGER,
            PROPERTIES.NOTIFY,
            b"",
            Descriptor(UUID.from_16_bits(0x2902), Descriptor.READABLE | Descriptor.WRITEABLE, cccd),
        )
        commanded = characteristic(COMMANDED, PROPERTIES.WRITE_WITHOUT_RESPONSE, took)
        parts = [self.read, self.written, commanded, self.notified, self.indicated, self.eager]
        self.device.add_services([Service(SERVICE, parts)])

    async def _notify_before_the_response(self, connection: Any, value: bytes) -> None:
        await self.device.notify_subscribers(self.eager, b"first", force=True)

    async def start(self, *said: Any) -> None:
        flags = data_types.Flags(AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE)
        structures = [flags, data_types.CompleteLocalName("Bleak"), *said]
        self.device.advertising_data = bytes(AdvertisingData(structures))
        await self.device.power_on()
        await self.device.start_advertising()

    @property
    def connection(self) -> Any:
        return next(iter(self.device.connections.values()))


def played(act: Callable[[Peripheral], Awaitable[None]], *said: Any) -> None:
    """Let a program meet the peripheral, in virtual time."""

    async def main() -> None:
        peripheral = Peripheral()
        await peripheral.start(*said)
        with virtual_bluetooth(peripheral.air):
            await act(peripheral)

    run(main(), Pace(None))


def connected(act: Callable[[Peripheral, BleakClient], Awaitable[None]]) -> None:
    """Let a program that has connected meet the peripheral."""

    async def found(peripheral: Peripheral) -> None:
        async with BleakClient(await device_found(), services=[SERVICE]) as client:
            await act(peripheral, client)

    played(found)


async def device_found() -> BLEDevice:
    device = await BleakScanner.find_device_by_name("Bleak")
    assert device is not None
    return device


class Heard:
    """The values of a characteristic."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[bytes] = asyncio.Queue()

    def __call__(self, characteristic: Any, value: bytearray) -> None:
        self.values.put_nowait(bytes(value))

    async def next(self) -> bytes:
        return await asyncio.wait_for(self.values.get(), 1)

    async def nothing(self) -> None:
        await asyncio.sleep(1)
        assert self.values.empty()


def test_values_are_read_from_the_device_or_from_what_is_known() -> None:
    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        assert await client.read_gatt_char(READ) == b"DATA"
        peripheral.read.value = b"CHANGED"
        assert await client.read_gatt_char(READ, use_cached=True) == b"DATA"
        assert await client.read_gatt_char(READ, use_cached=True) == b"DATA"
        assert await client.read_gatt_char(READ) == b"CHANGED"
        assert await client.read_gatt_char(NOTIFIED, use_cached=True) == b"----", "what is not known is read"

    connected(act)


def test_a_refusal_has_its_code() -> None:
    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        for code in (*REFUSALS, ErrorCode.READ_NOT_PERMITTED, ErrorCode.WRITE_NOT_PERMITTED):

            def refuse(*received: Any, code: ErrorCode = code) -> Any:
                raise ATT_Error(code)

            peripheral.read.value = CharacteristicValue(read=refuse)
            peripheral.written.value = CharacteristicValue(write=refuse)
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.read_gatt_char(READ)
            assert int(refused.value.code) == int(code)
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.write_gatt_char(WRITTEN, b"DATA", response=True)
            assert int(refused.value.code) == int(code)

    connected(act)


def test_values_and_descriptors_are_written() -> None:
    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        await client.write_gatt_char(WRITTEN, b"DATA", response=True)
        assert peripheral.written.value == b"DATA"
        await client.write_gatt_char(COMMANDED, b"1", response=False)
        await client.write_gatt_char(COMMANDED, b"2", response=False)
        await client.read_gatt_char(READ)
        assert peripheral.commanded == [b"1", b"2"]
        row = client.services.get_characteristic(READ)
        assert row is not None
        described = row.get_descriptor(f"{DESCRIPTION:08x}-0000-1000-8000-00805f9b34fb")
        assert described is not None
        assert await client.read_gatt_descriptor(described) == b"Text"
        await client.write_gatt_descriptor(described, b"Other")
        assert peripheral.description.value == b"Other"
        assert await client.read_gatt_descriptor(described, use_cached=True) == b"Text"

    connected(act)


@pytest.mark.parametrize("uuid", [NOTIFIED, INDICATED])
def test_what_the_device_sends_comes_until_it_is_stopped(uuid: str) -> None:
    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        async def send(value: bytes) -> None:
            if uuid == NOTIFIED:
                await peripheral.device.notify_subscribers(peripheral.notified, value)
            else:
                await peripheral.device.indicate_subscriber(peripheral.connection, peripheral.indicated, value)

        heard = Heard()
        await client.start_notify(uuid, heard)
        await heard.nothing()
        for value in (b"1234", b"2345"):
            await send(value)
            assert await heard.next() == value
        await client.stop_notify(uuid)
        await send(b"3456")
        await heard.nothing()

    connected(act)


def test_a_notification_before_the_answer_of_its_subscription_is_not_lost() -> None:
    """test_issue_1885: a device that sends the first value while it still handles the write of the CCCD."""

    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        heard = Heard()
        await client.start_notify(EAGER, heard)
        assert await heard.next() == b"first"

    connected(act)


def test_a_disconnection_is_no_empty_notification() -> None:
    """test_issue_1982."""

    async def act(peripheral: Peripheral, client: BleakClient) -> None:
        heard = Heard()
        await client.start_notify(NOTIFIED, heard)
        await peripheral.connection.disconnect()
        await heard.nothing()
        assert not client.is_connected

    connected(act)


def test_a_client_connects_again_and_subscribes_again() -> None:
    """test_connect_multiple_times, test_is_connected, test_issue_1969."""

    async def act(peripheral: Peripheral) -> None:
        client = BleakClient(await device_found())
        for _ in range(3):
            assert not client.is_connected
            async with client:
                assert client.is_connected
                assert client.name == "Bleak"
                assert 23 <= client.mtu_size <= 517
                heard = Heard()
                await client.start_notify(NOTIFIED, heard)
                await peripheral.device.notify_subscribers(peripheral.notified, b"again")
                assert await heard.next() == b"again"
            await peripheral.device.start_advertising()

    played(act)


def test_a_device_that_does_not_advertise_any_more_is_a_time_out() -> None:
    async def act(peripheral: Peripheral) -> None:
        device = await device_found()
        await peripheral.device.stop_advertising()
        with pytest.raises(asyncio.TimeoutError):
            async with BleakClient(device, timeout=1.0):
                pass

    played(act)


def test_who_is_disconnected_is_called_back_with_its_client() -> None:
    async def act(peripheral: Peripheral) -> None:
        gone: asyncio.Future[BleakClient] = asyncio.get_running_loop().create_future()
        async with BleakClient(await device_found(), gone.set_result) as client:
            await peripheral.connection.disconnect()
            assert await asyncio.wait_for(gone, 5) is client

    played(act)


def test_the_adapter_names_connected_devices_by_their_services() -> None:
    async def act(peripheral: Peripheral) -> None:
        async with BleakClient(await device_found()):
            adapter = await BleakAdapter.get()
            assert [device.address for device in await adapter.get_connected_devices()] == [ADDRESS]
            assert [device.address for device in await adapter.get_connected_devices([SERVICE])] == [ADDRESS]
            assert await adapter.get_connected_devices([OTHER]) == []

    played(act)


async def advertised(**options: Any) -> AdvertisementData | None:
    found: list[AdvertisementData] = []
    async with BleakScanner(lambda device, said: found.append(said), **options):
        await asyncio.sleep(5)
    return found[0] if found else None


def test_an_advertisement_is_read_whole() -> None:
    """test_adv_data_complex."""
    said = (
        data_types.ManufacturerSpecificData(0x1234, b"MFG"),
        data_types.IncompleteListOf16BitServiceUUIDs([UUID(0x180F)]),
        data_types.TxPowerLevel(123),
        data_types.ServiceData16BitUUID(UUID(0x180F), b"SER"),
    )

    async def act(peripheral: Peripheral) -> None:
        found = await advertised(service_uuids=[BATTERY])
        assert found is not None
        assert (found.local_name, found.manufacturer_data, found.tx_power) == ("Bleak", {0x1234: b"MFG"}, 123)
        assert (found.service_data, found.service_uuids) == ({BATTERY: b"SER"}, [BATTERY])
        assert found.platform_data
        assert isinstance(found.rssi, int)
        assert -127 <= found.rssi < 0

    played(act, *said)


def test_an_advertisement_with_nothing_in_it_has_nothing_and_no_filter_lets_it_through() -> None:
    """test_adv_data_simple, test_discover_filter_by_service_uuid, test_discover."""

    async def act(peripheral: Peripheral) -> None:
        found = await advertised()
        assert found is not None
        assert (found.manufacturer_data, found.service_data, found.service_uuids, found.tx_power) == ({}, {}, [], None)
        assert await advertised(service_uuids=[BATTERY]) is None
        devices = await BleakScanner.discover(return_adv=True)
        assert [(device.address, said.local_name) for device, said in devices.values()] == [(ADDRESS, "Bleak")]

    played(act)
