"""Who is there? One scan, then a line for each device, with what it advertises."""

import asyncio

from bleak import BleakScanner


async def main(seconds: str = "2") -> None:
    print(f"listening for {seconds} s")
    found = await BleakScanner.discover(timeout=float(seconds), return_adv=True)
    for device, said in found.values():
        print(device.address, said.local_name, said.rssi, *said.service_uuids)


if __name__ == "__main__":
    import sys

    asyncio.run(main(*sys.argv[1:]))
