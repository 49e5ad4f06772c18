"""A thousand devices on one bench: how soon they are ready, how large they are, what they cost with a client on each.

python -m tests.benchmarks.crowd_bench and crowd_bare are the processes that are measured.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from isletbench.emulator.collectors.client_ports import tty_port
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.protocols import cgms
from isletbench.protocols.att import Property
from tests.benchmarks.figures import Figure, Goal, Row
from tests.benchmarks.programs import running

DEVICES, TINY = 1_000, 4
WATCHED_S = 20.0
PACE = 15
"""The devices do their work in the same instants, minutes apart: what is watched are five minutes of theirs."""
INTERVAL_S = 300
"""From one measurement of a sensor to the next, s."""


@lru_cache(maxsize=2)
def _started(module: str, devices: int) -> dict[str, Any]:
    """What a process that has opened so many devices, or bare pseudo-terminals, says of itself."""
    program = ("-m", f"tests.benchmarks.{module}", str(devices))
    with tempfile.TemporaryDirectory() as directory, running(*program, directory=directory) as (_, line):
        found: dict[str, Any] = json.loads(line)
        return found


def ready(tiny: bool) -> Figure:
    """From the first import to the last open port, s."""
    ours, bare = (_started(module, TINY if tiny else DEVICES)["ready_s"] for module in ("crowd_bench", "crowd_bare"))
    return Figure(ours, ours, bare, "s")


def size(tiny: bool) -> Figure:
    """The largest resident set, MB."""
    ours, bare = (_started(module, TINY if tiny else DEVICES)["peak_mb"] for module in ("crowd_bench", "crowd_bare"))
    return Figure(ours, ours, bare, "MB")


def connected(tiny: bool) -> Figure:
    """Processor time of the bench in each second of its devices, each with a client that has subscribed, % of a core."""
    devices, watched = (TINY, 0.1) if tiny else (DEVICES, WATCHED_S)
    program = ("-m", "tests.benchmarks.crowd_bench", str(devices), f"{PACE}x")
    with tempfile.TemporaryDirectory() as directory, running(*program, directory=directory) as (process, line):

        def cpu() -> float:
            assert process.stdin is not None
            assert process.stdout is not None
            print(file=process.stdin, flush=True)
            return float(process.stdout.readline())

        ours, clients = asyncio.run(_watched(json.loads(line)["ports"], watched, cpu))
    return Figure(ours, ours, clients, "%")


async def _watched(ports: list[str], seconds: float, cpu: Callable[[], float]) -> tuple[float, float]:
    """Connect a client to every port; what bench and clients use then in a second of the devices, % of a core each.

    The session of a sensor begins when it is inserted, with the bench: in five minutes each notifies a measurement.
    """
    collectors = [LinkCollector(tty_port(port)) for port in ports]
    measurements: list[bytes] = []
    for collector in collectors:
        await collector.connect()
        for key, properties in collector.characteristics.items():
            if properties & (Property.NOTIFY | Property.INDICATE):
                heard = measurements.append if key.uuid == cgms.MEASUREMENT.uuid else (lambda value: None)
                await collector.subscribe(key, heard)
    measurements.clear()
    began, bench_began, clients_began = time.perf_counter(), cpu(), time.process_time()
    await asyncio.sleep(seconds)
    clients, bench, took = time.process_time() - clients_began, cpu() - bench_began, time.perf_counter() - began
    for collector in collectors:
        collector.close()
    expected = int(PACE * seconds / INTERVAL_S) * (len(ports) // 2)
    assert len(measurements) >= expected, f"{len(measurements)} measurements: expected {expected}"
    return 100 * bench / (PACE * took), 100 * clients / (PACE * took)


PTYS = "1000 bare pseudo-terminals in asyncio"
ROWS = (
    Row("1000 devices, a pseudo-terminal each, until they are ready", PTYS, Goal(4.0, "s"), ready),
    Row("the same, memory", PTYS, Goal(250, "MB"), size),
    Row(
        "1000 devices, a subscribed client on each, real pace",
        "the clients themselves",
        Goal(50, "%"),
        connected,
    ),
)
