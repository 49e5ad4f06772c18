"""Write to a control point, wait for its indication, and notice the end of the connection by callback."""

import asyncio

from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError


async def main(address: str, control_point: str, request: str) -> None:
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    gone = asyncio.Event()
    client = BleakClient(address, disconnected_callback=lambda _: gone.set(), timeout=20)
    await client.connect()
    try:
        await client.pair()
        await client.start_notify(control_point, lambda _, value: answers.put_nowait(bytes(value)))
        await client.write_gatt_char(control_point, bytes.fromhex(request), response=True)
        print("answer", (await asyncio.wait_for(answers.get(), 10)).hex())
        try:
            await client.read_gatt_char(control_point)
        except BleakGATTProtocolError as error:
            print("refused", int(error.code))
        await client.unpair()
    finally:
        await client.disconnect()
    await asyncio.wait_for(gone.wait(), 10)
    print("gone")


if __name__ == "__main__":
    import sys

    asyncio.run(main(*sys.argv[1:]))
