"""Whether the computer, or this process, has slept: a closed laptop, SIGSTOP, a debugger.

Devices are told no time but that of the event loop, which is a clock that nobody sets: the host's calendar may jump as it
likes. A process that is stopped wakes up late: what was due meanwhile happens then, each at its own instant (the pump that is
emulated was never stopped). A computer that is suspended stops the clock, too: the bench's time stands still with it.
"""

import asyncio
from collections.abc import Callable

from isletbench.emulator.core.clock import awake_and_asleep_s, pace_of
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.journal.bench_events import MachineSlept

LOOK_EVERY_S = 1.0
"""How often it is measured, s of the world's time."""
SLEPT_S = 5.0
"""So much longer than it should have been since the last look is sleep, s: no load keeps the loop that long."""


class SleepWatch:
    """Calls ``slept`` with what is found, and how long links have been silent for, s of the world's time."""

    def __init__(self, slept: Callable[[MachineSlept, float], None]) -> None:
        self._slept = slept

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        awake, asleep = awake_and_asleep_s()
        while True:
            pace = pace_of(loop)
            factor = pace.factor or 1.0
            await asyncio.sleep(LOOK_EVERY_S * factor)
            (before, slept_before), (awake, asleep) = (awake, asleep), awake_and_asleep_s()
            if pace_of(loop) != pace or pace.factor == 0:
                continue  # nobody knows how long that should have taken
            stopped, suspended = awake - before - LOOK_EVERY_S, asleep - slept_before
            if max(stopped, suspended) > SLEPT_S:
                gap: Span = round(max(stopped, 0.0) * factor * 1_000)
                self._slept(MachineSlept(round((max(stopped, 0.0) + suspended) * 1_000), gap), stopped + suspended)
