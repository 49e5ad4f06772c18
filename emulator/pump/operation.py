"""The operational state: whether the pump as an apparatus is ready. Source: IDS 1.0.2, section 3.3.1.2."""

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import Happens, Recorded
from isletbench.emulator.pump.records import OperationalStateChanged, Record
from isletbench.emulator.pump.states import OPERATIONAL, Operation, after
from isletbench.protocols.ids import OperationalState, StatusFlag


@dataclass(slots=True)
class OperationControl:
    """The operational state of a pump."""

    state: OperationalState = OperationalState.READY

    def check(self, event: Operation) -> None:
        """Raises ``Refused`` when the event is not possible in this state."""
        after(OPERATIONAL, self.state, event)

    def happen(self, event: Operation, *causes: Record) -> Happens[None]:
        """Go on to the next operational state; ``causes`` are recorded before it. Raises ``Refused``."""
        old, self.state = self.state, after(OPERATIONAL, self.state, event)
        if causes:
            yield Recorded(causes)
        if old is not self.state:
            yield events.Operational(state=self.state.name)
            yield Recorded((OperationalStateChanged(old, self.state),), StatusFlag.OPERATIONAL_STATE)
