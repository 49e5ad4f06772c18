"""What can go wrong with a test, and which feature of a meter detects it."""

from collections.abc import Mapping
from enum import Enum

from isletbench.protocols.gls import Annunciation, Feature


class Problem(Enum):
    """What goes wrong with a strip or a sample, in the words of an action."""

    SHORT_SAMPLE = "short_sample"
    """Too little blood."""
    BAD_INSERTION = "bad_insertion"
    """The strip does not sit right."""
    WRONG_STRIP = "wrong_strip"
    """The strip is of another make."""
    PULLED = "pulled"
    """The strip was pulled out before the countdown was over."""
    MALFUNCTION = "malfunction"
    """The sensor cannot measure."""
    FAULT = "fault"
    """Something else in the device is broken."""

    @property
    def annunciation(self) -> Annunciation:
        """What the status says of it."""
        return _ANNUNCIATIONS[self]


_ANNUNCIATIONS = {
    Problem.SHORT_SAMPLE: Annunciation.SAMPLE_TOO_SMALL,
    Problem.BAD_INSERTION: Annunciation.STRIP_INSERTION_ERROR,
    Problem.WRONG_STRIP: Annunciation.STRIP_TYPE_INCORRECT,
    Problem.PULLED: Annunciation.STRIP_PULLED_TOO_SOON,
    Problem.MALFUNCTION: Annunciation.SENSOR_MALFUNCTION,
    Problem.FAULT: Annunciation.GENERAL_FAULT,
}
DETECTED_BY: Mapping[Annunciation, Feature] = {
    Annunciation.BATTERY_LOW: Feature.LOW_BATTERY,
    Annunciation.SENSOR_MALFUNCTION: Feature.SENSOR_MALFUNCTION,
    Annunciation.SAMPLE_TOO_SMALL: Feature.SAMPLE_SIZE,
    Annunciation.STRIP_INSERTION_ERROR: Feature.STRIP_INSERTION,
    Annunciation.STRIP_TYPE_INCORRECT: Feature.STRIP_TYPE,
    Annunciation.RESULT_TOO_HIGH: Feature.RESULT_HIGH_LOW,
    Annunciation.RESULT_TOO_LOW: Feature.RESULT_HIGH_LOW,
    Annunciation.TEMPERATURE_TOO_HIGH: Feature.TEMPERATURE_HIGH_LOW,
    Annunciation.TEMPERATURE_TOO_LOW: Feature.TEMPERATURE_HIGH_LOW,
    Annunciation.STRIP_PULLED_TOO_SOON: Feature.READ_INTERRUPT,
    Annunciation.GENERAL_FAULT: Feature.GENERAL_FAULT,
    Annunciation.TIME_FAULT: Feature.TIME_FAULT,
}
"""A status bit is set only where its feature is there. GLS 1.0.1, section 3.3."""
