"""Therapy control: whether insulin may flow, and how long a pause may last. Source: IDS 1.0.2, section 3.3.1.1."""

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.happenings import Happens, Recorded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import THERAPY, Therapy, after
from isletbench.protocols.ids import StatusFlag, TherapyControlState


@decides_deadline("state", "paused_at")
@dataclass(slots=True)
class TherapyControl(Timed):
    """The therapy control state of a pump."""

    profile: PumpProfile
    state: TherapyControlState = TherapyControlState.STOP
    paused_at: Instant | None = None

    @property
    def runs(self) -> bool:
        """Whether therapy runs."""
        return self.state is TherapyControlState.RUN

    @property
    def stopped(self) -> bool:
        """Whether therapy is stopped."""
        return self.state is TherapyControlState.STOP

    @property
    def next_deadline(self) -> Instant | None:
        """When the pause has lasted as long as it may."""
        longest: Span = self.profile.max_pause
        return None if self.paused_at is None else self.paused_at + longest

    def happen(self, event: Therapy, at: Instant) -> Happens[None]:
        """Go on to the next therapy control state. Raises ``Refused``."""
        old, self.state = self.state, after(THERAPY, self.state, event)
        if old is self.state:
            return
        self.paused_at = at if self.state is TherapyControlState.PAUSE else None
        changed = StatusFlag.THERAPY_CONTROL_STATE
        if not self.runs:
            changed |= StatusFlag.TOTAL_DAILY_INSULIN
        yield Recorded((records.TherapyChanged(old, self.state),), changed)
        yield events.TherapyChanged(state=self.state.name)
