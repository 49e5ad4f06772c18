"""A bench of many devices, half pumps and half CGMs, a pseudo-terminal each: says when it is ready and what it has used.

python -m tests.benchmarks.crowd_bench DEVICES [PACE]

Each line on its standard input is answered with the processor time so far, s.
"""

import time

BEGAN = time.perf_counter()

import asyncio  # noqa: E402  # the imports are part of a start
import json  # noqa: E402
import sys  # noqa: E402
from datetime import time as time_of_day  # noqa: E402
from typing import Any  # noqa: E402

from isletbench.emulator.bench.assembly import Ports  # noqa: E402
from isletbench.emulator.bench.bench import Bench  # noqa: E402
from isletbench.emulator.core.clock import Pace, run  # noqa: E402
from isletbench.emulator.core.collection import collection_postponed  # noqa: E402
from isletbench.emulator.rigs.rig import Rig  # noqa: E402
from tests.benchmarks.memory import peak_mb  # noqa: E402


def rig_of(devices: int) -> Rig:
    """So many devices, pumps and CGMs in turns."""
    tables: dict[str, Any] = {
        f"d{number}": {"kind": "pump", "basal": [{"at": time_of_day(0), "rate": 1.0}], "serial": "pty:"}
        if number % 2
        else {"kind": "cgm", "glucose": {"mg_dl": 100}, "serial": "pty:"}
        for number in range(devices)
    }
    return Rig.model_validate({"schema": 1, "name": "crowd", "devices": tables})


async def main(devices: int) -> None:
    """Run them until standard input ends."""
    with collection_postponed() as resume:
        bench = Bench(rig_of(devices), ports=Ports.REAL)
        await bench.__aenter__()
        resume()
    ports = [device["serial"] for device in bench.ready()["devices"].values()]
    print(json.dumps({"ready_s": time.perf_counter() - BEGAN, "peak_mb": peak_mb(), "ports": ports}), flush=True)
    ended = asyncio.Event()

    def asked() -> None:
        if sys.stdin.readline():
            print(time.process_time(), flush=True)
        else:
            ended.set()

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), asked)
    await bench.run(None, ended)
    await bench.__aexit__(None, None, None)


if __name__ == "__main__":
    run(main(int(sys.argv[1])), Pace.parse(sys.argv[2] if len(sys.argv) > 2 else "real"))
