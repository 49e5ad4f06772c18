"""How late the timers of a thousand devices come, beside a thousand bare asyncio timers that are due as often.

The devices live at 60 times real pace, so that some hundred timers a second are due; lateness is wall time.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Pace, run
from tests.benchmarks.crowd_bench import rig_of
from tests.benchmarks.figures import Figure, Goal, Row, quantile

FACTOR = 60.0
DEVICES, TINY = 1_000, 4
WATCHED_S, TINY_S = 10.0, 4.0
PART = 0.99


@contextmanager
def _lateness_of_hosts(late: list[float]) -> Iterator[None]:
    """Note how late each deadline of a device comes, s of wall time."""
    original = Host._due

    def due(host: Host[Any]) -> None:
        assert host._timer is not None
        late.append((asyncio.get_running_loop().time() - host._timer.when()) / FACTOR)
        original(host)

    setattr(Host, "_due", due)  # noqa: B010  # for the time of the measurement
    try:
        yield
    finally:
        setattr(Host, "_due", original)  # noqa: B010


def of_devices(devices: int, seconds: float) -> list[float]:
    """The lateness of every deadline within some seconds."""
    late: list[float] = []

    async def main() -> None:
        async with Bench(rig_of(devices), ports=Ports.MEMORY) as bench:
            late.clear()
            await bench.run(round(seconds * FACTOR * 1_000))

    with _lateness_of_hosts(late):
        run(main(), Pace(FACTOR))
    return late


def of_timers(timers: int, seconds: float, due: int) -> list[float]:
    """The lateness of bare timers, of which ``due`` come within some seconds."""
    late: list[float] = []
    period = timers * seconds / max(1, due)

    async def main() -> None:
        loop, chance = asyncio.get_running_loop(), random.Random(1)

        def fire(at: float) -> None:
            late.append(loop.time() - at)
            loop.call_at(at + period, fire, at + period)

        for _ in range(timers):
            first = loop.time() + chance.random() * period
            loop.call_at(first, fire, first)
        await asyncio.sleep(seconds)

    asyncio.run(main())
    return late


def lateness(tiny: bool) -> Figure:
    """The 99th percentile of both, ms."""
    devices, seconds = (TINY, TINY_S) if tiny else (DEVICES, WATCHED_S)
    ours = of_devices(devices, seconds)
    bare = of_timers(devices, seconds, len(ours))
    mine, other = (quantile(late, PART) * 1_000 for late in (ours, bare))
    return Figure(mine / other, mine, other, "ms")


ROWS = (Row("lateness of the timers of 1000 devices, p99", "1000 bare asyncio timers, as often due", Goal(2.0, "x"), lateness),)
