"""What the page costs: until something is drawn, and after a long run.

python -m tests.benchmarks.page JOURNAL [LINES]

JOURNAL is repeated, one day after another, until it has so many LINES (100 000 when left out).
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from isletbench.emulator.interfaces.control import served
from isletbench.emulator.interfaces.control.page_routes import page_alone
from isletbench.emulator.interfaces.web.finished import finished_site
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, Header, NoteEntry, TimedEntry
from tests.harness.browser import browser, of_page, opened, until

LINES = 100_000
STARTS = 5


def repeated(entries: list[Entry], lines: int) -> list[Entry]:
    """The journal, day after day, until it has so many lines."""
    header, *rest = entries
    timed = [entry for entry in rest if not isinstance(entry, Header)]
    span = timed[-1].at + 1
    found = [header, *(later(entry, day * span) for day in _days(lines, len(timed)) for entry in timed)]
    return found[:lines]


def _days(lines: int, length: int) -> Iterator[int]:
    return (day for day, _ in zip(count(), range(0, lines, length), strict=False))


def later(entry: TimedEntry, by: int) -> TimedEntry:
    """An entry so many ms later."""
    if isinstance(entry, NoteEntry):
        return replace(entry, note=replace(entry.note, at=entry.note.at + by))
    moved: TimedEntry = replace(entry, at=entry.at + by)
    return moved


def serve(entries: list[Entry], addresses: list[str], ready: threading.Event, over: threading.Event) -> None:
    """Serve the page of a journal until it is over."""

    async def serving() -> None:
        async with served(page_alone(finished_site(entries, None), "secret"), lambda: None) as url:
            addresses.append(f"{url}/?token=secret")
            ready.set()
            await asyncio.to_thread(over.wait)

    asyncio.run(serving())


def measured(driver: Any, page: str, lines: int) -> dict[str, float]:
    """Times in s, memory in MB."""
    opened(driver, page)
    until(driver, "performance.getEntriesByName('first-contentful-paint').length")
    paint = of_page(driver, "performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1_000
    began = time.perf_counter()
    until(driver, "document.querySelector('#state').textContent === 'ended'")
    complete = time.perf_counter() - began
    driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    heap = of_page(driver, "performance.memory.usedJSHeapSize") / 1e6
    search = (
        "(() => { const began = performance.now(); bench.conversation.search.value = 'setbolus'; bench.conversation.apply();"
        " return performance.now() - began; })()"
    )
    frame = (
        "(() => { const began = performance.now(); bench.axis.draw(true); bench.conversation.list.refresh();"
        " return performance.now() - began; })()"
    )
    return {
        "lines": lines,
        "rows": of_page(driver, "bench.store.length"),
        "first paint, s": paint,
        "all rows there, s": complete,
        "script's memory, MB": heap,
        "search through all, ms": of_page(driver, search),
        "a drawing of everything, ms": of_page(driver, frame),
    }


def renderers() -> dict[str, float]:
    """The private memory of every browser's process that shows a page, as Linux counts it, MB."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (process / "cmdline").read_bytes():
                rollup = (process / "smaps_rollup").read_text(encoding="ascii").splitlines()
                found[process.name] = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_")) / 1_000
        except OSError:
            continue
    return found


START = """
import resource, sys
from isletbench.emulator.interfaces.control import api
from isletbench.emulator.interfaces import cli
if sys.argv.pop(1) == "without":
    api.offer_page = lambda app, make: None
try:
    cli.main()
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""
"""``isletbench up``, until it is ready and its 1 ms has passed, with its page or without; prints processor time, s."""


def start_s(page: str) -> float:
    """The processor time of a start, s; ``page`` is ``with`` or ``without``."""
    with tempfile.TemporaryDirectory() as place:
        call = [sys.executable, "-c", START, page, "up", "--for", "1ms", "--json"]
        environment = {**os.environ, "ISLETBENCH_DIR": place}
        return float(subprocess.run(call, check=True, capture_output=True, text=True, env=environment).stdout.splitlines()[-1])


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    journal = repeated(reader.load(Path(sys.argv[1])), wanted)
    addresses: list[str] = []
    ready, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve, args=(journal, addresses, ready, over))
    thread.start()
    ready.wait()
    others = renderers()
    with tempfile.TemporaryDirectory() as profile, browser(Path(profile)) as driver:
        found = measured(driver, addresses[0], len(journal))
        found["renderer's memory, MB"] = max(memory for process, memory in renderers().items() if process not in others)
    over.set()
    thread.join()
    starts = [(start_s("with"), start_s("without")) for _ in range(STARTS)]
    found["a start with the page, s"], found["without, s"] = (statistics.median(times) for times in zip(*starts, strict=True))
    print(json.dumps({key: round(value, 3) for key, value in found.items()}, indent=1))
