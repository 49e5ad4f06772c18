"""The presence of a carrier: stopped while a fault or an action makes it absent, started again afterwards."""

import asyncio
import contextlib
from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.journal.bench_events import CarrierCannotReturn, CarrierGone, CarrierThere
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Carrier


class CarrierPresence:
    """Stops and starts one carrier, one transition at a time."""

    def __init__(self, host: Host[Any], carrier: Carrier, journal: Journal, clock: Clock) -> None:
        self._host, self._carrier, self._journal, self._clock = host, carrier, journal, clock
        self._absences = 0
        self._present = True
        self._closed = False
        self._transition: asyncio.Task[None] | None = None

    def change_absences(self, change: int) -> None:
        """Count one absence less (``change`` 1) or one more (-1); the carrier runs while there is none."""
        self._absences -= change
        if self._closed:
            return
        if self._transition is None or self._transition.done():
            self._transition = asyncio.get_running_loop().create_task(self._run_transitions())

    async def _run_transitions(self) -> None:
        while self._present == bool(self._absences):
            if self._present:
                await self._carrier.stop()
            else:
                try:
                    await self._host.start_carrier(self._carrier)
                except OSError as error:  # another program uses the address meanwhile
                    failed = CarrierCannotReturn(self._carrier.name, str(error))
                    self._journal.bench(self._clock.now(), failed)
                    return
            self._present = not self._present
            event = CarrierThere if self._present else CarrierGone
            self._journal.bench(self._clock.now(), event(self._carrier.name))

    async def close(self) -> None:
        """Wait for the current transition; no further one begins."""
        self._closed = True
        if self._transition is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._transition
