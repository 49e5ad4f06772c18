"""What a pump's values and its Status Reader Control Point say. IDS 1.0.2, sections 3.2 to 3.6."""

from typing import ClassVar

from construct import Int8ul, Int16ul, Int32sl, PrefixedArray

from isletbench.protocols.fields import FLOAT, SFLOAT, Enumerated, Extensible, Flagged, Int24ul, Number
from isletbench.protocols.ids.codes import (
    AnnunciationStatus,
    AnnunciationType,
    BasalContext,
    BolusActivation,
    BolusType,
    BolusValueSelection,
    CounterSelection,
    CounterType,
    Feature,
    OperationalState,
    Response,
    StatusFlag,
    TbrType,
    TemperatureContext,
    TherapyControlState,
)
from isletbench.protocols.packet import ControlPoint, Flags, bit, flags, packet, struct_of, wire

# --- values ---------------------------------------------------------------------------------------------------------


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
    features: Feature = wire(Extensible(Int24ul, Feature), "bit field")


@packet
class TemperatureReport:
    """The first two auxiliary values of an annunciation of type Temperature. IDS 1.0.2, section 3.4.1.6."""

    temperature: Number = wire(SFLOAT, "degrees of the unit flagged")
    how: ClassVar[Flags] = flags(Int8ul)
    context: TemperatureContext = wire(Enumerated(Int8ul, TemperatureContext), "of what")
    celsius: bool = bit(0, "degrees Celsius, else Fahrenheit", default=True)
    too_low: bool = bit(6, "below the lower bound", default=False)
    too_high: bool = bit(7, "above the upper bound", default=False)


# --- IDD Status Reader Control Point -----------------------------------------------------------------------------------

STATUS_READER = ControlPoint("IDD Status Reader Control Point", Int16ul)
_BOLUS_TYPE = Enumerated(Int8ul, BolusType)


@STATUS_READER.operation(0x0303)
@packet
class StatusReaderResponseCode:
    """How an operation ended. IDS 1.0.2, section 3.6."""

    request: int = wire(Int16ul, "op code of the request")
    code: Response = wire(Enumerated(Int8ul, Response), "how it ended")


@STATUS_READER.operation(0x030C)
@packet
class ResetStatus:
    """Reset bits of IDD Status Changed."""

    changed: StatusFlag = wire(Flagged(Int16ul, StatusFlag), "bits to reset")


@STATUS_READER.operation(0x0330)
@packet
class GetActiveBolusIds:
    """Ask which boluses are active."""


@STATUS_READER.operation(0x033F)
@packet
class GetActiveBolusIdsResponse:
    """The active boluses."""

    bolus_ids: tuple[int, ...] = wire(PrefixedArray(Int8ul, Int16ul), "bolus ids by start of delivery, at most 7")


@STATUS_READER.operation(0x0356)
@packet
class GetActiveBolusDelivery:
    """Ask for the amounts of an active bolus."""

    bolus_id: int = wire(Int16ul, "bolus id")
    selection: BolusValueSelection = wire(Enumerated(Int8ul, BolusValueSelection), "which amounts")


@STATUS_READER.operation(0x0359)
@packet
class GetActiveBolusDeliveryResponse:
    """The amounts of an active bolus: programmed, remaining or delivered."""

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
    """Ask for the basal rate."""


@STATUS_READER.operation(0x036A)
@packet
class GetActiveBasalRateDeliveryResponse:
    """The basal rate of the profile, and the temporary one over it."""

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
    """Ask for today's amounts."""


@STATUS_READER.operation(0x039A)
@packet
class GetTotalDailyInsulinStatusResponse:
    """The insulin delivered today."""

    bolus: Number = wire(SFLOAT, "IU since midnight")
    basal: Number = wire(SFLOAT, "IU since midnight")
    total: Number = wire(SFLOAT, "IU since midnight")


@STATUS_READER.operation(0x03A6)
@packet
class GetCounter:
    """Ask for a counter."""

    type: CounterType = wire(Enumerated(Int8ul, CounterType), "which counter")
    selection: CounterSelection = wire(Enumerated(Int8ul, CounterSelection), "remaining or elapsed")


@STATUS_READER.operation(0x03A9)
@packet
class GetCounterResponse:
    """The value of a counter."""

    type: CounterType = wire(Enumerated(Int8ul, CounterType), "which counter")
    selection: CounterSelection = wire(Enumerated(Int8ul, CounterSelection), "remaining or elapsed")
    value: int = wire(Int32sl, "min; remaining goes below 0 after expiry")


@STATUS_READER.operation(0x03C0)
@packet
class GetDeliveredInsulin:
    """Ask for the amounts of the whole operation time."""


@STATUS_READER.operation(0x03CF)
@packet
class GetDeliveredInsulinResponse:
    """The insulin delivered over the whole operation time."""

    bolus: Number = wire(FLOAT, "IU")
    basal: Number = wire(FLOAT, "IU")


@STATUS_READER.operation(0x03F3)
@packet
class GetInsulinOnBoard:
    """Ask for the insulin on board."""


@STATUS_READER.operation(0x03FC)
@packet
class GetInsulinOnBoardResponse:
    """The insulin on board."""

    presence: ClassVar[Flags] = flags(Int8ul)
    insulin_on_board: Number = wire(SFLOAT, "IU")
    remaining_duration: int | None = wire(Int16ul, "min", flag=0, default=None)
