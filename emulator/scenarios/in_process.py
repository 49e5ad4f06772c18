"""Playing a scenario to a client in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from typing import TypeAlias

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.scenarios.judge import Verdict, verdict_on
from isletbench.emulator.scenarios.scenario import Scenario

Client: TypeAlias = Callable[[Bench, str], Awaitable[None]]
"""Software under test in this process: it is given the bench and the carrier or personality to use; it runs until cancelled."""


async def play(
    scenario: Scenario, client: Client, over: str, *, at_end: Callable[[Bench], None] = lambda bench: None
) -> Verdict:
    """Play a scenario to a client on the event loop that runs, and judge it. ``at_end`` is called when the time of the scenario
    is over, while the bench is still there."""
    entries: list[Entry] = []
    why, crashed = "", False
    async with Bench(scenario.rig_of(over), ports=Ports.MEMORY, seed=scenario.seed, journal=recorded(entries)) as bench:
        bench.steering.inject_all(scenario.faults())
        with nullcontext() if bench.air is None else virtual_bluetooth(bench.air):
            running = asyncio.ensure_future(_run(client, bench, over, scenario.restarts))
            playing = asyncio.ensure_future(bench.run(scenario.lasts))
            await asyncio.wait((running, playing), return_when=asyncio.FIRST_COMPLETED)
            if running.done() and not playing.done():
                crashed, why = True, _end_of(running, bench.clock.now())
                await playing
            playing.result()
            at_end(bench)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    return verdict_on(scenario, over, entries, why=why, crashed=crashed)


async def _run(client: Client, bench: Bench, over: str, restarts: Sequence[Instant]) -> None:
    """Run a client, killed and started anew at these instants."""
    for instant in restarts:
        running = asyncio.ensure_future(client(bench, over))
        try:
            await asyncio.wait((running,), timeout=(instant - bench.clock.now()) / 1_000)
            if running.done():
                running.result()
                return
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    await client(bench, over)


def _end_of(running: "asyncio.Future[None]", now: int) -> str:
    error = running.exception()
    how = "ended by itself" if error is None else f"crashed with {type(error).__name__}: {error}"
    return f"the client {how} {now / 1000:.0f} s after the start"
