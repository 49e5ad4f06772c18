"""Whether a carrier can be reached: stopped while somebody wants it absent, started again when nobody does."""

import asyncio
import contextlib
from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.journal.bench_events import CarrierCannotReturn, CarrierGone, CarrierThere
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Carrier


class CarrierPresence:
    """Stops and starts one carrier in the order asked for, though either takes a moment."""

    def __init__(self, host: Host[Any], carrier: Carrier, journal: Journal, clock: Clock) -> None:
        self._host, self._carrier, self._journal, self._clock = host, carrier, journal, clock
        self._absences = 0
        self._there = True
        self._closed = False
        self._moving: asyncio.Task[None] | None = None

    def move(self, step: int) -> None:
        """Count one absence less (+1) or one more (-1); the carrier is started while there is none."""
        self._absences -= step
        if self._closed:
            return
        if self._moving is None or self._moving.done():
            self._moving = asyncio.get_running_loop().create_task(self._move())

    async def _move(self) -> None:
        while self._there == bool(self._absences):
            if self._there:
                await self._carrier.stop()
            else:
                try:
                    await self._host.start_carrier(self._carrier)
                except OSError as error:  # another program has taken the address meanwhile
                    failed = CarrierCannotReturn(self._carrier.name, str(error))
                    self._journal.bench(self._clock.now(), failed)
                    return
            self._there = not self._there
            moved = CarrierThere if self._there else CarrierGone
            self._journal.bench(self._clock.now(), moved(self._carrier.name))

    async def settle(self) -> None:
        """Wait for the last start or stop; none follows it."""
        self._closed = True
        if self._moving is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._moving
