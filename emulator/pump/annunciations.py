"""What the pump shows its user until it is confirmed. Source: IDS 1.0.2, sections 3.4 and 3.7.2.4 to 3.7.2.5."""

from dataclasses import field

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events
from isletbench.emulator.pump.happenings import AnnunciationConfirmed, Happens, Recorded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.records import AnnunciationChanged, Detail
from isletbench.emulator.pump.states import ANNUNCIATION, AnnunciationEvent, Reason, Refused, after
from isletbench.protocols.ids import AnnunciationStatus, AnnunciationType, StatusFlag

PRIORITY = (
    AnnunciationType.SYSTEM_ISSUE,
    AnnunciationType.MECHANICAL_ISSUE,
    AnnunciationType.OCCLUSION_DETECTED,
    AnnunciationType.RESERVOIR_EMPTY,
    AnnunciationType.BATTERY_EMPTY,
    AnnunciationType.INFUSION_SET_DETACHED,
    AnnunciationType.RESERVOIR_ISSUE,
    AnnunciationType.INFUSION_SET_INCOMPLETE,
    AnnunciationType.GLUCOSE_LOW,
    AnnunciationType.SUSPENDED_ON_LOW,
    AnnunciationType.RESERVOIR_LOW,
    AnnunciationType.BATTERY_LOW,
    AnnunciationType.CGM_SIGNAL_LOST,
    AnnunciationType.SUSPENDED_BEFORE_LOW,
    AnnunciationType.GLUCOSE_FALLING,
    AnnunciationType.GLUCOSE_HIGH,
    AnnunciationType.MAX_DELIVERY,
    AnnunciationType.DATE_TIME_ISSUE,
)
"""Errors, then maintenance, then low glucose, then warnings, then the rest, each in the order they arose: the server's choice
(IDS 1.0.2, section 3.4)."""
BLOCKING = frozenset(PRIORITY[: PRIORITY.index(AnnunciationType.GLUCOSE_LOW)])
"""While one of these is not confirmed a waiting pump does not become ready."""


@dataclass(slots=True)
class Annunciation:
    """Something the pump shows its user."""

    instance_id: int
    type: AnnunciationType
    detail: Detail | None = None
    status: AnnunciationStatus = AnnunciationStatus.PENDING
    quiet_until: Instant | None = None
    is_sent: bool = True
    """Whether clients are notified of what becomes of it."""

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller is shown first."""
        return (PRIORITY.index(self.type) if self.type in PRIORITY else len(PRIORITY), self.instance_id)

    def happen(self, event: AnnunciationEvent, quiet_until: Instant | None = None) -> None:
        """Go on to the next status. Raises ``Refused``."""
        self.status, self.quiet_until = after(ANNUNCIATION, self.status, event), quiet_until

    @property
    def recorded(self) -> Recorded:
        """What the history holds of its status."""
        record = AnnunciationChanged(self.instance_id, self.type, self.status, self.detail)
        return Recorded((record,), StatusFlag.ANNUNCIATION if self.is_sent else StatusFlag(0), self.is_sent)


@decides_deadline("active")
@dataclass(slots=True)
class Annunciations(Timed):
    """Those that are active: raised and not confirmed."""

    profile: PumpProfile
    active: dict[int, Annunciation] = field(default_factory=dict)
    last_id: int = 0
    is_muted: bool = False
    """Whether they neither sound nor vibrate, whatever the profile has."""
    is_unsent: bool = False
    """Whether clients are not notified of them, whatever the profile has."""

    @property
    def sound(self) -> bool:
        """Whether they sound or vibrate."""
        return self.profile.habits.sounds and not self.is_muted

    @property
    def are_sent(self) -> bool:
        """Whether clients are notified of them."""
        return self.profile.habits.sends_annunciations and not self.is_unsent

    def silence(self, *, sounds: bool, sends: bool) -> Happens[None]:
        """Sound from now on, and notify clients, or do not: annunciations are raised all the same."""
        self.is_muted, self.is_unsent = not sounds, not sends
        yield events.Silenced(sounds=sounds, sends=sends)

    def clear(self) -> None:
        """Delete all of them and number from 1, as another pump."""
        self.active.clear()
        self.last_id = 0
        self.retimed()

    def announce(self, type_: AnnunciationType, detail: Detail | None = None) -> Happens[int]:
        """Raise a new one, pending; its id."""
        self.last_id = self.last_id % 0xFFFF + 1
        raised = self.active[self.last_id] = Annunciation(self.last_id, type_, detail, is_sent=self.are_sent)
        yield events.AnnunciationRaised(id=raised.instance_id, type=type_.name, silent=None if self.sound else True)
        yield raised.recorded
        return raised.instance_id

    def snooze(self, instance_id: int, now: Instant) -> Happens[None]:
        """Quieten an annunciation for a while. Raises ``Refused``."""
        annunciation = self.of_id(instance_id)
        annunciation.happen(AnnunciationEvent.SNOOZE, now + self.profile.snooze)
        self.retimed()
        yield annunciation.recorded

    def snooze_over(self, at: Instant) -> Happens[None]:
        """Show those again whose time of quiet is over."""
        for annunciation in tuple(self.active.values()):
            if annunciation.quiet_until is not None and annunciation.quiet_until <= at:
                annunciation.happen(AnnunciationEvent.SNOOZE_OVER)
                self.retimed()
                yield annunciation.recorded

    def confirm(self, instance_id: int) -> Happens[None]:
        """The user has seen it: it is shown no more. Raises ``Refused``."""
        annunciation = self.of_id(instance_id)
        annunciation.happen(AnnunciationEvent.CONFIRM)
        del self.active[instance_id]
        self.retimed()
        yield annunciation.recorded
        yield AnnunciationConfirmed()

    def of_id(self, instance_id: int) -> Annunciation:
        """The active one of this id. Raises ``Refused``."""
        try:
            return self.active[instance_id]
        except KeyError:
            raise Refused(Reason.NOT_POSSIBLE, f"no annunciation {instance_id} is active") from None

    def has(self, type_: AnnunciationType) -> bool:
        """Whether one of this type is active."""
        return any(annunciation.type is type_ for annunciation in self.active.values())

    @property
    def blocking(self) -> bool:
        """Whether one that needs the user is active."""
        return any(annunciation.type in BLOCKING for annunciation in self.active.values())

    @property
    def shown(self) -> Annunciation | None:
        """The one the pump shows first."""
        return min(self.active.values(), key=lambda annunciation: annunciation.rank, default=None)

    @property
    def next_deadline(self) -> Instant | None:
        """When a snoozed one is shown again."""
        return min((a.quiet_until for a in self.active.values() if a.quiet_until is not None), default=None)
