"""A run that ends before its scenario accuses nobody of what could still have come, and lets nobody off with what was wrong."""

from collections.abc import Sequence

import pytest

from isletbench.emulator.core.quantities import Instant, hours, minutes
from isletbench.emulator.journal.bench_events import Stopped
from isletbench.emulator.journal.entries import BenchEntry, Entry, Header
from isletbench.emulator.scenarios.judge import Outcome, Verdict, verdict_on
from isletbench.emulator.scenarios.scenario import scenarios
from tests.harness.library import shipped
from tests.scenarios.matrix import played

ENDS = tuple(share / 10 for share in range(1, 10))
"""After which shares of a scenario its run ends."""
SOME = [pytest.param(name, marks=[pytest.mark.slow] if number % 16 else []) for number, name in enumerate(scenarios())]


def cut(entries: Sequence[Entry], at: Instant) -> list[Entry]:
    """A journal as it would be of a run that ended at an instant."""
    kept = [entry for entry in entries if isinstance(entry, Header) or entry.at <= at]
    return [*kept, BenchEntry(at, Stopped())]


def cut_short(name: str, client: str, at: Instant) -> Verdict:
    over = shipped(name).over[0]
    return verdict_on(shipped(name), over, cut(played(name, over, client).entries, at))


@pytest.mark.parametrize("name", SOME)
def test_a_careful_client_is_not_accused_whenever_its_run_ends(name: str) -> None:
    for share in ENDS:
        verdict = cut_short(name, "careful", round(share * shipped(name).lasts))
        assert verdict.outcome in {Outcome.PASSED, Outcome.NOT_JUDGED, Outcome.ABSENT}, (share, verdict.sentences())


# In DLV-03 a bolus of 3 U is wanted at 1:01:40.
@pytest.mark.parametrize(
    ("at", "client", "said"),
    [
        (minutes(10), "careful", "not judged: the run ended at 0:10:00, before its user wanted something at 1:01:40 (bolus)"),
        (
            minutes(10),
            "careful",
            "gives: 0 U of bolus insulin were delivered, where 3 U were wanted, and the run ended at 0:10:00",
        ),
        (minutes(62), "ten_fold", "keeps_to_intents: a bolus of 30 U is asked for at 1:01:40, and its user wants 3 U"),
    ],
)
def test_what_is_missing_is_not_judged_and_what_is_wrong_is_found(at: Instant, client: str, said: str) -> None:
    verdict = cut_short("DLV-03", client, at)
    assert verdict.outcome is (Outcome.NOT_JUDGED if client == "careful" else Outcome.FAILED)
    assert any(said in one for one in verdict.sentences()), verdict.sentences()


def test_books_that_hold_less_than_was_delivered_may_still_be_put_right_and_others_not() -> None:
    verdict = cut_short("DLV-05", "careful", round(0.35 * shipped("DLV-05").lasts))
    assert any(one.startswith("not judged: believes_doses: bolus 1") for one in verdict.sentences())
    verdict = cut_short("DLV-30", "optimistic_progress", hours(1) + minutes(1))
    assert verdict.outcome is Outcome.FAILED
