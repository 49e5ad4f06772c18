"""Steering a bench while it runs: faults, actions, radio, line, pace. Command line, control API and tests call it."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.actions import Actions, CannotDo
from isletbench.emulator.core.clock import BenchLoop, Clock, Pace, pace_of
from isletbench.emulator.core.quantities import Span
from isletbench.emulator.faults import Engine, Fault, Injected
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, Radio, RadioConditions
from isletbench.emulator.transports.carrier import Carrier
from isletbench.emulator.transports.ports.line import Line, LineConditions

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
        *,
        clock: Clock,
        journal: Journal,
        seed: int,
    ) -> None:
        self._hosts, self._radios, self._lines, self._actions = hosts, radios, lines, actions
        self._clock, self._journal = clock, journal
        self.faults = Engine(self, seed=seed, now=clock.now, journal=journal, wake=self._rearm)
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self._presences: dict[str, _Presence] = {}
        self._stepping = False
        self._stopped = False

    async def stop(self) -> None:
        """No fault acts any more."""
        self._stopped = True
        for handle in (self._timer, self._soon):
            if handle is not None:
                handle.cancel()
        for presence in self._presences.values():
            await presence.settle()

    # Faults

    def inject(self, fault: Fault) -> Injected:
        """Add a fault to what goes wrong. Raises ``FaultError``."""
        return self.faults.inject(fault)

    def clear(self, name: str) -> Injected:
        """Remove a fault, undoing what it does. Raises ``FaultError``."""
        return self.faults.clear(name)

    def _rearm(self) -> None:
        """Something has changed: let the engine look at the time soon, though not inside a device's turn."""
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
        """What can be done to a device, as a table."""
        self._host(device)
        return self._actions[device]

    def actions(self, device: str) -> tuple[str, ...]:
        """What can be done to a device."""
        return tuple(self.table(device).by_name)

    def check(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Whether it can be done with these arguments, in some state."""
        self.table(device).parse(action, dict(arguments))

    def do(self, device: str, action: str, arguments: Mapping[str, Any]) -> None:
        """Do something to a device, as hands would."""
        host, table, now = self._host(device), self.table(device), self._clock.now()
        known = table.parse(action, dict(arguments))
        host.wake()  # what was due before happens before
        table.do(known, host.endpoint.machine, now)
        self._journal.bench(
            now, "done", device=device, action=action, arguments=known.model_dump(mode="json", exclude_defaults=True)
        )
        host.wake()

    def clock(self, device: str) -> datetime:
        """What a device's own clock shows."""
        return self.table(device).clock(self._host(device).endpoint.machine, self._clock.now())

    def set_clock(self, device: str, shown: datetime) -> None:
        """Make a device's own clock show something else."""
        host, now = self._host(device), self._clock.now()
        self.table(device).set_clock(host.endpoint.machine, shown, now)
        self._journal.bench(now, "clock_set", device=device, to=shown.isoformat())
        host.wake()

    def forget_bonds(self, device: str) -> None:
        """A device knows none of its bonded clients any more."""
        host = self._host(device)
        bonded = host.endpoint.forget_bonds()
        for carrier in host.carriers:
            for identity in {*carrier.snapshot(), *bonded}:
                carrier.forget(identity)
        self._journal.bench(self._clock.now(), "bonds_forgotten", device=device)
        host.wake()

    def refuse_pairing(self, device: str, on: bool) -> None:
        """Nobody can pair with a device any more, or everybody can again."""
        self._radio(device)
        for carrier in self._host(device).carriers:
            carrier.refuse_pairing(on)
        self._journal.bench(self._clock.now(), "refuses_pairing" if on else "pairs", device=device)

    def reduce_advertising(self, device: str, limits: AdvertisingLimits) -> None:
        """A device advertises in another way from now on."""
        self._radio(device)
        for carrier in self._host(device).carriers:
            carrier.reduce_advertising(limits)
        self._journal.bench(self._clock.now(), "advertises", device=device, **asdict(limits))

    # Links

    def carriers(self, device: str) -> tuple[str, ...]:
        """Over what a device can be reached."""
        return tuple(carrier.kind for carrier in self._host(device).carriers)

    def hang_up(self, device: str) -> None:
        """The device ends every connection it has."""
        self._host(device).disconnect()

    def vanish(self, device: str, over: str | None = None) -> None:
        """A device cannot be reached any more over this carrier, or over all, until as many have let it ``appear``."""
        self._move(device, over, -1)

    def appear(self, device: str, over: str | None = None) -> None:
        """It can be reached again."""
        self._move(device, over, +1)

    def vanish_for(self, device: str, over: str | None, away: Span) -> None:
        """A device becomes unreachable, and reachable again so long after."""
        self.vanish(device, over)
        asyncio.get_running_loop().call_later(away / 1_000, self.appear, device, over)

    def _move(self, device: str, over: str | None, step: int) -> None:
        host = self._host(device)
        for carrier in host.carriers:
            if over in {None, carrier.kind}:
                presence = self._presences.setdefault(carrier.name, _Presence(host, carrier, self._journal, self._clock))
                presence.move(step)

    def _radio(self, device: str) -> Radio:
        self._host(device)
        if device not in self._radios:
            known = ", ".join(self._radios) or "none of this rig"
            raise CannotDo(f"device {device!r}: expected one with Bluetooth LE: {known}")
        return self._radios[device]

    def conditions(self, device: str) -> RadioConditions:
        """How a device's radio is heard."""
        return self._radio(device).conditions

    def change_radio(self, device: str, **changes: Any) -> None:
        """From now on a device is heard in another way: fields of ``RadioConditions`` and their values."""
        self._radio(device).change(**changes)
        self._journal.bench(self._clock.now(), "radio", device=device, **changes)

    def drop_connection(self, device: str, storm: int = 0) -> None:
        """Break the Bluetooth connection of a device now, and the next ``storm`` ones soon after they begin."""
        self._radio(device).storm(storm)
        self._journal.bench(self._clock.now(), "connection_dropped", device=device, storm=storm)

    # Serial lines

    def _line(self, device: str) -> Line:
        self._host(device)
        if device not in self._lines:
            known = ", ".join(self._lines) or "none of this rig"
            raise CannotDo(f"device {device!r}: expected one with a serial port: {known}")
        return self._lines[device]

    def line(self, device: str) -> LineConditions:
        """How a device's serial line behaves."""
        return self._line(device).conditions

    def change_line(self, device: str, **changes: Any) -> None:
        """From now on it behaves in another way: fields of ``LineConditions`` and their values."""
        self._line(device).change(**changes)
        self._journal.bench(self._clock.now(), "line", device=device, **changes)

    # Time

    def change_pace(self, pace: Pace) -> None:
        """Let time pass faster, slower, or not at all. Jump pace can neither be entered nor left."""
        loop = asyncio.get_running_loop()
        if self._stepping:
            raise CannotDo("a step is under way: the pace can be changed when it is over")
        if not isinstance(loop, BenchLoop):
            raise CannotDo("this bench runs on a loop that is not its own, so its pace is real")
        try:
            loop.change_pace(pace)
        except ValueError as error:
            raise CannotDo(str(error)) from None
        self._journal.bench(self._clock.now(), "pace", pace=str(pace))

    async def step(self, span: Span) -> None:
        """Let so much time pass as fast as may be, then go on at the pace there was: a paused bench is paused again."""
        if self._stepping:
            raise CannotDo("a step is under way")
        before = pace_of(asyncio.get_running_loop())
        faster = before.factor is not None and before.factor < STEP_FACTOR
        if faster:
            self.change_pace(Pace(STEP_FACTOR))
        self._stepping = True
        try:
            await asyncio.sleep(span / 1_000)
        finally:
            self._stepping = False
            if faster:
                self.change_pace(before)


class _Presence:
    """Whether a carrier can be reached: stopped and started in the order asked for, though either takes a moment."""

    def __init__(self, host: Host[Any], carrier: Carrier, journal: Journal, clock: Clock) -> None:
        self._host, self._carrier, self._journal, self._clock = host, carrier, journal, clock
        self._absences = 0
        self._there = True
        self._closed = False
        self._moving: asyncio.Task[None] | None = None

    def move(self, step: int) -> None:
        """One more, or one less, who wants it absent."""
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
                except OSError as error:  # somebody has taken the place meanwhile
                    self._journal.bench(self._clock.now(), "cannot_return", carrier=self._carrier.name, why=str(error))
                    return
            self._there = not self._there
            self._journal.bench(self._clock.now(), "there" if self._there else "gone", carrier=self._carrier.name)

    async def settle(self) -> None:
        """Wait for the last move; there will be no other."""
        self._closed = True
        if self._moving is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._moving
