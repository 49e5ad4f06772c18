"""A device on a bench of its own, and a collector that can reach it over one transport or another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.emulator.transports.ports.memory import MemoryPort
from isletbench.emulator.transports.serial_link import SerialLink

PASSKEY = 123456
TRANSPORTS = ("serial", "ble")


@asynccontextmanager
async def within_reach(transport: str, device: GattDevice) -> AsyncIterator[Collector]:
    """The serial link on a port in memory, or Bluetooth LE on a virtual radio."""
    if transport == "serial":
        port = MemoryPort(device.name)
        host = Host(device, [SerialLink(f"{device.name}.serial", port, device.name)], Clock(), Journal())
        await host.start()
        yield LinkCollector(port.connect)
    else:
        air = Air()
        peripheral = BlePeripheral(f"{device.name}.ble", device.advertisement, air, seed="1", passkey=PASSKEY)
        host = Host(device, [peripheral], Clock(), Journal())
        await host.start()
        with virtual_bluetooth(air, passkey=PASSKEY):
            yield BleakCollector(peripheral.address)
    await host.stop()
    assert not host.failed.done()
