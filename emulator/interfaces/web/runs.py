"""Benches that the page starts with a scenario: each is a process of its own, and ends with the bench of the page.

What is started is what ``isletbench up --scenario`` does; its serial ports are in a directory of its own, because this bench
has the names already.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.models import Part
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.scenarios.scenario import scenarios

MOST = 4
"""Benches that may run at once."""
FOREVER = 1 << 62


def _known(scenario: str) -> str:
    if scenario not in scenarios():
        raise ValueError("expected one that `isletbench scenarios` lists")
    return scenario


class Run(Part, defer_build=False):
    """A scenario to play."""

    scenario: Annotated[str, Field(max_length=20), AfterValidator(_known)]
    pace: Annotated[str, Field(max_length=20, examples=["10x"]), AfterValidator(lambda text: str(Pace.parse(text)))] = "10x"


class Runs:
    """The benches that were started; they end when the journal of this bench does."""

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._started: list[tuple[subprocess.Popen[str], tempfile.TemporaryDirectory[str]]] = []
        self._ending: asyncio.Task[None] | None = None

    async def start(self, run: Run) -> str:
        """Start a bench; returns the link to its page. Raises ``CannotDo`` when it does not start."""
        self._sweep()
        if len(self._started) >= MOST:
            raise CannotDo(f"{MOST} benches that this page has started are running: end one of them")
        place = tempfile.TemporaryDirectory(prefix="isletbench-")
        program = await asyncio.to_thread(_started, run, Path(place.name))
        self._started.append((program, place))
        self._ending = self._ending or asyncio.create_task(self._end_with_the_bench())
        assert program.stdout is not None
        line = await asyncio.to_thread(program.stdout.readline)
        if not line:
            _, why = await asyncio.to_thread(program.communicate)
            raise CannotDo(" ".join(why.split()[:60]).removeprefix("isletbench: ") or "the bench has not started")
        link: str = json.loads(line)["page"]
        return link

    def _sweep(self) -> None:
        """Forget the benches that have ended."""
        for program, place in tuple(self._started):
            if program.poll() is not None:
                self._started.remove((program, place))
                place.cleanup()

    async def _end_with_the_bench(self) -> None:
        await self._tail.wait(FOREVER)
        for program, place in self._started:
            program.terminate()
            await asyncio.to_thread(program.communicate)
            place.cleanup()


def _started(run: Run, place: Path) -> "subprocess.Popen[str]":
    words = ["up", "--scenario", run.scenario, "--pace", run.pace, "--stay", "--json"]
    words += ["--journal", str(place / "journal.jsonl")]
    return subprocess.Popen(  # noqa: S603  # our own command, with a scenario that is known
        [sys.executable, "-m", "isletbench", *words],
        env={**os.environ, "ISLETBENCH_DIR": str(place)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
