"""The procedures of the CGM Specific Ops Control Point. Source: CGMS 1.0.1, section 3.7, tables 3.16 to 3.19.

Each takes an operation and answers with the operation to indicate; whether anything changed is said beside it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from isletbench.emulator.cgm.calibration import OutOfRange
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.session import Refused
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.protocols import cgms
from isletbench.protocols.cgms import Feature, OpsResponse, ResponseCode
from isletbench.protocols.fields import Number
from isletbench.protocols.packet import struct_of

FASTEST = 255
"""The communication interval that means: as fast as you can."""


class Interval(Protocol):
    """Who keeps the communication interval."""

    interval: Span


@dataclass(frozen=True, slots=True)
class Level:
    """One alert level: its operations, the sensor's attribute, the feature it belongs to, the range it takes."""

    set: type[Any]
    get: type[Any]
    response: type[Any]
    attribute: str
    feature: Feature
    low: float
    high: float


GLUCOSE_LEVELS = (20.0, 500.0)
"""What a glucose level may be, mg/dL (choice: the widest range of today's receivers)."""
RATE_LEVELS = (-20.0, 20.0)
"""What a rate may be, mg/dL/min (choice)."""

LEVELS = (
    Level(
        cgms.SetPatientHighAlertLevel,
        cgms.GetPatientHighAlertLevel,
        cgms.PatientHighAlertLevelResponse,
        "patient_high",
        Feature.PATIENT_HIGH_LOW_ALERTS,
        *GLUCOSE_LEVELS,
    ),
    Level(
        cgms.SetPatientLowAlertLevel,
        cgms.GetPatientLowAlertLevel,
        cgms.PatientLowAlertLevelResponse,
        "patient_low",
        Feature.PATIENT_HIGH_LOW_ALERTS,
        *GLUCOSE_LEVELS,
    ),
    Level(
        cgms.SetHypoAlertLevel,
        cgms.GetHypoAlertLevel,
        cgms.HypoAlertLevelResponse,
        "hypo",
        Feature.HYPO_ALERTS,
        *GLUCOSE_LEVELS,
    ),
    Level(
        cgms.SetHyperAlertLevel,
        cgms.GetHyperAlertLevel,
        cgms.HyperAlertLevelResponse,
        "hyper",
        Feature.HYPER_ALERTS,
        *GLUCOSE_LEVELS,
    ),
    Level(
        cgms.SetRateOfDecreaseAlertLevel,
        cgms.GetRateOfDecreaseAlertLevel,
        cgms.RateOfDecreaseAlertLevelResponse,
        "rate_of_decrease",
        Feature.RATE_ALERTS,
        *RATE_LEVELS,
    ),
    Level(
        cgms.SetRateOfIncreaseAlertLevel,
        cgms.GetRateOfIncreaseAlertLevel,
        cgms.RateOfIncreaseAlertLevelResponse,
        "rate_of_increase",
        Feature.RATE_ALERTS,
        *RATE_LEVELS,
    ),
)
_BY_SET = {level.set: level for level in LEVELS}
_BY_GET = {level.get: level for level in LEVELS}


def bare_length(opcode: int) -> int | None:
    """How long an operation with this op code is without a CRC; None for an unknown one."""
    operation = cgms.SPECIFIC_OPS.operations.get(opcode)
    return None if operation is None else 1 + struct_of(operation).sizeof()


def perform(operation: Any, opcode: int, sensor: Sensor, service: Interval, now: Instant) -> tuple[Any, bool]:
    """Do it; the operation to answer with, and whether something has changed."""
    if not _exists(operation, sensor):
        return ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED), False
    try:
        answer = _perform(operation, sensor, service, now)
    except OutOfRange:
        return ResponseCode(opcode, OpsResponse.PARAMETER_OUT_OF_RANGE), False
    except Refused:
        # CGMS 1.0.1, section 3.7.2.9: to stop what is stopped is not supported; all else is not completed.
        stops = isinstance(operation, cgms.StopSession)
        code = OpsResponse.OPCODE_NOT_SUPPORTED if stops else OpsResponse.PROCEDURE_NOT_COMPLETED
        return ResponseCode(opcode, code), False
    return (ResponseCode(opcode, OpsResponse.SUCCESS), True) if answer is None else (answer, False)


def _exists(operation: Any, sensor: Sensor) -> bool:
    """Whether this sensor has the operation at all. CGMS 1.0.1, table 3.16: the features and the make decide."""
    features, choices = sensor.profile.features, sensor.profile.choices
    if level := _BY_SET.get(type(operation)):
        return level.feature in features and level.attribute not in choices.fixed_levels
    if level := _BY_GET.get(type(operation)):
        return level.feature in features
    match operation:
        case cgms.SetGlucoseCalibrationValue() | cgms.GetGlucoseCalibrationValue():
            return Feature.CALIBRATION in features
        case cgms.ResetDeviceSpecificAlert():
            return Feature.DEVICE_SPECIFIC_ALERT in features
        case cgms.StartSession() | cgms.StopSession():
            return choices.session_operations
        case cgms.SetCommunicationInterval() | cgms.GetCommunicationInterval():
            return True
        case _:
            return False  # an answer, which no client may send


def _perform(operation: Any, sensor: Sensor, service: Interval, now: Instant) -> Any:
    """Do it; None when success is all there is to say. Raises ``Refused`` and ``OutOfRange``."""
    if level := _BY_SET.get(type(operation)):
        setattr(sensor.levels, level.attribute, _within(operation.level, level.low, level.high))
        return None
    if level := _BY_GET.get(type(operation)):
        known = getattr(sensor.levels, level.attribute)
        return level.response(0.0 if known is None else known)
    match operation:
        case cgms.SetCommunicationInterval(interval=wanted):
            service.interval = _interval(wanted, sensor)
        case cgms.GetCommunicationInterval():
            return cgms.CommunicationIntervalResponse(service.interval // minutes(1))
        case cgms.SetGlucoseCalibrationValue(calibration=reference):
            sensor.calibrate(reference, now)
        case cgms.GetGlucoseCalibrationValue(record_number=number):
            return cgms.GlucoseCalibrationValueResponse(sensor.calibrations.get(number))
        case cgms.StartSession():
            sensor.start(now)
        case cgms.StopSession():
            sensor.stop(now)
        case _:
            sensor.conditions.alert_latched = False
    return None


def _within(wanted: Number, low: float, high: float) -> float:
    if not isinstance(wanted, float) or not low <= wanted <= high:
        raise OutOfRange(f"expected {low:g}..{high:g}, got {wanted}")
    return wanted


def _interval(wanted: int, sensor: Sensor) -> Span:
    fastest = sensor.profile.choices.fastest_interval
    interval = fastest if wanted == FASTEST else minutes(wanted)
    if 0 < interval < fastest:
        raise OutOfRange(f"expected at least {fastest // minutes(1)} min")
    return interval
