"""Entries of a journal in the words of the report and of the page."""

import pytest

from isletbench.emulator.journal.bench_events import PaceChanged
from isletbench.emulator.journal.entries import BenchEntry
from isletbench.emulator.reports.words import line_of


@pytest.mark.parametrize("pace", ["60x", "paused"])
def test_another_pace_is_said_once(pace: str) -> None:
    assert line_of(BenchEntry(1_000, event=PaceChanged(pace))).words == f"pace {pace}"
