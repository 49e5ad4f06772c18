"""loopbench in pytest: a running bench, and bleak on its virtual radio, as fixtures.

    @pytest.mark.rig("default")
    async def test_my_app(bench):
        device = await BleakScanner.find_device_by_name("LB-CGM")

Needs pytest-asyncio. The fixtures run at the pace of the test's own loop, real time.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from emulator.bench import Bench


def pytest_configure(config: pytest.Config) -> None:
    """Declare our markers."""
    config.addinivalue_line("markers", "rig(name): the rig that the `bench` fixture puts on the bench")


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator["Bench"]:
    """The default rig, or the one of ``@pytest.mark.rig(NAME_OR_FILE)``, running in this process.

    Serial ports are in memory (``bench.memory``), and every ``BleakClient`` and ``BleakScanner`` of the test uses the
    bench's radio. A device that breaks fails the test.
    """
    # imported here, so that a test run that has no bench does not pay for one
    from emulator.bench import Bench, Ports
    from emulator.client.bleak_backend import virtual_bluetooth
    from emulator.rig import load

    marker = request.node.get_closest_marker("rig")
    rig = load(*marker.args) if marker else load()
    async with Bench(rig, ports=Ports.MEMORY) as running:
        assert running.air is not None, f"rig {rig.name} has no device with Bluetooth LE"
        with virtual_bluetooth(running.air):
            yield running
        for host in running.hosts.values():
            if host.failed.done():
                host.failed.result()
