"""Walk through advertisements as they come, until each named device was heard."""

import asyncio

from bleak import BleakScanner


async def main(*names: str) -> None:
    missing = set(names)
    async with BleakScanner(scanning_mode="active") as scanner:
        async for device, said in scanner.advertisement_data():
            if said.local_name in missing:
                missing.remove(said.local_name)
                print("found", device.name, device.address)
            if not missing:
                break
    print(len(scanner.discovered_devices), "discovered,", len(scanner.discovered_devices_and_advertisement_data), "with data")


if __name__ == "__main__":
    import sys

    asyncio.run(main(*sys.argv[1:]))
