"""A report's numbers on a day that was made up."""

import json
import re
from typing import Any

import pytest

from isletbench.emulator.core.quantities import hours, minutes, units
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, Header, LedgerEntry
from isletbench.emulator.journal.writer import to_line
from isletbench.emulator.patient.events import ExerciseBegan, RecordedBasal, RecordedBolus, RecordedGlucose, RecordedMeal
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.reports.report import Report, report_of
from tests.reports.runs import HEADER, run


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(run())


@pytest.fixture(scope="module")
def figures(report: Report) -> dict[str, Any]:
    return report.to_dict()


def test_glucose(figures: dict[str, Any]) -> None:
    truth = figures["glucose"]["truth"]
    assert truth["readings"] == 289
    assert truth["time_below_54_percent"] == pytest.approx(100 * 12 / 289, abs=1e-3)
    assert truth["time_above_250_percent"] == pytest.approx(100 * 24 / 289, abs=1e-3)
    assert truth["time_in_range_percent"] == pytest.approx(100 * 253 / 289, abs=1e-3)
    assert truth["episodes"]["very_low"] == {"count": 1, "minutes": 60, "began_hours": [4]}
    assert truth["episodes"]["very_high"]["count"] == 1
    assert truth["episodes"]["low_over_120_minutes"]["count"] == 0


def test_the_sensor_is_held_against_the_truth(figures: dict[str, Any]) -> None:
    sensor = figures["glucose"]["sensors"]["cgm"]
    assert sensor["readings"] == 286
    assert sensor["accuracy"]["mard_percent"] == pytest.approx(10)
    assert sensor["accuracy"]["dts_zones_percent"]["A"] == 100
    assert sensor["accuracy"]["pairs"] == 286


def test_how_many_readings_reached_a_client(figures: dict[str, Any]) -> None:
    sufficiency = figures["glucose"]["sensors"]["cgm"]["sufficiency"]
    assert sufficiency["possible_readings"] == 288
    assert sufficiency["shown_percent"] == pytest.approx(100 * 286 / 288, abs=1e-3)
    assert sufficiency["received_percent"] == pytest.approx(100 * 284 / 288, abs=1e-3)
    assert not sufficiency["is_enough"]


def test_insulin(figures: dict[str, Any], report: Report) -> None:
    pump = figures["insulin"]["pump"]
    assert (pump["basal_units"], pump["bolus_units"], pump["boluses"]) == (28.8, 3.0, 1)
    assert pump["total_units_per_day"] == 31.8
    assert pump["suspended_minutes"] == 60
    assert figures["carbohydrate_grams"] == 75
    # 1 U of the bolus was canceled, 0.1 U the motor did not move, 0.7 U stay in the line that was blocked
    assert figures["undelivered_units"] == 1.8
    whys = {one.why for one in report.timeline.pumps[0].undelivered}
    assert whys == {"bolus ended early: canceled", "the motor moved nothing", "occlusion"}


def test_a_temp_basal_and_a_bolus_are_as_they_were(report: Report) -> None:
    (pump,) = report.timeline.pumps
    (temp,) = pump.temp_basals
    assert (temp.began, temp.ended, temp.words) == (hours(2), hours(2) + minutes(20), "150 %")
    (bolus,) = pump.boluses
    assert (bolus.requested, bolus.delivered, bolus.missing) == (units(4), units(3), units(1))
    assert pump.suspended == [(hours(20), hours(21))]


def test_faults_alarms_and_connections(report: Report) -> None:
    timeline = report.timeline
    (fault,) = timeline.faults
    assert (fault.words, fault.began, fault.ended, fault.strikes) == ("occlude", hours(10), hours(11), [hours(10)])
    assert [(one.source, one.words, one.ended) for one in timeline.alarms] == [
        ("pump", "occlusion detected", None),
        ("client", "occlusion", hours(11)),
    ]
    assert [(one.device, one.carrier, one.began, one.ended) for one in timeline.connected] == [("cgm", "ble", 0, hours(7))]
    assert [(one.began, one.ended) for one in timeline.unreachable] == [(hours(7), hours(8))]


def test_a_day_begins_at_midnight_of_the_device(report: Report) -> None:
    timeline = report.timeline
    assert list(timeline.days) == [0, 1]
    assert timeline.minute(0) == 480
    assert timeline.midnight(1) == hours(16)


def test_a_journal_that_was_written_and_read_has_the_same_numbers(report: Report) -> None:
    again = reader.read([to_line(entry) for entry in run()])
    assert json.dumps(report_of(again).to_dict()) == json.dumps(report.to_dict())


def test_a_recorded_day_has_the_insulin_of_then_beside_that_of_now() -> None:
    events = [
        (0, RecordedBasal(units("0.5"))),
        (minutes(5), RecordedGlucose(140)),
        (minutes(6), RecordedMeal(30_000)),
        (minutes(7), RecordedBolus(units(3))),
        (minutes(10), RecordedGlucose(150)),
        (minutes(12), ExerciseBegan(50, minutes(20))),
        (minutes(24), RecordedBasal(None)),
    ]
    entries: list[Entry] = [HEADER, *(LedgerEntry(at, "patient", event) for at, event in events)]
    entries += [LedgerEntry(minutes(11), "pump", Pulse(units(1), "basal", units(99)))]
    entries += [LedgerEntry(hours(1), "patient", RecordedGlucose(140))]
    report = report_of(entries)
    figures = report.to_dict()
    assert figures["glucose"]["truth"]["mean_mg_dl"] == pytest.approx(143.33, abs=0.01)
    assert figures["carbohydrate_grams"] == 30
    assert figures["insulin"]["pump"]["basal_units"] == 1
    assert figures["insulin"]["pump"]["bolus_units"] == 0
    assert report.timeline.patient is not None
    assert report.timeline.patient.recorded_boluses == [(minutes(7), units(3))]
    page = report.html()
    assert '"then":{"basal":[[0,0.5],[1440,null]],"boluses":[[420,3.0]]}' in page
    assert "3 U in the recording" in page
    assert figures["recorded_insulin"] == {"basal_units": 0.2, "basal_known_hours": 0.4, "bolus_units": 3.0, "boluses": 1}
    rows = re.findall(r"<tr>(.*?)</tr>", page[page.index('id="insulin"') :])
    assert [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows[:4]] == [
        ["", "pump", "recording"],
        ["basal", "1 U", "0.20 U, known for 24 min"],
        ["bolus", "0 U in 0", "3 U in 1"],
        ["basal and bolus a day", "24.0 U", ""],
    ]
    for words in ("basal 0.5 U/h", "30 g of carbohydrate", "bolus 3 U", "basal is not known from here on"):
        assert f"recording: {words}" in page
    (stretch,) = re.findall(r'<path d="(M[^"]*)" class="then"', page)
    assert stretch.count("M") == 1, "the outline ends where the rate is not known any more"
    assert '{"label":"exercise","bars":[[720,1920,"carbs","exercise"]]' in page


def test_a_journal_with_nothing_in_it_has_a_report() -> None:
    empty = report_of([Header()])
    assert empty.to_dict()["glucose"] == {"truth": None, "sensors": {}}
    assert empty.headlines() == []
    assert "<h1>" in empty.html()
