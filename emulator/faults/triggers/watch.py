"""What looks out for a condition: it is shown everything that happens, and says when the condition has come true.

What *happens* (a message, an event, an amount that is reached, an instant) has come true once it has happened. A *state* (a
level, an idle conversation) holds as long as it holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from isletbench.emulator.core.quantities import Instant, Span, clock
from isletbench.emulator.faults.triggers.seen import Seen

LOOK: Span = 60_000
"""How often a level is looked at while nothing happens that shows it; the precision of a trigger on a level that falls by
itself."""


class View(Protocol):
    """What the engine knows of the devices of its bench."""

    def level(self, device: str, name: str) -> Any:
        """What the status of a device shows under this name, as plain data; None where it shows nothing now."""

    def idle_since(self, device: str) -> Instant | None:
        """When the last message passed between the device and a client; None while no client is connected."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition is about where it says nothing itself."""

    device: str
    view: View


class Watch(Protocol):
    """Looks out for one condition from the instant on at which it was made."""

    is_state: bool
    """Whether what it looks out for can end again."""

    def notice(self, seen: Seen, now: Instant) -> None:
        """Take note of something that happens."""

    def holds(self, now: Instant) -> bool:
        """Whether the condition has come true, and holds if it is a state."""

    def next_look(self, now: Instant) -> Instant | None:
        """When to ask ``holds`` again though nothing happens: later than ``now``; None for never."""

    def saw(self) -> str:
        """What has made it come true, for people."""


@dataclass(slots=True)
class Counting:
    """Waits until something has happened so many times: ``matches`` says of what happens whether it is that, in words."""

    matches: Callable[[Seen], str | None]
    nth: int = 1
    is_state: bool = False
    found: int = 0
    last: str = ""

    def notice(self, seen: Seen, now: Instant) -> None:
        """Count what matches."""
        if self.found < self.nth and (words := self.matches(seen)) is not None:
            self.found += 1
            self.last = f"{words} at {clock(now)}"

    def holds(self, now: Instant) -> bool:
        """Whether it has happened so often."""
        return self.found >= self.nth

    def next_look(self, now: Instant) -> Instant | None:
        """Never: it is shown everything."""
        return None

    def saw(self) -> str:
        """The last that counted."""
        return self.last


@dataclass(slots=True)
class Summing:
    """Waits until amounts add up: ``amount`` says of what happens how much it is."""

    amount: Callable[[Seen], float]
    reaches: float
    words: str
    is_state: bool = False
    found: float = 0
    since: str = ""

    def notice(self, seen: Seen, now: Instant) -> None:
        """Add what has happened."""
        if self.found < self.reaches and (more := self.amount(seen)):
            self.found += more
            self.since = clock(now)

    def holds(self, now: Instant) -> bool:
        """Whether so much has come together."""
        return self.found >= self.reaches

    def next_look(self, now: Instant) -> Instant | None:
        """Never: it is shown everything."""
        return None

    def saw(self) -> str:
        """How much it was, and when."""
        return f"{self.words} at {self.since}"


@dataclass(slots=True)
class Until:
    """Waits for an instant."""

    instant: Instant
    is_state: bool = False

    def notice(self, seen: Seen, now: Instant) -> None:
        """Nothing that happens matters."""

    def holds(self, now: Instant) -> bool:
        """Whether it has come."""
        return now >= self.instant

    def next_look(self, now: Instant) -> Instant | None:
        """At that instant."""
        return self.instant if self.instant > now else None

    def saw(self) -> str:
        """The instant."""
        return clock(self.instant)


@dataclass(slots=True)
class Looking:
    """Waits for a state: ``look`` says in words what it has found if the state holds now, and ``next_time`` when to look."""

    look: Callable[[Instant], str | None]
    next_time: Callable[[Instant], Instant | None] = lambda now: now + LOOK
    is_state: bool = True
    found: str = ""

    def notice(self, seen: Seen, now: Instant) -> None:
        """The state is looked at, whatever happens."""

    def holds(self, now: Instant) -> bool:
        """Whether the state holds now."""
        words = self.look(now)
        if words is not None:
            self.found = f"{words} at {clock(now)}"
        return words is not None

    def next_look(self, now: Instant) -> Instant | None:
        """When it may have become true by itself."""
        return self.next_time(now)

    def saw(self) -> str:
        """What it has found."""
        return self.found


@dataclass(slots=True)
class Every:
    """Waits until all of these have come true; what happens counts while every state among them holds."""

    parts: Sequence[Watch]
    is_state: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_state = all(part.is_state for part in self.parts)

    def notice(self, seen: Seen, now: Instant) -> None:
        """Show it to each of them."""
        if all(part.holds(now) for part in self.parts if part.is_state):
            for part in self.parts:
                part.notice(seen, now)

    def holds(self, now: Instant) -> bool:
        """Whether all have come true."""
        return all(part.holds(now) for part in self.parts)

    def next_look(self, now: Instant) -> Instant | None:
        """The first time that one of those that are missing has to be looked at."""
        return _first(self.parts, now)

    def saw(self) -> str:
        """What each of them saw."""
        return " and ".join(part.saw() for part in self.parts)


@dataclass(slots=True)
class Either:
    """Waits until one of these has come true."""

    parts: Sequence[Watch]
    is_state: bool = field(init=False)
    first: Watch | None = None

    def __post_init__(self) -> None:
        self.is_state = all(part.is_state for part in self.parts)

    def notice(self, seen: Seen, now: Instant) -> None:
        """Show it to each of them."""
        for part in self.parts:
            part.notice(seen, now)

    def holds(self, now: Instant) -> bool:
        """Whether one of them has."""
        self.first = next((part for part in self.parts if part.holds(now)), None)
        return self.first is not None

    def next_look(self, now: Instant) -> Instant | None:
        """The first time that one of them has to be looked at."""
        return _first(self.parts, now)

    def saw(self) -> str:
        """What the first of them saw."""
        return "" if self.first is None else self.first.saw()


@dataclass(slots=True)
class Sequential:
    """Waits for one after another: each is looked out for from the instant on at which the one before has come true.

    One message or event counts for one step only.
    """

    steps: Sequence[Callable[[Instant], Watch]]
    now_at: Watch
    is_state: bool = False
    place: int = 0
    seen: list[str] = field(default_factory=list)

    def notice(self, seen: Seen, now: Instant) -> None:
        """Show it to the step that is waited for."""
        if self.place < len(self.steps):
            self.now_at.notice(seen, now)

    def holds(self, now: Instant) -> bool:
        """Whether the last one has come true."""
        while self.place < len(self.steps) and self.now_at.holds(now):
            self.seen.append(self.now_at.saw())
            self.place += 1
            if self.place < len(self.steps):
                self.now_at = self.steps[self.place](now)
        return self.place >= len(self.steps)

    def next_look(self, now: Instant) -> Instant | None:
        """When the step that is waited for has to be looked at."""
        return None if self.place >= len(self.steps) else self.now_at.next_look(now)

    def saw(self) -> str:
        """What every step saw, in order."""
        return ", then ".join(self.seen)


def _first(parts: Sequence[Watch], now: Instant) -> Instant | None:
    looks = [part.next_look(now) for part in parts if not part.holds(now)]
    return min((look for look in looks if look is not None), default=None)
