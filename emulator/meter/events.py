"""What happens in a meter, as ground truth."""

from dataclasses import dataclass

from isletbench.emulator.core.events import Event


class MeterEvent(Event, kind="meter"):
    """Something that happened in a meter."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class BloodTested(MeterEvent):
    """Blood was tested: true glucose and what the meter shows, mg/dL; ``sequence`` is the number of its record."""

    sequence: int
    true_mg_dl: float
    mg_dl: float | None = None
    """None for a failed test."""
    beyond: str | None = None
    """``HI`` or ``LO`` where the result is beyond the measuring range."""
    failed: str | None = None
    """Why there is no result."""


@dataclass(frozen=True, slots=True)
class ControlTested(MeterEvent):
    """Control solution was tested: the level of the solution and what the meter shows, mg/dL."""

    sequence: int
    level: int
    mg_dl: float


@dataclass(frozen=True, slots=True)
class NotTested(MeterEvent):
    """A test was made and could not be stored or carried out."""

    why: str


@dataclass(frozen=True, slots=True)
class Marked(MeterEvent):
    """The user has told the meter something of a record."""

    sequence: int


@dataclass(frozen=True, slots=True)
class ClockSet(MeterEvent):
    """The display was set to another time: by how much, s."""

    by_s: int


@dataclass(frozen=True, slots=True)
class BatteryReplaced(MeterEvent, name="battery"):
    """A battery was put in, with so much in it; ``clock_lost`` when the meter does not know the time any more."""

    percent: float
    clock_lost: bool


@dataclass(frozen=True, slots=True)
class VialOpened(MeterEvent, name="vial"):
    """A new vial of strips was opened: its bias, % of the reading."""

    number: int
    bias: float


@dataclass(frozen=True, slots=True)
class MemoryCleared(MeterEvent):
    """So many records were deleted."""

    records: int
