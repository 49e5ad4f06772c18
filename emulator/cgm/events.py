"""What happens in a sensor, as ground truth."""

from typing import Any, ClassVar

from isletbench.emulator.cgm.states import Session
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.fields import Special


class SensorEvent(Event, kind="cgm"):
    """Something that happened in a sensor."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SessionChanged(SensorEvent, name="session"):
    """The session has gone on to another state (``cgm.states``)."""

    states: ClassVar[tuple[str, ...]] = tuple(state.value for state in Session)
    event: str
    state: str


@dataclass(frozen=True, slots=True)
class EndOfLifeReminder(SensorEvent):
    """The sensor reminds its user that it will soon end."""


@dataclass(frozen=True, slots=True)
class GraceBegan(SensorEvent):
    """The life of the session is over, and the sensor goes on measuring for a while."""


@dataclass(frozen=True, slots=True)
class NoSample(SensorEvent):
    """A measurement was due and there was no glucose to measure. ``time_offset`` in minutes since session start."""

    time_offset: int


@dataclass(frozen=True, slots=True)
class Sample(SensorEvent):
    """A measurement: true glucose and what the sensor shows, mg/dL; ``time_offset`` in minutes since session start."""

    time_offset: int
    true_mg_dl: float
    mg_dl: float | None = None
    """None where the sensor shows a special value."""
    special: str | None = None
    """The special value it shows: ``NaN``, ``+INFINITY``, ..."""
    lost: bool | None = None
    """True for a measurement that is never sent."""


@dataclass(frozen=True, slots=True)
class CalibrationTaken(SensorEvent, name="calibration"):
    """A reference value was given, mg/dL."""

    number: int
    mg_dl: float | Special


@dataclass(frozen=True, slots=True)
class Calibrated(SensorEvent):
    """A calibration has settled: its status, and the gain from now on."""

    number: int
    status: Any
    gain: float
