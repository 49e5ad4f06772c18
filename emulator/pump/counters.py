"""The counters of a pump and what their end means: the reservoir is too old, or the pump has come to the end of its life."""

from dataclasses import field

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.happenings import NOTHING, Announce, FaultFound, Happens
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import Reason, Refused
from isletbench.protocols.ids import AnnunciationType, CounterType


@decides_deadline("started", "advised_at", "reservoir_since", "worn_out")
@dataclass(slots=True)
class Counters(Timed):
    """When each counter of the profile began to count, and since when the reservoir is in use (IDS 1.0.2, section 3.6.2.6)."""

    profile: PumpProfile
    started: dict[CounterType, Instant] = field(default_factory=dict)
    advised_at: Instant | None = None
    """When the pump announced that the reservoir is too old."""
    reservoir_since: Instant = 0
    """When the reservoir was put in."""
    worn_out: bool = False
    """The pump has come to the end of its life and does not run again before a new reservoir."""

    def begin(self, now: Instant) -> None:
        """Every counter begins to count."""
        self.started = dict.fromkeys(self.profile.counters, now)

    def values(self, type_: CounterType, now: Instant) -> tuple[Span, Span]:
        """What remains on a counter, below 0 once it has expired, and what has elapsed. Raises ``Refused``."""
        if type_ not in self.profile.counters:
            raise Refused(Reason.UNKNOWN, f"there is no {type_.name} counter")
        elapsed = now - self.started[type_]
        return self.profile.counters[type_] - elapsed, elapsed

    def new_reservoir(self, now: Instant) -> None:
        """A reservoir is put in: it is neither too old nor worn out."""
        self.reservoir_since, self.worn_out, self.advised_at = now, False, None

    def reset_operation_time(self, now: Instant) -> Happens[None]:
        """The reservoir's operation time begins anew."""
        self.started[CounterType.RESERVOIR_INSULIN_OPERATION_TIME] = now
        self.advised_at = None  # which says that deadlines have changed
        yield NOTHING

    @property
    def advice_due(self) -> Instant | None:
        """When an attached reservoir is too old."""
        advisory, started = self.profile.reservoir_advisory, self.started.get(CounterType.RESERVOIR_INSULIN_OPERATION_TIME)
        return None if advisory is None or started is None or self.advised_at is not None else started + advisory

    def advise(self, at: Instant) -> Happens[None]:
        """Announce that the reservoir is too old."""
        self.advised_at = at
        yield Announce(AnnunciationType.RESERVOIR_ISSUE)

    @property
    def life_ends(self) -> Instant | None:
        """When a pump with an attached reservoir comes to the end of its life."""
        span = self.profile.stops_after
        return None if span is None or self.worn_out else self.reservoir_since + span

    def wear_out(self) -> Happens[None]:
        """The pump stops for good, until it gets a new reservoir."""
        self.worn_out = True
        yield FaultFound(AnnunciationType.SYSTEM_ISSUE)
