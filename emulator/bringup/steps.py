"""Firmware, step by step: built and flashed, started, answering, and off again.

A program and QEMU are children of this process and, on Linux, end with it. Whoever waits for a rig learns of a command that
fails by its last words, and of a device that does not answer by its name.
"""

import asyncio
import ctypes
import json
import os
import re
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emulator.bringup.firmware_rig import FirmwareDevice, FirmwareRig
from emulator.client.collector import Collector
from emulator.client.reaching import collector_at
from emulator.rig import RigError
from emulator.transports import settings
from emulator.transports.port_name import PortName

COMMAND_WITHIN_S = 180.0
"""For a build on a small machine, or a flash over a slow probe."""
READY_WITHIN_S = 20.0
"""From the start of a program to its first answer."""
TRY_AGAIN_S = 0.1
LEAVES_WITHIN_S = 5.0
"""After SIGTERM; then it is killed."""
PR_SET_PDEATHSIG = 1
LAST_WORDS = 20
"""Lines kept of what a program says."""
QEMU_PTY = re.compile(r"char device redirected to (\S+)")
"""What QEMU says of the first ``-serial pty``; its own words since 1.4."""


class Step(StrEnum):
    """How far a rig has been brought up, in this order."""

    OFF = "off"
    FLASHED = "flashed"
    RUNNING = "running"


class BringupError(RigError):
    """A step that could not be done; one sentence with the command and what it said."""


class FirmwareStand:
    """A firmware rig, as far up as ``reach`` has brought it. Use it as an async context manager that leaves it off.

    ``directory`` is where ``pty:`` ports get their names. ``only`` names the devices to bring up; all when left out. ``places``
    tells where clients find the devices that run, as the ready line does. Raises ``BringupError`` and ``OSError``.
    """

    def __init__(self, rig: FirmwareRig, directory: Path, *, only: Sequence[str] | None = None) -> None:
        self.rig = rig
        self.step = Step.OFF
        self.places: dict[str, dict[str, Any]] = {}
        self._directory = directory
        self._devices = {name: device for name, device in rig.devices.items() if only is None or name in only}
        self._programs: dict[str, _Program] = {}
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.reach(Step.OFF)

    async def reach(self, step: Step) -> None:
        """Go up or down to ``step``, one at a time; when a step fails, the rig stays on the one before."""
        order = list(Step)
        while self.step is not step:
            here = order.index(self.step)
            if here < order.index(step):
                await (self._flash() if self.step is Step.OFF else self._start())
                self.step = order[here + 1]
            else:
                if self.step is Step.RUNNING:
                    await self._stop()
                self.step = order[here - 1]

    def died(self) -> str | None:
        """The name of a device whose program has ended by itself, and its last words."""
        for name, program in self._programs.items():
            if (code := program.process.returncode) is not None:
                return f"{name}: {program.command} ended by itself with {code}: {program.last_words}"
        return None

    def collector(self, name: str) -> Collector:
        """A client of a device that runs, not connected yet."""
        return collector_at(self.places[name], settings.baud_of(self._devices[name].serial))

    # Up

    async def _flash(self) -> None:
        if not self.rig.firmware.source.is_dir():
            raise BringupError(
                f"{self.rig.name}: firmware.source: {self.rig.firmware.source} is no directory; firmware is built in a checkout"
            )
        await self._command(self.rig.firmware.build)
        for name, device in self._devices.items():
            image = self._image(name, device)
            if not (self.rig.firmware.source / image).is_file():
                build = " ".join(self.rig.firmware.build)
                raise BringupError(f"{self.rig.name}: firmware.image: `{build}` made no {image}")
            if self.rig.firmware.flash:
                await self._command(self._words(self.rig.firmware.flash, name, device))

    async def _start(self) -> None:
        async with AsyncExitStack() as stack:
            stack.callback(self.places.clear)
            for name, device in self._devices.items():
                self.places[name] = {"serial": await self._started(stack, name, device), "ble": None}
                await self._answers(name)
            self._running = stack.pop_all()

    async def _started(self, stack: AsyncExitStack, name: str, device: FirmwareDevice) -> str:
        """Start a device; where its link is."""
        kind, _, spec = device.serial.partition(":")
        run = self.rig.firmware.run
        if kind == "serial":
            path, _ = settings.parse(spec)
            await self._command(self._words(run, name, device, path))
            stack.push_async_callback(self._command, self._words(self.rig.firmware.halt, name, device, path))
            return path
        on_tcp = kind == "tcp"
        own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="loopbench-"))) / name
        port = f"tcp:{spec},server=on,wait=off" if on_tcp else "pty" if self.rig.firmware.on == "qemu" else str(own)
        public = None if on_tcp else PortName(Path(spec) if spec else self._directory / name)
        if public is not None:
            public.take()
            stack.callback(public.release)
        program = await _Program.start(self._words(run, name, device, port), self.rig.firmware.source)
        self._programs[name] = program
        stack.callback(self._programs.pop, name)
        stack.push_async_callback(program.stop)
        if public is None:
            return f"socket://{spec}"
        public.lead_to(await self._tty(program, own))
        return str(public.link)

    async def _tty(self, program: "_Program", own: Path) -> str:
        """The pseudo-terminal that a program has made."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                if self.rig.firmware.on == "qemu":
                    return await program.says(lambda line: found[1] if (found := QEMU_PTY.search(line)) else None)
                await program.says(_is_ready)
                return str(own)
        except TimeoutError:
            raise BringupError(f"{program.command}: did not say within {READY_WITHIN_S:g} s where its port is") from None

    async def _answers(self, name: str) -> None:
        """Wait until somebody at the other end of the link answers HELLO."""
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        while True:
            collector = self.collector(name)
            try:
                await collector.connect()
                await collector.disconnect()
            except (OSError, TimeoutError) as error:
                if told := self.died():
                    raise BringupError(f"{self.rig.name}: {told}") from None
                if asyncio.get_running_loop().time() > deadline:
                    raise BringupError(
                        f"{self.rig.name}: {name} does not answer on {self.places[name]['serial']}: {error}"
                    ) from None
                await asyncio.sleep(TRY_AGAIN_S)
            else:
                return

    # Down

    async def _stop(self) -> None:
        await self._running.aclose()

    # Commands

    def _image(self, name: str, device: FirmwareDevice) -> str:
        return self.rig.firmware.image.format(kind=device.kind, name=name)

    def _words(self, command: Sequence[str], name: str, device: FirmwareDevice, port: str = "") -> list[str]:
        path = port or settings.parse(device.serial.partition(":")[2])[0]
        values = {"image": self._image(name, device), "kind": device.kind, "name": name, "port": path}
        return [word.format(**values) for word in command]

    async def _command(self, words: Sequence[str]) -> None:
        """Run a command to its end. Raises ``BringupError`` with its last words when it fails."""
        program = await _Program.start(words, self.rig.firmware.source)
        try:
            async with asyncio.timeout(COMMAND_WITHIN_S):
                code = await program.ended()
        except TimeoutError:
            raise BringupError(f"{program.command}: has not ended within {COMMAND_WITHIN_S:g} s") from None
        finally:
            await program.stop()
        if code:
            raise BringupError(f"{self.rig.name}: {program.command} ended with {code}: {program.last_words}")


def _is_ready(line: str) -> str | None:
    with suppress(ValueError, TypeError, KeyError):
        if json.loads(line)["ready"] is True:
            return line
    return None


def _ends_with_us() -> None:
    """In the child: be told to end when the parent dies, however that dies. prctl(2), PR_SET_PDEATHSIG; Linux only."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class _Program:
    """A child process and what it says, both streams as one."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self.process, self.command = process, f"`{' '.join(words)}`"
        self._said: deque[str] = deque(maxlen=LAST_WORDS)
        self._heard = asyncio.Condition()
        self._silent = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, words: Sequence[str], directory: Path) -> "_Program":
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
            raise BringupError(f"`{' '.join(words)}` cannot be started: {words[0]}: {error.strerror}") from None
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
