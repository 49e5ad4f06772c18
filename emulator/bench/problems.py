"""What a running bench cannot do at the moment: said once when it begins and once when it is over, and shown in the status."""

import logging
from collections.abc import Callable

from isletbench.emulator.core.clock import wall_seconds
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.journal.bench_events import CannotWrite, WritesAgain
from isletbench.emulator.journal.writer import Journal

DESCRIPTORS = "descriptors"
NO_DESCRIPTORS = "no open files are left (`ulimit -n`): new clients wait until others have gone; devices go on"
QUIET_S = 5.0
"""So long after the last client that could not be accepted the problem is over, s of wall time."""
LOG = logging.getLogger("isletbench")


class Problems:
    """The problems of a bench, each under a name of its own. Sentences go to the log: standard error, unless set otherwise."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._now: Callable[[], Instant] = lambda: 0
        self._sentences: dict[str, str] = {}
        self._refused_at: float | None = None
        """Wall time at which a client could not be accepted last, while that is a problem."""

    def begin(self, now: Callable[[], Instant]) -> None:
        """Take the time of the bench from ``now``."""
        self._now = now

    def sentences(self) -> list[str]:
        """The problems that there are."""
        if self._refused_at is not None and wall_seconds() > self._refused_at + QUIET_S:
            self._refused_at = None
            del self._sentences[DESCRIPTORS]
        return list(self._sentences.values())

    def descriptors_exhausted(self) -> None:
        """A client could not be accepted, for this process has no file descriptors left. Said once while it lasts."""
        if NO_DESCRIPTORS not in self.sentences():
            self._sentences[DESCRIPTORS] = NO_DESCRIPTORS
            LOG.warning("isletbench: %s", NO_DESCRIPTORS)
        self._refused_at = wall_seconds()

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
