"""When the machine is late: a client is not accused of what its computer has kept it from doing in time.

At 60x half a second in which a computer does something else is half a minute of the bench. How late the bench's own loop and
the client got their turn is measured while a scenario is played, and stands in its journal.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from isletbench.emulator.core.clock import pace_of, wall_seconds
from isletbench.emulator.core.quantities import Instant, Span, clock
from isletbench.emulator.journal.bench_events import MachineLate
from isletbench.emulator.journal.conversation import Conversation
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.checks.queries import last_fault_ended_at

LATE: Span = 5_000
"""So much later than it should, ms of the bench, is late: a sixth of the shortest time that a check gives a client."""
BENCH, CLIENT = "bench", "client"
"""Who is late."""
STARVED = 0.25
"""A machine that was late for so much of a span may have prevented what has not happened in all of it."""
SHORT: Span = 60_000
"""In a span that is not longer than this, a machine that was late once may have prevented it."""
AROUND: Span = 15_000
"""How far from a span a machine may have been late for it, ms: at 60x that is how often it is looked."""
LOOK_EVERY_S = 0.25
"""How often it is measured, s of the world's time."""
LATE_WORDS, SLEPT_WORDS = "the machine was late", "the machine slept"
"""How the reasons begin for which a run says nothing of its client."""


def excuses(conversation: Conversation, findings: Sequence[Finding], wanted: Sequence[Instant] = ()) -> str:
    """Why findings accuse nobody: the machine was late, when and for so long that it may have caused each of them; so is a run
    without any, whose fault never struck or whose check never came up. ``wanted`` is when the client's user wants something.

    Empty where they do accuse the client: no late machine makes it ask for a dose twice.
    """
    if not conversation.late or not all(_is_excused(finding, conversation, wanted) for finding in findings):
        return ""
    at, worst = max(conversation.late, key=lambda one: one[1].by_ms)
    turn = f"at {clock(at)} the {worst.who} got its turn {worst.by_ms / 1_000:.1f} s of the bench's time too late"
    return f"{LATE_WORDS}: {turn}; play it at a slower --pace or with fewer --jobs"


def _is_excused(finding: Finding, conversation: Conversation, wanted: Sequence[Instant]) -> bool:
    """Whether the machine was late for long enough at the time at which that may have caused the finding."""
    excuse = finding.excuse
    if excuse is None:
        return False
    since = excuse.since
    if since is None:
        begun = (0, *wanted, last_fault_ended_at(conversation))
        since = max(at for at in begun if at < max(excuse.until, 1))
    span = excuse.until - since
    least = excuse.least
    if least is None:
        least = LATE if span <= SHORT else round(STARVED * span)
    within = [late for at, late in conversation.late if since - AROUND <= at and at - late.by_ms <= excuse.until + AROUND]
    longest = max(sum(late.by_ms for late in within if late.who == who) for who in (BENCH, CLIENT))  # both wait at once
    return longest >= max(least, 1)


def asleep(conversation: Conversation) -> str:
    """Why a run says nothing of its client: the machine slept meanwhile. Empty where it did not."""
    if not conversation.slept:
        return ""
    at, slept = max(conversation.slept, key=lambda one: one[1].for_ms)
    return f"{SLEPT_WORDS} for {slept.for_ms / 1_000:.0f} s until {clock(at)}; play it while the machine is awake"


class Watch:
    """Measures how late this process and a client's get their turn; ``report`` is called with what is late."""

    def __init__(self, report: Callable[[MachineLate], None]) -> None:
        self._report = report
        self._client: int | None = None
        self._waited: dict[Path, float] = {}

    def watch(self, client: int | None) -> None:
        """Watch this process and those that it has started, and no other any more."""
        self._client, self._waited = client, waited_s(client)

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        before = wall_seconds()
        while True:
            pace = pace_of(loop)
            factor = pace.factor or 1.0
            await asyncio.sleep(LOOK_EVERY_S * factor)
            now, waited = wall_seconds(), waited_s(self._client)
            if pace_of(loop) == pace:
                self._measured(BENCH, (now - before - LOOK_EVERY_S) * factor)
                late = (seconds - self._waited[thread] for thread, seconds in waited.items() if thread in self._waited)
                self._measured(CLIENT, max(late, default=0.0) * factor)
            before, self._waited = now, waited

    def _measured(self, who: str, late_s: float) -> None:
        by: Span = round(late_s * 1_000)
        if by > LATE:
            self._report(MachineLate(who, by))


def waited_s(client: int | None) -> dict[Path, float]:
    """How long each thread of a process, and of those it has started, has waited for a processor that others used, s.

    Empty where the operating system does not tell; Linux does (``schedstat``).
    """
    waited = {}
    for thread in _threads(client):
        with suppress(OSError, ValueError, IndexError):
            waited[thread] = int((thread / "schedstat").read_text().split()[1]) / 1e9
    return waited


def _threads(process: int | None) -> Iterator[Path]:
    if process is None:
        return
    for thread in Path(f"/proc/{process}/task").glob("*"):
        yield thread
        with suppress(OSError):
            for child in (thread / "children").read_text().split():
                yield from _threads(int(child))
