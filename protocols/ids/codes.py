"""Every code of the Insulin Delivery Service.

Each enumerated value is a code word at Hamming distance 4 or more from every other one, so one flipped bit never makes
another value (IDS 1.0.2, section 5). Response codes are a family of their own: success is four bits away from every error.
"""

from enum import IntEnum, IntFlag

from isletbench.protocols.att import ApplicationErrorCode


class IdsErrorCode(ApplicationErrorCode):
    """ATT application errors of the Insulin Delivery Service. IDS 1.0.2, section 1.8."""

    INVALID_CRC = 0x81
    """The CRC of a control point's value is wrong."""
    INVALID_COUNTER = 0x82
    """The E2E-counter of a control point's value is missing or not the next one."""


class TherapyControlState(IntEnum):
    """IDS 1.0.2, table 4.4."""

    UNDETERMINED = 0x0F
    STOP = 0x33
    PAUSE = 0x3C
    RUN = 0x55


class OperationalState(IntEnum):
    """IDS 1.0.2, table 4.5."""

    UNDETERMINED = 0x0F
    OFF = 0x33
    STANDBY = 0x3C
    PREPARING = 0x55
    PRIMING = 0x5A
    WAITING = 0x66
    READY = 0x96


class StatusFlag(IntFlag):
    """What has changed since the client last reset the bit. IDS 1.0.2, table 4.2."""

    THERAPY_CONTROL_STATE = 1 << 0
    OPERATIONAL_STATE = 1 << 1
    RESERVOIR = 1 << 2
    ANNUNCIATION = 1 << 3
    TOTAL_DAILY_INSULIN = 1 << 4
    ACTIVE_BASAL_RATE = 1 << 5
    ACTIVE_BOLUS = 1 << 6
    HISTORY_EVENT_RECORDED = 1 << 7


class Feature(IntFlag):
    """What a pump can do. IDS 1.0.2, table 4.12. Bits 16 to 22 are sent as 0; bit 23 would announce an extension octet."""

    E2E_PROTECTION = 1 << 0
    BASAL_RATE = 1 << 1
    TBR_ABSOLUTE = 1 << 2
    TBR_RELATIVE = 1 << 3
    TBR_TEMPLATE = 1 << 4
    FAST_BOLUS = 1 << 5
    EXTENDED_BOLUS = 1 << 6
    MULTIWAVE_BOLUS = 1 << 7
    BOLUS_DELAY_TIME = 1 << 8
    BOLUS_TEMPLATE = 1 << 9
    BOLUS_ACTIVATION_TYPE = 1 << 10
    MULTIPLE_BOND = 1 << 11
    ISF_PROFILE_TEMPLATE = 1 << 12
    I2CHO_RATIO_PROFILE_TEMPLATE = 1 << 13
    TARGET_GLUCOSE_RANGE_PROFILE_TEMPLATE = 1 << 14
    INSULIN_ON_BOARD = 1 << 15


class AnnunciationType(IntEnum):
    """What a pump has to tell its user. IDS 1.0.2, table 4.9; from 0xF000 on the manufacturer's, here those of a pump that
    receives glucose from a CGM."""

    SYSTEM_ISSUE = 0x000F
    MECHANICAL_ISSUE = 0x0033
    OCCLUSION_DETECTED = 0x003C
    RESERVOIR_ISSUE = 0x0055
    RESERVOIR_EMPTY = 0x005A
    RESERVOIR_LOW = 0x0066
    PRIMING_ISSUE = 0x0069
    INFUSION_SET_INCOMPLETE = 0x0096
    INFUSION_SET_DETACHED = 0x0099
    POWER_SOURCE_INSUFFICIENT = 0x00A5
    BATTERY_EMPTY = 0x00AA
    BATTERY_LOW = 0x00C3
    BATTERY_MEDIUM = 0x00CC
    BATTERY_FULL = 0x00F0
    TEMPERATURE_OUT_OF_RANGE = 0x00FF
    AIR_PRESSURE_OUT_OF_RANGE = 0x0303
    BOLUS_CANCELED = 0x030C
    TBR_OVER = 0x0330
    TBR_CANCELED = 0x033F
    MAX_DELIVERY = 0x0356
    DATE_TIME_ISSUE = 0x0359
    TEMPERATURE = 0x0365
    GLUCOSE_LOW = 0xF00F
    GLUCOSE_HIGH = 0xF033
    GLUCOSE_FALLING = 0xF03C
    GLUCOSE_RISING = 0xF055
    SUSPENDED_BEFORE_LOW = 0xF05A
    SUSPENDED_ON_LOW = 0xF066
    BASAL_RESUMED = 0xF069
    CGM_SIGNAL_LOST = 0xF096


class AnnunciationStatus(IntEnum):
    """IDS 1.0.2, table 4.10."""

    UNDETERMINED = 0x0F
    PENDING = 0x33
    SNOOZED = 0x3C
    CONFIRMED = 0x55


class BolusType(IntEnum):
    """IDS 1.0.2, table 4.19."""

    UNDETERMINED = 0x0F
    FAST = 0x33
    EXTENDED = 0x3C
    MULTIWAVE = 0x55


class BolusActivation(IntEnum):
    """Who wanted the bolus. IDS 1.0.2, table 4.22."""

    UNDETERMINED = 0x0F
    MANUAL = 0x33
    RECOMMENDED = 0x3C
    MANUALLY_CHANGED_RECOMMENDATION = 0x55
    COMMANDED = 0x5A


class BolusValueSelection(IntEnum):
    """Which amounts of an active bolus are meant."""

    PROGRAMMED = 0x0F
    REMAINING = 0x33
    DELIVERED = 0x3C


class BasalContext(IntEnum):
    """Who set the basal rate. IDS 1.0.2, table 4.27."""

    UNDETERMINED = 0x0F
    DEVICE_BASED = 0x33
    REMOTE_CONTROL = 0x3C
    AP_CONTROLLER = 0x55


class TbrType(IntEnum):
    """IDS 1.0.2, table 4.25."""

    UNDETERMINED = 0x0F
    ABSOLUTE = 0x33
    RELATIVE = 0x3C


class CounterType(IntEnum):
    """IDS 1.0.2, table 4.30."""

    LIFETIME = 0x0F
    WARRANTY = 0x33
    LOANER = 0x3C
    RESERVOIR_INSULIN_OPERATION_TIME = 0x55


class CounterSelection(IntEnum):
    """IDS 1.0.2, table 4.31."""

    REMAINING = 0x0F
    ELAPSED = 0x33


class Response(IntEnum):
    """How a procedure ended. IDS 1.0.2, tables 4.15 and 4.37; the last two belong to the Command Control Point only."""

    SUCCESS = 0x0F
    OPCODE_NOT_SUPPORTED = 0x70
    INVALID_OPERAND = 0x71
    PROCEDURE_NOT_COMPLETED = 0x72
    PARAMETER_OUT_OF_RANGE = 0x73
    PROCEDURE_NOT_APPLICABLE = 0x74
    PLAUSIBILITY_CHECK_FAILED = 0x75
    MAXIMUM_BOLUS_NUMBER_REACHED = 0x76


class BolusEndReason(IntEnum):
    """IDS 1.0.2, section 3.10."""

    UNDETERMINED = 0x0F
    AMOUNT_DELIVERED = 0x33
    CANCELED = 0x3C
    ERROR_ABORT = 0x55


class RecordingReason(IntEnum):
    """Why a reference time was recorded. IDS 1.0.2, section 3.10."""

    UNDETERMINED = 0x0F
    SET_DATE_TIME = 0x33
    PERIODIC = 0x3C
    DATE_TIME_LOSS = 0x55


class AvailableBoluses(IntFlag):
    """IDS 1.0.2, section 3.7.2.14."""

    FAST = 1 << 0
    EXTENDED = 1 << 1
    MULTIWAVE = 1 << 2


class TemplateType(IntEnum):
    """Kinds of templates, as Command Data tells them. IDS 1.0.2, section 3.8.1.8."""

    UNDETERMINED = 0x0F
    BASAL_RATE_PROFILE = 0x33
    TBR = 0x3C
    BOLUS = 0x55
    ISF_PROFILE = 0x5A
    I2CHO_RATIO_PROFILE = 0x66
    TARGET_GLUCOSE_RANGE_PROFILE = 0x96


class ProfileType(IntEnum):
    """Kinds of profile templates, as the history tells them: other codes than ``TemplateType``. IDS 1.0.2, section 3.10."""

    UNDETERMINED = 0x0F
    BASAL_RATE = 0x33
    ISF = 0x3C
    I2CHO_RATIO = 0x55
    TARGET_GLUCOSE_RANGE = 0x5A


class TbrEndReason(IntEnum):
    """IDS 1.0.2, section 3.10."""

    UNDETERMINED = 0x0F
    DURATION_OVER = 0x33
    CANCELED = 0x3C
    ERROR_ABORT = 0x55


class PrimingEndReason(IntEnum):
    """IDS 1.0.2, section 3.10."""

    UNDETERMINED = 0x0F
    ABORTED_BY_USER = 0x33
    AMOUNT_REACHED = 0x3C
    ERROR_ABORT = 0x55


class TemperatureContext(IntEnum):
    """What a reported temperature is the temperature of. IDS 1.0.2, section 3.4.1.6."""

    DEVICE = 0x0F
    INSULIN = 0x33


class LowSuspendReason(IntEnum):
    """Why a pump has suspended its basal insulin by itself. Of the manufacturer, as IDS has no such event."""

    UNDETERMINED = 0x0F
    BEFORE_LOW = 0x33
    """Glucose was predicted to become low."""
    ON_LOW = 0x3C
    """Glucose was low."""


class LowSuspendEndReason(IntEnum):
    """Why such a suspension has ended. Of the manufacturer, as IDS has no such event."""

    UNDETERMINED = 0x0F
    GLUCOSE_RECOVERED = 0x33
    LONGEST_TIME_OVER = 0x3C
    RESUMED_BY_USER = 0x55
    NO_READINGS = 0x5A
    THERAPY_STOPPED = 0x66
    POWER_LOST = 0x69
    SWITCHED_OFF = 0x96
