"""The bench's clock: an asyncio event loop that runs at a selected pace.

Everything on the bench waits through the event loop, including the Bluetooth stack, so the loop determines time. There are
three paces: ``real``; scaled (``60x``: one minute passes in one second); and ``jump``: when nothing is ready, time advances to
the next deadline, so a simulated day takes only its processor time, and the same run has the same order of events.
Devices do not import this module: they receive an ``Instant``.
"""

import asyncio
import errno
import math
import re
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from isletbench.emulator.core.collection import collected_rarely
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

T = TypeVar("T")


class Deadlock(RuntimeError):
    """In jump pace every task waits and no deadline is set, so that the run cannot continue."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The relation of bench time to wall time: ``factor`` is bench seconds per wall second, 0 is paused, None is jump pace."""

    factor: float | None = 1.0

    @property
    def jumps(self) -> bool:
        """Whether this is jump pace, which excludes external peers."""
        return self.factor is None

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """Parse ``real``, ``jump``, ``paused`` or a factor such as ``60x``. Raises ``ValueError`` with the expected forms."""
        if text == "real":
            return cls(1.0)
        if text == "paused":
            return cls(0.0)
        if text == "jump":
            return cls(None)
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)x", text):
            factor = float(match[1])
            if 0 < factor <= 100_000:
                return cls(factor)
        raise ValueError(f"pace {text!r}: expected real, jump, paused or a factor from above 0 to 100000 such as 60x")

    def __str__(self) -> str:
        if self.factor is None:
            return "jump"
        if self.factor == 0:
            return "paused"
        return "real" if self.factor == 1.0 else f"{self.factor:g}x"


ROUNDS_WITHOUT_A_LOOK = 32
"""In jump pace, how many rounds of ready callbacks may pass without asking the system whether something has come."""


class _PacedSelector(selectors.DefaultSelector):
    """A selector with bench time: it waits according to the pace, or advances time to the deadline."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self._bench_ns = 0  # bench time at the last change of pace; in jump pace, bench time
        self._rounds = 0
        self._wall_ns = time.monotonic_ns()

    def bench_ns(self) -> int:
        if self.pace.factor is None:
            return self._bench_ns
        return self._bench_ns + round((time.monotonic_ns() - self._wall_ns) * self.pace.factor)

    def change(self, pace: Pace) -> None:
        self._bench_ns, self._wall_ns = self.bench_ns(), time.monotonic_ns()
        self.pace = pace

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.pace.factor == 0:
            return super().select(None if timeout is None or timeout > 0 else 0)
        if self.pace.factor is not None:
            return super().select(None if timeout is None else timeout / self.pace.factor)
        if timeout == 0:
            # Callbacks wait to be run. Nothing but the end of a thread or a signal can come from outside, and it can wait.
            self._rounds += 1
            if self._rounds % ROUNDS_WITHOUT_A_LOOK:
                return []
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Deadlock("every task waits and no deadline is set: expected a deadline or a ready task in jump pace")
            self._bench_ns += math.ceil(timeout * 1e9)
        return ready


class BenchLoop(asyncio.SelectorEventLoop):
    """An event loop with bench time, which begins at 0 and passes at the pace of the loop."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._paced = _PacedSelector(pace or Pace())
        super().__init__(self._paced)

        self.on_descriptors_exhausted: Callable[[], None] | None = None
        """Called in place of a line in the log for each client that cannot be accepted, of which there may be thousands."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an error in a callback: called by asyncio."""
        error = context.get("exception")
        exhausted = isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}
        if exhausted and self.on_descriptors_exhausted is not None:
            self.on_descriptors_exhausted()
        else:
            super().call_exception_handler(context)

    def time(self) -> float:
        """Return bench time, s."""
        return self._paced.bench_ns() / 1e9

    @property
    def pace(self) -> Pace:
        """The current pace."""
        return self._paced.pace

    def change_pace(self, pace: Pace) -> None:
        """Change the pace from this instant. Raises ``ValueError`` for a change from or to jump: only a whole run is
        repeatable."""
        if pace.jumps != self.pace.jumps:
            raise ValueError(f"the pace cannot change from {self.pace} to {pace} while the bench runs")
        self._paced.change(pace)


def wall_time() -> float:
    """Return wall time, s since 1970, independent of the pace."""
    return time.time()


def wall_seconds() -> float:
    """Return the time of a clock of the world that nobody sets, s, independent of the pace."""
    return time.monotonic()


def awake_and_asleep_s() -> tuple[float, float]:
    """Return how long this computer has been awake, and how long suspended, s since some moment; 0 where it does not tell."""
    awake = time.monotonic()
    since_boot = getattr(time, "CLOCK_BOOTTIME", None)
    return awake, 0.0 if since_boot is None else time.clock_gettime(since_boot) - awake


def pace_of(loop: asyncio.AbstractEventLoop) -> Pace:
    """Return the pace of an event loop; real for any loop that is no ``BenchLoop``."""
    return loop.pace if isinstance(loop, BenchLoop) else Pace()


def of_the_world(seconds: float) -> float:
    """Seconds of the running event loop that last so many real ones, at its pace: what is outside the bench has none."""
    return seconds * (pace_of(asyncio.get_running_loop()).factor or 1.0)


def patience(seconds: float, at_least: float) -> float:
    """How long a client waits for an answer, s of the running event loop: ``seconds``, or longer where at its pace that is less
    than ``at_least`` real seconds, for a computer that carries the answer has no pace."""
    pace = pace_of(asyncio.get_running_loop())
    return max(seconds, at_least * pace.factor) if pace.factor and pace.factor > 1.0 else seconds


class Clock:
    """Bench time as devices receive it, integer ms since the bench began.

    ``begin`` is its first instant, ms: more than 0 for a bench that continues from a state file.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, *, begin: Instant = 0) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._start = self._loop.time() - begin / 1_000
        self.is_repeatable = pace_of(self._loop).jumps
        """Whether the same run has the same order of events: in jump pace, to and from which a running loop cannot change."""

    def now(self) -> Instant:
        """Return the current instant, ms."""
        return round((self._loop.time() - self._start) * 1_000)

    def when(self, instant: Instant) -> float:
        """Return the event loop time of an instant, s, for ``call_at``."""
        return self._start + instant / 1_000


def run(main: Coroutine[Any, Any, T], pace: Pace | None = None) -> T:
    """Run ``main`` on a bench loop at ``pace`` and return its result."""
    with collected_rarely(), asyncio.Runner(loop_factory=lambda: BenchLoop(pace)) as runner:
        return runner.run(main)
