"""The one loop: a request or a deadline comes, the device is called, what it answered is sent and written down.

There is no task in it. A carrier calls in with a request; the loop's timer calls in with a deadline; both return when the
device has answered. Everything a device does therefore happens between two of these calls, in one order.

Between transport and device stands an ``Interceptor``: what a fault does to a message is done here, so that neither the device
nor the transport knows.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    Effect,
    GattDevice,
    Indicate,
    Link,
    Notify,
    Outgoing,
    Read,
    Request,
    Silence,
    Unbond,
    Write,
)
from isletbench.emulator.gatt.interceptor import Intercepted, Interceptor, PassThrough
from isletbench.emulator.gatt.notes import BondDeleted, RadioSwitched
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Carrier


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
        *,
        keep: Callable[[], None] = lambda: None,
        interceptor: Interceptor | None = None,
    ) -> None:
        self.device = device
        self.carriers = tuple(carriers)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._journal = journal
        self._keep = keep
        self._interceptor = interceptor or PassThrough()
        self._carrier_of: dict[Link, Carrier] = {}
        self._pending: deque[tuple[Carrier, Request, Sequence[str]]] = deque()
        self._on_the_way: set[asyncio.TimerHandle] = set()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Open every carrier and let the device's time begin. Raises ``OSError`` from a carrier whose address is taken."""
        started: list[Carrier] = []
        try:
            for carrier in self.carriers:
                await self.plug_in(carrier)
                started.append(carrier)
        except OSError:
            for carrier in started:
                await carrier.stop()
            raise
        self.wake()

    async def plug_in(self, carrier: Carrier) -> None:
        """Make the device reachable over a carrier that has not started, or has been stopped. Raises ``OSError``."""
        await carrier.start(self.device.table, partial(self.deliver, carrier))

    async def stop(self) -> None:
        """Close every carrier; the device stands still from here on."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for handle in self._on_the_way:
            handle.cancel()
        for carrier in self.carriers:
            await carrier.stop()

    def wake(self) -> None:
        """Let the device look at the time now, because something outside the wire has happened to it."""
        self._turn(self.device.advance)
        self._drain()

    def hang_up(self) -> None:
        """End every connection, as a device does that has had enough of them."""
        for link, carrier in tuple(self._carrier_of.items()):
            carrier.hang_up(link)

    def deliver(self, carrier: Carrier, request: Request) -> None:
        """A request has come in over ``carrier``. One that comes while the device is at work waits its turn."""
        bent = self._interceptor.inward(self.device, request)
        if bent is None:
            self._take(carrier, request)
            return
        self._journal.request(
            self._clock.now(), self.device.name, request, self.device.table, Stage.ON_THE_WIRE, faults=bent.faults
        )
        for delay, message in bent.go:
            self._after(delay, partial(self._take, carrier, message, bent.faults))
        if not bent.go:
            if bent.answer is not None:
                self._send(bent.answer, bent.faults)
            elif isinstance(request, Read) or (isinstance(request, Write) and request.response):
                carrier.abandon(request.link)
        if bent.hangs_up:
            carrier.hang_up(request.link)
        self._journal.flush()

    def _take(self, carrier: Carrier, request: Request, faults: Sequence[str] = ()) -> None:
        self._pending.append((carrier, request, faults))
        self._drain()

    def _drain(self) -> None:
        while self._pending and not self._busy:
            self._receive(*self._pending.popleft())

    def _receive(self, carrier: Carrier, request: Request, faults: Sequence[str]) -> None:
        if isinstance(request, Connected):
            self._carrier_of[request.link] = carrier
        self._journal.request(self._clock.now(), self.device.name, request, self.device.table, faults=faults)
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
        if isinstance(effect, Occurrence):
            self._journal.occurred(self.device.name, effect)
            self._interceptor.occurred(self.device.name, effect.event)
            return
        if isinstance(effect, Unbond):
            for keeper in self.carriers:
                keeper.forget(effect.identity)
            self._journal.note(self.device.name, BondDeleted(now, effect.identity))
            return
        if isinstance(effect, Silence):
            for radio in self.carriers:
                radio.silence(effect.on)
            self._journal.note(self.device.name, RadioSwitched(now, not effect.on))
            return
        bent = self._interceptor.outward(self.device, effect)
        if bent is None:
            self._send(effect)
        else:
            self._send_bent(effect, bent)

    def _send_bent(self, outgoing: Outgoing, bent: Intercepted[Outgoing]) -> None:
        self._journal.outgoing(
            self._clock.now(), self.device.name, outgoing, self.device.table, Stage.REPLY_QUEUED, faults=bent.faults
        )
        for delay, message in bent.go:
            self._after(delay, partial(self._send, message, bent.faults))
        if carrier := self._carrier_of.get(outgoing.link):
            if not bent.go and isinstance(outgoing, Indicate) and bent.confirms:
                self._pending.append((carrier, Confirm(outgoing.link, outgoing.handle), bent.faults))
            elif not bent.go and not isinstance(outgoing, Indicate | Notify):
                carrier.abandon(outgoing.link)
            if bent.hangs_up:
                carrier.hang_up(outgoing.link)

    def _send(self, outgoing: Outgoing, faults: Sequence[str] = ()) -> None:
        stage = Stage.REPLY_QUEUED
        if carrier := self._carrier_of.get(outgoing.link):
            carrier.send(outgoing)
            stage = Stage.REPLY_SENT
        self._journal.outgoing(self._clock.now(), self.device.name, outgoing, self.device.table, stage, faults=faults)

    def _after(self, delay: Span, act: Callable[[], None]) -> None:
        """Do it now, or later; in the order given where both are due at once."""
        if delay <= 0:
            act()
            return

        def due() -> None:
            self._on_the_way.discard(handle)
            act()
            self._journal.flush()

        handle = asyncio.get_running_loop().call_later(delay / 1_000, due)
        self._on_the_way.add(handle)

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
