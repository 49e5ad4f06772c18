"""The reservoir: insulin goes in, and comes out in pulses that have a cause. Nothing else moves insulin.

What is really in it and what the pump believes are two things: the pump counts down from a fill level it has been told.
"""

from dataclasses import dataclass

from isletbench.emulator.core.quantities import Insulin
from isletbench.emulator.pump.states import RESERVOIR, ReservoirEvent, ReservoirState, after


@dataclass(slots=True)
class Reservoir:
    """All in uU. At every instant ``filled == remaining + delivered + primed + discarded``."""

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
    """What the pump's counter says is left; below 0 when it was told too little."""
    state: ReservoirState = ReservoirState.DETACHED

    @property
    def attached(self) -> bool:
        return self.state is not ReservoirState.DETACHED

    def attach(self, amount: Insulin, believed: Insulin | None) -> None:
        """Put in a reservoir with so much in it; what the pump believes, if it can tell. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.ATTACH)
        self.filled += amount
        self.remaining = amount
        self.believed = 0
        if believed is not None:
            self.set_level(believed)

    def set_level(self, level: Insulin) -> None:
        """Tell the pump what is in it. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.SET_LEVEL)
        self.believed = level

    def detach(self) -> None:
        """Take it out, and throw it away with what is left. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.DETACH)
        self.discarded += self.remaining
        self.remaining = self.believed = 0

    def run_dry(self) -> None:
        """No whole pulse is left. Raises ``Refused``."""
        self.state = after(RESERVOIR, self.state, ReservoirEvent.RUN_DRY)

    def take(self, amount: Insulin, *, priming: bool = False) -> bool:
        """Let a pulse out, if that much is left; a pulse is whole or does not happen."""
        if not self.attached or amount > self.remaining:
            return False
        self.remaining -= amount
        self.believed -= amount
        if priming:
            self.primed += amount
        else:
            self.delivered += amount
        return True
