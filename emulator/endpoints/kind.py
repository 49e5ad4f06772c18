"""What takes part on a bench: a kind of device, or the patient; all that the bench has to know of it, in one value."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Generic, TypeVar

from isletbench.emulator.core.actions import Actions
from isletbench.emulator.core.body import Body
from isletbench.emulator.core.endpoint import Endpoint
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.persistence import Persistence
from isletbench.emulator.core.quantities import Insulin
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.followed import FollowedCgm
from isletbench.emulator.transports.radio_actions import with_radio_actions

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
    body: Body | None = None
    """The patient of the rig: what a sensor measures whose table names no glucose, and where a pump's insulin goes.

    A pump that does not deliver into the patient is given none."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recording that a machine replays."""

    trace: str
    """Its name, or the path of its file."""
    check: Callable[[], object]
    """Reads it. Raises ``OSError`` with a sentence for one that cannot be replayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(Generic[M]):
    """What is steered on a bench and written down: a kind of device, or the patient.

    Raises ``ValueError`` when its events or actions belong to another one.
    """

    name: str
    """``pump``: the key of its events, and of a device the word of rig files."""
    about: str
    """What it is, in one line."""
    actions: Actions[M]
    """What a person or the world can do to it."""
    events: type[Event]
    """The base class of what happens in it."""
    persistence: Persistence[M]
    """How it survives in a state file."""
    status_line: Callable[[Mapping[str, Any]], str]
    """One line for people, made from what the machine's ``status`` returns."""

    def __post_init__(self) -> None:
        for what, kind in (("events", self.events.kind), ("actions", self.actions.kind)):
            if kind != self.name:
                raise ValueError(f"kind {self.name}: its {what} are of kind {kind}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Participant[M], Generic[Table, M]):
    """One kind of device. Its machines, endpoints and tables are made and read through this value only."""

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
    service: str | None = None
    """The prefix of its packet types (``ids`` of ``ids.Status``), if its messages have types."""
    delivered: Callable[[M], Insulin] | None = None
    """All insulin that a machine has delivered into the body of its setup, uU; None for a kind that delivers none."""

    least: Mapping[str, Any] = field(default_factory=dict)
    """What its table needs at least beside a port, as a rig file has it."""
    replays: Callable[[Table], Replayed | None] = lambda table: None
    """The recording that a machine with this table replays."""
    follows: Callable[[Table], FollowedCgm | None] = lambda table: None
    """The CGM that a device with this table receives its glucose from; its machine is a ``core.readings.GlucoseReceiver``."""

    def __post_init__(self) -> None:
        Participant.__post_init__(self)
        object.__setattr__(self, "actions", with_radio_actions(self.actions))

    @property
    def delivers(self) -> bool:
        """Whether its machines deliver insulin."""
        return self.delivered is not None
