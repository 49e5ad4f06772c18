"""When the next pulse may leave the reservoir, and whether the plunger moves at all."""

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import Happens
from isletbench.emulator.pump.profile import PumpProfile


@decides_deadline("last_pulse")
@dataclass(slots=True)
class Delivery(Timed):
    """The motor of a pump: one pulse after another, never closer than the profile's spacing."""

    profile: PumpProfile
    last_pulse: Instant = -(1 << 40)
    stalled: bool = False
    """The plunger does not move: every pulse is counted and reported, and none is delivered."""

    def spaced(self, due: Instant | None) -> Instant | None:
        """When a pulse that is due may leave."""
        return None if due is None else max(due, self.last_pulse + self.profile.pulse_spacing)

    def stall(self) -> Happens[None]:
        """From now on the plunger does not move; the pump does not notice."""
        self.stalled = True
        yield events.Stalled()
