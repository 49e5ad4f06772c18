"""What a pump remembers: the events of its history, each behind its type, a number and an offset in time.

Source: IDS 1.0.2, section 3.10. Events that belong together stand in consecutive records with one offset.
"""

from typing import Any, ClassVar

from construct import ConstructError, Int8ul, Int16sl, Int16ul, Int32ul, Struct

from isletbench.protocols.code_words import is_code_word
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.errors import Truncated, Unencodable
from isletbench.protocols.fields import SFLOAT, TIME_ZONE, DstOffset, Enumerated, Number
from isletbench.protocols.ids.codes import (
    BasalContext,
    BolusActivation,
    BolusEndReason,
    BolusType,
    OperationalState,
    PrimingEndReason,
    ProfileType,
    RecordingReason,
    TbrEndReason,
    TbrType,
    TherapyControlState,
)
from isletbench.protocols.ids.status import Annunciation
from isletbench.protocols.packet import ControlPoint, Flags, bit, flags, packet, struct_of, wire
from isletbench.protocols.plain import from_plain, to_plain
from isletbench.protocols.values import dataclass


def _is_manufacturers(event_type: int) -> bool:
    """Whether the type of an event is left to manufacturers. IDS 1.0.2, table 3.29."""
    return 0xF000 <= event_type <= 0xFFF0 and is_code_word(event_type)


EVENTS = ControlPoint("IDD history event", Int16ul, _is_manufacturers)
"""The data of a history event, behind its type."""
CORRUPTED = 0xFFFFFFFF
"""The sequence number of a Data Corruption event."""
_BOLUS_TYPE = Enumerated(Int8ul, BolusType)
_TBR_TYPE = Enumerated(Int8ul, TbrType)
_REASON = Enumerated(Int8ul, RecordingReason)


@EVENTS.operation(0x000F)
@packet
class ReferenceTime:
    """The date and time that offsets of the records after it count from."""

    reason: RecordingReason = wire(_REASON, "why it was recorded")
    time: DateTime = wire(struct_of(DateTime), "the pump's date and time")
    time_zone: int | None = wire(TIME_ZONE, "quarter hours from UTC; None is unknown")
    dst_offset: DstOffset = wire(Enumerated(Int8ul, DstOffset), "daylight saving time offset")


@EVENTS.operation(0x0033)
@packet
class ReferenceTimeBaseOffset:
    """The reference time as an offset from a base time."""

    reason: RecordingReason = wire(_REASON, "why it was recorded")
    base_time: DateTime = wire(struct_of(DateTime), "base date and time")
    offset: int = wire(Int16sl, "min from the base")


@EVENTS.operation(0x003C)
@packet
class BolusCalculated1Of2:
    """The bolus that the calculator of the pump recommended."""

    fast_meal: Number = wire(SFLOAT, "IU recommended")
    fast_correction: Number = wire(SFLOAT, "IU recommended")
    extended_meal: Number = wire(SFLOAT, "IU recommended")
    extended_correction: Number = wire(SFLOAT, "IU recommended")


@EVENTS.operation(0x0055)
@packet
class BolusCalculated2Of2:
    """The bolus that the user confirmed in place of the recommended one."""

    fast_meal: Number = wire(SFLOAT, "IU confirmed")
    fast_correction: Number = wire(SFLOAT, "IU confirmed")
    extended_meal: Number = wire(SFLOAT, "IU confirmed")
    extended_correction: Number = wire(SFLOAT, "IU confirmed")


@EVENTS.operation(0x005A)
@packet
class BolusProgrammed1Of2:
    """A bolus was programmed: its type and amounts."""

    bolus_id: int = wire(Int16ul, "bolus id")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min")


@EVENTS.operation(0x0066)
@packet
class BolusProgrammed2Of2:
    """A bolus was programmed: its delay, template and purpose."""

    presence: ClassVar[Flags] = flags(Int8ul)
    delay_time: int | None = wire(Int16ul, "min", flag=0, default=None)
    template_number: int | None = wire(Int8ul, "bolus template", flag=1, default=None)
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wanted it", flag=2, default=None)
    correction: bool = bit(3, "given to correct", default=False)
    meal: bool = bit(4, "given for a meal", default=False)


@EVENTS.operation(0x0069)
@packet
class BolusDelivered1Of2:
    """A bolus has ended: the amounts delivered."""

    bolus_id: int = wire(Int16ul, "bolus id")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU delivered")
    extended_amount: Number = wire(SFLOAT, "IU delivered")
    duration: int = wire(Int16ul, "min from start to end; 0 for a fast bolus")


@EVENTS.operation(0x0096)
@packet
class BolusDelivered2Of2:
    """A bolus has ended: its start, purpose and the reason."""

    presence: ClassVar[Flags] = flags(Int8ul)
    start_time_offset: int = wire(Int32ul, "s from programming to the start of delivery")
    activation_type: BolusActivation | None = wire(Enumerated(Int8ul, BolusActivation), "who wanted it", flag=0, default=None)
    end_reason: BolusEndReason | None = wire(Enumerated(Int8ul, BolusEndReason), "why it ended", flag=1, default=None)
    annunciation_id: int | None = wire(Int16ul, "annunciation that goes with it", flag=2, default=None)


@EVENTS.operation(0x0099)
@packet
class DeliveredBasalRateChanged:
    """The basal rate that is delivered has changed."""

    presence: ClassVar[Flags] = flags(Int8ul)
    old_rate: Number = wire(SFLOAT, "IU/h")
    new_rate: Number = wire(SFLOAT, "IU/h")
    context: BasalContext | None = wire(Enumerated(Int8ul, BasalContext), "who set it", flag=0, default=None)


@EVENTS.operation(0x00A5)
@packet
class TbrAdjustmentStarted:
    """A temporary basal rate has started."""

    presence: ClassVar[Flags] = flags(Int8ul)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")
    template_number: int | None = wire(Int8ul, "TBR template", flag=0, default=None)


@EVENTS.operation(0x00AA)
@packet
class TbrAdjustmentEnded:
    """The temporary basal rate has ended."""

    presence: ClassVar[Flags] = flags(Int8ul)
    tbr_type: TbrType = wire(_TBR_TYPE, "type it had last")
    duration: int = wire(Int16ul, "min since it was started, over all changes")
    end_reason: TbrEndReason = wire(Enumerated(Int8ul, TbrEndReason), "why it ended")
    template_number: int | None = wire(Int8ul, "TBR template it had last", flag=0, default=None)
    annunciation_id: int | None = wire(Int16ul, "annunciation that goes with it", flag=1, default=None)


@EVENTS.operation(0x00C3)
@packet
class TbrAdjustmentChanged:
    """The temporary basal rate was changed."""

    presence: ClassVar[Flags] = flags(Int8ul)
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")
    elapsed: int = wire(Int16ul, "min since it was started or last changed")
    template_number: int | None = wire(Int8ul, "TBR template", flag=0, default=None)


@EVENTS.operation(0x00CC)
@packet
class ProfileTemplateActivated:
    """Another profile template is active."""

    profile_type: ProfileType = wire(Enumerated(Int8ul, ProfileType), "kind")
    old_number: int = wire(Int8ul, "template number; 0 is none")
    new_number: int = wire(Int8ul, "template number")


@EVENTS.operation(0x00F0)
@packet
class BasalRateProfileTimeBlockChanged:
    """A time block of a basal rate profile template was written."""

    template_number: int = wire(Int8ul, "template number")
    block_number: int = wire(Int8ul, "from 1")
    duration: int = wire(Int16ul, "min")
    rate: Number = wire(SFLOAT, "IU/h")


@EVENTS.operation(0x00FF)
@packet
class TotalDailyInsulinDelivery:
    """The insulin delivered on a calendar day."""

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
    """The therapy control state has changed."""

    old_state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "before")
    new_state: TherapyControlState = wire(Enumerated(Int8ul, TherapyControlState), "after")


@EVENTS.operation(0x030C)
@packet
class OperationalStateChanged:
    """The operational state has changed."""

    old_state: OperationalState = wire(Enumerated(Int8ul, OperationalState), "before")
    new_state: OperationalState = wire(Enumerated(Int8ul, OperationalState), "after")


@EVENTS.operation(0x0330)
@packet
class ReservoirRemainingAmountChanged:
    """The remaining amount of the reservoir has changed."""

    remaining: Number = wire(SFLOAT, "IU; NaN without a reservoir")


@EVENTS.operation(0x033F)
@packet
class AnnunciationStatusChanged1Of2:
    """An annunciation has changed: itself and its first auxiliary values."""

    presence: ClassVar[Flags] = flags(Int8ul)
    annunciation: Annunciation = wire(struct_of(Annunciation), "the annunciation")
    aux1: int | None = wire(Int16ul, "depends on the type", flag=0, default=None)
    aux2: int | None = wire(Int16ul, "depends on the type", flag=1, default=None)


@EVENTS.operation(0x0356)
@packet
class AnnunciationStatusChanged2Of2:
    """An annunciation has changed: its further auxiliary values."""

    presence: ClassVar[Flags] = flags(Int8ul)
    aux3: int | None = wire(Int16ul, "depends on the type", flag=0, default=None)
    aux4: int | None = wire(Int16ul, "depends on the type", flag=1, default=None)
    aux5: int | None = wire(Int16ul, "depends on the type", flag=2, default=None)


@EVENTS.operation(0x0359)
@packet
class IsfProfileTimeBlockChanged:
    """A time block of an ISF profile template was written."""

    template_number: int = wire(Int8ul, "template number")
    block_number: int = wire(Int8ul, "from 1")
    duration: int = wire(Int16ul, "min")
    isf: Number = wire(SFLOAT, "mg/dL per IU")


@EVENTS.operation(0x0365)
@packet
class I2ChoRatioProfileTimeBlockChanged:
    """A time block of an insulin to carbohydrate ratio profile template was written."""

    template_number: int = wire(Int8ul, "template number")
    block_number: int = wire(Int8ul, "from 1")
    duration: int = wire(Int16ul, "min")
    ratio: Number = wire(SFLOAT, "g per IU")


@EVENTS.operation(0x036A)
@packet
class TargetGlucoseRangeProfileTimeBlockChanged:
    """A time block of a target glucose range profile template was written."""

    template_number: int = wire(Int8ul, "template number")
    block_number: int = wire(Int8ul, "from 1")
    duration: int = wire(Int16ul, "min")
    lower: Number = wire(SFLOAT, "mg/dL")
    upper: Number = wire(SFLOAT, "mg/dL")


@EVENTS.operation(0x0395)
@packet
class PrimingStarted:
    """Priming has started."""

    programmed: Number = wire(SFLOAT, "IU")


@EVENTS.operation(0x039A)
@packet
class PrimingDone:
    """Priming has ended."""

    presence: ClassVar[Flags] = flags(Int8ul)
    delivered: Number = wire(SFLOAT, "IU")
    reason: PrimingEndReason = wire(Enumerated(Int8ul, PrimingEndReason), "why it ended")
    annunciation_id: int | None = wire(Int16ul, "annunciation that goes with it", flag=0, default=None)


@EVENTS.operation(0x03A6)
@packet
class DataCorruption:
    """A record whose content is lost."""


@EVENTS.operation(0x03A9)
@packet
class PointerEvent:
    """A placeholder without content, to align with a manufacturer's own history."""


@EVENTS.operation(0x03C0)
@packet
class BolusTemplateChanged1Of2:
    """A bolus template was written: its type and amounts."""

    template_number: int = wire(Int8ul, "template number")
    bolus_type: BolusType = wire(_BOLUS_TYPE, "type")
    fast_amount: Number = wire(SFLOAT, "IU")
    extended_amount: Number = wire(SFLOAT, "IU")
    duration: int = wire(Int16ul, "min")


@EVENTS.operation(0x03CF)
@packet
class BolusTemplateChanged2Of2:
    """A bolus template was written: its delay and purpose."""

    presence: ClassVar[Flags] = flags(Int8ul)
    delay_time: int | None = wire(Int16ul, "min", flag=0, default=None)
    correction: bool = bit(1, "given to correct", default=False)
    meal: bool = bit(2, "given for a meal", default=False)


@EVENTS.operation(0x03F3)
@packet
class TbrTemplateChanged:
    """A temporary basal rate template was written."""

    template_number: int = wire(Int8ul, "template number")
    tbr_type: TbrType = wire(_TBR_TYPE, "type")
    adjustment: Number = wire(SFLOAT, "IU/h, or factor")
    duration: int = wire(Int16ul, "min")


@EVENTS.operation(0x03FC)
@packet
class MaxBolusAmountChanged:
    """The largest bolus amount was changed."""

    old_amount: Number = wire(SFLOAT, "IU")
    new_amount: Number = wire(SFLOAT, "IU")


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One record of the history. IDS 1.0.2, section 3.10."""

    sequence_number: int
    """From 0, never reused."""
    relative_offset: int
    """Seconds since the last recorded reference time."""
    event: Any
    """A packet of ``EVENTS``, or ``Uninterpreted``: what follows the type is then all that is known."""


class HistoryLayout:
    """``type u16 | sequence number u32 | relative offset u16 | data``: the type chooses the data, apart from it."""

    _NUMBERS = Struct("sequence_number" / (number := Int32ul), "relative_offset" / (offset := Int16ul))

    def decode(self, octets: bytes, *, undefined: bool = False) -> HistoryRecord:
        """The record these octets are. Raises ``WireError``; with ``undefined`` not for what is not defined."""
        head = EVENTS.opcode.sizeof() + self._NUMBERS.sizeof()
        if len(octets) < head:
            raise Truncated(f"expected at least {head} octets, got {len(octets)}", octets=octets, layout="HistoryRecord")
        numbers = self._NUMBERS.parse(octets[EVENTS.opcode.sizeof() : head])
        event = EVENTS.decode(octets[: EVENTS.opcode.sizeof()] + octets[head:], undefined=undefined)
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
