"""What a device advertises, as bleak receives it."""

import asyncio

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from isletbench.emulator.collectors.discovered import BASE
from isletbench.emulator.core.values import dataclass

SCAN_S = 10.0
"""How long advertisements of a device are waited for, s."""
SCAN_RESPONSE_S = 1.0
"""How long after the first one its scan response may come, s."""


@dataclass(frozen=True, slots=True)
class Advertised:
    """What a device advertises, its scan response among it."""

    name: str | None
    services: frozenset[int]
    """16-bit UUIDs."""


async def advertised_by(address: str, within: float = SCAN_S) -> Advertised | None:
    """The advertisement of the device at an address; None when none comes in time.

    Raises ``ConnectionError`` without a radio.
    """
    name: str | None = None
    services: set[int] = set()
    found = asyncio.Event()

    def received(device: BLEDevice, data: AdvertisementData) -> None:
        nonlocal name
        if device.address.lower() != address.lower():
            return
        name = data.local_name or name
        services.update(int(uuid[:8], 16) for uuid in data.service_uuids if uuid.endswith(BASE))
        found.set()

    try:
        async with BleakScanner(received):
            try:
                await asyncio.wait_for(found.wait(), within)
            except TimeoutError:
                return None
            await asyncio.sleep(SCAN_RESPONSE_S)
    except BleakError as error:
        raise ConnectionError(str(error)) from error
    return Advertised(name, frozenset(services))
