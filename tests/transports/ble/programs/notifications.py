"""Subscribe to a characteristic for a while, and be told of every value."""

import asyncio

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic


async def main(address: str, characteristic: str, seconds: str = "10") -> None:
    device = await BleakScanner.find_device_by_address(address, timeout=20)
    assert device is not None, "nobody at that address"

    def on_value(sender: BleakGATTCharacteristic, value: bytearray) -> None:
        print("value", sender.uuid, value.hex())

    async with BleakClient(device) as client:
        await client.start_notify(characteristic, on_value)
        await asyncio.sleep(float(seconds))
        await client.stop_notify(characteristic)
    print("done")


if __name__ == "__main__":
    import sys

    asyncio.run(main(*sys.argv[1:]))
