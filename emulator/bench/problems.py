"""What a running bench cannot do at the moment: said once when it begins and once when it is over, and shown in the status."""

import logging
from collections.abc import Callable

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.bench_events import CannotWrite, WritesAgain
from isletbench.emulator.journal.writer import Journal

LOG = logging.getLogger("isletbench")


class Problems:
    """The problems of a bench, each under a name of its own. Sentences go to the log: standard error, unless set otherwise."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._now: Callable[[], Instant] = lambda: 0
        self._sentences: dict[str, str] = {}

    def begin(self, now: Callable[[], Instant]) -> None:
        """Take the time of the bench from ``now``."""
        self._now = now

    def sentences(self) -> list[str]:
        """The problems that there are."""
        return list(self._sentences.values())

    def say(self, what: str, sentence: str | None, lost_lines: int = 0) -> None:
        """What cannot be written: ``state`` or ``journal``. None: it is written again, but for so many lines."""
        if sentence is None:
            del self._sentences[what]
            LOG.warning("isletbench: the %s is written again%s", what, f", {lost_lines} lines are lost" if lost_lines else "")
            self._journal.bench(self._now(), WritesAgain(what, lost_lines))
            return
        self._sentences[what] = sentence
        LOG.warning("isletbench: %s", sentence)
        self._journal.bench(self._now(), CannotWrite(what, sentence))

    def note(self, name: str, sentence: str | None) -> None:
        """A problem that the journal knows already; None: it is over."""
        if sentence is None:
            self._sentences.pop(name, None)
        else:
            self._sentences[name] = sentence

    def journal_failed(self, error: OSError) -> None:
        """The journal cannot be written."""
        where = f": {error.filename}" if error.filename else ""
        self.say("journal", f"{error.strerror or error}{where}: devices go on, and lines are kept in memory")

    def journal_written(self, lost_lines: int) -> None:
        """The journal is written again."""
        self.say("journal", None, lost_lines)
