"""A bench with its page in a thread of this process, standing still, and clients that talk to it over its serial ports."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.emulator.core import clock
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.interfaces.control import announced
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import Rig, load_rig
from isletbench.emulator.scenarios.scenario import Scenario
from isletbench.emulator.scenarios.watched import Watched
from isletbench.hil_rigs.clients.pump_client import PumpClient

PATIENCE_S = 60
SERIAL = """
schema = 1
name = "wired"
seed = 7
start = 2026-03-01T08:00:00
[devices.cgm]
kind = "cgm"
serial = "pty:"
[devices.pump]
kind = "pump"
serial = "pty:"
reservoir = 200
basal = [{ at = 00:00:00, rate = 0.80 }]
[patient]
"""
"""A CGM, a pump and a patient, without Bluetooth: it starts in no time."""


class LookedAt:
    """The bench, its page, and what may be done to it from another thread."""

    def __init__(self, bench: Bench, tail: Tail, watched: Watched | None) -> None:
        self.bench, self.tail, self.watched = bench, tail, watched
        self.page = ""
        self.loop: asyncio.AbstractEventLoop | None = None
        self.ready: Future[None] = Future()
        self.stop = asyncio.Event()

    def call(self, do: Callable[[], Any]) -> Any:
        """Call something in the bench's own thread."""
        assert self.loop is not None

        async def called() -> Any:
            found = do()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(PATIENCE_S)

    def step(self, span_minutes: float) -> None:
        """Let time pass, at a thousand times its pace."""
        self.call(lambda: self.bench.steering.step(minutes(span_minutes)))

    def finish(self) -> None:
        """End the scenario, as `up --stay` does at its end."""
        assert self.watched is not None
        watched = self.watched
        self.call(lambda: watched.finish(self.bench.clock.now()))
        self.call(self.tail.close)

    def pump(self) -> PumpClient:
        """A client of the pump, connected."""
        place = self.bench.ready()["devices"]["pump"]["serial"]
        self.link = SerialClient(place, timeout=PATIENCE_S)
        return PumpClient(self.link)

    async def run(self) -> None:
        """Run until it is stopped."""
        self.loop = asyncio.get_running_loop()
        try:
            async with self.bench, announced(self.bench, self.tail, self.watched) as announcement:
                if self.watched:
                    self.bench.steering.inject_all(self.watched.scenario.faults())
                self.page = announcement.page
                self.ready.set_result(None)
                await self.stop.wait()
                self.bench.steering.change_pace(Pace())
        except BaseException as error:
            if not self.ready.done():
                self.ready.set_exception(error)
            raise


def rig_of(text: str, place: Path) -> Rig:
    """The rig that TOML text describes."""
    file = place / "rig.toml"
    file.write_text(text, encoding="utf-8")
    return load_rig(str(file))


@contextmanager
def looked_at(place: Path, rig: Rig | None = None, scenario: Scenario | None = None) -> Iterator[LookedAt]:
    """A paused bench with its page; ``scenario`` is played on it."""
    before = os.environ.get("ISLETBENCH_DIR")
    os.environ["ISLETBENCH_DIR"] = str(place / "run")
    journal = Journal()
    watched = None if scenario is None else Watched(scenario, journal)
    bench = Bench(rig or rig_of(SERIAL, place), ports=Ports.REAL, journal=journal)
    there = LookedAt(bench, Tail(journal), watched)
    thread = threading.Thread(target=lambda: clock.run(there.run(), Pace(0)))
    thread.start()
    try:
        there.ready.result(PATIENCE_S)
        yield there
    finally:
        if there.loop is not None and thread.is_alive():
            there.loop.call_soon_threadsafe(there.stop.set)
        thread.join(PATIENCE_S)
        if before is None:
            del os.environ["ISLETBENCH_DIR"]
        else:
            os.environ["ISLETBENCH_DIR"] = before
