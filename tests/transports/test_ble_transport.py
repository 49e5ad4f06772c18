"""The contract on Bluetooth LE, reached through bleak's public API: on the air of this process, through an HCI socket as a
program of another one, and with the device on a controller that is not ours."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors import bleak_backend
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.gatt import Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from tests.harness.gadget import gadget
from tests.transports.contract import *  # noqa: F403  # the contract's tests run here
from tests.transports.contract import Arrangement

WAYS = [
    pytest.param(("air", Security.AUTHENTICATED), id="air, passkey"),
    pytest.param(("client on HCI", Security.OPEN), id="client on HCI, open"),
    pytest.param(("device on HCI", Security.AUTHENTICATED), id="device on HCI, passkey"),
]


@pytest.fixture(params=WAYS)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Arrangement]:
    way, security = request.param
    passkey = 123456 if security is Security.AUTHENTICATED else None
    air, made = Air(), gadget(security)
    async with AsyncExitStack() as stack:
        client: Air | str = air
        device: Air | str = air
        if way != "air":
            server = await stack.enter_async_context(HciServer("tcp:127.0.0.1:0", air))
            if way == "client on HCI":
                client = server.spec
            else:
                device = server.spec.replace("tcp:", "tcp-client:")
        peripheral = BlePeripheral("gadget.ble", made.device.advertisement, device, seed="test", passkey=passkey)
        host = Host(made.device, [peripheral], Clock(), Journal())
        await host.start()
        stack.push_async_callback(host.stop)

        def vanish(collector: Collector) -> None:
            assert bleak_backend._radio is not None
            bleak_backend._radio.switch_off()  # the phone is out of battery

        stack.enter_context(virtual_bluetooth(client, passkey=123456))
        yield Arrangement(made, host, lambda: BleakCollector(peripheral.address), vanish, longest_told=244)
    assert not host.failed.done()
