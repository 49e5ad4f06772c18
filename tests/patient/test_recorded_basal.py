"""Basal rates of recordings: what was in force when, and where nobody knows."""

import json
from pathlib import Path

import pytest

from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.patient.traces.basal import BasalChange, BasalRate, changes_of
from isletbench.emulator.patient.traces.replay import open_recording


@pytest.mark.parametrize(
    ("rates", "changes"),
    [
        ([(0, 0.8, None), (60, 0.8, None), (90, 0.5, None)], [(0, 0.8), (90, 0.5)]),
        ([(0, 0.2, 30), (120, 1.8, 60)], [(0, 0.2), (30, None), (120, 1.8), (180, None)]),
        ([(0, 0.8, None), (60, 0.0, 30)], [(0, 0.8), (60, 0.0), (90, 0.8)]),
        ([(0, 0.8, None), (60, 0.0, 30), (70, 0.6, None)], [(0, 0.8), (60, 0.0), (90, 0.6)]),
        ([(0, 1.2, 30), (5, 1.4, 30), (10, 0, 0)], [(0, 1.2), (5, 1.4), (10, None)]),
        ([(0, 0.6, 60), (60, 0.7, 60)], [(0, 0.6), (60, 0.7), (120, None)]),
        ([(0, 0.6, 59.5), (60, 0.7, 60)], [(0, 0.6), (60, 0.7), (120, None)]),
        ([(0, 0.6, 30), (30, 0.6, 30)], [(0, 0.6), (60, None)]),
        ([(0, 0.6, 30), (10, 0.9, -5)], [(0, 0.6), (10, None)]),
        ([(0, 0.6, 0)], []),
        ([], []),
    ],
)
def test_a_rate_that_ends_gives_way_to_the_one_without_an_end_or_to_nothing(
    rates: list[tuple[float, float, float | None]], changes: list[tuple[float, float | None]]
) -> None:
    given = [BasalRate(minutes(at), rate, None if lasts is None else minutes(lasts)) for at, rate, lasts in rates]
    assert changes_of(given) == [BasalChange(minutes(at), rate) for at, rate in changes]


AT = 1772575200000
"""2026-03-03 22:00 UTC, ms since 1970."""
NIGHTSCOUT = json.dumps(
    [
        *({"type": "sgv", "sgv": 120, "date": AT + 300_000 * n} for n in range(13)),
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:10:00Z", "absolute": 1.5, "duration": 30},
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:20:00Z", "duration": 0},
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:25:00Z", "rate": 0, "duration": 10},
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:45:00Z", "percent": 50, "duration": 30},
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:50:00Z", "absolute": -1, "duration": 30},
        {"eventType": "Temp Basal", "created_at": "2026-03-03T22:50:00Z", "absolute": 1, "duration": "nan"},
    ]
)
TIDEPOOL = json.dumps(
    [
        {"type": "cbg", "time": "2026-03-03T22:00:00Z", "units": "mg/dL", "value": 120},
        {"type": "basal", "time": "2026-03-03T22:10:00Z", "deliveryType": "temp", "rate": 1.5, "duration": 600_000},
        {"type": "basal", "time": "2026-03-03T22:25:00Z", "deliveryType": "suspend", "duration": 600_000},
    ]
)
LOOP = """\
* StoredGlucoseSample(uuid: A, startDate: 2026-03-03 22:00:00 +0000, quantity: 120 mg/dL, isDisplayOnly: false)
* DoseEntry(type: LoopKit.DoseType.tempBasal, startDate: 2026-03-03 22:10:00 +0000, endDate: 2026-03-03 22:20:00 +0000, \
value: 1.5, unit: LoopKit.DoseUnit.unitsPerHour, deliveredUnits: nil)
* DoseEntry(type: LoopKit.DoseType.suspend, startDate: 2026-03-03 22:25:00 +0000, endDate: 2026-03-03 22:35:00 +0000, \
value: 0.0, unit: LoopKit.DoseUnit.units, deliveredUnits: nil)
"""
OHIO = """\
<patient id="559"><glucose_level><event ts="03-03-2026 22:00:00" value="120"/></glucose_level>
<basal><event ts="03-03-2026 21:00:00" value="0.8"/></basal>
<temp_basal><event ts_begin="03-03-2026 22:10:00" ts_end="03-03-2026 22:20:00" value="1.5"/>
<event ts_begin="03-03-2026 22:25:00" ts_end="03-03-2026 22:35:00" value="0"/></temp_basal></patient>
"""


@pytest.mark.parametrize(
    ("text", "before", "between"),
    [(NIGHTSCOUT, [], None), (TIDEPOOL, [], None), (LOOP, [], None), (OHIO, [(-hours(1), 0.8)], 0.8)],
    ids=["Nightscout", "Tidepool", "Loop", "OhioT1DM"],
)
def test_temp_basals_end_when_the_file_says_so(
    text: str, before: list[tuple[int, float]], between: float | None, tmp_path: Path
) -> None:
    file = tmp_path / "mine"
    file.write_text(text, encoding="utf-8")
    expected = [(minutes(10), 1.5), (minutes(20), between), (minutes(25), 0.0), (minutes(35), between)]
    assert [(change.at, change.rate) for change in open_recording(str(file)).basal] == before + expected
