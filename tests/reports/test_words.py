"""Entries of a journal in the words of the report and of the page."""

import pytest

from isletbench.emulator.core.notes import Accepted, Committed, Decoded, IgnoredRequest, Note, Refused, UnknownNote
from isletbench.emulator.journal.bench_events import PaceChanged
from isletbench.emulator.journal.entries import BenchEntry, NoteEntry
from isletbench.emulator.reports.words import line_of

NOTES: list[tuple[Note, str]] = [
    (Decoded(10, "SetBolus", {}), "SetBolus decoded"),
    (Accepted(10, "SetBolus"), "SetBolus accepted"),
    (Committed(10, "SetBolus"), "SetBolus committed"),
    (Refused(10, "no reservoir"), "refused: no reservoir"),
    (IgnoredRequest(10, "ff"), "ignored"),
    (UnknownNote(10, "else", {}), "else"),
]


@pytest.mark.parametrize(("note", "words"), NOTES, ids=str)
def test_every_note_has_words_for_a_finding_may_be_about_it(note: Note, words: str) -> None:
    assert line_of(NoteEntry("pump", note)).words == words


@pytest.mark.parametrize("pace", ["60x", "paused"])
def test_another_pace_is_said_once(pace: str) -> None:
    assert line_of(BenchEntry(1_000, event=PaceChanged(pace))).words == f"pace {pace}"
