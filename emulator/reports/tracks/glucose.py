"""True glucose and what each sensor made of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import LedgerEntry
from isletbench.emulator.metrics.accuracy import Accuracy, accuracy_of
from isletbench.emulator.metrics.episodes import Reading, interval_of
from isletbench.emulator.reports.tracks.patient import value_at
from isletbench.emulator.scenarios.checks.queries import received_readings


@dataclass(slots=True)
class SensorTrack:
    """One sensor: what it showed, what of that reached clients, and the truth beside it. Glucose in mg/dL."""

    device: str
    measured: list[Instant] = field(default_factory=list)
    """When it measured."""
    shown: list[Reading] = field(default_factory=list)
    """Measurements that are numbers, whether they were sent or not."""
    without_number: list[Instant] = field(default_factory=list)
    """Measurements without a number: a special value, or nothing to measure."""
    lost: int = 0
    """Measurements that the sensor never sent."""
    received: list[Reading] = field(default_factory=list)
    """Numbers that reached clients, each once, by the time of measurement."""

    reference: list[Reading] = field(default_factory=list)
    """What a blood test would have found (``true_glucose``)."""

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """Every number that the sensor showed, with the truth at that instant: (reference, measured)."""
        found = ((value_at(self.reference, at), mg_dl) for at, mg_dl in self.shown)
        return [(reference, mg_dl) for reference, mg_dl in found if reference is not None]

    @property
    def accuracy(self) -> Accuracy | None:
        """How well it measured; None where it never showed a number in the range of comparison."""
        return accuracy_of(self.pairs)

    @property
    def interval(self) -> Span:
        """The usual time between two measurements, ms."""
        return interval_of(self.measured)


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """How complete the readings of a sensor are. Percent of the readings that its interval allows in the time of the run."""

    possible: int
    shown: float
    """Measured, and a number."""
    received: float
    """Reached a client, live or later from the sensor's memory."""
    days: float

    @property
    def is_enough(self) -> bool:
        """Whether the consensus would let one judge by them: 70 % of 14 days (Battelino 2019)."""
        return self.received >= 70.0 and self.days >= 14.0


def sufficiency_of(track: SensorTrack, began: Instant, ended: Instant) -> Sufficiency:
    """How complete a sensor's readings are between two instants."""
    possible = max(1, round((ended - began) / track.interval), len(track.shown))
    return Sufficiency(
        possible=possible,
        shown=100.0 * len(track.shown) / possible,
        received=100.0 * len(track.received) / possible,
        days=(ended - began) / 86_400_000,
    )


def sensor_tracks(conversation: Conversation, sensors: Iterable[str], truth: list[Reading]) -> list[SensorTrack]:
    """The track of every sensor, in the order of its name in the rig, held against true glucose."""
    tracks = {name: SensorTrack(name) for name in sensors}
    for entry in conversation.ledger:
        track = tracks.get(entry.device)
        if track is not None:
            _measured(track, entry)
    for name, track in tracks.items():
        track.received = _received(conversation, name)
        track.reference = truth
    return [track for track in tracks.values() if track.measured or track.without_number]


def _measured(track: SensorTrack, entry: LedgerEntry[object]) -> None:  # type: ignore[type-var]
    match entry.event:
        case Sample(mg_dl=mg_dl, lost=lost):
            track.measured.append(entry.at)
            track.lost += bool(lost)
            if mg_dl is None:
                track.without_number.append(entry.at)
            else:
                track.shown.append(Reading(entry.at, mg_dl))
        case NoSample():
            track.without_number.append(entry.at)


def _received(conversation: Conversation, sensor: str) -> list[Reading]:
    found: dict[Instant, float] = {}
    for reading in received_readings(conversation):
        if reading.device == sensor and reading.mg_dl is not None and reading.mg_dl > 0:
            found.setdefault(reading.measured, reading.mg_dl)
    return [Reading(at, found[at]) for at in sorted(found)]
