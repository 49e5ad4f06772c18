"""The engine: which faults there are now, what each waits for, and what becomes of a message that passes them.

It owns no task and no clock: it is told what passes, asked for its next deadline, and woken by then. Every fault draws its
chances from a stream of its own, so that one more or one less does not change what the others do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant, Span, in_units
from isletbench.emulator.faults.declared import NEWS, Bend, Exchanged, Fault, FaultError, Message, MessageFault, MessagePart
from isletbench.emulator.faults.happenings import Happening, Reach, demand_carrier
from isletbench.emulator.gatt import (
    Attribute,
    Connected,
    Disconnected,
    GattDevice,
    Indicate,
    Link,
    Notify,
    Outgoing,
    Read,
    Request,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt.catalogue import AIMS
from isletbench.emulator.gatt.interceptor import Intercepted
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.pump.events import Pulse
from isletbench.protocols.att import Property

MOST_FAULTS = 1_000
"""How many can be there at once, those that are over included."""


class State(StrEnum):
    """Where a fault stands in its life."""

    WAITING = "waiting"
    """Its trigger has not come true yet."""
    ARMED = "armed"
    """It strikes what comes."""
    OVER = "over"
    """It will not strike any more."""


@dataclass(slots=True)
class Injected:
    """A fault on the bench."""

    id: str
    fault: Fault
    chance: Random
    since: Instant
    state: State = State.WAITING
    struck: int = 0
    """How often it has struck."""
    ends: Instant | None = None
    due: Instant | None = None
    """When a happening strikes next."""
    before: Any = None
    undone: bool = True
    bend: Bend | None = None
    met: int = 0
    connections: int = 0
    readings: int = 0
    delivered: int = 0
    entered: bool = False

    def ready(self, now: Instant) -> bool:
        """Whether everything its trigger names has come true."""
        fault = self.fault
        return (
            now >= (fault.at or 0)
            and now >= self.since + (fault.after or 0)
            and self.connections >= (fault.connection or 0)
            and self.readings >= (fault.reading or 0)
            and in_units(self.delivered) >= (fault.delivered or Decimal(0))
            and (fault.state is None or self.entered)
        )

    def opens(self) -> Instant:
        """When, at the earliest, it can be armed as far as time goes."""
        return max(self.fault.at or 0, self.since + (self.fault.after or 0))

    def told(self) -> dict[str, Any]:
        """It as plain data."""
        declared = self.fault.model_dump(mode="json", exclude_defaults=True)
        return {
            "id": self.id,
            "state": self.state.value,
            "struck": self.struck,
            "since": self.since,
            "declared": {"fault": self.fault.kind(), **declared},
        }


@dataclass(slots=True)
class _Conversation:
    """What has been asked on one link and not been answered yet: the value written, or None for a read."""

    asked: dict[int, bytes | None] = field(default_factory=dict)


class Engine:
    """The faults of one bench: implements ``host.Interceptor``. ``wake`` is called when something has to happen at once.

    A happening never strikes inside a device's turn: it waits for ``advance``.
    """

    def __init__(
        self, reach: Reach, *, seed: int, now: Callable[[], Instant], journal: Journal, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._reach, self._seed, self._now, self._journal = reach, seed, now, journal
        self._wake = wake
        self._faults: dict[str, Injected] = {}
        self._conversations: dict[Link, _Conversation] = {}
        self._named = 0

    # Steering

    def inject(self, fault: Fault) -> Injected:
        """Add a fault; it may be armed at once. Raises ``FaultError`` and changes nothing when it cannot be."""
        if len(self._faults) >= MOST_FAULTS:
            raise FaultError(f"there are {MOST_FAULTS} faults already: clear some first")
        self._check(fault)
        name = fault.name or self._free_name(fault)
        if name in self._faults:
            raise FaultError(f"name: there is a fault {name!r} already: clear it first, or call this one something else")
        now = self._now()
        injected = Injected(name, fault, stream(self._seed, "fault", name), now)
        self._faults[name] = injected
        declared = fault.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
        self._journal.fault(now, name, "injected", declared={"fault": fault.kind(), **declared})
        self._look(injected, now)
        self._wake()
        return injected

    def _free_name(self, fault: Fault) -> str:
        name, number = fault.kind(), 1
        while name in self._faults:
            number += 1
            name = f"{fault.kind()}-{number}"
        return name

    def _check(self, fault: Fault) -> None:
        try:
            self._reach.carriers(fault.device)
            if isinstance(fault, Happening):
                fault.check(self._reach)
            elif isinstance(fault, MessageFault):
                demand_carrier(self._reach, fault.device, fault.over)
        except ValueError as error:
            raise FaultError(str(error)) from None

    def clear(self, name: str) -> Injected:
        """Remove a fault, undoing what it does. Raises ``FaultError`` when there is none of that name."""
        try:
            injected = self._faults.pop(name)
        except KeyError:
            there = ", ".join(self._faults) or "none"
            raise FaultError(f"fault {name!r}: expected one that is there: {there}") from None
        self._finish(injected, "cleared")
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
        """When it asks to be woken, if at all."""
        return min((due for injected in self._faults.values() for due in self._dues(injected)), default=None)

    def _dues(self, injected: Injected) -> list[Instant]:
        match injected.state:
            case State.WAITING if injected.opens() > self._now():
                return [injected.opens()]
            case State.ARMED:
                return [due for due in (injected.ends, injected.due) if due is not None]
            case _:
                return []

    def advance(self, now: Instant) -> None:
        """Do what is due by ``now``: faults are armed, happenings strike, and what has lasted long enough is over."""
        for injected in tuple(self._faults.values()):
            self._look(injected, now)
            while injected.state is State.ARMED and injected.due is not None and injected.due <= now:
                if injected.ends is not None and injected.ends <= injected.due:
                    break
                self._strike(injected)
            if injected.state is State.ARMED and injected.ends is not None and injected.ends <= now:
                self._finish(injected, "over")

    def _look(self, injected: Injected, now: Instant) -> None:
        """Arm it if its trigger has come true."""
        if injected.state is not State.WAITING or not injected.ready(now):
            return
        fault = injected.fault
        injected.state = State.ARMED
        injected.ends = None if fault.lasts is None else now + fault.lasts
        self._journal.fault(now, injected.id, "armed")
        match fault:
            case MessageFault():
                injected.bend = fault.begin((injected.id,), injected.chance)
            case Happening():
                injected.due = now + (0 if fault.at_once else fault.tick() or 0)

    def _strike(self, injected: Injected) -> None:
        fault = injected.fault
        assert isinstance(fault, Happening)
        assert injected.due is not None
        now, every = self._now(), fault.tick()
        try:
            if injected.undone:
                injected.before, injected.undone = fault.remember(self._reach), False
            fault.strike(self._reach)
        except ValueError as error:
            self._journal.fault(now, injected.id, "failed", why=str(error))
            injected.undone = True
            self._finish(injected, "over")
            return
        injected.struck += 1
        self._journal.fault(now, injected.id, "struck")
        injected.due = None if every is None else injected.due + max(every, 1)
        if injected.due is None and injected.ends is None and not fault.stays and not fault.until_connected:
            self._finish(injected, "over")

    def _finish(self, injected: Injected, what: str) -> None:
        if injected.state is State.OVER and what == "over":
            return
        if isinstance(injected.fault, Happening) and not injected.undone:
            injected.undone = True
            injected.fault.end(self._reach, injected.before)
        injected.state, injected.due, injected.ends, injected.bend = State.OVER, None, None, None
        self._journal.fault(self._now(), injected.id, what)

    # What passes

    def occurred(self, device: str, event: Event) -> None:
        """Triggers that wait for what a device does."""
        for injected in self._waiting(device):
            injected.readings += isinstance(event, Sample)
            if isinstance(event, Pulse) and event.cause == "bolus":
                injected.delivered += event.uu
            injected.entered = injected.entered or getattr(event, "state", None) == injected.fault.state
            self._look(injected, self._now())

    def _waiting(self, device: str) -> list[Injected]:
        waiting = [i for i in self._faults.values() if i.state is State.WAITING and i.fault.device == device]
        if waiting:
            self._wake()
        return waiting

    def inward(self, device: GattDevice, request: Request) -> Intercepted[Request] | None:
        """A request on its way to the device."""
        match request:
            case Connected():
                for injected in tuple(self._faults.values()):
                    fault = injected.fault
                    if fault.until_connected and fault.device == device.name and injected.state is State.ARMED:
                        self._finish(injected, "over")
                for injected in self._waiting(device.name):
                    injected.connections += 1
                    self._look(injected, self._now())
            case Disconnected():
                self._conversations.pop(request.link, None)
            case Read() | Write() if attribute := device.table.by_handle.get(request.handle):
                asked = request.value if isinstance(request, Write) else None
                exchanged = Exchanged(request, MessagePart.REQUEST, attribute, asked)
                bent = self._bend(device, exchanged)
                if bent is None or bent.go:
                    self._conversations.setdefault(request.link, _Conversation()).asked[request.handle] = asked
                return bent
            case _:
                pass
        return None

    def outward(self, device: GattDevice, outgoing: Outgoing) -> Intercepted[Outgoing] | None:
        """What the device sends, on its way to the client."""
        attribute = device.table.by_handle.get(outgoing.handle)
        return None if attribute is None else self._bend(device, self._placed(device, outgoing, attribute))

    def _placed(self, device: GattDevice, outgoing: Outgoing, attribute: Attribute) -> Exchanged:
        """Which part of a conversation it is."""
        open_requests = self._conversations.setdefault(outgoing.link, _Conversation()).asked
        reports = any(
            aim.meets(device.table.by_handle[handle], octets or b"")
            for handle, octets in open_requests.items()
            for aim in AIMS["REPORT"]
        )
        part = MessagePart.RECORDS if reports and isinstance(outgoing, Notify) else MessagePart.LIVE
        asked = open_requests.get(outgoing.handle)
        if outgoing.handle in open_requests and not isinstance(outgoing, Notify):
            part = MessagePart.REPLY
            if isinstance(outgoing, WriteResponse) and attribute.spec.properties & Property.INDICATE:
                part = MessagePart.ACKNOWLEDGEMENT
            else:
                del open_requests[outgoing.handle]
        elif not isinstance(outgoing, Notify | Indicate):
            part = MessagePart.REPLY
        return Exchanged(outgoing, part, attribute, asked)

    def _bend(self, device: GattDevice, exchanged: Exchanged) -> Intercepted[Any] | None:
        """What all the faults together make of it, in the order in which they were injected."""
        faults: tuple[str, ...] = ()
        going: list[tuple[Span, Message]] = [(0, exchanged.message)]
        answer: Outgoing | None = None
        confirms, hangs_up = True, False
        for injected in tuple(self._faults.values()):
            fault, passing = injected.fault, going
            if not isinstance(fault, MessageFault) or fault.device != device.name or not self._meets(fault, exchanged):
                continue
            going = []
            for delay, message in passing:
                bent = self._strike_message(injected, fault, replace(exchanged, message=message))
                if bent is None:
                    going.append((delay, message))
                    continue
                going += [(delay + more, changed) for more, changed in bent.go]
                faults += bent.faults
                answer, confirms, hangs_up = bent.answer or answer, confirms and bent.confirms, hangs_up or bent.hangs_up
        if not faults:
            return None
        return Intercepted(faults=faults, go=tuple(going), answer=answer, confirms=confirms, hangs_up=hangs_up)

    def _strike_message(self, injected: Injected, fault: MessageFault, exchanged: Exchanged) -> Intercepted[Message] | None:
        """What one fault does to a message that it is made for; None when it lets it pass."""
        if injected.bend is None:
            return None
        injected.met += 1
        spared = injected.met < fault.nth or (fault.probability < 1 and injected.chance.random() >= fault.probability)
        if spared:
            if watch := getattr(injected.bend, "watch", None):
                watch(exchanged)
            return None
        injected.struck += 1
        bent = injected.bend(exchanged)
        if fault.count is not None and injected.struck >= fault.count:
            self._finish(injected, "over")
        return bent

    @staticmethod
    def _meets(fault: MessageFault, exchanged: Exchanged) -> bool:
        if exchanged.part not in fault.parts():
            return False
        if fault.over is not None and f".{fault.over}#" not in exchanged.message.link:
            return False
        if fault.on is None:
            return True
        message = exchanged.message
        value = getattr(message, "value", b"") if exchanged.part in NEWS else exchanged.asked
        return any(aim.meets(exchanged.attribute, value or b"") for aim in AIMS[fault.on])
