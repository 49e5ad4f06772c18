"""Be called for every advertisement of one service, with a scanner that is started and stopped by hand."""

import asyncio
import logging

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

log = logging.getLogger(__name__)


async def main(service: str, seconds: str = "2") -> None:
    heard: list[tuple[str, int]] = []

    def on_detection(device: BLEDevice, said: AdvertisementData) -> None:
        log.info("%s: %r", device.address, said)
        heard.append((device.address, said.rssi))

    scanner = BleakScanner(on_detection, [service])
    for turn in ("first", "second"):
        heard.clear()
        await scanner.start()
        await asyncio.sleep(float(seconds))
        await scanner.stop()
        print(turn, *sorted({address for address, _ in heard}))


if __name__ == "__main__":
    import sys

    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(*sys.argv[1:]))
