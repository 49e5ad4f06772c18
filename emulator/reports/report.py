"""A report of a journal: its page, its picture, its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.reports import fhir, png
from isletbench.emulator.reports.charts.poster import poster
from isletbench.emulator.reports.figures import Figures, figures_of, to_dict
from isletbench.emulator.reports.headlines import Headline, headlines_of
from isletbench.emulator.reports.page.page import page_of
from isletbench.emulator.reports.timeline import Timeline, timeline_of
from isletbench.emulator.scenarios.judge import Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about a run."""

    timeline: Timeline
    figures: Figures
    verdict: Verdict | None = None

    def html(self) -> str:
        """One HTML file that needs no network; the same journal gives the same octets."""
        return page_of(self.timeline, self.figures, self.verdict)

    def png(self) -> bytes:
        """The run as one picture. Raises ``png.CannotDraw``."""
        return png.png(poster(self.timeline, self.figures, self.verdict))

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON-able data."""
        return to_dict(self.timeline, self.figures, self.verdict)

    def fhir(self) -> dict[str, Any]:
        """The glucose as an HL7 FHIR bundle. Raises ``fhir.NothingToSubmit``."""
        return fhir.bundle_of(self.timeline, self.figures)

    def headlines(self) -> list[Headline]:
        """The few numbers that somebody asks for first."""
        return headlines_of(self.timeline, self.figures, self.verdict)


def report_of(entries: Sequence[Entry], verdict: Verdict | None = None) -> Report:
    """The report of a journal's entries, the header first; with the verdict on the run, where there is one."""
    timeline = timeline_of(entries)
    return Report(timeline, figures_of(timeline), verdict)
