"""The checks on glucose: they pass a run that stays in range, and find one that does not."""

import pytest
from pydantic import ValidationError

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.quantities import hours, minutes
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.journal.entries import Header, LedgerEntry
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.patient.events import Glucose
from isletbench.emulator.scenarios.checks import Check
from isletbench.emulator.scenarios.checks.glucose_outcome import NoSevereLow, TimeBelow, TimeInRange

HEADER = Header(devices={"cgm": "cgm", "patient": "patient"})


def run_of(*plasma: float, shown: float = 120) -> Conversation:
    """A run with true glucose every five minutes, and a sensor that shows something else."""
    truth = [LedgerEntry(minutes(5) * n, "patient", Glucose(mg_dl, mg_dl, 0)) for n, mg_dl in enumerate(plasma)]
    sensor = [LedgerEntry(minutes(5) * n, "cgm", Sample(5 * n, shown, shown)) for n in range(len(plasma))]
    return conversation_of([HEADER, *truth, *sensor])


def words(check: Check, conversation: Conversation) -> list[str]:
    """What the check finds."""
    return [finding.words for finding in check.findings(conversation)]


def test_time_in_range_is_that_of_true_glucose() -> None:
    check = TimeInRange(at_least=70)
    assert words(check, run_of(*[70, 180, 100] * 7, *[181] * 9)) == []
    assert words(check, run_of(*[100] * 6, *[200] * 3, 290)) == [
        "true glucose is from 70 to 180 mg/dL for 60.0 % of the time: expected at least 70 %; it is 290 mg/dL at 0:45:00"
    ]


def test_the_range_and_the_begin_can_be_chosen() -> None:
    tight = TimeInRange(at_least=100, low=70, high=140, since="10m")  # type: ignore[arg-type]
    assert words(tight, run_of(300, 300, 100, 140)) == []
    assert words(tight, run_of(300, 300, 100, 141)) != []
    with pytest.raises(ValidationError, match="high: expected above low"):
        TimeInRange(at_least=70, low=180, high=70)


def test_time_below_is_bounded() -> None:
    check = TimeBelow(at_most=10)
    assert words(check, run_of(*[70] * 9, 69)) == []
    assert words(check, run_of(*[70] * 8, 69, 60)) == [
        "true glucose is below 70 mg/dL for 20.0 % of the time: expected at most 10 %; it is 60 mg/dL at 0:45:00"
    ]


def test_a_quarter_of_an_hour_below_54_is_severe() -> None:
    check = NoSevereLow()
    assert words(check, run_of(100, 53, 53, 60, 100, 100)) == []
    assert words(check, run_of(100, 53, 48, 53, 100, 100, 100)) == [
        "true glucose is below 54 mg/dL from 0:05:00 for 15m, down to 48 mg/dL"
    ]
    assert words(NoSevereLow(since="1h"), run_of(100, 53, 48, 53, *[100] * 20)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("check", [TimeInRange(at_least=1), TimeBelow(at_most=99), NoSevereLow()])
def test_a_run_without_glucose_is_not_judged(check: Check) -> None:
    assert words(check, run_of()) == []
    assert check.unjudged(run_of()) == "there is no true glucose in this run: expected a patient or a sensor that measures"
    assert check.unjudged(run_of(100)) == ""


def test_without_a_patient_the_truth_is_what_the_sensor_was_given() -> None:
    samples = [LedgerEntry(hours(n), "cgm", Sample(60 * n, true_mg_dl=50, mg_dl=120)) for n in range(4)]
    assert words(TimeBelow(at_most=4), conversation_of([HEADER, *samples])) != []
