"""The bench's clock: asyncio itself runs at a pace of ours.

Everything on the bench waits through its event loop (the Bluetooth stack included), so the loop is where time is made.
Three paces: ``real``; scaled (``60x``: a minute passes in a second); and ``jump``: when nothing is ready, the next deadline
is now, so a day of readings costs only the work it causes, and twice the same run is twice the same order of events.
Devices never see this module: they are handed an ``Instant``.
"""

import asyncio
import math
import re
import selectors
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from isletbench.emulator.core.quantities import Instant

T = TypeVar("T")


class Deadlock(RuntimeError):
    """In jump pace every task waits and no deadline is set: nothing would ever happen again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How bench time relates to wall time: ``factor`` bench seconds in a wall second, 0 while it stands still; None is jump
    pace."""

    factor: float | None = 1.0

    @property
    def jumps(self) -> bool:
        """Whether time is free and real peers are therefore impossible."""
        return self.factor is None

    @classmethod
    def parse(cls, text: str) -> "Pace":
        """``real``, ``jump``, ``paused`` or a factor such as ``60x`` or ``0.5x``. Raises ``ValueError`` saying so."""
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


class _PacedSelector(selectors.DefaultSelector):
    """A selector that knows the bench's time and waits, or jumps, accordingly."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace
        self._bench_ns = 0  # bench time at the last change of pace; in jump pace, bench time
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
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Deadlock("every task waits and no deadline is set: the bench would never do anything again")
            self._bench_ns += math.ceil(timeout * 1e9)
        return ready


class BenchLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the bench's: it starts at 0 and passes at the loop's pace."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._paced = _PacedSelector(pace or Pace())
        super().__init__(self._paced)

    def time(self) -> float:
        return self._paced.bench_ns() / 1e9

    @property
    def pace(self) -> Pace:
        """The pace time passes at now."""
        return self._paced.pace

    def change_pace(self, pace: Pace) -> None:
        """Go on from this instant at another pace. Raises ``ValueError`` for a change from or to jump: a run is either
        repeatable or it is not."""
        if pace.jumps != self.pace.jumps:
            raise ValueError(f"the pace cannot change from {self.pace} to {pace} while the bench runs")
        self._paced.change(pace)


def wall_time() -> float:
    """Seconds since 1970, whatever the pace."""
    return time.time()


def pace_of(loop: asyncio.AbstractEventLoop) -> Pace:
    """The pace that time passes at on a loop; any loop but ours is real time."""
    return loop.pace if isinstance(loop, BenchLoop) else Pace()


class Clock:
    """Bench time as devices are handed it: whole milliseconds since the bench began.

    ``begin`` is what it shows at first: more than 0 for a bench that goes on where an earlier one ended.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, *, begin: Instant = 0) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._start = self._loop.time() - begin / 1_000

    def now(self) -> Instant:
        return round((self._loop.time() - self._start) * 1_000)

    def when(self, instant: Instant) -> float:
        """The loop time of an instant, for ``call_at``."""
        return self._start + instant / 1_000


def run(main: Coroutine[Any, Any, T], pace: Pace | None = None) -> T:
    """Run ``main`` on a bench loop at ``pace`` and return its result."""
    with asyncio.Runner(loop_factory=lambda: BenchLoop(pace)) as runner:
        return runner.run(main)
