"""Devices as a test gets hold of them: those of a bench in this process, and those that a rig's firmware stands in for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.collectors.collector import Collector
    from isletbench.emulator.rigs.bring_up.steps import FirmwareStand


class ClockHandle:
    """The time of a running bench, as a test gets hold of it. Raises ``ValueError`` for what it cannot do."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench

    @property
    def now(self) -> int:
        """ms since the bench began."""
        return self._bench.clock.now()

    async def passes(self, span: str) -> None:
        """Let so much time pass (``90s``, ``5m``, ``1.5h``), at once in jump pace and fast at any other."""
        from isletbench.emulator.core.quantities import parse_span

        await self._bench.steering.step(parse_span(span))

    def runs_at(self, pace: str) -> None:
        """From now on time passes at this pace: ``real``, ``60x``, ``paused``."""
        from isletbench.emulator.core.clock import Pace

        self._bench.steering.change_pace(Pace.parse(pace))


class DeviceHandle:
    """One device of a running bench, as a test gets hold of it. Raises ``ValueError`` for what it cannot do."""

    def __init__(self, bench: "Bench", name: str) -> None:
        self._bench = bench
        self.name = name

    @property
    def place(self) -> dict[str, Any]:
        """Where clients find it: ``serial`` and ``ble``."""
        found: dict[str, Any] = self._bench.ready()["devices"][self.name]
        return found

    @property
    def state(self) -> dict[str, Any]:
        """What it is doing."""
        found: dict[str, Any] = self._bench.status()["devices"][self.name]
        return found

    def do(self, action: str, **arguments: Any) -> None:
        """Do something to it, as hands would."""
        self._bench.steering.do(self.name, action, arguments)

    def inject(self, fault: str, **settings: Any) -> str:
        """Let something go wrong with it; the fault's name, for ``clear``."""
        from isletbench.emulator.faults import parse

        return self._bench.steering.inject(parse({"fault": fault, "device": self.name, **settings})).id

    def clear(self, fault: str) -> None:
        """Take a fault away."""
        self._bench.steering.clear(fault)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Collector"]:
        """A client of it, connected: on its serial port where it has one, else over Bluetooth LE."""
        from isletbench.emulator.collectors.factory import collector_for
        from isletbench.emulator.collectors.link_collector import LinkCollector
        from isletbench.emulator.transports.ports.settings import baud_of

        port = self._bench.memory.get(self.name)
        baud = baud_of(self._bench.rig.devices[self.name].serial)
        async with _connected(collector_for(self.place, baud) if port is None else LinkCollector(port.connect)) as collector:
            yield collector


class FirmwareHandle:
    """One device that firmware stands in for. What only a bench can tell or do skips the test that wants it."""

    def __init__(self, stand: "FirmwareStand", name: str) -> None:
        self._stand = stand
        self.name = name

    @property
    def place(self) -> dict[str, Any]:
        """Where clients find it: ``serial``, and no ``ble``."""
        return {"kind": self._stand.rig.devices[self.name].kind, **self._stand.places[self.name]}

    @property
    def state(self) -> dict[str, Any]:
        """Skips the test."""
        self._cannot("be looked into")

    def do(self, action: str, **arguments: Any) -> None:
        """Skips the test."""
        self._cannot(f"be made to {action}")

    def inject(self, fault: str, **settings: Any) -> str:
        """Skips the test."""
        self._cannot(f"have the fault {fault}")

    def clear(self, fault: str) -> None:
        """Skips the test."""
        self._cannot(f"have the fault {fault}")

    def _cannot(self, what: str) -> NoReturn:
        pytest.skip(f"the {self.name} of the rig {self._stand.rig.name} is firmware, which cannot {what}")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Collector"]:
        """A client of it, connected to its link."""
        async with _connected(self._stand.collector(self.name)) as collector:
            yield collector


@asynccontextmanager
async def _connected(collector: "Collector") -> AsyncIterator["Collector"]:
    await collector.connect()
    try:
        yield collector
    finally:
        await collector.disconnect()


def only(running: "Bench | FirmwareStand", kind: str) -> DeviceHandle | FirmwareHandle:
    """The one device of a kind. Skips the test when the rig has none."""
    from isletbench.emulator.bench.bench import Bench

    names = [name for name, device in running.rig.devices.items() if device.kind == kind]
    if not names:
        pytest.skip(f"the rig {running.rig.name} has no {kind}")
    if len(names) > 1:
        raise pytest.UsageError(f"the rig {running.rig.name} has {len(names)} devices of kind {kind}: use `bench` itself")
    return DeviceHandle(running, names[0]) if isinstance(running, Bench) else FirmwareHandle(running, names[0])
