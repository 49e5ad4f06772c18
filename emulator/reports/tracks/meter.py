"""The tests of finger-stick meters, beside what the blood really held and what a sensor showed then."""

from dataclasses import dataclass, field

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.meter.events import BloodTested, ControlTested
from isletbench.emulator.metrics.episodes import Reading
from isletbench.emulator.reports.tracks.patient import value_at

HINGE, LIMIT = 100.0, 15.0
"""ISO 15197:2013: within 15 mg/dL below 100 mg/dL, within 15 % from there on."""


@dataclass(frozen=True, slots=True)
class FingerStick:
    """One test of blood. Glucose in mg/dL."""

    at: Instant
    sequence: int
    true: float
    """What the blood held."""
    shown: float | None
    """What the meter showed; None for a failed test."""
    words: str
    """The display in words: ``132 mg/dL``, ``HI``, ``failed: sample too small``."""
    is_beyond: bool = False
    """Whether it is beyond the range of the meter: ``shown`` is the limit."""
    sensor: float | None = None
    """What the first sensor showed at that time."""

    @property
    def off(self) -> float | None:
        """By how much it is off, mg/dL below 100 mg/dL of true glucose and % from there on; None without a number."""
        if self.shown is None or self.is_beyond:
            return None
        return 100.0 * (self.shown - self.true) / max(self.true, HINGE)


@dataclass(slots=True)
class MeterTrack:
    """One meter."""

    device: str
    sticks: list[FingerStick] = field(default_factory=list)
    controls: int = 0
    """Tests of control solution."""

    @property
    def within_iso(self) -> tuple[int, int]:
        """How many results are within the limits of ISO 15197:2013, of how many."""
        off = [stick.off for stick in self.sticks if stick.off is not None]
        return sum(abs(one) <= LIMIT for one in off), len(off)


def meter_tracks(conversation: Conversation, meters: list[str], sensor: list[Reading]) -> list[MeterTrack]:
    """The track of every meter, in the order of its name in the rig; ``sensor`` is what the first sensor showed."""
    tracks = {name: MeterTrack(name) for name in meters}
    for entry in conversation.events(BloodTested):
        test = entry.event
        is_beyond, beside = test.beyond is not None, value_at(sensor, entry.at)
        stick = FingerStick(entry.at, test.sequence, test.true_mg_dl, test.mg_dl, shown_by(test), is_beyond, beside)
        tracks[entry.device].sticks.append(stick)
    for control in conversation.events(ControlTested):
        tracks[control.device].controls += 1
    return [track for track in tracks.values() if track.sticks or track.controls]


def shown_by(test: BloodTested) -> str:
    """What the meter shows after a test, in words, in mg/dL."""
    if test.failed:
        return f"failed: {test.failed.replace('_', ' ')}"
    return test.beyond or f"{test.mg_dl:.0f} mg/dL"
