"""The Continuous Glucose Monitoring Service (181F): what its octets mean.

Layouts, units and presence bits stand here once. Glucose is mg/dL; times are minutes since the session's start unless said
otherwise. Source: CGMS 1.0.1 (1.0.2 changes no layout); record access is in ``racp``.
"""

from enum import IntEnum, IntFlag
from typing import ClassVar

from construct import Int8ul, Int16ul

from isletbench.protocols import racp
from isletbench.protocols.att import ApplicationErrorCode, Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.e2e import BARE, CGM_FEATURE, CGM_RECORD, CRC_TRAILER
from isletbench.protocols.fields import SFLOAT, TIME_ZONE, DstOffset, Enumerated, Flagged, Int24ul, Number, TwoCodes
from isletbench.protocols.packet import ControlPoint, Flags, flags, packet, struct_of, wire

SERVICE = 0x181F


class CgmErrorCode(ApplicationErrorCode):
    """ATT application errors of the CGM Service. CGMS 1.0.1, section 1.8."""

    MISSING_CRC = 0x80
    """E2E-protection is on and the written value has no CRC."""
    INVALID_CRC = 0x81
    """The CRC of the written value is wrong."""


class Feature(IntFlag):
    """What a sensor can do. CGMS 1.0.1, table 3.6. Bits 17 to 23 are reserved."""

    CALIBRATION = 1 << 0
    PATIENT_HIGH_LOW_ALERTS = 1 << 1
    HYPO_ALERTS = 1 << 2
    HYPER_ALERTS = 1 << 3
    RATE_ALERTS = 1 << 4
    DEVICE_SPECIFIC_ALERT = 1 << 5
    SENSOR_MALFUNCTION_DETECTION = 1 << 6
    SENSOR_TEMPERATURE_HIGH_LOW_DETECTION = 1 << 7
    SENSOR_RESULT_HIGH_LOW_DETECTION = 1 << 8
    LOW_BATTERY_DETECTION = 1 << 9
    SENSOR_TYPE_ERROR_DETECTION = 1 << 10
    GENERAL_DEVICE_FAULT = 1 << 11
    E2E_CRC = 1 << 12
    MULTIPLE_BOND = 1 << 13
    MULTIPLE_SESSIONS = 1 << 14
    TREND = 1 << 15
    QUALITY = 1 << 16


class Annunciation(IntFlag):
    """Sensor status annunciation: status (bits 0 to 7), calibration and temperature (8 to 15), warning (16 to 23).
    CGMS 1.0.1, table 3.2."""

    SESSION_STOPPED = 1 << 0
    DEVICE_BATTERY_LOW = 1 << 1
    SENSOR_TYPE_INCORRECT = 1 << 2
    SENSOR_MALFUNCTION = 1 << 3
    DEVICE_SPECIFIC_ALERT = 1 << 4
    GENERAL_DEVICE_FAULT = 1 << 5
    TIME_SYNCHRONIZATION_REQUIRED = 1 << 8
    CALIBRATION_NOT_ALLOWED = 1 << 9
    CALIBRATION_RECOMMENDED = 1 << 10
    CALIBRATION_REQUIRED = 1 << 11
    SENSOR_TEMPERATURE_TOO_HIGH = 1 << 12
    SENSOR_TEMPERATURE_TOO_LOW = 1 << 13
    LOWER_THAN_PATIENT_LOW = 1 << 16
    HIGHER_THAN_PATIENT_HIGH = 1 << 17
    LOWER_THAN_HYPO = 1 << 18
    HIGHER_THAN_HYPER = 1 << 19
    RATE_OF_DECREASE_EXCEEDED = 1 << 20
    RATE_OF_INCREASE_EXCEEDED = 1 << 21
    RESULT_LOWER_THAN_PROCESSABLE = 1 << 22
    RESULT_HIGHER_THAN_PROCESSABLE = 1 << 23


class SampleType(IntEnum):
    """What was measured in. CGMS 1.0.1, table 3.7."""

    CAPILLARY_WHOLE_BLOOD = 1
    CAPILLARY_PLASMA = 2
    VENOUS_WHOLE_BLOOD = 3
    VENOUS_PLASMA = 4
    ARTERIAL_WHOLE_BLOOD = 5
    ARTERIAL_PLASMA = 6
    UNDETERMINED_WHOLE_BLOOD = 7
    UNDETERMINED_PLASMA = 8
    INTERSTITIAL_FLUID = 9
    CONTROL_SOLUTION = 10


class SampleLocation(IntEnum):
    """Where it was measured. CGMS 1.0.1, table 3.8."""

    FINGER = 1
    ALTERNATE_SITE_TEST = 2
    EARLOBE = 3
    CONTROL_SOLUTION = 4
    SUBCUTANEOUS_TISSUE = 5
    NOT_AVAILABLE = 15


ORIGIN = TwoCodes(SampleType, SampleLocation)
"""Type in the low nibble, sample location in the high one."""
CALIBRATION_ORIGIN = TwoCodes(SampleType, SampleLocation, optional=True)
"""The same; 0 where no calibration is stored."""


@packet
class Measurement:
    """CGM Measurement, one record without its size and CRC. CGMS 1.0.1, section 3.1.

    The flags of the annunciation are in reverse of its octets: bit 7 announces the status octet, bit 6 calibration and
    temperature, bit 5 warning (3.1.1.5).
    """

    presence: ClassVar[Flags] = flags(Int8ul)
    glucose: Number = wire(SFLOAT, "mg/dL")
    time_offset: int = wire(Int16ul, "min since session start")
    annunciation: Annunciation = wire(
        Flagged(Int24ul, Annunciation), "sensor status annunciation", flag=(7, 6, 5), default=Annunciation(0)
    )
    trend: Number | None = wire(SFLOAT, "mg/dL/min", flag=0, default=None)
    quality: Number | None = wire(SFLOAT, "%", flag=1, default=None)


@packet
class FeatureValue:
    """CGM Feature. CGMS 1.0.1, section 3.2."""

    features: Feature = wire(Flagged(Int24ul, Feature), "bit field")
    origin: tuple[SampleType, SampleLocation] = wire(ORIGIN, "type and sample location")


@packet
class Status:
    """CGM Status. CGMS 1.0.1, section 3.3."""

    time_offset: int = wire(Int16ul, "min since session start")
    annunciation: Annunciation = wire(Flagged(Int24ul, Annunciation), "sensor status annunciation")


@packet
class SessionStartTime:
    """CGM Session Start Time. Written: the client's current time; read: when the session began. CGMS 1.0.1, section 3.4."""

    time: DateTime = wire(struct_of(DateTime), "local date and time")
    time_zone: int | None = wire(TIME_ZONE, "quarter hours from UTC; None is unknown")
    dst_offset: DstOffset = wire(Enumerated(Int8ul, DstOffset), "daylight saving time offset")


@packet
class SessionRunTime:
    """CGM Session Run Time: how long the session is expected to last. CGMS 1.0.1, section 3.5."""

    run_time: int = wire(Int16ul, "h since session start")


# --- CGM Specific Ops Control Point (SOCP). CGMS 1.0.1, section 3.7 ------------------------------------------------


class OpsResponse(IntEnum):
    """How a procedure ended. CGMS 1.0.1, table 3.19."""

    SUCCESS = 0x01
    OPCODE_NOT_SUPPORTED = 0x02
    INVALID_OPERAND = 0x03
    PROCEDURE_NOT_COMPLETED = 0x04
    PARAMETER_OUT_OF_RANGE = 0x05


class CalibrationStatus(IntFlag):
    """What became of a calibration; 0 is accepted. CGMS 1.0.1, table 3.18."""

    REJECTED = 1 << 0
    OUT_OF_RANGE = 1 << 1
    PROCESS_PENDING = 1 << 2


SPECIFIC_OPS = ControlPoint("CGM Specific Ops Control Point", Int8ul)


@SPECIFIC_OPS.operation(0x01)
@packet
class SetCommunicationInterval:
    """Set the interval between measurements."""

    interval: int = wire(Int8ul, "min; 0 disables periodic notifications, 255 asks for the fastest")


@SPECIFIC_OPS.operation(0x02)
@packet
class GetCommunicationInterval:
    """Ask for the interval between measurements."""


@SPECIFIC_OPS.operation(0x03)
@packet
class CommunicationIntervalResponse:
    """The interval between measurements."""

    interval: int = wire(Int8ul, "min")


@packet
class Calibration:
    """A calibration data record; all of it is 0 where none is stored. CGMS 1.0.1, section 3.7.2.2."""

    glucose: Number = wire(SFLOAT, "mg/dL")
    time: int = wire(Int16ul, "min since session start, when the reference was taken")
    origin: tuple[SampleType, SampleLocation] | None = wire(CALIBRATION_ORIGIN, "type and sample location; None of no record")
    next_time: int = wire(Int16ul, "min since session start; 0 at once, 65535 no reminder")
    record_number: int = wire(Int16ul, "assigned by the sensor, from 1; 0 is no calibration")
    status: CalibrationStatus = wire(Flagged(Int8ul, CalibrationStatus), "what became of it")


@SPECIFIC_OPS.operation(0x04)
@packet
class SetGlucoseCalibrationValue:
    """Calibrate the sensor with a reference measurement."""

    calibration: Calibration = wire(struct_of(Calibration), "record number and status are ignored")


@SPECIFIC_OPS.operation(0x05)
@packet
class GetGlucoseCalibrationValue:
    """Ask for a calibration data record."""

    record_number: int = wire(Int16ul, "65535 is the newest")


@SPECIFIC_OPS.operation(0x06)
@packet
class GlucoseCalibrationValueResponse:
    """A calibration data record."""

    calibration: Calibration = wire(struct_of(Calibration), "the record")


@SPECIFIC_OPS.operation(0x07)
@packet
class SetPatientHighAlertLevel:
    """Set the patient high alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x08)
@packet
class GetPatientHighAlertLevel:
    """Ask for the patient high alert level."""


@SPECIFIC_OPS.operation(0x09)
@packet
class PatientHighAlertLevelResponse:
    """The patient high alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x0A)
@packet
class SetPatientLowAlertLevel:
    """Set the patient low alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x0B)
@packet
class GetPatientLowAlertLevel:
    """Ask for the patient low alert level."""


@SPECIFIC_OPS.operation(0x0C)
@packet
class PatientLowAlertLevelResponse:
    """The patient low alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x0D)
@packet
class SetHypoAlertLevel:
    """Set the hypoglycemia alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x0E)
@packet
class GetHypoAlertLevel:
    """Ask for the hypoglycemia alert level."""


@SPECIFIC_OPS.operation(0x0F)
@packet
class HypoAlertLevelResponse:
    """The hypoglycemia alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x10)
@packet
class SetHyperAlertLevel:
    """Set the hyperglycemia alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x11)
@packet
class GetHyperAlertLevel:
    """Ask for the hyperglycemia alert level."""


@SPECIFIC_OPS.operation(0x12)
@packet
class HyperAlertLevelResponse:
    """The hyperglycemia alert level."""

    level: Number = wire(SFLOAT, "mg/dL")


@SPECIFIC_OPS.operation(0x13)
@packet
class SetRateOfDecreaseAlertLevel:
    """Set the rate of decrease alert level."""

    level: Number = wire(SFLOAT, "mg/dL/min")


@SPECIFIC_OPS.operation(0x14)
@packet
class GetRateOfDecreaseAlertLevel:
    """Ask for the rate of decrease alert level."""


@SPECIFIC_OPS.operation(0x15)
@packet
class RateOfDecreaseAlertLevelResponse:
    """The rate of decrease alert level."""

    level: Number = wire(SFLOAT, "mg/dL/min")


@SPECIFIC_OPS.operation(0x16)
@packet
class SetRateOfIncreaseAlertLevel:
    """Set the rate of increase alert level."""

    level: Number = wire(SFLOAT, "mg/dL/min")


@SPECIFIC_OPS.operation(0x17)
@packet
class GetRateOfIncreaseAlertLevel:
    """Ask for the rate of increase alert level."""


@SPECIFIC_OPS.operation(0x18)
@packet
class RateOfIncreaseAlertLevelResponse:
    """The rate of increase alert level."""

    level: Number = wire(SFLOAT, "mg/dL/min")


@SPECIFIC_OPS.operation(0x19)
@packet
class ResetDeviceSpecificAlert:
    """End the device specific alert."""


@SPECIFIC_OPS.operation(0x1A)
@packet
class StartSession:
    """Start a CGM session."""


@SPECIFIC_OPS.operation(0x1B)
@packet
class StopSession:
    """Stop the CGM session."""


@SPECIFIC_OPS.operation(0x1C)
@packet
class ResponseCode:
    """How an operation ended. CGMS 1.0.1, section 3.7.2."""

    request: int = wire(Int8ul, "op code of the request")
    code: OpsResponse = wire(Enumerated(Int8ul, OpsResponse), "how it ended")


# --- the service ---------------------------------------------------------------------------------------------------

READ, WRITE, NOTIFY, INDICATE = Property.READ, Property.WRITE, Property.NOTIFY, Property.INDICATE

MEASUREMENT = Characteristic("CGM Measurement", 0x2AA7, NOTIFY, Measurement, CGM_RECORD)
FEATURE = Characteristic("CGM Feature", 0x2AA8, READ, FeatureValue, CGM_FEATURE)
STATUS = Characteristic("CGM Status", 0x2AA9, READ, Status, CRC_TRAILER)
SESSION_START_TIME = Characteristic("CGM Session Start Time", 0x2AAA, READ | WRITE, SessionStartTime, CRC_TRAILER)
SESSION_RUN_TIME = Characteristic("CGM Session Run Time", 0x2AAB, READ, SessionRunTime, CRC_TRAILER)
RECORD_ACCESS = Characteristic("Record Access Control Point", 0x2A52, WRITE | INDICATE, racp.GENERIC, BARE)
SPECIFIC_OPS_POINT = Characteristic("CGM Specific Ops Control Point", 0x2AAC, WRITE | INDICATE, SPECIFIC_OPS, CRC_TRAILER)

CHARACTERISTICS = (
    MEASUREMENT,
    FEATURE,
    STATUS,
    SESSION_START_TIME,
    SESSION_RUN_TIME,
    RECORD_ACCESS,
    SPECIFIC_OPS_POINT,
)
"""In table order. CGMS 1.0.1, table 3.1."""
