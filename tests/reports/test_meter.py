"""Finger sticks in a report: beside true glucose and the sensor, in the chart, in the page and in its data."""

import json

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.journal.bench_events import Stopped
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header, LedgerEntry
from isletbench.emulator.meter.events import BloodTested, ControlTested
from isletbench.emulator.reports.charts.timeline_chart import highest_shown, sticks_of, timeline_chart
from isletbench.emulator.reports.page import device_sections
from isletbench.emulator.reports.page.data import script_data
from isletbench.emulator.reports.timeline import Timeline, timeline_of

HEADER = Header(rig="made up", start="2026-01-01T08:00:00", devices={"meter": "meter", "cgm": "cgm"})


def timeline(*events: tuple[int, str, Event]) -> Timeline:
    entries: list[Entry] = [HEADER]
    entries += [LedgerEntry(minutes(at), device, event) for at, device, event in events]
    return timeline_of([*entries, BenchEntry(minutes(60), Stopped())])


RUN = timeline(
    *((at, "cgm", Sample(at, 100.0 + at, 90.0 + at)) for at in (0, 10, 20)),
    (5, "meter", BloodTested(0, 80.0, 92.0)),
    (15, "meter", BloodTested(1, 200.0, 231.0)),
    (30, "meter", BloodTested(2, 700.0, 600.0, beyond="HI")),
    (35, "meter", BloodTested(3, 120.0, failed="sample_too_small")),
    (40, "meter", ControlTested(4, 2, 121.0)),
)


def test_each_test_is_beside_the_truth_and_the_sensor_and_judged_as_iso_15197_does() -> None:
    (track,) = RUN.meters
    assert [(stick.sequence, stick.words, stick.off, stick.sensor) for stick in track.sticks] == [
        (0, "92 mg/dL", 12.0, 95.0),
        (1, "231 mg/dL", 15.5, 105.0),
        (2, "HI", None, None),
        (3, "failed: sample too small", None, None),
    ]
    assert track.within_iso == (1, 2)
    assert track.controls == 1


def test_the_chart_and_its_data_have_what_was_shown() -> None:
    assert sticks_of(RUN) == [
        (minutes(5), 92.0, "meter 92 mg/dL, true 80"),
        (minutes(15), 231.0, "meter 231 mg/dL, true 200"),
        (minutes(30), 600.0, "meter HI, true 700"),
    ]
    assert highest_shown(RUN) == 650.0
    assert timeline_chart(RUN, []).inline().count('class="stick"') == 3
    assert json.loads(script_data(RUN, []))["sticks"][0] == [300, 92.0, "meter 92 mg/dL, true 80"]


def test_the_page_lists_them() -> None:
    page = device_sections.meters(RUN)
    assert "4 tests of blood, 1 failed, 1 beyond the range; 1 of control solution." in page
    assert "1 of 2 results are within 15 mg/dL or 15 %" in page
    assert "+12.0 mg/dL" in page
    assert "+15.5 %" in page
    assert device_sections.meters(timeline()) == ""


def test_a_meter_alone_has_a_chart_of_glucose() -> None:
    alone = timeline((5, "meter", BloodTested(0, 80.0, 92.0)))
    assert timeline_chart(alone, []).inline().count('class="stick"') == 1
