"""The engine: which faults there are now, what each waits for, and what becomes of a message that passes them.

It owns no task and no clock: it is called with what passes, asked for its next deadline, and advanced by then. Every fault
takes its random draws from a stream of its own, so that one more or one less does not change what the others do.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.octets import Answer, Closed, Command, Octets, Opened, Received
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.faults.conversation import Conversations
from isletbench.emulator.faults.devices import DeviceFault, demand_carrier, demand_operation
from isletbench.emulator.faults.exchanges import Exchanged, Message, MessagePart
from isletbench.emulator.faults.fault import Fault, FaultError
from isletbench.emulator.faults.injected import Injected, State
from isletbench.emulator.faults.messages import MessageFault
from isletbench.emulator.faults.target import FaultTarget
from isletbench.emulator.faults.triggers import ConnectionBegan, EventHappened, FaultStruck, MessagePassed, Scope, Seen, Watch
from isletbench.emulator.faults.view import BenchView, check_struck, conditions_of
from isletbench.emulator.gatt import (
    Connected,
    Disconnected,
    GattDevice,
    LinkAnswer,
    LinkIndication,
    LinkRequest,
    Outgoing,
    Read,
    Request,
    Write,
)
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.emulator.journal.writer import Journal

MOST_FAULTS = 1_000
"""How many can be there at once, those that are over included."""


class Engine:
    """The faults of one bench: implements ``gatt.interceptor.Interceptor``. ``wake`` is called when ``advance`` is due at once.

    A device fault does not strike inside a device's turn: it waits for ``advance``, unless it strikes how messages are carried
    (``DeviceFault.before_a_message``).
    """

    def __init__(
        self,
        target: FaultTarget,
        *,
        seed: int,
        now: Callable[[], Instant],
        journal: Journal,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._target, self._seed, self._now, self._journal = target, seed, now, journal
        self._wake = wake
        self._faults: dict[str, Injected] = {}
        self._conversations = Conversations()
        self._view = BenchView(target)

    # Steering

    def inject(self, fault: Fault, beside: Collection[str] = ()) -> Injected:
        """Add a fault; it may be armed at once. ``beside`` names those that are injected together with it.

        Raises ``FaultError`` and changes nothing when it cannot be.
        """
        if len(self._faults) >= MOST_FAULTS:
            raise FaultError(f"there are {MOST_FAULTS} faults already: clear some first")
        self._check(fault, beside)
        name = fault.name or self._free_name(fault)
        if name in self._faults:
            raise FaultError(f"name: there is a fault {name!r} already: clear it first, or call this one something else")
        now = self._now()
        injected = Injected(name, fault, stream(self._seed, "fault", name), now, watch=self._watch(fault, now))
        self._faults[name] = injected
        declared = fault.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
        self._journal.fault(now, name, "injected", declared={"fault": fault.kind(), **declared})
        self._look(injected, now)
        self._wake()
        return injected

    def _watch(self, fault: Fault, now: Instant) -> Watch | None:
        trigger = fault.trigger()
        return None if trigger is None else trigger.watch(Scope(fault.device, self._view), now)

    def _free_name(self, fault: Fault) -> str:
        name, number = fault.kind(), 1
        while name in self._faults:
            number += 1
            name = f"{fault.kind()}-{number}"
        return name

    def _check(self, fault: Fault, beside: Collection[str]) -> None:
        try:
            self._target.carriers(fault.device)
            for condition in conditions_of(fault):
                self._view.check(condition, fault.device)
                check_struck(condition, {*self._faults, *beside} - {fault.name})
            if isinstance(fault, DeviceFault):
                fault.check(self._target)
            elif isinstance(fault, MessageFault):
                demand_carrier(self._target, fault.device, fault.over)
                demand_operation(self._target, fault.device, fault.on)
        except ValueError as error:
            raise FaultError(str(error)) from None

    def clear(self, name: str) -> Injected:
        """Remove a fault, undoing what it does. Raises ``FaultError`` when there is none of that name."""
        try:
            injected = self._faults.pop(name)
        except KeyError:
            there = f"expected one of {', '.join(self._faults)}" if self._faults else "there is no fault"
            raise FaultError(f"fault {name!r}: {there}") from None
        self._finish(injected, "cleared")
        if isinstance(injected.fault, DeviceFault):
            injected.fault.stop_what_goes_on(self._target)
        self._wake()
        return injected

    def clear_all(self) -> list[Injected]:
        """Remove every fault, the newest first."""
        return [self.clear(name) for name in reversed(tuple(self._faults))]

    @property
    def injected(self) -> list[Injected]:
        """Every fault that is there, the oldest first."""
        return list(self._faults.values())

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """The next instant at which ``advance`` has something to do, if any."""
        return min((due for injected in self._faults.values() for due in self._dues(injected)), default=None)

    def _dues(self, injected: Injected) -> list[Instant]:
        match injected.state:
            case State.WAITING if injected.watch is not None and (look := injected.watch.next_look(self._now())) is not None:
                return [look]
            case State.ARMED:
                return [due for due in (injected.ends, injected.due) if due is not None]
            case _:
                return []

    def advance(self, now: Instant) -> None:
        """Do what is due by ``now``: faults are armed, device faults strike, and what has lasted long enough is over."""
        for injected in tuple(self._faults.values()):
            self._look(injected, now)
            while injected.state is State.ARMED and injected.due is not None and injected.due <= now:
                if injected.ends is not None and injected.ends <= injected.due:
                    break
                self._strike(injected)
            if injected.state is State.ARMED and injected.ends is not None and injected.ends <= now:
                self._finish(injected, "over")

    def _look(self, injected: Injected, now: Instant) -> None:
        """Arm a fault if its trigger has come true."""
        if injected.state is not State.WAITING or not injected.ready(now):
            return
        fault = injected.fault
        injected.state = State.ARMED
        injected.ends = None if fault.lasts is None else now + fault.lasts
        self._journal.fault(now, injected.id, "armed", saw=injected.watch.saw() if injected.watch and fault.when else None)
        match fault:
            case MessageFault():
                injected.intercept = fault.begin((injected.id,), injected.chance)
            case DeviceFault():
                injected.due = now + (0 if fault.at_once else fault.period() or 0)

    def _strike(self, injected: Injected) -> None:
        fault = injected.fault
        assert isinstance(fault, DeviceFault)
        assert injected.due is not None
        now, every = self._now(), fault.period()
        try:
            if injected.undone:
                injected.before, injected.undone = fault.snapshot(self._target), False
            fault.strike(self._target)
        except ValueError as error:
            self._journal.fault(now, injected.id, "failed", why=str(error))
            injected.undone = True
            self._finish(injected, "over")
            return
        injected.struck += 1
        self._journal.fault(now, injected.id, "struck")
        self._show(FaultStruck(injected.id))
        injected.due = None if every is None else injected.due + max(every, 1)
        if injected.due is None and injected.ends is None and not fault.reverts and not fault.until_connected:
            self._finish(injected, "over")

    def _finish(self, injected: Injected, what: str) -> None:
        if injected.state is State.OVER and what == "over":
            return
        if isinstance(injected.fault, DeviceFault) and not injected.undone:
            injected.undone = True
            injected.fault.revert(self._target, injected.before)
        injected.state, injected.due, injected.ends, injected.intercept = State.OVER, None, None, None
        self._journal.fault(self._now(), injected.id, what)
        if what == "over":
            self._wait_anew(injected)

    def _wait_anew(self, injected: Injected) -> None:
        """Let a fault wait for its trigger once more, if it is declared to."""
        injected.rounds += 1
        if injected.watch is not None and (injected.fault.times is None or injected.rounds < injected.fault.times):
            now = self._now()
            injected.state, injected.matched, injected.struck_before = State.WAITING, 0, injected.struck
            injected.watch = self._watch(injected.fault, now)
            injected.spent = injected.watch is not None and injected.watch.is_state and injected.watch.holds(now)
            self._wake()

    # What passes

    def occurred(self, device: str, event: Event) -> None:
        """Show an event of a device to the triggers that wait."""
        self._show(EventHappened(device, event))

    def _show(self, seen: Seen) -> None:
        """Show what happens to every fault that waits for something."""
        now, waits = self._now(), False
        for injected in tuple(self._faults.values()):
            if injected.state is State.WAITING and injected.watch is not None:
                waits = waits or injected.fault.when is not None or injected.counts(seen)
                injected.watch.notice(seen, now)
                self._look(injected, now)
        if waits:
            self._wake()

    def inward(self, device: GattDevice, request: Request) -> Intercepted[Request] | None:
        """A request on its way to the device."""
        match request:
            case Connected() | Opened():
                for injected in tuple(self._faults.values()):
                    fault = injected.fault
                    if fault.until_connected and fault.device == device.name and injected.state is State.ARMED:
                        self._finish(injected, "over")
                self._view.connected(device.name, request.link, self._now())
                self._show(ConnectionBegan(device.name))
            case Disconnected() | Closed():
                self._view.disconnected(device.name, request.link)
                self._conversations.ended(request.link)
            case Received() | Command():
                operation = request.operation if isinstance(request, Command) else None
                return self._pass(device, Exchanged(request, MessagePart.REQUEST, None, request.value, operation))
            case LinkRequest():
                return self._pass(device, Exchanged(request, MessagePart.REQUEST, None, None, request.operation))
            case Read() | Write() if exchanged := self._conversations.request(device, request):
                intercepted = self._pass(device, exchanged)
                if intercepted is None or intercepted.go:
                    self._conversations.asked(exchanged)
                return intercepted
            case _:
                pass
        return None

    def outward(self, device: GattDevice, outgoing: Outgoing) -> Intercepted[Outgoing] | None:
        """What the device sends, on its way to the client."""
        if isinstance(outgoing, Octets | Answer):
            answers = isinstance(outgoing, Answer)
            part = MessagePart.REPLY if answers else MessagePart.LIVE
            return self._pass(device, Exchanged(outgoing, part, None, None, outgoing.operation if answers else None))
        if isinstance(outgoing, LinkAnswer):
            return self._pass(device, Exchanged(outgoing, MessagePart.REPLY, None, None, outgoing.operation))
        if isinstance(outgoing, LinkIndication):
            return self._pass(device, Exchanged(outgoing, MessagePart.LIVE, None, None, outgoing.operation))
        exchanged = self._conversations.outgoing(device, outgoing)
        return None if exchanged is None else self._pass(device, exchanged)

    def _pass(self, device: GattDevice, exchanged: Exchanged) -> Intercepted[Any] | None:
        """Show a message to the triggers, then let the faults alter it: one that the message arms strikes it at once."""
        self._view.passed(device.name, self._now())
        if not self._faults:
            return None
        self._show(MessagePassed(device.name, exchanged))
        self._strike_what_carries(device)
        return self._intercept(device, exchanged)

    def _strike_what_carries(self, device: GattDevice) -> None:
        """Let what is due and alters how a device's messages are carried strike now, before the message is on its way."""
        now = self._now()
        for injected in tuple(self._faults.values()):
            is_due = injected.state is State.ARMED and injected.due is not None and injected.due <= now
            fault = injected.fault
            if is_due and isinstance(fault, DeviceFault) and fault.before_a_message and fault.device == device.name:
                self._strike(injected)

    def _intercept(self, device: GattDevice, exchanged: Exchanged) -> Intercepted[Any] | None:
        """What all the faults together make of a message, in the order in which they were injected."""
        faults: tuple[str, ...] = ()
        going: list[tuple[Span, Message]] = [(0, exchanged.message)]
        answer: Outgoing | None = None
        confirms, withheld, hangs_up = True, False, False
        for injected in tuple(self._faults.values()):
            fault, passing = injected.fault, going
            if not isinstance(fault, MessageFault) or fault.device != device.name or not fault.matches(exchanged):
                continue
            going = []
            for delay, message in passing:
                made = self._strike_message(injected, fault, replace(exchanged, message=message))
                if made is None:
                    going.append((delay, message))
                    continue
                going += [(delay + more, changed) for more, changed in made.go]
                faults += made.faults
                answer, confirms = made.answer or answer, confirms and made.confirms
                withheld, hangs_up = withheld or made.withheld, hangs_up or made.hangs_up
        if not faults:
            return None
        go = tuple(going)
        return Intercepted(faults=faults, go=go, answer=answer, confirms=confirms, withheld=withheld, hangs_up=hangs_up)

    def _strike_message(self, injected: Injected, fault: MessageFault, exchanged: Exchanged) -> Intercepted[Message] | None:
        """What one fault makes of a message that it selects; None when it lets the message pass."""
        if injected.intercept is None:
            return None
        injected.matched += 1
        spared = injected.matched < fault.nth or (fault.probability < 1 and injected.chance.random() >= fault.probability)
        if spared:
            if watch := getattr(injected.intercept, "watch", None):
                watch(exchanged)
            return None
        made = injected.intercept(exchanged)
        if _changes_nothing(made, exchanged.message):
            return None
        injected.struck += 1
        self._show(FaultStruck(injected.id))
        if fault.count is not None and injected.struck - injected.struck_before >= fault.count:
            self._finish(injected, "over")
        return made


def _changes_nothing(made: Intercepted[Message], message: Message) -> bool:
    """Whether a fault lets a message pass as it was: then it has not struck."""
    return made.go == ((0, message),) and made.answer is None and made.confirms and not made.hangs_up
