"""Steering a bench while it runs: faults, actions, radio, line, pace. Command line, control API and tests call it."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.presence import CarrierPresence
from isletbench.emulator.core.actions import Actions, CannotDo
from isletbench.emulator.core.clock import BenchLoop, Clock, Pace, pace_of
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults import Engine, Fault, Injected
from isletbench.emulator.gatt import Attribute
from isletbench.emulator.journal import bench_events as happened
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, Radio, RadioConditions
from isletbench.emulator.transports.ports.line import Line, LineConditions
from isletbench.emulator.transports.radio_actions import radio_of

STEP_FACTOR = 1_000.0
"""How fast a step passes, unless the bench is faster already."""


class Steering:
    """What can be done to the devices of ``hosts``. Implements ``FaultTarget``; its ``faults`` are the hosts' interceptor.

    Every method that is asked for something impossible raises ``CannotDo``, a ``ValueError``, saying what was expected, and
    changes nothing.
    """

    def __init__(
        self,
        hosts: Mapping[str, Host[Any]],
        radios: Mapping[str, Radio],
        lines: Mapping[str, Line],
        actions: Mapping[str, Actions[Any]],
        operations: Mapping[str, Collection[str]],
        *,
        clock: Clock,
        journal: Journal,
        seed: int,
        note: Callable[[str, str | None], None] = lambda name, problem: None,
    ) -> None:
        self._hosts, self._radios, self._lines, self._actions = hosts, radios, lines, actions
        self._operations = operations
        self._clock, self._journal = clock, journal
        self.faults = Engine(self, seed=seed, now=clock.now, journal=journal, wake=self._rearm)
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._presences: dict[str, CarrierPresence] = {}
        self._note = note
        self._returning: dict[tuple[str, str | None], list[asyncio.TimerHandle]] = {}
        """What makes devices reachable again that are unreachable for a while, the next one first."""
        self._step: asyncio.Future[None] | None = None
        self._stopped = False

    async def stop(self) -> None:
        """Stop every fault, and wait until no carrier is being started or stopped."""
        self._stopped = True
        for handle in (self._timer, self._soon):
            if handle is not None:
                handle.cancel()
        for presence in self._presences.values():
            await presence.close()

    # Faults

    def inject(self, fault: Fault) -> Injected:
        """Inject a fault. Raises ``FaultError``."""
        return self.faults.inject(fault)

    def inject_all(self, faults: Iterable[Fault]) -> None:
        """Inject several faults, which may wait for one another. Raises ``FaultError``."""
        together = tuple(faults)
        names = {fault.name for fault in together if fault.name is not None}
        for fault in together:
            self.faults.inject(fault, beside=names)

    def clear(self, name: str) -> Injected:
        """Remove a fault, undoing what it does. Raises ``FaultError``."""
        return self.faults.clear(name)

    def _rearm(self) -> None:
        """Advance the faults soon, because one has changed, though not inside an endpoint's turn."""
        if self._soon is None and not self._stopped:
            self._soon = asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._soon = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.faults.advance(self._clock.now())
        self._journal.flush()
        if (deadline := self.faults.next_deadline) is not None:
            self._timer = asyncio.get_running_loop().call_at(self._clock.when(deadline), self._look)

    # Devices

    def _host(self, device: str) -> Host[Any]:
        if device not in self._hosts:
            raise CannotDo(f"device {device!r}: expected one of {', '.join(self._hosts)}")
        return self._hosts[device]

    def table(self, device: str) -> Actions[Any]:
        """The actions of a device, as a table."""
        self._host(device)
        return self._actions[device]

    def actions(self, device: str) -> tuple[str, ...]:
        """The names of a device's actions."""
        return tuple(self.table(device).by_name)

    def check(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Check that an action exists and takes these arguments."""
        self.table(device).parse(action, dict(arguments))

    def do(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Perform an action on a device."""
        host, table, now = self._host(device), self.table(device), self._clock.now()
        known = table.parse(action, dict(arguments))
        host.wake()  # what was due until now happens before the action
        subject = radio_of(host.carriers, device) if known.on_radio else host.endpoint.machine
        table.do(known, subject, now)
        arguments = known.model_dump(mode="json", exclude_defaults=True)
        self._journal.bench(now, happened.ActionDone(device, action, arguments))
        host.wake()

    def clock(self, device: str) -> datetime:
        """The date and time that a device's own clock shows."""
        return self.table(device).clock(self._host(device).endpoint.machine, self._clock.now())

    def set_clock(self, device: str, shown: datetime) -> None:
        """Set a device's own clock."""
        host, now = self._host(device), self._clock.now()
        self.table(device).set_clock(host.endpoint.machine, shown, now)
        self._journal.bench(now, happened.ClockSet(device, shown.isoformat()))
        host.wake()

    def forget_bonds(self, device: str) -> None:
        """Delete every bond of a device, with its keys."""
        host = self._host(device)
        bonded = host.endpoint.forget_bonds()
        for carrier in host.carriers:
            for identity in {*carrier.snapshot(), *bonded}:
                carrier.forget(identity)
        self._journal.bench(self._clock.now(), happened.BondsDeleted(device))
        host.wake()

    def refuse_pairing(self, device: str, on: bool) -> None:
        """Let a device refuse every pairing, or accept pairing again."""
        self._radio(device)
        for carrier in self._host(device).carriers:
            carrier.refuse_pairing(on)
        event = happened.PairingRefused(device) if on else happened.PairingAllowed(device)
        self._journal.bench(self._clock.now(), event)

    def reduce_advertising(self, device: str, limits: AdvertisingLimits) -> None:
        """Change what a device leaves out of its advertisements."""
        self._radio(device)
        for carrier in self._host(device).carriers:
            carrier.reduce_advertising(limits)
        self._journal.bench(self._clock.now(), happened.AdvertisingChanged(device, **asdict(limits)))

    # Links

    def carriers(self, device: str) -> tuple[str, ...]:
        """The kinds of carrier that a device has: ``serial``, ``ble``."""
        return tuple(carrier.kind for carrier in self._host(device).carriers)

    def attributes(self, device: str) -> Sequence[Attribute]:
        """The attributes of a device's services; none of a device without services."""
        table = getattr(self._host(device).endpoint, "table", None)
        return () if table is None else table.attributes

    def kind(self, device: str) -> str:
        """The kind of a device: the key of its events."""
        return self.table(device).kind

    def operations(self, device: str) -> Collection[str]:
        """The operations of the personality that a device has on its serial port."""
        return self._operations.get(device, ())

    def shown_by(self, device: str) -> Mapping[str, Any]:
        """What the status of a device shows now, as plain data."""
        shown: Mapping[str, Any] = self._host(device).endpoint.machine.status(self._clock.now())
        return shown

    def is_by_radio(self, device: str) -> bool:
        """Whether a device is behind the radio of an adapter, which its personality is."""
        face = getattr(self._host(device).endpoint, "face", None)
        return bool(face is not None and face.by_radio)

    def set_in_range(self, device: str, on: bool) -> None:
        """Bring a device into the range of its adapter's radio, or out of it. Raises ``ValueError`` for one without."""
        if not self.is_by_radio(device):
            raise CannotDo(f"device {device!r}: expected one behind the radio of an adapter, as a paradigm pump is")
        self._host(device).endpoint.face.set_in_range(on=on)
        event = happened.InRange(device) if on else happened.OutOfRange(device)
        self._journal.bench(self._clock.now(), event)

    def hang_up(self, device: str) -> None:
        """End every connection of a device from the device's side."""
        self._host(device).disconnect()

    def vanish(self, device: str, over: str | None = None) -> None:
        """Make a device unreachable over this carrier, or over all, until ``appear`` was called as often."""
        self._move(device, over, -1)

    def appear(self, device: str, over: str | None = None) -> None:
        """Make a device reachable again."""
        self._move(device, over, +1)

    def vanish_for(self, device: str, over: str | None, away: Span) -> None:
        """Make a device unreachable, and reachable again after ``away`` ms."""
        self.vanish(device, over)
        returning = asyncio.get_running_loop().call_later(away / 1_000, self._appear_again, device, over)
        self._returning.setdefault((device, over), []).append(returning)

    def _appear_again(self, device: str, over: str | None) -> None:
        self._returning[device, over].pop(0)
        self.appear(device, over)

    def end_absences(self, device: str, over: str | None) -> None:
        """Make a device reachable again at once, where it is unreachable for a while."""
        for returning in self._returning.pop((device, over), []):
            returning.cancel()
            self.appear(device, over)

    def _move(self, device: str, over: str | None, step: int) -> None:
        host = self._host(device)
        for carrier in host.carriers:
            if over in {None, carrier.kind}:
                presence = self._presences.setdefault(
                    carrier.name, CarrierPresence(host, carrier, self._journal, self._clock, self._note)
                )
                presence.change_absences(step)

    def _radio(self, device: str) -> Radio:
        self._host(device)
        if device not in self._radios:
            known = ", ".join(self._radios) or "none of this rig"
            raise CannotDo(f"device {device!r}: expected one with Bluetooth LE: {known}")
        return self._radios[device]

    def conditions(self, device: str) -> RadioConditions:
        """The conditions of a device's radio."""
        return self._radio(device).conditions

    def change_radio(self, device: str, **changes: Any) -> None:
        """Change the conditions of a device's radio: fields of ``RadioConditions`` and their values."""
        self._radio(device).change(**changes)
        self._journal.bench(self._clock.now(), happened.RadioChanged(device, changes))

    def drop_connection(self, device: str, storm: int = 0) -> None:
        """Break the Bluetooth connection of a device now, and the next ``storm`` ones soon after they begin."""
        self._radio(device).storm(storm)
        self._journal.bench(self._clock.now(), happened.ConnectionDropped(device, storm))

    def end_storm(self, device: str) -> None:
        """Let the next connections of a device live, where a storm would break them."""
        radio = self._radio(device)
        if radio.storm_left:
            radio.end_storm()
            self._journal.bench(self._clock.now(), happened.StormEnded(device))

    # Serial lines

    def _line(self, device: str) -> Line:
        self._host(device)
        if device not in self._lines:
            known = ", ".join(self._lines) or "none of this rig"
            raise CannotDo(f"device {device!r}: expected one with a serial port: {known}")
        return self._lines[device]

    def line(self, device: str) -> LineConditions:
        """The conditions of a device's serial line."""
        return self._line(device).conditions

    def change_line(self, device: str, **changes: Any) -> None:
        """Change the conditions of a device's serial line: fields of ``LineConditions`` and their values."""
        self._line(device).change(**changes)
        self._journal.bench(self._clock.now(), happened.LineChanged(device, changes))

    # Time

    def change_pace(self, pace: Pace) -> None:
        """Change how fast time passes; paused, it does not. Jump pace can neither be entered nor left."""
        loop = asyncio.get_running_loop()
        if self._step is not None:
            raise CannotDo("a step is under way: the pace can be changed when it is over")
        _ensure_possible(pace, self._actions)
        if not isinstance(loop, BenchLoop):
            raise CannotDo("this bench runs on a loop that is not its own, so its pace is real")
        try:
            loop.change_pace(pace)
        except ValueError as error:
            raise CannotDo(str(error)) from None
        self._journal.bench(self._clock.now(), happened.PaceChanged(str(pace)))

    async def step(self, span: Span) -> None:
        """Let ``span`` ms pass as fast as possible, then go on at the pace before: a paused bench is paused again. ``end_step``
        ends it earlier."""
        if self._step is not None:
            raise CannotDo("a step is under way")
        before = pace_of(asyncio.get_running_loop())
        faster = before.factor is not None and before.factor < STEP_FACTOR
        if faster:
            self.change_pace(Pace(STEP_FACTOR))
        passing = self._step = asyncio.ensure_future(asyncio.sleep(span / 1_000))
        try:
            await asyncio.wait((passing,))
        finally:
            passing.cancel()
            self._step = None
            if faster:
                self.change_pace(before)

    def end_step(self) -> None:
        """End the step that is under way, now; the time that has passed has passed."""
        if self._step is None:
            raise CannotDo("no step is under way")
        self._step.cancel()


def _ensure_possible(pace: Pace, actions: Mapping[str, Actions[Any]]) -> None:
    for name, one in actions.items():
        if one.is_real and pace != Pace():
            raise CannotDo(f"the {one.kind} {name!r} is a real device: its time passes at pace real")
