"""Glucose sources and recorded traces: rows are events, repeats count once, and what was lost stays lost."""

from datetime import datetime
from pathlib import Path

import pytest

from isletbench.emulator.core.quantities import days, hours, minutes, seconds
from isletbench.emulator.patient.sources import constant, recorded, sine
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.replay import open_trace, traces_of_the_package

HEADER = "EventDateTime,DeviceMode,BolusType,Basal,CorrectionDelivered,TotalBolusInsulinDelivered,FoodDelivered,CarbSize,CGM\n"


def test_a_constant_and_a_sine_are_what_they_say() -> None:
    assert constant(120.0)(hours(3)) == 120.0
    swing = sine(150, 50, hours(4))
    assert [round(swing(hours(n)) or 0) for n in range(5)] == [150, 200, 150, 100, 150]


def test_a_recording_answers_each_slot_with_its_own_reading_or_none() -> None:
    source = recorded([(0, 100.0), (minutes(5) + 2_000, 105.0), (minutes(15) - 3_000, 115.0)], tolerance=minutes(2.5))
    assert [source(minutes(m)) for m in (0, 5, 10, 15, 20)] == [100.0, 105.0, None, 115.0, None]


@pytest.mark.parametrize("name", traces_of_the_package())
def test_a_trace_of_the_package_gives_every_recorded_reading_at_most_once(name: str) -> None:
    source = open_trace(name)
    slots = [source(minutes(5) * n) for n in range(days(1) // minutes(5))]
    got = [level for level in slots if level is not None]
    assert len(got) > 250
    assert all(40 <= level <= 401 for level in got)
    assert slots[:3] == [99.0, 103.0, 104.0], "the first rows of the file"


def test_a_trace_can_begin_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    rows = ["2024-01-01 00:00:00,,,,,,,,100", "2024-01-01 00:05:00,,,,,,,,110", "2024-01-01 00:10:00,,,,,,,,120"]
    file.write_text(HEADER + "\n".join(rows) + "\n")
    source = open_trace(str(file), datetime(2024, 1, 1, 0, 5))  # noqa: DTZ001  # recorded without a zone
    assert [source(0), source(minutes(5)), source(minutes(10))] == [110.0, 120.0, None]


def test_a_bolus_row_does_not_make_a_reading(tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    rows = ["2024-01-01 00:00:00,,,,,,,,100", "2024-01-01 00:00:20,,Standard,,,2.5,,30,100", "2024-01-01 00:05:00,,,0.8,,,,,"]
    file.write_text(HEADER + "\n".join(rows) + "\n")
    source = open_trace(str(file))
    assert source(0) == 100.0
    assert source(minutes(5)) is None
    assert source(seconds(20)) == 100.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n", "expected an export of Dexcom Clarity, .*, or a table with the columns time and glucose"),
        (HEADER, "holds no reading"),
        (HEADER + "yesterday,,,,,,,,100\n", "holds no reading: line 2: 'yesterday' is no date and time"),
        (HEADER + "2024-01-01 00:00:00,,,,,,,,much\n", "line 2: 'much' is no glucose value"),
        (HEADER + "2024-01-01 00:05:00,,,,,,,,30\n2024-01-01 00:10:00,,,,,,,,31\n", "expected mg/dL or mmol/L in the header"),
    ],
)
def test_a_wrong_trace_says_what_and_where(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(content)
    with pytest.raises(TraceError, match=words):
        open_trace(str(file))


def test_a_trace_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(TraceError, match="no such file or directory; or one of azt1d_subject07"):
        open_trace("nowhere.csv")
