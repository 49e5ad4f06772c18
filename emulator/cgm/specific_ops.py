"""The procedures of the CGM Specific Ops Control Point. Source: CGMS 1.0.1, section 3.7, tables 3.16 to 3.19.

Each takes an operation and answers with the operation to indicate; whether anything changed is said beside it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from emulator.cgm.sensor import Refused, Sensor
from emulator.quantities import Instant, Span, minutes
from protocols import cgms
from protocols.cgms import Feature, OpsResponse, ResponseCode
from protocols.fields import Number
from protocols.packet import struct_of

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
    kind, features = type(operation), sensor.profile.features
    if level := _BY_SET.get(kind) or _BY_GET.get(kind):
        if level.feature not in features:
            return ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED), False
        return _level(level, operation, opcode, sensor)
    match operation:
        case cgms.SetCommunicationInterval(interval=wanted):
            return _set_interval(wanted, opcode, sensor, service)
        case cgms.GetCommunicationInterval():
            return cgms.CommunicationIntervalResponse(service.interval // minutes(1)), False
        case cgms.StartSession() | cgms.StopSession():
            return _session(operation, opcode, sensor, now)
        case cgms.ResetDeviceSpecificAlert() if Feature.DEVICE_SPECIFIC_ALERT in features:
            changed, sensor.alert_latched = sensor.alert_latched, False
            return ResponseCode(opcode, OpsResponse.SUCCESS), changed
        case _:
            return ResponseCode(opcode, OpsResponse.OPCODE_NOT_SUPPORTED), False


def _level(level: Level, operation: Any, opcode: int, sensor: Sensor) -> tuple[Any, bool]:
    if isinstance(operation, level.get):
        known = getattr(sensor.levels, level.attribute)
        return level.response(0.0 if known is None else known), False
    wanted: Number = operation.level
    if not isinstance(wanted, float) or not level.low <= wanted <= level.high:
        return ResponseCode(opcode, OpsResponse.PARAMETER_OUT_OF_RANGE), False
    setattr(sensor.levels, level.attribute, wanted)
    return ResponseCode(opcode, OpsResponse.SUCCESS), True


def _set_interval(wanted: int, opcode: int, sensor: Sensor, service: Interval) -> tuple[ResponseCode, bool]:
    interval = sensor.profile.fastest_interval if wanted == FASTEST else minutes(wanted)
    if 0 < interval < sensor.profile.fastest_interval:
        return ResponseCode(opcode, OpsResponse.PARAMETER_OUT_OF_RANGE), False
    service.interval = interval
    return ResponseCode(opcode, OpsResponse.SUCCESS), True


def _session(operation: Any, opcode: int, sensor: Sensor, now: Instant) -> tuple[ResponseCode, bool]:
    starts = isinstance(operation, cgms.StartSession)
    if starts and sensor.has_ended and Feature.MULTIPLE_SESSIONS not in sensor.profile.features:
        return ResponseCode(opcode, OpsResponse.PROCEDURE_NOT_COMPLETED), False
    try:
        if starts:
            sensor.start(now)
        else:
            sensor.stop(now)
    except Refused:
        # CGMS 1.0.1, section 3.7.2.9: to stop what is stopped is not supported; to start what runs is not completed.
        code = OpsResponse.PROCEDURE_NOT_COMPLETED if starts else OpsResponse.OPCODE_NOT_SUPPORTED
        return ResponseCode(opcode, code), False
    return ResponseCode(opcode, OpsResponse.SUCCESS), True
