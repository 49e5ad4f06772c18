"""Connect to a device by name and write down all that it has: services, characteristics, descriptors, and what can be read."""

import asyncio

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError


async def main(name: str, pair: str = "", seconds: str = "20") -> None:
    device = await BleakScanner.find_device_by_name(name, timeout=float(seconds))
    if device is None:
        print("nobody of that name")
        return
    async with BleakClient(device, pair=bool(pair)) as client:
        print("connected", client.address, client.name, client.is_connected, client.mtu_size)
        for service in client.services:
            print("service", service.uuid, service.description)
            for characteristic in service.characteristics:
                words = ["characteristic", characteristic.uuid, ",".join(characteristic.properties)]
                if "read" in characteristic.properties:
                    try:
                        words.append(bytes(await client.read_gatt_char(characteristic)).hex())
                    except BleakError as error:
                        words.append(f"refused: {error}")
                if "write-without-response" in characteristic.properties:
                    words.append(f"at once {characteristic.max_write_without_response_size}")
                print("  ", *words)
                for descriptor in characteristic.descriptors:
                    value = await client.read_gatt_descriptor(descriptor)
                    print("    ", "descriptor", descriptor.uuid, bytes(value).hex())
    print("disconnected", client.is_connected)


if __name__ == "__main__":
    import sys

    asyncio.run(main(*sys.argv[1:]))
