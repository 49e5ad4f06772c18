"""The reservoir: insulin goes in, and comes out in pulses that have a cause. Nothing else moves insulin.

What is in it and what the pump believes are two things: the pump counts down from a fill level that somebody has set.
"""

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Insulin, in_units
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.happenings import Announce, FillLevelKnown, Happens, Recorded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import ReservoirLevel
from isletbench.emulator.pump.states import RESERVOIR, ReservoirEvent, ReservoirState, after
from isletbench.protocols.ids import AnnunciationType, StatusFlag


@decides_deadline("state")
@dataclass(slots=True)
class Reservoir(Timed):
    """All in uU. At every instant ``filled == remaining + delivered + primed + discarded``."""

    profile: PumpProfile
    filled: Insulin = 0
    """Everything that was ever put in."""
    remaining: Insulin = 0
    """What is in the one that is attached."""
    delivered: Insulin = 0
    """What was pushed into the infusion set to be delivered."""
    primed: Insulin = 0
    """What was pushed through it while it hung in the air."""
    discarded: Insulin = 0
    """What was thrown away with a reservoir."""
    believed: Insulin = 0
    """What the pump's counter says is left; below 0 when the fill level was set too low."""
    state: ReservoirState = ReservoirState.DETACHED
    recorded: Insulin = 0
    """The amount that the history holds last."""
    low_warned: bool = False
    """Whether the pump has warned that little is left."""

    @property
    def attached(self) -> bool:
        """Whether there is one."""
        return self.state is not ReservoirState.DETACHED

    @property
    def shown(self) -> Insulin | None:
        """What the pump shows to be left, uU; None without a reservoir."""
        return self._shown(self.believed)

    def _shown(self, believed: Insulin) -> Insulin | None:
        if not self.attached:
            return None
        shown = max(0, believed - self.profile.hidden_margin)
        return shown if self.profile.shows_at_most is None else min(shown, self.profile.shows_at_most)

    def check_amount(self, amount: Insulin) -> None:
        """Raises ``Refused`` for an amount that does not fit."""
        if not 0 <= amount <= self.profile.reservoir:
            raise out_of_range(f"{in_units(amount)} U is outside 0..{in_units(self.profile.reservoir)} U")

    def attach(self, amount: Insulin, believed: Insulin | None) -> Happens[None]:
        """Put in a reservoir with so much in it; what the pump believes, if it measures it. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.ATTACH)
        self.filled += amount
        self.remaining = amount
        self.believed = 0
        if believed is not None:
            self._believe(believed)
        self.low_warned = believed is not None and believed <= self.profile.low_reservoir
        yield events.ReservoirAttached(uu=amount)

    def set_level(self, level: Insulin) -> Happens[None]:
        """Set what the pump believes to be in it. Raises ``Refused``."""
        self.check_amount(level)
        self._believe(level)
        self.low_warned = level <= self.profile.low_reservoir
        yield events.FillLevelSet(uu=level)
        yield from self.record_level()
        yield FillLevelKnown()

    def _believe(self, level: Insulin) -> None:
        self.state = after(RESERVOIR, self.state, ReservoirEvent.SET_LEVEL)
        self.believed = level

    def detach(self) -> Happens[None]:
        """Take it out, and throw it away with what is left. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.DETACH)
        self.discarded += self.remaining
        self.remaining = self.believed = 0
        yield events.ReservoirDetached()

    def run_dry(self) -> Happens[None]:
        """No whole pulse is left. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.RUN_DRY)
        yield events.ReservoirEmpty(left_uu=self.remaining)

    def take(self, amount: Insulin, moved: Insulin, *, priming: bool = False) -> bool:
        """Let a pulse out that moves so much and counts as ``amount``, if that is left; it is whole or does not happen."""
        if not self.attached or moved > self.remaining:
            return False
        self.remaining -= moved
        self.believed -= amount
        if priming:
            self.primed += moved
        else:
            self.delivered += moved
        return True

    def record_level(self) -> Happens[None]:
        """Record what the pump shows to be left."""
        self.recorded = self.shown or 0
        yield Recorded((ReservoirLevel(self.shown),), StatusFlag.RESERVOIR)

    def sink(self) -> Happens[None]:
        """A pulse has left it: the counter is watched, not what is really in it."""
        if self.shown != self._shown(self.believed + self.profile.pulse):
            yield StatusFlag.RESERVOIR
        if self.recorded - (self.shown or 0) >= self.profile.history.reservoir_every:
            yield from self.record_level()
        if self.believed <= self.profile.low_reservoir and not self.low_warned:
            self.low_warned = True
            yield Announce(AnnunciationType.RESERVOIR_LOW)
