"""What goes on in the sensor, and what its user does, becomes entries of the receiver's database."""

from isletbench.emulator.cgm.events import Calibrated, CalibrationTaken, Sample, SessionChanged
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.cgm.states import Event as SessionEvent
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.dexcom_receiver.entries import (
    CalibrationSet,
    Egv,
    Entered,
    Insertion,
    MeterEntry,
    SettingsMade,
    Signal,
    Stamp,
)
from isletbench.emulator.endpoints.dexcom_receiver.layouts import HIGHEST, INTERCEPT, LOWEST
from isletbench.emulator.endpoints.dexcom_receiver.settings import UserEntry
from isletbench.emulator.endpoints.dexcom_receiver.state import ReceiverState
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.dexcom.records import NoGlucose, Partition, SessionState
from isletbench.protocols.fields import Special

SLOPE = 700.0
"""Counts of 1 mg/dL at a gain of 1 (choice, of the order of public captures)."""
STATES = {
    SessionEvent.START.value: SessionState.STARTED,
    SessionEvent.STOP.value: SessionState.REMOVED,
    SessionEvent.REMOVE.value: SessionState.REMOVED,
    SessionEvent.EXPIRE.value: SessionState.EXPIRED,
    SessionEvent.FAIL.value: SessionState.COUNTS_DEVIATION,
}
"""What the receiver writes down of a change of the session; the others it does not write down."""
HEALTH = ("illness", "stress", "high_symptoms", "low_symptoms", "cycle", "alcohol")
ENTERED = {
    "carbohydrate": (1, 0, 1),
    "insulin": (2, 0, 100),
    **{word: (3, code, 0) for code, word in enumerate(HEALTH, 1)},
    **{f"{word}_exercise": (4, code, 1) for code, word in enumerate(("light", "medium", "heavy"), 1)},
}
"""Type, subtype and how many of its units make one of the user's, by the word of a rig."""


class Observer:
    """Fills the database of a receiver."""

    def __init__(self, state: ReceiverState) -> None:
        self._state = state
        self._sensor, self._clocks = state.sensor, state.clocks
        self._next = 0  # the time offset of the next record of the session
        self._session: Instant | None = None  # when the session of these records began
        self._lost: set[int] = set()
        self._missed: list[SensorRecord] = []  # lost on their way, and sent again with the next one that arrives
        self._settings: SettingsMade | None = None
        self._calibrations: list[tuple[int, int, int]] = []

    def occurred(self, occurrence: Occurrence) -> None:
        """Write down an event of the sensor."""
        at, stamp = occurrence.at, self._clocks.stamp(occurrence.at)
        match occurrence.event:
            case Sample(time_offset=offset, lost=lost):
                if lost:
                    self._lost.add(offset)
                self.read_records()
            case SessionChanged(event=event) if event in STATES:
                if STATES[event] is SessionState.STARTED:
                    self._calibrations = []
                self._state.database.add(Partition.INSERTION_TIME, Insertion(stamp, STATES[event]))
            case CalibrationTaken(mg_dl=float(mg_dl)):
                self._state.database.add(Partition.METER_DATA, MeterEntry(stamp, round(mg_dl), at // 1_000))
                counts = self._counts(self._sensor.measuring.last)
                self._calibrations = [*self._calibrations, (stamp.system, round(mg_dl), counts)][-8:]
            case Calibrated(gain=gain):
                made = CalibrationSet(stamp, SLOPE / gain, tuple(self._calibrations))
                self._state.database.add(Partition.CAL_SET, made)
            case _:
                pass

    def read_records(self) -> None:
        """Take over the records that the sensor has stored since."""
        if self._session != self._sensor.session.began:
            self._session, self._next = self._sensor.session.began, 0
            self._lost.clear()
            self._missed.clear()
        for record in self._sensor.records_since(self._next):
            self._next = record.time_offset + 1
            self._take(record)

    def _take(self, record: SensorRecord) -> None:
        if record.time_offset in self._lost:
            self._lost.discard(record.time_offset)
            self._missed.append(record)
            return
        stamp = self._clocks.stamp(record.at)
        for missed in self._missed:
            self._state.database.add(Partition.BACKFILLED_EGV_DATA, self._egv(missed, stamp, backfilled=True))
        self._missed.clear()
        self._state.database.add(Partition.EGV_DATA, self._egv(record, stamp))
        counts = self._counts(record)
        if counts:
            self._state.database.add(Partition.SENSOR_DATA, Signal(stamp, counts, counts))

    def _egv(self, record: SensorRecord, stamp: Stamp, *, backfilled: bool = False) -> Egv:
        read_at = self._clocks.system(record.at)
        return Egv(stamp, read_at, record.at, _glucose(record), record.trend, backfilled=backfilled)

    def _counts(self, record: SensorRecord | None) -> int:
        """The raw signal of a record, counts; 0 for one without a number."""
        if record is None or not isinstance(record.glucose, float):
            return 0
        return round(record.glucose / self._sensor.calibrations.gain * SLOPE + INTERCEPT)

    def look(self, now: Instant) -> None:
        """Write down the user's settings where they have changed since they were last looked at."""
        stamp = self._clocks.stamp(now)
        made = self._state.settings_made(now, self._settings.stamp if self._settings else stamp)
        if made != self._settings:
            self._settings = self._state.settings_made(now, stamp)
            self._state.database.add(Partition.USER_SETTING_DATA, self._settings)

    def enter(self, entry: UserEntry) -> None:
        """Write down what the user enters."""
        type_, subtype, scale = ENTERED[entry.event]
        stamp = self._clocks.stamp(entry.at)
        self._state.database.add(Partition.USER_EVENT_DATA, Entered(stamp, type_, subtype, round(entry.value * scale)))


def _glucose(record: SensorRecord) -> int | NoGlucose:
    """The value as a receiver has it: LOW and HIGH beyond the range, and why there is none."""
    if record.annunciation & Annunciation.RESULT_LOWER_THAN_PROCESSABLE:
        return LOWEST
    if record.annunciation & Annunciation.RESULT_HIGHER_THAN_PROCESSABLE:
        return HIGHEST
    if isinstance(record.glucose, float):
        return max(LOWEST, min(HIGHEST, round(record.glucose)))
    if record.annunciation & Annunciation.CALIBRATION_REQUIRED:
        return NoGlucose.SENSOR_NOT_CALIBRATED
    return NoGlucose.ABSOLUTE_DEVIATION if record.glucose is Special.NRES else NoGlucose.COUNTS_DEVIATION
