"""What a client has not been notified of yet, and what the pump shows of itself without a part of its own."""

from dataclasses import field

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import NOTHING, Happens
from isletbench.protocols.companions import AlertLevel
from isletbench.protocols.ids import StatusFlag


@dataclass(slots=True)
class Status:
    """Status Changed bits (IDS 1.0.2, section 3.2), flight mode, alert level."""

    changed: StatusFlag = NOTHING
    flight_mode: bool = False
    alerting: AlertLevel = field(default=AlertLevel.NONE, init=False)
    number: int = 1
    """Which pump of this name it is: the first one, or one that its user has put in its place since."""

    def reset(self, bits: StatusFlag) -> Happens[None]:
        """Clear bits: the client has seen these changes."""
        self.changed &= ~bits
        yield NOTHING

    def set_flight_mode(self, *, on: bool) -> Happens[None]:
        """Switch the radio off, or on again; nobody can do the latter over the air."""
        self.flight_mode = on
        yield events.FlightMode(on=on)

    def alert(self, level: AlertLevel) -> Happens[None]:
        """Ring, or be quiet again."""
        self.alerting = level
        yield events.Alerting(level=level.name)
