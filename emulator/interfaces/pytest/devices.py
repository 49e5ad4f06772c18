"""The handles by which a test uses devices: those of a bench in this process, and those of a rig of firmware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.collector import Collector
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp


class ClockHandle:
    """The clock of a running bench, for a test. Raises ``ValueError`` for an invalid or impossible change."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench

    @property
    def now(self) -> int:
        """Bench time, ms since the bench began."""
        return self._bench.clock.now()

    async def passes(self, span: str) -> None:
        """Let this span of bench time pass (``90s``, ``5m``, ``1.5h``): at once in jump pace, at 1000x in any other."""
        from isletbench.emulator.core.quantities import parse_span

        await self._bench.steering.step(parse_span(span))

    def runs_at(self, pace: str) -> None:
        """Change the pace of the bench: ``real``, ``60x``, ``paused``."""
        from isletbench.emulator.core.clock import Pace

        self._bench.steering.change_pace(Pace.parse(pace))


class DeviceHandle:
    """A device of a running bench, for a test. Raises ``ValueError`` for an invalid or impossible action."""

    def __init__(self, bench: "Bench", name: str) -> None:
        self._bench = bench
        self.name = name

    @property
    def place(self) -> dict[str, Any]:
        """The addresses that clients open: ``serial`` and ``ble``."""
        found: dict[str, Any] = self._bench.ready()["devices"][self.name]
        return found

    @property
    def state(self) -> dict[str, Any]:
        """The state of the device, as in ``bench.status()``."""
        found: dict[str, Any] = self._bench.status()["devices"][self.name]
        return found

    def do(self, action: str, **arguments: Any) -> None:
        """Perform an action on the device."""
        self._bench.steering.do(self.name, action, arguments)

    def inject(self, fault: str, **settings: Any) -> str:
        """Inject a fault into the device; return the name of the fault, for ``clear``."""
        from isletbench.emulator.faults import parse

        return self._bench.steering.inject(parse({"fault": fault, "device": self.name, **settings})).id

    def clear(self, fault: str) -> None:
        """Clear a fault."""
        self._bench.steering.clear(fault)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Collector"]:
        """Connect a client to the device: on its serial port where it has one, else over Bluetooth LE."""
        from isletbench.emulator.collectors.factory import collector_for
        from isletbench.emulator.collectors.link_collector import LinkCollector
        from isletbench.emulator.transports.ports.settings import baud_of

        port = self._bench.memory.get(self.name)
        baud = baud_of(self._bench.rig.devices[self.name].serial)
        async with _connected(collector_for(self.place, baud) if port is None else LinkCollector(port.connect)) as collector:
            yield collector


class FirmwareHandle:
    """A device that is implemented by firmware. Methods that need a bench skip the test."""

    def __init__(self, stand: "FirmwareBringUp", name: str) -> None:
        self._stand = stand
        self.name = name

    @property
    def place(self) -> dict[str, Any]:
        """The address that clients open: ``serial``; firmware has no ``ble``."""
        return {"kind": self._stand.rig.devices[self.name].kind, **self._stand.places[self.name]}

    @property
    def state(self) -> dict[str, Any]:
        """Skip the test: firmware has no such interface."""
        self._cannot("be looked into")

    def do(self, action: str, **arguments: Any) -> None:
        """Skip the test: firmware has no such interface."""
        self._cannot(f"be made to {action}")

    def inject(self, fault: str, **settings: Any) -> str:
        """Skip the test: firmware has no such interface."""
        self._cannot(f"have the fault {fault}")

    def clear(self, fault: str) -> None:
        """Skip the test: firmware has no such interface."""
        self._cannot(f"have the fault {fault}")

    def _cannot(self, what: str) -> NoReturn:
        pytest.skip(f"the {self.name} of the rig {self._stand.rig.name} is firmware, which cannot {what}")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Collector"]:
        """Connect a client to the device's link."""
        async with _connected(self._stand.collector(self.name)) as collector:
            yield collector


@asynccontextmanager
async def _connected(collector: "Collector") -> AsyncIterator["Collector"]:
    await collector.connect()
    try:
        yield collector
    finally:
        await collector.disconnect()
