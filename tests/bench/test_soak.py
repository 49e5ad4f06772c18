"""A bench that runs for long: memory stays flat, and tasks and descriptors are back at the start when all have gone."""

import asyncio
import gc
import os
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.faults.registry import parse
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs import rig
from tests.harness.counts import note

HOURS, STEPS = 24, 4
STORM, INJECTIONS = 10, 10_000
LISTENERS = int(os.environ.get("ISLETBENCH_SOAK_LISTENERS", "100"))
"""Of the journal, all the time; more of them take as much longer."""
MOST_GROWTH_KB = 5_000
CURVE = Path(__file__).parents[2] / "docs" / "soak.svg"


def memory_kb() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_024


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def listen(tail: Tail) -> int:
    octets = 0
    async for text in tail.events(tail.last, None):
        octets += len(text)  # and nothing is kept
    return octets


async def soak(hours: int, listeners: int, injections: int) -> tuple[list[int], int]:
    """Memory after each step, kB, and how often a client reconnected."""
    curve, storms, steps = list[int](), 0, hours * STEPS
    tasks, files = len(asyncio.all_tasks()), descriptors()
    async with Bench(rig.load_rig(), ports=Ports.MEMORY, journal=Journal()) as bench:
        tail = Tail(bench.journal)
        listening = [asyncio.create_task(listen(tail)) for _ in range(listeners)]
        for _ in range(steps):
            for _ in range(STORM):
                for device in ("cgm", "pump"):
                    collector = LinkCollector(bench.memory[device].connect)
                    await collector.connect()
                    await collector.disconnect()
                    storms += 1
            for _ in range(injections // steps + 1):
                injected = bench.steering.inject(parse({"fault": "lose_reply", "device": "pump", "on": "SetBolus"}))
                bench.steering.clear(injected.id)
            await bench.run(3_600_000 // STEPS)
            curve.append(memory_kb())
        tail.close()
        assert min(await asyncio.gather(*listening)) > 0
    await asyncio.sleep(1)
    assert len(asyncio.all_tasks()) == tasks
    assert descriptors() == files
    return curve, storms


def picture(curve: list[int], hours: int) -> str:
    """The memory curve as SVG: MB over bench time."""
    width, height, top = 640, 220, max(curve) * 1.15
    step = (width - 60) / max(len(curve) - 1, 1)
    points = " ".join(f"{50 + at * step:.1f},{height - 30 - kb / top * (height - 50):.1f}" for at, kb in enumerate(curve))
    words = f"{curve[0] / 1_000:.1f} MB after the first step, {curve[-1] / 1_000:.1f} MB after {hours} h"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="M50 20V{height - 30}H{width - 10}" fill="none" stroke="#888"/>'
        f'<polyline points="{points}" fill="none" stroke="#0a62b5" stroke-width="2"/>'
        f'<text x="50" y="14">memory of the process, MB: {words}</text>'
        f'<text x="8" y="{height - 30}">0</text><text x="8" y="28">{top / 1_000:.0f}</text>'
        f'<text x="{width - 60}" y="{height - 12}">{hours} h</text></svg>\n'
    )


def grown(curve: list[int]) -> int:
    """From the least of the second quarter to the least of the last one: the first one fills what is bounded."""
    quarter = len(curve) // 4
    return min(curve[-quarter:]) - min(curve[quarter : 2 * quarter])


@pytest.mark.slow
def test_a_day_of_storms_listeners_and_injections_leaves_nothing_behind() -> None:
    curve, storms = run(soak(HOURS, LISTENERS, INJECTIONS), Pace(None))
    assert grown(curve) < MOST_GROWTH_KB
    CURVE.write_text(picture(curve, HOURS), encoding="utf-8")
    note("soak", tried=HOURS, storms=storms, injections=INJECTIONS, listeners=LISTENERS, grown_kb=grown(curve))


def test_a_soak_of_an_hour_ends_with_the_tasks_and_descriptors_of_its_beginning() -> None:
    curve, storms = run(soak(1, 20, 40), Pace(None))
    assert len(curve) == STEPS
    assert storms == 2 * STORM * STEPS
    assert grown([10, 10, 30, 10, 20, 31, 24, 22]) == 22 - 10


def test_the_curve_shows_growth() -> None:
    assert picture([1_000, 2_000, 3_000], 24).count("MB") == 3
