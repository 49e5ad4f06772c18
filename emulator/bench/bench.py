"""The bench: the devices of a rig, running. Command line, control API and pytest plugin are interfaces to it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from isletbench.emulator.bench.assembly import Assembly, Ports, real_controllers
from isletbench.emulator.bench.descriptors import enough_for
from isletbench.emulator.bench.exposure import check_exposed, exposed, ports_of
from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.places import capture_to, place_of, status_of
from isletbench.emulator.bench.problems import LOG, Problems
from isletbench.emulator.bench.sleep_watch import SleepWatch
from isletbench.emulator.bench.steering import Steering
from isletbench.emulator.bench.store import StateStore
from isletbench.emulator.core.actions import Actions
from isletbench.emulator.core.clock import BenchLoop, Clock, Pace, pace_of, wall_seconds
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.endpoints.patient.participant import PATIENT_NAME
from isletbench.emulator.endpoints.registry import PARTICIPANTS
from isletbench.emulator.journal import beliefs
from isletbench.emulator.journal.bench_events import MachineSlept, Stopped
from isletbench.emulator.journal.entries import Header
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.transports.ble.radio import Radio
from isletbench.emulator.transports.ports.line import Line
from isletbench.emulator.transports.ports.memory import MemoryPort

if TYPE_CHECKING:
    from isletbench.emulator.transports.ble.air import Air
    from isletbench.emulator.transports.ble.capture import Capture

REPEATABLE_START = datetime(2026, 1, 1, 8, 0)  # noqa: DTZ001  # a device's calendar has no zone of its own
"""When a run in jump pace begins, unless the rig says: the same for every run."""
DEFAULT_HCI = ("tcp:127.0.0.1:0",)
"""Where HCI is offered unless something else is asked for: a free loopback port."""


class Bench:
    """The devices of a rig, running. Use it as an async context manager; its pace is its loop's (``core.clock.run``).

    ``hci`` names where other programs find controllers on its air (``tcp:HOST:PORT``, ``unix:PATH``, ``pty:LINK``, ``vhci``);
    left out, a bench with real ports and Bluetooth devices takes ``DEFAULT_HCI``. With ``hci_later`` it is offered when
    ``open_to_hosts`` is called. ``air`` is the virtual radio.
    ``radio`` names real Bluetooth controllers, as bumble does (``usb:0``, ``serial:/dev/ttyACM0``): the first device with
    Bluetooth uses the first one, and so on, or the device NAME the one of ``NAME=SPEC``; the others stay where the rig
    says, on the air or on a controller. ``controllers`` are the devices that use one.
    ``state`` is a file in which machines and bonds survive: a bench that finds one goes on where the last one ended, and its
    devices have been without power in between.
    ``exposes`` allows ports that other machines can reach; they have no security.
    ``glucose`` replaces the glucose sources of the devices it names.
    ``stand_in`` may put another device in a device's place: one that replays a recording, or a real one. ``actions`` are what
    can be done to the devices it names, in place of the actions of their kinds.
    Raises ``RigError`` for a rig that cannot be built, ``StateError`` for a state file that is not this bench's,
    ``OSError`` for a port that cannot be had.
    """

    def __init__(
        self,
        rig: Rig,
        *,
        ports: Ports,
        seed: int | None = None,
        hci: Sequence[str] | None = None,
        hci_later: bool = False,
        radio: Sequence[str] = (),
        journal: Journal | None = None,
        state: Path | None = None,
        stand_in: Callable[[Endpoint], Endpoint] = lambda device: device,
        glucose: Mapping[str, Source] | None = None,
        exposes: bool = False,
        btsnoop: Path | None = None,
        actions: Mapping[str, Actions[Any]] | None = None,
    ) -> None:
        self.rig = rig
        self.ports = ports
        self.pace = Pace()
        self.seed = rig.seed if seed is None else seed
        self.journal = journal or Journal()
        self.hosts: dict[str, Host[Any]] = {}
        self.hci: tuple[str, ...] = ()
        self.air: Air | None = None
        self.controllers = real_controllers(rig, radio)
        self.memory: dict[str, MemoryPort] = {}
        """The client's end of every serial port, when the ports are in memory."""
        self.radios: dict[str, Radio] = {}
        """The radio of every device with Bluetooth LE."""
        self.lines: dict[str, Line] = {}
        """The serial line of every device with a serial port."""
        has_ble = any(device.ble and name not in self.controllers for name, device in rig.devices.items())
        self._hci_specs = tuple(hci) if hci else DEFAULT_HCI if has_ble and ports is Ports.REAL else ()
        serial = {name: device.serial for name, device in rig.devices.items()} if ports is Ports.REAL else {}
        self.exposed = exposed(ports_of(serial, self._hci_specs))
        """The ports that other machines can reach, by what they are called."""
        if not exposes:
            check_exposed(rig.origin, self.exposed)
        self._needs_air = has_ble or bool(self._hci_specs)
        self._state, self._btsnoop, self._hci_later = state, btsnoop, hci_later
        self._capture: Capture | None = None
        self._begins = 0
        if btsnoop is not None and not any(device.ble for device in rig.devices.values()):
            raise RigError(f"{rig.origin}: no device has Bluetooth LE: there is nothing to capture")
        self._stand_in = stand_in
        self._actions = actions or {}
        self._glucose = glucose or {}
        self._store: StateStore | None = None
        self._running = AsyncExitStack()
        self._unwritable = asyncio.Event()
        """Set when the journal cannot be written any more."""
        self.journal.on_failure = self._unwritable.set
        self.problems = Problems(self.journal)
        """What the bench cannot do at the moment."""

    @property
    def start(self) -> datetime:
        """The local date and time at the devices at instant 0."""
        if self._store:
            return datetime.fromisoformat(self._store.start)
        if self.rig.start is not None:
            return self.rig.start
        if not self.pace.jumps:
            return self._began
        return (self.rig.patient and self.rig.patient.recording_start) or REPEATABLE_START

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self.pace = pace_of(self.loop)
        if isinstance(self.loop, BenchLoop):
            self.loop.on_descriptors_exhausted = self.problems.descriptors_exhausted
        if self.pace.jumps and (
            self.ports is Ports.REAL or self._hci_specs or self.controllers or self.rig.needs_another_bench
        ):
            raise RigError("jump pace: time does not wait for a client in another program; use real or a factor such as 60x")
        self._began = datetime.now().replace(microsecond=0)  # noqa: DTZ005  # local time, as a device is set
        async with AsyncExitStack() as stack:
            self._begin_time(stack)
            actions = {name: PARTICIPANTS[kind].actions for name, kind in self.rig.participants.items()} | dict(self._actions)
            operations = {name: table.operations for name, table in self.rig.devices.items()}
            self.steering = Steering(
                self.hosts,
                self.radios,
                self.lines,
                actions,
                operations,
                clock=self.clock,
                journal=self.journal,
                seed=self.seed,
                note=self.problems.note,
            )
            self._open_journal()
            if self._needs_air:
                # here, so that a rig without Bluetooth does not wait for a Bluetooth stack
                from isletbench.emulator.transports.ble.air import Air

                self.air = Air()
            capture = None if self._btsnoop is None else capture_to(self._btsnoop, self.start, self.clock, self.problems)
            assembly = self._assembly(capture)
            try:
                self.hosts.update(self._assembled(assembly))
            except RigError as error:
                raise RigError(f"{self.rig.origin}: {error}") from None
            if self._store is not None:
                self._store.file.write_from_now()
            with enough_for(len(self.hosts)):
                for name, host in self.hosts.items():
                    await self._started(name, host)
                    stack.push_async_callback(host.stop)
            for bridge in filter(None, map(assembly.bridge, self.hosts.values())):
                bridge.start()
                stack.push_async_callback(bridge.stop)
            stack.push_async_callback(self.steering.stop)
            self._watch_sleep(stack)
            _inject_events(self.rig, self.steering, self._begins)
            self._capture = capture
            if not self._hci_later:
                await self._open(stack)
            self._running = stack.pop_all()
        return self

    async def open_to_hosts(self) -> None:
        """Offer HCI where the bench was made with ``hci_later``. Raises ``SpecError``, ``OSError``."""
        if self._hci_later:
            await self._open(self._running)

    async def _open(self, stack: AsyncExitStack) -> None:
        """Offer HCI, and begin the capture."""
        if self.air is not None and self._hci_specs:
            from isletbench.emulator.transports.ble.hci import offer_hci

            self.hci = await offer_hci(self._hci_specs, self.air, stack)
        if self._capture is not None:
            self._capture.begin()
            stack.callback(self._capture.close)

    def _begin_time(self, stack: AsyncExitStack) -> None:
        """Open the state file, if there is to be one, and let time begin, or go on."""
        if self._state is not None:
            store = StateStore(
                self._state,
                _identity(self.rig, self.seed),
                self.start.isoformat(),
                outlives_failures=not self.pace.jumps,
                says=partial(self.problems.say, "state"),
            )
            self._store = stack.enter_context(store)
        self._begins = self._store.resumes_at(self.pace.factor) if self._store else 0
        self.clock = Clock(begin=self._begins)
        self.problems.begin(self.clock.now)

    def _watch_sleep(self, stack: AsyncExitStack) -> None:
        if not self.pace.jumps:
            watch = asyncio.create_task(SleepWatch(self._woken_up).run())
            stack.callback(watch.cancel)

    async def _started(self, name: str, host: Host[Any]) -> None:
        """Start a device. Raises ``OSError`` that says which one has no port."""
        try:
            await host.start()
        except OSError as error:
            error.strerror = f"{self.rig.origin}: devices.{name}: {error.strerror or error}"
            raise

    def _open_journal(self) -> None:
        if not self.pace.jumps:
            self.journal.outlast_failures(wall_seconds, self.problems.journal_failed, self.problems.journal_written)
        resumed_at = self.clock.now() if self._store and self._store.resumed else None
        start = self.start.isoformat()
        self.journal.open(Header(self.rig.name, self.seed, str(self.pace), start, self.rig.participants, resumed_at))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._running.aclose()
        self.journal.bench(self.clock.now(), Stopped())
        self.journal.finish()

    async def run(self, span: Span | None, stop: asyncio.Event | None = None) -> None:
        """Let time pass: for ``span``, until ``stop`` is set, or for ever.

        Raises what broke a device, if one breaks, and ``OSError`` when the state or the journal cannot be written any more.
        """
        failures = [host.failed for host in self.hosts.values()]
        waiting = [asyncio.create_task(_passes(span))] if span is not None else []
        waiting += [asyncio.create_task(_is_set(stop))] if stop is not None else []
        waiting += [asyncio.create_task(_is_set(self._unwritable))]
        try:
            await asyncio.wait([*failures, *waiting], return_when=asyncio.FIRST_COMPLETED)
            for failure in failures:
                if failure.done():
                    failure.result()
            if self.journal.failed is not None:
                raise self.journal.failed
        finally:
            for task in waiting:
                task.cancel()
            if pace_of(self.loop).factor == 0:
                self.steering.change_pace(Pace())  # what ends now must not wait for time that stands still

    def _woken_up(self, slept: MachineSlept, silent_s: float) -> None:
        """The machine has slept: radios were silent meanwhile, and connections that cannot bear it end, as on real devices."""
        self.journal.bench(self.clock.now(), slept)
        self.journal.flush()
        lost = 0 if self.air is None else self.air.end_silent_connections(silent_s)
        words = f": {lost} Bluetooth connection{'s are' if lost > 1 else ' is'} lost" if lost else ""
        LOG.warning("isletbench: the machine slept for %.0f s%s", slept.for_ms / 1_000, words)

    def believe(self, told: Mapping[str, Any] | str | bytes) -> None:
        """Write what a client believes into the journal. Raises ``BeliefError``."""
        belief = beliefs.parse(told)
        self.journal.belief(self.clock.now(), belief)
        self.journal.flush()

    def ready(self) -> dict[str, Any]:
        """Where clients find every device."""
        devices = {name: {"kind": table.kind, **place_of(self.hosts[name])} for name, table in self.rig.devices.items()}
        return {"hci": list(self.hci), "devices": devices}

    def status(self) -> dict[str, Any]:
        """What every device is doing."""
        now = self.clock.now()
        devices = {name: status_of(host, self.rig.participants[name], now) for name, host in self.hosts.items()}
        faults = [injected.to_dict() for injected in self.steering.faults.injected]
        pace = str(pace_of(self.loop))
        return {
            "rig": self.rig.name,
            "seed": self.seed,
            "pace": pace,
            "now": now,
            "devices": devices,
            "faults": faults,
            "problems": self.problems.sentences(),
        }

    # Devices

    def _assembly(self, capture: "Capture | None") -> Assembly:
        return Assembly(
            rig=self.rig,
            ports=self.ports,
            seed=self.seed,
            clock=self.clock,
            journal=self.journal,
            faults=self.steering.faults,
            start=self.start,
            air=self.air,
            controllers=self.controllers,
            glucose=self._glucose,
            replace=self._stand_in,
            memory=self.memory,
            radios=self.radios,
            lines=self.lines,
            capture=capture,
        )

    def _assembled(self, assembly: Assembly) -> dict[str, Host[Any]]:
        """A host for everything that takes part: made, restored, and not started. The patient is made first and comes last."""
        person: dict[str, Host[Any]] = {}
        if self.rig.patient is not None:
            person[PATIENT_NAME] = self._host(assembly, assembly.patient(self.rig.patient))
        hosts = {name: self._host(assembly, assembly.endpoint(name)) for name in self.rig.devices}
        if assembly.wearer is not None:
            assembly.wear(hosts)
        return hosts | person

    def _host(self, assembly: Assembly, endpoint: Endpoint) -> Host[Any]:
        carriers = assembly.carriers(endpoint)
        host = Host(endpoint, carriers, self.clock, self.journal, interceptor=assembly.interceptor(endpoint))
        if self._store is not None:
            kind = PARTICIPANTS[self.rig.participants[endpoint.name]]
            host.persist = self._store.device(kind.name, kind.persistence, endpoint, carriers, self.clock.now())
        return host


def _inject_events(rig: Rig, steering: Steering, begins: Instant) -> None:
    """Let what the rig has happen, but for what a bench that goes on from a state file has done. Raises ``RigError``.

    What falls due while the devices start, which takes minutes at a high pace, is done at once.
    """
    for number, event in enumerate(rig.event):
        if event.at is not None and event.at < begins:
            continue
        try:
            steering.inject(event.as_fault(f"rig-event-{number + 1}"))
        except ValueError as error:
            raise RigError(f"{rig.origin}: event.{number}: {error}") from None


async def _passes(span: Span) -> None:
    await asyncio.sleep(span / 1_000)


async def _is_set(stop: asyncio.Event) -> None:
    await stop.wait()


def _identity(rig: Rig, seed: int) -> dict[str, Any]:
    """What must be the same when a bench goes on from a state file."""
    devices = {name: device.model_dump(mode="json") for name, device in rig.devices.items()}
    person = {} if rig.patient is None else {PATIENT_NAME: rig.patient.model_dump(mode="json")}
    return {"rig": rig.name, "seed": seed, "devices": devices, **person}
