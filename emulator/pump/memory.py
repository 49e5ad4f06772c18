"""What a pump keeps when its power is cut: everything but its history, its ledger and the fluid in its infusion set."""

from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import Instant, Insulin, Rate, Span
from isletbench.emulator.pump.annunciations import Annunciations
from isletbench.emulator.pump.basal import Accumulator
from isletbench.emulator.pump.bolus import Bolus
from isletbench.emulator.pump.reservoir import Reservoir
from isletbench.emulator.pump.tbr import Tbr
from isletbench.emulator.pump.templates import Template
from isletbench.emulator.pump.totals import Totals
from isletbench.emulator.pump.wall_clock import WallClock
from isletbench.protocols.ids import CounterType, OperationalState, StatusFlag, TemplateType, TherapyControlState


@dataclass(slots=True)
class Priming:
    """Filling the infusion set: ``amount`` uU are to be pushed, ``pushed`` have been."""

    amount: Insulin
    next_pulse: Instant
    pushed: Insulin = 0


@dataclass(slots=True)
class Battery:
    """It runs down evenly from ``full_at`` on, within ``life`` ms."""

    full_at: Instant
    life: Span
    warned: int = 100
    """The lowest level, in percent, that the user has been told of."""

    def level(self, now: Instant) -> int:
        """Percent that is left."""
        return max(0, 100 - 100 * (now - self.full_at) // self.life)

    def reaches(self, level: int) -> Instant:
        """When it is down to so many percent."""
        return self.full_at + -(-self.life * (100 - level) // 100)


@dataclass(kw_only=True)
class Memory:
    """Field by field what the state file holds."""

    clock: WallClock
    battery: Battery
    owed: Accumulator
    max_bolus: Insulin
    therapy: TherapyControlState = TherapyControlState.STOP
    operational: OperationalState = OperationalState.WAITING
    reservoir: Reservoir = field(default_factory=Reservoir)
    reservoir_since: Instant = 0
    """When the reservoir was put in."""
    set_since: Instant = 0
    """When the infusion set was put in."""
    number: int = 1
    """Which pump stands in this place: the first one, or one that its user has put there since."""
    sets: int = 0
    """How many have been used up."""
    set_failed: bool = False
    stalled: bool = False
    """Its plunger stands still: every pulse is counted and told, and none is delivered."""
    low_told: bool = False
    recorded_level: Insulin = 0
    """The amount the history was told last."""
    unprimed: bool = False
    """A new infusion set hangs on it that has not been filled."""
    air: Insulin = 0
    """What of the infusion set's volume is still to be filled, uU: when therapy runs it goes into the fluid path as air."""
    worn_out: bool = False
    """It has come to the end of its life and does not run again before a new reservoir."""
    priming: Priming | None = None
    annunciations: Annunciations = field(default_factory=Annunciations)
    totals: Totals = field(default_factory=Totals)
    boluses: dict[int, Bolus] = field(default_factory=dict)
    last_bolus_id: int = 0
    tbr: Tbr | None = None
    delivered_rate: Rate = 0
    """The basal rate that flows now, uU/h."""
    paused_at: Instant | None = None
    last_pulse: Instant = -(1 << 40)
    configured: dict[int, Template] = field(default_factory=dict)
    activated: dict[TemplateType, int] = field(default_factory=dict)
    counters: dict[CounterType, Instant] = field(default_factory=dict)
    """When each began to count."""
    advised_at: Instant | None = None
    """When it told that the reservoir is too old."""
    changed: StatusFlag = field(default_factory=lambda: StatusFlag(0))
    flight_mode: bool = False
    next_reference: Instant = 0
    next_midnight: Instant = 0
