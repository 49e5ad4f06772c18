"""What cannot be is not taken for a recording's truth without a word: units, amounts, insulins and instants of another kind."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.recording import Recording
from isletbench.emulator.patient.traces.replay import open_recording
from tests.patient.test_traces import CLARITY, LEVELS

START = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
MS = round(START.timestamp() * 1_000)
FIVE_MINUTES_MS = 300_000


def read(file: Path, text: str) -> Recording:
    file.write_text(text)
    return open_recording(str(file))


def table(values: Iterable[object], header: str = "glucose", more: str = "", rest: str = "") -> str:
    rows = (f"2026-03-03 22:{5 * n:02},{value}{rest}\n" for n, value in enumerate(values))
    return f"time,{header}{more}\n{''.join(rows)}"


def entries(*dates: object) -> str:
    return json.dumps([{"type": "sgv", "sgv": level, "date": date} for level, date in zip(LEVELS, dates, strict=True)])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (table((6.1, 6.7, 7.2), "glucose (mg/dL)"), "unit: mg/dL by the header, and half of its values are below 6.7"),
        (table((140, 50, 55), "glucose (mmol/L)"), "unit: mmol/L by the header, and half of its values are above 55"),
        (table((1.4, 1.6, 1.1), "glucose (g/L)"), "unit: g/L in the header: expected glucose in mg/dL or mmol/L"),
        (table((1.4, 1.6, 1.1)), "half of its values are at most 1.4: expected glucose in mg/dL or mmol/L"),
        (
            json.dumps([{"type": "cbg", "time": "2026-03-03T22:00:00Z", "value": 6.7, "units": "mg/dL"}]),
            "unit: mg/dL by each value, and half of its values are below 6.7",
        ),
    ],
)
def test_values_that_cannot_be_of_the_unit_that_is_said_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(TraceError) as refused:
        read(tmp_path / "mine", text)
    assert str(refused.value).startswith("trace ")
    assert str(refused.value).endswith(f"mine: {sentence}")


@pytest.mark.parametrize("header", ["glucose (mg/dL)", "glucose [mg/dl]", "glucose (CGM)", "glucose"])
def test_headers_that_say_the_unit_or_something_else_are_taken(header: str, tmp_path: Path) -> None:
    assert read(tmp_path / "mine", table((140, 149), header)).unit == "mg/dL"


def test_what_nobody_alive_has_is_left_out(tmp_path: Path) -> None:
    recording = read(tmp_path / "mine", table((140, 7.8, 149, 10, 1001)))
    assert [reading.mg_dl for reading in recording.readings] == [140, 149, 10]
    assert recording.left_out == {
        "less than 10 mg/dL (first: line 3)": 1,
        "more than 1000 mg/dL (first: line 6)": 1,
    }


def test_amounts_that_cannot_be_are_left_out_with_a_word(tmp_path: Path) -> None:
    recording = read(tmp_path / "mine", table((140, 149), more=",insulin,basal,carbs", rest=",-2,nan,0"))
    assert (recording.boluses, recording.basal, recording.carbohydrates) == ([], [], [])
    assert recording.left_out == {
        "-2 is no amount of insulin or carbohydrate (first: line 2)": 2,
        "nan is no amount of insulin or carbohydrate (first: line 2)": 2,
    }


@pytest.mark.parametrize(("days", "is_refused"), [(0, False), (1, False), (2, True), (9_000, True)])
def test_a_recording_is_not_begun_long_before_its_first_reading(days: int, is_refused: bool, tmp_path: Path) -> None:
    """A sensor would wait for it for years, and show nothing."""
    recording = read(tmp_path / "mine", table((140, 149)))
    start = recording.readings[0].local - timedelta(days=days)
    if is_refused:
        with pytest.raises(TraceError, match=r"no reading within a day of .*: the first is of 2026-03-03 22:00:00"):
            recording.instant_of(start)
    else:
        assert recording.instant_of(start) == -days * 86_400_000


GERMAN = {
    "Timestamp (YYYY-MM-DDThh:mm:ss)": "Zeitstempel (JJJJ-MM-TTThh:mm:ss)",
    "Event Type": "Ereignistyp",
    "Event Subtype": "Ereignisuntertyp",
    "Glucose Value": "Glukosewert",
    "Insulin Value": "Insulinwert",
    "Carb Value": "Kohlenhydratwert",
}


@pytest.mark.parametrize("names", [{}, GERMAN], ids=["English", "German"])
def test_long_acting_insulin_of_clarity_is_no_bolus(names: dict[str, str], tmp_path: Path) -> None:
    text = CLARITY + '"10","2026-03-03T22:08:00","Insulin","Long-Acting","","12",""\n'
    for english, other in names.items():
        text = text.replace(english, other)
    recording = read(tmp_path / "mine", text)
    assert [dose.amount for dose in recording.boluses] == [2.5]
    assert recording.left_out["long-acting insulin: it is no bolus (first: line 11)"] == 1


def typed(number: int) -> dict[str, Any]:
    return {"$numberLong": str(number)}


@pytest.mark.parametrize(
    "dates",
    [
        [MS + n * FIVE_MINUTES_MS for n in range(4)],
        [(MS + n * FIVE_MINUTES_MS) // 1_000 for n in range(4)],
        [(MS + n * FIVE_MINUTES_MS) / 1_000 for n in range(4)],
        [typed(MS + n * FIVE_MINUTES_MS) for n in range(4)],
        [{"$date": f"2026-03-03T22:{5 * n:02}:00Z"} for n in range(4)],
        [{"$date": typed(MS + n * FIVE_MINUTES_MS)} for n in range(4)],
    ],
    ids=["milliseconds", "seconds", "fractions", "typed by the database", "a typed date", "a typed date of a typed number"],
)
def test_nightscouts_instants_are_understood_however_they_are_counted(dates: list[object], tmp_path: Path) -> None:
    recording = read(tmp_path / "mine", entries(*dates))
    assert [reading.local for reading in recording.readings] == [
        datetime(2026, 3, 3, 22, minute) for minute in (0, 5, 10, 15)  # noqa: DTZ001  # as recorded
    ]  # fmt: skip
