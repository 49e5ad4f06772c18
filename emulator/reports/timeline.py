"""Everything that a report shows, on one time axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from isletbench.emulator.cgm.events import SensorEvent
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import Instant, Insulin
from isletbench.emulator.journal.bench_events import PaceChanged
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.meter.events import MeterEvent
from isletbench.emulator.metrics.episodes import Reading
from isletbench.emulator.patient.events import PatientEvent
from isletbench.emulator.pump.events import PumpEvent
from isletbench.emulator.reports.tracks import happenings
from isletbench.emulator.reports.tracks.glucose import SensorTrack, sensor_tracks
from isletbench.emulator.reports.tracks.happenings import Alarm, FaultTrack, LinkSpan
from isletbench.emulator.reports.tracks.insulin import PumpTrack, pump_tracks
from isletbench.emulator.reports.tracks.meter import MeterTrack, meter_tracks
from isletbench.emulator.reports.tracks.patient import Meal, PatientTrack, patient_track
from isletbench.emulator.scenarios.true_glucose import true_glucose

UNKNOWN_START = datetime(2000, 1, 1)  # noqa: DTZ001  # a device's local time has no zone
"""Where the journal does not say when the bench began."""
DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Timeline:
    """A run, as a report shows it."""

    header: Header
    start: datetime
    """The local time at the devices when the bench began: instant 0."""
    began: Instant
    """The first instant of the journal: 0, unless the bench was resumed from a file."""
    ended: Instant
    truth: list[Reading]
    """True glucose: the patient's in plasma, or what the first sensor was given to measure."""
    sensors: list[SensorTrack]
    pumps: list[PumpTrack]
    faults: list[FaultTrack]
    alarms: list[Alarm]
    connected: list[LinkSpan]
    unreachable: list[LinkSpan]
    conversation: Conversation
    entries: Sequence[Entry]
    patient: PatientTrack | None = None
    meters: Sequence[MeterTrack] = ()

    @property
    def meals(self) -> list[Meal]:
        """What was eaten and drunk, in the order of time."""
        return [] if self.patient is None else self.patient.meals

    @property
    def undelivered(self) -> Insulin:
        """Insulin that was asked for and did not arrive, uU: exactly where there is a patient, else what was pushed while
        nothing could reach the tissue counts."""
        found = [one for pump in self.pumps for one in pump.undelivered]
        held = self.in_line
        never_pushed = sum(one.uu for one in found if not one.pushed)
        return never_pushed + (sum(one.uu for one in found if one.pushed) if held is None else held)

    @property
    def in_line(self) -> Insulin | None:
        """What pumps have pushed and has not reached the tissue at the end, uU; None without a patient."""
        if self.patient is None or not self.patient.received:
            return None
        at, received = self.patient.received[-1]
        return sum(pump.pushed(cause, until=at + 1) for pump in self.pumps for cause in ("basal", "bolus")) - received

    @property
    def title(self) -> str:
        """What the run is called."""
        return self.header.rig or "a bench"

    @property
    def paces(self) -> list[str]:
        """How fast time passed, one pace after the other; nothing where the journal does not say."""
        begun = [] if self.header.pace is None else [self.header.pace]
        events = (entry.event for entry in self.entries if isinstance(entry, BenchEntry))
        return [pace for pace, _ in groupby([*begun, *(event.pace for event in events if isinstance(event, PaceChanged))])]

    def when(self, at: Instant) -> datetime:
        """The local time at the devices."""
        return self.start + timedelta(milliseconds=at)

    def day(self, at: Instant) -> int:
        """The calendar day, from 0."""
        return (at + self._into_first_day) // DAY

    def minute(self, at: Instant) -> float:
        """The minute of the day."""
        return (at + self._into_first_day) % DAY / 60_000

    def midnight(self, day: int) -> Instant:
        """When a calendar day begins."""
        return day * DAY - self._into_first_day

    @property
    def days(self) -> range:
        """The calendar days that the run touches."""
        return range(self.day(self.began), self.day(max(self.began, self.ended - 1)) + 1)

    @property
    def _into_first_day(self) -> int:
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        return round((self.start - midnight).total_seconds() * 1_000)


def timeline_of(entries: Sequence[Entry]) -> Timeline:
    """What the entries of a journal show, the header first."""
    header = entries[0] if entries and isinstance(entries[0], Header) else Header()
    conversation = conversation_of(entries)
    patients = [patient_track(conversation, name) for name in _devices(header, conversation, PatientEvent)]
    truth = true_glucose(conversation)
    sensors = sensor_tracks(conversation, _devices(header, conversation, SensorEvent), truth)
    meters = _devices(header, conversation, MeterEvent)
    return Timeline(
        header=header,
        start=UNKNOWN_START if header.start is None else datetime.fromisoformat(header.start),
        began=header.resumed_at or 0,
        ended=conversation.ended,
        truth=truth,
        sensors=sensors,
        pumps=pump_tracks(conversation, _devices(header, conversation, PumpEvent)),
        faults=happenings.fault_tracks(conversation.faults),
        alarms=happenings.alarms(conversation),
        connected=happenings.connected(conversation),
        unreachable=happenings.unreachable(conversation),
        conversation=conversation,
        entries=entries,
        patient=patients[0] if patients else None,
        meters=meter_tracks(conversation, meters, sensors[0].shown if sensors else []),
    )


def _devices(header: Header, conversation: Conversation, kind: type[Event]) -> list[str]:
    """The devices in which events of a kind happened, in the order of the rig."""
    found = {entry.device for entry in conversation.ledger if isinstance(entry.event, kind)}
    return [*(name for name in header.devices if name in found), *sorted(found - set(header.devices))]
