"""An entry of the journal as the page gets it: a row of the conversation (``reports.rows``), with marks on the time axis.

``m`` are the marks (``marks``); an entry without ``w`` is no row.
"""

from collections.abc import Mapping

from isletbench.emulator.interfaces.web.marks import Marks
from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.reports import rows
from isletbench.emulator.reports.rows import Row


class Rows:
    """Makes rows of entries, one after another. ``kinds`` are those of the devices, by name."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._rows = rows.Rows(kinds)
        self._marks = Marks()

    def row(self, number: int, entry: Entry) -> Row | None:
        """The row of line ``number`` (from 1); None where there is nothing to show."""
        row = self._rows.row(number, entry)
        if not isinstance(entry, Header) and (marks := self._marks.of(entry)):
            return {"n": number, "t": entry.at, "m": marks, **(row or {})}
        return row
