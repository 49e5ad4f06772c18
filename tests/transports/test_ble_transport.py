"""The contract on Bluetooth LE: the virtual air, reached through bleak's public API."""

from collections.abc import AsyncIterator

import pytest

from emulator.client.bleak_backend import virtual_bluetooth
from emulator.client.bleak_collector import BleakCollector
from emulator.client.collector import Collector
from emulator.clock import Clock
from emulator.gatt import Security
from emulator.host import Host
from emulator.journal import Journal
from emulator.transports.ble.air import Air
from emulator.transports.ble.controller import AirController
from emulator.transports.ble.peripheral import BlePeripheral
from tests.gadget import gadget
from tests.transports.contract import *  # noqa: F403  # the contract's tests run here
from tests.transports.contract import Arrangement


@pytest.fixture(params=[Security.OPEN, Security.AUTHENTICATED], ids=["open", "passkey"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Arrangement]:
    air, made = Air(), gadget(request.param)
    passkey = 123456 if request.param is Security.AUTHENTICATED else None
    peripheral = BlePeripheral("gadget.ble", made.device.advertisement, air, seed="test", passkey=passkey)
    host = Host(made.device, [peripheral], Clock(), Journal())
    await host.start()

    def vanish(collector: Collector) -> None:
        for radio in tuple(air.radios):
            if radio is not peripheral.controller and isinstance(radio, AirController):
                radio.on_hci_reset_command(None)  # type: ignore[arg-type]  # the phone's Bluetooth restarts

    with virtual_bluetooth(air, passkey=123456):
        yield Arrangement(made, host, lambda: BleakCollector(peripheral.address), vanish, longest_told=244)
    await host.stop()
    assert not host.failed.done()
