"""A program of a rig: started without a shell, its output read, terminated with all of its child processes."""

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from isletbench.emulator.core.child import ending_with_parent
from isletbench.emulator.rigs.bring_up.firmware_rig import command_line
from isletbench.emulator.rigs.rig import RigError

TERMINATE_TIMEOUT_S = 5.0
"""Time from SIGTERM to SIGKILL, s."""
OUTPUT_LINES = 20
"""Lines of output that are stored."""


class BringupError(RigError):
    """A step failed; one sentence with the command and its output."""


class Program:
    """A child process and its output, stdout and stderr merged."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self.process, self.command = process, f"`{command_line(words)}`"
        self._output: deque[str] = deque(maxlen=OUTPUT_LINES)
        self._output_changed = asyncio.Condition()
        self._output_ended = False
        self._reader = asyncio.create_task(self._read_output())

    @classmethod
    async def start(cls, words: Sequence[str], directory: Path) -> "Program":
        """Start a program in ``directory``. Raises ``BringupError`` when it cannot be started."""
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=directory,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                start_new_session=True,
                preexec_fn=ending_with_parent(signal.SIGTERM),
            )
        except OSError as error:
            raise BringupError(f"`{command_line(words)}` cannot be started: {words[0]}: {error.strerror}") from None
        return cls(process, words)

    @property
    def last_output(self) -> str:
        """The last line of output that contains the word error, else the last line."""
        lines = [line for line in self._output if line.strip()]
        errors = [line for line in lines if re.search(r"\berror\b", line, re.IGNORECASE)]
        return (errors or lines or ["no output"])[-1].strip()

    async def _read_output(self) -> None:
        assert self.process.stdout is not None
        while True:
            try:
                line = await self.process.stdout.readline()
            except ValueError:  # a line longer than the limit of the stream
                continue
            if not line:
                break
            async with self._output_changed:
                self._output.append(line.decode(errors="replace"))
                self._output_changed.notify_all()
        async with self._output_changed:
            self._output_ended = True
            self._output_changed.notify_all()

    async def wait_for_line(self, matches: Callable[[str], str | None]) -> str:
        """Return the first result of ``matches`` for a line of output. Raises ``BringupError`` when the program ends before."""
        async with self._output_changed:
            while True:
                for line in self._output:
                    if result := matches(line):
                        return result
                if self._output_ended:
                    raise BringupError(f"{self.command} ended before it was ready: {self.last_output}")
                await self._output_changed.wait()

    async def wait_until_ended(self) -> int:
        """Wait until the program has ended and its output is read; return its exit code."""
        await self._reader
        return await self.process.wait()

    def _signal(self, number: int) -> None:
        """Send a signal to the program and to its child processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    async def stop(self) -> None:
        """Terminate the program, by SIGKILL when SIGTERM has no effect. Idempotent."""
        if self.process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), TERMINATE_TIMEOUT_S)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self.process.wait()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
