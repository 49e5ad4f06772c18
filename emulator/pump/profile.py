"""What differs between makes of pump, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.quantities import Insulin, Rate, Span
from protocols.ids import Feature


@dataclass(frozen=True, slots=True)
class PumpProfile:
    """One make of pump. Insulin in uU, rates in uU/h, times in ms."""

    features: Feature
    """What it can do; what is missing answers as the specification says."""
    pulse: Insulin
    """The grain in which it delivers: a whole number of these, never less."""
    pulse_spacing: Span
    """Between two pulses of a bolus."""
    max_bolus: Insulin
    """The largest single bolus."""
    max_rate: Rate
    """The fastest basal rate."""
    reservoir: Insulin
    """How much its reservoir holds."""
    low_reservoir: Insulin
    """It warns when this much is left."""
    history: int
    """Records it keeps; the oldest is overwritten."""
    concentration: int = 100
    """IU per mL of the insulin it is made for."""
    reference_time_every: Span = 3_600_000
    """How often it records what time it is; at most 65535 s (IDS 1.0.2, section 3.10)."""
    snooze: Span = 600_000
    """How long a snoozed annunciation is quiet."""
    transfer_spacing: Span = 8
    """Between two notifications of history, ms: about a connection interval, and room for an Abort."""

    @property
    def protected(self) -> bool:
        """Whether values carry E2E-protection."""
        return Feature.E2E_PROTECTION in self.features


PROFILES: Mapping[str, PumpProfile] = {
    "generic": PumpProfile(
        features=Feature.E2E_PROTECTION | Feature.BASAL_RATE | Feature.FAST_BOLUS | Feature.BOLUS_ACTIVATION_TYPE,
        # Grain and speed of a patch pump: 0.05 U every 2 s is 1.5 U/min (OmniKit's pod constants).
        pulse=50_000,
        pulse_spacing=2_000,
        max_bolus=30_000_000,
        max_rate=30_000_000,
        reservoir=300_000_000,
        low_reservoir=20_000_000,
        history=5_000,
    ),
}
"""By name."""
