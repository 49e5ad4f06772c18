"""The bench: the only place where devices, ports, clock and journal are wired together.

The command line, the control API and the pytest plugin are skins over it.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.steering import Steering
from isletbench.emulator.bench.store import Keeper
from isletbench.emulator.core import running
from isletbench.emulator.core.clock import Clock, Pace, pace_of
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.kind import Setup
from isletbench.emulator.endpoints.registry import KINDS
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.journal import beliefs
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.rigs.tuning import profile_of
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.emulator.transports.ble.radio import Radio
from isletbench.emulator.transports.carrier import Carrier, Port
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.line import Line
from isletbench.emulator.transports.ports.memory import MemoryPort
from isletbench.emulator.transports.ports.pty import PtyPort
from isletbench.emulator.transports.ports.rfc2217 import Rfc2217Port
from isletbench.emulator.transports.ports.serial import SerialPort
from isletbench.emulator.transports.ports.tcp import TcpPort
from isletbench.emulator.transports.serial_link import SerialLink

REPEATABLE_START = datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001  # a device's calendar has no zone of its own
"""When a run in jump pace begins, unless the rig says: the same for every run."""
DEFAULT_HCI = ("tcp:127.0.0.1:0",)
"""Where HCI is offered unless something else is asked for: a free loopback port."""


class Ports(Enum):
    """Which ports a bench opens."""

    REAL = "real"
    """Those of the rig: other programs can reach them."""
    MEMORY = "memory"
    """In-process ones in their place, for a client in the same program: the only kind that jump pace allows."""


class Bench:
    """The devices of a rig, running. Use it as an async context manager; its pace is its loop's (``core.clock.run``).

    ``hci`` says where other programs find controllers on its air (``tcp:HOST:PORT``, ``unix:PATH``, ``pty:LINK``, ``vhci``);
    left out, a bench with real ports and Bluetooth devices takes ``DEFAULT_HCI``. ``memory`` holds the client's end of every
    serial port when the ports are in memory; ``air`` is the virtual radio, and ``radios`` are how well its devices are heard.
    ``radio`` names real Bluetooth controllers, as bumble does (``usb:0``, ``serial:/dev/ttyACM0``): the first device with
    Bluetooth stands on the first one, and so on, or the device NAME on the one of ``NAME=SPEC``; the others stay where the rig
    says, on the air or on a controller.
    ``dongles`` tells which stands where.
    ``state`` is a file in which pumps and bonds survive: a bench that finds one goes on where the last one ended, and its
    pumps have been without power in between.
    ``glucose`` replaces the glucose sources of the devices it names.
    ``stand_in`` may put another device in a device's place: one that plays a recording.
    Raises ``RigError`` for what the rig asks and we have not, ``StateError`` for a state file that is not this bench's,
    ``OSError`` for a port that cannot be had.
    """

    def __init__(
        self,
        rig: Rig,
        *,
        ports: Ports,
        seed: int | None = None,
        hci: Sequence[str] | None = None,
        radio: Sequence[str] = (),
        journal: Journal | None = None,
        state: Path | None = None,
        stand_in: Callable[[GattDevice], GattDevice] = lambda device: device,
        glucose: Mapping[str, Source] | None = None,
    ) -> None:
        self.rig = rig
        self.ports = ports
        self.pace = Pace()
        self.seed = rig.seed if seed is None else seed
        self.journal = journal or Journal()
        self.memory: dict[str, MemoryPort] = {}
        self.hosts: dict[str, Host] = {}
        self.hci: tuple[str, ...] = ()
        self.air: Air | None = None
        self.radios: dict[str, Radio] = {}
        self.lines: dict[str, Line] = {}
        self.dongles = _dongles(rig, radio)
        has_ble = any(device.ble and name not in self.dongles for name, device in rig.devices.items())
        self._hci_specs = tuple(hci) if hci else DEFAULT_HCI if has_ble and ports is Ports.REAL else ()
        self._needs_air = has_ble or bool(self._hci_specs)
        self._state = state
        self._stand_in = stand_in
        self._glucose = glucose or {}
        self._keeper: Keeper | None = None
        self._places: dict[str, dict[str, Any]] = {}
        self._actions = {name: KINDS[device.kind].actions for name, device in rig.devices.items()}
        self._running = AsyncExitStack()

    @property
    def start(self) -> datetime:
        """The local date and time at the devices at instant 0."""
        if self._keeper and self._keeper.start:
            return datetime.fromisoformat(self._keeper.start)
        if self.rig.start is not None:
            return self.rig.start
        return REPEATABLE_START if self.pace.jumps else self._began

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self.pace = pace_of(self.loop)
        if self.pace.jumps and (self.ports is Ports.REAL or self._hci_specs or self.dongles):
            raise RigError("jump pace: time does not wait for a client in another program; use real or a factor such as 60x")
        self._began = datetime.now().replace(microsecond=0)  # noqa: DTZ005  # local time, as a device is set
        async with AsyncExitStack() as stack:
            if self._state is not None:
                self._keeper = stack.enter_context(Keeper(self._state, self._identity))
            self.clock = Clock(begin=self._keeper.went_on(self.pace.factor) if self._keeper else 0)
            start = self.start.isoformat()
            if self._keeper:
                self._keeper.begin(start)
            self.steering = Steering(
                self.hosts, self.radios, self.lines, self._actions, clock=self.clock, journal=self.journal, seed=self.seed
            )
            resumed = {"resumed_at": self.clock.now()} if self._keeper and self._keeper.resumed else {}
            kinds = {name: device.kind for name, device in self.rig.devices.items()}
            pace = str(self.pace)
            self.journal.open(rig=self.rig.name, seed=self.seed, pace=pace, start=start, devices=kinds, **resumed)
            if self._needs_air:
                self.air = Air()
                servers = [await stack.enter_async_context(HciServer(spec, self.air)) for spec in self._hci_specs]
                self.hci = tuple(server.spec for server in servers)
            for name, config in self.rig.devices.items():
                host = self._host(self._stand_in(self._device(name, config)), config)
                await host.start()
                stack.push_async_callback(host.stop)
                self.hosts[name] = host
                self._places[name] = self._place(host)
            stack.push_async_callback(self.steering.stop)
            self._running = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()
        self.journal.bench(self.clock.now(), "stopped")
        self.journal.flush()

    async def run(self, span: Span | None, stop: asyncio.Event | None = None) -> None:
        """Let time pass: for ``span``, until ``stop`` is set, or for ever. Raises what broke a device, if one breaks."""
        failures = [host.failed for host in self.hosts.values()]
        waiting = [asyncio.create_task(_passes(span))] if span is not None else []
        waiting += [asyncio.create_task(_is_set(stop))] if stop is not None else []
        try:
            await asyncio.wait([*failures, *waiting], return_when=asyncio.FIRST_COMPLETED)
            for failure in failures:
                if failure.done():
                    failure.result()
        finally:
            for task in waiting:
                task.cancel()
            if pace_of(self.loop).factor == 0:
                self.steering.change_pace(Pace())  # what ends now must not wait for time that stands still

    def believe(self, told: Mapping[str, Any] | str | bytes) -> None:
        """Take down what a client tells of what it believes. Raises ``BeliefError``."""
        belief = beliefs.parse(told)
        self.journal.belief(self.clock.now(), belief.model_dump(mode="json", exclude_defaults=True))
        self.journal.flush()

    def ready(self) -> dict[str, Any]:
        """Where clients find every device."""
        devices = {name: {"kind": config.kind, **self._places[name]} for name, config in self.rig.devices.items()}
        return {"hci": list(self.hci), "devices": devices}

    def status(self) -> dict[str, Any]:
        """What every device is doing."""
        now = self.clock.now()
        devices = {
            name: {
                "kind": self.rig.devices[name].kind,
                **self._places[name],
                "clients": sorted(host.device.peers),
                **host.device.machine.status(now),
            }
            for name, host in self.hosts.items()
        }
        faults = [injected.to_dict() for injected in self.steering.faults.injected]
        pace = str(pace_of(self.loop))
        return {"rig": self.rig.name, "seed": self.seed, "pace": pace, "now": now, "devices": devices, "faults": faults}

    # Devices

    @property
    def _identity(self) -> dict[str, Any]:
        devices = {name: device.model_dump(mode="json") for name, device in self.rig.devices.items()}
        return {"rig": self.rig.name, "seed": self.seed, "devices": devices}

    def _host(self, device: GattDevice, config: DeviceTable) -> Host:
        carriers, keeper = self._carriers(device, config), self._keeper
        if keeper is None:
            return Host(device, carriers, self.clock, self.journal, interceptor=self.steering.faults)
        keeper.restore(device, carriers, self.clock.now())
        return Host(
            device,
            carriers,
            self.clock,
            self.journal,
            keep=lambda: keeper.keep(device, carriers, self.clock.now()),
            interceptor=self.steering.faults,
        )

    def _device(self, name: str, config: DeviceTable) -> GattDevice:
        kind, where = KINDS[config.kind], f"devices.{name}"
        try:
            profile = profile_of(config, f"{where}.")
        except ValueError as error:
            raise RigError(str(error)) from None
        setup = Setup(name=name, epoch=self.start, seed=self.seed, glucose=self._glucose.get(name))
        try:
            machine = kind.machine(config, profile, setup)
        except ValueError as error:
            raise RigError(f"{where}: {error}") from None
        return kind.endpoint(name, machine, config.ble.name if config.ble else name)

    # Ports

    def _carriers(self, device: GattDevice, config: DeviceTable) -> list[Carrier]:
        carriers: list[Carrier] = []
        if config.serial is not None:
            name = f"{device.name}.serial"
            port = Line(self._port(device.name, config.serial), config.line, seed=self.seed, name=device.name)
            self.lines[device.name] = port
            carriers.append(SerialLink(name, port, device.name, lambda way, octets: self._frame(name, way, octets)))
        where = self.dongles.get(device.name, self.air)
        if config.ble is not None and where is not None:
            conditions = config.ble.radio or self.rig.air
            self.radios[device.name] = radio = Radio(conditions, seed=self.seed, name=device.name)
            radio.on_break = lambda: self.journal.bench(self.clock.now(), "connection_broke", device=device.name)
            peripheral = BlePeripheral(
                f"{device.name}.ble",
                device.advertisement,
                where,
                address=config.ble.address,
                passkey=config.ble.passkey,
                enters_passkey=config.ble.enters_passkey,
                prefers=config.ble.connection,
                radio=radio,
                seed=f"{self.seed}/{device.name}",
            )
            carriers.append(peripheral)
        return carriers

    def _place(self, host: Host) -> dict[str, Any]:
        """Where clients find a device, once its carriers have started."""
        place: dict[str, Any] = {"serial": None, "ble": None}
        for carrier in host.carriers:
            if isinstance(carrier, BlePeripheral):
                place["ble"] = {"address": carrier.address, "name": host.device.advertisement.name}
                if host.device.name in self.dongles:
                    place["ble"]["radio"] = self.dongles[host.device.name]
            else:
                client = self.rig.devices[host.device.name].client if self.ports is Ports.REAL else None
                place["serial"] = client or carrier.address
        return place

    def _line_set(self, name: str, what: str, value: object) -> None:
        """A client has set its end of the line."""
        self.journal.bench(self.clock.now(), "line", device=name, **{what: value})

    def _frame(self, carrier: str, way: str, octets: bytes) -> None:
        self.journal.frame(self.clock.now(), carrier, way, octets)

    def _port(self, name: str, spec: str) -> Port:
        if self.ports is Ports.MEMORY:
            self.memory[name] = MemoryPort(name)
            return self.memory[name]
        kind, _, place = spec.partition(":")
        host, _, port = place.rpartition(":")
        match kind:
            case "tcp":
                return TcpPort(host, int(port))
            case "rfc2217":
                return Rfc2217Port(host, int(port), lambda what, value: self._line_set(name, what, value))
            case "serial":
                return SerialPort(*settings.parse(place))
            case _:
                return PtyPort(Path(place) if place else running.directory() / name)


async def _passes(span: Span) -> None:
    await asyncio.sleep(span / 1_000)


async def _is_set(stop: asyncio.Event) -> None:
    await stop.wait()


def _dongles(rig: Rig, specs: Sequence[str]) -> dict[str, str]:
    """Which device stands on which real controller. Raises ``RigError``."""
    with_ble = [name for name, device in rig.devices.items() if device.ble]
    placed: dict[str, str] = {}
    for given in specs:
        named = re.fullmatch(r"([a-z][a-z0-9_-]*)=(.+)", given)
        free = [name for name in with_ble if name not in placed]
        name, spec = (named[1], named[2]) if named else (free[0] if free else "", given)
        if name not in free:
            whom = f"device {name!r}" if named else "any device"
            raise RigError(
                f"radio {given}: not for {whom}: expected one with Bluetooth LE and no radio yet: {', '.join(free) or 'none'}"
            )
        placed[name] = spec
    for name, device in rig.devices.items():
        if device.ble and device.ble.controller and name not in placed:
            placed[name] = device.ble.controller
    return placed
