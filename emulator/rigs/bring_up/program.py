"""A program that a rig runs: started without a shell, listened to, and ended with all that it has started."""

import asyncio
import ctypes
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from isletbench.emulator.rigs.rig import RigError

LEAVES_WITHIN_S = 5.0
"""After SIGTERM; then it is killed."""
PR_SET_PDEATHSIG = 1
LAST_WORDS = 20
"""Lines kept of what a program says."""


class BringupError(RigError):
    """A step that could not be done; one sentence with the command and what it said."""


def _ends_with_us() -> None:
    """In the child: be told to end when the parent dies, however that dies. prctl(2), PR_SET_PDEATHSIG; Linux only."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def as_typed(words: Sequence[str]) -> str:
    """A command for people, as it would be typed."""
    return " ".join(f"'{word}'" if " " in word else word for word in words)


class Program:
    """A child process and what it says, both streams as one."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self.process, self.command = process, f"`{as_typed(words)}`"
        self._said: deque[str] = deque(maxlen=LAST_WORDS)
        self._heard = asyncio.Condition()
        self._silent = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, words: Sequence[str], directory: Path) -> "Program":
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=directory,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                start_new_session=True,
                preexec_fn=_ends_with_us,
            )
        except OSError as error:
            raise BringupError(f"`{as_typed(words)}` cannot be started: {words[0]}: {error.strerror}") from None
        return cls(process, words)

    @property
    def last_words(self) -> str:
        """The line that tells most: the last one with an error in it, else the last one."""
        lines = [line for line in self._said if line.strip()]
        errors = [line for line in lines if re.search(r"\berror\b", line, re.IGNORECASE)]
        return (errors or lines or ["it said nothing"])[-1].strip()

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                line = await self.process.stdout.readline()
            except ValueError:  # a line beyond all measure
                continue
            if not line:
                break
            async with self._heard:
                self._said.append(line.decode(errors="replace"))
                self._heard.notify_all()
        async with self._heard:
            self._silent = True
            self._heard.notify_all()

    async def says(self, wanted: Callable[[str], str | None]) -> str:
        """What ``wanted`` makes of the first line that it wants. Raises ``BringupError`` when the program ends before."""
        async with self._heard:
            while True:
                for line in self._said:
                    if found := wanted(line):
                        return found
                if self._silent:
                    raise BringupError(f"{self.command} ended before it was ready: {self.last_words}")
                await self._heard.wait()

    async def ended(self) -> int:
        """Its exit code, once it has ended and all that it said is there."""
        await self._listening
        return await self.process.wait()

    def _signal(self, number: int) -> None:
        """To the program and to what it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    async def stop(self) -> None:
        """End it, with SIGTERM if that is enough. Idempotent."""
        if self.process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), LEAVES_WITHIN_S)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self.process.wait()
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
