"""What differs between makes of sensor, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.quantities import Span, days, minutes
from protocols.cgms import Feature, SampleLocation, SampleType

EVERYTHING = Feature((1 << 17) - 1) & ~Feature.MULTIPLE_BOND


@dataclass(frozen=True, slots=True)
class SensorProfile:
    """One make of sensor."""

    features: Feature
    """What it can do; what is missing answers as the specification says."""
    cadence: Span
    """Between two measurements; whole minutes, since a record's number is its minute."""
    warm_up: Span
    """From the start of a session to its first measurement."""
    life: Span
    """Of a session; then it stops by itself. Whole hours, at most 45 days (a time offset has 16 bits)."""
    capacity: int
    """Records it keeps; the oldest is overwritten."""
    low: float
    """The lowest result it can process, mg/dL."""
    high: float
    """The highest."""
    quality: float = 95.0
    """The quality it claims, %."""
    sample_type: SampleType = SampleType.INTERSTITIAL_FLUID
    sample_location: SampleLocation = SampleLocation.SUBCUTANEOUS_TISSUE
    fastest_interval: Span = 60_000
    """The shortest communication interval a client may ask for: a minute, the finest the wire can say."""
    transfer_spacing: Span = 8
    """Between two notifications of stored records, ms: about a connection interval, and room for an Abort."""
    starts_by_itself: bool = True
    """Whether a session runs from power-on."""

    @property
    def protected(self) -> bool:
        """Whether values carry E2E-protection."""
        return Feature.E2E_CRC in self.features


PROFILES: Mapping[str, SensorProfile] = {
    "generic": SensorProfile(
        features=EVERYTHING,
        cadence=minutes(5),
        warm_up=0,
        life=days(14),
        capacity=4_032,
        low=40,
        high=400,
    ),
}
"""By name. ``generic`` has everything on and measures every 5 minutes for 14 days: 4032 records."""
