"""Devices under one virtual time: the Python emulator here, firmware in ``stubs``.

What is sent to each is answered before time passes, and time passes for each to the same millisecond, so their answers can be
laid side by side.

Each is a ``Subject``. After every exchange a frame of a type that does not exist is sent: a device always answers it, with
ERROR, and changes nothing (docs/serial-link.md, section 3). So silence is known to be silence, without waiting for it.
"""

import asyncio
from itertools import count
from typing import Protocol

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import BenchLoop, Pace
from isletbench.emulator.pump.couplings import look_at_path
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.rigs.rig import Rig
from isletbench.protocols import frames
from isletbench.protocols.frames import Frame, FrameType, LinkError, encode_frame
from isletbench.protocols.packet import encode

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


class Marks:
    """Frames that are always answered, each with an answer of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self) -> tuple[bytes, bytes]:
        """Octets to send behind others, and the octets that then end what comes back."""
        number = next(self._numbers)
        seq, handle = number % 256, 0xE000 | number // 256 % 0x1000
        answer = Frame(FrameType.ERROR, seq, handle, encode(frames.Error(LinkError.UNKNOWN_TYPE, _NO_SUCH_TYPE)))
        return b"\0" + encode_frame(Frame(_NO_SUCH_TYPE, seq, handle)), encode_frame(answer)


class Emulated:
    """A device of a rig in the Python emulator, on a memory port in jump pace."""

    def __init__(self, rig: Rig, device: str) -> None:
        self.now = 0
        self._device = device
        self._occluded = False
        self._marks = Marks()
        self._heard = bytearray()
        self._runner = asyncio.Runner(loop_factory=lambda: BenchLoop(Pace(None)))
        self._mg_dl = 100
        self._bench = Bench(rig, ports=Ports.MEMORY, glucose=dict.fromkeys(rig.devices, lambda now: float(self._mg_dl)))
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
        self._mg_dl = mg_dl
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
        if isinstance(pump := host.endpoint.machine, Pump):
            pump.parts.path.occluded = occluded
            now = self._bench.clock.now()
            pump.perform(now, look_at_path(pump.parts, None, now))
            host.wake()

    def _taken(self) -> bytes:
        heard = bytes(self._heard)
        self._heard.clear()
        return heard

    def close(self) -> None:
        self._runner.run(self._bench.__aexit__(None, None, None))
        self._runner.close()
