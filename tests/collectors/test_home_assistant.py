"""Home Assistant's way to Bluetooth: its manager, its scanner and its wrapped client, and connections that are tried again.

Skipped where its libraries are missing: ``pip install habluetooth bleak-retry-connector``.
"""

import asyncio
from typing import Any, ClassVar

import bleak
import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.rigs.rig import load_rig

WHY = "expected Home Assistant's libraries: pip install habluetooth bleak-retry-connector"
retry: Any = pytest.importorskip("bleak_retry_connector", reason=WHY)
habluetooth: Any = pytest.importorskip("habluetooth", reason=WHY)
adapters: Any = pytest.importorskip("bluetooth_adapters", reason=WHY)
NAME = "00002a00-0000-1000-8000-00805f9b34fb"
ADAPTER, ITS_ADDRESS = "hci0", "00:00:00:00:00:AA"


class OneAdapter(adapters.BluetoothAdapters):  # type: ignore[misc]  # of a library that is not always there
    """The adapter of this machine, as Home Assistant is told of it."""

    default_adapter = ADAPTER
    adapters: ClassVar = {ADAPTER: {"address": ITS_ADDRESS, "sw_version": "1", "hw_version": "1", "passive_scan": False}}

    async def refresh(self) -> None:
        """There is nothing to ask."""


async def test_a_connection_that_is_tried_again_is_made_and_keeps_its_services() -> None:
    bench = Bench(load_rig(), ports=Ports.MEMORY)
    async with bench:
        with virtual_bluetooth(bench.air):
            device = await bleak.BleakScanner.find_device_by_name("IB-CGM")
            client = await retry.establish_connection(retry.BleakClientWithServiceCache, device, "IB-CGM")
            assert await client.read_gatt_char(NAME) == b"IB-CGM"
            services = client.services
            await client.disconnect()
            kept = {"cached_services": services, "use_services_cache": True}
            client = await retry.establish_connection(retry.BleakClientWithServiceCache, device, "IB-CGM", **kept)
            assert client.is_connected
            await client.disconnect()


async def test_home_assistants_scanner_finds_the_devices_and_its_client_connects() -> None:
    bench = Bench(load_rig(), ports=Ports.MEMORY)
    async with bench:
        with virtual_bluetooth(bench.air):
            manager = habluetooth.BluetoothManager(OneAdapter(), retry.BleakSlotManager())
            habluetooth.set_manager(manager)
            await manager.async_setup()
            scanner = habluetooth.HaScanner(habluetooth.BluetoothScanningMode.ACTIVE, ADAPTER, ITS_ADDRESS)
            scanner.async_setup()
            leave = manager.async_register_scanner(scanner, connection_slots=3)
            await scanner.async_start()
            try:
                async with asyncio.timeout(20):
                    while len(found := {seen.name: seen for seen in manager.async_discovered_service_info(True)}) < 2:
                        await asyncio.sleep(0.05)
                assert set(found) == {"IB-CGM", "IB-Pump"}
                assert type(found["IB-CGM"].advertisement) is AdvertisementData
                device = manager.async_ble_device_from_address(found["IB-CGM"].address, True)
                assert type(device) is BLEDevice
                client = await retry.establish_connection(habluetooth.HaBleakClientWrapper, device, "IB-CGM")
                assert await client.read_gatt_char(NAME) == b"IB-CGM"
                await client.disconnect()
                assert not client.is_connected
            finally:
                await scanner.async_stop()
                leave()
                manager.async_stop()
