"""Trend and alerts: what a sensor computes from its own results.

Source: CGMS 1.0.1, sections 3.1.1.5 and 3.7.2.3 to 3.7.2.6.
"""

from collections import deque
from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.protocols.cgms import Annunciation, Feature

TREND_SPAN: Span = minutes(15)
"""The rate of change is taken over this much of the past: three 5-minute readings, as the makers of arrows do."""


@dataclass(slots=True)
class AlertLevels:
    """What the client wants to be alerted of, mg/dL and mg/dL/min; None is off."""

    patient_high: float | None = None
    patient_low: float | None = None
    hypo: float | None = None
    hyper: float | None = None
    rate_of_decrease: float | None = None
    """Either sign: the specification does not say, and a fall is meant."""
    rate_of_increase: float | None = None

    def warnings(self, shown: float, trend: float | None) -> Annunciation:
        """The bits one result raises. Comparisons are strict: a result at the level raises nothing."""
        said = Annunciation(0)
        for bit, holds in (
            (Annunciation.LOWER_THAN_PATIENT_LOW, below(shown, self.patient_low)),
            (Annunciation.HIGHER_THAN_PATIENT_HIGH, above(shown, self.patient_high)),
            (Annunciation.LOWER_THAN_HYPO, below(shown, self.hypo)),
            (Annunciation.HIGHER_THAN_HYPER, above(shown, self.hyper)),
            (Annunciation.RATE_OF_DECREASE_EXCEEDED, _falls_faster(trend, self.rate_of_decrease)),
            (Annunciation.RATE_OF_INCREASE_EXCEEDED, above(trend, self.rate_of_increase)),
        ):
            if holds:
                said |= bit
        return said


def below(value: float | None, level: float | None) -> bool:
    """Whether there is a value, a level, and the one under the other."""
    return value is not None and level is not None and value < level


def above(value: float | None, level: float | None) -> bool:
    """Whether there is a value, a level, and the one over the other."""
    return value is not None and level is not None and value > level


def _falls_faster(trend: float | None, level: float | None) -> bool:
    return trend is not None and level is not None and trend < -abs(level)


@dataclass(slots=True)
class Trend:
    """The rate of change of the last results."""

    _recent: deque[tuple[Instant, float]] = field(default_factory=deque)

    def of(self, at: Instant, shown: float) -> float | None:
        """mg/dL/min to a tenth, against the oldest result within ``TREND_SPAN``; None without one."""
        while self._recent and self._recent[0][0] < at - TREND_SPAN:
            self._recent.popleft()
        self._recent.append((at, shown))
        since, before = self._recent[0]
        return None if since == at else round((shown - before) / ((at - since) / minutes(1)), 1)


FEATURE_OF = {
    Annunciation.DEVICE_BATTERY_LOW: Feature.LOW_BATTERY_DETECTION,
    Annunciation.SENSOR_TYPE_INCORRECT: Feature.SENSOR_TYPE_ERROR_DETECTION,
    Annunciation.SENSOR_MALFUNCTION: Feature.SENSOR_MALFUNCTION_DETECTION,
    Annunciation.DEVICE_SPECIFIC_ALERT: Feature.DEVICE_SPECIFIC_ALERT,
    Annunciation.GENERAL_DEVICE_FAULT: Feature.GENERAL_DEVICE_FAULT,
    Annunciation.CALIBRATION_NOT_ALLOWED: Feature.CALIBRATION,
    Annunciation.CALIBRATION_RECOMMENDED: Feature.CALIBRATION,
    Annunciation.CALIBRATION_REQUIRED: Feature.CALIBRATION,
    Annunciation.SENSOR_TEMPERATURE_TOO_HIGH: Feature.SENSOR_TEMPERATURE_HIGH_LOW_DETECTION,
    Annunciation.SENSOR_TEMPERATURE_TOO_LOW: Feature.SENSOR_TEMPERATURE_HIGH_LOW_DETECTION,
    Annunciation.LOWER_THAN_PATIENT_LOW: Feature.PATIENT_HIGH_LOW_ALERTS,
    Annunciation.HIGHER_THAN_PATIENT_HIGH: Feature.PATIENT_HIGH_LOW_ALERTS,
    Annunciation.LOWER_THAN_HYPO: Feature.HYPO_ALERTS,
    Annunciation.HIGHER_THAN_HYPER: Feature.HYPER_ALERTS,
    Annunciation.RATE_OF_DECREASE_EXCEEDED: Feature.RATE_ALERTS,
    Annunciation.RATE_OF_INCREASE_EXCEEDED: Feature.RATE_ALERTS,
    Annunciation.RESULT_LOWER_THAN_PROCESSABLE: Feature.SENSOR_RESULT_HIGH_LOW_DETECTION,
    Annunciation.RESULT_HIGHER_THAN_PROCESSABLE: Feature.SENSOR_RESULT_HIGH_LOW_DETECTION,
}
"""The feature without which a bit stays 0 everywhere. CGMS 1.0.1, section 3.2.1.1."""


def allowed(said: Annunciation, features: Feature) -> Annunciation:
    """What of it a sensor with these features may say."""
    for bit, feature in FEATURE_OF.items():
        if feature not in features:
            said &= ~bit
    return said
