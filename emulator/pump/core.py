"""The pump's voice: what every part of it tells in history, status bits, annunciations and ledger; its operational state."""

from typing import Any

from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Insulin
from isletbench.emulator.pump import events
from isletbench.emulator.pump.annunciations import Annunciation, Detail
from isletbench.emulator.pump.history import History
from isletbench.emulator.pump.memory import Memory
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import OperationalStateChanged, Record, ReservoirLevel
from isletbench.emulator.pump.states import OPERATIONAL, AnnunciationEvent, Operation, ReservoirState, after
from isletbench.protocols.ids import AnnunciationType, OperationalState, StatusFlag

NOTHING = StatusFlag(0)


class Core(Memory):
    """A pump of a profile, before it delivers anything."""

    def __init__(self, profile: PumpProfile, **memory: Any) -> None:
        super().__init__(**memory)
        self.profile = profile
        self.ledger = Ledger()
        self.history = History(profile.history)
        self.now: Instant = 0
        self.revision = 0
        """Grows with every change a client may want to hear of."""

    # Telling

    def reset_status(self, bits: StatusFlag) -> None:
        """The client has seen these changes."""
        self.changed &= ~bits
        self.revision += 1

    def log(self, at: Instant, event: events.PumpEvent) -> None:
        """Write an event into the ledger."""
        self.ledger.write(at, event)

    def record(self, at: Instant, *records: Record, changed: StatusFlag = NOTHING) -> int:
        """Write records together; the number of the first entry. The bit for the history rises when they can be read."""
        if not records:
            self.changes(changed)
            return self.history.next_number
        first = self.history.record(at, records)
        lagging = self.profile.history.lag > 0
        self.changes(changed if lagging else changed | StatusFlag.HISTORY_EVENT_RECORDED)
        return first

    def amend(self, number: int, record: Record) -> None:
        self.history.amend(number, record)
        self.changes(StatusFlag.HISTORY_EVENT_RECORDED)

    def changes(self, changed: StatusFlag) -> None:
        self.changed |= changed
        self.revision += 1

    # What it says is left

    def displayed(self, more: Insulin = 0) -> Insulin | None:
        """What it says is left, uU, had it ``more``; None without a reservoir."""
        if not self.reservoir.attached:
            return None
        shown = max(0, self.reservoir.believed + more - self.profile.hidden_margin)
        return shown if self.profile.shows_at_most is None else min(shown, self.profile.shows_at_most)

    def tell_level(self, at: Instant) -> None:
        shown = self.displayed()
        self.recorded_level = shown or 0
        self.record(at, ReservoirLevel(shown), changed=StatusFlag.RESERVOIR)

    # Operational state

    def operate(self, event: Operation, at: Instant, *with_: Record) -> None:
        """Go on to the next operational state, written down together with what brought it about. Raises ``Refused``."""
        old, new = self.operational, after(OPERATIONAL, self.operational, event)
        self.operational = new
        if old is new:
            self.record(at, *with_)
            return
        self.log(at, events.Operational(state=new.name))
        self.record(at, *with_)
        self.record(at, OperationalStateChanged(old, new), changed=StatusFlag.OPERATIONAL_STATE)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left for its user to do."""
        filled = self.reservoir.state is ReservoirState.FILLED
        return filled and not (self.annunciations.blocking or self.unprimed or self.worn_out)

    def settle(self, at: Instant) -> None:
        """A waiting pump becomes ready when nothing is left to be done."""
        if self.operational is OperationalState.WAITING and self.is_whole:
            self.operate(Operation.ACKNOWLEDGE, at)

    # Annunciations

    def announce(self, type_: AnnunciationType, at: Instant, detail: Detail | None = None) -> Annunciation:
        raised = self.annunciations.raise_(type_, detail)
        self.log(at, events.AnnunciationRaised(id=raised.instance_id, type=type_.name))
        self._tell_annunciation(raised, at)
        return raised

    def snooze(self, instance_id: int, now: Instant) -> None:
        """Quieten an annunciation for a while. Raises ``Refused``."""
        annunciation = self.annunciations.of_id(instance_id)
        annunciation.happen(AnnunciationEvent.SNOOZE, now + self.profile.snooze)
        self._tell_annunciation(annunciation, now)

    def snoozed_enough(self, at: Instant) -> None:
        for annunciation in tuple(self.annunciations.active.values()):
            if annunciation.quiet_until is not None and annunciation.quiet_until <= at:
                annunciation.happen(AnnunciationEvent.SNOOZE_OVER)
                self._tell_annunciation(annunciation, at)

    def confirm(self, instance_id: int, now: Instant) -> None:
        """The user has seen it: it is shown no more. Raises ``Refused``."""
        annunciation = self.annunciations.of_id(instance_id)
        annunciation.happen(AnnunciationEvent.CONFIRM)
        del self.annunciations.active[instance_id]
        self._tell_annunciation(annunciation, now)
        self.settle(now)

    def _tell_annunciation(self, annunciation: Annunciation, at: Instant) -> None:
        self.record(at, annunciation.record, changed=StatusFlag.ANNUNCIATION)
