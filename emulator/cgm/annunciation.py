"""Which bits of the sensor status annunciation a sensor may raise. Source: CGMS 1.0.1, sections 3.1.1.5 and 3.2.1.1."""

from collections.abc import Iterable

from isletbench.protocols.cgms import Annunciation, Feature

WARNINGS = Annunciation(0xFF << 16)
"""The octet of bits that one result raises, and the next one clears."""
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


def allowed(annunciation: Annunciation, features: Feature) -> Annunciation:
    """The bits that a sensor with these features may raise."""
    for bit, feature in FEATURE_OF.items():
        if feature not in features:
            annunciation &= ~bit
    return annunciation


def raised(bits: Iterable[tuple[Annunciation, bool]]) -> Annunciation:
    """The bits that hold."""
    annunciation = Annunciation(0)
    for bit, holds in bits:
        if holds:
            annunciation |= bit
    return annunciation
