"""The reservoir: insulin goes in once and comes out in pulses, and each pulse has a cause. Nothing else moves insulin."""

from dataclasses import dataclass

from emulator.quantities import Insulin


@dataclass(slots=True)
class Reservoir:
    """What was filled, what has left and what remains, uU. ``remaining + delivered == filled`` at every instant."""

    filled: Insulin
    delivered: Insulin = 0

    @property
    def remaining(self) -> Insulin:
        return self.filled - self.delivered

    def take(self, amount: Insulin) -> bool:
        """Let a pulse out, if that much is left; a pulse is whole or does not happen."""
        if amount > self.remaining:
            return False
        self.delivered += amount
        return True
