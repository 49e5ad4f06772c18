"""What happens in a machine, as frozen typed values: the one history from which records, journal and reports are made.

A kind of device declares a base class of its own (``class PumpEvent(Event, kind="pump")``) and below it one frozen dataclass an
event. Fields are plain values: insulin in micro-units (``_uu``), time in ms (``_ms``), glucose in mg/dL, names of enumerations.
A field that is ``None`` by default says nothing and is not written down.
"""

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

EVENTS: dict[tuple[str, str], type["Event"]] = {}
"""Every event that is declared, by kind of device and name."""


class Event:
    """Something that happened in a machine. Subclasses are frozen dataclasses."""

    __slots__ = ()
    kind: ClassVar[str]
    """The kind of device it happens in."""
    name: ClassVar[str]
    """What the journal calls it: the class's name in small letters (``reservoir_attached``) unless the class says another."""
    states: ClassVar[tuple[str, ...]] = ()
    """The words that its field ``state`` may hold; none where that is not said."""

    def __init_subclass__(cls, *, kind: str | None = None, name: str | None = None, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if kind is not None:
            cls.kind = kind
        elif hasattr(cls, "kind"):
            if "name" not in cls.__dict__:  # dataclass(slots=True) makes the class a second time
                cls.name = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
            EVENTS[cls.kind, cls.name] = cls

    def fields(self) -> dict[str, Any]:
        """Its fields by name, without those that say nothing."""
        found = {}
        for name, may_be_silent in _declared(type(self)):  # type: ignore[arg-type]  # every class can be hashed
            value = getattr(self, name)
            if value is not None or not may_be_silent:
                found[name] = value
        return found


@cache
def _declared(kind: Any) -> tuple[tuple[str, bool], ...]:
    """The names of an event's fields, and of each whether it says nothing when it is None."""
    return tuple((field.name, field.default is None) for field in dataclasses.fields(kind))


@dataclass(frozen=True, slots=True)
class UnknownEvent(Event):
    """An event of a kind that is not installed here, as it was written down."""

    called: str
    values: Mapping[str, Any]

    def fields(self) -> dict[str, Any]:
        """Its fields by name."""
        return dict(self.values)


def event_of(kind: str, name: str, values: Mapping[str, Any]) -> Event:
    """The event that was written down. Raises ``TypeError`` when the fields are not those of the event."""
    declared = EVENTS.get((kind, name))
    return UnknownEvent(name, values) if declared is None else declared(**values)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event and the instant at which it happened, which may lie before the call that found it out."""

    at: Instant
    event: Event
