"""The session of a sensor: its state, its time, its life. Source: CGMS 1.0.1, sections 3.4 and 3.5."""

from datetime import datetime, timedelta

from isletbench.emulator.cgm.annunciation import raised
from isletbench.emulator.cgm.changes import SettingChanged
from isletbench.emulator.cgm.events import EndOfLifeReminder, GraceBegan, SessionChanged
from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.states import ACTIVE, Event, Reason, Refused, Session, after
from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation, Feature
from isletbench.protocols.fields import DstOffset

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class StartTime:
    """When the session began by the client's clock, with the zone and offset that the client sent."""

    began: datetime
    time_zone: int | None
    """Quarter hours from UTC; None is unknown."""
    dst_offset: DstOffset


@decides_deadline("state", "began", "life", "grace", "in_grace", "reminded", "fails_at")
@dataclass(slots=True)
class SensorSession(Timed):
    """The state of the sensor and, while a session is active, its time by the sensor's own clock."""

    pace: int
    """Real milliseconds in a million milliseconds of the sensor's clock."""
    life: Span
    """How long the session lasts, from its start, by what the sensor says."""
    grace: Span = 0
    """How much longer it goes on."""
    in_grace: bool = False
    """Whether its life is over."""
    state: Session = Session.NO_SENSOR
    began: Instant = 0
    ended: Instant = 0
    start_time: StartTime | None = None
    """None until a client has sent it."""
    reminded: bool = False
    """Whether the end-of-life reminder of this session has been given."""
    fails_at: Instant | None = None
    """When the inserted sensor will fail by itself."""
    fits: bool = True
    """Whether the inserted sensor is of the type that the device is made for."""
    type_error: bool = False
    """Whether the device has found that it is not."""

    @property
    def active(self) -> bool:
        """Whether a session runs, warm-up included."""
        return self.state in ACTIVE

    def enter(self, event: Event) -> SessionChanged:
        """Make a transition. Raises ``Refused``, changing nothing."""
        self.state = after(self.state, event)
        return SessionChanged(event.value, self.state.value)

    def start(self, now: Instant, profile: SensorProfile) -> SessionChanged:
        """Start a session: time counts from ``now``, nothing of the session before remains. Raises ``Refused``."""
        after(self.state, Event.START)
        if self.state is Session.STOPPED and Feature.MULTIPLE_SESSIONS not in profile.features:
            raise Refused(Reason.NO_SECOND_SESSION)
        if not self.fits:
            self.type_error = Feature.SENSOR_TYPE_ERROR_DETECTION in profile.features
            raise Refused(Reason.WRONG_TYPE)
        self.began, self.life, self.start_time, self.reminded = now, profile.life, None, False
        self.grace, self.in_grace = profile.grace, False
        return self.enter(Event.START)

    def end(self, event: Event, now: Instant) -> SessionChanged:
        """Make a transition to a state without a session; time stops. Raises ``Refused``, changing nothing."""
        was_active = self.active
        changed = self.enter(event)
        if was_active:
            self.ended = now
        self.fails_at = None
        return changed

    def shorten(self, life: Span, now: Instant) -> SettingChanged:
        """Correct the run time downwards (CGMS 1.0.1, section 3.5)."""
        self.life = min(self.life, max(life, self.elapsed(now)))
        return SettingChanged("life", self.life)

    def overstay(self) -> GraceBegan:
        """Go on although the life of the session is over."""
        self.in_grace = True
        return GraceBegan()

    def remind(self) -> EndOfLifeReminder:
        """Give the end-of-life reminder of this session."""
        self.reminded = True
        return EndOfLifeReminder()

    def annunciation(self) -> Annunciation:
        """What the state of the session raises."""
        return raised(
            (
                (Annunciation.SESSION_STOPPED, not self.active),
                (Annunciation.SENSOR_TYPE_INCORRECT, self.type_error),
                (Annunciation.SENSOR_MALFUNCTION, self.state is Session.FAILED),
                (Annunciation.TIME_SYNCHRONIZATION_REQUIRED, self.start_time is None),
            )
        )

    # What happens by itself

    @property
    def expires_at(self) -> Instant | None:
        """When a running session stops by itself."""
        return self.instant_of(self.life + self.grace) if self.state is Session.RUNNING else None

    @property
    def overstays_at(self) -> Instant | None:
        """When the life of a running session is over that has a time of grace."""
        if self.state is not Session.RUNNING or self.in_grace or not self.grace:
            return None
        return self.instant_of(self.life)

    @property
    def breaks_at(self) -> Instant | None:
        """When the sensor fails by itself, if it does while a session is active."""
        return max(self.fails_at, self.began) if self.active and self.fails_at is not None else None

    def reminds_at(self, before: Span | None) -> Instant | None:
        """When the reminder is due that a make gives this much ``before`` the end of a session's life."""
        if before is None or self.reminded or not self.active:
            return None
        return self.instant_of(max(self.life - before, 0))

    def warm_at(self, warm_up: Span) -> Instant | None:
        """When a session that is warming up for this long is warm."""
        return self.instant_of(warm_up) if self.state is Session.WARMING_UP else None

    def reaches(self, elapsed: Span | None) -> Instant | None:
        """When this much time has passed since the session's start."""
        return None if elapsed is None else self.instant_of(elapsed)

    def measures_at(self, elapsed: Span) -> Instant | None:
        """When a running session comes to the measurement at this time since its start."""
        return self.instant_of(elapsed) if self.state is Session.RUNNING else None

    # Time

    def elapsed(self, now: Instant) -> Span:
        """Time since the session's start by the sensor's own clock; it stops with the session."""
        until = now if self.active else self.ended
        return max(until - self.began, 0) * MILLION // self.pace

    def instant_of(self, elapsed: Span) -> Instant:
        """When the sensor's own clock shows this time since the session's start."""
        return self.began - (-elapsed * self.pace // MILLION)

    def time_offset(self, now: Instant) -> int:
        """Whole minutes since the session's start: the number of a record made now."""
        return self.elapsed(now) // minutes(1)

    def set_time(self, client_time: datetime, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> SettingChanged:
        """Derive when the session began from the client's current time. CGMS 1.0.1, section 3.4.1."""
        began = client_time - timedelta(milliseconds=self.elapsed(now))
        self.start_time = StartTime(began, time_zone, dst_offset)
        return SettingChanged("start_time", began)
