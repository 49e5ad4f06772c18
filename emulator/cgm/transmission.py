"""When a measurement reaches whoever listens: delay, jitter, late results, losses."""

from collections import deque

from isletbench.emulator.cgm.losses import Chain
from isletbench.emulator.cgm.profile import Sending
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.core.agenda import Timed
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.core.values import dataclass


@dataclass(frozen=True, slots=True)
class TransmissionSnapshot:
    """The transmission of a sensor at one instant."""

    on_the_way: tuple[tuple[Instant, SensorRecord], ...]
    sent: tuple[SensorRecord, ...]
    drawn: int
    chain: str


class Transmission(Timed):
    """The results on their way out of a sensor. Each measurement draws once, so that nothing shifts what comes after it."""

    def __init__(self, profile: Sending, seed: int) -> None:
        self.sent: deque[SensorRecord] = deque()
        """Results that have left the sensor and that no endpoint has taken yet, oldest first."""
        self._profile = profile
        self._on_the_way: deque[tuple[Instant, SensorRecord]] = deque()
        self._chance = stream(seed, "sending")
        self._losses = Chain(profile.losses, stream(seed, "losses"))

    def draw(self, hour: int) -> Span | None:
        """How long the next result is on its way, ms; None when it is lost. ``hour`` is the local hour, 0..23."""
        lost = self._losses.loses(hour)
        delay = self._delay()
        return None if lost else delay

    def _delay(self) -> Span:
        delay = self._chance.randint(*self._profile.delay)
        is_late, late_by = self._chance.random() < self._profile.late, self._chance.randint(*self._profile.late_by)
        return delay + (late_by if is_late else 0)

    def send(self, record: SensorRecord, delay: Span) -> None:
        """Put a result on its way. Results leave in the order in which they were made."""
        leaves = record.at + delay
        if self._on_the_way:
            leaves = max(leaves, self._on_the_way[-1][0])
        self._on_the_way.append((leaves, record))
        self.retimed()

    @property
    def due(self) -> Instant | None:
        """When the next result leaves."""
        return self._on_the_way[0][0] if self._on_the_way else None

    def leave(self) -> None:
        """Let the next result leave."""
        self.sent.append(self._on_the_way.popleft()[1])
        self.retimed()

    def clear(self) -> None:
        """Discard everything that has not been taken."""
        self.sent.clear()
        self._on_the_way.clear()
        self.retimed()

    def snapshot(self) -> TransmissionSnapshot:
        """The transmission as it is now."""
        return TransmissionSnapshot(tuple(self._on_the_way), tuple(self.sent), self._losses.readings, self._losses.state)

    def restore(self, snapshot: TransmissionSnapshot) -> None:
        """Go on from a snapshot of a sensor of the same profile and seed; to be called on a new one."""
        self._on_the_way, self.sent = deque(snapshot.on_the_way), deque(snapshot.sent)
        self.retimed()
        self._losses.restore(snapshot.drawn, snapshot.chain)
        for _ in range(snapshot.drawn):
            self._delay()
