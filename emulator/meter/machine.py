"""The meter: a drop of blood, a countdown, a result, a record. It knows no wire.

A test takes a strip and gives a result when its countdown is over; then it is stored under the next sequence number, with what
the clocks said and what was wrong at that time. A stored record never changes, but for what the user marks it with later.
Source: GLS 1.0.1, sections 3.1 and 3.2; numbers in ``profile``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from isletbench.emulator.core.battery import Battery
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.ring import RecordStore
from isletbench.emulator.meter import events
from isletbench.emulator.meter.clock import MILLION, MeterClock
from isletbench.emulator.meter.problems import DETECTED_BY, Problem
from isletbench.emulator.meter.profile import MeterProfile
from isletbench.emulator.meter.records import Mark, MeterRecord
from isletbench.emulator.meter.strips import MMOL_L, Strips, Vial
from isletbench.protocols.gls import Annunciation, SampleLocation, SampleType

ROOM = 23.0
"""Degrees Celsius."""
LAST_SEQUENCE = 0xFFFF
"""The sequence number has 16 bits and does not roll over: beyond it nothing is stored."""
CONTROL_ORIGIN = SampleType.CONTROL_SOLUTION, SampleLocation.CONTROL_SOLUTION


class Refused(Exception):
    """The meter does not do it; nothing has changed. The message says why."""


@dataclass(frozen=True, slots=True)
class RunningTest:
    """A test under way."""

    due: Instant
    level: int | None = None
    """Of control solution; None for blood."""
    location: SampleLocation = SampleLocation.FINGER
    problem: Problem | None = None
    """What goes wrong with it."""
    mark: Mark | None = None


class Meter:
    """A meter of one profile that tests the blood of ``source``. ``name`` tells its chances from those of other meters."""

    def __init__(self, profile: MeterProfile, source: Source, *, epoch: datetime, seed: int, name: str) -> None:
        self.profile = profile
        self.source = source
        self.ledger = Ledger()
        self.records = RecordStore[MeterRecord](profile.capacity, lambda record: record.number)
        self.strips = Strips(profile, seed, name)
        drift = stream(seed, name, "meter clock").randint(-profile.clock_drift, profile.clock_drift)
        self.clocks = MeterClock(MILLION + drift, epoch)
        self.battery = Battery(profile.battery_life)
        self.temperature = ROOM
        """Degrees Celsius."""
        self.test: RunningTest | None = None
        """The test under way."""
        self.last: MeterRecord | None = None
        """What the display shows."""
        self._numbers = 0  # records so far
        self._sequence = 0  # the number of the next record
        self.ledger.write(0, events.VialOpened(self.strips.vial.number, self.strips.vial.bias))

    # Tests

    def begin(
        self,
        now: Instant,
        *,
        level: int | None = None,
        location: SampleLocation = SampleLocation.FINGER,
        problem: Problem | None = None,
        mark: Mark | None = None,
    ) -> None:
        """Put blood, or control solution, on a strip. Raises ``Refused`` while a test is under way, or without power."""
        if self.test is not None:
            raise Refused("a test is under way: its countdown has to end first")
        if self.battery.level(now) == 0:
            raise Refused("the battery is empty")
        if mark is not None and not self.profile.habits.has_context:
            raise Refused("this make has no marks")
        self.test = RunningTest(now + self.profile.countdown, level, location, problem, mark)

    def advance(self, now: Instant) -> None:
        """Let the test that is due by ``now`` give its result."""
        if self.test is not None and self.test.due <= now:
            test, self.test = self.test, None
            self._end(test, test.due)

    @property
    def next_deadline(self) -> Instant | None:
        """When the test under way ends."""
        return None if self.test is None else self.test.due

    def _end(self, test: RunningTest, at: Instant) -> None:
        vial = self.strips.vial.number
        chance = self.strips.take()
        if self.strips.vial.number != vial:
            self._write_vial(at)
        status = self._status(test, at)
        reference = self.source(at) if test.level is None else self.strips.control(test.level, chance)
        if reference is None:
            self.ledger.write(at, events.NotTested("there is no glucose to measure"))
            return
        if self._sequence > LAST_SEQUENCE:
            self.ledger.write(at, events.NotTested("all sequence numbers are used"))
            return
        failed = self._failure(status)
        measured = self.strips.result(reference, chance) if test.level is None else reference
        mg_dl, beyond = (None, None) if failed else self._shown(measured)
        if beyond == "HI":
            status |= self._detected(Annunciation.RESULT_TOO_HIGH)
        elif beyond == "LO":
            status |= self._detected(Annunciation.RESULT_TOO_LOW)
        record = self._store(test, at, mg_dl, beyond, status)
        if test.level is not None and mg_dl is not None:
            self.ledger.write(at, events.ControlTested(record.sequence, test.level, mg_dl))
        else:
            self.ledger.write(at, events.BloodTested(record.sequence, reference, mg_dl, beyond, failed))

    def _shown(self, measured: float) -> tuple[float, str | None]:
        """What is shown, and whether it is beyond the range."""
        low, high = self.profile.low, self.profile.high
        if measured > high:
            return self.strips.rounded(high), "HI"
        if measured < low:
            return self.strips.rounded(low), "LO"
        return self.strips.rounded(measured), None

    def _store(
        self, test: RunningTest, at: Instant, mg_dl: float | None, beyond: str | None, status: Annunciation
    ) -> MeterRecord:
        origin = CONTROL_ORIGIN if test.level is not None else (self.profile.sample_type, test.location)
        base, offset = self.clocks.stamp(at)
        self.last = MeterRecord(
            number=self._numbers,
            sequence=self._sequence,
            at=at,
            base_time=base,
            offset=offset,
            mg_dl=mg_dl,
            beyond=beyond,
            origin=origin,
            annunciation=status,
            mark=test.mark,
        )
        self.records.append(self.last)
        self._numbers += 1
        self._sequence += 1
        return self.last

    # What is wrong at a test

    def _status(self, test: RunningTest, at: Instant) -> Annunciation:
        coldest, hottest = self.profile.temperatures
        status = Annunciation(0)
        for bit, holds in (
            (Annunciation.BATTERY_LOW, self.battery.level(at) < self.profile.battery_low),
            (Annunciation.TEMPERATURE_TOO_HIGH, self.temperature > hottest),
            (Annunciation.TEMPERATURE_TOO_LOW, self.temperature < coldest),
            (Annunciation.TIME_FAULT, self.clocks.is_lost),
        ):
            if holds:
                status |= self._detected(bit)
        if test.problem is not None:
            status |= self._detected(test.problem.annunciation)
        return status

    def _detected(self, bit: Annunciation) -> Annunciation:
        """The bit, if this make can detect what it says."""
        return bit if DETECTED_BY[bit] & self.profile.features else Annunciation(0)

    def _failure(self, status: Annunciation) -> str | None:
        """Why a test with this status has no result."""
        failing = status & ~(Annunciation.BATTERY_LOW | Annunciation.TIME_FAULT)
        return None if not failing else ", ".join(str(bit.name).lower() for bit in failing)

    # What the user does

    def mark(self, sequence: int | None, mark: Mark, now: Instant) -> None:
        """Tell the meter something of a record, the last one unless a sequence number is given. Raises ``Refused``."""
        if not self.profile.habits.has_context:
            raise Refused("this make has no marks")
        found = [record for record in self.records if sequence in {None, record.sequence}]
        if not found:
            raise Refused("there is no such record")
        self.records.replace(found[-1].number, lambda record: replace(record, mark=mark))
        self.ledger.write(now, events.Marked(found[-1].sequence))

    def clear(self, now: Instant) -> None:
        """Delete every record; numbers go on."""
        self.ledger.write(now, events.MemoryCleared(len(self.records)))
        self.records.clear()

    def open_vial(self, now: Instant) -> None:
        """Open a new vial of strips."""
        self.strips.open_vial()
        self._write_vial(now)

    def _write_vial(self, at: Instant) -> None:
        vial: Vial = self.strips.vial
        self.ledger.write(at, events.VialOpened(vial.number, vial.bias))

    def clock(self, now: Instant) -> datetime:
        """The date and time that the display shows."""
        return self.clocks.shown(now)

    def set_clock(self, shown: datetime, now: Instant) -> bool:
        """Set the display. Stored records stay as they are (GLS 1.0.1, section 3.1.1.4)."""
        by = round((shown - self.clocks.shown(now)).total_seconds())
        self.clocks.set(shown, now)
        self.ledger.write(now, events.ClockSet(by))
        return True

    def replace_battery(self, percent: float, now: Instant) -> None:
        """Put another battery in: a test under way is lost, and what the make forgets without power."""
        habits = self.profile.habits
        self.test = None
        self.battery.insert(percent, now)
        if habits.loses_clock:
            self.clocks.lose(now)
        if habits.restarts_numbers:
            self._sequence = 0
        self.ledger.write(now, events.BatteryReplaced(percent, habits.loses_clock))

    def battery_level(self, now: Instant) -> int:
        """The battery level, %."""
        return self.battery.level(now)

    # Status

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The state of the meter as plain data for people: above all what its display shows."""
        last = self.last
        return {
            "display": display(last, self.profile.unit),
            "glucose_mg_dl": None if last is None or last.beyond else last.mg_dl,
            "testing": self.test is not None,
            "records": len(self.records),
            "next_sequence": self._sequence,
            "strips": self.strips.vial.left,
            "clock": self.clock(now).isoformat(timespec="seconds"),
            "battery_percent": self.battery_level(now),
        }

    # Snapshots

    @property
    def counters(self) -> tuple[int, int]:
        """How many records there were, and the sequence number of the next one."""
        return self._numbers, self._sequence

    def restore(self, counters: tuple[int, int], records: Iterable[MeterRecord], ledger: Iterable[Occurrence]) -> None:
        """Take over what a stored meter had; its parts are set beside."""
        self._numbers, self._sequence = counters
        self.records.clear()
        for record in records:
            self.records.append(record)
        self.last = self.records.newest
        self.ledger.restore(ledger)


def display(record: MeterRecord | None, unit: str) -> str:
    """What the display shows after a test."""
    if record is None:
        return "no test yet"
    if record.beyond is not None:
        return record.beyond
    if record.mg_dl is None:
        return "error"
    return f"{record.mg_dl:.0f} mg/dL" if unit == "mg/dL" else f"{record.mg_dl / MMOL_L:.1f} mmol/L"
