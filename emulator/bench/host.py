"""The one loop: a request or a deadline comes, the endpoint is called, its messages are sent and written down.

There is no task in it. A carrier calls in with a request; the loop's timer calls in with a deadline; both return when the
endpoint has taken it. Everything an endpoint does therefore happens between two of these calls, in one order.

An ``Interceptor`` sees every message between transport and endpoint and may alter it, so that neither of them knows of faults.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.endpoint import Endpoint, Link, Outgoing, Request
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.gatt import Silence, Unbond
from isletbench.emulator.gatt.interceptor import Intercepted, Interceptor, PassThrough
from isletbench.emulator.gatt.notes import BondDeleted, RadioSwitched
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.carrier import Carrier

E = TypeVar("E", bound=Endpoint)


class Host(Generic[E]):
    """Runs one endpoint on its carriers.

    Where there is a state file, ``persist`` stores the endpoint at the end of each turn and before any of its messages is
    sent, so that no client learns of a state that a killed bench would not restore.

    ``failed`` resolves with the exception if the endpoint itself breaks, which is our fault and ends the bench: a device
    that is wrong must not look like a device that does not respond.
    """

    def __init__(
        self,
        endpoint: E,
        carriers: Sequence[Carrier],
        clock: Clock,
        journal: Journal,
        *,
        interceptor: Interceptor | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.carriers = tuple(carriers)
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._journal = journal
        self.persist: Callable[[Instant], None] = lambda now: None
        """Called at the end of each turn of the endpoint, before any of its messages is sent."""
        self._interceptor = interceptor or PassThrough()
        self._carrier_of: dict[Link, Carrier] = {}
        self._pending: deque[tuple[Carrier, Request, Sequence[str]]] = deque()
        self._delayed: set[asyncio.TimerHandle] = set()
        self._busy = False
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: Instant | None = None
        """What the timer is set to, while there is one."""

    async def start(self) -> None:
        """Start every carrier and let the endpoint's time begin. Raises ``OSError`` from a carrier whose address is taken."""
        started: list[Carrier] = []
        try:
            for carrier in self.carriers:
                await self.start_carrier(carrier)
                started.append(carrier)
        except OSError:
            for carrier in started:
                await carrier.stop()
            raise
        self.wake()

    async def start_carrier(self, carrier: Carrier) -> None:
        """Make the endpoint reachable over a carrier that has not started, or has been stopped. Raises ``OSError``."""
        await carrier.start(self.endpoint, partial(self.deliver, carrier))

    async def stop(self) -> None:
        """Stop every carrier; the endpoint is not advanced any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        for handle in self._delayed:
            handle.cancel()
        for carrier in self.carriers:
            await carrier.stop()

    def wake(self) -> None:
        """Advance the endpoint to the instant now, because something outside the wire has happened to its machine."""
        self._turn(self.endpoint.advance)
        self._drain()

    def disconnect(self) -> None:
        """End every connection from the device's side."""
        for link, carrier in tuple(self._carrier_of.items()):
            carrier.disconnect(link)

    def deliver(self, carrier: Carrier, request: Request | Outgoing) -> None:
        """Take a request that has come over ``carrier``. One that comes during a turn of the endpoint waits for its end."""
        if isinstance(request, Outgoing):
            self._send_through(request)
            return
        intercepted = self._interceptor.inward(self.endpoint, request)
        if intercepted is None:
            self._take(carrier, request)
            return
        self._write_request(request, Stage.ON_THE_WIRE, intercepted.faults)
        for delay, message in intercepted.go:
            self._after(delay, partial(self._take, carrier, message, intercepted.faults))
        if not intercepted.go:
            if intercepted.answer is not None:
                self._send(intercepted.answer, intercepted.faults, carrier)
            elif request.expects_response:
                carrier.abandon(request.link)
        if intercepted.hangs_up:
            carrier.disconnect(request.link)
        self._journal.flush()

    def _take(self, carrier: Carrier, request: Request, faults: Sequence[str] = ()) -> None:
        self._pending.append((carrier, request, faults))
        self._drain()

    def _drain(self) -> None:
        while self._pending and not self._busy:
            self._receive(*self._pending.popleft())

    def _receive(self, carrier: Carrier, request: Request, faults: Sequence[str]) -> None:
        if request.opens_link:
            self._carrier_of[request.link] = carrier
        self._write_request(request, Stage.RECEIVED, faults)
        if request.of_link:
            carrier.exchange(request)
            return
        self._turn(lambda now: self.endpoint.receive(request, now))
        if request.closes_link:
            self._carrier_of.pop(request.link, None)

    def _write_request(self, request: Request, stage: Stage, faults: Sequence[str]) -> None:
        if self._journal.is_idle or (request.of_link and not faults):
            return
        now, place = self._clock.now(), self.endpoint.place_of(request)
        self._journal.request(now, self.endpoint.name, request, place, stage, faults=faults)

    def _write_outgoing(self, outgoing: Outgoing, stage: Stage, faults: Sequence[str]) -> None:
        if self._journal.is_idle or (outgoing.of_link and not faults):
            return
        now, place = self._clock.now(), self.endpoint.place_of(outgoing)
        self._journal.outgoing(now, self.endpoint.name, outgoing, place, stage, faults=faults)

    def _turn(self, act: Callable[[Instant], Iterable[Any]]) -> None:
        if self.failed.done():
            return
        self._busy = True
        try:
            now = self._clock.now()
            effects = tuple(act(now))
            self.persist(now)
            for effect in effects:
                self._carry_out(effect, now)
        except Exception as error:  # handed to whoever runs the bench, not swallowed
            self.failed.set_exception(error)
        finally:
            self._busy = False
        self._journal.flush()
        self._rearm()

    def _carry_out(self, effect: Any, now: Instant) -> None:
        match effect:
            case Outgoing():
                self._send_through(effect)
            case Note():
                self._journal.note(self.endpoint.name, effect)
            case Occurrence():
                self._journal.occurred(self.endpoint.name, effect)
                self._interceptor.occurred(self.endpoint.name, effect.event)
            case Unbond(identity=identity):
                for carrier in self.carriers:
                    carrier.forget(identity)
                self._journal.note(self.endpoint.name, BondDeleted(now, identity))
            case Silence(on=on):
                for carrier in self.carriers:
                    carrier.silence(on)
                self._journal.note(self.endpoint.name, RadioSwitched(now, not on))
            case _:
                raise AssertionError(f"no rule for {effect}")

    def _send_through(self, outgoing: Outgoing) -> None:
        """Send a message as the interceptor lets it pass."""
        intercepted = self._interceptor.outward(self.endpoint, outgoing)
        if intercepted is None:
            self._send(outgoing)
        else:
            self._send_intercepted(outgoing, intercepted)

    def _send_intercepted(self, outgoing: Outgoing, intercepted: Intercepted[Any]) -> None:
        self._write_outgoing(outgoing, Stage.REPLY_QUEUED, intercepted.faults)
        for delay, message in intercepted.go:
            self._after(delay, partial(self._send, message, intercepted.faults))
        if carrier := self._carrier_of.get(outgoing.link):
            confirmation = outgoing.confirmation() if intercepted.confirms else None
            if not intercepted.go and confirmation is not None:
                self._pending.append((carrier, confirmation, intercepted.faults))
            elif not intercepted.go and outgoing.is_response and not intercepted.withheld:
                carrier.abandon(outgoing.link)
            if intercepted.hangs_up:
                carrier.disconnect(outgoing.link)

    def _send(self, outgoing: Outgoing, faults: Sequence[str] = (), carrier: Carrier | None = None) -> None:
        stage = Stage.REPLY_QUEUED
        if carrier := carrier or self._carrier_of.get(outgoing.link):
            carrier.send(outgoing)
            stage = Stage.REPLY_SENT
        self._write_outgoing(outgoing, stage, faults)

    def _after(self, delay: Span, act: Callable[[], None]) -> None:
        """Do it now, or later; in the order given where both are due at once."""
        if delay <= 0:
            act()
            return

        def due() -> None:
            self._delayed.discard(handle)
            act()
            self._journal.flush()

        handle = asyncio.get_running_loop().call_later(delay / 1_000, due)
        self._delayed.add(handle)

    def _rearm(self) -> None:
        deadline = self.endpoint.next_deadline
        if self._timer:
            # In jump pace always anew: in which order the loop runs timers of one instant depends on when they were set.
            if deadline == self._deadline and not self._clock.is_repeatable and not self.failed.done():
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None and not self.failed.done():
            self._deadline = deadline
            self._timer = asyncio.get_running_loop().call_at(self._clock.when(deadline), self._due)

    def _due(self) -> None:
        self._timer = None
        self.wake()
