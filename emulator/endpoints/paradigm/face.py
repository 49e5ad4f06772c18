"""What the adapters have in common: a pump behind its radio, answers that take their time, and how requests are found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from isletbench.emulator.core.endpoint import Link, Outgoing
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.radio import PumpRadio
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.emulator.endpoints.personality import Face, Framed
from isletbench.emulator.pump.machine import Pump
from isletbench.protocols.medtronic.incremental import Incremental

SILENCE = 1_000
"""After so many ms without octets an adapter gives up half a request."""


class RequestFramer:
    """Finds requests with the parser of an adapter; ``word`` names the operation of each."""

    silence = SILENCE

    def __init__(self, parser: Incremental[Any], word: Callable[[Any], str]) -> None:
        self._parser = parser
        self._word = word

    def feed(self, octets: bytes) -> Sequence[Framed]:
        """The requests that end in these octets."""
        return [Framed(self._word(request), taken) for request, taken in self._parser.cut(octets)]

    def expire(self) -> Sequence[Framed]:
        """Forget half a request."""
        self._parser.discard()
        return []


@dataclass(frozen=True, slots=True)
class Due:
    """A message that the adapter sends at an instant."""

    at: Instant
    message: Outgoing


class AdapterFace(Face):
    """An adapter with a pump in the range of its radio."""

    by_radio: ClassVar = True

    def __init__(self, name: str, pump: Pump, settings: ParadigmSettings) -> None:
        self.settings = settings
        self.state = State.of(pump, settings)
        self.radio = PumpRadio(self.state)
        self._due: list[Due] = []

    @property
    def next_deadline(self) -> Instant | None:
        """When the next answer is sent, or something is entered on the pump."""
        entry = self.state.next_entry
        return min([due.at for due in self._due] + ([] if entry is None else [entry]), default=None)

    def advance(self, now: Instant) -> Iterable[Any]:
        """Make the entries that are due, and send the answers."""
        self.state.enter(now)
        ready = [due for due in self._due if due.at <= now]
        self._due = [due for due in self._due if due.at > now]
        return [due.message for due in sorted(ready, key=lambda due: due.at)]

    def later(self, at: Instant, message: Outgoing) -> None:
        """Send a message at an instant."""
        self._due.append(Due(at, message))

    def lose_between(self, begins: Instant, ends: Instant) -> None:
        """Send nothing of what is due between two instants, at which the adapter's radio does not receive."""
        self._due = [due for due in self._due if not begins < due.at < ends]

    def cancel(self) -> bool:
        """Send nothing of what is due later; whether there was anything."""
        was_due, self._due = bool(self._due), []
        return was_due

    def closed(self, link: Link, now: Instant) -> None:
        """The client has closed the port."""
        self.cancel()

    def occurred(self, occurrence: Occurrence) -> None:
        """Take note of an event in the pump."""
        self.state.occurred(occurrence)

    def set_in_range(self, *, on: bool) -> None:
        """Bring the pump into the range of the adapter's radio, or out of it."""
        self.radio.in_range = on

    def status(self, now: Instant) -> Mapping[str, Any]:
        """Whether adapter and pump can hear each other, and whether the pump's radio is awake."""
        return {"in_range": self.radio.is_in_range, "awake": self.radio.is_awake(now)}

    def snapshot(self) -> Mapping[str, Any]:
        """What the pump remembers beside the machine."""
        return self.state.snapshot()

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what another one remembered."""
        self.state.restore(snapshot)
