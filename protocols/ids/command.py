"""The Command Control Point of a pump: its commands and its answers, and the records of Command Data.

``profile_templates`` has the operations on profile templates. Source: IDS 1.0.2, sections 3.7 and 3.8.
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
from isletbench.protocols.ids.command_points import COMMAND, COMMAND_DATA, TEMPLATE_NUMBER
from isletbench.protocols.packet import Flags, bit, flags, packet, wire

_BOLUS_TYPE = Enumerated(Int8ul, BolusType)
_TBR_TYPE = Enumerated(Int8ul, TbrType)
_NUMBERS = PrefixedArray(Int8ul, Int8ul)


# --- layouts that several operations share ----------------------------------------------------------------------------


@packet
class _OfAnnunciation:
    """Which annunciation."""

    instance_id: int = wire(Int16ul, "annunciation")


@packet
class _OfTemplate:
    """Which template."""

    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)


@packet
class _TbrTemplate:
    """The content of a temporary basal rate template."""

    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")


@packet
class _BolusTemplate:
    """The content of a bolus template."""

    template_number: int = wire(Int8ul, TEMPLATE_NUMBER)
    presence: ClassVar[Flags] = flags(Int8ul)
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min, of the extended part")
    delay_time: int | None = wire(Int16ul, "min until the start", flag=0, default=None)
    correction: bool = bit(1, "given to correct", default=False)
    meal: bool = bit(2, "given for a meal", default=False)


@packet
class _OfBolus:
    """Which bolus."""

    bolus_id: int = wire(Int16ul, "bolus id")


@packet
class _MaxBolusAmount:
    """The largest bolus amount."""

    amount: Number = wire(SFLOAT, "IU, fast and extended part together")


@packet
class _OfTemplates:
    """Which templates."""

    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, 1 to 14 of them")


# --- device -------------------------------------------------------------------------------------------------------


@COMMAND.operation(0x0F55)
@packet
class CommandResponseCode:
    """How a command ended. IDS 1.0.2, section 3.7.2.1."""

    request: int = wire(Int16ul, "op code of the request")
    code: Response = wire(Enumerated(Int8ul, Response), "how it ended")


@COMMAND.operation(0x0F5A)
@packet
class SetTherapyControlState:
    """Start, pause or stop the therapy."""

    state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "state to take")


@COMMAND.operation(0x0F66)
@packet
class SetFlightMode:
    """Switch the radio off until a person switches it on again."""


@COMMAND.operation(0x0F69)
@packet
class SnoozeAnnunciation(_OfAnnunciation):
    """Silence an annunciation for a while."""


@COMMAND.operation(0x0F96)
@packet
class SnoozeAnnunciationResponse(_OfAnnunciation):
    """The annunciation is snoozed."""


@COMMAND.operation(0x0F99)
@packet
class ConfirmAnnunciation(_OfAnnunciation):
    """Confirm an annunciation: it is over unless its cause lasts."""


@COMMAND.operation(0x0FA5)
@packet
class ConfirmAnnunciationResponse(_OfAnnunciation):
    """The annunciation is confirmed."""


# --- temporary basal rate -----------------------------------------------------------------------------------------


@COMMAND.operation(0x0FFF)
@packet
class SetTbrAdjustment:
    """Start or change a temporary basal rate."""

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
    """End the temporary basal rate."""


@COMMAND.operation(0x111E)
@packet
class GetTbrTemplate(_OfTemplate):
    """Read a temporary basal rate template."""


@COMMAND.operation(0x1122)
@packet
class GetTbrTemplateResponse(_TbrTemplate):
    """A temporary basal rate template."""


@COMMAND.operation(0x112D)
@packet
class SetTbrTemplate(_TbrTemplate):
    """Write a temporary basal rate template."""


@COMMAND.operation(0x1144)
@packet
class SetTbrTemplateResponse(_OfTemplate):
    """The temporary basal rate template is stored."""


# --- bolus --------------------------------------------------------------------------------------------------------


@COMMAND.operation(0x114B)
@packet
class SetBolus:
    """Program a bolus."""

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
class SetBolusResponse(_OfBolus):
    """The bolus is programmed."""


@COMMAND.operation(0x1178)
@packet
class CancelBolus(_OfBolus):
    """End a bolus."""


@COMMAND.operation(0x1187)
@packet
class CancelBolusResponse(_OfBolus):
    """The bolus has ended."""


@COMMAND.operation(0x1188)
@packet
class GetAvailableBoluses:
    """Ask which bolus types can be programmed now."""


@COMMAND.operation(0x11B4)
@packet
class GetAvailableBolusesResponse:
    """The bolus types that can be programmed now."""

    available: AvailableBoluses = wire(Flagged(Int8ul, AvailableBoluses), "what can be set now")


@COMMAND.operation(0x11BB)
@packet
class GetBolusTemplate(_OfTemplate):
    """Read a bolus template."""


@COMMAND.operation(0x11D2)
@packet
class GetBolusTemplateResponse(_BolusTemplate):
    """A bolus template."""


@COMMAND.operation(0x11DD)
@packet
class SetBolusTemplate(_BolusTemplate):
    """Write a bolus template."""


@COMMAND.operation(0x11E1)
@packet
class SetBolusTemplateResponse(_OfTemplate):
    """The bolus template is stored."""


@COMMAND.operation(0x147D)
@packet
class GetMaxBolusAmount:
    """Ask for the largest bolus amount."""


@COMMAND.operation(0x1482)
@packet
class GetMaxBolusAmountResponse(_MaxBolusAmount):
    """The largest bolus amount."""


@COMMAND.operation(0x148D)
@packet
class SetMaxBolusAmount(_MaxBolusAmount):
    """Set the largest bolus amount."""


# --- templates of every kind -----------------------------------------------------------------------------------------


@COMMAND.operation(0x11EE)
@packet
class GetTemplateStatusAndDetails:
    """Ask which templates there are; Command Data carries the records."""


@COMMAND_DATA.operation(0x1212)
@packet
class TemplateStatusRecord:
    """The templates of one kind and their states, through Command Data."""

    template_type: TemplateType = wire(Enumerated(Int8ul, TemplateType), "kind")
    starting_number: int = wire(Int8ul, "template number of the first one")
    number_of_templates: int = wire(Int8ul, "as many as there are of the kind")
    max_blocks: int = wire(Int8ul, "time blocks a template may have; 0 for TBR and bolus")
    states: bytes = wire(GreedyBytes, "2 bits a template, lowest first: configurable, configured")


@COMMAND.operation(0x121D)
@packet
class ResetTemplateStatus(_OfTemplates):
    """Delete the contents of templates."""


@COMMAND.operation(0x1221)
@packet
class ResetTemplateStatusResponse(_OfTemplates):
    """The templates are not configured any more."""


@COMMAND.operation(0x122E)
@packet
class ActivateProfileTemplates(_OfTemplates):
    """Activate one profile template of each kind named."""


@COMMAND.operation(0x1247)
@packet
class ActivateProfileTemplatesResponse(_OfTemplates):
    """The profile templates are active."""


@COMMAND.operation(0x1248)
@packet
class GetActivatedProfileTemplates:
    """Ask which profile templates are active."""


@COMMAND.operation(0x1274)
@packet
class GetActivatedProfileTemplatesResponse:
    """The active profile templates."""

    template_numbers: tuple[int, ...] = wire(_NUMBERS, "template numbers, perhaps none")


# --- reservoir ------------------------------------------------------------------------------------------------------


@COMMAND.operation(0x127B)
@packet
class StartPriming:
    """Begin to prime."""

    amount: Number = wire(SFLOAT, "IU")


@COMMAND.operation(0x1284)
@packet
class StopPriming:
    """End priming before its amount."""


@COMMAND.operation(0x128B)
@packet
class SetInitialReservoirFillLevel:
    """Tell the pump the amount in a new reservoir."""

    level: Number = wire(SFLOAT, "IU")


@COMMAND.operation(0x12B7)
@packet
class ResetReservoirInsulinOperationTime:
    """Begin to count the operation time of the insulin anew."""
