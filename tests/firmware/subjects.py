"""Devices under one virtual time: the Python emulator, and firmware as a program or under QEMU.

What is sent to each is answered before time passes, and time passes for each to the same millisecond, so their answers can be
laid side by side.

Each is a ``Subject``. After every exchange a frame of a type that does not exist is sent: a device always answers it, with
ERROR, and changes nothing (docs/serial-link.md, section 3). So silence is known to be silence, without waiting for it.
"""

import asyncio
import os
import select
import socket
import subprocess
import time
import tty
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Protocol

from emulator.bench import Bench, Ports
from emulator.cgm.glucose import Source
from emulator.clock import BenchLoop, Pace
from emulator.pump.machine import Pump
from emulator.rig import CgmDevice, Rig
from protocols import frames
from protocols.frames import Frame, FrameType, LinkError, encode_frame
from protocols.packet import encode

PATIENCE_S = 20.0
"""How long a program may say nothing before it is taken for dead, on a machine with other things to do."""
BUILT_IN_GLUCOSE = 0
_NO_SUCH_TYPE = 0x55


class Subject(Protocol):
    """A device that is talked to."""

    @property
    def now(self) -> int:
        """Virtual time since its power-up, ms."""

    def exchange(self, octets: bytes) -> bytes:
        """What it sends when these octets have arrived, and a 00 behind them, before time passes."""

    def advance(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> bytes:
        """What it sends until ``now``, while the sensor sees this glucose and the line is occluded or not."""

    def close(self) -> None:
        """Switch it off."""


class _Marks:
    """Frames that are always answered, each with an answer of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self) -> tuple[bytes, bytes]:
        """Octets to send behind others, and the octets that then end what comes back."""
        number = next(self._numbers)
        seq, handle = number % 256, 0xE000 | number // 256 % 0x1000
        answer = Frame(FrameType.ERROR, seq, handle, encode(frames.Error(LinkError.UNKNOWN_TYPE, _NO_SUCH_TYPE)))
        return b"\0" + encode_frame(Frame(_NO_SUCH_TYPE, seq, handle)), encode_frame(answer)


class _SteeredBench(Bench):
    """A bench whose sensors see what they are told to."""

    mg_dl = 100

    def _source(self, config: CgmDevice) -> Source:  # type: ignore[override]  # it looks at the bench
        return lambda now: float(self.mg_dl)


class Emulated:
    """A device of a rig in the Python emulator, on a memory port in jump pace."""

    def __init__(self, rig: Rig, device: str) -> None:
        self.now = 0
        self._device = device
        self._occluded = False
        self._marks = _Marks()
        self._heard = bytearray()
        self._runner = asyncio.Runner(loop_factory=lambda: BenchLoop(Pace(None)))
        self._bench = _SteeredBench(rig, ports=Ports.MEMORY)
        self._runner.run(self._start())

    async def _start(self) -> None:
        await self._bench.__aenter__()
        self._client = self._bench.memory[self._device].connect(self._heard.extend)

    def exchange(self, octets: bytes) -> bytes:
        return self._runner.run(self._exchange(octets))

    async def _exchange(self, octets: bytes) -> bytes:
        mark, answer = self._marks.next()
        self._client.write(octets + mark)
        while not self._heard.endswith(answer):
            failed = self._bench.hosts[self._device].failed
            if failed.done():
                failed.result()
            await asyncio.sleep(0)
        return self._taken()[: -len(answer)]

    def advance(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> bytes:
        self.now = now
        self._bench.mg_dl = mg_dl
        return self._runner.run(self._advance(now, occluded))

    async def _advance(self, now: int, occluded: bool) -> bytes:
        if occluded != self._occluded:
            self._occluded = occluded
            self._pin(occluded)
        loop, reached = asyncio.get_running_loop(), asyncio.Event()
        loop.call_at(self._bench.clock.when(now), reached.set)
        await reached.wait()
        return self._taken() + await self._exchange(b"")

    def _pin(self, occluded: bool) -> None:
        """The pin of a stub: an occluded line is felt when the pin rises, and with every pulse that is pushed into it.

        The rig's pump has a path that feels the first pulse; the rest is done here.
        """
        self._bench.steering.do(self._device, "occlude" if occluded else "clear", {})
        host = self._bench.hosts[self._device]
        if occluded and isinstance(host.device.machine, Pump):
            host.device.machine.path.occluded = True
            host.device.machine.look_at_path(self._bench.clock.now())
            host.wake()

    def _taken(self) -> bytes:
        heard = bytes(self._heard)
        self._heard.clear()
        return heard

    def close(self) -> None:
        self._runner.run(self._bench.__aexit__(None, None, None))
        self._runner.close()


class Firmware:
    """A stub that runs as a process here: octets over ``link``, a descriptor; time over ``clock``, the channel of
    ``firmware_stubs/ports/virtual_time.h``.

    Raises ``FirmwareError`` when it ends, or says nothing for ``PATIENCE_S``.
    """

    def __init__(self, process: subprocess.Popen[bytes], link: int, clock: socket.socket, close: Callable[[], None]) -> None:
        self.now = 0
        self._process, self._link, self._clock, self._close = process, link, clock, close
        self._marks = _Marks()
        self._heard, self._ticked = bytearray(), bytearray()
        try:
            self._await(lambda: len(self._ticked) >= TICK, "to be ready")
        except FirmwareError:
            self.close()
            raise
        self._ticked.clear()

    def exchange(self, octets: bytes) -> bytes:
        mark, answer = self._marks.next()
        self._write(octets + mark)
        self._await(lambda: self._heard.endswith(answer), f"the answer to {octets.hex(' ')}")
        heard = bytes(self._heard)
        self._heard.clear()
        return heard[: -len(answer)]

    def advance(self, now: int, *, mg_dl: int = 100, occluded: bool = False) -> bytes:
        self.now = now
        number = (occluded << 63 | mg_dl << 48 | now).to_bytes(TICK, "little")
        self._clock.sendall(number)
        self._await(lambda: self._ticked == number, f"to have come to {now} ms")
        self._ticked.clear()
        return self.exchange(b"")  # what has been sent over the other wire is here when this is answered

    def _write(self, octets: bytes) -> None:
        """Everything, while what comes back is read: a device that is not listened to may stop listening."""
        while octets:
            self._listen(writing=True)
            octets = octets[self._written(octets) :]

    def _written(self, octets: bytes) -> int:
        try:
            return os.write(self._link, octets)
        except BlockingIOError:
            return 0

    def _await(self, come: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not come():
            if time.monotonic() > deadline:
                heard = f"heard {self._heard.hex(' ')}, on the clock channel {self._ticked.hex(' ')}"
                raise FirmwareError(f"{self._process.args!r}: waited {PATIENCE_S:g} s for {what}; {heard}")
            self._listen()

    def _listen(self, *, writing: bool = False) -> None:
        clock = self._clock.fileno()
        ready, _, _ = select.select([self._link, clock], [self._link] if writing else [], [], 1.0)
        if clock in ready:
            octets = self._clock.recv(4096)
            if not octets:
                self._gone()
            self._ticked += octets
        if self._link in ready:
            try:
                octets = os.read(self._link, 65536)
            except OSError:
                octets = b""
            if not octets:
                self._gone()
            self._heard += octets
        if self._process.poll() is not None:
            self._gone()

    def _gone(self) -> None:
        code = self._process.wait(PATIENCE_S)
        raise FirmwareError(f"{self._process.args!r} has ended with {code}")

    def close(self) -> None:
        self._close()
        _end(self._process)


TICK = 8
"""Octets of a number on the clock channel."""


class FirmwareError(RuntimeError):
    """Firmware that does not run as it should."""


def native(program: Path, directory: Path) -> Firmware:
    """A stub of the posix port, on a pseudo-terminal of its own in ``directory``."""
    port, clock = directory / f"{program.name}.port", _Listener(directory / f"{program.name}.clock")
    process = subprocess.Popen(
        [program, "--link", port, "--clock", clock.path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    heard = clock.accept(process)
    assert process.stdout is not None
    process.stdout.readline()  # it is ready: the port is there
    link = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(link)

    def close() -> None:
        os.close(link)
        heard.close()

    return Firmware(process, link, heard, close)


QEMU = "qemu-system-arm"
TELL_THE_TIME = "loader,addr=0x20000000,data=0x4B434C43,data-len=4"
"""The word that has ``ports/qemu`` take its time from the clock channel."""


def qemu(image: Path, directory: Path) -> Firmware:
    """A stub of the QEMU port, its UARTs on sockets in ``directory``."""
    link, clock = _Listener(directory / f"{image.name}.link"), _Listener(directory / f"{image.name}.clock")
    wires = [part for wire in (link, clock) for part in ("-serial", f"unix:{wire.path}")]
    process = _started(
        [QEMU, "-M", "netduinoplus2", "-nodefaults", "-display", "none", "-kernel", image, "-device", TELL_THE_TIME, *wires]
    )
    wire, heard = link.accept(process), clock.accept(process)
    wire.setblocking(False)

    def close() -> None:
        wire.close()
        heard.close()

    return Firmware(process, wire.fileno(), heard, close)


def _started(command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _end(process: subprocess.Popen[bytes]) -> str:
    """Let it end; what it complained of."""
    process.terminate()
    try:
        _, told = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        _, told = process.communicate()
    return told.decode(errors="replace").strip()


class _Listener:
    """A Unix socket that one process will connect to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(1)
        self._socket.settimeout(0.2)

    def accept(self, process: subprocess.Popen[bytes]) -> socket.socket:
        with self._socket:
            for _ in range(round(PATIENCE_S / 0.2)):
                try:
                    return self._socket.accept()[0]
                except TimeoutError:
                    if process.poll() is not None:
                        break
        raise FirmwareError(f"{process.args!r} does not connect to {self.path}: {_end(process)}")
