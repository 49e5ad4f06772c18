"""What the receiver's database keeps, as values: one record each, made once and never changed."""

from dataclasses import dataclass
from typing import TypeAlias

from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.dexcom.records import NoGlucose, SessionState


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a record was made: by the receiver's own clock and by its user's, s since 2009."""

    system: int
    display: int


@dataclass(frozen=True, slots=True)
class Egv:
    """An estimated glucose value."""

    stamp: Stamp
    read_at: int
    """The system time of the reading."""
    measured: Instant
    """When it was measured, by the sensor's own time, which the transmitter's is."""
    glucose: int | NoGlucose
    """mg/dL; 39 is LOW and 401 is HIGH."""
    rate: float | None
    """mg/dL/min"""
    backfilled: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """The raw signal of a reading, counts."""

    stamp: Stamp
    unfiltered: int
    filtered: int


@dataclass(frozen=True, slots=True)
class MeterEntry:
    """A finger-stick value that was entered."""

    stamp: Stamp
    mg_dl: int
    transmitter: int


@dataclass(frozen=True, slots=True)
class CalibrationSet:
    """The calibration from here on: counts of 1 mg/dL, and the finger-stick values that it rests on."""

    stamp: Stamp
    slope: float
    points: tuple[tuple[int, int, int], ...]
    """Of each point: system time, mg/dL, counts."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """A sensor was started, or has ended."""

    stamp: Stamp
    state: SessionState


@dataclass(frozen=True, slots=True)
class Entered:
    """What the user has entered: type and subtype of the protocol, and the value in its unit."""

    stamp: Stamp
    type: int
    subtype: int
    value: int


@dataclass(frozen=True, slots=True)
class SettingsMade:
    """A snapshot of the user's settings."""

    stamp: Stamp
    system_offset: int
    display_offset: int
    transmitter: str
    language: int
    blinded: bool
    clock_12_h: bool
    high: int
    low: int
    rise: int
    fall: int


@dataclass(frozen=True, slots=True)
class Text:
    """An XML text."""

    stamp: Stamp
    text: str


DatabaseEntry: TypeAlias = Egv | Signal | MeterEntry | CalibrationSet | Insertion | Entered | SettingsMade | Text
