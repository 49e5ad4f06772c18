"""What the world does to a sensor besides glucose."""

from isletbench.emulator.cgm.annunciation import raised
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation

SKIN = 33.0
"""Degrees Celsius."""


@dataclass(slots=True)
class Conditions:
    """Set from outside, at any time; results show it from then on."""

    temperature: float = SKIN
    """Degrees Celsius."""
    attenuated: bool = False
    """The signal is too weak for a result."""
    malfunction: bool = False
    """The sensor cannot measure."""
    general_fault: bool = False
    """Something else in the device is broken: storage, radio."""
    alert_latched: bool = False
    """The device-specific alert: the end of life is near. Raised by the sensor, cleared by a client or a new session."""

    def annunciation(self, temperatures: tuple[float, float]) -> Annunciation:
        """What these conditions raise in a sensor that works between two ``temperatures``, degrees Celsius."""
        coldest, hottest = temperatures
        return raised(
            (
                (Annunciation.SENSOR_MALFUNCTION, self.malfunction or self.attenuated),
                (Annunciation.DEVICE_SPECIFIC_ALERT, self.alert_latched),
                (Annunciation.GENERAL_DEVICE_FAULT, self.general_fault),
                (Annunciation.SENSOR_TEMPERATURE_TOO_HIGH, self.temperature > hottest),
                (Annunciation.SENSOR_TEMPERATURE_TOO_LOW, self.temperature < coldest),
            )
        )
