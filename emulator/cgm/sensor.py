"""The sensor: a session, a measurement every few minutes, a store of records. It knows no wire.

The machine holds its parts, advances them in time and couples them. A session's time offset counts whole minutes of the
sensor's own clock from its start and is the number of a record; it is never renumbered, so a gap is a reading that was never
measured. A reading that was measured and lost on its way is in the store. Source: CGMS 1.0.1, sections 3.1.1 and 3.4; numbers
in ``profile``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from isletbench.emulator.cgm import events
from isletbench.emulator.cgm.annunciation import WARNINGS, allowed
from isletbench.emulator.cgm.calibration import Calibrations, Reference
from isletbench.emulator.cgm.changes import Changes, SettingChanged
from isletbench.emulator.cgm.clock import DeviceClock
from isletbench.emulator.cgm.conditions import Conditions
from isletbench.emulator.cgm.error_models import Wear, early_failure
from isletbench.emulator.cgm.measurement import Disturbance, Measuring
from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.cgm.session import MILLION, SensorSession
from isletbench.emulator.cgm.snapshot import SensorSnapshot
from isletbench.emulator.cgm.states import Event, Reason, Refused, Session
from isletbench.emulator.cgm.transmission import Transmission
from isletbench.emulator.core.agenda import Agenda
from isletbench.emulator.core.battery import Battery
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Span, minutes
from isletbench.emulator.core.ring import RecordStore
from isletbench.protocols.cgms import Annunciation
from isletbench.protocols.fields import DstOffset, Special

_MS = timedelta(milliseconds=1)


class Sensor:
    """A sensor of one profile that measures the glucose of ``source``. Instant 0 is power-on, with a sensor inserted.

    ``epoch`` is the local date and time at instant 0; ``seed`` decides everything that is left to chance. Operations return
    what they have changed, or raise ``Refused`` and change nothing.
    """

    def __init__(self, profile: SensorProfile, source: Source, *, epoch: datetime, seed: int) -> None:
        self.profile = profile
        self.epoch = epoch
        self.ledger = Ledger()
        self.records = RecordStore[SensorRecord](profile.capacity, lambda record: record.time_offset)
        drift = profile.clock_drift
        pace = MILLION + stream(seed, "sensor clock").randint(-drift, drift)
        self.session = SensorSession(pace, profile.life)
        self.measuring = Measuring(profile, seed)
        self.transmission = Transmission(profile.sending, seed)
        self.calibrations = Calibrations.of_session(profile.calibration)
        self.levels = replace(profile.levels)
        self.conditions = Conditions()
        self.battery = Battery(profile.battery_life)
        self.device_clock = DeviceClock(pace, epoch)
        self.interval: Span = profile.cadence
        """Communication interval, ms; 0 is off. One for all clients, and it survives sessions."""
        self.source = source
        self._seed = seed
        self._inserted = 0
        self._due = self._all_due()
        self._agenda = Agenda([deadline for deadline, _ in self._due])
        self._watch()
        self.insert(0)

    def _happened(self, at: Instant, event: events.SensorEvent) -> events.SensorEvent:
        self.ledger.write(at, event)
        return event

    # The session

    def insert(self, now: Instant, *, fits: bool = True) -> Changes:
        """Insert a new sensor, another one with errors of its own. Raises ``Refused`` when one is in place."""
        changed = self._happened(now, self.session.enter(Event.INSERT))
        self.session.fits = fits
        self._inserted += 1
        midnight = -(timedelta(hours=self.epoch.hour, minutes=self.epoch.minute, seconds=self.epoch.second) // _MS)
        wear = Wear(f"{self._seed}/sensor/{self._inserted}", now, midnight)
        self.measuring.insert(wear, now + self.profile.wear)
        self.session.fails_at = early_failure(wear, self.profile.early_failures, self.profile.wear)
        if self.profile.starts_by_itself and fits:
            return (changed, *self.start(now))
        return (changed,)

    def remove(self, now: Instant) -> Changes:
        """Take the sensor out, ending a session that runs. Raises ``Refused`` when there is none."""
        changes = self._end(Event.REMOVE, now)
        self.session.type_error = False
        return changes

    def start(self, now: Instant) -> Changes:
        """Begin a session: everything of the one before is deleted. Raises ``Refused``."""
        changes = [self._happened(now, self.session.start(now, self.profile))]
        self.records.clear()
        self.measuring.begin()
        self.transmission.clear()
        self.calibrations = Calibrations.of_session(self.profile.calibration)
        self._watch()
        self.conditions.alert_latched = False
        if self.profile.warm_up == 0:
            changes.append(self._happened(now, self.session.enter(Event.WARM)))
        return tuple(changes)

    def stop(self, now: Instant) -> Changes:
        """End the session; what was measured stays readable. Raises ``Refused``."""
        return self._end(Event.STOP, now)

    def fail(self, now: Instant) -> Changes:
        """Fail for the rest of the sensor's life. Raises ``Refused`` when no session runs."""
        return self._end(Event.FAIL, now)

    def _end(self, event: Event, now: Instant) -> Changes:
        changed = self._happened(now, self.session.end(event, now))
        self.calibrations.settles = None
        return (changed,)

    def shorten(self, life: Span, now: Instant) -> Changes:
        """Correct the run time of the session downwards (CGMS 1.0.1, section 3.5)."""
        return (self.session.shorten(life, now),)

    def set_time(self, client_time: datetime, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> Changes:
        """Derive when the session began from the client's current time (CGMS 1.0.1, section 3.4.1).

        Changes nothing in a make that keeps the first time it was sent.
        """
        if self.session.start_time is not None and self.profile.choices.keeps_first_time:
            return ()
        return (self.session.set_time(client_time, time_zone, dst_offset, now),)

    # Settings

    def calibrate(self, reference: Reference, now: Instant) -> Changes:
        """Take a reference value. Raises ``Refused``."""
        if not self.session.active:
            raise Refused(Reason.WRONG_STATE, "there is no session to calibrate")
        warming_up = self.session.state is Session.WARMING_UP
        measuring, elapsed = self.measuring, self.session.elapsed(now)
        taken = self.calibrations.take(reference, elapsed, measuring.rate, measuring.reading_at, warming_up=warming_up)
        return (self._happened(now, taken),)

    def set_level(self, level: str, value: float | Special) -> Changes:
        """Set an alert level, by its field of ``AlertLevels``. Raises ``Refused`` for a value outside its range."""
        return (self.levels.set(level, value),)

    def set_interval(self, interval: Span | None) -> Changes:
        """Set the communication interval, ms: 0 is off, None the fastest one. Raises ``Refused`` for one that is too short."""
        fastest = self.profile.choices.fastest_interval
        wanted = fastest if interval is None else interval
        if 0 < wanted < fastest:
            raise Refused(Reason.OUT_OF_RANGE, f"expected at least {fastest // minutes(1)} min")
        self.interval = wanted
        return (SettingChanged("interval", wanted),)

    def clear_alert(self) -> Changes:
        """Clear the device-specific alert."""
        self.conditions.alert_latched = False
        return (SettingChanged("alert_latched", False),)

    # What the world does

    def disturb(self, disturbance: Disturbance) -> None:
        """Add an effect to those of the sensor, until ``mend``."""
        self.measuring.disturbances.append(disturbance)

    def mend(self) -> None:
        """Remove every disturbance and make the conditions normal; a latched alert stays."""
        self.measuring.disturbances.clear()
        self.conditions = Conditions(alert_latched=self.conditions.alert_latched)

    def clock(self, now: Instant) -> datetime:
        """The date and time that the device shows: local, and wrong by the drift of the make."""
        return self.device_clock.read(now)

    def set_clock(self, shown: datetime, now: Instant) -> Changes:
        """Set the date and time of the device. The session's time offset runs on."""
        return (self.device_clock.set(shown, now),)

    def battery_level(self, now: Instant) -> int:
        """The battery level, %."""
        return self.battery.level(now)

    def set_battery(self, level: float, now: Instant) -> Changes:
        """Insert a battery with ``level`` % in it; it drains from there."""
        self.battery.insert(level, now)
        return (SettingChanged("battery", level),)

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """When the next thing happens by itself."""
        return self._agenda.next

    def advance(self, now: Instant) -> None:
        """Let everything happen that was due by ``now``, each at its own instant."""
        while (place := self._agenda.due(now)) is not None:
            self._due[place][1](self._agenda.at(place))

    def _all_due(self) -> "tuple[tuple[Callable[[], Instant | None], Callable[[Instant], object]], ...]":
        """What happens by itself and when, in the order that counts when two things are due at once."""
        profile, measuring, transmission = self.profile, self.measuring, self.transmission
        return (
            (lambda: self.session.expires_at, partial(self._end, Event.EXPIRE)),
            (lambda: self.session.breaks_at, self.fail),
            (lambda: self.session.reminds_at(profile.reminder), lambda at: self._alert(at, self.session.remind())),
            (lambda: self.session.warm_at(profile.warm_up), self._warm),
            (lambda: self.session.reaches(self.calibrations.settles), self._settle),
            (lambda: self.session.measures_at(profile.warm_up + measuring.taken * profile.cadence), self._measure),
            (lambda: transmission.due, lambda at: transmission.leave()),
            (lambda: self.session.overstays_at, lambda at: self._alert(at, self.session.overstay())),
        )

    def _watch(self) -> None:
        """Let the parts that there are now say when one of these instants may be another one."""
        self._agenda.watch(self.session, (*range(6), 7))
        self._agenda.watch(self.calibrations, (4,))
        self._agenda.watch(self.measuring, (5,))
        self._agenda.watch(self.transmission, (6,))

    def _warm(self, at: Instant) -> None:
        self._happened(at, self.session.enter(Event.WARM))

    def _alert(self, at: Instant, event: events.SensorEvent) -> None:
        self._happened(at, event)
        self.conditions.alert_latched = True

    def _settle(self, at: Instant) -> None:
        settled = self.calibrations.settle()
        if not settled.status:
            self.measuring.calibrated(at)
        self._happened(at, settled)

    def _measure(self, at: Instant) -> None:
        self.measuring.count()
        offset = self.session.time_offset(at)
        hour = (self.epoch + timedelta(milliseconds=at)).hour
        # Every stream is drawn from once per measurement, so that one thing does not shift the others.
        attenuated, delay = self.measuring.attenuates(hour), self.transmission.draw(hour)
        glucose = self.source(at)
        if glucose is None:
            self._happened(at, events.NoSample(offset))
            return
        record = self._record(at, glucose, offset, attenuated)
        grid = self.profile.stored_every
        if grid is None or minutes(offset) % grid == 0:
            self.records.append(record)
        mg_dl, special = (record.glucose, None) if isinstance(record.glucose, float) else (None, str(record.glucose.value))
        self._happened(at, events.Sample(offset, glucose, mg_dl, special, lost=True if delay is None else None))
        if delay is not None:
            self.transmission.send(record, delay)

    def _record(self, at: Instant, glucose: float, offset: int, attenuated: bool) -> SensorRecord:
        measuring, status = self.measuring, self._status_annunciation(at)
        raw = measuring.sense(at, glucose, offset)
        uncalibrated = self.calibrations.missing(offset)
        invalid = measuring.why_invalid(self.conditions, attenuated=attenuated, uncalibrated=uncalibrated)
        if invalid is None:
            return measuring.result(at, offset, raw * self.calibrations.gain, self.levels, status)
        if attenuated:
            status |= Annunciation.SENSOR_MALFUNCTION
        return measuring.invalid(at, offset, invalid, status)

    # Status

    def annunciation(self, now: Instant) -> Annunciation:
        """The sensor status annunciation, with the warnings of the last result. CGMS 1.0.1, section 3.3."""
        annunciation, last = self._status_annunciation(now), self.measuring.last
        if self.session.state is Session.RUNNING and last is not None:
            annunciation |= last.annunciation & WARNINGS
        return allowed(annunciation, self.profile.features)

    def _status_annunciation(self, now: Instant) -> Annunciation:
        session, profile = self.session, self.profile
        annunciation = session.annunciation() | self.conditions.annunciation(profile.temperatures)
        if self.battery_level(now) < profile.battery_low:
            annunciation |= Annunciation.DEVICE_BATTERY_LOW
        if session.active:
            warming_up = session.state is Session.WARMING_UP
            offset, rate = session.time_offset(now), self.measuring.rate
            annunciation |= self.calibrations.annunciation(offset, rate, warming_up=warming_up)
        return annunciation

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The state of the sensor as plain data for people."""
        shown = self.measuring.last.glucose if self.measuring.last else None
        return {
            "session": self.session.state.value,
            "in_grace": self.session.in_grace,
            "time_offset_min": self.session.time_offset(now),
            "glucose_mg_dl": shown if isinstance(shown, float) else None,
            "records": len(self.records),
            "battery_percent": self.battery_level(now),
            "annunciation": [bit.name for bit in self.annunciation(now)],
        }

    # Snapshots

    def snapshot(self) -> SensorSnapshot:
        """The sensor as it is now, but for its records and its ledger."""
        return SensorSnapshot(
            session=replace(self.session),
            measurement=self.measuring.snapshot(),
            transmission=self.transmission.snapshot(),
            calibrations=self.calibrations.copy(),
            levels=replace(self.levels),
            conditions=replace(self.conditions),
            battery=replace(self.battery),
            device_clock=replace(self.device_clock),
            interval=self.interval,
            inserted=self._inserted,
        )

    def records_since(self, number: int) -> list[SensorRecord]:
        """The stored records from this number on, oldest first."""
        return [record for record in self.records if record.time_offset >= number]

    def restore(self, snapshot: SensorSnapshot, records: Iterable[SensorRecord], ledger: Iterable[Occurrence]) -> None:
        """Make a new sensor of the same profile, source, epoch and seed the one of which the snapshot was taken.

        It goes on as one that was never interrupted: ``advance`` then measures what has been due since.
        """
        self.session = replace(snapshot.session)
        self.measuring.restore(snapshot.measurement)
        self.transmission.restore(snapshot.transmission)
        self.calibrations = snapshot.calibrations.copy()
        self._watch()
        self.levels, self.conditions = replace(snapshot.levels), replace(snapshot.conditions)
        self.battery, self.device_clock = replace(snapshot.battery), replace(snapshot.device_clock)
        self.interval, self._inserted = snapshot.interval, snapshot.inserted
        self.records.clear()
        for record in records:
            self.records.append(record)
        self.ledger.restore(ledger)
