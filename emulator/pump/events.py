"""What happens in a pump, as ground truth. Insulin in micro-units (uU), rates in uU/h, time in ms."""

from collections.abc import Sequence
from typing import Any, ClassVar

from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant, Insulin, Rate, Span
from isletbench.emulator.core.readings import CgmLink
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.ids.codes import OperationalState, TherapyControlState


class PumpEvent(Event, kind="pump"):
    """Something that happened in a pump."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ReservoirDetached(PumpEvent):
    """The reservoir was taken out."""


@dataclass(frozen=True, slots=True)
class ReservoirAttached(PumpEvent):
    """A reservoir with so much insulin was put in."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class PumpReplaced(PumpEvent):
    """Another pump of the same make was put in the place of this one; ``number`` counts them from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class Stalled(PumpEvent):
    """The motor turns without moving insulin from now on."""


@dataclass(frozen=True, slots=True)
class TbrEnded(PumpEvent):
    """A temp basal has ended: the name of a ``TbrEndReason``, or ``DROPPED`` where the pump forgot it."""

    reason: str


@dataclass(frozen=True, slots=True)
class BolusEnded(PumpEvent):
    """A bolus has ended: the name of a ``BolusEndReason``, or ``FORGOTTEN``."""

    bolus_id: int
    delivered_uu: Insulin
    reason: str


@dataclass(frozen=True, slots=True)
class CountersLost(PumpEvent):
    """The pump has lost its counters and totals."""


@dataclass(frozen=True, slots=True)
class FluidPathChanged(PumpEvent, name="fluid_path"):
    """The condition of the fluid path is another one (``fluid_path.Condition``)."""

    condition: Any


@dataclass(frozen=True, slots=True)
class BatteryReplaced(PumpEvent):
    """A battery of this level was put in."""

    percent: int


@dataclass(frozen=True, slots=True)
class PowerLost(PumpEvent):
    """The pump had no power since this instant."""

    since: Instant


@dataclass(frozen=True, slots=True)
class ClockLost(PumpEvent):
    """The pump has lost date and time."""


@dataclass(frozen=True, slots=True)
class ClockDrift(PumpEvent):
    """The pump's clock runs fast or slow from now on."""

    ppm: float


@dataclass(frozen=True, slots=True)
class RecordCorrupted(PumpEvent):
    """A record of the history is damaged."""

    number: int


@dataclass(frozen=True, slots=True)
class ClockMisread(PumpEvent):
    """The next readings of the clock are wrong by so much."""

    by_ms: Span
    times: int


@dataclass(frozen=True, slots=True)
class Misdated(PumpEvent):
    """The pump writes a wrong date into its history."""


@dataclass(frozen=True, slots=True)
class Operational(PumpEvent):
    """The operational state is another one."""

    states: ClassVar[tuple[str, ...]] = tuple(OperationalState.__members__)
    state: str


@dataclass(frozen=True, slots=True)
class AnnunciationRaised(PumpEvent, name="annunciation"):
    """The pump has raised an annunciation."""

    id: int
    type: str
    silent: bool | None = None
    """True where it neither sounds nor vibrates."""


@dataclass(frozen=True, slots=True)
class ClockSet(PumpEvent):
    """The pump's date and time were set, ISO 8601 without a zone."""

    to: str


@dataclass(frozen=True, slots=True)
class BasalRate(PumpEvent):
    """Basal insulin flows at another rate from now on."""

    uu_per_h: Rate


@dataclass(frozen=True, slots=True)
class StalledPulse(PumpEvent):
    """A pulse that the pump counts and that moved no insulin."""

    uu: Insulin
    cause: str
    bolus_id: int | None = None


@dataclass(frozen=True, slots=True)
class Pulse(PumpEvent):
    """A pulse has left the reservoir, because of ``basal``, ``bolus`` or ``priming``; ``reservoir_uu`` is what remains.

    ``uu`` is what the pump counts; ``moved_uu`` is what really left, where that is not the same.
    """

    uu: Insulin
    cause: str
    reservoir_uu: Insulin
    bolus_id: int | None = None
    moved_uu: Insulin | None = None

    @property
    def moved(self) -> Insulin:
        """What really left the reservoir, uU."""
        return self.uu if self.moved_uu is None else self.moved_uu


@dataclass(frozen=True, slots=True)
class ReservoirEmpty(PumpEvent):
    """The reservoir holds less than a pulse."""

    left_uu: Insulin


@dataclass(frozen=True, slots=True)
class OcclusionDetected(PumpEvent):
    """The pump has noticed an occlusion; so much insulin is held back in the line."""

    in_line_uu: Insulin


@dataclass(frozen=True, slots=True)
class FillLevelSet(PumpEvent):
    """The user has said how much the reservoir holds."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class PrimingStarted(PumpEvent):
    """Priming of so much insulin has begun."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class PrimedIntoBody(PumpEvent):
    """A pulse of priming went through an infusion set that is worn: it is in the body, and no counter of the pump has it."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class PrimingDone(PumpEvent):
    """Priming has ended: what was pushed, and the air that remains in the line."""

    uu: Insulin
    reason: str
    air_uu: Insulin


@dataclass(frozen=True, slots=True)
class BolusProgrammed(PumpEvent):
    """A bolus was programmed."""

    bolus_id: int
    type: str
    fast_uu: Insulin
    extended_uu: Insulin
    duration_ms: Span
    delay_ms: Span
    by: str | None = None
    """The name of a ``BolusActivationType``, where the client gave one."""


@dataclass(frozen=True, slots=True)
class ProgressMisreported(PumpEvent):
    """From now on the pump reports so many percent of what it delivers as the progress of a bolus."""

    percent: int


@dataclass(frozen=True, slots=True)
class Silenced(PumpEvent):
    """Whether annunciations sound from now on, and whether clients are notified of them."""

    sounds: bool
    sends: bool


@dataclass(frozen=True, slots=True)
class ClockLocked(PumpEvent):
    """Clients may not set date and time from now on, or may as the profile has it."""

    on: bool


@dataclass(frozen=True, slots=True)
class TbrStarted(PumpEvent, name="tbr"):
    """A temp basal has begun; ``value`` in uU/h, or in millionths of the rate of the profile."""

    type: str
    value: int
    duration_ms: Span
    by: str


@dataclass(frozen=True, slots=True)
class TherapyChanged(PumpEvent, name="therapy"):
    """Therapy runs, pauses, or has stopped."""

    states: ClassVar[tuple[str, ...]] = tuple(TherapyControlState.__members__)
    state: str


@dataclass(frozen=True, slots=True)
class FlightMode(PumpEvent):
    """Flight mode was switched."""

    on: bool


@dataclass(frozen=True, slots=True)
class TemplateStored(PumpEvent):
    """A template was stored."""

    number: int
    type: str


@dataclass(frozen=True, slots=True)
class TemplatesReset(PumpEvent):
    """Templates were made not configured."""

    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class TemplateActivated(PumpEvent):
    """A profile template was activated."""

    number: int
    type: str


@dataclass(frozen=True, slots=True)
class MaxBolus(PumpEvent):
    """The most a single bolus may be is another amount."""

    uu: Insulin


@dataclass(frozen=True, slots=True)
class InfusionSetFailed(PumpEvent):
    """The infusion set has failed by itself (``fluid_path.Condition``)."""

    condition: Any


@dataclass(frozen=True, slots=True)
class Alerting(PumpEvent):
    """The pump rings, or is quiet again."""

    level: str


@dataclass(frozen=True, slots=True)
class CgmLinkChanged(PumpEvent, name="cgm_link"):
    """Another state of the link with the pump's CGM: the name of a ``CgmLink``."""

    states: ClassVar[tuple[str, ...]] = tuple(CgmLink.__members__)
    state: str


@dataclass(frozen=True, slots=True)
class GlucoseReceived(PumpEvent, name="glucose"):
    """A reading of the pump's CGM has come; ``mg_dl`` is null where it has no value that may be relied on, the rate of change
    is in mg/dL/min."""

    mg_dl: float | None
    measured_ms: Instant
    """The instant at which it was measured."""
    trend: float | None = None
    backfilled: bool | None = None
    """True where it was fetched from the sensor's memory."""


@dataclass(frozen=True, slots=True)
class BasalSuspended(PumpEvent):
    """The pump has suspended its basal insulin by itself: the name of a ``LowSuspendReason``."""

    reason: str
    mg_dl: float
    predicted_mg_dl: float | None = None


@dataclass(frozen=True, slots=True)
class BasalResumed(PumpEvent):
    """Basal insulin that the pump had suspended by itself flows again: the name of a ``LowSuspendEndReason``."""

    reason: str
    lasted_ms: Span
