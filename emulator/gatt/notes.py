"""Notes of what a GATT server does by itself, and of what a client changes through the standard services."""

from typing import ClassVar

from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class IndicationTimeout(Note):
    """The client has not confirmed an indication within 30 s. Core Vol 3, Part F, 3.3.3."""

    link: str


@dataclass(frozen=True, slots=True)
class BondDeleted(Note, name="bond_forgotten"):
    """The keys of a client are deleted."""

    identity: str


@dataclass(frozen=True, slots=True)
class RadioSwitched(Note, name="radio"):
    """The device has switched its radio on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class ClockSet(Note):
    """A client has set the device's date and time (CTS 1.1), ISO 8601 without a zone."""

    to: str
    stage: ClassVar[Stage | None] = Stage.COMMITTED


@dataclass(frozen=True, slots=True)
class LocalTimeSet(Note):
    """A client has set the device's time zone (CTS 1.1)."""

    stage: ClassVar[Stage | None] = Stage.COMMITTED


@dataclass(frozen=True, slots=True)
class SessionTimeSet(Note, name="time_set"):
    """A client has set the start time of a sensor session (CGMS 1.0.1, section 3.4)."""

    stage: ClassVar[Stage | None] = Stage.COMMITTED


@dataclass(frozen=True, slots=True)
class BondsToDelete(Note, name="bonds_to_forget"):
    """A client has asked for bonds to be deleted (BMS 1.0)."""

    whose: str
    """The name of a ``Bonds``."""
    stage: ClassVar[Stage | None] = Stage.COMMITTED


@dataclass(frozen=True, slots=True)
class AlertSwitched(Note, name="alert"):
    """A client has made the device ring, or stop (IAS 1.0)."""

    level: str
    stage: ClassVar[Stage | None] = Stage.COMMITTED
