"""Filling the infusion set. Source: IDS 1.0.2, sections 3.7.2.21 and 3.7.2.22."""

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Insulin, in_units
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.amounts import out_of_range
from isletbench.emulator.pump.happenings import Happens, PrimingEnded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import PRIMING, PrimingEvent, PrimingState, after
from isletbench.protocols.ids import PrimingEndReason


@decides_deadline("next_deadline")
@dataclass(slots=True)
class Priming(Timed):
    """The priming that runs, if one does: ``amount`` uU are to be pushed, ``pushed`` have been."""

    profile: PumpProfile
    amount: Insulin | None = None
    next_deadline: Instant | None = None
    """When the next pulse is due."""
    pushed: Insulin = 0

    @property
    def state(self) -> PrimingState:
        """Whether the infusion set is being filled."""
        return PrimingState.IDLE if self.amount is None else PrimingState.PRIMING

    @property
    def runs(self) -> bool:
        """Whether the infusion set is being filled."""
        return self.amount is not None

    def check_amount(self, amount: Insulin) -> None:
        """Raises ``Refused`` for an amount that cannot be primed."""
        most = self.profile.limits.prime
        if not 0 < amount <= most or amount % self.profile.pulse:
            raise out_of_range(f"{in_units(amount)} U is no whole number of pulses up to {in_units(most)} U")

    def check(self, event: PrimingEvent) -> None:
        """Raises ``Refused`` when the event is not possible in this state."""
        after(PRIMING, self.state, event)

    def start(self, amount: Insulin, now: Instant) -> Happens[None]:
        """Push so much through the infusion set."""
        self.amount, self.pushed, self.next_deadline = amount, 0, now + self.profile.prime_spacing
        yield events.PrimingStarted(uu=amount)

    def pulsed(self, at: Instant) -> None:
        """A pulse has been pushed."""
        self.pushed += self.profile.pulse
        self.next_deadline = at + self.profile.prime_spacing

    def finish(self) -> Happens[None]:
        """End priming when all of it has been pushed."""
        if self.amount is not None and self.pushed >= self.amount:
            yield from self.end(PrimingEvent.REACHED, PrimingEndReason.AMOUNT_REACHED)

    def end(self, event: PrimingEvent, reason: PrimingEndReason, fault_id: int | None = None) -> Happens[None]:
        """End priming. Raises ``Refused`` when none runs."""
        self.check(event)
        done = records.PrimingDone(self.pushed, reason, fault_id)
        self.amount = self.next_deadline = None
        yield PrimingEnded(done)
