"""The Insulin Delivery Service (183A): what its octets mean.

Layouts, units and presence bits stand here once. Insulin is in international units (IU), rates in IU/h, durations in minutes
unless said otherwise. ``codes`` holds the enumerations, ``status`` the values that are read and the Status Reader Control
Point, ``command`` and ``profile_templates`` the Command Control Point and Command Data, ``history`` the events and
``manufacturer`` those of our own. This module re-exports their names and declares the characteristics. Source: IDS 1.0.2;
record access is in ``isletbench.protocols.racp``.
"""

from isletbench.protocols import racp
from isletbench.protocols.att import Property
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import COUNTER_TRAILER, CRC_TRAILER, IDS_FEATURES
from isletbench.protocols.ids.codes import (
    AnnunciationStatus,
    AnnunciationType,
    AvailableBoluses,
    BasalContext,
    BolusActivation,
    BolusEndReason,
    BolusType,
    BolusValueSelection,
    CounterSelection,
    CounterType,
    Feature,
    IdsErrorCode,
    LowSuspendEndReason,
    LowSuspendReason,
    OperationalState,
    PrimingEndReason,
    ProfileType,
    RecordingReason,
    Response,
    StatusFlag,
    TbrEndReason,
    TbrType,
    TemperatureContext,
    TemplateType,
    TherapyControlState,
)
from isletbench.protocols.ids.command import (
    ActivateProfileTemplates,
    ActivateProfileTemplatesResponse,
    CancelBolus,
    CancelBolusResponse,
    CancelTbrAdjustment,
    CommandResponseCode,
    ConfirmAnnunciation,
    ConfirmAnnunciationResponse,
    GetActivatedProfileTemplates,
    GetActivatedProfileTemplatesResponse,
    GetAvailableBoluses,
    GetAvailableBolusesResponse,
    GetBolusTemplate,
    GetBolusTemplateResponse,
    GetMaxBolusAmount,
    GetMaxBolusAmountResponse,
    GetTbrTemplate,
    GetTbrTemplateResponse,
    GetTemplateStatusAndDetails,
    ResetReservoirInsulinOperationTime,
    ResetTemplateStatus,
    ResetTemplateStatusResponse,
    SetBolus,
    SetBolusResponse,
    SetBolusTemplate,
    SetBolusTemplateResponse,
    SetFlightMode,
    SetInitialReservoirFillLevel,
    SetMaxBolusAmount,
    SetTbrAdjustment,
    SetTbrTemplate,
    SetTbrTemplateResponse,
    SetTherapyControlState,
    SnoozeAnnunciation,
    SnoozeAnnunciationResponse,
    StartPriming,
    StopPriming,
    TemplateStatusRecord,
)
from isletbench.protocols.ids.command_points import COMMAND, COMMAND_DATA
from isletbench.protocols.ids.history import (
    CORRUPTED,
    EVENTS,
    HISTORY,
    AnnunciationStatusChanged1Of2,
    AnnunciationStatusChanged2Of2,
    BasalRateProfileTimeBlockChanged,
    BolusCalculated1Of2,
    BolusCalculated2Of2,
    BolusDelivered1Of2,
    BolusDelivered2Of2,
    BolusProgrammed1Of2,
    BolusProgrammed2Of2,
    BolusTemplateChanged1Of2,
    BolusTemplateChanged2Of2,
    DataCorruption,
    DeliveredBasalRateChanged,
    HistoryLayout,
    HistoryRecord,
    I2ChoRatioProfileTimeBlockChanged,
    IsfProfileTimeBlockChanged,
    MaxBolusAmountChanged,
    OperationalStateChanged,
    PointerEvent,
    PrimingDone,
    PrimingStarted,
    ProfileTemplateActivated,
    ReferenceTime,
    ReferenceTimeBaseOffset,
    ReservoirRemainingAmountChanged,
    TargetGlucoseRangeProfileTimeBlockChanged,
    TbrAdjustmentChanged,
    TbrAdjustmentEnded,
    TbrAdjustmentStarted,
    TbrTemplateChanged,
    TherapyControlStateChanged,
    TotalDailyInsulinDelivery,
)
from isletbench.protocols.ids.manufacturer import LowSuspendEnded, LowSuspendStarted
from isletbench.protocols.ids.profile_templates import (
    BasalRateProfileTemplateRecord,
    Block,
    I2ChoRatioProfileTemplateRecord,
    IsfProfileTemplateRecord,
    RangeBlock,
    ReadBasalRateProfileTemplate,
    ReadI2ChoRatioProfileTemplate,
    ReadIsfProfileTemplate,
    ReadTargetGlucoseRangeProfileTemplate,
    TargetGlucoseRangeProfileTemplateRecord,
    WriteBasalRateProfileTemplate,
    WriteBasalRateProfileTemplateResponse,
    WriteI2ChoRatioProfileTemplate,
    WriteI2ChoRatioProfileTemplateResponse,
    WriteIsfProfileTemplate,
    WriteIsfProfileTemplateResponse,
    WriteTargetGlucoseRangeProfileTemplate,
    WriteTargetGlucoseRangeProfileTemplateResponse,
)
from isletbench.protocols.ids.status import (
    STATUS_READER,
    Annunciation,
    AnnunciationStatusValue,
    Features,
    GetActiveBasalRateDelivery,
    GetActiveBasalRateDeliveryResponse,
    GetActiveBolusDelivery,
    GetActiveBolusDeliveryResponse,
    GetActiveBolusIds,
    GetActiveBolusIdsResponse,
    GetCounter,
    GetCounterResponse,
    GetDeliveredInsulin,
    GetDeliveredInsulinResponse,
    GetInsulinOnBoard,
    GetInsulinOnBoardResponse,
    GetTotalDailyInsulinStatus,
    GetTotalDailyInsulinStatusResponse,
    ResetStatus,
    Status,
    StatusChanged,
    StatusReaderResponseCode,
    TemperatureReport,
)

SERVICE = 0x183A

READ, WRITE, NOTIFY, INDICATE = Property.READ, Property.WRITE, Property.NOTIFY, Property.INDICATE

STATUS_CHANGED = Characteristic("IDD Status Changed", 0x2B20, READ | INDICATE, StatusChanged, COUNTER_TRAILER)
STATUS = Characteristic("IDD Status", 0x2B21, READ | INDICATE, Status, COUNTER_TRAILER)
ANNUNCIATION_STATUS = Characteristic(
    "IDD Annunciation Status", 0x2B22, READ | INDICATE, AnnunciationStatusValue, COUNTER_TRAILER
)
FEATURES = Characteristic("IDD Features", 0x2B23, READ, Features, IDS_FEATURES)
"""A pump whose features may change in its life offers Indicate as well (IDS 1.0.2, table 3.1, C.3)."""
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
