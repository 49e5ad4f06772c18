"""The bring-up of firmware in steps: build and flash, start, wait for an answer, and off.

A program and QEMU are child processes of this process and, on Linux, end with it. The error of a failed command has its last
output, the error of a device that does not answer has its name.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.factory import collector_for
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareDevice, FirmwareRig, command_line, fill_placeholders
from isletbench.emulator.rigs.bring_up.program import BringupError, Program
from isletbench.emulator.transports.ports import settings
from isletbench.emulator.transports.ports.port_name import PortName
from isletbench.protocols.errors import WireError

COMMAND_TIMEOUT_S = 180.0
"""Timeout of a command, s: a build on a slow computer, or a flash over a slow probe."""
READY_TIMEOUT_S = 20.0
"""Timeout from the start of a program to its first answer, s."""
RETRY_INTERVAL_S = 0.1
QEMU_PTY = re.compile(r"char device redirected to (\S+)")
"""QEMU's output for the first ``-serial pty``, since version 1.4."""


class Step(StrEnum):
    """How far a rig has been brought up, in this order."""

    OFF = "off"
    FLASHED = "flashed"
    RUNNING = "running"


class FirmwareBringUp:
    """The bring-up of a firmware rig; ``step`` is the current step. It is an async context manager, which leaves the rig off.

    ``directory`` has the names of ``pty:`` ports. ``only`` names the devices to bring up, by default all. ``places`` has the
    addresses of running devices, as in the ready line. Raises ``BringupError`` and ``OSError``.
    """

    def __init__(self, rig: FirmwareRig, directory: Path, *, only: Sequence[str] | None = None) -> None:
        self.rig = rig
        self.step = Step.OFF
        self.places: dict[str, dict[str, Any]] = {}
        self._directory = directory
        self._devices = {name: device for name, device in rig.devices.items() if only is None or name in only}
        self._programs: dict[str, Program] = {}
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.go_to(Step.OFF)

    async def go_to(self, step: Step) -> None:
        """Go up or down to ``step``, one step at a time; after a failed step the rig remains on the previous one."""
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

    def ended_program(self) -> str | None:
        """Return the name of a device whose program has ended unexpectedly, with its last output; None when all run."""
        for name, program in self._programs.items():
            if (code := program.process.returncode) is not None:
                return f"{name}: {program.command} ended by itself with {code}: {program.last_output}"
        return None

    def collector(self, name: str) -> Collector:
        """Return a client of a running device, not connected yet."""
        return collector_for(self.places[name], settings.baud_of(self._devices[name].serial))

    # Up

    async def _flash(self) -> None:
        if not self.rig.firmware.source.is_dir():
            where = f"{self.rig.name}: firmware.source: {self.rig.firmware.source}"
            there = f"give the rig file of one, such as hil_rigs/{self.rig.name}.toml"
            raise BringupError(f"{where} is no directory; firmware is built in a checkout: {there}")
        await self._command(self.rig.firmware.build)
        for name, device in self._devices.items():
            image = self._image(name, device)
            if not (self.rig.firmware.source / image).is_file():
                build = command_line(self.rig.firmware.build)
                raise BringupError(f"{self.rig.name}: firmware.image: `{build}` made no {image}")
            if self.rig.firmware.flash:
                await self._command(self._words(self.rig.firmware.flash, name, device))

    async def _start(self) -> None:
        async with AsyncExitStack() as stack:
            stack.callback(self.places.clear)
            for name, device in self._devices.items():
                self.places[name] = {"serial": await self._started(stack, name, device), "ble": None}
                await self._wait_for_answer(name)
            self._running = stack.pop_all()

    async def _started(self, stack: AsyncExitStack, name: str, device: FirmwareDevice) -> str:
        """Start a device; return the address of its link."""
        kind, _, spec = device.serial.partition(":")
        firmware = self.rig.firmware
        match kind:
            case "serial":
                path, _ = settings.parse(spec)
                await self._command(self._words(firmware.run, name, device, path))
                stack.push_async_callback(self._command, self._words(firmware.halt, name, device, path))
                return path
            case "tcp":
                await self._run(stack, name, device, f"tcp:{spec},server=on,wait=off")
                return f"socket://{spec}"
            case _:
                public = PortName(Path(spec) if spec else self._directory / name)
                public.take()
                stack.callback(public.release)
                own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isletbench-"))) / name
                program = await self._run(stack, name, device, "pty" if firmware.on == "qemu" else str(own))
                public.point_to(await self._tty(program, own))
                return str(public.link)

    async def _run(self, stack: AsyncExitStack, name: str, device: FirmwareDevice, port: str) -> Program:
        """Start the program of a device, which runs until the rig stops."""
        program = await Program.start(self._words(self.rig.firmware.run, name, device, port), self.rig.firmware.source)
        self._programs[name] = program
        stack.callback(self._programs.pop, name)
        stack.push_async_callback(program.stop)
        return program

    async def _tty(self, program: Program, own: Path) -> str:
        """Wait for the pseudo-terminal of a program; return its path."""
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                if self.rig.firmware.on == "qemu":
                    return await program.wait_for_line(lambda line: found[1] if (found := QEMU_PTY.search(line)) else None)
                await program.wait_for_line(_is_ready)
                return str(own)
        except TimeoutError:
            raise BringupError(f"{program.command}: expected the path of its port within {READY_TIMEOUT_S:g} s") from None

    async def _wait_for_answer(self, name: str) -> None:
        """Wait until the device answers HELLO on its link."""
        deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
        while True:
            collector = self.collector(name)
            try:
                await collector.connect()
                await collector.disconnect()
            except (OSError, TimeoutError, WireError) as error:
                if ended := self.ended_program():
                    raise BringupError(f"{self.rig.name}: {ended}") from None
                if asyncio.get_running_loop().time() > deadline:
                    raise BringupError(
                        f"{self.rig.name}: {name} does not answer on {self.places[name]['serial']}: {error}"
                    ) from None
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return

    # Down

    async def _stop(self) -> None:
        await self._running.aclose()

    # Commands

    def _image(self, name: str, device: FirmwareDevice) -> str:
        return fill_placeholders(self.rig.firmware.image, kind=device.kind, name=name)

    def _words(self, command: Sequence[str], name: str, device: FirmwareDevice, port: str = "") -> list[str]:
        path = port or settings.parse(device.serial.partition(":")[2])[0]
        image = self._image(name, device)
        return [fill_placeholders(word, image=image, kind=device.kind, name=name, port=path) for word in command]

    async def _command(self, words: Sequence[str]) -> None:
        """Run a command to its end. Raises ``BringupError`` with its last output when it fails."""
        program = await Program.start(words, self.rig.firmware.source)
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                code = await program.wait_until_ended()
        except TimeoutError:
            raise BringupError(f"{self.rig.name}: {program.command} has not ended within {COMMAND_TIMEOUT_S:g} s") from None
        finally:
            await program.stop()
        if code:
            raise BringupError(f"{self.rig.name}: {program.command} ended with {code}: {program.last_output}")


def _is_ready(line: str) -> str | None:
    with suppress(ValueError, TypeError, KeyError):
        if json.loads(line)["ready"] is True:
            return line
    return None
