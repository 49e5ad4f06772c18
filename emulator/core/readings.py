"""A device that receives the glucose of a CGM, as whoever brings it the readings sees it."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass


class CgmLink(Enum):
    """How a device stands with its CGM."""

    OFF = "off"
    """Its radio is off."""
    SEARCHING = "searching"
    """It scans for the CGM, or waits before it scans again."""
    CONNECTED = "connected"
    PAIRING_FAILED = "pairing failed"
    """The CGM was found and cannot be used."""


@dataclass(frozen=True, slots=True)
class GlucoseReading:
    """A reading that a device has received from its CGM."""

    measured: Instant
    """When it was measured."""
    mg_dl: float | None
    """None where the sensor has no value, or one that must not be relied on."""
    trend: float | None = None
    """The rate of change that the sensor gives, mg/dL/min."""
    backfilled: bool = False
    """Whether it was fetched from the sensor's memory."""


class GlucoseReceiver(Protocol):
    """A machine that receives the glucose of a CGM."""

    @property
    def wants_glucose(self) -> bool:
        """Whether its radio is on."""

    @property
    def cgm_bonds(self) -> Mapping[str, Any]:
        """The keys of its bonds with CGMs by their addresses, as plain data."""

    def set_cgm_link(self, link: CgmLink, now: Instant) -> object:
        """Another state of the link with its CGM."""

    def set_cgm_bonds(self, bonds: Mapping[str, Any], now: Instant) -> object:
        """Other bonds with CGMs."""

    def receive_glucose(self, readings: Sequence[GlucoseReading], now: Instant) -> object:
        """Readings have come, each of them once, in any order."""
