"""Processor time of a READ of the CGM of a bench, by a bleak client in the same process.

python -m tests.benchmarks.air_bench READS
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

from bleak import BleakClient

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.rigs.rig import load_rig

FEATURE = "00002aa8-0000-1000-8000-00805f9b34fb"


async def cpu_of(read: Callable[[], Awaitable[object]], reads: int) -> float:
    """Processor time of one READ, s."""
    await read()
    began = time.process_time()
    for _ in range(reads):
        await read()
    return (time.process_time() - began) / reads


async def measured(reads: int) -> float:
    """Connect, pair and read."""
    async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
        assert bench.air is not None
        with virtual_bluetooth(bench.air):
            async with BleakClient(bench.ready()["devices"]["cgm"]["ble"]["address"], pair=True) as client:
                return await cpu_of(lambda: client.read_gatt_char(FEATURE), reads)


if __name__ == "__main__":
    print(json.dumps({"cpu_s": asyncio.run(measured(int(sys.argv[1])))}))
