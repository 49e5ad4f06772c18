"""What a pump is told through its Command Control Point, and the records it answers with through Command Data.

A profile template is written in several records, each a procedure of its own; the flags of a written record stand one bit
higher than those of a read one, because its lowest bit ends the transaction. Source: IDS 1.0.2, sections 3.7 and 3.8.
"""

from typing import ClassVar

from construct import GreedyBytes, Int8ul, Int16ul, PrefixedArray

from isletbench.protocols.fields import SFLOAT, Enumerated, Flagged, Number
from isletbench.protocols.ids.codes import (
    AvailableBoluses,
    BasalContext,
    BolusActivation,
    BolusType,
    Response,
    TbrType,
    TemplateType,
    TherapyControlState,
)
from isletbench.protocols.packet import ControlPoint, Flags, bit, flags, packet, struct_of, wire

COMMAND = ControlPoint("IDD Command Control Point", Int16ul)
COMMAND_DATA = ControlPoint("IDD Command Data", Int16ul)
_BOLUS_TYPE = Enumerated(Int8ul, BolusType)
_TBR_TYPE = Enumerated(Int8ul, TbrType)
_TEMPLATE = "template number"
_NUMBERS = PrefixedArray(Int8ul, Int8ul)


@packet
class Block:
    """One time block of a basal rate, ISF or I:CHO ratio profile."""

    duration: int = wire(Int16ul, "min")
    value: Number = wire(SFLOAT, "IU/h, mg/dL per IU, or g per IU")


@packet
class RangeBlock:
    """One time block of a target glucose range profile."""

    duration: int = wire(Int16ul, "min")
    lower: Number = wire(SFLOAT, "mg/dL")
    upper: Number = wire(SFLOAT, "mg/dL")


# --- device -------------------------------------------------------------------------------------------------------


@COMMAND.operation(0x0F55)
@packet
class CommandResponseCode:
    request: int = wire(Int16ul, "op code of the request")
    code: Response = wire(Enumerated(Int8ul, Response), "how it ended")


@COMMAND.operation(0x0F5A)
@packet
class SetTherapyControlState:
    state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "state to take")


@COMMAND.operation(0x0F66)
@packet
class SetFlightMode:
    pass


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


# --- profile templates ---------------------------------------------------------------------------------------------


@COMMAND.operation(0x0FAA)
@packet
class ReadBasalRateProfileTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND_DATA.operation(0x0FC3)
@packet
class BasalRateProfileTemplateRecord:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=0, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=1, default=None)


@COMMAND.operation(0x0FCC)
@packet
class WriteBasalRateProfileTemplate:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=1, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=2, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@COMMAND.operation(0x0FF0)
@packet
class WriteBasalRateProfileTemplateResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "of the record")
    transaction_completed: bool = bit(0, "the template is stored", default=False)


@COMMAND.operation(0x12B8)
@packet
class ReadIsfProfileTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND_DATA.operation(0x12D1)
@packet
class IsfProfileTemplateRecord:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=0, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=1, default=None)


@COMMAND.operation(0x12DE)
@packet
class WriteIsfProfileTemplate:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=1, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=2, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@COMMAND.operation(0x12E2)
@packet
class WriteIsfProfileTemplateResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "of the record")
    transaction_completed: bool = bit(0, "the template is stored", default=False)


@COMMAND.operation(0x12ED)
@packet
class ReadI2ChoRatioProfileTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND_DATA.operation(0x1414)
@packet
class I2ChoRatioProfileTemplateRecord:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=0, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=1, default=None)


@COMMAND.operation(0x141B)
@packet
class WriteI2ChoRatioProfileTemplate:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: Block = wire(struct_of(Block), "block of the first index")
    second: Block | None = wire(struct_of(Block), "the block after it", flag=1, default=None)
    third: Block | None = wire(struct_of(Block), "the one after that", flag=2, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@COMMAND.operation(0x1427)
@packet
class WriteI2ChoRatioProfileTemplateResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "of the record")
    transaction_completed: bool = bit(0, "the template is stored", default=False)


@COMMAND.operation(0x1428)
@packet
class ReadTargetGlucoseRangeProfileTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND_DATA.operation(0x1441)
@packet
class TargetGlucoseRangeProfileTemplateRecord:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: RangeBlock = wire(struct_of(RangeBlock), "block of the first index")
    second: RangeBlock | None = wire(struct_of(RangeBlock), "the block after it", flag=0, default=None)


@COMMAND.operation(0x144E)
@packet
class WriteTargetGlucoseRangeProfileTemplate:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "from 1")
    first: RangeBlock = wire(struct_of(RangeBlock), "block of the first index")
    second: RangeBlock | None = wire(struct_of(RangeBlock), "the block after it", flag=1, default=None)
    end_transaction: bool = bit(0, "this record is the last one", default=False)


@COMMAND.operation(0x1472)
@packet
class WriteTargetGlucoseRangeProfileTemplateResponse:
    presence: ClassVar[Flags] = flags(Int8ul)
    template_number: int = wire(Int8ul, _TEMPLATE)
    first_index: int = wire(Int8ul, "of the record")
    transaction_completed: bool = bit(0, "the template is stored", default=False)


# --- temporary basal rate -----------------------------------------------------------------------------------------


@COMMAND.operation(0x0FFF)
@packet
class SetTbrAdjustment:
    presence: ClassVar[Flags] = flags(Int8ul)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")
    template_number: int | None = wire(Int8ul, "TBR template, in place of type, value and duration", flag=0, default=None)
    context: BasalContext | None = wire(Enumerated(Int8ul, BasalContext), "who sets it", flag=1, default=None)
    change: bool = bit(2, "change the active TBR", default=False)


@COMMAND.operation(0x1111)
@packet
class CancelTbrAdjustment:
    pass


@COMMAND.operation(0x111E)
@packet
class GetTbrTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND.operation(0x1122)
@packet
class GetTbrTemplateResponse:
    template_number: int = wire(Int8ul, _TEMPLATE)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")


@COMMAND.operation(0x112D)
@packet
class SetTbrTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")


@COMMAND.operation(0x1144)
@packet
class SetTbrTemplateResponse:
    template_number: int = wire(Int8ul, _TEMPLATE)


# --- bolus --------------------------------------------------------------------------------------------------------


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


@COMMAND.operation(0x1188)
@packet
class GetAvailableBoluses:
    pass


@COMMAND.operation(0x11B4)
@packet
class GetAvailableBolusesResponse:
    available: AvailableBoluses = wire(Flagged(Int8ul, AvailableBoluses), "what can be set now")


@COMMAND.operation(0x11BB)
@packet
class GetBolusTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND.operation(0x11D2)
@packet
class GetBolusTemplateResponse:
    template_number: int = wire(Int8ul, _TEMPLATE)
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min, of the extended part")
    delay_time: int | None = wire(Int16ul, "min until the start", flag=0, default=None)
    correction: bool = bit(1, "given to correct", default=False)
    meal: bool = bit(2, "given for a meal", default=False)


@COMMAND.operation(0x11DD)
@packet
class SetBolusTemplate:
    template_number: int = wire(Int8ul, _TEMPLATE)
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min, of the extended part")
    delay_time: int | None = wire(Int16ul, "min until the start", flag=0, default=None)
    correction: bool = bit(1, "given to correct", default=False)
    meal: bool = bit(2, "given for a meal", default=False)


@COMMAND.operation(0x11E1)
@packet
class SetBolusTemplateResponse:
    template_number: int = wire(Int8ul, _TEMPLATE)


@COMMAND.operation(0x147D)
@packet
class GetMaxBolusAmount:
    pass


@COMMAND.operation(0x1482)
@packet
class GetMaxBolusAmountResponse:
    amount: Number = wire(SFLOAT, "IU, fast and extended part together")


@COMMAND.operation(0x148D)
@packet
class SetMaxBolusAmount:
    amount: Number = wire(SFLOAT, "IU, fast and extended part together")


# --- templates of every kind -----------------------------------------------------------------------------------------


@COMMAND.operation(0x11EE)
@packet
class GetTemplateStatusAndDetails:
    pass


@COMMAND_DATA.operation(0x1212)
@packet
class TemplateStatusRecord:
    template_type: TemplateType = wire(Enumerated(Int8ul, TemplateType), "kind")
    starting_number: int = wire(Int8ul, "template number of the first one")
    number_of_templates: int = wire(Int8ul, "as many as there are of the kind")
    max_blocks: int = wire(Int8ul, "time blocks a template may have; 0 for TBR and bolus")
    states: bytes = wire(GreedyBytes, "2 bits a template, lowest first: configurable, configured")


@COMMAND.operation(0x121D)
@packet
class ResetTemplateStatus:
    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, 1 to 14 of them")


@COMMAND.operation(0x1221)
@packet
class ResetTemplateStatusResponse:
    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, 1 to 14 of them")


@COMMAND.operation(0x122E)
@packet
class ActivateProfileTemplates:
    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, 1 to 14 of them")


@COMMAND.operation(0x1247)
@packet
class ActivateProfileTemplatesResponse:
    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, 1 to 14 of them")


@COMMAND.operation(0x1248)
@packet
class GetActivatedProfileTemplates:
    pass


@COMMAND.operation(0x1274)
@packet
class GetActivatedProfileTemplatesResponse:
    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, perhaps none")


# --- reservoir ------------------------------------------------------------------------------------------------------


@COMMAND.operation(0x127B)
@packet
class StartPriming:
    amount: Number = wire(SFLOAT, "IU")


@COMMAND.operation(0x1284)
@packet
class StopPriming:
    pass


@COMMAND.operation(0x128B)
@packet
class SetInitialReservoirFillLevel:
    level: Number = wire(SFLOAT, "IU")


@COMMAND.operation(0x12B7)
@packet
class ResetReservoirInsulinOperationTime:
    pass
