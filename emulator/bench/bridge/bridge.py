"""A device of a bench that is itself a central: it looks for its CGM, follows it, and comes back to it after a loss."""

import asyncio
import contextlib
from typing import Any

from isletbench.emulator.bench.bridge.cgm_client import COMMUNICATION_ERRORS, CgmClient
from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.central_collector import CentralCollector, PairingError
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.quantities import Span, minutes, seconds
from isletbench.emulator.core.readings import CgmLink, GlucoseReceiver
from isletbench.emulator.transports.ble.central import Central

SHORTEST_WAIT, LONGEST_WAIT = seconds(2), minutes(1)
"""Between two attempts to connect: twice the last one, up to the longest."""
LONG_CONNECTION = minutes(1)
"""After a connection that lasted longer the waits begin anew."""


class CgmBridge:
    """Brings the readings of a CGM into the machine behind ``host``, over a radio of the device's own.

    The machine is called between two turns of its host, as by a person. What breaks here is our fault and ends the bench, as
    the host's own failures do.
    """

    def __init__(self, host: Host[Any], central: Central, name: str, clock: Clock) -> None:
        self._host, self._central, self._clock = host, central, clock
        self._machine: GlucoseReceiver = host.endpoint.machine
        self._collector = CentralCollector(central, name)
        self._client = CgmClient(self._collector, clock.now, self._receive)
        self._link = CgmLink.OFF
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for the CGM."""
        self._central.restore(self._machine.cgm_bonds)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Power the radio off. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._central.switch_off()

    async def _run(self) -> None:
        try:
            await self._follow_for_ever()
        except Exception as error:  # handed to whoever runs the bench, not swallowed
            if not self._host.failed.done():
                self._host.failed.set_exception(error)

    async def _follow_for_ever(self) -> None:
        wait: Span = SHORTEST_WAIT
        while True:
            began = self._clock.now()
            if self._machine.wants_glucose:
                await self._follow_once()
            else:
                self._show(CgmLink.OFF)
            lasted = self._clock.now() - began
            wait = SHORTEST_WAIT if lasted > LONG_CONNECTION else min(2 * wait, LONGEST_WAIT)
            await asyncio.sleep(wait / 1_000)

    async def _follow_once(self) -> None:
        """One connection, from the search for the CGM to its end."""
        if self._link is not CgmLink.PAIRING_FAILED:
            self._show(CgmLink.SEARCHING)
        try:
            await self._client.begin()
            self._save_bonds()
            self._show(CgmLink.CONNECTED)
            await self._client.follow(lambda: self._machine.wants_glucose)
        except PairingError:
            self._show(CgmLink.PAIRING_FAILED)
        except COMMUNICATION_ERRORS:
            if self._link is CgmLink.CONNECTED:
                self._show(CgmLink.SEARCHING)
        finally:
            await self._collector.disconnect()

    # What the machine is told

    def _show(self, link: CgmLink) -> None:
        if link is not self._link:
            self._link = link
            self._host.wake()
            self._machine.set_cgm_link(link, self._clock.now())
            self._host.wake()

    def _save_bonds(self) -> None:
        bonds = self._central.snapshot()
        if bonds != self._machine.cgm_bonds:
            self._machine.set_cgm_bonds(bonds, self._clock.now())
            self._host.wake()

    def _receive(self, readings: Any) -> None:
        self._host.wake()
        self._machine.receive_glucose(readings, self._clock.now())
        self._host.wake()
