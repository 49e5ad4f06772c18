"""The presence of a carrier: stopped while a fault or an action makes it absent, started again afterwards."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock, pace_of
from isletbench.emulator.journal.bench_events import CarrierCannotReturn, CarrierGone, CarrierThere
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Carrier

RETRY_S = 1.0
"""How long a carrier whose address is taken waits before it is tried again, s of the world's time."""


class CarrierPresence:
    """Stops and starts one carrier, one transition at a time."""

    def __init__(
        self, host: Host[Any], carrier: Carrier, journal: Journal, clock: Clock, note: Callable[[str, str | None], None]
    ) -> None:
        self._host, self._carrier, self._journal, self._clock = host, carrier, journal, clock
        self._note = note
        """Takes what prevents the carrier's return, and None when nothing does any more."""
        self._absences = 0
        self._present = True
        self._closed = self._prevented = self._waiting = False
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
                    await self._wait(str(error))
                    continue
                self._say(None)
            self._present = not self._present
            event = CarrierThere if self._present else CarrierGone
            self._journal.bench(self._clock.now(), event(self._carrier.name))
        if not self._present:
            self._say(None)  # nobody wants it to return

    async def _wait(self, why: str) -> None:
        """Say once what prevents the carrier's return, and wait before it is tried again."""
        if not self._prevented:
            self._journal.bench(self._clock.now(), CarrierCannotReturn(self._carrier.name, why))
        self._say(why)
        self._waiting = True
        pace = pace_of(asyncio.get_running_loop())
        try:
            await asyncio.sleep(RETRY_S * (pace.factor or 1.0))
        finally:
            self._waiting = False

    def _say(self, why: str | None) -> None:
        if why is not None or self._prevented:
            name = self._carrier.name
            self._note(name, None if why is None else f"{name} cannot return: {why}; it is tried again every second")
        self._prevented = why is not None

    async def close(self) -> None:
        """Wait for the current transition; no further one begins."""
        self._closed = True
        if self._transition is not None and self._waiting:
            self._transition.cancel()
        if self._transition is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._transition
