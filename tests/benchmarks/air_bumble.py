"""Processor time of a READ between two devices of bumble alone: its link, its controllers, its GATT server and client.

python -m tests.benchmarks.air_bumble READS
"""

import asyncio
import json
import sys
import time

from bumble import core, gatt, hci
from bumble.controller import Controller
from bumble.device import Device, Peer
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

VALUE = core.UUID.from_16_bits(0x2AA8)
OCTETS = 6


def device(address: str, link: LocalLink) -> Device:
    """A host on a controller of the link."""
    controller = Controller(address, link=link)
    made = Device(address=hci.Address(address), host=Host(controller, AsyncPipeSink(controller)))
    controller.random_address = made.random_address
    return made


async def measured(reads: int) -> float:
    """Connect and read."""
    link = LocalLink()  # type: ignore[no-untyped-call]  # bumble's own has no annotations
    server, client = device("F0:00:00:00:00:01", link), device("F0:00:00:00:00:02", link)
    readable = gatt.Characteristic.Properties.READ, gatt.Characteristic.READABLE
    server.add_service(gatt.Service(core.UUID.from_16_bits(0x181F), [gatt.Characteristic(VALUE, *readable, bytes(OCTETS))]))
    await server.power_on()
    await client.power_on()
    await server.start_advertising()
    peer = Peer(await client.connect(server.random_address))
    await peer.discover_services()
    await peer.discover_characteristics()
    (found,) = peer.get_characteristics_by_uuid(VALUE)
    await found.read_value()
    began = time.process_time()
    for _ in range(reads):
        await found.read_value()
    return (time.process_time() - began) / reads


if __name__ == "__main__":
    print(json.dumps({"cpu_s": asyncio.run(measured(int(sys.argv[1])))}))
