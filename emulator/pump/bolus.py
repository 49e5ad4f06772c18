"""A bolus on its way: a fast part, an extended part, perhaps a delay before both."""

from isletbench.emulator.core.quantities import Instant, Insulin, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.states import BOLUS, BolusEvent, BolusState, after
from isletbench.protocols.ids import BolusActivation, BolusType


@dataclass(slots=True, kw_only=True)
class Prescription:
    """What is asked for: the amounts of both parts, uU, the extended part's duration and the delay, ms."""

    type: BolusType
    fast: Insulin = 0
    extended: Insulin = 0
    duration: Span = 0
    delay: Span | None = None
    template_number: int | None = None
    activation: BolusActivation | None = None
    correction: bool = False
    meal: bool = False
    by_hand: bool = False
    """Whether its user asked for it on the pump itself."""

    @property
    def amount(self) -> Insulin:
        """Both parts together."""
        return self.fast + self.extended


@dataclass(slots=True)
class Bolus:
    """A prescription being carried out. Both amounts are whole numbers of pulses."""

    id: int
    wanted: Prescription
    set_at: Instant
    state: BolusState = BolusState.PROGRAMMED
    started_at: Instant | None = None
    fast_delivered: Insulin = 0
    extended_delivered: Insulin = 0
    next_fast: Instant = 0
    """When the next pulse of the fast part is due."""
    ran: Span = 0
    """How long the extended part has run up to ``running_since``."""
    running_since: Instant = 0
    record: int = 0
    """The number of the first history entry that its programming was recorded in."""

    @property
    def starts_at(self) -> Instant:
        """When the delay is over."""
        return self.set_at + (self.wanted.delay or 0)

    @property
    def delivered(self) -> Insulin:
        """What of both parts has been delivered, uU."""
        return self.fast_delivered + self.extended_delivered

    @property
    def remaining(self) -> Insulin:
        """What of both parts is still to be delivered, uU."""
        return self.wanted.amount - self.delivered

    def ran_by(self, now: Instant) -> Span:
        """How long the extended part has run."""
        return self.ran + (now - self.running_since if self.state is BolusState.EXTENDED else 0)

    def happen(self, event: BolusEvent, now: Instant) -> None:
        """Go on to the next state. Raises ``Refused`` for what the table does not have."""
        self.ran = self.ran_by(now)
        self.running_since = now
        self.state = after(BOLUS, self.state, event)

    def start(self, now: Instant, lead: Span) -> None:
        """The delay is over; the first fast pulse follows after ``lead``."""
        self.started_at = now
        self.next_fast = now + lead
        self.happen(BolusEvent.START if self.wanted.fast else BolusEvent.START_EXTENDED, now)

    def due(self, pulse: Insulin) -> Instant | None:
        """When the next pulse is due; None while nothing flows."""
        match self.state:
            case BolusState.FAST:
                return self.next_fast
            case BolusState.EXTENDED:
                # The k-th of n pulses is due when k/n of the duration has run.
                k, n = self.extended_delivered // pulse + 1, self.wanted.extended // pulse
                return self.running_since + -(-self.wanted.duration * k // n) - self.ran
            case _:
                return None

    def pulsed(self, pulse: Insulin, now: Instant, spacing: Span) -> None:
        """A pulse of it has been delivered."""
        if self.state is BolusState.FAST:
            self.fast_delivered += pulse
            self.next_fast = now + spacing
            if self.fast_delivered == self.wanted.fast:
                self.happen(BolusEvent.FAST_DONE if self.wanted.extended else BolusEvent.DELIVERED, now)
        else:
            self.extended_delivered += pulse
            if self.extended_delivered == self.wanted.extended:
                self.happen(BolusEvent.DELIVERED, now)
