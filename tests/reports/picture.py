"""The picture of a report that the documentation shows: the day of ``isletbench demo``.

python -m tests.reports.picture JOURNAL
"""

import sys
from pathlib import Path

from isletbench.emulator.journal import reader
from isletbench.emulator.reports.charts.poster import poster
from isletbench.emulator.reports.charts.theme import LIGHT, picture_rules
from isletbench.emulator.reports.report import report_of
from tests.harness.architecture import ROOT

if __name__ == "__main__":
    report = report_of(reader.load(Path(sys.argv[1])))
    picture = poster(report.timeline, report.figures).alone(picture_rules(LIGHT))
    (ROOT / "docs" / "report.svg").write_text(picture + "\n", encoding="utf-8")
