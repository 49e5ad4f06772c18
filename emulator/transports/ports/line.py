"""A serial line as it is: it takes its time, and octets are damaged, lost, cut in pieces, stuck together, echoed and left over.

``LineConditions`` are data, from a rig or from whoever steers a bench. ``Line`` is a ``Port`` around any other, on the bench's
clock; what is left to chance comes from streams of its own: the same seed is the same run, and switching one thing on does not
reshuffle the others.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from isletbench.emulator.core.chance import stream
from isletbench.emulator.transports.carrier import Port, PortEvents
from isletbench.emulator.transports.ports.settings import FASTEST_BAUD, Settings

PIECE = 16
"""A UART hands its octets over in such pieces: the depth of a 16550's FIFO."""
BREAK = b"\x00"
"""What a receiver makes of a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConditions:
    """How a line behaves. The defaults are a line as there is none: at once, and without a fault.

    Raises ``ValueError``, naming the field and its range.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    baud: int | None = None
    """The line's speed, 50 to 10 000 000 bits a second: an octet takes ten bit times. Left out, it takes none."""
    wants_baud: int | None = None
    """A client that has set another speed than this hears and says garbage; where the port can tell (pty, RFC 2217)."""
    noise: float = 0.0
    """Probability, 0 to 1, that an octet arrives with one bit turned."""
    loss: float = 0.0
    """Probability, 0 to 1, that an octet does not arrive at all: an overrun, a framing error."""
    breaks_per_hour: float = 0.0
    """How often an hour the line breaks, 0 to 3600: the device hears a stray octet 00."""
    split: int | None = None
    """The longest piece, 1 to 4096 octets, in which octets are handed over."""
    pause_ms: int = 0
    """Between two pieces of what was sent as one, 0 to 60000 ms: a pause inside a frame."""
    glue_ms: int = 0
    """How long octets are collected and then handed over as one, 0 to 60000 ms."""
    echo: bool = False
    """Whether the client hears its own octets, as on a single wire or with local echo."""
    stale: bytes = b""
    """Octets that are in the line before a client opens it: it hears them first."""

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float]] = {
            "noise": (0, 1),
            "loss": (0, 1),
            "breaks_per_hour": (0, 3_600),
            "pause_ms": (0, 60_000),
            "glue_ms": (0, 60_000),
        }
        optional: dict[str, tuple[float, float]] = {
            "baud": (50, FASTEST_BAUD),
            "wants_baud": (50, FASTEST_BAUD),
            "split": (1, 4_096),
        }
        ranges |= {name: limits for name, limits in optional.items() if getattr(self, name) is not None}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low:g} to {high:g}, got {getattr(self, name)}")

    @property
    def octet_s(self) -> float:
        """How long one octet takes, s."""
        return Settings().bits_an_octet / self.baud if self.baud else 0.0


class Line:
    """A ``Port`` around ``port``. ``seed`` and ``name`` make its chances."""

    def __init__(
        self, port: Port, conditions: LineConditions | None = None, *, seed: int | str = 0, name: str = "line"
    ) -> None:
        self.port = port
        self.conditions = conditions or LineConditions()
        self._events: PortEvents | None = None
        self._out = _Way(self, port.write, (seed, name, "out"))
        self._in = _Way(self, self._arrived, (seed, name, "in"))
        self._breaking = stream(seed, name, "line", "breaks")
        self._next_break: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        return self.port.address

    @property
    def garbles(self) -> bool:
        """Whether the client has set another speed than the line's."""
        spoken = getattr(self.port, "baud", None)
        return self.conditions.wants_baud is not None and spoken is not None and spoken != self.conditions.wants_baud

    def change(self, **changes: Any) -> None:
        """From now on these fields of ``LineConditions`` are others. Raises ``ValueError`` and changes nothing when one is
        unknown or out of range."""
        if unknown := changes.keys() - asdict(self.conditions).keys():
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(asdict(self.conditions))}")
        self.conditions = replace(self.conditions, **changes)
        self._rearm_break()

    async def start(self, events: PortEvents) -> None:
        self._events = events
        await self.port.start(self)
        self._rearm_break()

    def write(self, octets: bytes) -> None:
        self._out.send(octets)

    async def stop(self) -> None:
        self._events = None
        self._in.clear()
        self._out.clear()
        if self._next_break is not None:
            self._next_break.cancel()
        await self.port.stop()

    # What the port tells

    def opened(self) -> None:
        """A client came."""
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
        """It went: what was on its way is lost."""
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


class _Way:
    """One direction: octets go in, and come out in pieces, when the line has brought them."""

    def __init__(self, line: Line, deliver: Callable[[bytes], None], purpose: tuple[int | str, ...]) -> None:
        self._line, self._deliver = line, deliver
        self._noise, self._loss, self._garbage = (stream(*purpose, what) for what in ("noise", "loss", "garbage"))
        self._pieces: deque[tuple[float, bytes]] = deque()
        """When each has been brought, by the loop's clock."""
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def send(self, octets: bytes) -> None:
        """They enter the line now."""
        conditions, now = self._line.conditions, asyncio.get_running_loop().time()
        if not octets:
            return
        plain = not (conditions.octet_s or conditions.split or conditions.glue_ms or conditions.pause_ms)
        if plain and not self._pieces:
            if brought := self._brought(octets):
                self._deliver(brought)
            return
        longest = conditions.split or (PIECE if conditions.octet_s else len(octets))
        at = max(now, self._free_at)
        for start in range(0, len(octets), longest):
            piece = octets[start : start + longest]
            at += len(piece) * conditions.octet_s + (conditions.pause_ms / 1_000 if start else 0)
            self._pieces.append((at, piece))
        self._free_at = at
        self._rearm()

    def clear(self) -> None:
        """Nothing that is on its way arrives."""
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
        brought = bytearray()
        glues = self._line.conditions.glue_ms > 0
        while self._pieces and self._pieces[0][0] <= now + 1e-9:
            piece = self._brought(self._pieces.popleft()[1])
            if glues:
                brought += piece
            elif piece:
                self._deliver(piece)
        if brought:
            self._deliver(bytes(brought))
        self._rearm()

    def _brought(self, octets: bytes) -> bytes:
        """What is left of them at the other end."""
        conditions = self._line.conditions
        if self._line.garbles:
            return self._garbage.randbytes(len(octets))
        if conditions.loss:
            octets = bytes(octet for octet in octets if self._loss.random() >= conditions.loss)
        if conditions.noise:
            octets = bytes(self._turned(octet) if self._noise.random() < conditions.noise else octet for octet in octets)
        return octets

    def _turned(self, octet: int) -> int:
        return octet ^ 1 << self._noise.randrange(8)
