"""The one loop: a request or a deadline comes, the device is called, what it answered is sent and written down.

There is no task in it. A carrier calls in with a request; the loop's timer calls in with a deadline; both return when the
device has answered. Everything a device does therefore happens between two of these calls, in one order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from emulator.clock import Clock
from emulator.device import Note, Stage
from emulator.gatt import Connected, Disconnected, Effect, GattDevice, Link, Request, Silence, Unbond
from emulator.journal import Journal
from emulator.quantities import Instant
from emulator.transports import Carrier


class Host:
    """Runs one device on its carriers.

    ``keep`` is called when a turn of the device is done and before anything of it leaves: what the device is to remember can
    be written down, so that nobody hears of what could be forgotten.

    ``failed`` resolves with the exception if the device itself breaks, which is our fault and ends the bench: a device
    that is wrong must not look like a device that is silent.
    """

    def __init__(
        self,
        device: GattDevice,
        carriers: Sequence[Carrier],
        clock: Clock,
        journal: Journal,
        keep: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = device
        self.carriers = tuple(carriers)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._journal = journal
        self._keep = keep
        self._carrier_of: dict[Link, Carrier] = {}
        self._pending: deque[tuple[Carrier, Request]] = deque()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Open every carrier and let the device's time begin. Raises ``OSError`` from a carrier whose address is taken."""
        started: list[Carrier] = []
        try:
            for carrier in self.carriers:
                await carrier.start(self.device.table, partial(self.deliver, carrier))
                started.append(carrier)
        except OSError:
            for carrier in started:
                await carrier.stop()
            raise
        self.wake()

    async def stop(self) -> None:
        """Close every carrier; the device stands still from here on."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for carrier in self.carriers:
            await carrier.stop()

    def wake(self) -> None:
        """Let the device look at the time now, because something outside the wire has happened to it."""
        self._turn(self.device.advance)
        self._drain()

    def deliver(self, carrier: Carrier, request: Request) -> None:
        """A request has come in over ``carrier``. One that comes while the device is at work waits its turn."""
        self._pending.append((carrier, request))
        self._drain()

    def _drain(self) -> None:
        while self._pending and not self._busy:
            self._receive(*self._pending.popleft())

    def _receive(self, carrier: Carrier, request: Request) -> None:
        if isinstance(request, Connected):
            self._carrier_of[request.link] = carrier
        self._journal.request(self._clock.now(), self.device.name, request, self.device.table)
        self._turn(lambda now: self.device.receive(request, now))
        if isinstance(request, Disconnected):
            self._carrier_of.pop(request.link, None)

    def _turn(self, act: Callable[[Instant], Iterable[Effect]]) -> None:
        if self.failed.done():
            return
        self._busy = True
        try:
            now = self._clock.now()
            effects = tuple(act(now))
            self._keep()
            for effect in effects:
                self._carry_out(effect, now)
        except Exception as error:  # handed to whoever runs the bench, not swallowed
            self.failed.set_exception(error)
        finally:
            self._busy = False
        self._journal.flush()
        self._rearm()

    def _carry_out(self, effect: Effect, now: Instant) -> None:
        if isinstance(effect, Note):
            self._journal.note(self.device.name, effect)
            return
        if isinstance(effect, Unbond):
            for keeper in self.carriers:
                keeper.forget(effect.identity)
            self._journal.note(self.device.name, Note(now, "bond_forgotten", {"identity": effect.identity}))
            return
        if isinstance(effect, Silence):
            for radio in self.carriers:
                radio.silence(effect.on)
            self._journal.note(self.device.name, Note(now, "radio", {"on": not effect.on}))
            return
        stage = Stage.REPLY_QUEUED
        if carrier := self._carrier_of.get(effect.link):
            carrier.send(effect)
            stage = Stage.REPLY_SENT
        self._journal.outgoing(now, self.device.name, effect, self.device.table, stage)

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        deadline = self.device.next_deadline
        if deadline is not None and not self.failed.done():
            self._timer = asyncio.get_running_loop().call_at(self._clock.when(deadline), self._due)

    def _due(self) -> None:
        self._timer = None
        self.wake()
