"""A sensor that was killed at any instant and restored from its snapshot measures on as one that was never interrupted."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.cgm.actions import ACTIONS
from isletbench.emulator.cgm.calibration import Reference
from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.snapshot import SNAPSHOT
from isletbench.emulator.cgm.states import Refused
from isletbench.emulator.core.persistence import Mark, Stored, StoredRecord
from isletbench.emulator.core.quantities import Instant, hours, minutes
from isletbench.emulator.endpoints.cgms.persistence import SensorPersistence
from isletbench.emulator.patient.sources import sine
from isletbench.protocols.cgms import SampleLocation, SampleType
from isletbench.protocols.fields import DstOffset
from tests.cgm.talking import EPOCH, EVERYTHING

GLUCOSE = sine(150, 60, hours(5))
NOISY = replace(
    PROFILES["factory_10_day"], warm_up=minutes(5), sending=replace(PROFILES["factory_10_day"].sending, late=0.1), capacity=20
)
MAKES: dict[str, SensorProfile] = {
    **PROFILES,
    "noisy": NOISY,
    "facchinetti": replace(EVERYTHING, error_model="facchinetti2014"),
}


def new(profile: SensorProfile, seed: int = 1) -> Sensor:
    return Sensor(profile, GLUCOSE, epoch=EPOCH, seed=seed)


class Disk:
    """What a state file holds of one sensor."""

    def __init__(self) -> None:
        self.memory = b""
        self.records: dict[int, StoredRecord] = {}
        self.mark = Mark()

    def save(self, sensor: Sensor) -> None:
        snapshot = SensorPersistence().snapshot(sensor, self.mark)
        if snapshot.complete:
            self.records.clear()
        self.records |= {record.number: record for record in snapshot.records}
        self.records = {number: record for number, record in self.records.items() if number >= snapshot.oldest}
        self.memory, self.mark, self.ledger = snapshot.memory, snapshot.mark, list(sensor.ledger.entries)

    def restored(self, profile: SensorProfile, seed: int, now: Instant) -> Sensor:
        sensor = new(profile, seed)
        stored = Stored(memory=self.memory, records=list(self.records.values()), ledger=self.ledger)
        self.mark = SensorPersistence().restore(sensor, stored, now)
        return sensor


def calibrate(sensor: Sensor, now: Instant) -> None:
    minute, glucose = sensor.session.time_offset(now), float(round(GLUCOSE(now) or 0))
    sensor.calibrate(Reference(glucose, minute, SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER), now)


def act(name: str, **arguments: Any) -> Callable[[Sensor, Instant], object]:
    return lambda sensor, now: ACTIONS.parse(name, arguments).do(sensor, now)


DEEDS: dict[str, Callable[[Sensor, Instant], object]] = {
    "start": Sensor.start,
    "stop": Sensor.stop,
    "fail": Sensor.fail,
    "remove": Sensor.remove,
    "insert": Sensor.insert,
    "calibrate": calibrate,
    "time": lambda sensor, now: sensor.set_time(datetime(2026, 3, 1), 4, DstOffset.STANDARD, now),  # noqa: DTZ001
    "clock": lambda sensor, now: sensor.set_clock(datetime(2027, 3, 1), now),  # noqa: DTZ001
    "level": lambda sensor, now: sensor.set_level("hypo", 140.0),
    "interval": lambda sensor, now: sensor.set_interval(minutes(10)),
    "battery": lambda sensor, now: sensor.set_battery(12.5, now),
    "delete": lambda sensor, now: sensor.records.delete(list(sensor.records)[-2:]),
    "take": lambda sensor, now: sensor.transmission.sent.clear(),
    "shorten": lambda sensor, now: sensor.shorten(hours(20), now),
    "stick": act("stick"),
    "jump": act("jump", mg_dl=80),
    "compress": act("compress"),
    "offset": act("offset", mg_dl=-12.5),
    "wander": act("wander", mg_dl_per_day=7),
    "miscalibrate": act("miscalibrate", factor=1.3),
    "attenuate": act("attenuate"),
    "temperature": act("temperature", celsius=55),
    "mend": act("mend"),
    "nothing": lambda sensor, now: None,
}
SPANS = st.one_of(st.integers(0, minutes(20)), st.integers(0, hours(6)))


@settings(max_examples=25, deadline=None)
@given(
    make=st.sampled_from(sorted(MAKES)),
    seed=st.integers(0, 20),
    steps=st.lists(st.tuples(SPANS, st.sampled_from(sorted(DEEDS)), st.booleans()), max_size=8),
    last=SPANS,
)
def test_killed_at_any_instants_it_measures_on_as_one_that_was_not(
    make: str, seed: int, steps: list[tuple[int, str, bool]], last: int
) -> None:
    profile, disk, now = MAKES[make], Disk(), 0
    straight, killed = new(profile, seed), new(profile, seed)
    for span, deed, is_killed in steps:
        now += span
        for sensor in (straight, killed):
            sensor.advance(now)
            with suppress(Refused):
                DEEDS[deed](sensor, now)
        disk.save(killed)
        if is_killed:
            killed = disk.restored(profile, seed, now)
    now += last
    straight.advance(now)
    killed.advance(now)
    assert killed.ledger.entries == straight.ledger.entries
    assert list(killed.records) == list(straight.records)
    assert killed.transmission.sent == straight.transmission.sent
    assert killed.snapshot() == straight.snapshot()
    assert killed.status(now) == straight.status(now)
    assert (killed.clock(now), killed.next_deadline) == (straight.clock(now), straight.next_deadline)


@pytest.mark.parametrize("make", MAKES)
def test_a_snapshot_as_json_is_the_same_snapshot(make: str) -> None:
    sensor = new(MAKES[make])
    with suppress(Refused):
        sensor.start(0)
    sensor.advance(hours(7))
    with suppress(Refused):
        calibrate(sensor, hours(7))
    sensor.advance(hours(7) + minutes(6))
    snapshot = sensor.snapshot()
    assert SNAPSHOT.validate_json(SNAPSHOT.dump_json(snapshot)) == snapshot


def test_a_snapshot_does_not_change_with_its_sensor() -> None:
    sensor = new(EVERYTHING)
    sensor.advance(hours(1))
    snapshot, before = sensor.snapshot(), SNAPSHOT.dump_json(sensor.snapshot())
    calibrate(sensor, hours(1))
    sensor.set_level("hypo", 60.0)
    sensor.conditions.malfunction = True
    sensor.advance(hours(2))
    assert SNAPSHOT.dump_json(snapshot) == before


def test_what_is_no_stored_sensor_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="session"):
        SensorPersistence().restore(new(EVERYTHING), Stored(memory=b"{}", records=(), ledger=()), 0)
