"""The C controller of a pump in this process, against a pump of the emulator: both in virtual time.

The controller waits on its HAL, and while it waits the bench's time passes: a second of silence takes no second.
"""

import asyncio
import contextlib
import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import BenchLoop, Pace
from isletbench.emulator.faults import parse
from isletbench.emulator.pump.events import BolusProgrammed
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.rigs.rig import Rig, load_rig
from isletbench.protocols.fields import SFLOAT
from tests.firmware.compiled import shared_library

_SIZE = """
#include "isletbench/pump_client.h"
extern const size_t size_of_client;
const size_t size_of_client = sizeof(struct ib_pump_client);
"""


@cache
def library() -> ctypes.CDLL:
    """The collector as a library of this machine."""
    found = shared_library("collector-library", _SIZE, "-O1")
    found.ib_pump_client_bolus.restype = CDose
    return found


_RECEIVE = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_SEND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_NOW = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)
_WAIT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64)


class CHal(ctypes.Structure):
    """``struct ib_hal``."""

    _fields_ = [
        ("context", ctypes.c_void_p),
        ("receive", _RECEIVE),
        ("send", _SEND),
        ("now_ms", _NOW),
        ("is_occluded", ctypes.c_void_p),
        ("glucose_mg_dl", ctypes.c_void_p),
        ("wait", _WAIT),
    ]


class CDose(ctypes.Structure):
    """``struct ib_dose``."""

    _fields_ = [
        ("fate", ctypes.c_int),
        ("id", ctypes.c_uint16),
        ("was_asked_for", ctypes.c_bool),
        ("response", ctypes.c_int),
    ]


BEGUN, REFUSED, NOT_BEGUN, UNCLEAR = range(4)
"""``enum ib_dose_fate``."""


class Controller:
    """The C controller on the serial link of the pump of a rig. ``now`` is the bench's time, ms."""

    def __init__(self, rig: Rig | None = None) -> None:
        self._heard, self._sent = bytearray(), bytearray()
        self._arrived = asyncio.Event()
        self._runner = asyncio.Runner(loop_factory=lambda: BenchLoop(Pace(None)))
        self.bench = Bench(rig or load_rig("stubs"), ports=Ports.MEMORY)
        self._runner.run(self._start())
        self._hal = CHal(
            receive=_RECEIVE(self._receive), send=_SEND(self._send), now_ms=_NOW(self._now), wait=_WAIT(self._wait)
        )
        self._client = ctypes.create_string_buffer(ctypes.c_size_t.in_dll(library(), "size_of_client").value)
        library().ib_pump_client_init(self._client, ctypes.byref(self._hal), None, None)

    async def _start(self) -> None:
        await self.bench.__aenter__()
        self._port = self.bench.memory["pump"].connect(self._hears)

    def _hears(self, octets: bytes) -> None:
        self._heard += octets
        self._arrived.set()

    # The HAL

    def _receive(self, context: object, place: int, capacity: int) -> int:
        octets = bytes(self._heard[:capacity])
        del self._heard[: len(octets)]
        ctypes.memmove(place, octets, len(octets))
        return len(octets)

    def _send(self, context: object, place: int, count: int) -> None:
        self._sent += ctypes.string_at(place, count)

    def _now(self, context: object) -> int:
        return self.bench.clock.now()

    def _wait(self, context: object, until_ms: int) -> None:
        self._runner.run(self._pass(until_ms))

    async def _pass(self, until_ms: int) -> None:
        self._arrived.clear()
        with contextlib.suppress(ConnectionResetError):  # nobody is there to hear it
            self._port.write(bytes(self._sent))
        self._sent.clear()
        waking = asyncio.get_running_loop().call_at(self.bench.clock.when(until_ms), self._arrived.set)
        await self._arrived.wait()
        waking.cancel()

    # What it is told to do

    def open(self) -> int:
        """Connect to the pump: 0 when that went well (``enum ib_outcome``)."""
        return int(library().ib_pump_client_open(self._client))

    def bolus(self, units: float) -> CDose:
        """Have a fast bolus begun."""
        amount = int.from_bytes(SFLOAT.build(units), "little")
        dose: CDose = library().ib_pump_client_bolus(self._client, ctypes.c_uint16(amount))
        return dose

    def listen(self, span: int) -> None:
        """Have it do nothing but listen, ms."""
        until = self.bench.clock.now() + span
        while self.bench.clock.now() < until:
            library().ib_collector_listen(self._client, ctypes.c_uint64(until))  # its link is what it begins with

    # What befalls it, and what is true

    def inject(self, **fault: Any) -> None:
        """Let something go wrong with the pump or the wire."""

        async def inject() -> None:
            self.bench.steering.inject(parse({"device": "pump", **fault}))

        self._runner.run(inject())

    @property
    def programmed(self) -> Sequence[int]:
        """The ids of the boluses that the pump has really begun."""
        machine = self.bench.hosts["pump"].endpoint.machine
        assert isinstance(machine, Pump)
        return [bolus.bolus_id for _, bolus in machine.ledger.of(BolusProgrammed)]

    def close(self) -> None:
        self._runner.run(self.bench.__aexit__(None, None, None))
        self._runner.close()
