"""What a pump's history holds: frozen records in the pump's own units, from which each face of the pump renders its own.

Insulin in uU, rates in uU/h, times in ms. A record takes one or more *entries* of the history: a pump numbers entries, and its
memory is measured in them.
"""

from datetime import date, datetime
from typing import ClassVar, TypeAlias

from isletbench.emulator.core.quantities import Insulin, Rate, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.template import ProfileTemplate, TbrTemplate, Template
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import (
    AnnunciationStatus,
    AnnunciationType,
    BasalContext,
    BolusActivation,
    BolusEndReason,
    BolusType,
    LowSuspendEndReason,
    LowSuspendReason,
    OperationalState,
    PrimingEndReason,
    RecordingReason,
    TbrEndReason,
    TbrType,
    TemperatureContext,
    TemplateType,
    TherapyControlState,
)

RECORDS: dict[str, type["Record"]] = {}
"""Every kind of record, by the name of its class."""


class Record:
    """Something a pump remembers. Subclasses are frozen dataclasses."""

    __slots__ = ()
    length: ClassVar[int] = 1

    def __init_subclass__(cls, *, length: int = 1) -> None:
        super().__init_subclass__()
        if "length" not in cls.__dict__:  # dataclass(slots=True) makes the class a second time
            cls.length = length
        RECORDS[cls.__name__] = cls

    @property
    def entries(self) -> int:
        """How many entries of the history the record takes."""
        return self.length


@dataclass(frozen=True, slots=True)
class ReferenceTime(Record):
    """What the pump's clock shows; the records after it are placed by their distance from it."""

    reason: RecordingReason
    shown: datetime
    time_zone: int | None
    """Quarter hours from UTC; None is unknown."""
    dst_offset: DstOffset
    wrong_date: tuple[int, int, int] | None = None
    """Year, month and day that are written in place of ``shown``, at midnight: a date that need not exist."""


@dataclass(frozen=True, slots=True)
class BolusCalculated(Record, length=2):
    """What the pump's bolus calculator recommended and what its user confirmed.

    Each in uU: fast for the meal, fast to correct, extended for the meal, extended to correct.
    """

    recommended: tuple[Insulin, Insulin, Insulin, Insulin]
    confirmed: tuple[Insulin, Insulin, Insulin, Insulin]


@dataclass(frozen=True, slots=True)
class BolusProgrammed(Record, length=2):
    """A bolus was programmed."""

    bolus_id: int
    type: BolusType
    fast: Insulin
    extended: Insulin
    duration: Span
    delay: Span | None
    template_number: int | None
    activation: BolusActivation | None
    correction: bool
    meal: bool


@dataclass(frozen=True, slots=True)
class BolusDelivered(Record, length=2):
    """A bolus has ended: what was delivered of it, and why it ended."""

    bolus_id: int
    type: BolusType
    fast: Insulin
    extended: Insulin
    lasted: Span
    """From the start of the delivery; 0 for a fast bolus."""
    waited: Span
    """From the programming to the start of the delivery."""
    activation: BolusActivation | None
    reason: BolusEndReason
    annunciation_id: int | None


@dataclass(frozen=True, slots=True)
class BasalRateChanged(Record):
    """Basal insulin flows at another rate, and who set it."""

    old: Rate
    new: Rate
    context: BasalContext


@dataclass(frozen=True, slots=True)
class TbrStarted(Record):
    """A temporary basal rate has begun; ``value`` in uU/h, or in millionths of the profile's own rate."""

    type: TbrType
    value: int
    duration: Span
    template_number: int | None


@dataclass(frozen=True, slots=True)
class TbrChanged(Record):
    """The temporary basal rate is another one; ``elapsed`` since it was started or changed last."""

    type: TbrType
    value: int
    duration: Span
    elapsed: Span
    template_number: int | None


@dataclass(frozen=True, slots=True)
class TbrEnded(Record):
    """The temporary basal rate has ended, ``lasted`` after its start, changes included."""

    type: TbrType
    lasted: Span
    reason: TbrEndReason
    template_number: int | None
    annunciation_id: int | None


@dataclass(frozen=True, slots=True)
class ProfileTemplateActivated(Record):
    """Another profile template is activated; number 0 is none."""

    type: TemplateType
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class TemplateStored(Record):
    """A template was stored. A profile takes an entry a block, a bolus two (IDS 1.0.2, section 3.10.1)."""

    number: int
    type: TemplateType
    template: Template

    @property
    def entries(self) -> int:
        """How many entries of the history the record takes."""
        if isinstance(self.template, ProfileTemplate):
            return len(self.template.blocks)
        return 1 if isinstance(self.template, TbrTemplate) else 2


@dataclass(frozen=True, slots=True)
class DailyTotal(Record):
    """What was delivered on a day of the pump's own calendar."""

    bolus: Insulin
    basal: Insulin
    day: date
    clock_changed: bool
    """Whether the clock was changed that day."""


@dataclass(frozen=True, slots=True)
class TherapyChanged(Record):
    """Therapy runs, pauses or has stopped."""

    old: TherapyControlState
    new: TherapyControlState


@dataclass(frozen=True, slots=True)
class OperationalStateChanged(Record):
    """The operational state is another one."""

    old: OperationalState
    new: OperationalState


@dataclass(frozen=True, slots=True)
class ReservoirLevel(Record):
    """What the pump shows to be left in the reservoir; None without a reservoir."""

    shown: Insulin | None


@dataclass(frozen=True, slots=True)
class CanceledBolus:
    """What an annunciation says of the bolus that the pump ended."""

    bolus_id: int
    type: BolusType
    programmed: Insulin
    delivered: Insulin
    lasted: Span


@dataclass(frozen=True, slots=True)
class Temperature:
    """What an annunciation says of a measured temperature: degrees Celsius, with the bounds that are allowed."""

    celsius: float
    context: TemperatureContext
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GlucoseAtAlert:
    """What an annunciation says of the glucose that it is raised for: mg/dL, and the rate of change, mg/dL/min, if known."""

    mg_dl: float
    trend: float | None


Detail: TypeAlias = CanceledBolus | Temperature | GlucoseAtAlert
"""What an annunciation can say besides its type."""


@dataclass(frozen=True, slots=True)
class AnnunciationChanged(Record, length=2):
    """An annunciation was raised, snoozed, raised again or confirmed."""

    instance_id: int
    type: AnnunciationType
    status: AnnunciationStatus
    detail: Detail | None


@dataclass(frozen=True, slots=True)
class PrimingStarted(Record):
    """Priming of so much insulin has begun."""

    amount: Insulin


@dataclass(frozen=True, slots=True)
class PrimingDone(Record):
    """Priming has ended: what was pushed, and why it ended."""

    pushed: Insulin
    reason: PrimingEndReason
    annunciation_id: int | None


@dataclass(frozen=True, slots=True)
class MaxBolusChanged(Record):
    """The most that a single bolus may be is another amount."""

    old: Insulin
    new: Insulin


@dataclass(frozen=True, slots=True)
class LowSuspendStarted(Record):
    """The pump has suspended its basal insulin by itself: because of this glucose, and of the prediction, mg/dL."""

    reason: LowSuspendReason
    mg_dl: float
    predicted: float | None


@dataclass(frozen=True, slots=True)
class LowSuspendEnded(Record):
    """Basal insulin that the pump had suspended by itself flows again, ``lasted`` after it was suspended."""

    reason: LowSuspendEndReason
    lasted: Span
