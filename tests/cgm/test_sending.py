"""When a reading reaches whoever listens: cadence, delay, jitter, losses, late readings, a clock that is a little wrong."""

from dataclasses import replace
from itertools import groupby
from statistics import fmean

import pytest

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.cgm.losses import PRESETS, Chain, Losses
from isletbench.emulator.cgm.profile import PROFILES, Sending, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.quantities import Instant, days, hours, minutes, seconds
from isletbench.emulator.patient.sources import constant
from tests.cgm.talking import EPOCH, EVERYTHING, fetch, measurements, rising, sensor_of, talk


def sending(**changes: object) -> SensorProfile:
    return replace(EVERYTHING, sending=Sending(**changes))  # type: ignore[arg-type]  # the names are its own


def arrivals(profile: SensorProfile, until: Instant, seed: int = 1) -> list[tuple[int, Instant, Instant]]:
    """(time offset, measured, announced) of every reading that was heard."""
    sensor, heard = Sensor(profile, constant(100.0), epoch=EPOCH, seed=seed), []
    while (due := sensor.next_deadline) is not None and due <= until:
        sensor.advance(due)
        while sensor.transmission.sent:
            record = sensor.transmission.sent.popleft()
            heard.append((record.time_offset, record.at, due))
    return heard


@pytest.mark.parametrize("cadence", [1, 5, 15])
def test_readings_come_at_the_cadence(cadence: int) -> None:
    made = talk(profile=replace(EVERYTHING, cadence=minutes(cadence)))
    made.pass_to(hours(1))
    told = measurements(made)
    assert [m.time_offset for m in told] == list(range(cadence, 61, cadence))
    assert [m.glucose for m in told] == [100.0 + minute for minute in range(cadence, 61, cadence)]


def test_delay_and_jitter_are_between_measuring_and_sending() -> None:
    heard = arrivals(sending(delay=(seconds(1), seconds(4))), days(2))
    delays = [announced - measured for _, measured, announced in heard]
    assert all(seconds(1) <= delay <= seconds(4) for delay in delays)
    assert fmean(delays) == pytest.approx(seconds(2.5), abs=150)
    assert [offset for offset, _, _ in heard] == list(range(0, 2880, 5)), "whole minutes all the same"


def test_a_late_reading_holds_up_those_after_it_and_none_is_lost() -> None:
    profile = replace(sending(late=0.1, late_by=(seconds(200), seconds(400))), cadence=minutes(1))
    heard = arrivals(profile, hours(12))
    assert [offset for offset, _, _ in heard] == list(range(len(heard)))
    assert [announced for _, _, announced in heard] == sorted(announced for _, _, announced in heard)
    late = [announced - measured for _, measured, announced in heard if announced > measured]
    assert max(late) >= seconds(200)
    assert 0.2 < len(late) / len(heard) < 0.6


def test_a_late_reading_tells_when_it_was_measured() -> None:
    made = talk(profile=sending(late=1.0, late_by=(minutes(2), minutes(2))))
    made.pass_to(minutes(11))
    assert [m.time_offset for m in measurements(made)] == [0, 5]
    made.pass_to(minutes(12))
    assert [(m.time_offset, m.glucose) for m in measurements(made)] == [(10, 110.0)]


def test_a_reading_that_was_not_heard_is_stored_and_backfilled() -> None:
    made = talk(rising, sending(losses=Losses(into_blip=0.3, out_of_blip=0.5)))
    made.pass_to(hours(10))
    live = {m.time_offset for m in measurements(made)}
    stored, _ = fetch(made)
    assert stored == list(range(0, 605, 5))
    lost = set(stored) - live - {0}
    assert 20 < len(lost) < 80
    told = {sample.time_offset for _, sample in sensor_of(made).ledger.of(Sample) if sample.lost}
    assert lost <= told <= lost | {0}


def test_typical_losses_are_those_of_the_recorded_days() -> None:
    chain, per_day = Chain(PRESETS["typical"], stream(1, "losses")), 288
    lost = [chain.loses(slot // 12 % 24) for slot in range(per_day * 400)]
    gaps = [len(list(run)) for is_lost, run in groupby(lost) if is_lost]
    assert fmean(lost) == pytest.approx(0.040, abs=0.005)
    assert len(gaps) / 400 == pytest.approx(9.8, rel=0.1)
    assert sum(length == 1 for length in gaps) / len(gaps) == pytest.approx(0.931, abs=0.03)
    long = [length for length in gaps if length >= 3]
    assert len(long) / 400 == pytest.approx(0.21, abs=0.1)
    assert fmean(long) == pytest.approx(7, abs=2)


def test_outages_begin_more_easily_by_day() -> None:
    by_hour = []
    for hour in (12, 3):
        chain = Chain(Losses(into_outage=0.01, out_of_outage=0.5), stream(1, "losses"))
        by_hour.append(sum(chain.loses(hour) for _ in range(20_000)))
    assert by_hour[0] == pytest.approx(3 * by_hour[1], rel=0.2)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("perfect", 0, 0), ("good", 0.5, 2), ("crowded_2_4GHz", 9, 14), ("pocket", 5, 12)]
)
def test_every_preset_loses_about_what_its_name_says(name: str, least: float, most: float) -> None:
    chain = Chain(PRESETS[name], stream(1, name))
    percent = 100 * fmean(chain.loses(slot // 12 % 24) for slot in range(288 * 200))
    assert least <= percent <= most


def test_a_clock_drifts_by_what_the_make_allows_and_offsets_stay_whole() -> None:
    drifts = set()
    for seed in range(8):
        heard = arrivals(replace(EVERYTHING, clock_drift=20), days(10), seed)
        assert [offset for offset, _, _ in heard] == list(range(0, len(heard) * 5, 5))
        off = heard[-1][1] - minutes(heard[-1][0])
        assert abs(off) <= days(10) * 20e-6 + 1
        drifts.add(off)
    assert len(drifts) > 4, "every device has its own"


def test_a_sensor_may_store_a_coarser_grid_than_it_tells() -> None:
    profile = replace(PROFILES["minute_14_day"], warm_up=0, sending=Sending(), error_model="exact", lag=0, clock_drift=0)
    made = talk(rising, profile)
    made.pass_to(minutes(21))
    assert [m.time_offset for m in measurements(made)] == list(range(1, 22))
    assert fetch(made)[0] == [0, 5, 10, 15, 20]


def test_the_same_seed_gives_the_same_readings_octet_for_octet() -> None:
    def told(seed: int) -> list[tuple[int, bytes]]:
        made = talk(rising, replace(PROFILES["factory_10_day"], warm_up=0), seed=seed)
        made.pass_to(days(2))
        return made.told

    assert told(1) == told(1)
    assert told(1) != told(2)
