"""What the parts of a pump hand to the machine while an operation runs, and what an operation returns.

An operation is a generator: it changes the part it belongs to and yields what happens, in order. The machine takes each thing
that is yielded, writes it down, lets the other parts react (``couplings``) and answers: ``Recorded`` with the number of the
first entry it was given, ``Announce`` with the id of the annunciation, anything else with what its reactions return.
"""

from collections.abc import Generator
from typing import Generic, TypeAlias, TypeVar

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.events import PumpEvent
from isletbench.emulator.pump.fluid_path import Condition
from isletbench.emulator.pump.records import Detail, PrimingDone, Record
from isletbench.protocols.ids import AnnunciationType, BasalContext, PrimingEndReason, RecordingReason, StatusFlag

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
NOTHING = StatusFlag(0)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Records are written into the history together; ``changed`` are the status bits that rise with them."""

    records: tuple[Record, ...]
    changed: StatusFlag = NOTHING
    is_sent: bool = True
    """Whether clients are notified that there is a record."""


@dataclass(frozen=True, slots=True)
class Amended:
    """The record that begins with entry ``number`` is rewritten."""

    number: int
    record: Record


class Signal:
    """Something the other parts react to, and that is itself neither ground truth nor a record."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Announce(Signal):
    """The pump is to raise an annunciation."""

    type: AnnunciationType
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class TherapyStops(Signal):
    """Therapy is about to stop; ``announced`` says whether the ends of deliveries raise annunciations."""

    announced: bool


@dataclass(frozen=True, slots=True)
class DeliveriesCanceled(Signal):
    """Running boluses end, and nothing else does."""


@dataclass(frozen=True, slots=True)
class FaultFound(Signal):
    """Something is wrong that stops the pump."""

    type: AnnunciationType


@dataclass(frozen=True, slots=True)
class FaultRaised(Signal):
    """A fault that stops the pump is announced under this id."""

    annunciation_id: int


@dataclass(frozen=True, slots=True)
class BolusStateChanged(Signal):
    """A bolus has begun, or its fast part is over."""


@dataclass(frozen=True, slots=True)
class TbrAltered(Signal):
    """The temporary basal rate is another one; ``record`` is written together with the basal rate that follows from it."""

    record: Record
    context: BasalContext


@dataclass(frozen=True, slots=True)
class GlucoseKnown(Signal):
    """A new reading of the CGM has come that is worth a decision: mg/dL, and the rate of change in mg/dL/min."""

    mg_dl: float
    trend: float | None
    measured: Instant


@dataclass(frozen=True, slots=True)
class BasalSuspensionAltered(Signal):
    """The pump has suspended its basal insulin by itself, or resumed; ``record`` is written together with the basal rate that
    follows from it."""

    record: Record


@dataclass(frozen=True, slots=True)
class TemplatesAltered(Signal):
    """Templates were stored or activated."""


@dataclass(frozen=True, slots=True)
class ClockChanged(Signal):
    """The pump's date, time or zone is another one."""

    reason: RecordingReason


@dataclass(frozen=True, slots=True)
class AnnunciationConfirmed(Signal):
    """The user has confirmed an annunciation."""


@dataclass(frozen=True, slots=True)
class FillLevelKnown(Signal):
    """The pump knows what is in its reservoir."""


@dataclass(frozen=True, slots=True)
class PathConditionChanged(Signal):
    """The condition of the fluid path is another one from now on."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class PathPurged(Signal):
    """The infusion set is taken off the body: what was held back in it drips away."""


@dataclass(frozen=True, slots=True)
class PrimingEnded(Signal):
    """Priming has ended; ``record`` is written together with the operational state that follows."""

    record: PrimingDone

    @property
    def reached(self) -> bool:
        """Whether the amount was pushed."""
        return self.record.reason is PrimingEndReason.AMOUNT_REACHED


Happening: TypeAlias = PumpEvent | Recorded | Amended | StatusFlag | Signal
"""``PumpEvent`` is ground truth for the ledger, ``StatusFlag`` raises bits of Status Changed."""
Happens: TypeAlias = Generator[Happening, int | None, T]
"""An operation that returns ``T``."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T_co]):
    """How an operation of the pump ended: its own result, and what has changed in the pump."""

    value: T_co
    happened: tuple[Happening, ...]
    """Ground truth, records and status bits, in order; empty when nothing has changed."""

    @property
    def changed(self) -> bool:
        """Whether therapy, settings or records have changed."""
        return bool(self.happened)
