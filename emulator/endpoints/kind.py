"""A kind of device: all that the bench has to know of it, in one value that its own room declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from isletbench.emulator.core.actions import Actions
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.persistence import Persistence
from isletbench.emulator.endpoints.device_table import DeviceTable

Table = TypeVar("Table", bound=DeviceTable)
M = TypeVar("M", bound=Machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a bench gives to the factory of a machine, beside the device's table and profile."""

    name: str
    """The device's name in the rig: it separates the machine's chances from those of the other devices."""
    epoch: datetime
    """The local date and time at instant 0."""
    seed: int
    """Decides everything that is left to chance."""
    glucose: Source | None = None
    """The glucose source to use in place of the one that the table names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Table, M]):
    """One kind of device. Its machines, endpoints and tables are made and read through this value only.

    Raises ``ValueError`` when its events or actions belong to another kind.
    """

    name: str
    """``pump``: the word of rig files, and the key of its events."""
    about: str
    """What it is, in one line."""
    table: type[Table]
    """Its table in a rig file."""
    profiles: Mapping[str, Any]
    """Its makes by name, each a frozen dataclass."""
    presets: Mapping[type[Any], Mapping[str, Any]] = field(default_factory=dict)
    """Named values for fields of a profile, by the type of the field."""
    machine: Callable[[Table, Any, Setup], M]
    """Makes a machine from a table, the tuned profile and the setup. Raises ``ValueError`` for what it cannot be."""
    endpoint: Callable[[str, M, str], Endpoint]
    """Makes the endpoint of a machine from the device's name, the machine and the name it advertises."""
    actions: Actions[M]
    """What a person or the world can do to a machine of this kind."""
    events: type[Event]
    """The base class of what happens in a machine of this kind."""
    service: str | None = None
    """The prefix of its packet types (``ids`` of ``ids.Status``), if its messages have types."""
    persistence: Persistence[M]
    """How its machines survive in a state file."""
    status_line: Callable[[Mapping[str, Any]], str]
    """One line for people, made from what the machine's ``status`` returns."""

    def __post_init__(self) -> None:
        for what, kind in (("events", self.events.kind), ("actions", self.actions.kind)):
            if kind != self.name:
                raise ValueError(f"kind {self.name}: its {what} are of kind {kind}")
