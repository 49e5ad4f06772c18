"""The Insulin Delivery Service (183A): what its octets mean.

Layouts, units and presence bits stand here once. Insulin is in international units (IU), rates in IU/h, durations in minutes
unless said otherwise. Every enumerated value is a code word at Hamming distance 4 or more from every other one, so one
flipped bit never makes another value (IDS 1.0.2, section 5). Source: IDS 1.0.2; record access is in ``racp``.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, ClassVar

from construct import ConstructError, Int8ul, Int16ul, Int32sl, Int32ul, PrefixedArray, Struct

from protocols import racp
from protocols.att import Property
from protocols.characteristic import Characteristic
from protocols.date_time import DateTime
from protocols.e2e import COUNTER_TRAILER, CRC_TRAILER, IDS_FEATURES
from protocols.errors import Truncated, Unencodable
from protocols.fields import FLOAT, SFLOAT, TIME_ZONE, DstOffset, Enumerated, Flagged, Int24ul, Number
from protocols.packet import ControlPoint, Flags, bit, flags, packet, struct_of, wire
from protocols.plain import from_plain, to_plain

SERVICE = 0x183A


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
    """What a pump can do. IDS 1.0.2, table 4.12. Bits 16 to 23 are sent as 0."""

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
    """What a pump has to tell its user. IDS 1.0.2, table 4.9."""

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


# --- characteristics that are read. IDS 1.0.2, sections 3.2 to 3.5 --------------------------------------------------


@packet
class StatusChanged:
    """IDD Status Changed: bits stay set until the client resets them."""

    changed: StatusFlag = wire(Flagged(Int16ul, StatusFlag), "what has changed")


@packet
class Status:
    """IDD Status."""

    therapy_control_state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "state")
    operational_state: OperationalState = wire(Enumerated(Int8ul, OperationalState), "state")
    reservoir_remaining: Number = wire(SFLOAT, "IU; NaN without a reservoir")
    presence: ClassVar[Flags] = flags(Int8ul)
    reservoir_attached: bool = bit(0, "a reservoir is attached", default=True)


@packet
class Annunciation:
    """The annunciation itself: which one, what about, how it stands."""

    instance_id: int = wire(Int16ul, "unique over time")
    type: AnnunciationType = wire(Enumerated(Int16ul, AnnunciationType), "what about")
    status: AnnunciationStatus = wire(Enumerated(Int8ul, AnnunciationStatus), "how it stands")


@packet
class AnnunciationStatusValue:
    """IDD Annunciation Status: the active annunciation the pump shows first; none at all when there is none."""

    presence: ClassVar[Flags] = flags(Int8ul)
    annunciation: Annunciation | None = wire(struct_of(Annunciation), "the annunciation", flag=0, default=None)
    aux1: int | None = wire(Int16ul, "depends on the type", flag=1, default=None)
    aux2: int | None = wire(Int16ul, "depends on the type", flag=2, default=None)
    aux3: int | None = wire(Int16ul, "depends on the type", flag=3, default=None)
    aux4: int | None = wire(Int16ul, "depends on the type", flag=4, default=None)
    aux5: int | None = wire(Int16ul, "depends on the type", flag=5, default=None)


@packet
class Features:
    """IDD Features, behind its CRC and counter."""

    insulin_concentration: Number = wire(SFLOAT, "IU/mL")
    features: Feature = wire(Flagged(Int24ul, Feature), "bit field")


# --- IDD Status Reader Control Point. IDS 1.0.2, section 3.6 --------------------------------------------------------

STATUS_READER = ControlPoint("IDD Status Reader Control Point", Int16ul)
_BOLUS_TYPE = Enumerated(Int8ul, BolusType)


@STATUS_READER.operation(0x0303)
@packet
class StatusReaderResponseCode:
    request: int = wire(Int16ul, "op code of the request")
    code: Response = wire(Enumerated(Int8ul, Response), "how it ended")


@STATUS_READER.operation(0x030C)
@packet
class ResetStatus:
    changed: StatusFlag = wire(Flagged(Int16ul, StatusFlag), "bits to reset")


@STATUS_READER.operation(0x0330)
@packet
class GetActiveBolusIds:
    pass


@STATUS_READER.operation(0x033F)
@packet
class GetActiveBolusIdsResponse:
    bolus_ids: tuple[int, ...] = wire(PrefixedArray(Int8ul, Int16ul), "bolus ids by start of delivery, at most 7")


@STATUS_READER.operation(0x0356)
@packet
class GetActiveBolusDelivery:
    bolus_id: int = wire(Int16ul, "bolus id")
    selection: BolusValueSelection = wire(Enumerated(Int8ul, BolusValueSelection), "which amounts")


@STATUS_READER.operation(0x0359)
@packet
class GetActiveBolusDeliveryResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus_id: int = wire(Int16ul, "bolus id")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min; delivered: elapsed since programming")
    delay_time: int | None = wire(Int16ul, "min; delivered: 65535", flag=0, default=None)
    template_number: int | None = wire(Int8ul, "bolus template", flag=1, default=None)
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wanted it", flag=2, default=None)
    correction: bool = bit(3, "given to correct", default=False)
    meal: bool = bit(4, "given for a meal", default=False)


@STATUS_READER.operation(0x0365)
@packet
class GetActiveBasalRateDelivery:
    pass


@STATUS_READER.operation(0x036A)
@packet
class GetActiveBasalRateDeliveryResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, "active basal rate profile template")
    config_value: Number = wire(SFLOAT, "IU/h, the profile's own rate, not altered by a TBR")
    tbr_type: TbrType | None = wire(Enumerated(Int8ul, TbrType), "type", flag=0, default=None)
    tbr_adjustment: Number | None = wire(SFLOAT, "IU/h, or factor", flag=0, default=None)
    tbr_duration_programmed: int | None = wire(Int16ul, "min", flag=0, default=None)
    tbr_duration_remaining: int | None = wire(Int16ul, "min", flag=0, default=None)
    tbr_template_number: int | None = wire(Int8ul, "TBR template", flag=1, default=None)
    context: BasalContext | None = wire(Enumerated(Int8ul, BasalContext), "who set it", flag=2, default=None)


@STATUS_READER.operation(0x0395)
@packet
class GetTotalDailyInsulinStatus:
    pass


@STATUS_READER.operation(0x039A)
@packet
class GetTotalDailyInsulinStatusResponse:
    bolus: Number = wire(SFLOAT, "IU since midnight")
    basal: Number = wire(SFLOAT, "IU since midnight")
    total: Number = wire(SFLOAT, "IU since midnight")


@STATUS_READER.operation(0x03A6)
@packet
class GetCounter:
    type: CounterType = wire(Enumerated(Int8ul, CounterType), "which counter")
    selection: CounterSelection = wire(Enumerated(Int8ul, CounterSelection), "remaining or elapsed")


@STATUS_READER.operation(0x03A9)
@packet
class GetCounterResponse:
    type: CounterType = wire(Enumerated(Int8ul, CounterType), "which counter")
    selection: CounterSelection = wire(Enumerated(Int8ul, CounterSelection), "remaining or elapsed")
    value: int = wire(Int32sl, "min; remaining goes below 0 after expiry")


@STATUS_READER.operation(0x03C0)
@packet
class GetDeliveredInsulin:
    pass


@STATUS_READER.operation(0x03CF)
@packet
class GetDeliveredInsulinResponse:
    bolus: Number = wire(FLOAT, "IU")
    basal: Number = wire(FLOAT, "IU")


@STATUS_READER.operation(0x03F3)
@packet
class GetInsulinOnBoard:
    pass


@STATUS_READER.operation(0x03FC)
@packet
class GetInsulinOnBoardResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    insulin_on_board: Number = wire(SFLOAT, "IU")
    remaining_duration: int | None = wire(Int16ul, "min", flag=0, default=None)


# --- IDD Command Control Point. IDS 1.0.2, section 3.7 --------------------------------------------------------------

COMMAND = ControlPoint("IDD Command Control Point", Int16ul)


@COMMAND.operation(0x0F55)
@packet
class CommandResponseCode:
    request: int = wire(Int16ul, "op code of the request")
    code: Response = wire(Enumerated(Int8ul, Response), "how it ended")


@COMMAND.operation(0x0F5A)
@packet
class SetTherapyControlState:
    state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "state to take")


@COMMAND.operation(0x0F69)
@packet
class SnoozeAnnunciation:
    instance_id: int = wire(Int16ul, "annunciation")


@COMMAND.operation(0x0F96)
@packet
class SnoozeAnnunciationResponse:
    instance_id: int = wire(Int16ul, "annunciation")


@COMMAND.operation(0x0F99)
@packet
class ConfirmAnnunciation:
    instance_id: int = wire(Int16ul, "annunciation")


@COMMAND.operation(0x0FA5)
@packet
class ConfirmAnnunciationResponse:
    instance_id: int = wire(Int16ul, "annunciation")


@COMMAND.operation(0x114B)
@packet
class SetBolus:
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min, of the extended part")
    delay_time: int | None = wire(Int16ul, "min until the start", flag=0, default=None)
    template_number: int | None = wire(Int8ul, "bolus template", flag=1, default=None)
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wants it", flag=2, default=None)
    correction: bool = bit(3, "given to correct", default=False)
    meal: bool = bit(4, "given for a meal", default=False)


@COMMAND.operation(0x1177)
@packet
class SetBolusResponse:
    bolus_id: int = wire(Int16ul, "bolus id")


@COMMAND.operation(0x1178)
@packet
class CancelBolus:
    bolus_id: int = wire(Int16ul, "bolus id")


@COMMAND.operation(0x1187)
@packet
class CancelBolusResponse:
    bolus_id: int = wire(Int16ul, "bolus id")


class AvailableBoluses(IntFlag):
    """IDS 1.0.2, section 3.7.2.14."""

    FAST = 1 << 0
    EXTENDED = 1 << 1
    MULTIWAVE = 1 << 2


@COMMAND.operation(0x1188)
@packet
class GetAvailableBoluses:
    pass


@COMMAND.operation(0x11B4)
@packet
class GetAvailableBolusesResponse:
    available: AvailableBoluses = wire(Flagged(Int8ul, AvailableBoluses), "what can be set now")


# --- IDD Command Data and IDD History Data. IDS 1.0.2, sections 3.8 and 3.10 ----------------------------------------

COMMAND_DATA = ControlPoint("IDD Command Data", Int16ul)
EVENTS = ControlPoint("IDD history event", Int16ul)
"""The data of a history event, behind its type."""


@EVENTS.operation(0x000F)
@packet
class ReferenceTime:
    reason: RecordingReason = wire(Enumerated(Int8ul, RecordingReason), "why it was recorded")
    time: DateTime = wire(struct_of(DateTime), "the pump's date and time")
    time_zone: int | None = wire(TIME_ZONE, "quarter hours from UTC; None is unknown")
    dst_offset: DstOffset = wire(Enumerated(Int8ul, DstOffset), "daylight saving time offset")


@EVENTS.operation(0x005A)
@packet
class BolusProgrammed1Of2:
    bolus_id: int = wire(Int16ul, "bolus id")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min")


@EVENTS.operation(0x0066)
@packet
class BolusProgrammed2Of2:
    presence: ClassVar[Flags] = flags(Int8ul)
    delay_time: int | None = wire(Int16ul, "min", flag=0, default=None)
    template_number: int | None = wire(Int8ul, "bolus template", flag=1, default=None)
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wanted it", flag=2, default=None)
    correction: bool = bit(3, "given to correct", default=False)
    meal: bool = bit(4, "given for a meal", default=False)


@EVENTS.operation(0x0069)
@packet
class BolusDelivered1Of2:
    bolus_id: int = wire(Int16ul, "bolus id")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU delivered")
    extended_amount: Number = wire(SFLOAT, "IU delivered")
    duration: int = wire(Int16ul, "min from start to end; 0 for a fast bolus")


@EVENTS.operation(0x0096)
@packet
class BolusDelivered2Of2:
    presence: ClassVar[Flags] = flags(Int8ul)
    start_time_offset: int = wire(Int32ul, "s from programming to the start of delivery")
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wanted it", flag=0, default=None)
    end_reason: BolusEndReason | None = wire(Enumerated(Int8ul, BolusEndReason), "why it ended", flag=1, default=None)
    annunciation_id: int | None = wire(Int16ul, "annunciation that goes with it", flag=2, default=None)


@EVENTS.operation(0x0099)
@packet
class DeliveredBasalRateChanged:
    presence: ClassVar[Flags] = flags(Int8ul)
    old_rate: Number = wire(SFLOAT, "IU/h")
    new_rate: Number = wire(SFLOAT, "IU/h")
    context: BasalContext | None = wire(Enumerated(Int8ul, BasalContext), "who set it", flag=0, default=None)


@EVENTS.operation(0x00FF)
@packet
class TotalDailyInsulinDelivery:
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus: Number = wire(SFLOAT, "IU")
    basal: Number = wire(SFLOAT, "IU")
    year: int = wire(Int16ul, "of the day told")
    month: int = wire(Int8ul, "1..12")
    day: int = wire(Int8ul, "1..31")
    date_time_changed: bool = bit(0, "the date or time was changed that day", default=False)


@EVENTS.operation(0x0303)
@packet
class TherapyControlStateChanged:
    old_state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "before")
    new_state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "after")


@EVENTS.operation(0x030C)
@packet
class OperationalStateChanged:
    old_state: OperationalState = wire(Enumerated(Int8ul, OperationalState), "before")
    new_state: OperationalState = wire(Enumerated(Int8ul, OperationalState), "after")


@EVENTS.operation(0x0330)
@packet
class ReservoirRemainingAmountChanged:
    remaining: Number = wire(SFLOAT, "IU")


@EVENTS.operation(0x033F)
@packet
class AnnunciationStatusChanged1Of2:
    presence: ClassVar[Flags] = flags(Int8ul)
    annunciation: Annunciation = wire(struct_of(Annunciation), "the annunciation")
    aux1: int | None = wire(Int16ul, "depends on the type", flag=0, default=None)
    aux2: int | None = wire(Int16ul, "depends on the type", flag=1, default=None)


@EVENTS.operation(0x0356)
@packet
class AnnunciationStatusChanged2Of2:
    presence: ClassVar[Flags] = flags(Int8ul)
    aux3: int | None = wire(Int16ul, "depends on the type", flag=0, default=None)
    aux4: int | None = wire(Int16ul, "depends on the type", flag=1, default=None)
    aux5: int | None = wire(Int16ul, "depends on the type", flag=2, default=None)


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One record of the history. IDS 1.0.2, section 3.10."""

    sequence_number: int
    """From 0, never reused."""
    relative_offset: int
    """Seconds since the last recorded reference time."""
    event: Any
    """A packet of ``EVENTS``."""


class HistoryLayout:
    """``type u16 | sequence number u32 | relative offset u16 | data``: the type chooses the data but stands apart from it."""

    _NUMBERS = Struct("sequence_number" / Int32ul, "relative_offset" / Int16ul)

    def decode(self, octets: bytes) -> HistoryRecord:
        """The record these octets are. Raises ``WireError``."""
        head = EVENTS.opcode.sizeof() + self._NUMBERS.sizeof()
        if len(octets) < head:
            raise Truncated(f"expected at least {head} octets, got {len(octets)}", octets=octets, layout="HistoryRecord")
        numbers = self._NUMBERS.parse(octets[EVENTS.opcode.sizeof() : head])
        event = EVENTS.decode(octets[: EVENTS.opcode.sizeof()] + octets[head:])
        return HistoryRecord(numbers.sequence_number, numbers.relative_offset, event)

    def encode(self, record: HistoryRecord) -> bytes:
        """The octets of a record. Raises ``Unencodable``."""
        told = EVENTS.encode(record.event)
        try:
            numbers = self._NUMBERS.build(
                {"sequence_number": record.sequence_number, "relative_offset": record.relative_offset}
            )
        except ConstructError:
            raise Unencodable(f"a number does not fit in {record}", layout="HistoryRecord") from None
        return told[: EVENTS.opcode.sizeof()] + numbers + told[EVENTS.opcode.sizeof() :]

    def to_plain(self, record: HistoryRecord) -> dict[str, Any]:
        """A record as plain data, its event by name."""
        return {**to_plain(record), "event": EVENTS.to_plain(record.event)}

    def from_plain(self, plain: Any) -> HistoryRecord:
        """The record that plain data describes. Raises ``Unencodable``."""
        if not isinstance(plain, dict) or plain.keys() != {"sequence_number", "relative_offset", "event"}:
            problem = f"expected an object with sequence_number, relative_offset and event, got {plain!r}"
            raise Unencodable(problem, layout="HistoryRecord")
        sequence_number = from_plain(int, plain["sequence_number"], "sequence_number")
        relative_offset = from_plain(int, plain["relative_offset"], "relative_offset")
        return HistoryRecord(sequence_number, relative_offset, EVENTS.from_plain(plain["event"]))


HISTORY = HistoryLayout()

# --- the service ---------------------------------------------------------------------------------------------------

READ, WRITE, NOTIFY, INDICATE = Property.READ, Property.WRITE, Property.NOTIFY, Property.INDICATE

STATUS_CHANGED = Characteristic("IDD Status Changed", 0x2B20, READ | INDICATE, StatusChanged, COUNTER_TRAILER)
STATUS = Characteristic("IDD Status", 0x2B21, READ | INDICATE, Status, COUNTER_TRAILER)
ANNUNCIATION_STATUS = Characteristic(
    "IDD Annunciation Status", 0x2B22, READ | INDICATE, AnnunciationStatusValue, COUNTER_TRAILER
)
FEATURES = Characteristic("IDD Features", 0x2B23, READ, Features, IDS_FEATURES)
STATUS_READER_POINT = Characteristic(
    "IDD Status Reader Control Point", 0x2B24, WRITE | INDICATE, STATUS_READER, COUNTER_TRAILER
)
COMMAND_POINT = Characteristic("IDD Command Control Point", 0x2B25, WRITE | INDICATE, COMMAND, COUNTER_TRAILER)
COMMAND_DATA_VALUE = Characteristic("IDD Command Data", 0x2B26, NOTIFY, COMMAND_DATA, COUNTER_TRAILER)
RECORD_ACCESS = Characteristic("IDD Record Access Control Point", 0x2B27, WRITE | INDICATE, racp.IDS, COUNTER_TRAILER)
HISTORY_DATA = Characteristic("IDD History Data", 0x2B28, NOTIFY, HISTORY, CRC_TRAILER)

CHARACTERISTICS = (
    STATUS_CHANGED,
    STATUS,
    ANNUNCIATION_STATUS,
    FEATURES,
    STATUS_READER_POINT,
    COMMAND_POINT,
    COMMAND_DATA_VALUE,
    RECORD_ACCESS,
    HISTORY_DATA,
)
"""In table order. IDS 1.0.2, table 3.1."""
