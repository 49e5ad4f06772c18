"""The conditions of a serial line: baud rate, noise, loss, breaks, split and joined pieces, echo and stale octets.

``LineConditions`` are data of a rig, a fault or the control API. ``Line`` is a ``Port`` that wraps another one, on the bench's
clock. Its random draws come from streams of its own: the same seed gives the same run, and a further condition does not change
the draws of the others.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cached_property
from random import Random
from typing import Annotated, Any

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.conditions import Conditions
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.transports.carrier import Port, PortEvents
from isletbench.emulator.transports.ports.settings import MAX_BAUD, Settings

FIFO_DEPTH = 16
"""Octets that a UART delivers at once: the depth of a 16550's FIFO."""
BREAK = b"\x00"
"""The octet that a receiver reports for a break."""


class LineConditions(Conditions):
    """How a serial line behaves. The defaults are an ideal line: octets arrive at once and unchanged."""

    baud: Annotated[int, Within(50, MAX_BAUD)] | None = None
    """The line's speed, bits a second: an octet takes ten bit times. Left out, it takes none."""
    wants_baud: Annotated[int, Within(50, MAX_BAUD)] | None = None
    """A client that has set another speed than this sends and receives garbage; where the port can tell (pty, RFC 2217)."""
    noise: Annotated[float, Within(0, 1)] = 0.0
    """Probability that an octet arrives with one bit inverted."""
    loss: Annotated[float, Within(0, 1)] = 0.0
    """Probability that an octet does not arrive at all: an overrun, a framing error."""
    breaks_per_hour: Annotated[float, Within(0, 3_600)] = 0.0
    """How often an hour the line breaks: the device receives a stray octet 00."""
    split: Annotated[int, Within(1, 4_096)] | None = None
    """The longest piece in which octets are delivered, octets."""
    pause_ms: Annotated[int, Within(0, 60_000)] = 0
    """Between two pieces of what was sent as one, ms: a pause inside a frame."""
    glue_ms: Annotated[int, Within(0, 60_000)] = 0
    """How long octets are collected and then delivered as one, ms."""
    echo: bool = False
    """Whether the client receives its own octets, as on a single wire or with local echo."""
    stale: bytes = b""
    """Octets that are in the line before a client opens it: it receives them first."""

    @property
    def octet_s(self) -> float:
        """The time of one octet on the line, s; 0 without a baud rate."""
        return Settings().bits_per_octet / self.baud if self.baud else 0.0

    @cached_property
    def delays(self) -> bool:
        """Whether octets may arrive later than at once."""
        return bool(self.baud or self.split or self.glue_ms or self.pause_ms)

    @cached_property
    def distorts(self) -> bool:
        """Whether octets may arrive altered or not at all."""
        return bool(self.loss or self.noise or self.wants_baud)


class Line:
    """A ``Port`` that applies line conditions to ``port``. ``seed`` and ``name`` seed its random streams."""

    def __init__(
        self, port: Port, conditions: LineConditions | None = None, *, seed: int | str = 0, name: str = "line"
    ) -> None:
        self.port = port
        self.conditions = conditions or LineConditions()
        self._events: PortEvents | None = None
        self._out = _Direction(self, port.write, (seed, name, "out"))
        self._in = _Direction(self, self._arrived, (seed, name, "in"))
        self._seed = (seed, name)
        self._next_break: asyncio.TimerHandle | None = None

    @cached_property
    def _breaking(self) -> Random:
        return stream(*self._seed, "line", "breaks")

    @property
    def address(self) -> str:
        """The address of the wrapped port."""
        return self.port.address

    @property
    def has_wrong_baud(self) -> bool:
        """Whether the client has set another baud rate than the line demands."""
        wanted = self.conditions.wants_baud
        if wanted is None:
            return False  # the port is not asked: that takes a system call
        spoken = getattr(self.port, "baud", None)
        return spoken is not None and spoken != wanted

    def change(self, **changes: Any) -> None:
        """Change these fields of the conditions. Raises ``ValueError`` and changes nothing when one is unknown or out of
        range."""
        self.conditions = self.conditions.changed(**changes)
        self._rearm_break()

    async def start(self, events: PortEvents) -> None:
        """Start the wrapped port. Raises ``OSError`` when its address is not available."""
        self._events = events
        await self.port.start(self)
        self._rearm_break()

    def write(self, octets: bytes) -> None:
        """Send octets to the client over the line."""
        self._out.send(octets)

    async def stop(self) -> None:
        """Discard the octets on the line and stop the wrapped port. Idempotent."""
        self._events = None
        self._in.clear()
        self._out.clear()
        if self._next_break is not None:
            self._next_break.cancel()
        await self.port.stop()

    # Events of the port

    def opened(self) -> None:
        """A client has opened the port."""
        if self._events is not None:
            self._events.opened()
        if self.conditions.stale:
            self._out.send(self.conditions.stale)

    def received(self, octets: bytes) -> None:
        """Octets from the client have entered the line."""
        if self.conditions.echo:
            self._out.send(octets)
        self._in.send(octets)

    def closed(self) -> None:
        """The client has closed the port: octets on the line are lost."""
        self._in.clear()
        self._out.clear()
        if self._events is not None:
            self._events.closed()

    def _arrived(self, octets: bytes) -> None:
        if self._events is not None:
            self._events.received(octets)

    # Breaks

    def _rearm_break(self) -> None:
        if self._next_break is not None:
            self._next_break.cancel()
            self._next_break = None
        if self.conditions.breaks_per_hour and self._events is not None:
            wait = self._breaking.expovariate(self.conditions.breaks_per_hour / 3_600)
            self._next_break = asyncio.get_running_loop().call_later(wait, self._break)

    def _break(self) -> None:
        self._arrived(BREAK)
        self._rearm_break()


class _Direction:
    """One direction of the line: octets enter, and are delivered in pieces after their time on the line."""

    def __init__(self, line: Line, deliver: Callable[[bytes], None], purpose: tuple[int | str, ...]) -> None:
        self._line, self._deliver, self._purpose = line, deliver, purpose
        self._pieces: deque[tuple[float, bytes]] = deque()
        """Each piece with the event loop time of its delivery, s."""
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    # A stream takes 2.5 KB, and most lines never draw from it.

    @cached_property
    def _noise(self) -> Random:
        return stream(*self._purpose, "noise")

    @cached_property
    def _loss(self) -> Random:
        return stream(*self._purpose, "loss")

    @cached_property
    def _garbage(self) -> Random:
        return stream(*self._purpose, "garbage")

    def send(self, octets: bytes) -> None:
        """Send octets on the line now."""
        if not octets:
            return
        conditions = self._line.conditions
        if not (conditions.delays or self._pieces):
            if delivered := self._distorted(octets) if conditions.distorts else octets:
                self._deliver(delivered)
            return
        now = asyncio.get_running_loop().time()
        longest = conditions.split or (FIFO_DEPTH if conditions.octet_s else len(octets))
        at = max(now, self._free_at)
        for start in range(0, len(octets), longest):
            piece = octets[start : start + longest]
            at += len(piece) * conditions.octet_s + (conditions.pause_ms / 1_000 if start else 0)
            self._pieces.append((at, piece))
        self._free_at = at
        self._rearm()

    def clear(self) -> None:
        """Discard every octet on the line."""
        self._pieces.clear()
        self._free_at = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rearm(self) -> None:
        if self._timer is None and self._pieces:
            first, _ = self._pieces[0]
            when = first + self._line.conditions.glue_ms / 1_000
            self._timer = asyncio.get_running_loop().call_at(when, self._due)

    def _due(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        delivered = bytearray()
        joins = self._line.conditions.glue_ms > 0
        while self._pieces and self._pieces[0][0] <= now + 1e-9:
            piece = self._distorted(self._pieces.popleft()[1])
            if joins:
                delivered += piece
            elif piece:
                self._deliver(piece)
        if delivered:
            self._deliver(bytes(delivered))
        self._rearm()

    def _distorted(self, octets: bytes) -> bytes:
        """Return the octets as the receiver gets them: with loss and noise, or random for a wrong baud rate."""
        conditions = self._line.conditions
        if self._line.has_wrong_baud:
            return self._garbage.randbytes(len(octets))
        if conditions.loss:
            octets = bytes(octet for octet in octets if self._loss.random() >= conditions.loss)
        if conditions.noise:
            octets = bytes(
                self._with_inverted_bit(octet) if self._noise.random() < conditions.noise else octet for octet in octets
            )
        return octets

    def _with_inverted_bit(self, octet: int) -> int:
        return octet ^ 1 << self._noise.randrange(8)
