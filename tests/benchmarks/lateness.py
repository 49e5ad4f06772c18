"""How late the timers of a thousand devices come, beside bare asyncio timers: as many, due in the same instants, as busy.

python -m tests.benchmarks.lateness tells more: without the work, and how many are due at once.

The devices live at 60 times real pace, so that some hundred timers a second are due; lateness is wall time. Devices of one make
that were started together do the same in the same instants, and asyncio runs one callback after another: the last of five
hundred pumps waits for the strokes of the others. A bare timer therefore works for as long as the device did whose deadline it
stands for; what is left is what host and clock add.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.collection import collection_postponed
from tests.benchmarks.crowd_bench import rig_of
from tests.benchmarks.figures import Figure, Goal, Row, quantile

FACTOR = 60.0
DEVICES, TINY = 1_000, 4
WATCHED_S, TINY_S = 10.0, 4.0
PART = 0.99


@dataclass
class Deadlines:
    """The deadlines of devices within some seconds: for each device when, and how long it then worked, s of wall time."""

    of: dict[int, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    late: list[float] = field(default_factory=list)
    """How late each one came, s of wall time."""


@contextmanager
def _watched(found: Deadlines, began: list[float]) -> Iterator[None]:
    """Note every deadline of a host."""
    original = Host._due

    def due(host: Host[Any]) -> None:
        assert host._timer is not None
        when, entered = host._timer.when(), time.perf_counter()
        late = (asyncio.get_running_loop().time() - when) / FACTOR
        original(host)
        if began:
            found.late.append(late)
            found.of[id(host)].append(((when - began[0]) / FACTOR, time.perf_counter() - entered))

    setattr(Host, "_due", due)  # noqa: B010  # for the time of the measurement
    try:
        yield
    finally:
        setattr(Host, "_due", original)  # noqa: B010


def of_devices(devices: int, seconds: float) -> Deadlines:
    """The deadlines of so many devices within some seconds."""
    found, began = Deadlines(), list[float]()

    async def main() -> None:
        with collection_postponed() as resume:
            bench = Bench(rig_of(devices), ports=Ports.MEMORY)
            await bench.__aenter__()
            resume()
        began.append(asyncio.get_running_loop().time())
        await bench.run(round(seconds * FACTOR * 1_000))
        await bench.__aexit__(None, None, None)

    with _watched(found, began):
        run(main(), Pace(FACTOR))
    return found


def of_timers(deadlines: Sequence[Sequence[tuple[float, float]]], seconds: float, *, busy: bool = True) -> list[float]:
    """The lateness of bare timers, one for each device, due when its deadlines were; ``busy`` for as long as it was."""
    late: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.1

        def due(rest: Iterator[tuple[float, float]], when: float, works: float) -> None:
            entered = time.perf_counter()
            late.append(loop.time() - began - when)
            while busy and time.perf_counter() - entered < works:
                pass
            arm(rest)

        def arm(rest: Iterator[tuple[float, float]]) -> None:
            if (coming := next(rest, None)) is not None:
                loop.call_at(began + coming[0], due, rest, *coming)

        for each in deadlines:
            arm(iter(each))
        await asyncio.sleep(seconds + 0.5)

    asyncio.run(main())
    return late


def lateness(tiny: bool) -> Figure:
    """The 99th percentile of both, ms."""
    devices, seconds = (TINY, TINY_S) if tiny else (DEVICES, WATCHED_S)
    ours = of_devices(devices, seconds)
    bare = of_timers(list(ours.of.values()), seconds)
    mine, other = (quantile(late, PART) * 1_000 for late in (ours.late, bare))
    return Figure(mine / other, mine, other, "ms")


ROWS = (
    Row(
        "lateness of the timers of 1000 devices, p99",
        "1000 bare asyncio timers, in the same instants and as busy",
        Goal(2.0, "x"),
        lateness,
    ),
)


def main() -> None:
    """Print what the row does not tell."""
    ours = of_devices(DEVICES, WATCHED_S)
    deadlines = list(ours.of.values())
    works = [work for each in deadlines for _, work in each]
    at_once = Counter(round(when, 3) for each in deadlines for when, _ in each)
    mean = 1e6 * sum(works) / len(works)
    print(f"{len(works)} deadlines, at most {max(at_once.values())} at once; a device works {mean:.0f} us")
    for title, late in (
        ("devices", ours.late),
        ("bare, as busy", of_timers(deadlines, WATCHED_S)),
        ("bare, idle", of_timers(deadlines, WATCHED_S, busy=False)),
    ):
        print(f"{title}: p50 {quantile(late, 0.5) * 1_000:.2f} ms, p99 {quantile(late, PART) * 1_000:.2f} ms")


if __name__ == "__main__":
    main()
