"""The procedures of the CGM Specific Ops Control Point. Source: CGMS 1.0.1, section 3.7, tables 3.16 to 3.19.

Each carries out an operation on the sensor and has an operation to answer with; what it changed is returned beside it.
"""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.cgm.alerts import RANGES
from isletbench.emulator.cgm.changes import Changes
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import Reason, Refused
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.cgms import packets
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature, OpsResponse, ResponseCode

FASTEST = 255
"""The communication interval that means: as fast as the sensor can."""
NEWEST = 0xFFFF
"""The number of the calibration record made last."""

RESPONSES: Mapping[Reason, OpsResponse] = {
    Reason.WRONG_STATE: OpsResponse.PROCEDURE_NOT_COMPLETED,
    # CGMS 1.0.1, section 3.7.2.9
    Reason.NOTHING_TO_STOP: OpsResponse.OPCODE_NOT_SUPPORTED,
    Reason.NO_SECOND_SESSION: OpsResponse.PROCEDURE_NOT_COMPLETED,
    Reason.WRONG_TYPE: OpsResponse.PROCEDURE_NOT_COMPLETED,
    Reason.NO_CALIBRATION: OpsResponse.PROCEDURE_NOT_COMPLETED,
    Reason.NOT_NOW: OpsResponse.PROCEDURE_NOT_COMPLETED,
    Reason.OUT_OF_RANGE: OpsResponse.PARAMETER_OUT_OF_RANGE,
}
"""The response code for each refusal of a sensor. CGMS 1.0.1, table 3.19."""


@dataclass(frozen=True, slots=True)
class Performed:
    """A procedure that has been carried out or refused."""

    answer: Any
    """The operation to indicate."""
    changes: Changes = ()
    """What has changed in the sensor."""


@dataclass(frozen=True, slots=True)
class Level:
    """One alert level: its operations, its field of ``AlertLevels``, the feature that it belongs to."""

    set: type[Any]
    get: type[Any]
    response: type[Any]
    attribute: str
    feature: Feature

    @property
    def low(self) -> float:
        """The lowest value, mg/dL or mg/dL/min."""
        return RANGES[self.attribute][0]

    @property
    def high(self) -> float:
        """The highest value."""
        return RANGES[self.attribute][1]


LEVELS = (
    Level(
        cgms.SetPatientHighAlertLevel,
        cgms.GetPatientHighAlertLevel,
        cgms.PatientHighAlertLevelResponse,
        "patient_high",
        Feature.PATIENT_HIGH_LOW_ALERTS,
    ),
    Level(
        cgms.SetPatientLowAlertLevel,
        cgms.GetPatientLowAlertLevel,
        cgms.PatientLowAlertLevelResponse,
        "patient_low",
        Feature.PATIENT_HIGH_LOW_ALERTS,
    ),
    Level(
        cgms.SetHypoAlertLevel,
        cgms.GetHypoAlertLevel,
        cgms.HypoAlertLevelResponse,
        "hypo",
        Feature.HYPO_ALERTS,
    ),
    Level(
        cgms.SetHyperAlertLevel,
        cgms.GetHyperAlertLevel,
        cgms.HyperAlertLevelResponse,
        "hyper",
        Feature.HYPER_ALERTS,
    ),
    Level(
        cgms.SetRateOfDecreaseAlertLevel,
        cgms.GetRateOfDecreaseAlertLevel,
        cgms.RateOfDecreaseAlertLevelResponse,
        "rate_of_decrease",
        Feature.RATE_ALERTS,
    ),
    Level(
        cgms.SetRateOfIncreaseAlertLevel,
        cgms.GetRateOfIncreaseAlertLevel,
        cgms.RateOfIncreaseAlertLevelResponse,
        "rate_of_increase",
        Feature.RATE_ALERTS,
    ),
)
_BY_SET = {level.set: level for level in LEVELS}
_BY_GET = {level.get: level for level in LEVELS}


def supports(operation: type[Any] | None, sensor: Sensor) -> bool:
    """Whether this sensor supports the operation; None is an unknown op code. CGMS 1.0.1, table 3.16.

    Features and profile decide; an answer is no operation that a client may send.
    """
    features, choices = sensor.profile.features, sensor.profile.choices
    if operation is None:
        return False
    if level := _BY_SET.get(operation):
        return level.feature in features and level.attribute not in choices.fixed_levels
    if level := _BY_GET.get(operation):
        return level.feature in features
    if operation in (cgms.SetGlucoseCalibrationValue, cgms.GetGlucoseCalibrationValue):
        return Feature.CALIBRATION in features
    if operation is cgms.ResetDeviceSpecificAlert:
        return Feature.DEVICE_SPECIFIC_ALERT in features
    if operation in (cgms.StartSession, cgms.StopSession):
        return choices.session_operations
    return operation in (cgms.SetCommunicationInterval, cgms.GetCommunicationInterval)


def perform(operation: Any, opcode: int, sensor: Sensor, now: Instant) -> Performed:
    """Carry out an operation that the sensor supports. Raises ``WireError`` for an operand that is none."""
    try:
        if (value := _get(operation, sensor)) is not None:
            return Performed(value)
        return Performed(ResponseCode(opcode, OpsResponse.SUCCESS), _change(operation, sensor, now))
    except Refused as refused:
        return Performed(ResponseCode(opcode, RESPONSES[refused.reason]))


def _get(operation: Any, sensor: Sensor) -> Any:
    """The answer to an operation that reads; None for one that changes something. Raises ``Refused``."""
    if level := _BY_GET.get(type(operation)):
        known = getattr(sensor.levels, level.attribute)
        return level.response(0.0 if known is None else known)
    match operation:
        case cgms.GetCommunicationInterval():
            return cgms.CommunicationIntervalResponse(sensor.interval // minutes(1))
        case cgms.GetGlucoseCalibrationValue(record_number=number):
            calibrations = sensor.calibrations
            record = calibrations.newest if number == NEWEST else calibrations.get(number)
            return cgms.GlucoseCalibrationValueResponse(packets.calibration(record))
        case _:
            return None


def _change(operation: Any, sensor: Sensor, now: Instant) -> Changes:
    """Carry out an operation that changes something. Raises ``Refused``."""
    if level := _BY_SET.get(type(operation)):
        return sensor.set_level(level.attribute, operation.level)
    match operation:
        case cgms.SetCommunicationInterval(interval=wanted):
            return sensor.set_interval(_span(wanted))
        case cgms.SetGlucoseCalibrationValue(calibration=written):
            return sensor.calibrate(packets.reference(written), now)
        case cgms.StartSession():
            return sensor.start(now)
        case cgms.StopSession():
            return sensor.stop(now)
        case _:
            return sensor.clear_alert()


def _span(interval: int) -> Span | None:
    return None if interval == FASTEST else minutes(interval)
